import { formatIpv4, type Ipv4Address } from './address.js';
import { byteAt, putU16, putU32, requireInteger, u16At, u32At } from './bytes.js';
import { type CarpAdvertisement, carpLength, describeCarp, isCarp, parseCarp, writeCarp } from './carp.js';
import { addWords, finishChecksum, isIntact, pseudoHeaderSum } from './checksum.js';
import {
  describeIcmp,
  type IcmpMessage,
  IP_PROTOCOL_ICMP,
  icmpLength,
  parseIcmp,
  writeIcmp,
} from './icmp.js';
import {
  describeIgmp,
  type IgmpMessage,
  IP_PROTOCOL_IGMP,
  igmpLength,
  parseIgmp,
  writeIgmp,
} from './igmp.js';
import { NO_BYTES, type RawPayload, rawPayload } from './payload.js';
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

/** Bytes of an IPv4 header without options (RFC 791 §3.1). */
export const IPV4_HEADER_LENGTH = 20;
/** The router alert option, value 0 (RFC 2113 §2.1); IGMP messages carry it. Shared: never write into it. */
export const ROUTER_ALERT_OPTION = Uint8Array.of(0x94, 0x04, 0x00, 0x00);
/** Type of service of control traffic, DSCP class selector 6 (RFC 2474 §4.2.2.2); keepalived's adverts have it. */
export const TOS_INTERNETWORK_CONTROL = 0xc0;

const MAX_TOTAL_LENGTH = 0xffff;
const MAX_OPTIONS_LENGTH = 40; // the header length field counts at most 15 words
const DONT_FRAGMENT = 0x4000; // RFC 791 §3.1
const MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;

/** What an IPv4 packet carries. */
export type Ipv4Payload =
  | TcpSegment
  | UdpDatagram
  | IcmpMessage
  | IgmpMessage
  | VrrpAdvertisement
  | CarpAdvertisement
  | RawPayload;

/** An IPv4 packet (RFC 791). Checksum and lengths are not fields: they are made on emit and verified on parse. */
export interface Ipv4Packet {
  readonly kind: 'ipv4';
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  /** Time to live, 0..255. */
  readonly ttl: number;
  /** 0..255; belongs to the payload unless that is raw. */
  readonly protocol: number;
  /** DSCP and ECN, 0..255. */
  readonly typeOfService: number;
  /** 0..65535. */
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** Where the payload belongs in the whole datagram: bytes, a multiple of 8, 0..65528. */
  readonly fragmentOffset: number;
  /** Well-formed options, a multiple of 4 bytes up to 40. Shared: never write into it. */
  readonly options: Uint8Array;
  readonly payload: Ipv4Payload;
}

/** The fields of an IPv4 header that have a usual value. */
export interface Ipv4Fields {
  /** 64 if left out, as Linux sends. */
  readonly ttl?: number;
  /** 0 if left out. */
  readonly typeOfService?: number;
  /** 0 if left out. */
  readonly identification?: number;
  /** `false` if left out. */
  readonly dontFragment?: boolean;
  /** `false` if left out. */
  readonly moreFragments?: boolean;
  /** Bytes; 0 if left out. */
  readonly fragmentOffset?: number;
  /** None if left out. */
  readonly options?: Uint8Array;
}

const USUAL_FIELDS: Ipv4Fields = {};
const DEFAULT_TTL = 64; // Linux net.ipv4.ip_default_ttl

function header(
  source: Ipv4Address,
  destination: Ipv4Address,
  ttl: number,
  protocol: number,
  typeOfService: number,
  identification: number,
  dontFragment: boolean,
  moreFragments: boolean,
  fragmentOffset: number,
  options: Uint8Array,
  payload: Ipv4Payload,
): Ipv4Packet {
  return {
    kind: 'ipv4',
    source,
    destination,
    ttl,
    protocol,
    typeOfService,
    identification,
    dontFragment,
    moreFragments,
    fragmentOffset,
    options,
    payload,
  };
}

function areOptionsWellFormed(options: Uint8Array): boolean {
  if (options.length % 4 !== 0 || options.length > MAX_OPTIONS_LENGTH) return false;
  let at = 0;
  while (at < options.length) {
    const type = byteAt(options, at);
    if (type === END_OF_OPTIONS) return true;
    if (type === NO_OPERATION) {
      at += 1;
      continue;
    }
    if (at + 1 >= options.length) return false;
    const length = byteAt(options, at + 1);
    if (length < 2 || at + length > options.length) return false;
    at += length;
  }
  return true;
}

