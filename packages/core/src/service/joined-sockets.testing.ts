import { type ClockDomain, Engine, type Nanoseconds, SECOND, SeededChoices, Timer } from '../engine/index.js';
import { Host, type Process } from '../host/index.js';
import type {
  ConnectOptions,
  SocketAddress,
  SocketErrorName,
  SocketId,
  TcpHandlers,
  TcpSockets,
} from '../host/tcp/socket-api.js';
import { joinBytes } from '../protocol/latin1.js';
import { Trace } from '../trace/index.js';
import { ipv4Cidr, type MacAddress } from '../wire/index.js';

interface End {
  readonly owner: FakeSockets;
  readonly id: SocketId;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  peer: End | null;
  waiting: Uint8Array;
  isEnded: boolean;
  isShut: boolean;
}

/** Hosts whose programs talk through an in-memory pipe instead of a kernel: bytes arrive `delay` after they are sent. */
export class JoinedHosts {
  readonly engine = new Engine({ choices: new SeededChoices(1) });
  readonly trace = new Trace(this.engine);
  readonly all: FakeSockets[] = [];
  /** What {@link TcpSockets.send} takes at most; what is beyond waits for {@link JoinedHosts.makeRoom}. */
  room = Number.POSITIVE_INFINITY;
  /** What becomes of connections to an address: `silence` never answers. */
  readonly fate = new Map<number, SocketErrorName | 'silence'>();

  constructor(readonly delay: Nanoseconds = 1000) {
    this.trace.record();
  }

  /** A host 10.0.0.N whose TCP is the pipe. */
  host(name: string, number: number): Host {
    const host = new Host(this.engine, this.trace, {
      name,
      interfaces: [
        {
          name: 'eth0',
          mac: (0x0200_0000_0000 + number) as MacAddress,
          addresses: [ipv4Cidr(`10.0.0.${number}/24`)],
        },
      ],
    });
    Object.assign(host, {
      tcpSockets: (process: Process, handlers: TcpHandlers) =>
        new FakeSockets(this, process, handlers, 0x0a00_0000 + number),
    });
    return host;
  }

  later(domain: ClockDomain, what: () => void): void {
    new Timer(this.engine, `pipe ${this.count++}`, domain, what).arm(this.delay);
  }

  private count = 0;

  seconds(until: number): void {
    this.engine.runUntil(Math.round(until * SECOND));
  }

  /** Senders that were told there is no room are told there is. */
  makeRoom(room: number): void {
    this.room = room;
    for (const sockets of this.all)
      for (const end of [...sockets.ends.values()]) sockets.handlers.writable?.(end.id);
  }
}

/** The sockets of one process on {@link JoinedHosts}. */
export class FakeSockets implements TcpSockets {
  readonly ends = new Map<SocketId, End>();
  readonly listening = new Set<number>();
  private readonly queues = new Map<number, SocketId[]>();
  private next = 0;
  /** How each connection was asked for. */
  readonly asked: (ConnectOptions | undefined)[] = [];

  constructor(
    readonly net: JoinedHosts,
    readonly process: Process,
    readonly handlers: TcpHandlers,
    readonly address: number,
  ) {
    net.all.push(this);
    process.addMailbox({ replay: () => {}, close: () => this.closeAll() });
  }

  private closeAll(): void {
    this.listening.clear();
    for (const id of [...this.ends.keys()]) this.close(id);
  }

  private make(local: SocketAddress, remote: SocketAddress): End {
    let id = 1;
    while (this.ends.has(id)) id++;
    const end = {
      owner: this,
      id,
      local,
      remote,
      peer: null,
      waiting: new Uint8Array(),
      isEnded: false,
      isShut: false,
    };
    this.ends.set(id, end);
    return end;
  }

  private later(what: () => void): void {
    this.net.later(this.process.domain, what);
  }

  listen(port: number): 'listening' {
    this.listening.add(port);
    return 'listening';
  }

  stopListening(port: number): void {
    this.listening.delete(port);
  }

  accept(port: number): SocketId | null {
    return this.queues.get(port)?.shift() ?? null;
  }

  connect(address: SocketAddress['address'], port: number, options?: ConnectOptions): SocketId {
    this.asked.push(options);
    const local = { address: this.address as SocketAddress['address'], port: 40_000 + this.next++ };
    const end = this.make(local, { address, port });
    const fate = this.net.fate.get(address as number);
    if (fate === 'silence') return end.id;
    this.later(() => {
      if (!this.ends.has(end.id)) return;
      const server = this.net.all.find(
        (other) => other.address === address && other.listening.has(port) && other.process.isRunning,
      );
      if (fate !== undefined || server === undefined) this.fail(end, fate ?? 'ECONNREFUSED');
      else {
        const other = server.make(end.remote, end.local);
        other.peer = end;
        end.peer = other;
        const queue = server.queues.get(port) ?? [];
        queue.push(other.id);
        server.queues.set(port, queue);
        this.handlers.connected?.(end.id);
        server.later(() => server.handlers.acceptable?.(port));
      }
    });
    return end.id;
  }

  private fail(end: End, error: SocketErrorName): void {
    if (!this.ends.delete(end.id)) return;
    this.handlers.failed?.(end.id, error);
  }

  private endOf(socket: SocketId): End {
    const end = this.ends.get(socket);
    if (end === undefined) throw new RangeError(`no socket ${socket}`);
    return end;
  }

  send(socket: SocketId, bytes: Uint8Array): number {
    const { peer } = this.endOf(socket);
    const taken = bytes.subarray(0, this.net.room);
    if (peer !== null && taken.length > 0)
      peer.owner.later(() => {
        if (!peer.owner.ends.has(peer.id)) return;
        peer.waiting = joinBytes(peer.waiting, taken);
        peer.owner.handlers.readable?.(peer.id);
      });
    return taken.length;
  }

  receive(socket: SocketId, most = Number.POSITIVE_INFINITY): Uint8Array | null {
    const end = this.endOf(socket);
    if (end.waiting.length === 0) return end.isEnded ? new Uint8Array() : null;
    const bytes = end.waiting.subarray(0, most);
    end.waiting = end.waiting.subarray(bytes.length);
    return bytes;
  }

  shutdown(socket: SocketId): void {
    const end = this.endOf(socket);
    const { peer } = end;
    if (end.isShut || peer === null) return;
    end.isShut = true;
    peer.owner.later(() => {
      peer.isEnded = true;
      if (peer.owner.ends.has(peer.id)) peer.owner.handlers.readable?.(peer.id);
    });
  }

  close(socket: SocketId): void {
    this.shutdown(socket);
    this.ends.delete(socket);
  }

  abort(socket: SocketId): void {
    const { peer } = this.endOf(socket);
    this.ends.delete(socket);
    if (peer !== null) peer.owner.later(() => peer.owner.fail(peer, 'ECONNRESET'));
  }

  isOpen(socket: SocketId): boolean {
    return this.ends.has(socket);
  }

  localOf(socket: SocketId): SocketAddress {
    return this.endOf(socket).local;
  }

  remoteOf(socket: SocketId): SocketAddress {
    return this.endOf(socket).remote;
  }
}
