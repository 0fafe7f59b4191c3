import { fingerprint } from '../engine/index.js';
import type { IpAddress } from './ip-address.js';

/** So many numbers are remembered; then the memory begins anew. */
const MOST_REMEMBERED = 4096;

const remembered = new Map<IpAddress, number>();

/**
 * The number by which tables of declared state know an address of either family: an IPv4 address is its own, an IPv6
 * address goes by the 53-bit fingerprint of its text. What the number stands for is kept beside it as a value.
 */
export function ipKey(address: IpAddress): number {
  if (typeof address === 'number') return address;
  const known = remembered.get(address);
  if (known !== undefined) return known;
  const key = fingerprint(address);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(address, key);
  return key;
}