function requireFields(packet: Ipv4Packet): void {
  // The ordinary case in one test: what a mask does not change is a whole number within it.
  if (
    (packet.ttl & 0xff) === packet.ttl &&
    (packet.protocol & 0xff) === packet.protocol &&
    (packet.typeOfService & 0xff) === packet.typeOfService &&
    (packet.identification & 0xffff) === packet.identification &&
    (packet.fragmentOffset & (OFFSET_MASK * 8)) === packet.fragmentOffset &&
    packet.options.length === 0 &&
    ipv4Length(packet) <= MAX_TOTAL_LENGTH
  ) {
    return;
  }
  requireInteger(packet.ttl, 0, 255, 'IPv4 TTL');
  requireInteger(packet.protocol, 0, 255, 'IP protocol');
  requireInteger(packet.typeOfService, 0, 255, 'IPv4 type of service');
  requireInteger(packet.identification, 0, 0xffff, 'IPv4 identification');
  requireInteger(packet.fragmentOffset, 0, OFFSET_MASK * 8, 'IPv4 fragment offset');
  if (packet.fragmentOffset % 8 !== 0) {
    throw new WireError('range', `IPv4 fragment offset ${packet.fragmentOffset} is not a multiple of 8`);
  }
  if (packet.options.length > 0 && !areOptionsWellFormed(packet.options)) {
    throw new WireError('range', 'IPv4 options are not well formed');
  }
  requireInteger(ipv4Length(packet), IPV4_HEADER_LENGTH, MAX_TOTAL_LENGTH, 'IPv4 total length');
}

function protocolOf(payload: Exclude<Ipv4Payload, RawPayload>): number {
  switch (payload.kind) {
    case 'tcp':
      return IP_PROTOCOL_TCP;
    case 'udp':
      return IP_PROTOCOL_UDP;
    case 'icmp':
      return IP_PROTOCOL_ICMP;
    case 'igmp':
      return IP_PROTOCOL_IGMP;
    case 'vrrp':
    case 'carp':
      return IP_PROTOCOL_VRRP;
  }
}

/**
 * Makes an IPv4 packet that carries a protocol with a representation.
 *
 * @throws WireError `range`
 * @example
 * ```ts
 * const advert = vrrpV2Advertisement(51, 150, 1, [ipv4Address('192.168.1.100')]);
 * const packet = ipv4Packet(ipv4Address('192.168.1.11'), VRRP_GROUP, advert, { ttl: 255, typeOfService: 0xc0 });
 * ```
 */
export function ipv4Packet(
  source: Ipv4Address,
  destination: Ipv4Address,
  payload: Exclude<Ipv4Payload, RawPayload>,
  fields: Ipv4Fields = USUAL_FIELDS,
): Ipv4Packet {
  if (fields.moreFragments === true || (fields.fragmentOffset ?? 0) !== 0) {
    throw new WireError('range', 'a fragment carries raw bytes: use rawIpv4Packet');
  }
  const packet = header(
    source,
    destination,
    fields.ttl ?? DEFAULT_TTL,
    protocolOf(payload),
    fields.typeOfService ?? 0,
    fields.identification ?? 0,
    fields.dontFragment ?? false,
    false,
    0,
    fields.options ?? NO_BYTES,
    payload,
  );
  requireFields(packet);
  return packet;
}

/**
 * Makes an IPv4 packet of bytes: another protocol, or a fragment of any.
 *
 * @param protocol - 0..255
 * @throws WireError `range`, also if whole bytes of a protocol with a representation are given: parse them instead
 */
export function rawIpv4Packet(
  source: Ipv4Address,
  destination: Ipv4Address,
  protocol: number,
  bytes: Uint8Array,
  fields: Ipv4Fields = USUAL_FIELDS,
): Ipv4Packet {
  const packet = header(
    source,
    destination,
    fields.ttl ?? DEFAULT_TTL,
    protocol,
    fields.typeOfService ?? 0,
    fields.identification ?? 0,
    fields.dontFragment ?? false,
    fields.moreFragments ?? false,
    fields.fragmentOffset ?? 0,
    fields.options ?? NO_BYTES,
    rawPayload(bytes),
  );
  requireFields(packet);
  if (!isFragment(packet) && !isUnrepresented(protocol, bytes, source, destination)) {
    throw new WireError('range', `IP protocol ${protocol} has a representation of its own: parse its bytes`);
  }
  return packet;
}

