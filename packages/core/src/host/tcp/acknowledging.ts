import type { Nanoseconds } from '../../engine/index.js';
import type { Connection } from './connection.js';
import { smoothedRoundTrip } from './round-trip-time.js';
import type { Tcp } from './tcp.js';
import { sendAck } from './tcp-output.js';
import { DELAYED_ACK_MAX, DELAYED_ACK_MIN, MOST_QUICK_ACKS } from './tcp-parameters.js';

// When data is acknowledged: at once, with an answer, or after a delay (RFC 1122 §4.2.3.2, RFC 5681 §4.2).

/** For a while everything is acknowledged at once (Linux `tcp_enter_quickack_mode`). */
export function enterQuickAck(connection: Connection): void {
  connection.quickAcks = MOST_QUICK_ACKS;
  connection.isInteractive = false;
  connection.ackTimeout = DELAYED_ACK_MIN;
}

/** How densely data comes says how long an acknowledgement may wait (Linux `tcp_event_data_recv`). */
export function noteData(tcp: Tcp, connection: Connection, length: number): void {
  const { lastData } = tcp.rows.windows;
  if (length > connection.rcvMss) connection.rcvMss = Math.min(0xffff, length);
  if (!connection.hasData) {
    connection.hasData = true;
    connection.quickAcks = MOST_QUICK_ACKS;
    connection.ackTimeout = DELAYED_ACK_MIN;
  } else {
    const since = lastData.elapsed(connection.row);
    const { ackTimeout } = connection;
    if (since <= DELAYED_ACK_MIN / 2) {
      connection.ackTimeout = Math.floor(ackTimeout / 2) + DELAYED_ACK_MIN / 2;
    } else if (since < ackTimeout) {
      connection.ackTimeout = Math.min(connection.rto, Math.floor(ackTimeout / 2) + since);
    } else if (since > connection.rto) {
      // After a pause the sender may be in slow start again.
      connection.quickAcks = MOST_QUICK_ACKS;
    }
  }
  lastData.start(connection.row);
}

/** Acknowledges now or later (Linux `__tcp_ack_snd_check`). */
export function acknowledgeData(tcp: Tcp, connection: Connection): void {
  if (!connection.isAckDue) return;
  const unacknowledged = (connection.rcvNxt - connection.rcvWup) >>> 0;
  const isNow = unacknowledged > connection.rcvMss || (connection.quickAcks > 0 && !connection.isInteractive);
  if (isNow) {
    sendAck(tcp, connection);
    return;
  }
  const { acknowledge } = tcp.rows.timers;
  if (acknowledge.isArmed(connection.row)) return;
  acknowledge.arm(connection.row, delayOf(connection));
}

/** How long an acknowledgement may wait: at most a round trip, which on a LAN is the least (Linux `tcp_send_delayed_ack`). */
function delayOf(connection: Connection): Nanoseconds {
  const most =
    connection.srtt === 0 ? DELAYED_ACK_MAX : Math.max(DELAYED_ACK_MIN, smoothedRoundTrip(connection));
  return Math.min(connection.ackTimeout, most, DELAYED_ACK_MAX);
}

/** The delay is over (Linux `tcp_delack_timer_handler`). */
export function acknowledgeTimeout(tcp: Tcp, connection: Connection): void {
  if (!connection.isAckDue) return;
  if (connection.isInteractive) {
    connection.isInteractive = false;
    connection.ackTimeout = DELAYED_ACK_MIN;
  } else connection.ackTimeout = Math.min(connection.rto, connection.ackTimeout * 2);
  sendAck(tcp, connection);
}
