import type { Nanoseconds } from '../../engine/index.js';
import type { IpAddress } from '../../wire/index.js';

/** A TCP socket of a host, like a file descriptor: 1 and up, the lowest that is free. */
export type SocketId = number;

/** Why a call or a connection failed: the POSIX name (errno(3)). */
export type SocketErrorName =
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'ETIMEDOUT'
  | 'EHOSTUNREACH'
  | 'ENETUNREACH'
  | 'ENOPROTOOPT'
  | 'EPIPE'
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL';

/** One end of a connection. */
export interface SocketAddress {
  readonly address: IpAddress;
  readonly port: number;
}

/**
 * What the kernel tells the owner of sockets. Handlers are fixed when the lab is built and are told the socket's
 * number, so that nothing is hidden in closures: what a program remembers of a connection stands in its own table.
 * A frozen process is told when it goes on.
 */
export interface TcpHandlers {
  /** Connections wait to be accepted on a listening port: call {@link TcpSockets.accept} until it has none. */
  readonly acceptable?: (port: number) => void;
  /** A connection asked for by {@link TcpSockets.connect} is established. */
  readonly connected?: (socket: SocketId) => void;
  /** Bytes, or the end of the stream, wait: call {@link TcpSockets.receive}. */
  readonly readable?: (socket: SocketId) => void;
  /** There is room again after {@link TcpSockets.send} took less than it was given. */
  readonly writable?: (socket: SocketId) => void;
  /** The connection is gone and the socket with it: its number means nothing any more. */
  readonly failed?: (socket: SocketId, error: SocketErrorName) => void;
}

/** How to listen. */
export interface ListenOptions {
  /** The local address; all of both families if left out. */
  readonly address?: IpAddress;
  /** The most established connections that wait to be accepted; 4096 if left out (Linux net.core.somaxconn). */
  readonly backlog?: number;
}

/** Keepalive as of tcp(7). */
export interface KeepAliveOptions {
  /** How long a connection is idle before the first probe (TCP_KEEPIDLE); 7200 s if left out. */
  readonly idle?: Nanoseconds;
  /** From probe to probe (TCP_KEEPINTVL); 75 s if left out. */
  readonly interval?: Nanoseconds;
  /** How many unanswered probes end it (TCP_KEEPCNT); 9 if left out. */
  readonly count?: number;
}

/** How to connect, and what holds for the connection. */
export interface ConnectOptions {
  /** The local address; what the route suggests if left out. */
  readonly source?: IpAddress;
  /** The local port; an ephemeral one if left out. */
  readonly sourcePort?: number;
  /** On if given (SO_KEEPALIVE). */
  readonly keepAlive?: KeepAliveOptions;
  /** TCP_USER_TIMEOUT, ns; none if left out. */
  readonly userTimeout?: Nanoseconds;
  /** Do not wait to fill segments (TCP_NODELAY); false if left out. */
  readonly noDelay?: boolean;
}

/** The TCP sockets of one process. They are closed when it ends, as the kernel closes what a process leaves. */
export interface TcpSockets {
  /** Opens a port. `EADDRINUSE` if somebody listens there, `EADDRNOTAVAIL` if the address is not ours. */
  listen(port: number, options?: ListenOptions): 'listening' | 'EADDRINUSE' | 'EADDRNOTAVAIL';
  /** Closes a listening port; connections that wait to be accepted are reset. */
  stopListening(port: number): void;
  /**
   * The next connection that waits on a port, or null. What it has sent already is told as readable after
   * {@link TcpHandlers.acceptable} returns; who accepts at another moment looks by itself.
   */
  accept(
    port: number,
    options?: Pick<ConnectOptions, 'keepAlive' | 'userTimeout' | 'noDelay'>,
  ): SocketId | null;
  /** Begins a connection: {@link TcpHandlers.connected} or {@link TcpHandlers.failed} follows. A name is an error at once. */
  connect(address: IpAddress, port: number, options?: ConnectOptions): SocketId | SocketErrorName;
  /** Gives bytes to a connection; returns how many it took. The array must not be written to afterwards. */
  send(socket: SocketId, bytes: Uint8Array): number;
  /** Takes what waits, at most so many bytes: null if nothing does now, no bytes at all at the end of the stream. */
  receive(socket: SocketId, most?: number): Uint8Array | null;
  /** Says that nothing more will be sent (FIN); receiving goes on. */
  shutdown(socket: SocketId): void;
  /** Gives the socket up: the kernel ends the connection, with a reset if bytes were left unread (RFC 2525 §2.17). */
  close(socket: SocketId): void;
  /** Gives the socket up with a reset (SO_LINGER with time 0). */
  abort(socket: SocketId): void;
  /** Whether a number is a socket of this process that has not failed or been given up. */
  isOpen(socket: SocketId): boolean;
  /** The own end. @throws RangeError for a number that is no open socket of this process */
  localOf(socket: SocketId): SocketAddress;
  /** The other end. @throws RangeError for a number that is no open socket of this process */
  remoteOf(socket: SocketId): SocketAddress;
}
