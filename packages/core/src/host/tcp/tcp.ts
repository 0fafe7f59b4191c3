import {
  type ChoiceSite,
  type Engine,
  type Nanoseconds,
  NO_ROW,
  type RecordOf,
  record,
  Streams,
  type Table,
  window,
} from '../../engine/index.js';
import {
  type IpAddress,
  ipv4Packet,
  type SackBlock,
  TCP_ACK,
  TCP_SYN,
  type TcpSegment,
} from '../../wire/index.js';
import type { Host } from '../host.js';
import type { Process } from '../process.js';
import { acknowledgeTimeout } from './acknowledging.js';
import type { HeldSegment } from './byte-streams.js';
import { Connection, type ConnectionFields, ConnectionRows } from './connection.js';
import { ConnectionIndex } from './connection-index.js';
import { TcpEndpoint } from './endpoint.js';
import { receiveInSynSent } from './handshake.js';
import { receiveConnectionError } from './icmp-errors.js';
import { receiveUnconnected } from './listener-input.js';
import { Listeners, ownerOf, portOf } from './listeners.js';
import { advance } from './sequence.js';
import type { SocketErrorName, SocketId, TcpHandlers } from './socket-api.js';
import { isNewBeginning, receiveInTimeWait, receiveSynchronised } from './tcp-input.js';
import { resetConnection, sendSyn } from './tcp-output.js';
import {
  DEFAULT_MSS,
  FIRST_EPHEMERAL_PORT,
  INITIAL_CWND,
  LAST_EPHEMERAL_PORT,
  MOST_QUICK_ACKS,
  RTO_INITIAL,
  WINDOW_SCALE,
} from './tcp-parameters.js';
import { TcpTelling } from './tcp-telling.js';
import { keepTimeout, resendTimeout } from './tcp-timers.js';
import { confirmTowards, mtuTowards, sourceTowards } from './ways.js';

const TcpRecord = record('tcp', {
  /** Stopwatch: since the machine booted, or the lab began. */
  boot: window,
});

/** What a program is told. */
export type News = 'connected' | 'readable' | 'writable';

/** Slow start goes on until the first loss (TCP_INFINITE_SSTHRESH). */
const NO_THRESHOLD = 0x7fff_ffff;
/** Bytes of IP and TCP header that an MTU has to hold beside the payload (RFC 9293 §3.7.1; RFC 8200 §8.3). */
const HEADERS_IPV4 = 40;
const HEADERS_IPV6 = 60;

/**
 * TCP of one host's kernel (RFC 9293, as Linux 6.12 has it). Connections belong to programs only by their owner's
 * number, so they outlive whatever happens to a program's memory, and die with its sockets.
 */
export class Tcp {
  readonly rows: Table<typeof ConnectionFields>;
  /** What each connection has to send: pieces as the program gave them. */
  readonly sendStream: Streams<Uint8Array>;
  /** What each connection's program has not taken yet. */
  readonly receiveStream: Streams<Uint8Array>;
  readonly outOfOrder: Streams<HeldSegment>;
  readonly sacked: Streams<SackBlock>;
  readonly listeners: Listeners;
  readonly telling: TcpTelling;
  private readonly index: ConnectionIndex;
  private readonly state: RecordOf<typeof TcpRecord.fields>;
  private readonly owners: TcpEndpoint[] = [];
  private readonly engine: Engine;
  private readonly chance: Readonly<Record<'sequence' | 'port' | 'timestamp' | 'identification', ChoiceSite>>;
  constructor(
    readonly host: Host,
    private readonly isVaried: boolean,
  ) {
    const { engine, domain } = host;
    this.engine = engine;
    const path = `${host.name}/tcp`;
    this.state = engine.record(path, TcpRecord, domain);
    this.state.boot.start();
    this.rows = engine.table(`${path}/connections`, ConnectionRows, domain, {
      resend: (row) => this.at(row, resendTimeout),
      acknowledge: (row) => this.at(row, acknowledgeTimeout),
      keep: (row) => this.at(row, keepTimeout),
    });
    this.index = new ConnectionIndex(this.rows);
    this.listeners = new Listeners(engine, path, domain);
    this.telling = new TcpTelling(host.trace, host.name);
    this.sendStream = new Streams(engine, `${path}/send`);
    this.receiveStream = new Streams(engine, `${path}/receive`);
    this.outOfOrder = new Streams(engine, `${path}/out-of-order`);
    this.sacked = new Streams(engine, `${path}/sacked`);
    const site = (name: string): ChoiceSite => engine.site(`${path}/${name}`);
    this.chance = {
      sequence: site('initial-sequence'),
      port: site('ephemeral-port'),
      timestamp: site('timestamp-offset'),
      identification: site('identification'),
    };
    engine.afterRestore.push(() => this.index.derive());
  }

