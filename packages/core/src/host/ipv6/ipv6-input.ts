import {
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type Ipv6Packet,
  ipv6Length,
  isLinkLocalIpv6,
  isMulticastIpv6,
  LOOPBACK_IPV6,
  type MacAddress,
  NEXT_HEADER_ICMPV6,
  UNREACHABLE_CODES_IPV6,
  UNSPECIFIED_IPV6,
  withDecrementedHopLimit,
} from '../../wire/index.js';
import { isOurShare } from '../carp/balancing-input.js';
import type { Ipv6Interface } from './ipv6-interface.js';
import { receiveNeighbourDiscovery } from './nd-input.js';

/** "Nothing follows" (RFC 8200 §4.7). */
const NEXT_HEADER_NONE = 59;

/**
 * A packet has come in (Linux `ipv6_rcv`, `ip6_route_input`, `ip6_input`): for us, for others, or for nobody.
 *
 * @param isToOurMac - false for a packet in a broadcast or multicast frame: not complained about nor forwarded
 * @param sourceMac - of the frame; 0 for what came from ourselves
 */
export function receiveIpv6(
  own: Ipv6Interface,
  packet: Ipv6Packet,
  isToOurMac: boolean,
  sourceMac: MacAddress,
): void {
  const { face, ipv6 } = own;
  const { source, destination } = packet;
  if (!face.host.filter.passesIpv6('in', face, packet)) return;
  const isFromSelf = face.kind === 'loopback';
  // RFC 4291 §2.5.3: ::1 never travels.
  if (!isFromSelf && (source === LOOPBACK_IPV6 || destination === LOOPBACK_IPV6)) return;
  if (isMulticastIpv6(destination)) {
    if (own.groups.isMember(destination)) deliver(own, packet, true, false, sourceMac);
    return;
  }
  const holder = ipv6.routing.localInterface(destination);
  // The weak host model, but a link-local address is ours on its own link only.
  const isOurs = holder !== undefined && (isFromSelf || holder === face || !isLinkLocalIpv6(destination));
  if (face.sharing !== null && isToOurMac && !isOurShare(face.sharing, packet, isOurs)) return;
  if (isOurs) {
    deliver(own, packet, false, isToOurMac, sourceMac);
  } else if (isToOurMac && own.isRouter) forwardIpv6(own, packet);
}

/** @param isForMany - it went to a group */
function deliver(
  own: Ipv6Interface,
  packet: Ipv6Packet,
  isForMany: boolean,
  mayComplain: boolean,
  sourceMac: MacAddress,
): void {
  const { face, ipv6 } = own;
  const { host } = face;
  const { payload } = packet;
  const isTaken = ipv6.deliverRaw(packet, face);
  switch (payload.kind) {
    case 'udp':
      if (!host.sockets.deliverUdp(payload, packet, face, isForMany) && mayComplain)
        ipv6.icmp.reportClosedPort(face, packet);
      return;
    case 'icmpv6':
      switch (payload.message) {
        case 'neighbour-solicitation':
        case 'neighbour-advertisement':
          if (face.kind !== 'loopback') receiveNeighbourDiscovery(own, packet, payload, sourceMac);
          return;
        case 'mld2-report':
          return;
        default:
          ipv6.icmp.receive(face, packet, payload);
          return;
      }
    case 'tcp':
      ipv6.receiveTcp(packet, payload, mayComplain);
      return;
    default:
      if (isTaken || !mayComplain || hasKernelHandler(packet.protocol)) return;
      ipv6.icmp.reportUnknownProtocol(face, packet);
  }
}

const hasKernelHandler = (protocol: number): boolean =>
  protocol === IP_PROTOCOL_TCP ||
  protocol === IP_PROTOCOL_UDP ||
  protocol === NEXT_HEADER_ICMPV6 ||
  protocol === NEXT_HEADER_NONE;

/** Sends somebody else's packet on its way (Linux `ip6_forward`). Redirects are not sent. */
function forwardIpv6(own: Ipv6Interface, packet: Ipv6Packet): void {
  const { face, ipv6 } = own;
  const { icmp, routing } = ipv6;
  const { source, destination } = packet;
  if (source === UNSPECIFIED_IPV6 || isLinkLocalIpv6(destination)) return;
  const route = routing.lookUp(destination, null);
  if (route === undefined) {
    icmp.reportNoRoute(face, packet, UNREACHABLE_CODES_IPV6.noRoute);
    return;
  }
  if (packet.hopLimit <= 1) {
    icmp.reportTimeExceeded(face, packet);
    return;
  }
  // RFC 4291 §2.5.6.
  if (isLinkLocalIpv6(source)) {
    icmp.reportNoRoute(face, packet, UNREACHABLE_CODES_IPV6.beyondScope);
    return;
  }
  const out = route.interface;
  if (ipv6Length(packet) > out.mtu) {
    icmp.reportTooBig(face, packet, out.mtu);
    return;
  }
  const onward = withDecrementedHopLimit(packet);
  if (face.host.filter.passesIpv6('out', out, onward)) {
    out.ipv6?.neighbours.send(route.gateway ?? destination, onward, null);
  }
}
