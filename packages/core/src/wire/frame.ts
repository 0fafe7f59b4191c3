import { formatMac, type MacAddress } from './address.js';
import { ARP_LENGTH, type ArpPacket, describeArp, parseArp, writeArp } from './arp.js';
import { type Bpdu, BRIDGE_GROUP_MAC, bpduLength, describeBpdu, tryParseBpdu, writeBpdu } from './bpdu.js';
import { byteAt, requireInteger } from './bytes.js';
import {
  ETHER_TYPES,
  ETHERNET_HEADER_LENGTH,
  ETHERNET_MTU,
  ethernetHeaderLength,
  isEtherTypeDefined,
  isLengthField,
  isTagType,
  MINIMUM_FRAME_LENGTH,
  NO_TAGS,
  parseEthernetHeader,
  VLAN_TAG_LENGTH,
  type VlanTag,
  writeEthernetHeader,
} from './ethernet.js';
import { describeIpv4, type Ipv4Packet, ipv4Length, parseIpv4, writeIpv4 } from './ipv4.js';
import { describeIpv6, type Ipv6Packet, ipv6Length, parseIpv6, writeIpv6 } from './ipv6.js';
import { type RawPayload, rawPayload } from './payload.js';
import type { ChecksumPolicy } from './udp.js';
import { WireError } from './wire-error.js';

/** What an Ethernet frame carries. */
export type EthernetPayload = ArpPacket | Ipv4Packet | Ipv6Packet | Bpdu | RawPayload;

/**
 * What travels: an Ethernet II frame, or an 802.3 frame with LLC. Frames are shared by everybody who has seen them:
 * never change one, make another.
 */
export interface EthernetFrame {
  readonly kind: 'ethernet';
  readonly destination: MacAddress;
  readonly source: MacAddress;
  /** The (outer) 802.1Q tag, or `null`. */
  readonly tag: VlanTag | null;
  /** Tags inside the outer one, outermost first; none on most links. */
  readonly innerTags: readonly VlanTag[];
  /** Belongs to the payload: 0x0800, 0x86dd and 0x0806 unless that is raw. */
  readonly etherType: number;
  readonly payload: EthernetPayload;
}

/**
 * How short frames are emitted: `wire` pads to 60 bytes with zeros, as they are on a cable; `host` does not, as a
 * Linux machine captures its own ARP and VRRP frames.
 */
export type Padding = 'wire' | 'host';

/** How to emit a frame. */
export interface EmitOptions {
  /** `wire` if left out. */
  readonly padding?: Padding;
}

/** How to read a frame. */
export interface ParseOptions {
  /** `verify` if left out; `trust` for recordings of a Linux host, whose UDP checksums the card would have made. */
  readonly checksums?: ChecksumPolicy;
}

function frameOf(
  destination: MacAddress,
  source: MacAddress,
  tag: VlanTag | null,
  innerTags: readonly VlanTag[],
  etherType: number,
  payload: EthernetPayload,
): EthernetFrame {
  return { kind: 'ethernet', destination, source, tag, innerTags, etherType, payload };
}

function etherTypeOf(payload: ArpPacket | Ipv4Packet | Ipv6Packet): number {
  if (payload.kind === 'ipv4') return ETHER_TYPES.ipv4;
  return payload.kind === 'arp' ? ETHER_TYPES.arp : ETHER_TYPES.ipv6;
}

/** A frame that carries ARP, IPv4 or IPv6. */
export function ethernetFrame(
  destination: MacAddress,
  source: MacAddress,
  payload: ArpPacket | Ipv4Packet | Ipv6Packet,
  tag: VlanTag | null = null,
): EthernetFrame {
  return frameOf(destination, source, tag, NO_TAGS, etherTypeOf(payload), payload);
}

/**
 * A frame of another protocol.
 *
 * @param etherType - from 0x0600 on, but not that of IPv4, IPv6, ARP or a tag, which have a representation
 * @throws WireError `range`
 */
export function rawFrame(
  destination: MacAddress,
  source: MacAddress,
  etherType: number,
  bytes: Uint8Array,
  tag: VlanTag | null = null,
): EthernetFrame {
  requireInteger(etherType, 0, 0xffff, 'EtherType');
  if (
    isLengthField(etherType) ||
    !isEtherTypeDefined(etherType) ||
    isTagType(etherType) ||
    etherType === ETHER_TYPES.ipv4 ||
    etherType === ETHER_TYPES.ipv6
  ) {
    throw new WireError('range', `EtherType 0x${etherType.toString(16)} cannot announce raw bytes`);
  }
  if (etherType === ETHER_TYPES.arp && !isForeignArp(bytes)) {
    throw new WireError('range', 'ARP has a representation of its own: parse its bytes');
  }
  return frameOf(destination, source, tag, NO_TAGS, etherType, rawPayload(bytes));
}

function isForeignArp(bytes: Uint8Array): boolean {
  try {
    parseArp(bytes);
    return false;
  } catch (error) {
    if (error instanceof WireError) return error.code === 'unsupported';
    throw error;
  }
}

