import type { IpAddress } from '../../wire/index.js';
import type { Process } from '../process.js';
import type { Connection } from './connection.js';
import type {
  ConnectOptions,
  ListenOptions,
  SocketAddress,
  SocketErrorName,
  SocketId,
  TcpHandlers,
  TcpSockets,
} from './socket-api.js';
import type { News, Tcp } from './tcp.js';
import { push, resetConnection, sendAck, windowNow } from './tcp-output.js';
import { BACKLOG, SEND_BUFFER } from './tcp-parameters.js';

const NEWS_BITS: Readonly<Record<News | 'failed', number>> = {
  connected: 1,
  readable: 2,
  writable: 4,
  failed: 8,
};

/** The sockets of one process, and what the kernel has to tell it. */
export class TcpEndpoint implements TcpSockets {
  /** While a program is told of connections: those that it has accepted. Null between events. */
  private fresh: Connection[] | null = null;

  /** Made by {@link Tcp.addOwner}. */
  constructor(
    private readonly tcp: Tcp,
    private readonly owner: number,
    private readonly process: Process | null,
    private readonly handlers: TcpHandlers,
  ) {
    // Nothing waits in a mailbox: what has happened stands in the connections.
    process?.addMailbox({ replay: () => {}, close: () => this.closeAll(), resume: () => this.resume() });
  }

  // ---- what programs call

  listen(port: number, options: ListenOptions = {}): 'listening' | 'EADDRINUSE' | 'EADDRNOTAVAIL' {
    const { address = null, backlog = BACKLOG } = options;
    if (address !== null && !this.tcp.host.mayUseSource(address)) return 'EADDRNOTAVAIL';
    return this.tcp.listeners.open(this.owner, port, address, backlog) ? 'listening' : 'EADDRINUSE';
  }

  stopListening(port: number): void {
    this.tcp.stopListening(this.owner, port);
  }

  accept(port: number, options: Omit<ConnectOptions, 'source' | 'sourcePort'> = {}): SocketId | null {
    const connection = this.tcp.accept(this.owner, port);
    if (connection === null) return null;
    this.apply(connection, options);
    if (connection.keepIdle > 0) this.tcp.rows.timers.keep.arm(connection.row, connection.keepIdle);
    this.fresh?.push(connection);
    return connection.id;
  }

  connect(address: IpAddress, port: number, options: ConnectOptions = {}): SocketId | SocketErrorName {
    if (!this.tcp.host.isOn) return 'ENETUNREACH';
    const connection = this.tcp.connect(this.owner, address, port, options.source, options.sourcePort);
    if (typeof connection === 'string') return connection;
    this.apply(connection, options);
    this.tcp.begin(connection);
    return connection.id;
  }

  private apply(connection: Connection, options: Omit<ConnectOptions, 'source' | 'sourcePort'>): void {
    const { sysctl } = this.tcp.host;
    connection.noDelay = options.noDelay ?? false;
    connection.userTimeout = options.userTimeout ?? 0;
    const { keepAlive } = options;
    if (keepAlive === undefined) return;
    connection.keepIdle = keepAlive.idle ?? sysctl.tcp_keepalive_time;
    connection.keepInterval = keepAlive.interval ?? sysctl.tcp_keepalive_intvl;
    connection.keepProbes = keepAlive.count ?? sysctl.tcp_keepalive_probes;
  }

  send(socket: SocketId, bytes: Uint8Array): number {
    const connection = this.own(socket);
    if (connection === undefined || connection.isFinQueued || !mayWrite(connection)) return 0;
    const taken = Math.min(bytes.length, Math.max(0, SEND_BUFFER - connection.queued));
    if (taken < bytes.length) connection.wantsRoom = true;
    if (taken === 0) return 0;
    this.tcp.sendStream.push(socket, taken === bytes.length ? bytes : bytes.subarray(0, taken));
    connection.queued += taken;
    push(this.tcp, connection);
    return taken;
  }

  receive(socket: SocketId, most: number = Number.MAX_SAFE_INTEGER): Uint8Array | null {
    const connection = this.own(socket);
    if (connection === undefined) return null;
    const { receiveStream } = this.tcp;
    const piece = receiveStream.of(socket)[0];
    if (piece === undefined) return connection.hasPeerFin ? NO_BYTES : null;
    const taken = piece.length <= most ? piece : piece.subarray(0, most);
    if (taken === piece) receiveStream.shift(socket);
    else receiveStream.replace(socket, [piece.subarray(most), ...receiveStream.of(socket).slice(1)]);
    connection.unread -= taken.length;
    this.tellWindow(connection);
    return taken;
  }

  /**
   * A window that has at least doubled is worth a segment of its own, and so is a small piece that has been read where
   * no answer is on its way: the sender may wait for nothing else (Linux `tcp_cleanup_rbuf`).
   */
  private tellWindow(connection: Connection): void {
    if (connection.state === 'CLOSED') return;
    const unacknowledged = (connection.rcvNxt - connection.rcvWup) >>> 0;
    if (connection.isAckDue && !connection.isInteractive && connection.unread === 0) {
      // ICSK_ACK_PUSHED: what came was no full segment.
      if (unacknowledged > 0 && unacknowledged < connection.rcvMss) sendAck(this.tcp, connection);
    }
    const left = Math.max(0, (connection.rcvWup + connection.rcvWnd - connection.rcvNxt) | 0);
    const window = windowNow(connection);
    if (window > 0 && window >= 2 * left) sendAck(this.tcp, connection);
  }

