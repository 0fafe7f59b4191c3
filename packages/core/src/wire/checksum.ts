import type { Ipv4Address } from './address.js';

/**
 * Adds 16-bit big-endian words to a running one's complement sum (RFC 1071 §4.1). An odd last byte counts as the high
 * byte of a word whose low byte is zero, so only the last piece of a message may have an odd length.
 *
 * The sum is not folded: it stays exact in a JavaScript number for any message that fits an IP datagram.
 *
 * @param bytes - where the words are
 * @param start - index of the first byte
 * @param end - index after the last byte; the caller has checked that it lies within `bytes`
 * @param sum - what has been added so far, 0 to begin with
 */
export function addWords(bytes: Uint8Array, start: number, end: number, sum: number): number {
  let total = sum;
  let at = start;
  const even = end - 1;
  for (; at < even; at += 2) total += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  if (at < end) total += (bytes[at] as number) << 8;
  return total;
}

/** Folds the carries of a running sum into 16 bits (RFC 1071 §4.1). */
export function foldSum(sum: number): number {
  // The sum of 65 535 bytes and a pseudo header is below 2^32, so `>>>` sees all of it.
  let folded = (sum & 0xffff) + (sum >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

/** The checksum field for a running sum: its one's complement, 0..0xffff. */
export function finishChecksum(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/**
 * The Internet checksum of bytes (RFC 1071), as it is put into a header whose checksum field was zero.
 *
 * @param bytes - what to sum up
 * @param start - first index, 0 if left out
 * @param end - index after the last, all if left out
 * @returns 0..0xffff
 */
export function internetChecksum(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return finishChecksum(addWords(bytes, Math.max(0, start), Math.min(end, bytes.length), 0));
}

/**
 * The running sum of the IPv4 pseudo header: source, destination, zero, protocol and length (RFC 768, RFC 793 §3.1).
 *
 * @param length - bytes of the message that the pseudo header stands before
 */
export function pseudoHeaderSum(
  source: Ipv4Address,
  destination: Ipv4Address,
  protocol: number,
  length: number,
): number {
  return (
    (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + length
  );
}

/**
 * Whether a running sum that includes the checksum field is that of an intact message: all ones (RFC 1071 §1). A sum of
 * zero means that every byte was zero, which no message with a checksum is.
 */
export function isIntact(sum: number): boolean {
  return foldSum(sum) === 0xffff;
}

/**
 * The checksum after one 16-bit field of a message has changed, without the message: `~(~HC + ~m + m')`
 * (RFC 1624 §3, equation 3). A router does this with the TTL, a NAT with addresses and ports.
 *
 * @param checksum - the field before, 0..0xffff
 * @param before - the 16-bit word before
 * @param after - the 16-bit word after
 */
export function updateChecksum(checksum: number, before: number, after: number): number {
  return finishChecksum((~checksum & 0xffff) + (~before & 0xffff) + (after & 0xffff));
}
