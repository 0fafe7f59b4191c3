import { byteAt, putU16, putU32, u16At, u32At } from './bytes.js';
import { WireError } from './wire-error.js';

/** A run of bytes that has arrived beyond a hole: first sequence number, and the one after the last (RFC 2018). */
export interface SackBlock {
  /** 0..2^32-1. */
  readonly left: number;
  /** 0..2^32-1. */
  readonly right: number;
}

/** No selective acknowledgement; shared so that the ordinary segment allocates nothing. */
export const NO_SACK_BLOCKS: readonly SackBlock[] = [];

/** The options of a TCP header that have a representation. */
export interface TcpOptions {
  /** Maximum segment size option in bytes; 0 if absent (RFC 9293 §3.7.1). Only of a SYN. */
  readonly mss: number;
  /** Window scale option, 0..14; -1 if absent (RFC 7323 §2). Only of a SYN. */
  readonly windowScale: number;
  /** Whether the SACK-permitted option is there (RFC 2018 §2). Only of a SYN. */
  readonly sackPermitted: boolean;
  /** TSval of the timestamps option, 0..2^32-1; -1 if absent (RFC 7323 §3). */
  readonly timestamp: number;
  /** TSecr of the timestamps option; 0 if absent. */
  readonly timestampEcho: number;
  /** Up to four blocks, three with timestamps; none in a SYN. Shared: never write into it. */
  readonly sack: readonly SackBlock[];
}

/** The largest shift of a window scale option; a larger one is taken as this (RFC 7323 §2.3). */
export const MAX_WINDOW_SCALE = 14;

/** Options may take 40 bytes, because the data offset counts at most 15 words (RFC 9293 §3.1). */
const MAX_SACK_BLOCKS = 4;
const MAX_SACK_BLOCKS_WITH_TIMESTAMPS = 3;

// Kinds and lengths: RFC 9293 §3.2, RFC 7323 §2.2 and §3.2, RFC 2018 §2 and §3.
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
const MAXIMUM_SEGMENT_SIZE = 2;
const MAXIMUM_SEGMENT_SIZE_LENGTH = 4;
const WINDOW_SCALE = 3;
const WINDOW_SCALE_LENGTH = 3;
const SACK_PERMITTED = 4;
const SACK_PERMITTED_LENGTH = 2;
const SACK = 5;
const SACK_BLOCK_LENGTH = 8;
const TIMESTAMPS = 8;
const TIMESTAMPS_LENGTH = 10;

const NO_OPTIONS: TcpOptions = {
  mss: 0,
  windowScale: -1,
  sackPermitted: false,
  timestamp: -1,
  timestampEcho: 0,
  sack: NO_SACK_BLOCKS,
};

/** How many blocks fit beside the other options. */
export function sackBlocksThatFit(options: Pick<TcpOptions, 'timestamp'>): number {
  return options.timestamp >= 0 ? MAX_SACK_BLOCKS_WITH_TIMESTAMPS : MAX_SACK_BLOCKS;
}

/** Bytes of options as {@link writeTcpOptions} lays them out: a multiple of 4. */
export function tcpOptionsLength(options: TcpOptions): number {
  let length = 0;
  if (options.timestamp >= 0) length += 12;
  else if (options.sackPermitted) length += 4;
  if (options.mss !== 0) length += 4;
  if (options.windowScale >= 0) length += 4;
  if (options.sack.length > 0) length += 4 + SACK_BLOCK_LENGTH * options.sack.length;
  return length;
}

/**
 * Writes options in the layout of Linux (`tcp_options_write`): MSS; SACK-permitted and timestamps in 12 bytes, or either
 * alone behind two NOPs; NOP and window scale; two NOPs and SACK. Returns the index after.
 */
