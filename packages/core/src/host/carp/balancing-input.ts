import {
  type IpAddress,
  type IpPacket,
  parseQuotedDatagram,
  parseQuotedIpv6,
  WireError,
} from '../../wire/index.js';
import type { Sharing } from './balancing.js';

/**
 * Whether a unicast packet that several hosts received is for this one. ICMP is told apart by what it is about: echo by
 * its own addresses, an error by those of the flow that it complains of; whatever else there is of it passes
 * (OpenBSD `ip_input`, `icmp_input`, `icmp6_input`). What is to be sent on goes by its own addresses in any case.
 *
 * @param isOurs - its destination is an address of this host
 */
export function isOurShare(sharing: Sharing, packet: IpPacket, isOurs: boolean): boolean {
  const { source, destination, payload } = packet;
  if (!isOurs || (payload.kind !== 'icmp' && payload.kind !== 'icmpv6'))
    return sharing.takesFlow(source, destination);
  if (payload.message === 'echo-request') return sharing.takesFlow(source, destination);
  if (!('original' in payload)) return true;
  const other = quotedDestination(payload.kind, payload.original);
  return other !== null && sharing.takesFlow(other, destination);
}

/** With whom we talked, by the packet of ours that an error quotes; null where it cannot be read. */
function quotedDestination(kind: 'icmp' | 'icmpv6', original: Uint8Array): IpAddress | null {
  try {
    return kind === 'icmp'
      ? parseQuotedDatagram(original).destination
      : parseQuotedIpv6(original).destination;
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
