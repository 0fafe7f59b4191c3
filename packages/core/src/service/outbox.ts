import type { Engine } from '../engine/index.js';
import type { SocketId, TcpSockets } from '../host/tcp/socket-api.js';
import { joinBytes } from '../protocol/latin1.js';
import { HeldBytes } from './held-bytes.js';

/** What a program wants to send: the kernel's send buffer takes what it has room for, and the rest waits here. */
export class Outbox {
  private readonly waiting: HeldBytes;

  constructor(
    engine: Engine,
    path: string,
    private readonly sockets: TcpSockets,
  ) {
    this.waiting = new HeldBytes(engine, path);
  }

  /** Sends bytes behind those that wait. */
  send(socket: SocketId, bytes: Uint8Array): void {
    if (this.waiting.has(socket)) {
      this.waiting.keep(socket, joinBytes(this.waiting.take(socket), bytes));
      return;
    }
    const taken = this.sockets.send(socket, bytes);
    if (taken < bytes.length) this.waiting.keep(socket, bytes.subarray(taken));
  }

  /** There is room again: sends what waits. */
  flush(socket: SocketId): void {
    if (this.waiting.has(socket)) {
      const bytes = this.waiting.take(socket);
      this.send(socket, bytes);
    }
  }

  /** Whether all has been given to the kernel. */
  isEmpty(socket: SocketId): boolean {
    return !this.waiting.has(socket);
  }

  drop(socket: SocketId): void {
    this.waiting.drop(socket);
  }

  clear(): void {
    this.waiting.clear();
  }
}
