import { MICROSECOND, MILLISECOND } from '../../engine/index.js';
import { TCP_ACK, TCP_RST, TCP_SYN, type TcpSegment } from '../../wire/index.js';
import type { Connection } from './connection.js';
import { measureRoundTrip } from './round-trip-time.js';
import { advance } from './sequence.js';
import { answerWithReset } from './stray-segments.js';
import type { Tcp } from './tcp.js';
import { payloadOf, push, sendAck, sendSyn, timestampOf } from './tcp-output.js';
import { DEFAULT_MSS, MIN_MSS, RTO_FALLBACK, TIMEOUT_MIN } from './tcp-parameters.js';

// How a connection comes about, at either end (RFC 9293 §3.5), and what is agreed on.

/** The last acknowledgement of a handshake. False if the segment ends here. */
export function completeHandshake(tcp: Tcp, connection: Connection, segment: TcpSegment): boolean {
  if (segment.acknowledgement !== advance(connection.iss, 1)) {
    answerWithReset(tcp, connection, segment, 'bad-acknowledgement');
    return false;
  }
  if (!tcp.mayQueue(connection)) {
    // tcp_v4_syn_recv_sock finds the accept queue full: as if the acknowledgement had been lost.
    tcp.telling.queueFull(connection.localText, connection.remoteText);
    return false;
  }
  connection.sndUna = segment.acknowledgement;
  connection.sndNxt = segment.acknowledgement;
  handshakeMeasured(tcp, connection, segment);
  openWindow(connection, segment);
  tcp.rows.timers.resend.cancel(connection.row);
  establish(tcp, connection);
  if (!connection.isPassive) tcp.news(connection, 'connected');
  return tcp.isAlive(connection);
}

function openWindow(connection: Connection, segment: TcpSegment): void {
  connection.sndWnd = segment.window << connection.sendScale;
  connection.maxWindow = Math.max(connection.maxWindow, connection.sndWnd);
  connection.sndWl1 = segment.sequence;
}

function handshakeMeasured(tcp: Tcp, connection: Connection, segment: TcpSegment): void {
  if (connection.isTiming) {
    connection.isTiming = false;
    measureRoundTrip(connection, tcp.rows.windows.timed.elapsed(connection.row));
  } else measureByTimestamp(tcp, connection, segment);
}

/** What a timestamp that comes back measures, in whole milliseconds, at least one (`tcp_rtt_tsopt_us`). */
export function measureByTimestamp(tcp: Tcp, connection: Connection, segment: TcpSegment): boolean {
  if (!connection.hasTimestamps || segment.timestamp < 0 || segment.timestampEcho === 0) return false;
  const since = (timestampOf(tcp, connection) - segment.timestampEcho) | 0;
  if (since < 0) return false;
  measureRoundTrip(connection, Math.max(1, since) * MILLISECOND);
  return true;
}

/** RFC 9293 §3.10.7.3; Linux `tcp_rcv_synsent_state_process`. */
export function receiveInSynSent(tcp: Tcp, connection: Connection, segment: TcpSegment): void {
  const { flags, acknowledgement, sequence } = segment;
  const hasAck = (flags & TCP_ACK) !== 0;
  if (hasAck && acknowledgement !== advance(connection.iss, 1)) {
    // Somebody's answer to something else. The SYN goes out again after two ticks.
    if (flags & TCP_RST) return;
    if (connection.retransmits === 0) tcp.rows.timers.resend.arm(connection.row, TIMEOUT_MIN);
    answerWithReset(tcp, connection, segment, 'bad-acknowledgement');
    return;
  }
  if (flags & TCP_RST) {
    if (!hasAck) return;
    tcp.telling.resetReceived(connection);
    tcp.fail(connection, 'ECONNREFUSED');
    return;
  }
  if ((flags & TCP_SYN) === 0) return;
  connection.irs = sequence;
  connection.rcvNxt = advance(sequence, 1);
  connection.rcvWup = connection.rcvNxt;
  agree(connection, segment, tcp);
  if (!hasAck) {
    // Both ends begin at once (RFC 9293 §3.5).
    connection.state = 'SYN_RECV';
    sendSyn(tcp, connection, tcp.offeredMss(connection));
    return;
  }
  connection.sndUna = acknowledgement;
  connection.sndNxt = acknowledgement;
  connection.sndWnd = segment.window;
  connection.maxWindow = segment.window;
  connection.sndWl1 = sequence;
  handshakeMeasured(tcp, connection, segment);
  tcp.rows.timers.resend.cancel(connection.row);
  tcp.rows.windows.lastHeard.start(connection.row);
  tcp.confirmNeighbour(connection);
  establish(tcp, connection);
  sendAck(tcp, connection);
  push(tcp, connection);
  tcp.news(connection, 'connected');
}

/** What the options of a SYN agree on (Linux `tcp_parse_options`, `tcp_sync_mss`). */
export function agree(connection: Connection, segment: TcpSegment, tcp: Tcp): void {
  const { sysctl } = tcp.host;
  connection.hasTimestamps = segment.timestamp >= 0 && sysctl.tcp_timestamps !== 0;
  connection.hasSack = segment.sackPermitted && sysctl.tcp_sack !== 0;
  connection.tsRecent = connection.hasTimestamps ? segment.timestamp : 0;
  // Both have to offer it (RFC 7323 §2.2).
  if (segment.windowScale < 0) connection.receiveScale = 0;
  connection.sendScale = connection.receiveScale === 0 ? 0 : Math.min(14, segment.windowScale);
  settleMss(tcp, connection, segment.mss);
}

/** The payload of a full segment: the lesser of what either end takes, without the options that all segments have. */
function settleMss(tcp: Tcp, connection: Connection, offered: number): void {
  const least = Math.min(offered === 0 ? DEFAULT_MSS : offered, tcp.offeredMss(connection));
  connection.mss = payloadOf(Math.max(MIN_MSS, least), connection.hasTimestamps);
}

/** The handshake is complete. */
function establish(tcp: Tcp, connection: Connection): void {
  connection.state = 'ESTABLISHED';
  settleHandshakeLosses(connection);
  // Half a window at most, so that two segments fit (Linux `tcp_bound_to_half_wnd`).
  const { maxWindow } = connection;
  const most = maxWindow > DEFAULT_MSS ? maxWindow >> 1 : maxWindow;
  if (connection.mss > most && most > 0) connection.mss = Math.max(MIN_MSS, most);
  connection.retransmits = 0;
  connection.backoff = 0;
  connection.pending = 'none';
  connection.isRetransmitting = false;
  tcp.rows.windows.headSent.start(connection.row);
  connection.sndSml = connection.sndNxt;
  connection.recoveryEnd = connection.sndNxt;
  connection.highRetransmitted = connection.sndNxt;
  tcp.established(connection);
}

/** A handshake that lost something begins with caution (Linux `tcp_init_metrics`, `tcp_init_transfer`). */
function settleHandshakeLosses(connection: Connection): void {
  if (connection.srtt === 0) {
    connection.rto = RTO_FALLBACK;
    connection.rttvar = RTO_FALLBACK / MICROSECOND;
    connection.mdev = connection.rttvar;
    connection.mdevMax = connection.rttvar;
  }
  if (connection.retransmits > 1 && !connection.isPassive) connection.cwnd = 1;
}
