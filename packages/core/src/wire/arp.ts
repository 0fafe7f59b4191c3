import {
  BROADCAST_MAC,
  formatIpv4,
  formatMac,
  type Ipv4Address,
  type MacAddress,
  UNSPECIFIED_IPV4,
  ZERO_MAC,
} from './address.js';
import { macAt, putMac, putU16, putU32, u16At, u32At } from './bytes.js';
import { WireError } from './wire-error.js';

/** Bytes of an ARP packet for Ethernet and IPv4 (RFC 826). */
export const ARP_LENGTH = 28;

const HARDWARE_ETHERNET = 1; // RFC 826, ar$hrd
const PROTOCOL_IPV4 = 0x0800; // RFC 826, ar$pro
const LENGTHS = 0x0604; // ar$hln 6, ar$pln 4
const REQUEST = 1; // RFC 826, ares_op$REQUEST
const REPLY = 2; // RFC 826, ares_op$REPLY

/** An ARP packet for Ethernet and IPv4 (RFC 826). */
export interface ArpPacket {
  readonly kind: 'arp';
  readonly operation: 'request' | 'reply';
  readonly senderMac: MacAddress;
  readonly senderIp: Ipv4Address;
  readonly targetMac: MacAddress;
  readonly targetIp: Ipv4Address;
}

/** Makes an ARP packet of any shape; the named constructors below make the shapes that occur. */
export function arpPacket(
  operation: 'request' | 'reply',
  senderMac: MacAddress,
  senderIp: Ipv4Address,
  targetMac: MacAddress,
  targetIp: Ipv4Address,
): ArpPacket {
  return { kind: 'arp', operation, senderMac, senderIp, targetMac, targetIp };
}

/** "Who has `targetIp`?", sent to the broadcast address with an empty target MAC (RFC 826). */
export function arpRequest(senderMac: MacAddress, senderIp: Ipv4Address, targetIp: Ipv4Address): ArpPacket {
  return arpPacket('request', senderMac, senderIp, ZERO_MAC, targetIp);
}

/**
 * The request with which a kernel asks a neighbour that it already knows, sent to the cached MAC (RFC 1122 §2.3.2.1).
 * Linux leaves the target MAC zero all the same (`arp_solicit`), so the packet equals {@link arpRequest}; the
 * Ethernet destination differs.
 */
export function arpUnicastProbe(
  senderMac: MacAddress,
  senderIp: Ipv4Address,
  targetIp: Ipv4Address,
): ArpPacket {
  return arpPacket('request', senderMac, senderIp, ZERO_MAC, targetIp);
}

/** The answer to a request: sender and target swapped, "`senderIp` is at `senderMac`" (RFC 826). */
export function arpReply(
  senderMac: MacAddress,
  senderIp: Ipv4Address,
  targetMac: MacAddress,
  targetIp: Ipv4Address,
): ArpPacket {
  return arpPacket('reply', senderMac, senderIp, targetMac, targetIp);
}

/** A gratuitous request, "who has `ip`? tell `ip`", with an empty target MAC (RFC 5227 §2.3, the ACD announcement). */
export function gratuitousArpRequest(mac: MacAddress, ip: Ipv4Address): ArpPacket {
  return arpPacket('request', mac, ip, ZERO_MAC, ip);
}

/**
 * The gratuitous request as keepalived and FRR send it: the target MAC is ff:ff:ff:ff:ff:ff
 * (keepalived `send_gratuitous_arp_immediate`).
 */
export function gratuitousArpRequestToBroadcast(mac: MacAddress, ip: Ipv4Address): ArpPacket {
  return arpPacket('request', mac, ip, BROADCAST_MAC, ip);
}

/**
 * A gratuitous reply (RFC 2002 §4.6). Most programs repeat the sender's MAC as the target's; a Linux host believes a
 * broadcast one at once only then (`arp_is_garp`).
 *
 * @param targetMac - the sender's MAC if left out
 */
export function gratuitousArpReply(mac: MacAddress, ip: Ipv4Address, targetMac: MacAddress = mac): ArpPacket {
  return arpPacket('reply', mac, ip, targetMac, ip);
}

