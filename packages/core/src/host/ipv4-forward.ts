import {
  type Ipv4Packet,
  ipv4Length,
  UNREACHABLE_CODES,
  UNSPECIFIED_IPV4,
  withDecrementedTtl,
} from '../wire/index.js';
import { isOnLink } from './address-list.js';
import type { Interface } from './interface.js';
import { lookUpRoute } from './route-table.js';

/** Sends somebody else's packet on its way (Linux `ip_mkroute_input`, `ip_forward`; RFC 1812 §5.2.1). */
export function forwardIpv4(face: Interface, packet: Ipv4Packet): void {
  const { host } = face;
  const route = lookUpRoute(host.mainRoutes, packet.destination, null);
  if (route === undefined || route.type === 'unreachable') {
    const code = route === undefined ? UNREACHABLE_CODES.network : UNREACHABLE_CODES.host;
    host.icmp.reportNoRoute(packet, code);
    return;
  }
  if (route.type === 'prohibit') {
    host.icmp.reportNoRoute(packet, UNREACHABLE_CODES.administrativelyProhibited);
    return;
  }
  const out = route.interface;
  if (route.type === 'blackhole' || out === null) return;
  if (packet.ttl <= 1) {
    host.icmp.reportTimeExceeded(packet);
    return;
  }
  if (ipv4Length(packet) > out.mtu) {
    // Without DF it would be cut into fragments, which nothing here can put together.
    if (packet.dontFragment) host.icmp.reportTooBig(packet, out.mtu);
    return;
  }
  const nextHop = route.gateway === UNSPECIFIED_IPV4 ? packet.destination : route.gateway;
  const isDetour = out === face && isOnLink(out.addressEntries(), packet.source, nextHop);
  const onward = withDecrementedTtl(packet);
  if (isDetour && face.effective('send_redirects') !== 0) host.icmp.sendRedirect(onward, nextHop);
  if (host.filter.passesPacket('out', out, onward)) out.neighbours.send(nextHop, onward, null);
}
