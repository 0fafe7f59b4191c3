import { MILLISECOND } from '../../engine/index.js';
import {
  type SackBlock,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  type TcpSegment,
} from '../../wire/index.js';
import { armRetransmission, armTailProbe, armWindowProbe } from './arming.js';
import { bytesAt } from './byte-streams.js';
import { restartAfterIdle } from './congestion.js';
import type { Connection } from './connection.js';
import { nextLost, noteRetransmitted, pipeOf, type Run } from './loss-recovery.js';
import { advance, isAfter, isBefore } from './sequence.js';
import type { Tcp } from './tcp.js';
import { ACTIVE_WINDOW, DELAYED_ACK_MIN, PASSIVE_WINDOW, TIMESTAMPS_LENGTH } from './tcp-parameters.js';

const NO_BYTES = new Uint8Array(0);
const NO_BLOCKS: readonly SackBlock[] = [];
/** With timestamps three blocks fit into the 40 bytes of options, without four (RFC 2018 §3). */
const MOST_BLOCKS = 3;

/** States in which there may be something to send. */
const maySend = (connection: Connection): boolean => {
  switch (connection.state) {
    case 'ESTABLISHED':
    case 'CLOSE_WAIT':
    case 'FIN_WAIT1':
    case 'CLOSING':
    case 'LAST_ACK':
      return true;
    default:
      return false;
  }
};

/** The clock that timestamps show: milliseconds since boot, from an offset of the connection's own (RFC 7323 §5.4). */
export const timestampOf = (tcp: Tcp, connection: Connection): number =>
  (Math.floor(tcp.uptime / MILLISECOND) + connection.timestampOffset) >>> 0;

/** What the buffer has room for, and nothing where that is less than a segment (RFC 9293 §3.8.6.2.2). */
export function windowNow(connection: Connection): number {
  const full = connection.isPassive ? PASSIVE_WINDOW : ACTIVE_WINDOW;
  const unit = 1 << connection.receiveScale;
  const room = full - connection.unread;
  return room < Math.min(connection.rcvMss, full) || room < full >> 4 ? 0 : Math.ceil(room / unit) * unit;
}

/** The window to offer (Linux `__tcp_select_window`): what there is, but never less than was offered before. */
function selectWindow(connection: Connection): number {
  const unit = 1 << connection.receiveScale;
  let window = windowNow(connection);
  const offered = advance(connection.rcvWup, connection.rcvWnd);
  if (isAfter(offered, advance(connection.rcvNxt, window)))
    window = Math.ceil(((offered - connection.rcvNxt) >>> 0) / unit) * unit;
  connection.rcvWnd = window;
  connection.rcvWup = connection.rcvNxt;
  return Math.min(0xffff, window >> connection.receiveScale);
}

/** The blocks that arrived beyond holes, the one that changed last first (RFC 2018 §4). */
function blocksOf(tcp: Tcp, connection: Connection): readonly SackBlock[] {
  if (!connection.hasSack) return NO_BLOCKS;
  const held = tcp.outOfOrder.of(connection.id);
  if (held.length === 0) return NO_BLOCKS;
  const blocks: SackBlock[] = [];
  for (const { sequence, bytes, hasFin } of held) {
    const right = advance(sequence, bytes.length + (hasFin ? 1 : 0));
    const last = blocks.at(-1);
    if (last?.right === sequence) blocks[blocks.length - 1] = { left: last.left, right };
    else blocks.push({ left: sequence, right });
  }
  const newest = connection.newestHeld;
  const first = blocks.findIndex(({ left, right }) => !isBefore(newest, left) && isBefore(newest, right));
  const ordered =
    first <= 0 ? blocks : [blocks[first] as SackBlock, ...blocks.filter((_, at) => at !== first)];
  return ordered.slice(0, connection.hasTimestamps ? MOST_BLOCKS : MOST_BLOCKS + 1);
}

/** Sends a segment of a synchronised connection. False if it could not leave this host. */
export function transmit(
  tcp: Tcp,
  connection: Connection,
  sequence: number,
  payload: Uint8Array,
  flags: number,
): boolean {
  const { hasTimestamps } = connection;
  let sack = blocksOf(tcp, connection);
  if (sack.length > 0 && payload.length + 4 + 8 * sack.length > connection.mss) sack = NO_BLOCKS;
  const segment: TcpSegment = {
    kind: 'tcp',
    sourcePort: connection.ownPort,
    destinationPort: connection.otherPort,
    sequence,
    acknowledgement: connection.rcvNxt,
    flags: flags | TCP_ACK,
    window: selectWindow(connection),
    urgentPointer: 0,
    mss: 0,
    windowScale: -1,
    sackPermitted: false,
    timestamp: hasTimestamps ? timestampOf(tcp, connection) : -1,
    timestampEcho: hasTimestamps ? connection.tsRecent : 0,
    sack,
    payload,
  };
  if (connection.isAckDue) {
    connection.isAckDue = false;
    // Linux tcp_dec_quickack_mode.
    if (connection.quickAcks > 0 && --connection.quickAcks === 0) connection.ackTimeout = DELAYED_ACK_MIN;
    tcp.rows.timers.acknowledge.cancel(connection.row);
  }
  return tcp.send(connection, segment);
}

