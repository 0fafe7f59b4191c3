import {
  arpReply,
  arpRequest,
  BROADCAST_MAC,
  ethernetFrame,
  formatIpv4,
  formatMac,
  gratuitousArpRequest,
  type Ipv4Address,
  type MacAddress,
  UNSPECIFIED_IPV4,
} from '../wire/index.js';
import { isOnLink } from './address-list.js';
import type { Interface } from './interface.js';
import { interfaceSource } from './route-table.js';

/**
 * Asks for a neighbour (Linux `arp_solicit`).
 *
 * @param cached - the MAC to ask, or null to ask everybody
 * @param packetSource - the source of the packet that waits last, or null
 */
export function solicit(
  face: Interface,
  target: Ipv4Address,
  cached: MacAddress | null,
  packetSource: Ipv4Address | null,
): void {
  const { host } = face;
  const source = announcedSource(face, target, packetSource);
  if (host.trace.isOn) {
    host.trace.emit('arp.requested', host.name, {
      interface: face.name,
      address: formatIpv4(target),
      unicast: cached !== null,
    });
  }
  face.sendFrame(
    ethernetFrame(cached ?? BROADCAST_MAC, face.sourceMac, arpRequest(face.mac, source, target)),
  );
}

/** Which of our addresses a request names as its sender: arp_announce 0, 1 or 2. */
function announcedSource(
  face: Interface,
  target: Ipv4Address,
  packetSource: Ipv4Address | null,
): Ipv4Address {
  const mode = face.effective('arp_announce');
  const isOurs = packetSource !== null && face.host.isLocalAddress(packetSource);
  if (mode === 0 && isOurs) return packetSource;
  if (mode === 1 && isOurs && isOnLink(face.addressEntries(), target, packetSource)) return packetSource;
  const source = interfaceSource(face, target, face.host.allInterfaces);
  return source === UNSPECIFIED_IPV4 && packetSource !== null && isOurs ? packetSource : source;
}

/**
 * Answers a request for one of our addresses.
 *
 * @param mac - the one that it is at: the interface's own, but where several nodes share it
 */
export function sendArpReply(
  face: Interface,
  address: Ipv4Address,
  toMac: MacAddress,
  toIp: Ipv4Address,
  mac: MacAddress,
): void {
  const { host } = face;
  if (host.trace.isOn) {
    host.trace.emit('arp.replied', host.name, {
      interface: face.name,
      address: formatIpv4(address),
      mac: formatMac(mac),
      to: formatIpv4(toIp),
    });
  }
  const source = mac === face.mac ? face.sourceMac : mac;
  face.sendFrame(ethernetFrame(toMac, source, arpReply(mac, address, toMac, toIp)));
}

/** Announces every address of an interface once (Linux `inetdev_send_gratuitous_arp`). */
export function announceAddresses(face: Interface): void {
  for (const entry of face.addressEntries()) {
    face.sendFrame(
      ethernetFrame(BROADCAST_MAC, face.sourceMac, gratuitousArpRequest(face.mac, entry.address)),
    );
  }
}
