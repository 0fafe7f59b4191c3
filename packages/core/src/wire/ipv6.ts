import { byteAt, putU16, putU32, requireInteger, u16At, u32At } from './bytes.js';
import { type CarpAdvertisement, carpLength, describeCarp, isCarp, parseCarp, writeCarp } from './carp.js';
import {
  describeIcmpv6,
  type Icmpv6Message,
  icmpv6Length,
  NEXT_HEADER_ICMPV6,
  parseIcmpv6,
  writeIcmpv6,
} from './icmpv6.js';
import {
  type Ipv6Address,
  ipv6FromBytes,
  isMulticastIpv6,
  pseudoHeaderSumIpv6,
  putIpv6,
} from './ip-address.js';
import type { Ipv4Packet } from './ipv4.js';
import { type RawPayload, rawPayload } from './payload.js';
import { describeTcp, IP_PROTOCOL_TCP, parseTcp, type TcpSegment, tcpLength, writeTcp } from './tcp.js';
import {
  type ChecksumPolicy,
  describeUdp,
  IP_PROTOCOL_UDP,
  parseUdp,
  type UdpDatagram,
  udpLength,
  writeUdp,
} from './udp.js';
import {
  describeVrrp,
  IP_PROTOCOL_VRRP,
  parseVrrp,
  type VrrpAdvertisement,
  vrrpLength,
  writeVrrp,
} from './vrrp.js';
import { WireError } from './wire-error.js';

/** Bytes of an IPv6 header (RFC 8200 §3). */
export const IPV6_HEADER_LENGTH = 40;
/** Next header value of hop-by-hop options (RFC 8200 §4.3). */
export const NEXT_HEADER_HOP_BY_HOP = 0;
/** The hop limit of neighbour discovery and VRRP: it has come over no router (RFC 4861 §7.1, RFC 5798 §5.1.2.3). */
export const HOP_LIMIT_ON_LINK = 255;
/** The least MTU of a link that carries IPv6 (RFC 8200 §5). */
export const MINIMUM_MTU_IPV6 = 1280;

const MAX_PAYLOAD_LENGTH = 0xffff;
const ROUTER_ALERT_LENGTH = 8;
const ROUTER_ALERT = 0x05; // RFC 2711 §2.1
const PAD_1 = 0;
const PAD_N = 1;
const DEFAULT_HOP_LIMIT = 64; // Linux net.ipv6.conf.all.hop_limit

/** What an IPv6 packet carries. */
export type Ipv6Payload =
  | TcpSegment
  | UdpDatagram
  | Icmpv6Message
  | VrrpAdvertisement
  | CarpAdvertisement
  | RawPayload;

/** An IPv6 packet (RFC 8200). Checksums and lengths are not fields: they are made on emit and verified on parse. */
export interface Ipv6Packet {
  readonly kind: 'ipv6';
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  /** 0..255. */
  readonly hopLimit: number;
  /** 0..255, what follows the router alert if there is one; belongs to the payload unless that is raw. */
  readonly protocol: number;
  /** DSCP and ECN, 0..255. */
  readonly trafficClass: number;
  /** 0..0xfffff. */
  readonly flowLabel: number;
  /** Whether it carries the router alert option in a hop-by-hop header, value 0 (RFC 2711), as MLD does. */
  readonly hasRouterAlert: boolean;
  readonly payload: Ipv6Payload;
}

/** A packet of either family. */
export type IpPacket = Ipv4Packet | Ipv6Packet;

/** The fields of an IPv6 header that have a usual value. */
export interface Ipv6Fields {
  /** 64 if left out, as Linux sends. */
  readonly hopLimit?: number;
  /** 0 if left out. */
  readonly trafficClass?: number;
  /** 0 if left out. */
  readonly flowLabel?: number;
  /** `false` if left out. */
  readonly hasRouterAlert?: boolean;
}

const USUAL_FIELDS: Ipv6Fields = {};

function header(
  source: Ipv6Address,
  destination: Ipv6Address,
  hopLimit: number,
  protocol: number,
  trafficClass: number,
  flowLabel: number,
  hasRouterAlert: boolean,
  payload: Ipv6Payload,
): Ipv6Packet {
  return {
    kind: 'ipv6',
    source,
    destination,
    hopLimit,
    protocol,
    trafficClass,
    flowLabel,
    hasRouterAlert,
    payload,
  };
}

