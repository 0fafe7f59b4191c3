import type { EthernetFrame } from '@viplab/core';

/** The first five octets of VRRP's virtual MAC addresses, which several machines use (RFC 5798 §7.3). */
const SHARED_PREFIXES: readonly number[] = [0x00005e0001, 0x00005e0002];

/**
 * Whether of two frames for one cable the later one cannot overtake the earlier although switches pass frames on at once:
 * they were sent by one machine, so they have come the same way. Two that came to the switch by different cables arrive
 * there in whatever order those cables allow.
 */
export function cameSameWay(one: EthernetFrame, other: EthernetFrame): boolean {
  return one.source === other.source && !SHARED_PREFIXES.includes(Math.floor(one.source / 256));
}
