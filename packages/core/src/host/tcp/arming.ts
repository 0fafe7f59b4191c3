import type { Nanoseconds } from '../../engine/index.js';
import type { Connection } from './connection.js';
import { smoothedRoundTrip } from './round-trip-time.js';
import { isBefore } from './sequence.js';
import type { Tcp } from './tcp.js';
import { RTO_MAX, RTO_MIN, TAIL_PROBE_MIN } from './tcp-parameters.js';

// The one timer for sending again: when it is set, and to what.

/** Arms the retransmission timer anew, or cancels it where nothing is outstanding (Linux `tcp_rearm_rto`). */
export function armRetransmission(tcp: Tcp, connection: Connection): void {
  const { row } = connection;
  if (connection.outstanding === 0) {
    connection.pending = 'none';
    tcp.rows.timers.resend.cancel(row);
    return;
  }
  const wasProbing = connection.pending === 'tail-probe';
  const span = wasProbing ? leftOfTimeout(tcp, connection) : connection.rto;
  connection.pending = 'retransmit';
  tcp.rows.timers.resend.arm(row, span);
}

/** What is left of a timeout that began when the first segment was sent (`tcp_rto_delta_us`). */
const leftOfTimeout = (tcp: Tcp, connection: Connection): Nanoseconds =>
  Math.max(1, connection.rto - tcp.rows.windows.headSent.elapsed(connection.row));

/**
 * Arms a tail loss probe in place of the timeout where one may be sent (Linux `tcp_schedule_loss_probe`; RFC 8985 §7).
 *
 * @param isAdvancing - the timeout begins anew, since something was acknowledged
 * @returns whether it was armed
 */
export function armTailProbe(tcp: Tcp, connection: Connection, isAdvancing = false): boolean {
  const { outstanding, mss, row } = connection;
  if (outstanding === 0 || !connection.hasSack || connection.recovery !== 'open') return false;
  if (connection.isTailProbed || connection.srtt === 0) return false;
  if (tcp.sacked.of(connection.id).length > 0) return false;
  const isAlone = outstanding <= mss;
  const probe = 2 * smoothedRoundTrip(connection) + (isAlone ? RTO_MIN : TAIL_PROBE_MIN);
  const timeout = isAdvancing ? connection.rto : leftOfTimeout(tcp, connection);
  connection.pending = 'tail-probe';
  tcp.rows.timers.resend.arm(row, Math.min(probe, timeout));
  return true;
}

/** Arms the timer of what goes on until a closed window opens, or this host can send (RFC 9293 §3.8.6.1). */
export function armWindowProbe(tcp: Tcp, connection: Connection): void {
  connection.pending = 'window-probe';
  const span = Math.min(RTO_MAX, connection.rto * 2 ** connection.backoff);
  const within = connection.isProbing ? withinUserTimeout(tcp, connection, span) : span;
  tcp.rows.timers.resend.arm(connection.row, within);
}

/** An acknowledgement came: timeout or tail probe begin anew (Linux `tcp_set_xmit_timer`). */
export function restartTimers(tcp: Tcp, connection: Connection): void {
  if (connection.outstanding === 0 || !armTailProbe(tcp, connection, true)) {
    if (connection.pending === 'tail-probe') connection.pending = 'none';
    armRetransmission(tcp, connection);
  }
}

/** The timer is set so that it meets TCP_USER_TIMEOUT exactly (Linux `tcp_clamp_rto_to_user_timeout`). */
export function withinUserTimeout(tcp: Tcp, connection: Connection, span: Nanoseconds): Nanoseconds {
  if (connection.userTimeout === 0) return span;
  const since = tcp.rows.windows.firstRetransmission.elapsed(connection.row);
  return Math.max(1, Math.min(span, connection.userTimeout - since));
}

/** Whether a probe was answered: acknowledgement at or beyond it. */
export const isTailProbeAnswered = (connection: Connection): boolean =>
  connection.isTailProbed && !isBefore(connection.sndUna, connection.tailProbeEnd);