function requireFields(packet: Ipv6Packet): void {
  const { payload } = packet;
  requireInteger(packet.hopLimit, 0, 255, 'IPv6 hop limit');
  requireInteger(packet.protocol, 0, 255, 'IPv6 next header');
  requireInteger(packet.trafficClass, 0, 255, 'IPv6 traffic class');
  requireInteger(packet.flowLabel, 0, 0xf_ffff, 'IPv6 flow label');
  requireInteger(ipv6Length(packet) - IPV6_HEADER_LENGTH, 0, MAX_PAYLOAD_LENGTH, 'IPv6 payload length');
  // RFC 8200 §4.
  if (isMulticastIpv6(packet.source)) throw new WireError('range', 'a group is no source of a packet');
  if (payload.kind === 'udp' && !payload.checksummed) {
    throw new WireError('range', 'over IPv6 UDP always has a checksum'); // RFC 8200 §8.1
  }
  if (payload.kind === 'vrrp' && !isSentOverIpv6(payload)) {
    throw new WireError('range', 'over IPv6 VRRP is version 3 with IPv6 addresses');
  }
}

function isSentOverIpv6(advert: VrrpAdvertisement): boolean {
  return (
    advert.version === 3 &&
    advert.checksumCovers === 'pseudo-header' &&
    typeof (advert.addresses[0] ?? '') === 'string'
  );
}

function protocolOf(payload: Exclude<Ipv6Payload, RawPayload>): number {
  switch (payload.kind) {
    case 'tcp':
      return IP_PROTOCOL_TCP;
    case 'udp':
      return IP_PROTOCOL_UDP;
    case 'icmpv6':
      return NEXT_HEADER_ICMPV6;
    case 'vrrp':
    case 'carp':
      return IP_PROTOCOL_VRRP;
  }
}

/**
 * Makes an IPv6 packet that carries a protocol with a representation.
 *
 * @throws WireError `range`
 * @example
 * ```ts
 * const advert = vrrpV3Advertisement(51, 150, 100, [ipv6Address('fe80::1'), ipv6Address('2001:db8::100')]);
 * const packet = ipv6Packet(ipv6Address('fe80::11'), VRRP_GROUP_IPV6, advert, { hopLimit: 255 });
 * ```
 */
export function ipv6Packet(
  source: Ipv6Address,
  destination: Ipv6Address,
  payload: Exclude<Ipv6Payload, RawPayload>,
  fields: Ipv6Fields = USUAL_FIELDS,
): Ipv6Packet {
  const packet = header(
    source,
    destination,
    fields.hopLimit ?? DEFAULT_HOP_LIMIT,
    protocolOf(payload),
    fields.trafficClass ?? 0,
    fields.flowLabel ?? 0,
    fields.hasRouterAlert ?? false,
    payload,
  );
  requireFields(packet);
  return packet;
}

/**
 * Makes an IPv6 packet of bytes: another protocol, or one behind extension headers, which the bytes begin with.
 *
 * @param protocol - 0..255
 * @throws WireError `range`, also if bytes of a protocol with a representation are given: parse them instead
 */
export function rawIpv6Packet(
  source: Ipv6Address,
  destination: Ipv6Address,
  protocol: number,
  bytes: Uint8Array,
  fields: Ipv6Fields = USUAL_FIELDS,
): Ipv6Packet {
  const packet = header(
    source,
    destination,
    fields.hopLimit ?? DEFAULT_HOP_LIMIT,
    protocol,
    fields.trafficClass ?? 0,
    fields.flowLabel ?? 0,
    fields.hasRouterAlert ?? false,
    rawPayload(bytes),
  );
  requireFields(packet);
  if (!isUnrepresented(packet, bytes)) {
    throw new WireError(
      'range',
      `IPv6 next header ${protocol} has a representation of its own: parse its bytes`,
    );
  }
  return packet;
}