function isUnrepresented(
  protocol: number,
  bytes: Uint8Array,
  source: Ipv4Address,
  destination: Ipv4Address,
): boolean {
  try {
    return parsePayload(protocol, bytes, source, destination, 0, bytes.length, 'verify').kind === 'raw';
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

/** The same packet with one hop less to live: what a router sends on. @throws WireError `range` at TTL 0 */
export function withDecrementedTtl(packet: Ipv4Packet): Ipv4Packet {
  requireInteger(packet.ttl - 1, 0, 254, 'IPv4 TTL');
  return header(
    packet.source,
    packet.destination,
    packet.ttl - 1,
    packet.protocol,
    packet.typeOfService,
    packet.identification,
    packet.dontFragment,
    packet.moreFragments,
    packet.fragmentOffset,
    packet.options,
    packet.payload,
  );
}

/** Whether the packet is a part of a datagram. */
export function isFragment(packet: Ipv4Packet): boolean {
  return packet.moreFragments || packet.fragmentOffset !== 0;
}

function payloadLength(payload: Ipv4Payload): number {
  switch (payload.kind) {
    case 'tcp':
      return tcpLength(payload);
    case 'udp':
      return udpLength(payload);
    case 'vrrp':
      return vrrpLength(payload);
    case 'carp':
      return carpLength(payload);
    case 'icmp':
      return icmpLength(payload);
    case 'igmp':
      return igmpLength(payload);
    case 'raw':
      return payload.bytes.length;
  }
}

/** The total length: bytes of header, options and payload. */
export function ipv4Length(packet: Ipv4Packet): number {
  return IPV4_HEADER_LENGTH + packet.options.length + payloadLength(packet.payload);
}

function writePayload(packet: Ipv4Packet, bytes: Uint8Array, at: number): number {
  const payload = packet.payload;
  switch (payload.kind) {
    case 'tcp': {
      const length = tcpLength(payload);
      const sum = pseudoHeaderSum(packet.source, packet.destination, IP_PROTOCOL_TCP, length);
      return writeTcp(payload, sum, bytes, at);
    }
    case 'udp':
      return writeUdp(payload, packet.source, packet.destination, bytes, at);
    case 'vrrp':
      return writeVrrp(payload, packet.source, packet.destination, bytes, at);
    case 'carp':
      return writeCarp(payload, bytes, at);
    case 'icmp':
      return writeIcmp(payload, bytes, at);
    case 'igmp':
      return writeIgmp(payload, bytes, at);
    case 'raw':
      bytes.set(payload.bytes, at);
      return at + payload.bytes.length;
  }
}

/** Writes a packet at an index; the caller has made sure of {@link ipv4Length} bytes. Returns the index after. */
export function writeIpv4(packet: Ipv4Packet, bytes: Uint8Array, at: number): number {
  const options = packet.options;
  const headerLength = IPV4_HEADER_LENGTH + options.length;
  bytes[at] = 0x40 | (headerLength >> 2);
  bytes[at + 1] = packet.typeOfService;
  putU16(bytes, at + 4, packet.identification);
  putU16(
    bytes,
    at + 6,
    (packet.dontFragment ? DONT_FRAGMENT : 0) |
      (packet.moreFragments ? MORE_FRAGMENTS : 0) |
      (packet.fragmentOffset >> 3),
  );
  bytes[at + 8] = packet.ttl;
  bytes[at + 9] = packet.protocol;
  putU16(bytes, at + 10, 0);
  putU32(bytes, at + 12, packet.source);
  putU32(bytes, at + 16, packet.destination);
  if (options.length > 0) bytes.set(options, at + IPV4_HEADER_LENGTH);
  const end = writePayload(packet, bytes, at + headerLength);
  putU16(bytes, at + 2, end - at);
  putU16(bytes, at + 10, finishChecksum(addWords(bytes, at, at + headerLength, 0)));
  return end;
}

/** A packet as bytes. */
export function emitIpv4(packet: Ipv4Packet): Uint8Array {
  const bytes = new Uint8Array(ipv4Length(packet));
  writeIpv4(packet, bytes, 0);
  return bytes;
}

function parsePayload(
  protocol: number,
  bytes: Uint8Array,
  source: Ipv4Address,
  destination: Ipv4Address,
  at: number,
  end: number,
  checksums: ChecksumPolicy,
): Ipv4Payload {
  try {
    switch (protocol) {
      case IP_PROTOCOL_TCP: {
        const sum = pseudoHeaderSum(source, destination, IP_PROTOCOL_TCP, end - at);
        return parseTcp(bytes, sum, at, end, checksums);
      }
      case IP_PROTOCOL_UDP:
        return parseUdp(bytes, source, destination, at, end, checksums);
      case IP_PROTOCOL_ICMP:
        return parseIcmp(bytes, at, end);
      case IP_PROTOCOL_IGMP:
        return parseIgmp(bytes, at, end);
      case IP_PROTOCOL_VRRP:
        return isCarp(bytes, at, end)
          ? parseCarp(bytes, at, end)
          : parseVrrp(bytes, source, destination, at, end);
      default:
        return rawPayload(bytes.slice(at, end));
    }
  } catch (error) {
    // Another ICMP type is no fault of the packet.
    if (error instanceof WireError && error.code === 'unsupported') return rawPayload(bytes.slice(at, end));
    throw error;
  }
}

/**
 * Reads an IPv4 packet. Bytes beyond its total length are Ethernet padding and are ignored, and so is the reserved
 * flag. A fragment, and a payload without representation, is raw.
 *
 * @param start - index of its first byte
 * @param end - index after the last byte that may be read
 * @param checksums - whether to verify those of TCP and UDP; the header's own always is
 * @throws WireError `truncated`, `unsupported` (another IP version), `malformed` or `checksum`
 */
export function parseIpv4(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  checksums: ChecksumPolicy = 'verify',
): Ipv4Packet {
  const at = Math.max(0, start);
  const available = Math.min(end, bytes.length) - at;
  if (available < IPV4_HEADER_LENGTH) throw new WireError('truncated', 'an IPv4 header has 20 bytes');
  const version = byteAt(bytes, at) >> 4;
  if (version !== 4) throw new WireError('unsupported', `IP version ${version}`);
  const headerLength = (byteAt(bytes, at) & 0x0f) * 4;
  if (headerLength < IPV4_HEADER_LENGTH)
    throw new WireError('malformed', `IPv4 header of ${headerLength} bytes`);
  const totalLength = u16At(bytes, at + 2);
  if (totalLength < headerLength) {
    throw new WireError(
      'malformed',
      `IPv4 total length ${totalLength} is less than the header's ${headerLength}`,
    );
  }
  if (totalLength > available) {
    throw new WireError('truncated', `IPv4 total length ${totalLength}, but ${available} bytes are there`);
  }
  const payloadAt = at + headerLength;
  if (!isIntact(addWords(bytes, at, payloadAt, 0)))
    throw new WireError('checksum', 'IPv4 header checksum is wrong');
  const options =
    headerLength > IPV4_HEADER_LENGTH ? bytes.slice(at + IPV4_HEADER_LENGTH, payloadAt) : NO_BYTES;
  if (options.length > 0 && !areOptionsWellFormed(options)) {
    throw new WireError('malformed', 'IPv4 options are not well formed');
  }
  const flags = u16At(bytes, at + 6);
  const fragment = (flags & (MORE_FRAGMENTS | OFFSET_MASK)) !== 0;
  const protocol = byteAt(bytes, at + 9);
  const source = u32At(bytes, at + 12) as Ipv4Address;
  const destination = u32At(bytes, at + 16) as Ipv4Address;
  const payloadEnd = at + totalLength;
  return header(
    source,
    destination,
    byteAt(bytes, at + 8),
    protocol,
    byteAt(bytes, at + 1),
    u16At(bytes, at + 4),
    (flags & DONT_FRAGMENT) !== 0,
    (flags & MORE_FRAGMENTS) !== 0,
    (flags & OFFSET_MASK) * 8,
    options,
    fragment
      ? rawPayload(bytes.slice(payloadAt, payloadEnd))
      : parsePayload(protocol, bytes, source, destination, payloadAt, payloadEnd, checksums),
  );
}

/** One line for people: `192.168.1.11 > 224.0.0.18 VRRPv2 advert vrid 51 prio 150 192.168.1.100`. */
export function describeIpv4(packet: Ipv4Packet): string {
  return `${formatIpv4(packet.source)} > ${formatIpv4(packet.destination)} ${describePayload(packet)}`;
}

function describePayload(packet: Ipv4Packet): string {
  const payload = packet.payload;
  switch (payload.kind) {
    case 'tcp':
      return describeTcp(payload);
    case 'udp':
      return describeUdp(payload);
    case 'vrrp':
      return describeVrrp(payload);
    case 'carp':
      return describeCarp(payload);
    case 'icmp':
      return describeIcmp(payload);
    case 'igmp':
      return describeIgmp(payload);
    case 'raw': {
      const place = isFragment(packet) ? ` fragment at ${packet.fragmentOffset}` : '';
      return `IP protocol ${packet.protocol}${place} length ${payload.bytes.length}`;
    }
  }
}
