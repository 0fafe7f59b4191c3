import { type EthernetFrame, ipKey } from '@viplab/core';

/** The first five octets of VRRP's virtual MAC addresses, which several machines use (RFC 5798 §7.3). */
const SHARED_PREFIXES: readonly number[] = [0x00005e0001, 0x00005e0002];

const isFrame = (carried: unknown): carried is EthernetFrame =>
  typeof (carried as Partial<EthernetFrame> | null)?.source === 'number';

/** Beyond all MAC addresses. */
const NO_MAC = 2 ** 48;
/** Beyond all IPv4 addresses. */
const NO_IPV4 = 2 ** 32;
/** So that the sum stays a whole number. */
const MOST_KEYS = 2 ** 52;

/**
 * Which way a frame has come, as a number, where switches pass frames on at once: by its sender. Of two frames for one
 * cable that one machine sent, the later one does not overtake the earlier; two that came to the switch by different
 * cables arrive there in whatever order those cables allow.
 *
 * Under a virtual MAC the sender is told by its IP address, so adverts and ARP of one machine count as different ways.
 */
export function wayOf(carried: unknown): number {
  if (!isFrame(carried)) return 0;
  const { source, payload } = carried;
  if (!SHARED_PREFIXES.includes(Math.floor(source / 256))) return source;
  if (payload.kind === 'ipv6') return NO_MAC + NO_IPV4 + (ipKey(payload.source) % MOST_KEYS);
  return NO_MAC + (payload.kind === 'arp' ? payload.senderIp : payload.kind === 'ipv4' ? payload.source : 0);
}