  private at(row: number, handler: (tcp: Tcp, connection: Connection) => void): void {
    const connection = this.index.get(this.rows.keyA[row] as number);
    if (connection !== undefined) handler(this, connection);
  }

  /** Makes the sockets of a process; to be called while the lab is built. */
  addOwner(process: Process | null, handlers: TcpHandlers): TcpEndpoint {
    const endpoint = new TcpEndpoint(this, this.owners.length + 1, process, handlers);
    this.owners.push(endpoint);
    return endpoint;
  }

  /** Since the machine booted; ns. */
  get uptime(): Nanoseconds {
    return this.state.boot.elapsed;
  }

  get isReno(): boolean {
    return this.host.sysctl.tcp_reno !== 0;
  }

  // ---- connections

  connection(id: SocketId): Connection | undefined {
    return this.index.get(id);
  }

  /** All connections by number; for those who look. */
  connections(): Connection[] {
    return this.index.all();
  }

  /** Makes a connection in its first state. */
  create(local: IpAddress, ownPort: number, remote: IpAddress, otherPort: number): Connection {
    const { rows } = this;
    const row = rows.insert(this.index.freeId());
    const { columns } = rows;
    columns.localAddress[row] = this.engine.store.keep(local);
    columns.remoteAddress[row] = this.engine.store.keep(remote);
    columns.localPort[row] = ownPort;
    columns.remotePort[row] = otherPort;
    const connection = new Connection(rows, row);
    this.index.enter(connection);
    connection.iss = this.choose('sequence', 0x1_0000_0000);
    connection.sndUna = connection.iss;
    connection.sndNxt = advance(connection.iss, 1);
    connection.timestampOffset = this.choose('timestamp', 0x1_0000_0000);
    connection.identification = this.choose('identification', 0x1_0000);
    connection.receiveScale = this.host.sysctl.tcp_window_scaling === 0 ? 0 : WINDOW_SCALE;
    connection.cwnd = INITIAL_CWND;
    connection.ssthresh = NO_THRESHOLD;
    connection.rto = RTO_INITIAL;
    connection.quickAcks = MOST_QUICK_ACKS;
    connection.rcvMss = DEFAULT_MSS;
    connection.mss = DEFAULT_MSS;
    connection.isTiming = true;
    rows.windows.timed.start(row);
    rows.windows.lastHeard.start(row);
    return connection;
  }

  /** A random number of so many, or 0 where states shall be compared. */
  private choose(what: keyof Tcp['chance'], options: number): number {
    return this.isVaried ? this.engine.choose(this.chance[what], options) : 0;
  }

  /** Takes a connection out; a program that still holds it keeps a dead socket until it closes it. */
  forget(connection: Connection): void {
    this.index.unlink(connection);
    const { id, row } = connection;
    this.sendStream.replace(id, []);
    this.outOfOrder.replace(id, []);
    this.sacked.replace(id, []);
    if (connection.listener !== 0) this.listeners.withdraw(connection.listener, id);
    const { resend, acknowledge, keep } = this.rows.timers;
    resend.cancel(row);
    acknowledge.cancel(row);
    keep.cancel(row);
    connection.state = 'CLOSED';
    if (connection.owner === 0) this.remove(connection);
  }

