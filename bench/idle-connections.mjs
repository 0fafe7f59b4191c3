import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Process } from '../packages/core/dist/host/index.js';
import { addressOf, star } from './star.mjs';

const CLIENTS = 10;
/** Connections of each client. */
const EACH = 1000;
const PORT = 5432;
/** Simulated seconds after which all are established and their timers are at rest. */
const SPAN = 10;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** Opens its connections, sends a byte on each and keeps them. */
class Holder extends Process {
  constructor(host, server) {
    super(host, 'holder');
    this.server = server;
    this.established = 0;
    this.sockets = host.tcpSockets(this, {
      connected: (socket) => {
        this.established++;
        this.sockets.send(socket, HELLO);
        if (this.established < EACH) this.open();
      },
      failed: (_, error) => {
        throw new Error(`${host.name}: ${error}`);
      },
    });
  }

  open() {
    const socket = this.sockets.connect(this.server, PORT);
    if (typeof socket !== 'number') throw new Error(`${this.host.name}: ${socket}`);
  }

  onStart() {
    this.open();
  }
  onStop() {}
  onReset() {}
}

/** Accepts everybody and reads what comes. */
class Keeper extends Process {
  constructor(host) {
    super(host, 'keeper');
    this.received = 0;
    this.sockets = host.tcpSockets(this, {
      acceptable: () => {
        for (let socket = this.sockets.accept(PORT); socket !== null; socket = this.sockets.accept(PORT))
          this.take(socket);
      },
      readable: (socket) => this.take(socket),
      failed: (_, error) => {
        throw new Error(`${host.name}: ${error}`);
      },
    });
  }

  onStart() {
    this.sockets.listen(PORT);
  }

  take(socket) {
    for (let bytes = this.sockets.receive(socket); bytes !== null; bytes = this.sockets.receive(socket))
      this.received += bytes.length;
  }

  onStop() {}
  onReset() {}
}

const HELLO = Uint8Array.of(1);

const memory = () => {
  collectGarbage();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss: rss / 1e6, live: (heapUsed + arrayBuffers) / 1e6 };
};

/** 10 000 connections to one server, both ends of each in this process: MB with them, and MB more than without. */
function idle() {
  const { engine, hosts } = star(CLIENTS + 1, false, { delay: 50_000 });
  const keeper = new Keeper(hosts[CLIENTS]);
  const holders = hosts.slice(0, CLIENTS).map((host) => new Holder(host, addressOf(CLIENTS)));
  engine.runUntil(1);
  const before = memory();
  for (const process of [keeper, ...holders]) process.start();
  engine.runUntil(SPAN * 1e9);
  const after = memory();
  const established = holders.reduce((sum, holder) => sum + holder.established, 0);
  if (established !== CLIENTS * EACH || keeper.received !== established)
    throw new Error(`${established} connections, ${keeper.received} bytes`);
  return { total: after.rss, rss: after.rss - before.rss, live: after.live - before.live };
}

export const bench = {
  unit: 'MB',
  cases: {
    'whole process': () => idle().total,
    'resident, of the connections': () => idle().rss,
    'live, of the connections': () => idle().live,
  },
  peers: [],
};
