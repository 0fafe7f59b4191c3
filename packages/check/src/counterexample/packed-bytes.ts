/** Digits, then capitals, then small letters: what a double click marks as one word. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(DIGITS.length);
const BYTE = 256n;
/** A varint's byte holds seven bits, and one that says whether another follows. */
const SEVEN = 128n;
/** No number in a scenario is larger than what JavaScript counts exactly. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);
/** Trailing zeros of an instant in ns that are left out: up to whole seconds. */
const MOST_ZEROS = 9;
/** An instant is written as 16 times its other digits, plus the number of zeros. */
const ZERO_CODES = 16;
/** A modulus for the checksum, the largest prime below 2^16. */
const CHECK = 65_521;

/** Writes numbers, instants and texts as bytes, and the bytes as letters and digits. */
export class PackedWriter {
  private readonly bytes: number[] = [];

  /** A whole number of 0 or more. @throws RangeError for another */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} cannot be packed`);
    this.varint(BigInt(value));
  }

  private varint(value: bigint): void {
    let rest = value;
    while (rest >= SEVEN) {
      this.bytes.push(Number(rest % SEVEN) + Number(SEVEN));
      rest /= SEVEN;
    }
    this.bytes.push(Number(rest));
  }

  /** An instant or a span in ns; the rounder, the shorter. */
  time(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} ns cannot be packed`);
    let mantissa = value;
    let zeros = 0;
    while (zeros < MOST_ZEROS && mantissa !== 0 && mantissa % 10 === 0) {
      mantissa /= 10;
      zeros++;
    }
    this.varint(BigInt(mantissa) * BigInt(ZERO_CODES) + BigInt(zeros));
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.number(bytes.length);
    this.bytes.push(...bytes);
  }

  /** All that was written, with its checksum, as letters and digits. */
  toText(): string {
    const check = checksum(this.bytes);
    // The first byte is not 0, or it would be lost in the number.
    let rest = [...this.bytes, check >> 8, check & 0xff].reduce(
      (number, byte) => number * BYTE + BigInt(byte),
      1n,
    );
    let text = '';
    while (rest > 0n) {
      text = (DIGITS[Number(rest % BASE)] ?? '') + text;
      rest /= BASE;
    }
    return text;
  }
}

/** Reads what a {@link PackedWriter} wrote. */
export class PackedReader {
  private readonly bytes: readonly number[];
  private next = 0;

  /** @throws RangeError if the text has another character, was cut short or mistyped */
  constructor(text: string) {
    let number = 0n;
    for (const character of text) {
      const digit = DIGITS.indexOf(character);
      if (digit < 0) throw new RangeError(`'${character}' is no letter and no digit`);
      number = number * BASE + BigInt(digit);
    }
    const bytes: number[] = [];
    while (number > 0n) {
      bytes.push(Number(number % BYTE));
      number /= BYTE;
    }
    bytes.reverse();
    const [first, ...rest] = bytes;
    const [high = -1, low = -1] = rest.splice(-2);
    if (first !== 1 || low < 0 || checksum(rest) !== high * Number(BYTE) + low)
      throw new RangeError('it was cut short or mistyped: its checksum is wrong');
    this.bytes = rest;
  }

  get isAtEnd(): boolean {
    return this.next === this.bytes.length;
  }

  number(): number {
    return Number(this.varint(MOST));
  }

  private varint(most: bigint): bigint {
    let value = 0n;
    for (let weight = 1n; ; weight *= SEVEN) {
      const byte = this.byte();
      value += BigInt(byte % Number(SEVEN)) * weight;
      if (value > most || weight > most * SEVEN) throw new RangeError('a number in it is too large');
      if (byte < Number(SEVEN)) return value;
    }
  }

  private byte(): number {
    const byte = this.bytes[this.next++];
    if (byte === undefined) throw new RangeError('it ends too early');
    return byte;
  }

  time(): number {
    const code = this.varint(MOST * BigInt(ZERO_CODES) + BigInt(ZERO_CODES));
    const zeros = Number(code % BigInt(ZERO_CODES));
    const value = (code / BigInt(ZERO_CODES)) * 10n ** BigInt(zeros);
    if (zeros > MOST_ZEROS || value > MOST) throw new RangeError('an instant in it is too large');
    return Number(value);
  }

  text(): string {
    const length = this.number();
    if (length > this.bytes.length - this.next) throw new RangeError('it ends too early');
    const bytes = Uint8Array.from(this.bytes.slice(this.next, this.next + length));
    this.next += length;
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new RangeError('a text in it is no UTF-8');
    }
  }
}

function checksum(bytes: readonly number[]): number {
  // Adler-32's two sums (RFC 1950 §8.2), folded into one word.
  let sum = 1;
  let sums = 0;
  for (const byte of bytes) {
    sum = (sum + byte) % CHECK;
    sums = (sums + sum) % CHECK;
  }
  return (sum * 31 + sums) % CHECK;
}
