import { byteAt, putU16, putU32, requireInteger, u16At, u32At } from './bytes.js';
import { addWords, finishChecksum, isIntact } from './checksum.js';
import { NO_BYTES } from './payload.js';
import {
  MAX_WINDOW_SCALE,
  NO_SACK_BLOCKS,
  parseTcpOptions,
  sackBlocksThatFit,
  type TcpOptions,
  tcpOptionsLength,
  writeTcpOptions,
} from './tcp-options.js';
import type { ChecksumPolicy } from './udp.js';
import { WireError } from './wire-error.js';

/** The flags of a TCP header as bits (RFC 9293 §3.1). */
export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;
export const TCP_URG = 0x20;
/** The two flags of explicit congestion notification (RFC 3168 §6.1). */
export const TCP_ECE = 0x40;
export const TCP_CWR = 0x80;

/** Bytes of a TCP header without options (RFC 9293 §3.1). */
export const TCP_HEADER_LENGTH = 20;
/** IP protocol number of TCP (RFC 9293 §3.1). */
export const IP_PROTOCOL_TCP = 6;

const MAX_LENGTH = 0xffff; // of what an IP packet carries at most
const CHECKSUM_AT = 16;

/** A TCP segment (RFC 9293). Checksum and lengths are not fields: they are made on emit and verified on parse. */
export interface TcpSegment extends TcpOptions {
  readonly kind: 'tcp';
  /** 0..65535. */
  readonly sourcePort: number;
  /** 0..65535. */
  readonly destinationPort: number;
  /** 0..2^32-1. */
  readonly sequence: number;
  /** 0..2^32-1; 0 where the ACK flag is not set. */
  readonly acknowledgement: number;
  /** The flags as bits, 0..255. */
  readonly flags: number;
  /** As it stands in the header, before any scaling; 0..65535. */
  readonly window: number;
  /** 0..65535; 0 without the URG flag. */
  readonly urgentPointer: number;
  /** Shared with everybody who holds the frame: never write into it. */
  readonly payload: Uint8Array;
}

/** What {@link tcpSegment} is told; the meaning of the fields is that of {@link TcpSegment}. */
export interface TcpFields extends Partial<Omit<TcpSegment, 'kind'>> {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly flags: number;
}

/**
 * Makes a TCP segment. What is left out is absent: no acknowledgement, window 0, no options, no payload.
 *
 * @throws WireError `range` for a value that does not fit its field, and for what the header cannot say together: an
 *   acknowledgement without the ACK flag, an urgent pointer without URG, MSS, window scale or SACK-permitted without
 *   SYN, SACK blocks with SYN or more of them than fit, an echoed timestamp without a timestamp
 * @example
 * ```ts
 * const syn = tcpSegment({
 *   sourcePort: 40_000, destinationPort: 5432, sequence: 1, flags: TCP_SYN, window: 64_240,
 *   mss: 1460, windowScale: 7, sackPermitted: true, timestamp: 0,
 * });
 * ```
 */
export function tcpSegment(fields: TcpFields): TcpSegment {
  const segment: TcpSegment = {
    kind: 'tcp',
    sourcePort: fields.sourcePort,
    destinationPort: fields.destinationPort,
    sequence: fields.sequence,
    acknowledgement: fields.acknowledgement ?? 0,
    flags: fields.flags,
    window: fields.window ?? 0,
    urgentPointer: fields.urgentPointer ?? 0,
    mss: fields.mss ?? 0,
    windowScale: fields.windowScale ?? -1,
    sackPermitted: fields.sackPermitted ?? false,
    timestamp: fields.timestamp ?? -1,
    timestampEcho: fields.timestampEcho ?? 0,
    sack: fields.sack ?? NO_SACK_BLOCKS,
    payload: fields.payload ?? NO_BYTES,
  };
  requireFields(segment);
  return segment;
}

