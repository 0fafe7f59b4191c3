import type { Nanoseconds } from '../../engine/index.js';
import { armRetransmission, armWindowProbe, withinUserTimeout } from './arming.js';
import type { Connection } from './connection.js';
import { enterLoss } from './loss-recovery.js';
import { timeoutOf } from './round-trip-time.js';
import type { Tcp } from './tcp.js';
import {
  hasWork,
  lastRun,
  push,
  retransmit,
  sendReset,
  sendSyn,
  sendWhatFits,
  transmit,
} from './tcp-output.js';
import { ORPHAN_RETRIES, RTO_INITIAL, RTO_MAX, RTO_MIN } from './tcp-parameters.js';

const NO_BYTES = new Uint8Array(0);

/** The one timer for sending again has fired. */
export function resendTimeout(tcp: Tcp, connection: Connection): void {
  const { pending } = connection;
  switch (connection.state) {
    case 'SYN_SENT':
      synTimeout(tcp, connection);
      return;
    case 'SYN_RECV':
      synAckTimeout(tcp, connection);
      return;
    default:
  }
  connection.pending = 'none';
  if (pending === 'tail-probe') sendTailProbe(tcp, connection);
  else if (pending === 'window-probe') probeWindow(tcp, connection);
  else if (pending === 'retransmit') retransmissionTimeout(tcp, connection);
}

/** A SYN stays unanswered: the first few come again at the same distance, then ever more rarely. */
function synTimeout(tcp: Tcp, connection: Connection): void {
  const { sysctl } = tcp.host;
  const linear = sysctl.tcp_syn_linear_timeouts;
  const hasExpired =
    connection.retransmits >= linear + sysctl.tcp_syn_retries || isPastUserTimeout(tcp, connection);
  if (hasExpired) {
    giveUp(tcp, connection);
    return;
  }
  connection.retransmits++;
  // Linux tcp_retransmit_timer: the linear ones do not back off.
  if (connection.retransmits > linear) connection.rto = Math.min(RTO_MAX, connection.rto * 2);
  tcp.rows.timers.resend.arm(connection.row, withinUserTimeout(tcp, connection, connection.rto));
  connection.isTiming = false;
  connection.isRetransmitting = true;
  if (sendSyn(tcp, connection, tcp.offeredMss(connection)))
    tcp.telling.retransmitted(connection, connection.iss, 0, 'syn');
}

/** A SYN-ACK stays unanswered (Linux `reqsk_timer_handler`): after the last wait the request is forgotten in silence. */
function synAckTimeout(tcp: Tcp, connection: Connection): void {
  if (connection.retransmits >= tcp.host.sysctl.tcp_synack_retries) {
    if (connection.isPassive) tcp.forget(connection);
    else tcp.fail(connection, 'ETIMEDOUT');
    return;
  }
  connection.retransmits++;
  connection.rto = Math.min(RTO_MAX, RTO_INITIAL * 2 ** connection.retransmits);
  connection.isTiming = false;
  tcp.rows.timers.resend.arm(connection.row, connection.rto);
  if (sendSyn(tcp, connection, tcp.offeredMss(connection)))
    tcp.telling.retransmitted(connection, connection.iss, 0, 'syn-ack');
}

/** RFC 8985 §7.3: new data if there is some and it may go, else the last segment again. */
function sendTailProbe(tcp: Tcp, connection: Connection): void {
  if (connection.outstanding === 0) return;
  connection.isTailProbed = true;
  const before = connection.sndNxt;
  if (connection.unsent > 0 && connection.room >= Math.min(connection.unsent, connection.mss))
    push(tcp, connection);
  if (connection.sndNxt === before) retransmit(tcp, connection, lastRun(connection), 'tail-probe');
  connection.tailProbeEnd = connection.sndNxt;
  connection.pending = 'none';
  armRetransmission(tcp, connection);
}

/** Linux `tcp_retransmit_timer`; RFC 6298 §5.4 to 5.6. */
function retransmissionTimeout(tcp: Tcp, connection: Connection): void {
  if (connection.outstanding === 0) return;
  if (hasGivenUp(tcp, connection)) {
    giveUp(tcp, connection);
    return;
  }
  enterLoss(tcp, connection);
  connection.retransmits = Math.min(0xff, connection.retransmits + 1);
  connection.isTailProbed = false;
  const length = Math.min(connection.mss, connection.outstanding);
  retransmit(tcp, connection, { sequence: connection.sndUna, length }, 'timeout');
  connection.backoff = Math.min(0xff, connection.backoff + 1);
  connection.rto = Math.min(RTO_MAX, connection.rto * 2);
  connection.pending = 'retransmit';
  tcp.rows.timers.resend.arm(connection.row, withinUserTimeout(tcp, connection, connection.rto));
}

/** Linux `tcp_write_err`: what ICMP has said of the way counts for more than that nobody answers. */
function giveUp(tcp: Tcp, connection: Connection): void {
  tcp.fail(connection, connection.softError === '' ? 'ETIMEDOUT' : connection.softError);
}

/** Linux `tcp_write_timeout`: by the time since the first retransmission, not by their number. */
function hasGivenUp(tcp: Tcp, connection: Connection): boolean {
  if (connection.retransmits === 0) return false;
  const since = tcp.rows.windows.firstRetransmission.elapsed(connection.row);
  if (connection.userTimeout > 0) return since >= connection.userTimeout;
  const retries = connection.isOrphan ? ORPHAN_RETRIES : tcp.host.sysctl.tcp_retries2;
  return since >= modelTimeout(retries);
}

