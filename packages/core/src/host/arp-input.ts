import {
  type ArpPacket,
  type EthernetFrame,
  type Ipv4Address,
  isLoopback,
  isMulticast,
  LIMITED_BROADCAST_IPV4,
  type MacAddress,
  UNSPECIFIED_IPV4,
} from '../wire/index.js';
import { confirmsAddress } from './address-list.js';
import { sendArpReply } from './arp-output.js';
import type { Interface } from './interface.js';
import { isSourceValid } from './source-validation.js';

/** What a received ARP packet does (Linux net/ipv4/arp.c `arp_process`; RFC 826 is the idea). */
export function receiveArp(face: Interface, frame: EthernetFrame, packet: ArpPacket): void {
  const { host } = face;
  const { senderIp, senderMac, targetIp, operation } = packet;
  if (isMulticast(targetIp) || isLoopback(targetIp)) return;
  if (senderIp === targetIp && face.effective('drop_gratuitous_arp') !== 0) return;
  if (senderIp === UNSPECIFIED_IPV4) {
    // A probe of address conflict detection: answered, never learned from.
    if (operation === 'request' && host.isLocalAddress(targetIp) && !isIgnored(face, senderIp, targetIp)) {
      const mac = answeringMac(face, packet);
      if (mac !== null) sendArpReply(face, targetIp, senderMac, senderIp, mac);
    }
    return;
  }
  if (
    operation === 'request' &&
    host.isLocalAddress(targetIp) &&
    isRequestRoutable(face, senderIp, targetIp)
  ) {
    // To what is ours nobody learns unless we answer.
    if (isIgnored(face, senderIp, targetIp) || isFiltered(face, senderIp)) return;
    const mac = answeringMac(face, packet);
    if (mac === null) return;
    face.neighbours.learn(senderIp, senderMac, false, true);
    sendArpReply(face, targetIp, senderMac, senderIp, mac);
    return;
  }
  update(face, frame, packet);
}

/** What a request is answered with; null where another of the hosts that share the address answers. */
const answeringMac = (face: Interface, { senderMac, senderIp, targetIp }: ArpPacket): MacAddress | null =>
  face.sharing === null ? face.mac : face.sharing.answerTo(senderMac, senderIp, targetIp);

/** The end of `arp_process`: what is known is corrected; what is not is entered only if arp_accept says so. */
function update(face: Interface, frame: EthernetFrame, packet: ArpPacket): void {
  const { senderIp, senderMac, operation } = packet;
  const { neighbours } = face;
  const isGratuitous = isBelievedGratuitous(face, packet);
  if (!neighbours.has(senderIp)) {
    const isNews = isGratuitous || (operation === 'reply' && isUnicastElsewhere(face, senderIp));
    if (!isNews || !isAccepted(face, senderIp)) return;
  }
  const isReplyToUs = operation === 'reply' && frame.destination === face.mac;
  neighbours.learn(senderIp, senderMac, isReplyToUs, isGratuitous || !neighbours.isLocked(senderIp));
}

/** Linux `arp_is_garp`: a gratuitous reply counts only if it repeats the sender's MAC as the target's. */
function isBelievedGratuitous(face: Interface, packet: ArpPacket): boolean {
  if (packet.senderIp !== packet.targetIp) return false;
  if (packet.operation === 'reply' && packet.targetMac !== packet.senderMac) return false;
  return isUnicastElsewhere(face, packet.senderIp);
}

/** RTN_UNICAST: neither ours nor a broadcast or a group. */
function isUnicastElsewhere(face: Interface, address: Ipv4Address): boolean {
  return (
    !isMulticast(address) &&
    address !== LIMITED_BROADCAST_IPV4 &&
    !face.host.isLocalAddress(address) &&
    !face.host.isBroadcastAddress(address)
  );
}

function isAccepted(face: Interface, senderIp: Ipv4Address): boolean {
  switch (face.effective('arp_accept')) {
    case 1:
      return true;
    case 2:
      // arp_accept(): inet_addr_onlink of the ingress interface.
      return face
        .addressEntries()
        .some((entry) => confirmsSubnet(entry.address, entry.prefixLength, senderIp));
    default:
      return false;
  }
}

const confirmsSubnet = (subnet: number, prefixLength: number, address: number): boolean =>
  prefixLength === 0 || ((subnet ^ address) & (-1 << (32 - prefixLength))) === 0;

/**
 * Whether the kernel would take a packet from the sender to us. A sender that uses one of our own addresses is a
 * martian, so a duplicate gets no answer (`ip_route_input` inside `arp_process`).
 */
function isRequestRoutable(face: Interface, senderIp: Ipv4Address, targetIp: Ipv4Address): boolean {
  return targetIp !== UNSPECIFIED_IPV4 && isSourceValid(face, senderIp);
}

/** Linux `arp_ignore`. */
function isIgnored(face: Interface, senderIp: Ipv4Address, targetIp: Ipv4Address): boolean {
  switch (face.effective('arp_ignore')) {
    case 1:
      return !confirmsAddress(face.addressEntries(), targetIp, null, 'host');
    case 2: {
      const sender = senderIp === UNSPECIFIED_IPV4 ? null : senderIp;
      return !confirmsAddress(face.addressEntries(), targetIp, sender, 'host');
    }
    case 3:
      return !face.host.allInterfaces.some((other) =>
        confirmsAddress(other.addressEntries(), targetIp, null, 'link'),
      );
    case 8:
      return true;
    default:
      return false;
  }
}

/** Linux `arp_filter`: the answer must leave where the request came in. */
function isFiltered(face: Interface, senderIp: Ipv4Address): boolean {
  if (face.effective('arp_filter') === 0) return false;
  return face.host.routeTo(senderIp, null)?.interface !== face;
}
