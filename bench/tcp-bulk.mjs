import { Process } from '../packages/core/dist/host/index.js';
import { secondsOf } from './engine-cases.mjs';
import { addressOf, star } from './star.mjs';

const CLIENTS = 32;
const PORT = 80;
/** Bytes that each client sends. */
const GOAL = 1_000_000;
/** Bytes that a client gives to its socket at a time, as the peer does. */
const WRITE = 16_384;
/** The next client begins so much later, ns. */
const STAGGER = 10_000;
/** A queue of 1000 full frames, as the peer's. */
const QUEUE = 1000 * 1514;
/** Simulated ns between two looks whether all has arrived. */
const STEP = 100_000_000;
/** Simulated ns after which it should have. */
const LIMIT = 600_000_000_000;

/** Bytes that never repeat at any distance; each client sends from another place on. */
const noise = (() => {
  const words = new Uint32Array((GOAL >> 2) + CLIENTS * 256);
  let state = 0x9e3779b9;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer);
})();
const beginningOf = (client) => client * 1021;

/** Connects when it starts, sends its bytes, and closes. */
class Sender extends Process {
  constructor(host, number, server) {
    const launch = 1000 + number * STAGGER;
    super(host, 'sender', { launch: { min: launch, max: launch } });
    const begin = beginningOf(number);
    this.server = server;
    this.bytes = new Uint8Array(noise.buffer, begin, GOAL);
    this.sent = 0;
    this.sockets = host.tcpSockets(this, {
      connected: (socket) => this.push(socket),
      writable: (socket) => this.push(socket),
      failed: (_, error) => {
        throw new Error(`${host.name}: ${error}`);
      },
    });
  }

  onStart() {
    const socket = this.sockets.connect(this.server, PORT);
    if (typeof socket !== 'number') throw new Error(`${this.host.name}: ${socket}`);
  }

  push(socket) {
    while (this.sent < GOAL) {
      const chunk = this.bytes.subarray(this.sent, Math.min(this.sent + WRITE, GOAL));
      const taken = this.sockets.send(socket, chunk);
      this.sent += taken;
      if (taken < chunk.length) return;
    }
    this.sockets.close(socket);
  }

  onStop() {}
  onReset() {}
}

/** Compares every byte that comes with the one that was sent. */
class Sink extends Process {
  constructor(host, clients) {
    super(host, 'sink');
    this.positions = new Map();
    this.received = 0;
    this.ended = 0;
    this.sockets = host.tcpSockets(this, {
      acceptable: () => {
        for (let socket = this.sockets.accept(PORT); socket !== null; socket = this.sockets.accept(PORT)) {
          const client = this.sockets.remoteOf(socket).address - addressOf(0);
          if (client < 0 || client >= clients) throw new Error(`a stranger connects: ${client}`);
          this.positions.set(socket, beginningOf(client));
          this.take(socket);
        }
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
    for (let bytes = this.sockets.receive(socket); bytes !== null; bytes = this.sockets.receive(socket)) {
      if (bytes.length === 0) {
        this.ended++;
        this.sockets.close(socket);
        return;
      }
      const at = this.positions.get(socket);
      if (noise.compare(bytes, 0, bytes.length, at, at + bytes.length) !== 0)
        throw new Error(`wrong bytes between ${at} and ${at + bytes.length} of socket ${socket}`);
      this.positions.set(socket, at + bytes.length);
      this.received += bytes.length;
    }
  }

  onStop() {}
  onReset() {}
}

/** All clients push to one server; in MB of payload a second. `loss` is in frames of a million, on every cable. */
export function bulk(asBytes, loss) {
  const { engine, hosts } = star(CLIENTS + 1, asBytes, { delay: 50_000, queueBytes: QUEUE, loss });
  const sink = new Sink(hosts[CLIENTS], CLIENTS);
  sink.start();
  for (let client = 0; client < CLIENTS; client++) {
    new Sender(hosts[client], client, addressOf(CLIENTS)).start();
  }
  const seconds = secondsOf(() => {
    for (let time = STEP; sink.ended < CLIENTS && time <= LIMIT; time += STEP) engine.runUntil(time);
  });
  if (sink.ended !== CLIENTS || sink.received !== CLIENTS * GOAL)
    throw new Error(`${sink.received} bytes arrived, ${sink.ended} streams ended`);
  return sink.received / seconds / 1e6;
}

/** The median of runs in a process that has done others before, so that the JIT's compiling is not in it. */
function warm(asBytes, loss) {
  for (let run = 0; run < WARM_UPS; run++) bulk(asBytes, loss);
  const figures = Array.from({ length: RUNS }, () => bulk(asBytes, loss)).sort((a, b) => a - b);
  return figures[RUNS >> 1];
}

const WARM_UPS = 12;
const RUNS = 7;
const PER_CENT = 10_000;

export const bench = {
  unit: 'MB/s of payload',
  cases: {
    representations: () => warm(false, 0),
    'representations, cold': () => bulk(false, 0),
    bytes: () => warm(true, 0),
    'representations, 1 % loss': () => warm(false, PER_CENT),
    'representations, cold, 1 % loss': () => bulk(false, PER_CENT),
    'bytes, 1 % loss': () => warm(true, PER_CENT),
  },
  peers: [
    ['', 0],
    [', 1 % loss', 0.01],
  ].map(([title, loss]) => ({
    name: `ns-3 simple, checksums${title}`,
    against: [`representations${title}`, `representations, cold${title}`, `bytes${title}`],
    program: 'tcp-bulk',
    arguments: [`n=${CLIENTS}`, `bytes=${GOAL}`, 'link=simple', 'checksum=1', `loss=${loss}`],
    value: (result) => result.delivered / result.run_s / 1e6,
  })),
};
