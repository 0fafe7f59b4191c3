import {
  HOP_LIMIT_ON_LINK,
  type Ipv6Packet,
  isMulticastIpv6,
  type MacAddress,
  type NeighbourAdvertisement,
  type NeighbourSolicitation,
  solicitedNodeGroup,
  UNSPECIFIED_IPV6,
} from '../../wire/index.js';
import type { Ipv6Interface } from './ipv6-interface.js';
import { answerSolicitation, defendAddress } from './nd-output.js';

/** What a received solicitation or advertisement does (Linux `ndisc_rcv`; RFC 4861 §7). */
export function receiveNeighbourDiscovery(
  own: Ipv6Interface,
  packet: Ipv6Packet,
  message: NeighbourSolicitation | NeighbourAdvertisement,
  sourceMac: MacAddress,
): void {
  // What came over a router is forged or lost (RFC 4861 §7.1).
  if (packet.hopLimit !== HOP_LIMIT_ON_LINK) return;
  if (message.message === 'neighbour-solicitation') receiveSolicitation(own, packet, message, sourceMac);
  else receiveAdvertisement(own, packet, message, sourceMac);
}

/** Linux `ndisc_recv_ns`. */
function receiveSolicitation(
  own: Ipv6Interface,
  packet: Ipv6Packet,
  { target, linkLayer }: NeighbourSolicitation,
  sourceMac: MacAddress,
): void {
  const { source, destination } = packet;
  const isDad = source === UNSPECIFIED_IPV6;
  // RFC 4861 §7.1.1.
  if (isDad && (destination !== solicitedNodeGroup(target) || linkLayer !== null)) return;
  const entry = own.entryOf(target);
  if (entry === undefined || entry.state === 'duplicate') return;
  if (entry.state === 'tentative') {
    // Somebody else wants it too, and has asked first (RFC 4862 §5.4.3). Others are not answered yet.
    // Our own frame that came back round a loop is none: Linux knows it by its nonce (RFC 7527), we by its MAC.
    if (isDad && sourceMac !== own.face.mac) own.dadFailed(target, sourceMac);
    return;
  }
  const { sharing, mac: ownMac } = own.face;
  // Who shares the address with others leaves the answer to one of them (OpenBSD `carp_iamatch6`).
  const mac = sharing === null ? ownMac : sharing.answerTo(linkLayer, source, target);
  if (mac === null) return;
  if (isDad) {
    defendAddress(own, target, mac);
    return;
  }
  const wasMulticast = isMulticastIpv6(destination);
  own.neighbours.learn(source, linkLayer, false, true);
  // The kernel makes an entry for who asks it alone, with or without a MAC; without one it is resolved to answer.
  if (linkLayer === null && wasMulticast && !own.neighbours.has(source)) return;
  answerSolicitation(own, target, source, wasMulticast, mac);
}

/** Linux `ndisc_recv_na`. */
function receiveAdvertisement(
  own: Ipv6Interface,
  packet: Ipv6Packet,
  message: NeighbourAdvertisement,
  sourceMac: MacAddress,
): void {
  const { target, linkLayer, isSolicited, isOverriding } = message;
  const { neighbours, sysctl } = own;
  // RFC 4861 §7.1.2.
  if (isSolicited && isMulticastIpv6(packet.destination)) return;
  if (!isSolicited && sysctl.drop_unsolicited_na !== 0) return;
  const entry = own.entryOf(target);
  if (entry !== undefined) {
    // Somebody has what we want. Of what is ours already the kernel only complains in its log.
    if (entry.state === 'tentative') own.dadFailed(target, sourceMac);
    return;
  }
  const known = neighbours.lookUp(target);
  if (known === undefined) {
    const isWelcome = sysctl.forwarding !== 0 && sysctl.accept_untracked_na !== 0 && linkLayer !== null;
    if (isWelcome) neighbours.learn(target, linkLayer, false, isOverriding, true);
    return;
  }
  if (known.state !== 'FAILED') neighbours.learn(target, linkLayer, isSolicited, isOverriding, true);
}