function isUnrepresented(
  { protocol, source, destination, hasRouterAlert }: Ipv6Packet,
  bytes: Uint8Array,
): boolean {
  if (protocol === NEXT_HEADER_HOP_BY_HOP && !hasRouterAlert) {
    return !isRouterAlert(bytes, 0, bytes.length);
  }
  try {
    return parsePayload(protocol, bytes, source, destination, 0, bytes.length, 'verify').kind === 'raw';
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

/** The same packet with one hop less to go: what a router sends on. @throws WireError `range` at hop limit 0 */
export function withDecrementedHopLimit(packet: Ipv6Packet): Ipv6Packet {
  requireInteger(packet.hopLimit - 1, 0, 254, 'IPv6 hop limit');
  return header(
    packet.source,
    packet.destination,
    packet.hopLimit - 1,
    packet.protocol,
    packet.trafficClass,
    packet.flowLabel,
    packet.hasRouterAlert,
    packet.payload,
  );
}

function payloadLength(payload: Ipv6Payload): number {
  switch (payload.kind) {
    case 'tcp':
      return tcpLength(payload);
    case 'udp':
      return udpLength(payload);
    case 'vrrp':
      return vrrpLength(payload);
    case 'carp':
      return carpLength(payload);
    case 'icmpv6':
      return icmpv6Length(payload);
    case 'raw':
      return payload.bytes.length;
  }
}

/** Bytes before the payload: header and router alert. */
export function ipv6PayloadOffset(packet: Ipv6Packet): number {
  return IPV6_HEADER_LENGTH + (packet.hasRouterAlert ? ROUTER_ALERT_LENGTH : 0);
}

/** Bytes of header, router alert and payload. */
export function ipv6Length(packet: Ipv6Packet): number {
  return ipv6PayloadOffset(packet) + payloadLength(packet.payload);
}

function writePayload(packet: Ipv6Packet, bytes: Uint8Array, at: number): number {
  const { payload, source, destination } = packet;
  switch (payload.kind) {
    case 'tcp': {
      const sum = pseudoHeaderSumIpv6(source, destination, IP_PROTOCOL_TCP, tcpLength(payload));
      return writeTcp(payload, sum, bytes, at);
    }
    case 'udp':
      return writeUdp(payload, source, destination, bytes, at);
    case 'vrrp':
      return writeVrrp(payload, source, destination, bytes, at);
    case 'carp':
      return writeCarp(payload, bytes, at);
    case 'icmpv6':
      return writeIcmpv6(payload, source, destination, bytes, at);
    case 'raw':
      bytes.set(payload.bytes, at);
      return at + payload.bytes.length;
  }
}

/** Writes a packet at an index; the caller has made sure of {@link ipv6Length} bytes. Returns the index after. */
export function writeIpv6(packet: Ipv6Packet, bytes: Uint8Array, at: number): number {
  putU32(bytes, at, 0x6000_0000 | (packet.trafficClass << 20) | packet.flowLabel);
  bytes[at + 6] = packet.hasRouterAlert ? NEXT_HEADER_HOP_BY_HOP : packet.protocol;
  bytes[at + 7] = packet.hopLimit;
  putIpv6(bytes, at + 8, packet.source);
  putIpv6(bytes, at + 24, packet.destination);
  let next = at + IPV6_HEADER_LENGTH;
  if (packet.hasRouterAlert) {
    putU32(bytes, next, (packet.protocol << 24) | (ROUTER_ALERT << 8) | 2);
    // Value 0, "datagram contains MLD", and two bytes of padding.
    putU32(bytes, next + 4, PAD_N << 8);
    next += ROUTER_ALERT_LENGTH;
  }
  const end = writePayload(packet, bytes, next);
  putU16(bytes, at + 4, end - at - IPV6_HEADER_LENGTH);
  return end;
}

/** A packet as bytes. */
export function emitIpv6(packet: Ipv6Packet): Uint8Array {
  const bytes = new Uint8Array(ipv6Length(packet));
  writeIpv6(packet, bytes, 0);
  return bytes;
}

/** Whether a hop-by-hop header of 8 bytes says "router alert 0" and nothing else, as MLD's does. */
function isRouterAlert(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < ROUTER_ALERT_LENGTH || byteAt(bytes, at + 1) !== 0) return false;
  let hasAlert = false;
  let option = at + 2;
  const stop = at + ROUTER_ALERT_LENGTH;
  while (option < stop) {
    const type = byteAt(bytes, option);
    if (type === PAD_1) {
      option += 1;
      continue;
    }
    if (option + 1 >= stop) return false;
    const length = byteAt(bytes, option + 1);
    if (type === ROUTER_ALERT && length === 2 && option + 4 <= stop && u16At(bytes, option + 2) === 0) {
      if (hasAlert) return false;
      hasAlert = true;
    } else if (type !== PAD_N) return false;
    option += 2 + length;
  }
  return hasAlert && option === stop;
}

function parsePayload(
  protocol: number,
  bytes: Uint8Array,
  source: Ipv6Address,
  destination: Ipv6Address,
  at: number,
  end: number,
  checksums: ChecksumPolicy,
): Ipv6Payload {
  try {
    switch (protocol) {
      case IP_PROTOCOL_TCP: {
        const sum = pseudoHeaderSumIpv6(source, destination, IP_PROTOCOL_TCP, end - at);
        return parseTcp(bytes, sum, at, end, checksums);
      }
      case IP_PROTOCOL_UDP: {
        const datagram = parseUdp(bytes, source, destination, at, end, checksums);
        if (!datagram.checksummed) throw new WireError('checksum', 'UDP over IPv6 without a checksum');
        return datagram;
      }
      case NEXT_HEADER_ICMPV6:
        return parseIcmpv6(bytes, source, destination, at, end);
      case IP_PROTOCOL_VRRP:
        return isCarp(bytes, at, end)
          ? parseCarp(bytes, at, end)
          : parseVrrp(bytes, source, destination, at, end);
      default:
        return rawPayload(bytes.slice(at, end));
    }
  } catch (error) {
    // Another ICMPv6 type is no fault of the packet.
    if (error instanceof WireError && error.code === 'unsupported') return rawPayload(bytes.slice(at, end));
    throw error;
  }
}

/**
 * Reads an IPv6 packet. Bytes beyond its payload length are Ethernet padding and are ignored. A payload without
 * representation is raw, and so is everything behind extension headers, of which only the router alert is read.
 *
 * @param start - index of its first byte
 * @param end - index after the last byte that may be read
 * @param checksums - whether to verify those of TCP and UDP
 * @throws WireError `truncated`, `unsupported` (another IP version), `malformed` or `checksum`
 */
export function parseIpv6(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  checksums: ChecksumPolicy = 'verify',
): Ipv6Packet {
  const at = Math.max(0, start);
  const available = Math.min(end, bytes.length) - at;
  if (available < IPV6_HEADER_LENGTH) throw new WireError('truncated', 'an IPv6 header has 40 bytes');
  const first = u32At(bytes, at);
  if (first >>> 28 !== 6) throw new WireError('unsupported', `IP version ${first >>> 28}`);
  const length = u16At(bytes, at + 4);
  if (IPV6_HEADER_LENGTH + length > available) {
    throw new WireError(
      'truncated',
      `IPv6 payload length ${length}, but ${available - IPV6_HEADER_LENGTH} bytes are there`,
    );
  }
  const source = ipv6FromBytes(bytes, at + 8);
  const destination = ipv6FromBytes(bytes, at + 24);
  if (isMulticastIpv6(source)) throw new WireError('malformed', `IPv6 packet from the group ${source}`);
  let payloadAt = at + IPV6_HEADER_LENGTH;
  const payloadEnd = payloadAt + length;
  let protocol = byteAt(bytes, at + 6);
  const hasRouterAlert = protocol === NEXT_HEADER_HOP_BY_HOP && isRouterAlert(bytes, payloadAt, payloadEnd);
  if (hasRouterAlert) {
    protocol = byteAt(bytes, payloadAt);
    payloadAt += ROUTER_ALERT_LENGTH;
  }
  return header(
    source,
    destination,
    byteAt(bytes, at + 7),
    protocol,
    (first >>> 20) & 0xff,
    first & 0xf_ffff,
    hasRouterAlert,
    parsePayload(protocol, bytes, source, destination, payloadAt, payloadEnd, checksums),
  );
}

/** One line for people: `fe80::11 > ff02::12 VRRPv3 advert vrid 51 prio 150 fe80::1 2001:db8::100`. */
export function describeIpv6(packet: Ipv6Packet): string {
  return `${packet.source} > ${packet.destination} ${describePayload(packet)}`;
}

function describePayload({ payload, protocol }: Ipv6Packet): string {
  switch (payload.kind) {
    case 'tcp':
      return describeTcp(payload);
    case 'udp':
      return describeUdp(payload);
    case 'vrrp':
      return describeVrrp(payload);
    case 'carp':
      return describeCarp(payload);
    case 'icmpv6':
      return describeIcmpv6(payload);
    case 'raw':
      return `IPv6 next header ${protocol} length ${payload.bytes.length}`;
  }
}