function requireFields(segment: TcpSegment): void {
  // The ordinary case in one test: what a mask or a shift does not change is a whole number within it.
  if (
    (segment.sourcePort & 0xffff) === segment.sourcePort &&
    (segment.destinationPort & 0xffff) === segment.destinationPort &&
    segment.sequence >>> 0 === segment.sequence &&
    segment.acknowledgement >>> 0 === segment.acknowledgement &&
    // An established connection's segment: ACK, perhaps with PSH or FIN.
    (segment.flags & (TCP_ACK | TCP_PSH | TCP_FIN)) === segment.flags &&
    (segment.flags & TCP_ACK) !== 0 &&
    (segment.window & 0xffff) === segment.window &&
    segment.urgentPointer === 0 &&
    segment.mss === 0 &&
    segment.windowScale === -1 &&
    !segment.sackPermitted &&
    segment.timestamp >>> 0 === segment.timestamp &&
    segment.timestampEcho >>> 0 === segment.timestampEcho &&
    segment.sack.length === 0 &&
    segment.payload.length <= MAX_LENGTH - TCP_HEADER_LENGTH - 12
  ) {
    return;
  }
  requireEveryField(segment);
}

function requireEveryField(segment: TcpSegment): void {
  const { flags } = segment;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  requireInteger(segment.sourcePort, 0, 0xffff, 'TCP source port');
  requireInteger(segment.destinationPort, 0, 0xffff, 'TCP destination port');
  requireInteger(segment.sequence, 0, 0xffff_ffff, 'TCP sequence number');
  requireInteger(flags, 0, 0xff, 'TCP flags');
  requireInteger(segment.acknowledgement, 0, has(TCP_ACK) ? 0xffff_ffff : 0, 'TCP acknowledgement number');
  requireInteger(segment.window, 0, 0xffff, 'TCP window');
  requireInteger(segment.urgentPointer, 0, has(TCP_URG) ? 0xffff : 0, 'TCP urgent pointer');
  requireInteger(segment.mss, 0, has(TCP_SYN) ? 0xffff : 0, 'TCP maximum segment size');
  requireInteger(segment.windowScale, -1, has(TCP_SYN) ? MAX_WINDOW_SCALE : -1, 'TCP window scale');
  if (segment.sackPermitted && !has(TCP_SYN)) {
    throw new WireError('range', 'SACK is permitted in a SYN only');
  }
  requireInteger(segment.timestamp, -1, 0xffff_ffff, 'TCP timestamp');
  requireInteger(segment.timestampEcho, 0, segment.timestamp < 0 ? 0 : 0xffff_ffff, 'TCP timestamp echo');
  requireInteger(segment.sack.length, 0, has(TCP_SYN) ? 0 : sackBlocksThatFit(segment), 'TCP SACK blocks');
  for (const block of segment.sack) {
    requireInteger(block.left, 0, 0xffff_ffff, 'TCP SACK left edge');
    requireInteger(block.right, 0, 0xffff_ffff, 'TCP SACK right edge');
  }
  requireInteger(tcpLength(segment), TCP_HEADER_LENGTH, MAX_LENGTH, 'TCP length');
}

/** Bytes of a segment's header with its options. */
export function tcpHeaderLength(segment: TcpSegment): number {
  return TCP_HEADER_LENGTH + tcpOptionsLength(segment);
}

/** Bytes of a segment with its header. */
export function tcpLength(segment: TcpSegment): number {
  return TCP_HEADER_LENGTH + tcpOptionsLength(segment) + segment.payload.length;
}

/**
 * Writes a segment at an index; the caller has made sure of {@link tcpLength} bytes. Options stand as Linux lays them
 * out. Returns the index after.
 *
 * @param pseudoHeader - the running sum of the pseudo header of either family, with {@link IP_PROTOCOL_TCP} and
 *   {@link tcpLength} (RFC 9293 §3.1)
 */
export function writeTcp(segment: TcpSegment, pseudoHeader: number, bytes: Uint8Array, at: number): number {
  putU16(bytes, at, segment.sourcePort);
  putU16(bytes, at + 2, segment.destinationPort);
  putU32(bytes, at + 4, segment.sequence);
  putU32(bytes, at + 8, segment.acknowledgement);
  bytes[at + 13] = segment.flags;
  putU16(bytes, at + 14, segment.window);
  putU16(bytes, at + CHECKSUM_AT, 0);
  putU16(bytes, at + 18, segment.urgentPointer);
  const payloadAt = writeTcpOptions(segment, bytes, at + TCP_HEADER_LENGTH);
  // The data offset counts words of 4 bytes in the high half; the reserved bits beside it are zero.
  bytes[at + 12] = ((payloadAt - at) >> 2) << 4;
  bytes.set(segment.payload, payloadAt);
  const end = payloadAt + segment.payload.length;
  putU16(bytes, at + CHECKSUM_AT, finishChecksum(addWords(bytes, at, end, pseudoHeader)));
  return end;
}

