import { NO_ROW } from '../../engine/index.js';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, type TcpSegment } from '../../wire/index.js';
import { answerInvalid, isAcceptable, lengthOf } from './acceptability.js';
import { acknowledgeData, enterQuickAck, noteData } from './acknowledging.js';
import { armWindowProbe, isTailProbeAnswered, restartTimers } from './arming.js';
import { deliver, dropAcknowledged, hasRoom, holdOutOfOrder, takeInOrder } from './byte-streams.js';
import type { Connection } from './connection.js';
import { completeHandshake, measureByTimestamp } from './handshake.js';
import { acknowledged, enterSackBlocks, forgetAcknowledged } from './loss-recovery.js';
import { measureRoundTrip } from './round-trip-time.js';
import { advance, isAfter, isBefore, later } from './sequence.js';
import { answerWithReset } from './stray-segments.js';
import type { Tcp } from './tcp.js';
import { hasWork, push, retransmitLost, sendAck } from './tcp-output.js';
import { CHALLENGE_PERIOD, TIME_WAIT } from './tcp-parameters.js';

/**
 * A segment for a connection that both ends know (Linux `tcp_rcv_established`, `tcp_rcv_state_process`; RFC 9293
 * §3.10.7.4). What the program has to hear is told at the very end, since it may end the connection.
 */
export function receiveSynchronised(tcp: Tcp, connection: Connection, segment: TcpSegment): void {
  if (!isAcceptable(tcp, connection, segment)) return;
  const { flags } = segment;
  if ((flags & TCP_ACK) === 0) return;
  if (connection.state === 'SYN_RECV') {
    if (!completeHandshake(tcp, connection, segment)) return;
  }
  tcp.rows.windows.lastHeard.start(connection.row);
  if (!receiveAck(tcp, connection, segment)) return;
  if (connection.state === 'TIME_WAIT' || connection.state === 'CLOSED') return;
  const news = receiveData(tcp, connection, segment);
  push(tcp, connection);
  acknowledgeData(tcp, connection);
  if (news) tcp.news(connection, 'readable');
}

// ---- acknowledgements

/** RFC 9293 §3.10.7.4, fifth; Linux `tcp_ack`. False if the segment ends here. */
function receiveAck(tcp: Tcp, connection: Connection, segment: TcpSegment): boolean {
  const { acknowledgement, sequence } = segment;
  const { sndUna, sndNxt } = connection;
  if (isAfter(acknowledgement, sndNxt)) {
    // Of what was never sent.
    answerInvalid(tcp, connection, segment);
    return false;
  }
  if (isBefore(acknowledgement, sndUna)) {
    // RFC 5961 §5.2: so old that it cannot be the other end's.
    if (isBefore(acknowledgement, (sndUna - connection.maxWindow) >>> 0)) {
      answerInvalid(tcp, connection, segment);
      return false;
    }
    return true;
  }
  noteTimestamp(connection, segment);
  const sackedBytes =
    segment.sack.length > 0 && connection.hasSack ? enterSackBlocks(tcp, connection, segment.sack) : 0;
  const wasOutstanding = connection.outstanding;
  const bytes = (acknowledgement - sndUna) >>> 0;
  const window = segment.window << connection.sendScale;
  const isUpdate =
    bytes > 0 ||
    isAfter(sequence, connection.sndWl1) ||
    (sequence === connection.sndWl1 && (window > connection.sndWnd || window === 0));
  const isSameWindow = window === connection.sndWnd;
  if (isUpdate) {
    connection.sndWnd = window;
    connection.sndWl1 = sequence;
    if (window > connection.maxWindow) connection.maxWindow = window;
  }
  connection.probes = 0;
  if (bytes > 0) return advanceTo(tcp, connection, segment, bytes, sackedBytes);
  if (wasOutstanding === 0) {
    probeAnswered(tcp, connection);
    return true;
  }
  // RFC 5681 §2: a duplicate carries nothing and changes nothing.
  const isDuplicate = segment.payload.length === 0 && (segment.flags & TCP_FIN) === 0 && isSameWindow;
  if (isDuplicate && !connection.hasSack) connection.duplicates++;
  if (isDuplicate || sackedBytes > 0) {
    tcp.confirmNeighbour(connection);
    acknowledged(tcp, connection, 0, sackedBytes);
    if (connection.recovery !== 'open') retransmitLost(tcp, connection);
  }
  return true;
}