/** Sends an acknowledgement of where we are. */
export function sendAck(tcp: Tcp, connection: Connection): void {
  transmit(tcp, connection, connection.sndNxt, NO_BYTES, 0);
}

/** A SYN or SYN-ACK with all options (Linux `tcp_syn_options`, `tcp_synack_options`). */
export function sendSyn(tcp: Tcp, connection: Connection, offeredMss: number): boolean {
  const isAnswer = connection.state === 'SYN_RECV';
  const { sysctl } = tcp.host;
  const hasTimestamps = isAnswer ? connection.hasTimestamps : sysctl.tcp_timestamps !== 0;
  const window = isAnswer ? PASSIVE_WINDOW : ACTIVE_WINDOW;
  connection.rcvWnd = window;
  connection.rcvWup = connection.rcvNxt;
  return tcp.send(connection, {
    kind: 'tcp',
    sourcePort: connection.ownPort,
    destinationPort: connection.otherPort,
    sequence: connection.iss,
    acknowledgement: isAnswer ? connection.rcvNxt : 0,
    flags: isAnswer ? TCP_SYN | TCP_ACK : TCP_SYN,
    window,
    urgentPointer: 0,
    mss: offeredMss,
    windowScale: connection.receiveScale === 0 ? -1 : connection.receiveScale,
    sackPermitted: isAnswer ? connection.hasSack : sysctl.tcp_sack !== 0,
    timestamp: hasTimestamps ? timestampOf(tcp, connection) : -1,
    timestampEcho: isAnswer && hasTimestamps ? connection.tsRecent : 0,
    sack: NO_BLOCKS,
    payload: NO_BYTES,
  });
}

/** Ends a connection at the other end too (Linux `tcp_send_active_reset`). */
export function sendReset(tcp: Tcp, connection: Connection): void {
  transmit(tcp, connection, connection.sndNxt, NO_BYTES, TCP_RST);
}

/** Ends a connection for both ends at once. */
export function resetConnection(tcp: Tcp, connection: Connection, reason: 'aborted' | 'unread-data'): void {
  connection.owner = 0;
  switch (connection.state) {
    case 'ESTABLISHED':
    case 'FIN_WAIT1':
    case 'FIN_WAIT2':
    case 'CLOSE_WAIT':
    case 'SYN_RECV':
      tcp.telling.resetSent(connection, reason);
      sendReset(tcp, connection);
      break;
    default:
  }
  if (connection.state === 'CLOSED') tcp.remove(connection);
  else tcp.forget(connection);
}

/** Sends what may be sent (Linux `tcp_write_xmit`): lost segments first, then new ones, as the windows allow. */
export function push(tcp: Tcp, connection: Connection): void {
  if (!maySend(connection)) return;
  if (connection.recovery !== 'open') retransmitLost(tcp, connection);
  if (connection.unsent === 0 && (!connection.isFinQueued || connection.isFinSent)) return;
  const { mss } = connection;
  let pipe = pipeOf(tcp, connection);
  let count = 0;
  const wasIdle = connection.outstanding === 0;
  if (wasIdle) restartAfterIdle(connection, tcp.rows.windows.headSent.elapsed(connection.row));
  const limit = connection.cwnd * mss;
  while (!connection.isFinSent) {
    const { unsent, sndNxt, room } = connection;
    if (unsent === 0 && !connection.isFinQueued) break;
    if (pipe >= limit) break;
    const length = Math.min(mss, unsent, Math.max(0, room));
    // A FIN has a number too, and needs room for it.
    if (room <= 0) break;
    if (length < mss && length < unsent && !isWorthSending(connection, room)) break;
    if (length < mss && length === unsent && waitsForMore(connection)) break;
    const isLast = length === unsent;
    const hasFin = isLast && connection.isFinQueued && room > length;
    const flags = (isLast ? TCP_PSH : 0) | (hasFin ? TCP_FIN : 0);
    const before = connection.outstanding;
    if (
      !transmit(
        tcp,
        connection,
        sndNxt,
        bytesAt(tcp, connection, before, length),
        length === 0 ? TCP_FIN : flags,
      )
    )
      break;
    sent(tcp, connection, length, hasFin, before === 0);
    pipe += length + (hasFin ? 1 : 0);
    count++;
  }
  if (count > 0 && connection.recovery === 'recovery') connection.prrOut += count;
  if (count > 0 && !armTailProbe(tcp, connection) && (wasIdle || connection.pending !== 'retransmit'))
    armRetransmission(tcp, connection);
  // Nothing is on its way whose acknowledgement would call us again: ask for the window from time to time.
  if (connection.outstanding === 0 && connection.pending === 'none' && hasWork(connection))
    armWindowProbe(tcp, connection);
}

