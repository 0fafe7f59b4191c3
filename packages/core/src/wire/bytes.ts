import type { Ipv4Address, MacAddress } from './address.js';
import { WireError } from './wire-error.js';

/**
 * Checks that a value is an integer that fits a field.
 *
 * @param value - the value
 * @param low - smallest value that fits
 * @param high - largest value that fits
 * @param field - how the field is called, for the message
 * @returns the value
 * @throws WireError with code `range`
 */
export function requireInteger(value: number, low: number, high: number, field: string): number {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new WireError('range', `${field} ${value} is out of range ${low}..${high}`);
  }
  return value;
}

const HIGH_MAC_UNIT = 0x1_0000_0000;

/**
 * A cursor over bytes that reads big-endian (network order) fields and never leaves its bounds: a read past the end is
 * a {@link WireError} `truncated`, never an `undefined` or a RangeError.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  /** Index of the next byte to be read. */
  position: number;
  /** First index that may not be read. */
  readonly end: number;

  /**
   * @param bytes - what to read from
   * @param start - first index, 0 if left out; clamped to the bytes
   * @param end - index after the last, the length of `bytes` if left out; clamped to the bytes
   */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.end = Math.max(0, Math.min(end, bytes.length));
    this.position = Math.max(0, Math.min(start, this.end));
  }

  /** Bytes that are left to read. */
  get remaining(): number {
    return this.end - this.position;
  }

  /** Fails unless `count` more bytes can be read; `what` names the structure for the message. */
  need(count: number, what: string): void {
    if (!(count >= 0 && count <= this.end - this.position)) {
      throw new WireError('truncated', `${what} needs ${count} bytes, ${this.end - this.position} are left`);
    }
  }

  /** Reads an unsigned 8-bit field. */
  u8(): number {
    this.need(1, 'an 8-bit field');
    return byteAt(this.bytes, this.position++);
  }

  /** Reads an unsigned 16-bit field. */
  u16(): number {
    this.need(2, 'a 16-bit field');
    const at = this.position;
    this.position = at + 2;
    return u16At(this.bytes, at);
  }

  /** Reads an unsigned 32-bit field. */
  u32(): number {
    this.need(4, 'a 32-bit field');
    const at = this.position;
    this.position = at + 4;
    return u32At(this.bytes, at);
  }

  /** Reads six bytes as a MAC address. */
  mac(): MacAddress {
    this.need(6, 'a MAC address');
    const at = this.position;
    this.position = at + 6;
    return macAt(this.bytes, at);
  }

  /** Reads four bytes as an IPv4 address. */
  ipv4(): Ipv4Address {
    return this.u32() as Ipv4Address;
  }

  /** Reads `count` bytes into an array of their own. */
  take(count: number): Uint8Array {
    this.need(count, 'a byte string');
    const at = this.position;
    this.position = at + count;
    return this.bytes.slice(at, at + count);
  }

  /** Reads all that is left into an array of its own. */
  rest(): Uint8Array {
    return this.take(this.remaining);
  }

  /** Steps over `count` bytes. */
  skip(count: number): void {
    this.need(count, 'a skipped field');
    this.position += count;
  }
}

/** A cursor that writes big-endian fields into a buffer and never leaves it ({@link WireError} `overflow`). */
export class ByteWriter {
  readonly bytes: Uint8Array;
  /** Index of the next byte to be written. */
  position: number;

  constructor(bytes: Uint8Array, start = 0) {
    this.bytes = bytes;
    this.position = start;
  }

  private room(count: number): number {
    const at = this.position;
    if (!(at >= 0 && at + count <= this.bytes.length)) {
      throw new WireError('overflow', `no room for ${count} bytes at ${at} of ${this.bytes.length}`);
    }
    this.position = at + count;
    return at;
  }

  /** Writes an unsigned 8-bit field. */
  u8(value: number): void {
    this.bytes[this.room(1)] = value;
  }

  /** Writes an unsigned 16-bit field. */
  u16(value: number): void {
    putU16(this.bytes, this.room(2), value);
  }

  /** Writes an unsigned 32-bit field. */
  u32(value: number): void {
    putU32(this.bytes, this.room(4), value);
  }

  /** Writes a MAC address. */
  mac(value: MacAddress): void {
    putMac(this.bytes, this.room(6), value);
  }

  /** Writes bytes as they are. */
  put(value: Uint8Array): void {
    this.bytes.set(value, this.room(value.length));
  }

  /** Writes `count` zero bytes. */
  zeros(count: number): void {
    const at = this.room(count);
    this.bytes.fill(0, at, at + count);
  }
}

// The functions below are the hot path: their callers have checked the bounds once for a whole header.

/** The byte at an index that the caller has checked. */
export function byteAt(bytes: Uint8Array, at: number): number {
  // `| 0` turns the impossible `undefined` into a number without a branch.
  return (bytes[at] as number) | 0;
}

/** The 16-bit big-endian field at an index that the caller has checked. */
export function u16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** The 32-bit big-endian field, unsigned, at an index that the caller has checked. */
export function u32At(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** The MAC address at an index that the caller has checked. */
export function macAt(bytes: Uint8Array, at: number): MacAddress {
  return (u16At(bytes, at) * HIGH_MAC_UNIT + u32At(bytes, at + 2)) as MacAddress;
}

/** Writes a 16-bit field at an index that the caller has checked; higher bits are dropped. */
export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes a 32-bit field at an index that the caller has checked. */
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Writes a MAC address at an index that the caller has checked. */
export function putMac(bytes: Uint8Array, at: number, value: MacAddress): void {
  putU16(bytes, at, Math.floor(value / HIGH_MAC_UNIT));
  // Truncation to 32 bits is what the bit operators of putU32 do with a larger number.
  putU32(bytes, at + 2, value);
}
