import {
  bool,
  diagnostic,
  enumOf,
  int,
  rowView,
  span,
  type Table,
  table,
  timer,
  u8,
  u16,
  u32,
  value,
  window,
} from '../../engine/index.js';
import { formatIpPort, type IpAddress } from '../../wire/index.js';
import type { SocketId } from './socket-api.js';

/** The states of a connection (RFC 9293 §3.3.2); LISTEN is a listener's. */
export const TCP_STATES = [
  'CLOSED',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'CLOSE_WAIT',
  'CLOSING',
  'LAST_ACK',
  'TIME_WAIT',
] as const;

/** A connection is a row of declared state; a window that is said to be a stopwatch tells how long ago something was. */
export const ConnectionFields = {
  state: enumOf(...TCP_STATES),
  /** The number of the owner's sockets, from 1; 0: nobody's, an orphan or not accepted yet. */
  owner: u16,
  localAddress: value<IpAddress>(),
  remoteAddress: value<IpAddress>(),
  localPort: u16,
  remotePort: u16,
  /** It began with a SYN from the other end. */
  isPassive: bool,
  /** The listener that answers for it until it is accepted: owner * 2^16 + port; 0 afterwards. */
  listener: u32,

  // ---- sending (RFC 9293 §3.3.1)
  iss: u32,
  sndUna: u32,
  sndNxt: u32,
  sndWnd: u32,
  sndWl1: u32,
  /** The largest window that the other end has offered. */
  maxWindow: u32,
  /** The end of the last segment that was not full (Minshall's Nagle, `snd_sml`). */
  sndSml: u32,
  /** Bytes from sndUna on that are kept: sent and unacknowledged, then not sent. */
  queued: int,
  /** Bytes of the first piece of the send stream that are acknowledged. */
  headOffset: int,
  /** The program has said that nothing more will come. */
  isFinQueued: bool,
  isFinSent: bool,
  /** The program was told that there is no room, and wants to hear when there is. */
  wantsRoom: bool,

  // ---- receiving
  irs: u32,
  rcvNxt: u32,
  /** RCV.NXT when the window was last told, and that window. */
  rcvWup: u32,
  rcvWnd: u32,
  /** Bytes that wait for the program. */
  unread: int,
  /** The other end's FIN has come, with everything before it. */
  hasPeerFin: bool,
  /** Where the segment begins that came last beyond a hole. */
  newestHeld: u32,
  /** The largest segment that has come lately (`rcv_mss`). */
  rcvMss: u16,

  // ---- what the ends agreed on
  /** Bytes of payload in a full segment. */
  mss: u16,
  sendScale: u8,
  receiveScale: u8,
  hasTimestamps: bool,
  hasSack: bool,
  tsRecent: u32,
  timestampOffset: u32,

  // ---- round-trip time, µs as in the kernel: `srtt` in eighths, `mdev` in quarters
  srtt: u32,
  mdev: u32,
  mdevMax: u32,
  rttvar: u32,
  rttSequence: u32,
  rto: span,
  isTiming: bool,
  timedSequence: u32,
  /** Stopwatch: the segment that is timed was sent. */
  timed: window,

  // ---- congestion and loss
  cwnd: u32,
  ssthresh: u32,
  cwndCount: u32,
  duplicates: u32,
  recovery: enumOf('open', 'recovery', 'loss'),
  /** SND.NXT when the recovery began. */
  recoveryEnd: u32,
  /** What was sent again in this recovery ends here (HighRxt of RFC 6675). */
  highRetransmitted: u32,
  prrDelivered: u32,
  prrOut: u32,
  priorCwnd: u32,
  /** CUBIC (net/ipv4/tcp_cubic.c). */
  lastMaxCwnd: u32,
  hasEpoch: bool,
  /** Stopwatch: the epoch began. */
  epoch: window,
  cubicOrigin: u32,
  cubicK: u32,
  cubicAcks: u32,
  cubicTcpCwnd: u32,

  // ---- timers
  /** What `resend` is armed for. */
  pending: enumOf('none', 'retransmit', 'tail-probe', 'window-probe'),
  retransmits: u8,
  backoff: u8,
  /** Window or keepalive probes without an answer. */
  probes: u8,
  /** Window probes go out; `firstRetransmission` tells since when (`icsk_probes_tstamp`). */
  isProbing: bool,
  isRetransmitting: bool,
  /** Stopwatch: the first retransmission of this series (`retrans_stamp`), or the first window probe. */
  firstRetransmission: window,
  /** Stopwatch: the first unacknowledged segment was sent, or sent again, or the last one acknowledged. */
  headSent: window,
  isTailProbed: bool,
  /** SND.NXT when the tail probe was sent. */
  tailProbeEnd: u32,
  resend: timer,
  /** A delayed acknowledgement. */
  acknowledge: timer,
  /** Keepalive; the end of FIN_WAIT2 and of TIME_WAIT. */
  keep: timer,

  // ---- acknowledging
  quickAcks: u8,
  /** Requests and answers take turns, so an answer may carry the acknowledgement. */
  isInteractive: bool,
  ackTimeout: span,
  hasData: bool,
  /** Stopwatch: data came last. */
  lastData: window,
  /** Stopwatch: anything came last. */
  lastHeard: window,
  isAckDue: bool,
  /** No challenge ACK while it is open. */
  challenged: window,

  // ---- what the program asked for
  keepIdle: span,
  keepInterval: span,
  keepProbes: u8,
  userTimeout: span,
  noDelay: bool,

  // ---- news for the program
  softError: enumOf('', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOPROTOOPT', 'ECONNREFUSED'),
  error: enumOf(
    '',
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOPROTOOPT',
    'EPIPE',
  ),
  /** News that wait for a frozen program, as bits. */
  news: u8,
  identification: diagnostic(u16),
};

/** The connections of a host, by socket number. */
export const ConnectionRows = table('tcp-connection', ConnectionFields);

const ConnectionView = rowView(ConnectionRows);

/** One end of a TCP connection: a view on its row, and who its ends are, which never changes. */
export class Connection extends ConnectionView {
  readonly id: SocketId;
  readonly local: IpAddress;
  readonly remote: IpAddress;
  readonly ownPort: number;
  readonly otherPort: number;

  constructor(rows: Table<typeof ConnectionFields>, row: number) {
    super(rows, row);
    this.id = rows.keyA[row] as number;
    this.local = this.localAddress as IpAddress;
    this.remote = this.remoteAddress as IpAddress;
    this.ownPort = this.localPort;
    this.otherPort = this.remotePort;
  }

  /** `192.168.1.50:40001`. */
  get localText(): string {
    return formatIpPort(this.local, this.ownPort);
  }

  get remoteText(): string {
    return formatIpPort(this.remote, this.otherPort);
  }

  /** How far the other end's window reaches beyond what was sent; negative where it has shrunk. */
  get room(): number {
    return (this.sndUna + this.sndWnd - this.sndNxt) | 0;
  }

  /** Bytes that were sent and are not acknowledged, a FIN counting as one. */
  get outstanding(): number {
    return (this.sndNxt - this.sndUna) >>> 0;
  }

  /** Nobody will read from it or write to it any more. */
  get isOrphan(): boolean {
    return this.owner === 0 && this.listener === 0;
  }

  /** Bytes that wait to be sent; none once the FIN behind them is out. */
  get unsent(): number {
    return this.isFinSent ? 0 : this.queued - this.outstanding;
  }
}