/**
 * An 802.3 frame, whose type field says how long its LLC payload is.
 *
 * @param bytes - LLC header and data, up to 1500 bytes, but no BPDU: that has a representation
 * @throws WireError `range`
 */
export function llcFrame(
  destination: MacAddress,
  source: MacAddress,
  bytes: Uint8Array,
  tag: VlanTag | null = null,
): EthernetFrame {
  requireInteger(bytes.length, 0, ETHERNET_MTU, '802.3 payload length');
  if (tryParseBpdu(bytes, 0, bytes.length) !== undefined)
    throw new WireError('range', 'a BPDU has a representation of its own: use bpduFrame');
  return frameOf(destination, source, tag, NO_TAGS, bytes.length, rawPayload(bytes));
}

/** An 802.3 frame that carries a BPDU, to all bridges unless another destination is given. */
export function bpduFrame(
  source: MacAddress,
  bpdu: Bpdu,
  destination: MacAddress = BRIDGE_GROUP_MAC,
  tag: VlanTag | null = null,
): EthernetFrame {
  return frameOf(destination, source, tag, NO_TAGS, bpduLength(bpdu), bpdu);
}

/** The same frame with another outer tag, or with none: what a switch port makes of it. */
export function withTag(frame: EthernetFrame, tag: VlanTag | null): EthernetFrame {
  if (tag === null && frame.innerTags.length > 0) {
    throw new WireError('range', 'a frame with inner tags keeps its outer tag: use withPoppedTag');
  }
  return frameOf(frame.destination, frame.source, tag, frame.innerTags, frame.etherType, frame.payload);
}

/** The same frame with one more tag outside. */
export function withPushedTag(frame: EthernetFrame, tag: VlanTag): EthernetFrame {
  const innerTags = frame.tag === null ? NO_TAGS : [frame.tag, ...frame.innerTags];
  return frameOf(frame.destination, frame.source, tag, innerTags, frame.etherType, frame.payload);
}

/** The same frame without its outer tag. */
export function withPoppedTag(frame: EthernetFrame): EthernetFrame {
  const [tag = null, ...innerTags] = frame.innerTags;
  return frameOf(
    frame.destination,
    frame.source,
    tag,
    innerTags.length === 0 ? NO_TAGS : innerTags,
    frame.etherType,
    frame.payload,
  );
}

/** Bytes of a frame without padding and without frame check sequence. */
export function frameLength(frame: EthernetFrame): number {
  const payload = frame.payload;
  const header =
    frame.tag === null
      ? ETHERNET_HEADER_LENGTH
      : ETHERNET_HEADER_LENGTH + VLAN_TAG_LENGTH * (1 + frame.innerTags.length);
  switch (payload.kind) {
    case 'ipv4':
      return header + ipv4Length(payload);
    case 'arp':
      return header + ARP_LENGTH;
    case 'ipv6':
      return header + ipv6Length(payload);
    case 'bpdu':
      return header + bpduLength(payload);
    case 'raw':
      return header + payload.bytes.length;
  }
}

/** Bytes of a frame on the cable, padded to 60, without frame check sequence. */
export function paddedFrameLength(frame: EthernetFrame): number {
  const length = frameLength(frame);
  return Math.max(length, MINIMUM_FRAME_LENGTH);
}

function writeFrame(frame: EthernetFrame, bytes: Uint8Array, at: number): number {
  const payload = frame.payload;
  const next = writeEthernetHeader(frame, bytes, at);
  switch (payload.kind) {
    case 'ipv4':
      return writeIpv4(payload, bytes, next);
    case 'arp':
      return writeArp(payload, bytes, next);
    case 'ipv6':
      return writeIpv6(payload, bytes, next);
    case 'bpdu':
      return writeBpdu(payload, bytes, next);
    case 'raw':
      bytes.set(payload.bytes, next);
      return next + payload.bytes.length;
  }
}

/**
 * A frame as bytes, in an array of its own. Most of its time goes into making the array: where many frames are
 * emitted, {@link emitFrameInto} is several times faster.
 *
 * @example
 * ```ts
 * const bytes = emitFrame(ethernetFrame(BROADCAST_MAC, mac, gratuitousArpRequest(mac, vip)), { padding: 'host' });
 * ```
 */
export function emitFrame(frame: EthernetFrame, options?: EmitOptions): Uint8Array {
  const length = options?.padding === 'host' ? frameLength(frame) : paddedFrameLength(frame);
  // A new array is all zeros, so the padding is there.
  const bytes = new Uint8Array(length);
  writeFrame(frame, bytes, 0);
  return bytes;
}

/**
 * Writes a frame into a buffer that the caller keeps, and clears its padding.
 *
 * @param offset - index of the first byte
 * @returns the number of bytes that were written
 * @throws WireError `overflow` if the frame does not fit; nothing has been written then
 */
