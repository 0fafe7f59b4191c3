import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, type TcpSegment } from '../../wire/index.js';
import { enterQuickAck } from './acknowledging.js';
import type { Connection } from './connection.js';
import { advance, isAfter, isBefore } from './sequence.js';
import type { Tcp } from './tcp.js';
import { sendAck, sendSyn } from './tcp-output.js';
import { CHALLENGE_PERIOD } from './tcp-parameters.js';

// Which segments a connection believes (RFC 9293 §3.10.7.4, RFC 5961, RFC 7323 §5).

/** How many numbers a segment takes. */
export const lengthOf = (segment: TcpSegment): number =>
  segment.payload.length + (segment.flags & TCP_SYN ? 1 : 0) + (segment.flags & TCP_FIN ? 1 : 0);

/** The checks of RFC 9293 §3.10.7.4 in the form of RFC 5961 (Linux `tcp_validate_incoming`). */
export function isAcceptable(tcp: Tcp, connection: Connection, segment: TcpSegment): boolean {
  const { sequence, flags } = segment;
  const isReset = (flags & TCP_RST) !== 0;
  // PAWS (RFC 7323 §5.3): an older timestamp is an old duplicate. A reset is believed without one.
  if (
    connection.hasTimestamps &&
    segment.timestamp >= 0 &&
    !isReset &&
    isBefore(segment.timestamp, connection.tsRecent)
  ) {
    if (flags & TCP_SYN) challenge(tcp, connection, 'syn');
    else answerInvalid(tcp, connection, segment);
    return false;
  }
  const end = advance(sequence, lengthOf(segment));
  const edge = advance(connection.rcvWup, connection.rcvWnd);
  const isInWindow =
    !isBefore(end, connection.rcvWup) &&
    !isAfter(sequence, isBefore(edge, connection.rcvNxt) ? connection.rcvNxt : edge);
  if (!isInWindow) {
    if (isReset) {
      if (isResetAfterFin(connection, sequence)) receiveReset(tcp, connection);
      return false;
    }
    if (flags & TCP_SYN) challenge(tcp, connection, 'syn');
    else answerInvalid(tcp, connection, segment);
    return false;
  }
  if (isReset) {
    if (
      sequence === connection.rcvNxt ||
      isResetAfterFin(connection, sequence) ||
      isRightEdge(tcp, connection, sequence)
    ) {
      receiveReset(tcp, connection);
    } else if (!isBefore(sequence, connection.rcvNxt)) challenge(tcp, connection, 'rst');
    return false;
  }
  if (flags & TCP_SYN) {
    if (connection.state !== 'SYN_RECV' || sequence !== connection.irs) challenge(tcp, connection, 'syn');
    else if (isAnswerToBoth(connection, segment)) return true;
    else answerSynAgain(tcp, connection);
    return false;
  }
  return true;
}

/** Both ends began at once, and this is the other's answer (`tcp_validate_incoming`, from Linux 6.10 on). */
const isAnswerToBoth = (connection: Connection, { flags, acknowledgement, payload }: TcpSegment): boolean =>
  (flags & TCP_ACK) !== 0 && acknowledgement === connection.sndNxt && payload.length === 0;

/** The other end has not heard our answer (Linux `tcp_check_req`). */
function answerSynAgain(tcp: Tcp, connection: Connection): void {
  const { challenged } = tcp.rows.windows;
  if (challenged.isOpen(connection.row)) return;
  challenged.open(connection.row, CHALLENGE_PERIOD);
  if (sendSyn(tcp, connection, tcp.offeredMss(connection)))
    tcp.telling.retransmitted(connection, connection.iss, 0, 'syn-ack');
}

/** Some stacks reset after their FIN with the number that the FIN had (Linux `tcp_reset_check`). */
function isResetAfterFin(connection: Connection, sequence: number): boolean {
  const { state } = connection;
  return (
    (state === 'CLOSE_WAIT' || state === 'LAST_ACK' || state === 'CLOSING') &&
    advance(sequence, 1) === connection.rcvNxt
  );
}

/** A reset at the end of what was selectively acknowledged is exact too (`tcp_validate_incoming`). */
function isRightEdge(tcp: Tcp, connection: Connection, sequence: number): boolean {
  if (!connection.hasSack) return false;
  const last = tcp.outOfOrder.of(connection.id).at(-1);
  return last !== undefined && advance(last.sequence, last.bytes.length + (last.hasFin ? 1 : 0)) === sequence;
}

/** An old or strange segment is answered with where we are, empty ones at most twice a second (`tcp_send_dupack`). */
export function answerInvalid(tcp: Tcp, connection: Connection, segment: TcpSegment): void {
  const { challenged } = tcp.rows.windows;
  if (segment.payload.length === 0 && (segment.flags & TCP_FIN) === 0) {
    if (challenged.isOpen(connection.row)) return;
    challenged.open(connection.row, CHALLENGE_PERIOD);
  }
  if (isBefore(segment.sequence, connection.rcvNxt)) enterQuickAck(connection);
  sendAck(tcp, connection);
}

/** RFC 5961: a forger cannot know our numbers, the true other end will answer with a reset that fits. */
function challenge(tcp: Tcp, connection: Connection, by: 'rst' | 'syn'): void {
  const { challenged } = tcp.rows.windows;
  if (challenged.isOpen(connection.row)) return;
  challenged.open(connection.row, CHALLENGE_PERIOD);
  tcp.telling.challenged(connection, by);
  sendAck(tcp, connection);
}

function receiveReset(tcp: Tcp, connection: Connection): void {
  tcp.telling.resetReceived(connection);
  if (connection.state === 'SYN_RECV' && connection.isPassive) tcp.forget(connection);
  else tcp.fail(connection, connection.state === 'CLOSE_WAIT' ? 'EPIPE' : 'ECONNRESET');
}
