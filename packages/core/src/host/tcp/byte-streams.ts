import type { Connection } from './connection.js';
import { advance, isBefore } from './sequence.js';
import type { Tcp } from './tcp.js';
import { SEND_BUFFER } from './tcp-parameters.js';

// The bytes of a connection: what it has to send, what its program has not taken, what came beyond a hole.

const NO_BYTES = new Uint8Array(0);

/** A segment that came beyond a hole. */
export interface HeldSegment {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly hasFin: boolean;
}

/** Bytes of the send stream from `offset` after the first unacknowledged one. */
export function bytesAt(tcp: Tcp, connection: Connection, offset: number, length: number): Uint8Array {
  if (length === 0) return NO_BYTES;
  const pieces = tcp.sendStream.of(connection.id);
  let from = offset + connection.headOffset;
  let at = 0;
  while (from >= (pieces[at] as Uint8Array).length) from -= (pieces[at++] as Uint8Array).length;
  const first = pieces[at] as Uint8Array;
  if (from + length <= first.length) return first.subarray(from, from + length);
  const joined = new Uint8Array(length);
  for (let filled = 0; filled < length; at++, from = 0) {
    const piece = (pieces[at] as Uint8Array).subarray(from, from + length - filled);
    joined.set(piece, filled);
    filled += piece.length;
  }
  return joined;
}

/** Forgets bytes that have arrived. */
export function dropAcknowledged(tcp: Tcp, connection: Connection, count: number): void {
  connection.queued -= count;
  let left = connection.headOffset + count;
  const { id } = connection;
  for (let head = tcp.sendStream.of(id)[0]; head !== undefined && left >= head.length; ) {
    left -= head.length;
    tcp.sendStream.shift(id);
    head = tcp.sendStream.of(id)[0];
  }
  connection.headOffset = left;
}

/** Whether a program that was refused may send again (`sk_stream_is_writeable`: a third is free). */
export const hasRoom = (connection: Connection): boolean =>
  (SEND_BUFFER - connection.queued) * 2 >= connection.queued;

/** Bytes in order, for the program. */
export function deliver(tcp: Tcp, connection: Connection, bytes: Uint8Array, hasFin: boolean): void {
  if (bytes.length > 0) {
    tcp.receiveStream.push(connection.id, bytes);
    connection.unread += bytes.length;
  }
  connection.rcvNxt = advance(connection.rcvNxt, bytes.length + (hasFin ? 1 : 0));
  if (!hasFin) return;
  connection.hasPeerFin = true;
  // Nothing can follow it (`tcp_fin` purges the queue).
  tcp.outOfOrder.replace(connection.id, []);
}

/** Keeps what came beyond a hole, in order and each byte once. */
export function holdOutOfOrder(
  tcp: Tcp,
  connection: Connection,
  sequence: number,
  bytes: Uint8Array,
  hasFin: boolean,
): void {
  connection.newestHeld = sequence;
  const held = tcp.outOfOrder.of(connection.id);
  const at = held.findIndex((other) => !isBefore(other.sequence, sequence));
  const place = at < 0 ? held.length : at;
  const same = held[place];
  if (same?.sequence === sequence && same.bytes.length >= bytes.length) return;
  const rest = same?.sequence === sequence ? held.slice(place + 1) : held.slice(place);
  tcp.outOfOrder.replace(connection.id, [...held.slice(0, place), { sequence, bytes, hasFin }, ...rest]);
}

/** Delivers what is in order by now. True if a hole has closed. */
export function takeInOrder(tcp: Tcp, connection: Connection): boolean {
  const held = tcp.outOfOrder.of(connection.id);
  let taken = 0;
  for (const { sequence, bytes, hasFin } of held) {
    const old = (connection.rcvNxt - sequence) | 0;
    if (old < 0 || connection.hasPeerFin) break;
    taken++;
    if (old < bytes.length || (hasFin && old === bytes.length))
      deliver(tcp, connection, old === 0 ? bytes : bytes.subarray(old), hasFin);
  }
  if (taken > 0 && !connection.hasPeerFin) tcp.outOfOrder.replace(connection.id, held.slice(taken));
  return taken > 0;
}
