/** What strtoul(3) with base 0 makes of a text, and whether it read all of it. */
export interface UnsignedReading {
  /** 0..2^64-1, as far as a number is exact; negative ones have wrapped around. */
  readonly value: number;
  readonly isWhole: boolean;
}

const U64 = 2 ** 64;
const PREFIXED = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/;

/** Decimal, octal (`010`) or hexadecimal (`0x10`) digits in front, 0 where there are none. */
export function strtoul(text: string): UnsignedReading {
  const match = PREFIXED.exec(text);
  if (match === null) return { value: 0, isWhole: false };
  const [whole, sign, digits = '0'] = match;
  const size = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  const value = Math.min(size, U64 - 1);
  return { value: sign === '-' && value > 0 ? U64 - value : value, isWhole: whole.length === text.length };
}

/** The lowest bits of a text's number: how C stores it in an unsigned type that is narrower. */
export function lowBits(text: string, bits: number): number {
  const { value } = strtoul(text);
  if (Number.isSafeInteger(value)) return value % 2 ** bits;
  // -1 and the like: only what was subtracted is exact.
  const below = /^[ \t\n\v\f\r]*-(\S+)/.exec(text)?.[1];
  const part = below === undefined ? 0 : strtoul(below).value % 2 ** bits;
  return below === undefined ? 2 ** bits - 1 : (2 ** bits - part) % 2 ** bits;
}