/** How long so many doublings of 200 ms take, each at most 120 s (Linux `tcp_model_timeout`). */
export function modelTimeout(retries: number): Nanoseconds {
  const doublings = 31 - Math.clz32(RTO_MAX / RTO_MIN);
  if (retries <= doublings) return (2 ** (retries + 1) - 1) * RTO_MIN;
  return (2 ** (doublings + 1) - 1) * RTO_MIN + (retries - doublings) * RTO_MAX;
}

/** In SYN_SENT the user timeout counts from the first SYN. */
const isPastUserTimeout = (tcp: Tcp, connection: Connection): boolean =>
  connection.userTimeout > 0 &&
  connection.retransmits > 0 &&
  tcp.rows.windows.firstRetransmission.elapsed(connection.row) >= connection.userTimeout;

/** Linux `tcp_probe_timer`, `tcp_send_probe0`: is the window still closed, or can we send at last? */
function probeWindow(tcp: Tcp, connection: Connection): void {
  if (connection.outstanding > 0 || !hasWork(connection)) {
    connection.probes = 0;
    return;
  }
  const { windows } = tcp.rows;
  if (!connection.isProbing) {
    connection.isProbing = true;
    windows.firstRetransmission.start(connection.row);
  }
  const { isOrphan, userTimeout } = connection;
  const since = windows.firstRetransmission.elapsed(connection.row);
  const isLate = userTimeout > 0 && since >= userTimeout;
  // An orphan whose probes are two minutes apart is given up even where they are answered.
  const isSlow = isOrphan && connection.rto * 2 ** connection.backoff >= RTO_MAX;
  const most = isOrphan ? ORPHAN_RETRIES : tcp.host.sysctl.tcp_retries2;
  if (connection.probes >= most || isLate || (isSlow && connection.backoff >= most)) {
    giveUp(tcp, connection);
    return;
  }
  if (connection.room > 0) sendWhatFits(tcp, connection);
  else {
    // One number too old, so that the other end must answer with its window.
    transmit(tcp, connection, (connection.sndUna - 1) >>> 0, NO_BYTES, 0);
    tcp.telling.retransmitted(connection, (connection.sndUna - 1) >>> 0, 0, 'window-probe');
  }
  if (connection.outstanding > 0) {
    connection.probes = 0;
    connection.backoff = 0;
    return;
  }
  connection.probes = Math.min(0xff, connection.probes + 1);
  if (connection.backoff < tcp.host.sysctl.tcp_retries2) connection.backoff++;
  armWindowProbe(tcp, connection);
}

/** Keepalive, and the ends of FIN_WAIT2 and TIME_WAIT. */
export function keepTimeout(tcp: Tcp, connection: Connection): void {
  const { state } = connection;
  if (state === 'TIME_WAIT' || (state === 'FIN_WAIT2' && connection.owner === 0)) {
    tcp.forget(connection);
    return;
  }
  keepAlive(tcp, connection);
}

/** Linux `tcp_keepalive_timer`. */
function keepAlive(tcp: Tcp, connection: Connection): void {
  const { keepIdle, keepInterval, userTimeout, row } = connection;
  if (keepIdle === 0 || connection.state === 'SYN_SENT') return;
  const { timers, windows } = tcp.rows;
  // While data is outstanding, its own timers decide.
  if (connection.outstanding > 0 || hasWork(connection)) {
    timers.keep.arm(row, keepIdle);
    return;
  }
  const idle = windows.lastHeard.elapsed(row);
  if (idle < keepIdle) {
    timers.keep.arm(row, keepIdle - idle);
    return;
  }
  const isDead =
    userTimeout > 0
      ? idle >= userTimeout && connection.probes > 0
      : connection.probes >= connection.keepProbes;
  if (isDead) {
    tcp.telling.resetSent(connection, 'keepalive');
    sendReset(tcp, connection);
    giveUp(tcp, connection);
    return;
  }
  connection.probes++;
  const probe = (connection.sndUna - 1) >>> 0;
  if (transmit(tcp, connection, probe, NO_BYTES, 0))
    tcp.telling.retransmitted(connection, probe, 0, 'keepalive');
  timers.keep.arm(row, keepInterval);
}

/**
 * An ICMP error says that the network is down for the first unacknowledged segment: one doubling is taken back, since
 * it was not congestion (RFC 6069; Linux `tcp_ld_RTO_revert`).
 */
export function revertBackoff(tcp: Tcp, connection: Connection, sequence: number): void {
  if (sequence !== connection.sndUna || connection.retransmits === 0 || connection.backoff === 0) return;
  connection.backoff--;
  connection.rto = Math.min(RTO_MAX, baseTimeout(connection) * 2 ** connection.backoff);
  const left = connection.rto - tcp.rows.windows.headSent.elapsed(connection.row);
  if (left > 0) {
    connection.pending = 'retransmit';
    tcp.rows.timers.resend.arm(connection.row, left);
  } else retransmissionTimeout(tcp, connection);
}

const baseTimeout = (connection: Connection): Nanoseconds =>
  connection.srtt === 0 ? RTO_INITIAL : timeoutOf(connection);