  /** The last that is known of a socket goes. */
  remove(connection: Connection): void {
    const { id } = connection;
    this.receiveStream.replace(id, []);
    this.rows.delete(connection.row);
    this.index.remove(id);
  }

  /** Whether a connection is still there and can do something. */
  isAlive(connection: Connection): boolean {
    return this.index.get(connection.id) === connection && connection.state !== 'CLOSED';
  }

  /** The machine loses its power: nobody hears of it. */
  powerOff(): void {
    this.rows.clear();
    this.listeners.clear();
    for (const stream of [this.sendStream, this.receiveStream, this.outOfOrder, this.sacked]) stream.clear();
    this.index.derive();
  }

  powerOn(): void {
    this.state.boot.start();
  }

  // ---- opening

  /** Begins a connection (RFC 9293 §3.10.1); the path is looked up for its source and MTU. */
  connect(
    owner: number,
    remote: IpAddress,
    port: number,
    source: IpAddress | undefined,
    sourcePort: number | undefined,
  ): Connection | SocketErrorName {
    const local = source ?? sourceTowards(this.host, remote);
    if (local === null) return 'ENETUNREACH';
    if (!this.host.mayUseSource(local)) return 'EADDRNOTAVAIL';
    const ownPort = sourcePort ?? this.ephemeralPort(local, remote, port);
    if (ownPort === null || this.index.find(local, ownPort, remote, port) !== undefined)
      return 'EADDRNOTAVAIL';
    const connection = this.create(local, ownPort, remote, port);
    connection.owner = owner;
    connection.state = 'SYN_SENT';
    connection.pending = 'retransmit';
    this.rows.windows.firstRetransmission.start(connection.row);
    this.telling.opened(connection);
    return connection;
  }

  /** Sends the first SYN; apart from {@link Tcp.connect} so that options can be set between. */
  begin(connection: Connection): void {
    this.rows.timers.resend.arm(connection.row, connection.rto);
    sendSyn(this, connection, this.offeredMss(connection));
  }

  private ephemeralPort(local: IpAddress, remote: IpAddress, port: number): number | null {
    const count = LAST_EPHEMERAL_PORT - FIRST_EPHEMERAL_PORT + 1;
    const first = this.choose('port', count);
    for (let step = 0; step < count; step++) {
      const candidate = FIRST_EPHEMERAL_PORT + ((first + step) % count);
      if (this.index.find(local, candidate, remote, port) === undefined) return candidate;
    }
    return null;
  }

  /** What this end can take in one segment. */
  offeredMss(connection: Connection): number {
    const headers = typeof connection.remote === 'number' ? HEADERS_IPV4 : HEADERS_IPV6;
    return mtuTowards(this.host, connection.remote) - headers;
  }

  /** A handshake is complete: who waits for the connection hears of it. */
  established(connection: Connection): void {
    this.telling.established(connection);
    if (connection.listener !== 0) {
      this.listeners.enqueue(connection.listener, connection.id);
      this.owners[ownerOf(connection.listener) - 1]?.tellAcceptable(portOf(connection.listener));
    } else if (connection.keepIdle > 0) this.rows.timers.keep.arm(connection.row, connection.keepIdle);
  }

  // ---- listening

  /** Closes an owner's listening sockets on a port, or all (null), with the connections that wait there. */
  stopListening(owner: number, port: number | null): void {
    for (const key of this.listeners.close(owner, port)) this.dropUnaccepted(key);
  }

  /** Linux `inet_csk_listen_stop`: half-open ones are forgotten, complete ones are reset. */
  private dropUnaccepted(listener: number): void {
    for (const connection of this.connections()) {
      if (connection.listener !== listener) continue;
      if (connection.state === 'SYN_RECV') this.forget(connection);
      else resetConnection(this, connection, 'aborted');
    }
  }

  /** Whether somebody listens on a port, at whatever address. */
  isListening(port: number): boolean {
    return this.listeners.isOpen(port);
  }