/** What the other end has said last, to be echoed (RFC 7323 §4.3; `tcp_replace_ts_recent`). */
function noteTimestamp(connection: Connection, segment: TcpSegment): void {
  if (connection.hasTimestamps && segment.timestamp >= 0 && !isAfter(segment.sequence, connection.rcvWup))
    connection.tsRecent = segment.timestamp;
}

/** An answer to a window probe: the window is open again, or is asked for again (`tcp_ack_probe`). */
function probeAnswered(tcp: Tcp, connection: Connection): void {
  if (!hasWork(connection)) return;
  if (connection.sndWnd > 0) {
    connection.backoff = 0;
    connection.isProbing = false;
    if (connection.pending === 'window-probe') {
      connection.pending = 'none';
      tcp.rows.timers.resend.cancel(connection.row);
    }
  } else armWindowProbe(tcp, connection);
}

/** Something new was acknowledged. False if the connection is over by it. */
function advanceTo(
  tcp: Tcp,
  connection: Connection,
  segment: TcpSegment,
  bytes: number,
  sackedBytes: number,
): boolean {
  const isFinAcknowledged = connection.isFinSent && segment.acknowledgement === connection.sndNxt;
  dropAcknowledged(tcp, connection, bytes - (isFinAcknowledged ? 1 : 0));
  connection.sndUna = segment.acknowledgement;
  const wereSacked = forgetAcknowledged(tcp, connection);
  let hasMeasured = false;
  if (connection.isTiming && !isBefore(connection.sndUna, connection.timedSequence)) {
    connection.isTiming = false;
    measureRoundTrip(connection, tcp.rows.windows.timed.elapsed(connection.row));
    hasMeasured = true;
  } else if (!connection.isTiming) hasMeasured = measureByTimestamp(tcp, connection, segment);
  if (hasMeasured) connection.backoff = 0;
  connection.retransmits = 0;
  connection.softError = '';
  if (isTailProbeAnswered(connection)) connection.isTailProbed = false;
  acknowledged(tcp, connection, bytes, Math.max(0, sackedBytes - wereSacked));
  tcp.rows.windows.headSent.start(connection.row);
  tcp.confirmNeighbour(connection);
  restartTimers(tcp, connection);
  if (isFinAcknowledged) return finAcknowledged(tcp, connection);
  if (connection.wantsRoom && hasRoom(connection)) {
    connection.wantsRoom = false;
    tcp.news(connection, 'writable');
    return tcp.isAlive(connection);
  }
  return true;
}

/** Our FIN has arrived (RFC 9293 §3.10.7.4, fifth). False if the connection is over. */
function finAcknowledged(tcp: Tcp, connection: Connection): boolean {
  switch (connection.state) {
    case 'FIN_WAIT1':
      connection.state = 'FIN_WAIT2';
      if (connection.owner === 0) tcp.rows.timers.keep.arm(connection.row, tcp.host.sysctl.tcp_fin_timeout);
      return true;
    case 'CLOSING':
      enterTimeWait(tcp, connection);
      return false;
    case 'LAST_ACK':
      tcp.telling.closed(connection);
      tcp.forget(connection);
      return false;
    default:
      return true;
  }
}

/** 2 MSL in which late segments of this connection cannot be taken for a new one's. Nobody owns it any more. */
function enterTimeWait(tcp: Tcp, connection: Connection): void {
  tcp.telling.closed(connection);
  connection.state = 'TIME_WAIT';
  connection.pending = 'none';
  tcp.rows.timers.resend.cancel(connection.row);
  tcp.rows.timers.acknowledge.cancel(connection.row);
  tcp.rows.timers.keep.arm(connection.row, TIME_WAIT);
}

// ---- data