/** Sends as much of a segment as a small window takes (Linux `tcp_write_wakeup`): what {@link push} would wait with. */
export function sendWhatFits(tcp: Tcp, connection: Connection): void {
  push(tcp, connection);
  const { unsent, outstanding, sndNxt } = connection;
  if (outstanding > 0 || unsent === 0) return;
  const room = connection.room;
  const length = Math.min(connection.mss, unsent, room);
  if (length <= 0 || !transmit(tcp, connection, sndNxt, bytesAt(tcp, connection, 0, length), TCP_PSH)) return;
  sent(tcp, connection, length, false, true);
  armRetransmission(tcp, connection);
}

/** Whether there is something that was not sent yet. */
export const hasWork = (connection: Connection): boolean =>
  connection.unsent > 0 || (connection.isFinQueued && !connection.isFinSent);

/** RFC 9293 §3.8.6.2.1: a part of a segment is worth it for at least half of the largest window. */
const isWorthSending = (connection: Connection, room: number): boolean =>
  connection.outstanding === 0 && room * 2 >= connection.maxWindow;

/** Nagle as Minshall has it: one segment at a time that is not full (Linux `tcp_nagle_check`). */
function waitsForMore(connection: Connection): boolean {
  if (connection.noDelay || connection.isFinQueued || connection.outstanding === 0) return false;
  return isAfter(connection.sndSml, connection.sndUna) && !isAfter(connection.sndSml, connection.sndNxt);
}

/** Linux `tcp_event_new_data_sent`. */
function sent(tcp: Tcp, connection: Connection, length: number, hasFin: boolean, isFirst: boolean): void {
  connection.sndNxt = advance(connection.sndNxt, length + (hasFin ? 1 : 0));
  if (hasFin) connection.isFinSent = true;
  if (length < connection.mss) connection.sndSml = connection.sndNxt;
  if (!connection.isTiming) {
    connection.isTiming = true;
    connection.timedSequence = connection.sndNxt;
    tcp.rows.windows.timed.start(connection.row);
  }
  if (isFirst) tcp.rows.windows.headSent.start(connection.row);
  // Who answers a request with data is in a conversation: the acknowledgement may wait for the data.
  if (connection.hasData && tcp.rows.windows.lastData.elapsed(connection.row) < connection.ackTimeout)
    connection.isInteractive = true;
}

/** Sends again what counts as lost, as far as the window allows (Linux `tcp_xmit_retransmit_queue`). */
export function retransmitLost(tcp: Tcp, connection: Connection): void {
  const limit = connection.cwnd * connection.mss;
  for (;;) {
    const lost = nextLost(tcp, connection);
    if (lost === null || pipeOf(tcp, connection) >= limit) return;
    const isHead = lost.sequence === connection.sndUna;
    if (!retransmit(tcp, connection, lost, connection.recovery === 'loss' ? 'timeout' : 'fast')) return;
    if (isHead) armRetransmission(tcp, connection);
  }
}

/** Sends a run of bytes again, and the FIN where it reaches so far. False if it could not leave this host. */
export function retransmit(
  tcp: Tcp,
  connection: Connection,
  run: Run,
  kind: 'timeout' | 'fast' | 'tail-probe',
): boolean {
  const { sndUna } = connection;
  const offset = (run.sequence - sndUna) >>> 0;
  const bytes = Math.max(0, connection.queued - offset);
  const length = Math.min(run.length, bytes);
  const hasFin = connection.isFinSent && run.length > bytes;
  // Karn: what was sent twice measures nothing.
  if (connection.isTiming && isBefore(run.sequence, connection.timedSequence)) connection.isTiming = false;
  if (run.sequence === sndUna) tcp.rows.windows.headSent.start(connection.row);
  if (kind !== 'tail-probe') noteRetransmitted(connection, run);
  const payload = bytesAt(tcp, connection, offset, length);
  const flags = (hasFin ? TCP_FIN : 0) | (length > 0 ? TCP_PSH : 0);
  if (kind !== 'tail-probe' && !connection.isRetransmitting) {
    connection.isRetransmitting = true;
    tcp.rows.windows.firstRetransmission.start(connection.row);
  }
  const hasLeft = transmit(tcp, connection, run.sequence, payload, flags);
  if (hasLeft) tcp.telling.retransmitted(connection, run.sequence, length, kind);
  return hasLeft;
}

/** The last segment, for a tail probe: what is behind full ones. */
export function lastRun(connection: Connection): Run {
  const { outstanding, mss } = connection;
  const length = outstanding % mss || Math.min(mss, outstanding);
  return { sequence: (connection.sndNxt - length) >>> 0, length };
}

/** Bytes of payload in a full segment: what the other end takes, less the options that every segment has. */
export const payloadOf = (mss: number, hasTimestamps: boolean): number =>
  mss - (hasTimestamps ? TIMESTAMPS_LENGTH : 0);
