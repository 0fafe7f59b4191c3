import type { Ipv4Address } from '../../../wire/index.js';
import { tryParseIpv4 } from '../../../wire/index.js';

/** What strtonum(3) says of a text. */
export type StrtonumReading =
  | { readonly value: number; readonly problem: null }
  | { readonly value: null; readonly problem: 'invalid' | 'too small' | 'too large' };

/** A decimal number within limits, both included, as OpenBSD's strtonum(3) reads it. */
export function strtonum(text: string, minimum: number, maximum: number): StrtonumReading {
  // strtoll(3) passes over blanks in front and takes a sign.
  if (!/^[ \t\n\v\f\r]*[+-]?\d+$/.test(text)) return { value: null, problem: 'invalid' };
  const value = Number(text);
  if (value < minimum) return { value: null, problem: 'too small' };
  return value > maximum
    ? { value: null, problem: 'too large' }
    : { value: value === 0 ? 0 : value, problem: null };
}

/** The number in front of whatever follows, 0 where there is none, within 32 bits: atoi(3). */
export function atoi(text: string): number {
  const digits = /^[ \t\n\v\f\r]*([+-]?\d+)/.exec(text)?.[1];
  const value = digits === undefined ? 0 : Number(digits);
  if (!Number.isSafeInteger(value)) return value < 0 ? 0 : -1; // strtol(3) saturates at 64 bits, an int keeps 32
  return value | 0;
}

/** Whether atoi(3) reads all of a text. */
export const isWholeNumber = (text: string): boolean => /^[ \t\n\v\f\r]*[+-]?\d+$/.test(text);

/** The largest value of the last part of an address, by how many parts it has. */
const LAST_PART = [0xffff_ffff, 0xff_ffff, 0xffff, 0xff] as const;

/** An IPv4 address as inet_aton(3) takes it: one to four parts, decimal, octal (`0…`) or hexadecimal (`0x…`). */
export function inetAton(text: string): Ipv4Address | undefined {
  const parts = text.split('.');
  const largest = LAST_PART[parts.length - 1];
  if (largest === undefined) return undefined;
  let address = 0;
  for (const [index, part] of parts.entries()) {
    const value = partOf(part);
    const isLast = index === parts.length - 1;
    if (value === undefined || value > (isLast ? largest : 0xff)) return undefined;
    address += isLast ? value : value * 2 ** (8 * (3 - index));
  }
  return address as Ipv4Address;
}

function partOf(text: string): number | undefined {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number.parseInt(text.slice(2), 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

/** An address in front of a `/`: inet_net_pton(3) leaves out what is zero at its end (`10/8`). */
export function networkAddress(text: string): Ipv4Address | undefined {
  const parts = text.split('.');
  if (parts.length > 4) return undefined;
  return tryParseIpv4([...parts, '0', '0', '0'].slice(0, 4).join('.'));
}

/** The length of the prefix that a mask stands for; undefined if its ones are not all in front. */
export function prefixOfMask(mask: number): number | undefined {
  const ones = (~mask >>> 0).toString(2).length;
  const length = mask === 0xffff_ffff ? 32 : 32 - ones;
  const expected = length === 0 ? 0 : (-1 << (32 - length)) >>> 0;
  return expected === mask ? length : undefined;
}

/** The prefix that the class of an address gives (RFC 791 §3.2), for an address without a netmask. */
export function classPrefix(address: number): number {
  if (address < 0x8000_0000) return 8;
  return address < 0xc000_0000 ? 16 : 24;
}