/** RFC 9293 §3.10.7.4, seventh and eighth; Linux `tcp_data_queue`. Whether the program has something to hear. */
function receiveData(tcp: Tcp, connection: Connection, segment: TcpSegment): boolean {
  const hasFin = (segment.flags & TCP_FIN) !== 0;
  const { payload } = segment;
  if (payload.length === 0 && !hasFin) return false;
  const { state } = connection;
  if (state !== 'ESTABLISHED' && state !== 'FIN_WAIT1' && state !== 'FIN_WAIT2') {
    // The other end has said that nothing more comes: this is its FIN again.
    enterQuickAck(connection);
    connection.isAckDue = true;
    return false;
  }
  const isNew = isAfter(advance(segment.sequence, payload.length), connection.rcvNxt);
  if (payload.length > 0 && isNew && connection.isOrphan) {
    // Nobody will ever read it (tcp_rcv_state_process: TCPABORTONDATA).
    tcp.telling.resetSent(connection, 'unread-data');
    answerWithReset(tcp, connection, segment, null);
    tcp.fail(connection, 'ECONNRESET');
    return false;
  }
  if (isNew && !isBefore(later(segment.sequence, connection.rcvNxt), windowEnd(connection))) {
    // tcp_data_queue, out_of_window: a byte that was sent only to see whether there is room.
    enterQuickAck(connection);
    connection.isAckDue = true;
    return false;
  }
  noteData(tcp, connection, payload.length);
  let { sequence } = segment;
  let bytes = payload;
  const old = (connection.rcvNxt - sequence) | 0;
  if (old > 0) {
    if (old >= lengthOf(segment)) {
      // All of it is here already: our acknowledgement was lost.
      enterQuickAck(connection);
      sendAck(tcp, connection);
      return false;
    }
    bytes = bytes.subarray(old);
    sequence = connection.rcvNxt;
  }
  connection.isAckDue = true;
  if (sequence !== connection.rcvNxt) {
    holdOutOfOrder(tcp, connection, sequence, bytes, hasFin);
    enterQuickAck(connection);
    sendAck(tcp, connection);
    return false;
  }
  deliver(tcp, connection, bytes, hasFin);
  const filled = tcp.outOfOrder.of(connection.id).length > 0 && takeInOrder(tcp, connection);
  if (connection.hasPeerFin) receiveFin(tcp, connection);
  // A hole that closes is news for the sender (RFC 5681 §4.2).
  if (filled) enterQuickAck(connection);
  return true;
}

/** What was offered ends here (Linux `tcp_receive_window`). */
const windowEnd = (connection: Connection): number => advance(connection.rcvWup, connection.rcvWnd);

/** The other end has sent its last byte (Linux `tcp_fin`). */
function receiveFin(tcp: Tcp, connection: Connection): void {
  switch (connection.state) {
    case 'ESTABLISHED':
      connection.state = 'CLOSE_WAIT';
      // Our own FIN may carry the acknowledgement (inet_csk_enter_pingpong_mode).
      connection.isInteractive = true;
      return;
    case 'FIN_WAIT1':
      connection.state = 'CLOSING';
      sendAck(tcp, connection);
      return;
    case 'FIN_WAIT2':
      sendAck(tcp, connection);
      enterTimeWait(tcp, connection);
      return;
    default:
  }
}

/** A SYN that is newer than the connection in TIME_WAIT (RFC 6191; `tcp_timewait_state_process`), for a listener. */
export function isNewBeginning(tcp: Tcp, connection: Connection, segment: TcpSegment): boolean {
  if ((segment.flags & (TCP_SYN | TCP_ACK | TCP_RST)) !== TCP_SYN) return false;
  if (tcp.listeners.at(connection.local, connection.ownPort) === NO_ROW) return false;
  const isNewer = connection.hasTimestamps && isBefore(connection.tsRecent, segment.timestamp);
  return isAfter(segment.sequence, connection.rcvNxt) || isNewer;
}

/** A segment for a connection in TIME_WAIT that does not begin a new one (Linux `tcp_timewait_state_process`). */
export function receiveInTimeWait(tcp: Tcp, connection: Connection, segment: TcpSegment): void {
  if (segment.flags & TCP_RST) {
    if (segment.sequence === connection.rcvNxt) tcp.forget(connection);
    return;
  }
  // The other end has not heard our last acknowledgement: it gets it again, and the time begins anew. A SYN alone may
  // be a new one whose number happens to be lower.
  if ((segment.flags & TCP_ACK) !== 0) tcp.rows.timers.keep.arm(connection.row, TIME_WAIT);
  if (lengthOf(segment) === 0 && segment.sequence === connection.rcvNxt) return;
  const { challenged } = tcp.rows.windows;
  if (challenged.isOpen(connection.row)) return;
  challenged.open(connection.row, CHALLENGE_PERIOD);
  sendAck(tcp, connection);
}
