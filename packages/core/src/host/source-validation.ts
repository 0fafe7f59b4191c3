import { type Ipv4Address, isLoopback, isMulticast, LIMITED_BROADCAST_IPV4 } from '../wire/index.js';
import type { Interface } from './interface.js';
import { lookUpRoute } from './route-table.js';

/**
 * Whether a packet may come from `source` on an interface (Linux `ip_route_input_slow`, `fib_validate_source`): not
 * from a group, a broadcast or one of our own addresses, and with rp_filter only from where it could be answered.
 */
export function isSourceValid(face: Interface, source: Ipv4Address): boolean {
  if (isMulticast(source) || source === LIMITED_BROADCAST_IPV4 || source >>> 24 === 0) return false;
  if (isLoopback(source)) return face.kind === 'loopback';
  const { host } = face;
  if (host.isLocalAddress(source)) return face.acceptsLocal || face.kind === 'loopback';
  const mode = face.reversePathFilter;
  if (mode === 0) return true;
  // A subnet's broadcast address is of a type that no sender has.
  if (host.isBroadcastAddress(source)) return false;
  if (mode === 1 && face.addressEntries().length === 0) return false;
  const back = lookUpRoute(host.mainRoutes, source, null);
  if (back === undefined || back.type !== 'unicast') return false;
  // Of several equal routes the first decides.
  return mode === 2 || back.interface === face;
}
