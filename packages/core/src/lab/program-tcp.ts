import type { Process } from '../host/index.js';
import type { SocketErrorName, SocketId, TcpSockets } from '../host/tcp/socket-api.js';
import { latin1Bytes, latin1Text } from '../protocol/latin1.js';
import { HeldBytes } from '../service/held-bytes.js';
import { Outbox } from '../service/outbox.js';
import { formatIpPort } from '../wire/index.js';
import { tryParseIpPort } from './ip-port.js';

/** A connection that is open now: asked for by the program, or by somebody else. */
export interface OpenedConnection {
  /** Its number: a plain whole number that may be kept in the program's state. */
  readonly connection: number;
  /** The other end, `192.168.1.50:40001`. */
  readonly remote: string;
  /** Whether the program asked for it. */
  readonly isOwn: boolean;
}

/** What has come by a connection; pieces need not be those in which it was sent. */
export interface HeardBytes {
  readonly connection: number;
  /** One character for each byte (Latin-1). */
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** A connection that is over: its number means nothing any more. */
export interface ClosedConnection {
  readonly connection: number;
  /** `ECONNRESET` and the like; null where the other end hung up in good order. */
  readonly error: SocketErrorName | null;
}

/** The TCP side of a program of one's own: handlers by their names, so that no closure is queued. */
export interface ProgramTcp<P> {
  /** Ports on which it takes connections while it runs. */
  readonly listen?: readonly number[];
  readonly opened?: (p: P, connection: OpenedConnection) => void;
  readonly heard?: (p: P, data: HeardBytes) => void;
  readonly closed?: (p: P, connection: ClosedConnection) => void;
}

/** What a program does with its connections. */
export interface TcpContext {
  /** Begins a connection to `192.168.1.11:9999`: its number, or why not; `opened` or `closed` follows. */
  connect(to: string): number | SocketErrorName;
  /** Sends a text (one byte for each character, Latin-1) or bytes; nothing happens if the connection is over. */
  send(connection: number, text: string | Uint8Array): void;
  /** Ends a connection; `closed` is not called. */
  close(connection: number): void;
}

/** The sockets of a program of one's own. */
export class TcpOfProgram<P> implements TcpContext {
  private readonly sockets: TcpSockets;
  private readonly outbox: Outbox;
  /** Connections that end when all is sent. */
  private readonly ending: HeldBytes;

  constructor(
    private readonly process: Process,
    private readonly tcp: ProgramTcp<P>,
    private readonly context: () => P,
  ) {
    const { host, name } = process;
    this.sockets = host.tcpSockets(process, {
      acceptable: (port) => this.acceptAll(port),
      connected: (socket) => this.opened(socket, true),
      readable: (socket) => this.read(socket),
      writable: (socket) => this.flush(socket),
      failed: (socket, error) => this.over(socket, error),
    });
    const path = `${host.name}/${name} tcp`;
    this.outbox = new Outbox(host.engine, `${path} output`, this.sockets);
    this.ending = new HeldBytes(host.engine, `${path} ending`);
  }

  /** Opens the ports. */
  open(): void {
    const { host, name } = this.process;
    for (const port of this.tcp.listen ?? []) {
      const result = this.sockets.listen(port);
      if (result !== 'listening' && host.trace.isOn)
        host.trace.emit('daemon.log', host.name, {
          daemon: name,
          line: `cannot listen on port ${port}: ${result}`,
        });
    }
  }

  /** Forgets everything; the kernel has closed the sockets. */
  reset(): void {
    this.outbox.clear();
    this.ending.clear();
  }

  connect(to: string): number | SocketErrorName {
    const target = tryParseIpPort(to);
    if (target === undefined)
      throw new RangeError(`${this.process.name}: '${to}' is not address:port, such as 192.168.1.11:9999`);
    return this.sockets.connect(target.address, target.port);
  }

  send(connection: number, text: string | Uint8Array): void {
    if (!this.sockets.isOpen(connection) || this.ending.has(connection)) return;
    this.outbox.send(connection, typeof text === 'string' ? latin1Bytes(text) : text);
  }

  close(connection: number): void {
    if (!this.sockets.isOpen(connection)) return;
    if (this.outbox.isEmpty(connection)) this.giveUp(connection);
    else this.ending.keep(connection, ENDING);
  }

  private giveUp(socket: SocketId): void {
    this.outbox.drop(socket);
    this.ending.drop(socket);
    this.sockets.close(socket);
  }

  private acceptAll(port: number): void {
    for (let socket = this.sockets.accept(port); socket !== null; socket = this.sockets.accept(port)) {
      this.opened(socket, false);
    }
  }

  private opened(socket: SocketId, isOwn: boolean): void {
    const { address, port } = this.sockets.remoteOf(socket);
    this.tcp.opened?.(this.context(), { connection: socket, remote: formatIpPort(address, port), isOwn });
  }

  private read(socket: SocketId): void {
    for (let part = this.sockets.receive(socket); part !== null; part = this.sockets.receive(socket)) {
      if (part.length === 0) {
        this.giveUp(socket);
        this.tcp.closed?.(this.context(), { connection: socket, error: null });
        return;
      }
      this.tcp.heard?.(this.context(), { connection: socket, text: latin1Text(part), bytes: part });
      // The program may have closed it, or stopped.
      if (!this.sockets.isOpen(socket)) return;
    }
  }

  private flush(socket: SocketId): void {
    this.outbox.flush(socket);
    if (this.ending.has(socket) && this.outbox.isEmpty(socket)) this.giveUp(socket);
  }

  private over(socket: SocketId, error: SocketErrorName): void {
    this.outbox.drop(socket);
    this.ending.drop(socket);
    this.tcp.closed?.(this.context(), { connection: socket, error });
  }
}

/** A byte that says that a connection is to end: what it is does not matter. */
const ENDING = Uint8Array.of(1);