/** A segment as bytes. @param pseudoHeader - as for `writeTcp` */
export function emitTcp(segment: TcpSegment, pseudoHeader: number): Uint8Array {
  const bytes = new Uint8Array(tcpLength(segment));
  writeTcp(segment, pseudoHeader, bytes, 0);
  return bytes;
}

/**
 * Reads a TCP segment. Options may stand in any legal order and padding; unknown ones are ignored, and so are the
 * reserved bits, an acknowledgement number without the ACK flag and an urgent pointer without URG. So a segment of
 * another stack may be emitted again in fewer bytes or in another order: what it says is the same.
 *
 * @param pseudoHeader - the running sum of the pseudo header of either family, with {@link IP_PROTOCOL_TCP} and the
 *   length from `start` to `end` (RFC 9293 §3.1)
 * @param start - index of its first byte
 * @param end - index after its last byte: TCP has no length of its own, all that the IP packet carries is its
 * @param checksums - `trust` for a capture made before the network card has filled in the checksum
 * @throws WireError `truncated`, `malformed` or `checksum`
 */
export function parseTcp(
  bytes: Uint8Array,
  pseudoHeader: number,
  start = 0,
  end = bytes.length,
  checksums: ChecksumPolicy = 'verify',
): TcpSegment {
  const at = Math.max(0, start);
  const stop = Math.min(end, bytes.length);
  if (stop - at < TCP_HEADER_LENGTH) throw new WireError('truncated', 'a TCP header has 20 bytes');
  const headerLength = (byteAt(bytes, at + 12) >> 4) * 4;
  if (headerLength < TCP_HEADER_LENGTH)
    throw new WireError('malformed', `TCP header of ${headerLength} bytes`);
  const payloadAt = at + headerLength;
  if (payloadAt > stop) {
    throw new WireError('truncated', `TCP header of ${headerLength} bytes, but ${stop - at} are there`);
  }
  if (checksums === 'verify' && !isIntact(addWords(bytes, at, stop, pseudoHeader))) {
    throw new WireError('checksum', 'TCP checksum is wrong');
  }
  const flags = byteAt(bytes, at + 13);
  const options = parseTcpOptions(bytes, at + TCP_HEADER_LENGTH, payloadAt, (flags & TCP_SYN) !== 0);
  return {
    kind: 'tcp',
    sourcePort: u16At(bytes, at),
    destinationPort: u16At(bytes, at + 2),
    sequence: u32At(bytes, at + 4),
    acknowledgement: (flags & TCP_ACK) === 0 ? 0 : u32At(bytes, at + 8),
    flags,
    window: u16At(bytes, at + 14),
    urgentPointer: (flags & TCP_URG) === 0 ? 0 : u16At(bytes, at + 18),
    mss: options.mss,
    windowScale: options.windowScale,
    sackPermitted: options.sackPermitted,
    timestamp: options.timestamp,
    timestampEcho: options.timestampEcho,
    sack: options.sack,
    payload: payloadAt === stop ? NO_BYTES : bytes.slice(payloadAt, stop),
  };
}

const FLAG_NAMES: readonly (readonly [flag: number, name: string])[] = [
  [TCP_SYN, 'SYN'],
  [TCP_FIN, 'FIN'],
  [TCP_RST, 'RST'],
  [TCP_PSH, 'PSH'],
  [TCP_ACK, 'ACK'],
  [TCP_URG, 'URG'],
  [TCP_ECE, 'ECE'],
  [TCP_CWR, 'CWR'],
];

/** The flags in words, `SYN ACK`; `no flags` if there are none. */
export function describeTcpFlags(flags: number): string {
  const names = FLAG_NAMES.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name);
  return names.length === 0 ? 'no flags' : names.join(' ');
}

/** One line for people: `TCP 40000 > 5432 PSH ACK seq 1 ack 100 length 24`. */
export function describeTcp(segment: TcpSegment): string {
  const ack = (segment.flags & TCP_ACK) === 0 ? '' : ` ack ${segment.acknowledgement}`;
  const sack = segment.sack.map(({ left, right }) => ` sack ${left}-${right}`).join('');
  return (
    `TCP ${segment.sourcePort} > ${segment.destinationPort} ${describeTcpFlags(segment.flags)}` +
    ` seq ${segment.sequence}${ack}${sack} length ${segment.payload.length}`
  );
}
