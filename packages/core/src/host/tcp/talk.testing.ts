import type { Nanoseconds } from '../../engine/index.js';
import type { TraceEvent } from '../../trace/index.js';
import type { IpAddress, TcpSegment } from '../../wire/index.js';
import type { Host } from '../host.js';
import type { Tap } from '../lan.testing.js';
import { Process } from '../process.js';
import type { SocketErrorName, SocketId, TcpSockets } from './socket-api.js';

/** A process that does nothing by itself: somebody for sockets to belong to. */
export class Owner extends Process {
  protected onStart(): void {}
  protected onStop(): void {}
  protected onReset(): void {}
}

/** A program in a test that keeps what it hears: what arrived on each socket, who connected, what failed. */
export class Talker {
  readonly sockets: TcpSockets;
  readonly heard = new Map<SocketId, Uint8Array[]>();
  readonly accepted: SocketId[] = [];
  readonly connected: SocketId[] = [];
  readonly ended: SocketId[] = [];
  readonly failures: { socket: SocketId; error: SocketErrorName; at: Nanoseconds }[] = [];
  /** Bytes that are still to be sent, by socket. */
  private readonly backlog = new Map<SocketId, Uint8Array>();

  constructor(
    readonly host: Host,
    private readonly options: {
      /** Whether it reads what comes; a function says whether it does so now. */
      readonly reads?: boolean | (() => boolean);
      readonly echoes?: boolean;
      readonly accepts?: boolean;
      readonly process?: Process;
      /** What holds for accepted connections. */
      readonly accepted?: Parameters<TcpSockets['accept']>[1];
    } = {},
  ) {
    this.sockets = host.tcpSockets(options.process ?? null, {
      acceptable: (port) => {
        if (options.accepts !== false) this.accept(port);
      },
      connected: (socket) => {
        this.connected.push(socket);
      },
      readable: (socket) => {
        const reads = typeof options.reads === 'function' ? options.reads() : options.reads;
        if (reads !== false) this.read(socket);
      },
      writable: (socket) => this.write(socket, NO_BYTES),
      failed: (socket, error) => {
        this.failures.push({ socket, error, at: host.engine.now });
      },
    });
  }

  accept(port: number): void {
    const { accepted } = this.options;
    for (
      let socket = this.sockets.accept(port, accepted);
      socket !== null;
      socket = this.sockets.accept(port, accepted)
    )
      this.accepted.push(socket);
  }

  read(socket: SocketId): void {
    for (let bytes = this.sockets.receive(socket); bytes !== null; bytes = this.sockets.receive(socket)) {
      if (bytes.length === 0) {
        if (!this.ended.includes(socket)) this.ended.push(socket);
        return;
      }
      this.heard.set(socket, [...(this.heard.get(socket) ?? []), bytes]);
      if (this.options.echoes === true) this.write(socket, bytes);
    }
  }

  /** Sends everything, in pieces as there is room. */
  write(socket: SocketId, bytes: Uint8Array): void {
    const waiting = this.backlog.get(socket) ?? NO_BYTES;
    const all = new Uint8Array(waiting.length + bytes.length);
    all.set(waiting);
    all.set(bytes, waiting.length);
    const taken = this.sockets.send(socket, all);
    this.backlog.set(socket, all.subarray(taken));
  }

  /** Bytes that the kernel has not taken yet. */
  waiting(socket: SocketId): number {
    return this.backlog.get(socket)?.length ?? 0;
  }

  connect(to: IpAddress, port: number, options: Parameters<TcpSockets['connect']>[2] = {}): SocketId {
    const socket = this.sockets.connect(to, port, options);
    if (typeof socket !== 'number') throw new Error(`connect: ${socket}`);
    return socket;
  }

  heardFrom(socket: SocketId): Uint8Array {
    return joined(this.heard.get(socket) ?? []);
  }
}

const NO_BYTES = new Uint8Array(0);

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Where two runs of bytes differ first; -1 if nowhere. */
export function firstDifference(one: Uint8Array, other: Uint8Array): number {
  const length = Math.max(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return at;
  return -1;
}

/** Bytes that tell their place. */
export const pattern = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);

/** The TCP segments that came to a tap since the last call, with their instants. */
export const takeSegments = (tap: Tap): (TcpSegment & { readonly at: Nanoseconds })[] =>
  tap.frames
    .splice(0)
    .flatMap(({ frame, time }) =>
      frame.payload.kind === 'ipv4' && frame.payload.payload.kind === 'tcp'
        ? [{ ...frame.payload.payload, at: time }]
        : [],
    );

/** The instants of a host's retransmissions, in seconds. */
export const retransmissionsOf = (events: readonly TraceEvent[], host: string): number[] =>
  events
    .filter((event) => event.name === 'tcp.retransmitted' && event.node === host)
    .map(({ time }) => time / 1e9);