  /** The next connection that waits for an owner on a port. */
  accept(owner: number, port: number): Connection | null {
    const id = this.listeners.dequeue(owner, port);
    const connection = id === undefined ? undefined : this.index.get(id);
    if (connection === undefined) return null;
    connection.listener = 0;
    connection.owner = owner;
    return connection;
  }

  /** Whether the accept queue has room for a connection whose handshake is complete. */
  mayQueue(connection: Connection): boolean {
    if (connection.listener === 0) return true;
    const row = this.listeners.at(connection.local, connection.ownPort);
    return row !== NO_ROW && !this.listeners.isFull(row);
  }

  // ---- receiving

  /** A segment has come in for an address of ours (Linux `tcp_v4_rcv`). */
  receive(source: IpAddress, destination: IpAddress, segment: TcpSegment): void {
    const connection = this.index.find(destination, segment.destinationPort, source, segment.sourcePort);
    if (connection === undefined) {
      receiveUnconnected(this, source, destination, segment);
      return;
    }
    switch (connection.state) {
      case 'SYN_SENT':
        receiveInSynSent(this, connection, segment);
        return;
      case 'TIME_WAIT':
        if (isNewBeginning(this, connection, segment)) {
          this.forget(connection);
          receiveUnconnected(this, source, destination, segment);
        } else receiveInTimeWait(this, connection, segment);
        return;
      default:
        receiveSynchronised(this, connection, segment);
    }
  }

  /** An ICMP error, or our own kernel, says that a segment did not arrive (Linux `tcp_v4_err`). */
  receiveError(
    local: IpAddress,
    ownPort: number,
    remote: IpAddress,
    otherPort: number,
    sequence: number | null,
    error: Exclude<Connection['softError'], ''>,
  ): void {
    const connection = this.index.find(local, ownPort, remote, otherPort);
    if (connection === undefined || connection.state === 'TIME_WAIT') return;
    receiveConnectionError(this, connection, sequence, error);
  }

  // ---- sending

  /** Hands a segment to IP. False if it cannot leave: the address is not ours any more, or there is no way. */
  send(connection: Connection, segment: TcpSegment): boolean {
    // The answer to a SYN is sent before there is a socket, with identification 0 (`ip_build_and_send_pkt`).
    let identification = 0;
    if ((segment.flags & TCP_SYN) === 0 || (segment.flags & TCP_ACK) === 0) {
      identification = connection.identification;
      if (this.isVaried) connection.identification = (identification + 1) & 0xffff;
    }
    return this.sendFrom(connection.local, connection.remote, segment, identification);
  }

  /** Hands a segment of whomever to IP, from one of our addresses. */
  sendFrom(local: IpAddress, remote: IpAddress, segment: TcpSegment, identification: number): boolean {
    const { host } = this;
    if (!host.mayUseSource(local)) return false;
    if (typeof local === 'string' || typeof remote === 'string') {
      if (typeof local !== 'string' || typeof remote !== 'string') return false;
      return host.ipv6?.sendTcp(local, remote, segment) === true;
    }
    const path = host.routeTo(remote, null, local);
    if (path === null) return false;
    const packet = ipv4Packet(local, remote, segment, { dontFragment: true, identification });
    return host.sendBy(path, packet, null) === 'sent';
  }

  /** An acknowledgement proves that the next hop is there (Linux `sk_dst_confirm`). */
  confirmNeighbour(connection: Connection): void {
    confirmTowards(this.host, connection.remote);
  }

  // ---- the end

  /** A connection ends with an error, which its program hears. */
  fail(connection: Connection, error: Exclude<SocketErrorName, 'EADDRINUSE' | 'EADDRNOTAVAIL'>): void {
    this.telling.failed(connection, error);
    const owner = this.owners[connection.owner - 1];
    if (owner === undefined) {
      this.forget(connection);
      return;
    }
    connection.error = error;
    this.forget(connection);
    owner.tellFailed(connection);
  }

  /** The program that owns a connection has something to hear. */
  news(connection: Connection, what: News): void {
    this.owners[connection.owner - 1]?.tell(connection, what);
  }
}
