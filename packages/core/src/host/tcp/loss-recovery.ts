import type { SackBlock } from '../../wire/index.js';
import { growWindow, thresholdAfterLoss } from './congestion.js';
import type { Connection } from './connection.js';
import { advance, distance, isAfter, isBefore, later } from './sequence.js';
import type { Tcp } from './tcp.js';
import { DUPLICATE_THRESHOLD } from './tcp-parameters.js';

// What is lost and when it is sent again: RFC 6675 where selective acknowledgements were agreed, RFC 6582 (NewReno)
// where not; how fast, by proportional rate reduction (RFC 6937), as Linux does.

/** A run of bytes. */
export interface Run {
  readonly sequence: number;
  readonly length: number;
}

/** Enters the blocks of a segment; returns how many bytes are news (RFC 6675 §4, Update). */
export function enterSackBlocks(tcp: Tcp, connection: Connection, blocks: readonly SackBlock[]): number {
  let ranges = tcp.sacked.of(connection.id);
  let news = 0;
  for (const { left, right } of blocks) {
    // Duplicates (RFC 2883) and what was never sent say nothing about holes.
    if (!isAfter(right, left) || isBefore(left, connection.sndUna) || isAfter(right, connection.sndNxt))
      continue;
    const before = bytesOf(ranges);
    ranges = merged(ranges, left, right);
    news += bytesOf(ranges) - before;
  }
  if (news > 0) tcp.sacked.replace(connection.id, ranges);
  return news;
}

const bytesOf = (ranges: readonly SackBlock[]): number =>
  ranges.reduce((sum, { left, right }) => sum + distance(left, right), 0);

function merged(ranges: readonly SackBlock[], from: number, to: number): SackBlock[] {
  let left = from;
  let right = to;
  const before: SackBlock[] = [];
  const after: SackBlock[] = [];
  for (const range of ranges) {
    if (isBefore(range.right, left)) before.push(range);
    else if (isAfter(range.left, right)) after.push(range);
    else {
      if (isBefore(range.left, left)) left = range.left;
      right = later(range.right, right);
    }
  }
  return [...before, { left, right }, ...after];
}

/** Forgets what is acknowledged in full by now. Returns how many selectively acknowledged bytes that were. */
export function forgetAcknowledged(tcp: Tcp, connection: Connection): number {
  const ranges = tcp.sacked.of(connection.id);
  if (ranges.length === 0) return 0;
  const { sndUna } = connection;
  const before = bytesOf(ranges);
  const left = ranges
    .filter(({ right }) => isAfter(right, sndUna))
    .map((range) => (isBefore(range.left, sndUna) ? { left: sndUna, right: range.right } : range));
  tcp.sacked.replace(connection.id, left);
  return before - bytesOf(left);
}

/** Holes between what arrived: each with whether it counts as lost (RFC 6675 §4, IsLost). */
function holesOf(tcp: Tcp, connection: Connection): { left: number; right: number; isLost: boolean }[] {
  const ranges = tcp.sacked.of(connection.id);
  const { mss, recovery, recoveryEnd, sndNxt } = connection;
  const holes: { left: number; right: number; isLost: boolean }[] = [];
  let blocksAbove = ranges.length;
  let bytesAbove = bytesOf(ranges);
  let left = connection.sndUna;
  const add = (right: number): void => {
    if (!isAfter(right, left)) return;
    if (recovery === 'loss') {
      // After a timeout all that was sent before it is lost.
      const end = isBefore(right, recoveryEnd) ? right : later(left, recoveryEnd);
      if (isAfter(end, left)) holes.push({ left, right: end, isLost: true });
      if (isAfter(right, end)) holes.push({ left: end, right, isLost: false });
    } else {
      const isLost = blocksAbove >= DUPLICATE_THRESHOLD || bytesAbove > (DUPLICATE_THRESHOLD - 1) * mss;
      holes.push({ left, right, isLost });
    }
  };
  for (const range of ranges) {
    add(range.left);
    blocksAbove--;
    bytesAbove -= distance(range.left, range.right);
    left = range.right;
  }
  blocksAbove = 0;
  bytesAbove = 0;
  add(sndNxt);
  return holes;
}

/** Bytes that are in the network as far as is known (RFC 6675 §4, SetPipe). */
export function pipeOf(tcp: Tcp, connection: Connection): number {
  const { outstanding, recovery } = connection;
  if (!connection.hasSack && recovery !== 'loss') {
    // Each duplicate says that a segment has left the network; the first has not (Linux `tcp_limit_reno_sacked`). It is
    // lost, and counts again once it was sent again.
    const isHeadLost = recovery === 'recovery' && !isAfter(connection.highRetransmitted, connection.sndUna);
    const left = outstanding - (connection.duplicates + (isHeadLost ? 1 : 0)) * connection.mss;
    return Math.max(Math.min(outstanding, connection.mss), left);
  }
  if (recovery === 'open' && tcp.sacked.of(connection.id).length === 0) return outstanding;
  let pipe = 0;
  for (const { left, right, isLost } of holesOf(tcp, connection)) {
    if (!isLost) pipe += distance(left, right);
    else if (isAfter(connection.highRetransmitted, left)) {
      const end = isBefore(connection.highRetransmitted, right) ? connection.highRetransmitted : right;
      pipe += distance(left, end);
    }
  }
  return pipe;
}