/** The probe of address conflict detection: sender IP 0.0.0.0 so that nobody learns from it (RFC 5227 §2.1.1). */
export function arpProbe(mac: MacAddress, ip: Ipv4Address): ArpPacket {
  return arpPacket('request', mac, UNSPECIFIED_IPV4, ZERO_MAC, ip);
}

/** Whether sender and target are the same IP, which is not that of an ACD probe for 0.0.0.0. */
export function isGratuitousArp(packet: ArpPacket): boolean {
  return packet.senderIp === packet.targetIp && packet.senderIp !== UNSPECIFIED_IPV4;
}

/** Whether the packet is a probe of address conflict detection (RFC 5227 §1.1). */
export function isArpProbe(packet: ArpPacket): boolean {
  return packet.operation === 'request' && packet.senderIp === UNSPECIFIED_IPV4;
}

/** Writes an ARP packet at an index; the caller has made sure of {@link ARP_LENGTH} bytes. Returns the index after. */
export function writeArp(packet: ArpPacket, bytes: Uint8Array, at: number): number {
  putU16(bytes, at, HARDWARE_ETHERNET);
  putU16(bytes, at + 2, PROTOCOL_IPV4);
  putU16(bytes, at + 4, LENGTHS);
  putU16(bytes, at + 6, packet.operation === 'request' ? REQUEST : REPLY);
  putMac(bytes, at + 8, packet.senderMac);
  putU32(bytes, at + 14, packet.senderIp);
  putMac(bytes, at + 18, packet.targetMac);
  putU32(bytes, at + 24, packet.targetIp);
  return at + ARP_LENGTH;
}

/** An ARP packet as bytes, without Ethernet header and padding. */
export function emitArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(ARP_LENGTH);
  writeArp(packet, bytes, 0);
  return bytes;
}

/**
 * Reads an ARP packet; bytes after it are Ethernet padding and are ignored.
 *
 * @param start - index of its first byte
 * @param end - index after the last byte that may be read
 * @throws WireError `truncated`, or `unsupported` if it is not for Ethernet and IPv4 or neither request nor reply
 */
export function parseArp(bytes: Uint8Array, start = 0, end = bytes.length): ArpPacket {
  const at = Math.max(0, start);
  if (Math.min(end, bytes.length) - at < ARP_LENGTH) {
    throw new WireError('truncated', `an ARP packet has ${ARP_LENGTH} bytes`);
  }
  if (
    u16At(bytes, at) !== HARDWARE_ETHERNET ||
    u16At(bytes, at + 2) !== PROTOCOL_IPV4 ||
    u16At(bytes, at + 4) !== LENGTHS
  ) {
    throw new WireError('unsupported', 'an ARP packet that is not for Ethernet and IPv4');
  }
  const operation = u16At(bytes, at + 6);
  if (operation !== REQUEST && operation !== REPLY) {
    throw new WireError('unsupported', `ARP operation ${operation}`);
  }
  return arpPacket(
    operation === REQUEST ? 'request' : 'reply',
    macAt(bytes, at + 8),
    u32At(bytes, at + 14) as Ipv4Address,
    macAt(bytes, at + 18),
    u32At(bytes, at + 24) as Ipv4Address,
  );
}

/** One line for people: `ARP who-has 10.0.0.1 tell 10.0.0.2`, `gratuitous ARP 10.0.0.1 is-at 02:00:00:00:00:01`. */
export function describeArp(packet: ArpPacket): string {
  if (isGratuitousArp(packet)) {
    const reply = packet.operation === 'reply' ? ' (reply)' : '';
    return `gratuitous ARP ${formatIpv4(packet.senderIp)} is-at ${formatMac(packet.senderMac)}${reply}`;
  }
  if (packet.operation === 'reply') {
    return `ARP ${formatIpv4(packet.senderIp)} is-at ${formatMac(packet.senderMac)}`;
  }
  if (isArpProbe(packet)) return `ARP probe ${formatIpv4(packet.targetIp)}`;
  return `ARP who-has ${formatIpv4(packet.targetIp)} tell ${formatIpv4(packet.senderIp)}`;
}