export function emitFrameInto(
  frame: EthernetFrame,
  buffer: Uint8Array,
  offset: number,
  padding: Padding = 'wire',
): number {
  const length = padding === 'host' ? frameLength(frame) : paddedFrameLength(frame);
  if (!Number.isInteger(offset) || offset < 0 || offset + length > buffer.length) {
    throw new WireError('overflow', `no room for ${length} bytes at ${offset} of ${buffer.length}`);
  }
  const end = writeFrame(frame, buffer, offset);
  if (end < offset + length) buffer.fill(0, end, offset + length);
  return length;
}

/**
 * Reads a frame, without frame check sequence. Padding after ARP, IPv4, IPv6 and LLC is recognised and dropped; with another
 * EtherType nobody can tell, so all bytes are kept.
 *
 * @throws WireError if the frame or what it carries is not well formed
 */
export function parseFrame(bytes: Uint8Array, options?: ParseOptions): EthernetFrame {
  return parseBetween(bytes, 0, bytes.length, options?.checksums);
}

/**
 * Reads a frame out of a buffer that holds more, like {@link parseFrame}: the counterpart of {@link emitFrameInto}.
 * What is read has arrays of its own.
 *
 * @param offset - index of the frame's first byte
 * @param length - how many bytes it has, padding included
 * @throws WireError if the frame or what it carries is not well formed, or does not lie within the buffer
 */
export function parseFrameFrom(buffer: Uint8Array, offset: number, length: number): EthernetFrame {
  if (!Number.isInteger(offset) || !(offset >= 0 && length >= 0 && offset + length <= buffer.length)) {
    throw new WireError('truncated', `no ${length} bytes at ${offset} of ${buffer.length}`);
  }
  return parseBetween(buffer, offset, offset + length, 'verify');
}

function parseBetween(
  bytes: Uint8Array,
  start: number,
  end: number,
  checksums: ChecksumPolicy | undefined,
): EthernetFrame {
  const header = parseEthernetHeader(bytes, start, end);
  const { destination, source, tag, innerTags, etherType } = header;
  const payload = parsePayload(etherType, bytes, start + ethernetHeaderLength(header), end, checksums);
  return frameOf(destination, source, tag, innerTags, etherType, payload);
}

function parsePayload(
  etherType: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  checksums: ChecksumPolicy | undefined,
): EthernetPayload {
  if (etherType === ETHER_TYPES.ipv4) {
    return parseIpv4(bytes, at, end, checksums);
  }
  if (etherType === ETHER_TYPES.arp) {
    try {
      return parseArp(bytes, at, end);
    } catch (error) {
      // ARP for another hardware or protocol is no fault of the frame.
      if (error instanceof WireError && error.code === 'unsupported') return rawPayload(bytes.slice(at, end));
      throw error;
    }
  }
  if (etherType === ETHER_TYPES.ipv6) return parseIpv6(bytes, at, end, checksums);
  if (!isLengthField(etherType)) return rawPayload(bytes.slice(at, end));
  if (etherType > end - at) {
    throw new WireError('truncated', `802.3 length ${etherType}, but ${end - at} bytes are there`);
  }
  return tryParseBpdu(bytes, at, at + etherType) ?? rawPayload(bytes.slice(at, at + etherType));
}

/** A name for a MAC address, such as the node that has it; `undefined` if it has none. */
export type MacNames = (mac: MacAddress) => string | undefined;

/**
 * One line for people: `VRRPv2 advert vrid 51 prio 150`, `ARP who-has 10.0.0.1 tell 10.0.0.2`,
 * `gratuitous ARP 192.168.1.100 is-at 02:00:00:00:01:01`.
 *
 * @param names - names for MAC addresses; if given, the line begins with `n1 > n2: `
 */
export function describeFrame(frame: EthernetFrame, names?: MacNames): string {
  const tag = frame.tag === null ? '' : `vlan ${frame.tag.vlan} `;
  const text = `${tag}${describePayload(frame)}`;
  if (names === undefined) return text;
  const name = (mac: MacAddress): string => names(mac) ?? formatMac(mac);
  return `${name(frame.source)} > ${name(frame.destination)}: ${text}`;
}

function describePayload(frame: EthernetFrame): string {
  const payload = frame.payload;
  switch (payload.kind) {
    case 'ipv4':
      return describeIpv4(payload);
    case 'arp':
      return describeArp(payload);
    case 'ipv6':
      return describeIpv6(payload);
    case 'bpdu':
      return describeBpdu(payload);
    case 'raw':
      return isLengthField(frame.etherType)
        ? describeLlc(payload.bytes)
        : `EtherType 0x${frame.etherType.toString(16).padStart(4, '0')} length ${payload.bytes.length}`;
  }
}

function describeLlc(bytes: Uint8Array): string {
  const isSpanningTree = bytes.length >= 3 && byteAt(bytes, 0) === 0x42 && byteAt(bytes, 1) === 0x42;
  return isSpanningTree ? `BPDU length ${bytes.length}` : `LLC length ${bytes.length}`;
}