/** The next run to send again, or null (RFC 6675 §4, NextSeg rule 1; RFC 6582 §3.2 without SACK). */
export function nextLost(tcp: Tcp, connection: Connection): Run | null {
  const { recovery, highRetransmitted, sndUna, mss } = connection;
  if (recovery === 'open') return null;
  if (!connection.hasSack && recovery === 'recovery') {
    if (isAfter(highRetransmitted, sndUna)) return null;
    return { sequence: sndUna, length: Math.min(mss, connection.outstanding) };
  }
  for (const { left, right, isLost } of holesOf(tcp, connection)) {
    if (!isLost || !isAfter(right, highRetransmitted)) continue;
    const sequence = later(left, highRetransmitted);
    return { sequence, length: Math.min(mss, distance(sequence, right)) };
  }
  return null;
}

/** An acknowledgement has come while data is outstanding: what it means for window and recovery. */
export function acknowledged(tcp: Tcp, connection: Connection, bytes: number, sackedBytes: number): void {
  const { mss } = connection;
  let segments = Math.ceil((bytes + sackedBytes) / mss);
  if (connection.recovery === 'open') {
    // RFC 5681 §3.2: only duplicates in a row count.
    if (bytes > 0) connection.duplicates = 0;
    if (isLossSeen(tcp, connection)) enterRecovery(tcp, connection);
    else if (bytes > 0 && isWindowUsed(connection, bytes)) growWindow(tcp, connection, segments);
    if (connection.recovery === 'open') return;
  }
  if (bytes > 0 && !isBefore(connection.sndUna, connection.recoveryEnd)) {
    if (connection.recovery === 'recovery') connection.cwnd = Math.max(2, connection.ssthresh);
    leaveRecovery(connection);
    return;
  }
  if (connection.recovery === 'loss') {
    if (bytes > 0) growWindow(tcp, connection, segments);
    return;
  }
  if (!connection.hasSack) {
    // Each duplicate stands for a segment that has arrived; an acknowledgement of those says nothing new.
    const { duplicates } = connection;
    if (bytes === 0) segments = 1;
    else {
      // A partial one: the next hole begins here (Linux `tcp_remove_reno_sacks`).
      connection.highRetransmitted = connection.sndUna;
      connection.duplicates = Math.max(0, duplicates - Math.max(0, segments - 1));
      segments = Math.max(1, segments - duplicates);
    }
  }
  reduceWindow(tcp, connection, segments, bytes > 0);
}

function isLossSeen(tcp: Tcp, connection: Connection): boolean {
  if (!connection.hasSack) return connection.duplicates >= DUPLICATE_THRESHOLD;
  if (tcp.sacked.of(connection.id).length === 0) return false;
  return holesOf(tcp, connection).some(({ isLost }) => isLost);
}

/** Whether the window was what held the sender back (Linux `tcp_is_cwnd_limited`). */
function isWindowUsed(connection: Connection, bytes: number): boolean {
  const before = connection.outstanding + bytes;
  const used = connection.cwnd * connection.mss;
  return connection.cwnd < connection.ssthresh ? used < 2 * before : before >= used - connection.mss;
}

function enterRecovery(tcp: Tcp, connection: Connection): void {
  connection.priorCwnd = connection.cwnd;
  connection.ssthresh = thresholdAfterLoss(tcp, connection);
  connection.recovery = 'recovery';
  connection.recoveryEnd = connection.sndNxt;
  connection.highRetransmitted = connection.sndUna;
  connection.prrDelivered = 0;
  connection.prrOut = 0;
  connection.cwndCount = 0;
}

/** RFC 6937 §3.1 with the slow start reduction bound. */
function reduceWindow(tcp: Tcp, connection: Connection, delivered: number, hasAdvanced: boolean): void {
  if (delivered === 0) return;
  const { ssthresh, mss } = connection;
  connection.prrDelivered += delivered;
  const inFlight = Math.ceil(pipeOf(tcp, connection) / mss);
  let sendable: number;
  if (inFlight > ssthresh) {
    const target = Math.ceil((connection.prrDelivered * ssthresh) / Math.max(1, connection.priorCwnd));
    sendable = target - connection.prrOut;
  } else {
    const limit = Math.max(connection.prrDelivered - connection.prrOut, delivered) + (hasAdvanced ? 1 : 0);
    sendable = Math.min(ssthresh - inFlight, limit);
  }
  // The first retransmission is always sent.
  sendable = Math.max(sendable, connection.prrOut === 0 ? 1 : 0);
  connection.cwnd = inFlight + sendable;
}

function leaveRecovery(connection: Connection): void {
  connection.recovery = 'open';
  connection.duplicates = 0;
  connection.isRetransmitting = false;
  connection.highRetransmitted = connection.sndUna;
}

/** Nothing was acknowledged for a whole timeout (Linux `tcp_enter_loss`; RFC 5681 §3.1). */
export function enterLoss(tcp: Tcp, connection: Connection): void {
  // The threshold is lowered once for a window of data.
  const isAnotherWindow =
    connection.recovery === 'open' ||
    !isBefore(connection.sndUna, connection.recoveryEnd) ||
    (connection.recovery === 'loss' && connection.retransmits === 0);
  if (isAnotherWindow) connection.ssthresh = thresholdAfterLoss(tcp, connection);
  connection.recoveryEnd = connection.sndNxt;
  connection.recovery = 'loss';
  connection.cwnd = 1;
  connection.cwndCount = 0;
  connection.duplicates = 0;
  connection.highRetransmitted = connection.sndUna;
}

/** What was sent again now ends here. */
export function noteRetransmitted(connection: Connection, run: Run): void {
  connection.highRetransmitted = later(connection.highRetransmitted, advance(run.sequence, run.length));
  connection.prrOut++;
}