export function writeTcpOptions(options: TcpOptions, bytes: Uint8Array, start: number): number {
  let at = start;
  if (options.mss !== 0) {
    bytes[at] = MAXIMUM_SEGMENT_SIZE;
    bytes[at + 1] = MAXIMUM_SEGMENT_SIZE_LENGTH;
    putU16(bytes, at + 2, options.mss);
    at += 4;
  }
  if (options.timestamp >= 0) {
    bytes[at] = options.sackPermitted ? SACK_PERMITTED : NO_OPERATION;
    bytes[at + 1] = options.sackPermitted ? SACK_PERMITTED_LENGTH : NO_OPERATION;
    bytes[at + 2] = TIMESTAMPS;
    bytes[at + 3] = TIMESTAMPS_LENGTH;
    putU32(bytes, at + 4, options.timestamp);
    putU32(bytes, at + 8, options.timestampEcho);
    at += 12;
  } else if (options.sackPermitted) {
    bytes[at] = NO_OPERATION;
    bytes[at + 1] = NO_OPERATION;
    bytes[at + 2] = SACK_PERMITTED;
    bytes[at + 3] = SACK_PERMITTED_LENGTH;
    at += 4;
  }
  if (options.windowScale >= 0) {
    bytes[at] = NO_OPERATION;
    bytes[at + 1] = WINDOW_SCALE;
    bytes[at + 2] = WINDOW_SCALE_LENGTH;
    bytes[at + 3] = options.windowScale;
    at += 4;
  }
  if (options.sack.length > 0) {
    bytes[at] = NO_OPERATION;
    bytes[at + 1] = NO_OPERATION;
    bytes[at + 2] = SACK;
    bytes[at + 3] = 2 + SACK_BLOCK_LENGTH * options.sack.length;
    at += 4;
    for (const block of options.sack) {
      putU32(bytes, at, block.left);
      putU32(bytes, at + 4, block.right);
      at += SACK_BLOCK_LENGTH;
    }
  }
  return at;
}

function requireLength(length: number, expected: number, name: string): void {
  if (length !== expected) throw new WireError('malformed', `TCP ${name} option of ${length} bytes`);
}

/**
 * Reads options in any legal order and padding (RFC 9293 §3.2). Ignored, as Linux does (`tcp_parse_options`): unknown
 * kinds; MSS, window scale and SACK-permitted outside a SYN; SACK in a SYN. Of two of a kind the last one counts.
 *
 * @param isSyn - whether the segment has the SYN flag
 * @throws WireError `malformed` for a length that leaves the header or is not that of the option's kind
 */
export function parseTcpOptions(bytes: Uint8Array, start: number, end: number, isSyn: boolean): TcpOptions {
  if (start === end) return NO_OPTIONS;
  let { mss, windowScale, sackPermitted, timestamp, timestampEcho, sack } = NO_OPTIONS;
  let at = start;
  while (at < end) {
    const kind = byteAt(bytes, at);
    if (kind === END_OF_OPTIONS) break;
    if (kind === NO_OPERATION) {
      at += 1;
      continue;
    }
    const length = at + 1 < end ? byteAt(bytes, at + 1) : 0;
    // MUST-7 of RFC 9293 §3.2: be prepared for an illegal length, such as zero.
    if (length < 2 || at + length > end) {
      throw new WireError('malformed', `TCP option ${kind} of ${length} bytes, ${end - at} are left`);
    }
    switch (kind) {
      case MAXIMUM_SEGMENT_SIZE:
        requireLength(length, MAXIMUM_SEGMENT_SIZE_LENGTH, 'MSS');
        if (isSyn) mss = u16At(bytes, at + 2);
        break;
      case WINDOW_SCALE:
        requireLength(length, WINDOW_SCALE_LENGTH, 'window scale');
        if (isSyn) windowScale = Math.min(byteAt(bytes, at + 2), MAX_WINDOW_SCALE);
        break;
      case SACK_PERMITTED:
        requireLength(length, SACK_PERMITTED_LENGTH, 'SACK-permitted');
        if (isSyn) sackPermitted = true;
        break;
      case TIMESTAMPS:
        requireLength(length, TIMESTAMPS_LENGTH, 'timestamps');
        timestamp = u32At(bytes, at + 2);
        timestampEcho = u32At(bytes, at + 6);
        break;
      case SACK:
        if (length === 2 || (length - 2) % SACK_BLOCK_LENGTH !== 0) {
          throw new WireError('malformed', `TCP SACK option of ${length} bytes`);
        }
        if (!isSyn) sack = parseSackBlocks(bytes, at + 2, at + length);
        break;
    }
    at += length;
  }
  return { mss, windowScale, sackPermitted, timestamp, timestampEcho, sack };
}

function parseSackBlocks(bytes: Uint8Array, start: number, end: number): readonly SackBlock[] {
  const blocks: SackBlock[] = [];
  for (let at = start; at < end; at += SACK_BLOCK_LENGTH) {
    blocks.push({ left: u32At(bytes, at), right: u32At(bytes, at + 4) });
  }
  return blocks;
}
