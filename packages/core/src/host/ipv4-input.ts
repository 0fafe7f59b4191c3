import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_IGMP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type Ipv4Packet,
  isFragment,
  isLinkLocalMulticast,
  isLoopback,
  isMulticast,
  LIMITED_BROADCAST_IPV4,
  UNSPECIFIED_IPV4,
} from '../wire/index.js';
import { isOurShare } from './carp/balancing-input.js';
import type { Interface } from './interface.js';
import { forwardIpv4 } from './ipv4-forward.js';
import { isSourceValid } from './source-validation.js';

/**
 * A packet has come in (Linux `ip_rcv`, `ip_route_input_slow`, `ip_local_deliver`): for us, for others, or for nobody.
 *
 * @param isToOurMac - false for a packet in a broadcast or multicast frame: never complained about nor forwarded
 */
export function receiveIpv4(face: Interface, packet: Ipv4Packet, isToOurMac: boolean): void {
  const { host } = face;
  const { source, destination } = packet;
  if (!host.filter.passesPacket('in', face, packet)) return;
  if (isMulticast(destination)) {
    if (!face.igmp.isMember(destination)) return;
    // ip_mc_validate_source: nobody's address may ask on the link itself, as IGMP does.
    const isNobody = source === UNSPECIFIED_IPV4 && isLinkLocalMulticast(destination);
    if (isNobody || isSourceValid(face, source)) deliver(face, packet, true, false);
    return;
  }
  if (destination === LIMITED_BROADCAST_IPV4) {
    if (source === UNSPECIFIED_IPV4 || isSourceValid(face, source)) deliver(face, packet, true, false);
    return;
  }
  if (isLoopback(destination) && face.kind !== 'loopback') return;
  const isOurs = host.isLocalAddress(destination);
  if (face.sharing !== null && isToOurMac && !isOurShare(face.sharing, packet, isOurs)) return;
  if (!isSourceValid(face, source)) return;
  // The weak host model: an address of any interface is ours.
  if (isOurs) deliver(face, packet, false, isToOurMac);
  else if (host.isBroadcastAddress(destination)) deliver(face, packet, true, false);
  else if (isToOurMac && face.sysctl.forwarding !== 0) forwardIpv4(face, packet);
}

/** @param isForMany - it went to a group or a broadcast address */
function deliver(face: Interface, packet: Ipv4Packet, isForMany: boolean, mayComplain: boolean): void {
  // Datagrams are not put together again: nothing here sends fragments.
  if (isFragment(packet)) return;
  const { host } = face;
  const { payload } = packet;
  const isTaken = host.sockets.deliverRaw(packet, face);
  switch (payload.kind) {
    case 'udp':
      if (!host.sockets.deliverUdp(payload, packet, face, isForMany) && mayComplain)
        host.icmp.reportClosedPort(packet);
      return;
    case 'tcp':
      // What came in a broadcast frame is not for TCP (`tcp_v4_rcv`: pkt_type is not PACKET_HOST).
      if (mayComplain) host.tcp.receive(packet.source, packet.destination, payload);
      return;
    case 'icmp':
      host.icmp.receive(packet, payload);
      return;
    case 'igmp':
      face.igmp.receive(payload);
      return;
    default:
      if (isTaken || !mayComplain || hasKernelHandler(packet.protocol)) return;
      host.icmp.reportUnknownProtocol(packet);
  }
}

/** TCP is received in silence; of the others only unknown messages get here. */
const hasKernelHandler = (protocol: number): boolean =>
  protocol === IP_PROTOCOL_TCP ||
  protocol === IP_PROTOCOL_UDP ||
  protocol === IP_PROTOCOL_ICMP ||
  protocol === IP_PROTOCOL_IGMP;
