import { type IpAddress, UNSPECIFIED_IPV4 } from '../../wire/index.js';
import type { Host } from '../host.js';

// What TCP asks of IP, of either family.

/** Bytes of payload that Ethernet carries (IEEE 802.3): what holds where there is no way. */
const USUAL_MTU = 1500;

/** The source that suits a destination, or null where there is no way. */
export function sourceTowards(host: Host, destination: IpAddress): IpAddress | null {
  if (typeof destination === 'string') return host.pathTo6(destination)?.source ?? null;
  const source = host.routeTo(destination, null)?.source;
  return source === undefined || source === UNSPECIFIED_IPV4 ? null : source;
}

/** Bytes that a packet to a destination may have. */
export function mtuTowards(host: Host, destination: IpAddress): number {
  const path = typeof destination === 'number' ? host.routeTo(destination, null) : host.pathTo6(destination);
  return path?.interface.mtu ?? USUAL_MTU;
}

/** What was sent to a destination has arrived, so its next hop is alive (Linux `sk_dst_confirm`). */
export function confirmTowards(host: Host, destination: IpAddress): void {
  if (typeof destination === 'string') {
    host.ipv6?.confirm(destination);
    return;
  }
  const path = host.routeTo(destination, null);
  if (path?.type === 'unicast') path.interface.neighbours.confirm(path.nextHop);
}
