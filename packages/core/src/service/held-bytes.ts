import { type Engine, Streams } from '../engine/index.js';
import type { SocketId } from '../host/tcp/socket-api.js';
import { joinBytes } from '../protocol/latin1.js';

/** Bytes that a program keeps for later, one run per socket: half a request, or an answer for which there is no room yet. */
export class HeldBytes {
  private readonly runs: Streams<Uint8Array>;

  constructor(engine: Engine, path: string) {
    this.runs = new Streams(engine, path);
  }

  /** Whether something is kept for a socket. */
  has(socket: SocketId): boolean {
    return this.runs.of(socket).length > 0;
  }

  /** Takes out what is kept for a socket, followed by what has come now. */
  take(socket: SocketId, more: Uint8Array = NOTHING): Uint8Array {
    const held = this.runs.shift(socket);
    if (held === undefined) return more;
    return more.length === 0 ? held : joinBytes(held, more);
  }

  /** Keeps bytes in the place of what was kept for the socket. */
  keep(socket: SocketId, bytes: Uint8Array): void {
    this.runs.replace(socket, bytes.length > 0 ? [bytes] : []);
  }

  drop(socket: SocketId): void {
    this.runs.replace(socket, []);
  }

  clear(): void {
    this.runs.clear();
  }
}

const NOTHING = new Uint8Array(0);
