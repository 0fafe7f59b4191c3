import { type EthernetFrame, emitFrame, parseFrame, WireError } from '../wire/index.js';

/** The polynomial of IEEE 802.3 §3.2.9, bits reversed since the lowest bit of a byte is sent first. */
const POLYNOMIAL = 0xedb88320;

/**
 * The frame check sequence of IEEE 802.3 §3.2.9: CRC-32 over the frame from destination to padding.
 *
 * Bit by bit: it is asked for damaged frames only.
 */
export function frameCheckSequence(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** A frame on the wire as the bits that are left of it. */
export interface WireBytes {
  readonly kind: 'bytes';
  /** Destination to padding. */
  readonly bytes: Uint8Array;
  /** What the sender computed; null where nothing can have happened to the bytes. */
  readonly frameCheck: number | null;
  /** What the sender meant, for the trace only. */
  readonly frame: EthernetFrame;
}

/** A frame as its bytes. */
export function toWireBytes(frame: EthernetFrame): WireBytes {
  return { kind: 'bytes', bytes: emitFrame(frame), frameCheck: null, frame };
}

/**
 * The bytes with one bit the other way round.
 *
 * @param passesFcs true for a fault that computes the frame check sequence anew
 */
export function withFlippedBit(whole: WireBytes, bit: number, passesFcs: boolean): WireBytes {
  const bytes = whole.bytes.slice();
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return { ...whole, bytes, frameCheck: frameCheckSequence(passesFcs ? bytes : whole.bytes) };
}

/** What the receiver makes of the bytes; undefined where it drops them, since the frame check or a checksum fails. */
export function fromWireBytes({ bytes, frameCheck }: WireBytes): EthernetFrame | undefined {
  if (frameCheck !== null && frameCheckSequence(bytes) !== frameCheck) return undefined;
  try {
    return parseFrame(bytes);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