  shutdown(socket: SocketId): void {
    const connection = this.own(socket);
    if (connection !== undefined) this.sendFin(connection);
  }

  private sendFin(connection: Connection): void {
    if (connection.state === 'ESTABLISHED') connection.state = 'FIN_WAIT1';
    else if (connection.state === 'CLOSE_WAIT') connection.state = 'LAST_ACK';
    else return;
    connection.isFinQueued = true;
    push(this.tcp, connection);
  }

  close(socket: SocketId): void {
    const connection = this.own(socket);
    if (connection === undefined) return;
    const { tcp } = this;
    if (connection.unread > 0 && connection.state !== 'CLOSED' && connection.state !== 'TIME_WAIT') {
      resetConnection(this.tcp, connection, 'unread-data');
      return;
    }
    connection.owner = 0;
    tcp.receiveStream.replace(socket, []);
    switch (connection.state) {
      case 'CLOSED':
        tcp.remove(connection);
        return;
      case 'SYN_SENT':
        tcp.telling.closed(connection);
        tcp.forget(connection);
        return;
      case 'FIN_WAIT2':
        tcp.rows.timers.keep.arm(connection.row, tcp.host.sysctl.tcp_fin_timeout);
        return;
      case 'ESTABLISHED':
      case 'CLOSE_WAIT':
        tcp.rows.timers.keep.cancel(connection.row);
        this.sendFin(connection);
        return;
      default:
    }
  }

  abort(socket: SocketId): void {
    const connection = this.own(socket);
    if (connection !== undefined) resetConnection(this.tcp, connection, 'aborted');
  }

  isOpen(socket: SocketId): boolean {
    const connection = this.own(socket);
    return connection !== undefined && connection.error === '';
  }

  localOf(socket: SocketId): SocketAddress {
    const { local, ownPort } = this.require(socket);
    return { address: local, port: ownPort };
  }

  remoteOf(socket: SocketId): SocketAddress {
    const { remote, otherPort } = this.require(socket);
    return { address: remote, port: otherPort };
  }

  private require(socket: SocketId): Connection {
    const connection = this.own(socket);
    if (connection === undefined) throw new RangeError(`${socket} is no open socket of this process`);
    return connection;
  }

  private own(socket: SocketId): Connection | undefined {
    const connection = this.tcp.connection(socket);
    return connection?.owner === this.owner ? connection : undefined;
  }

  // ---- what the kernel says

  /** Something has happened to a connection of this process. */
  tell(connection: Connection, what: News): void {
    if (this.process?.isFrozen === true) connection.news |= NEWS_BITS[what];
    else this.handlers[what]?.(connection.id);
  }

  /** A connection has failed; with the telling its socket goes. */
  tellFailed(connection: Connection): void {
    if (this.process?.isFrozen === true) {
      connection.news |= NEWS_BITS.failed;
      return;
    }
    const { id, error } = connection;
    this.tcp.remove(connection);
    if (error !== '') this.handlers.failed?.(id, error);
  }

  /** A connection waits to be accepted. */
  tellAcceptable(port: number): void {
    if (this.process?.isFrozen === true) return;
    const outer = this.fresh;
    const accepted: Connection[] = [];
    this.fresh = accepted;
    this.handlers.acceptable?.(port);
    this.fresh = outer;
    // What came before the program asked: with the handshake, or while it was busy.
    for (const connection of accepted) {
      if (this.own(connection.id) !== connection) continue;
      if (connection.unread > 0 || connection.hasPeerFin) this.tell(connection, 'readable');
    }
  }

  /** The process goes on: it hears what it missed, socket by socket. */
  private resume(): void {
    for (const connection of this.tcp.connections()) {
      if (connection.owner !== this.owner || connection.news === 0) continue;
      const { news } = connection;
      connection.news = 0;
      for (const what of ['connected', 'readable', 'writable'] as const) {
        if ((news & NEWS_BITS[what]) !== 0 && this.own(connection.id) === connection)
          this.tell(connection, what);
      }
      if ((news & NEWS_BITS.failed) !== 0 && this.own(connection.id) === connection)
        this.tellFailed(connection);
    }
    for (const port of this.tcp.listeners.portsOf(this.owner))
      if (this.tcp.listeners.hasWaiting(this.owner, port)) this.tellAcceptable(port);
  }

  /** The process has ended: the kernel closes what it leaves. */
  private closeAll(): void {
    this.tcp.stopListening(this.owner, null);
    for (const connection of this.tcp.connections())
      if (connection.owner === this.owner) this.close(connection.id);
  }
}

const NO_BYTES = new Uint8Array(0);

const mayWrite = (connection: Connection): boolean =>
  connection.state === 'ESTABLISHED' || connection.state === 'CLOSE_WAIT' || connection.state === 'SYN_SENT';
