import type { MacAddress } from './address.js';
import { byteAt, macAt, putMac, putU16, requireInteger, u16At } from './bytes.js';
import { WireError } from './wire-error.js';

/** Bytes of an Ethernet header without tags (IEEE 802.3 §3.1.1). */
export const ETHERNET_HEADER_LENGTH = 14;
/** Bytes of one 802.1Q tag. */
export const VLAN_TAG_LENGTH = 4;
/** Bytes that a frame has at least, without the frame check sequence (IEEE 802.3 §3.2.8: 64 with it). */
export const MINIMUM_FRAME_LENGTH = 60;
/** Bytes of payload that an ordinary frame carries at most (IEEE 802.3 §3.2.7). */
export const ETHERNET_MTU = 1500;

/** EtherTypes (IEEE 802 numbers registry). */
export const ETHER_TYPES = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  ipv6: 0x86dd,
  serviceVlan: 0x88a8,
  pause: 0x8808,
  slowProtocols: 0x8809,
  lldp: 0x88cc,
} as const;

const FIRST_ETHER_TYPE = 0x0600; // IEEE 802.3 §3.2.6: from here on a type, up to 1500 a length

/** An 802.1Q tag (IEEE 802.1Q §9.6). */
export interface VlanTag {
  /** 0x8100 for a customer tag, 0x88a8 for a service tag. */
  readonly protocol: 0x8100 | 0x88a8;
  /** Priority code point, 0..7. */
  readonly priority: number;
  readonly dropEligible: boolean;
  /** VID, 0 (priority only) .. 4094; 4095 is reserved. */
  readonly vlan: number;
}

/** Everything in front of the payload. */
export interface EthernetHeader {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  /** The outer tag, or `null` as on most links. */
  readonly tag: VlanTag | null;
  /** Tags inside the outer one, outermost first; none on most links. */
  readonly innerTags: readonly VlanTag[];
  /** From 0x0600 on what the payload is; up to 1500 how long it is (802.3 with LLC). */
  readonly etherType: number;
}

/** No inner tags; shared so that the ordinary case allocates nothing. */
export const NO_TAGS: readonly VlanTag[] = [];

/**
 * Makes an 802.1Q tag.
 *
 * @param vlan - 0..4094
 * @param priority - 0..7, 0 if left out
 * @throws WireError `range`
 */
export function vlanTag(
  vlan: number,
  priority = 0,
  dropEligible = false,
  protocol: 0x8100 | 0x88a8 = ETHER_TYPES.vlan,
): VlanTag {
  requireInteger(vlan, 0, 4094, 'VLAN id');
  requireInteger(priority, 0, 7, 'VLAN priority');
  return { protocol, priority, dropEligible, vlan };
}

/** Whether an EtherType field is a length, so that the payload is an 802.2 LLC frame (a BPDU, say). */
export function isLengthField(etherType: number): boolean {
  return etherType <= ETHERNET_MTU;
}

/** Whether an EtherType announces a tag. */
export function isTagType(etherType: number): boolean {
  return etherType === ETHER_TYPES.vlan || etherType === ETHER_TYPES.serviceVlan;
}

/** Whether a value of the EtherType field has a meaning: 1501..1535 has none (IEEE 802.3 §3.2.6). */
export function isEtherTypeDefined(etherType: number): boolean {
  return etherType >= FIRST_ETHER_TYPE || isLengthField(etherType);
}

/** Bytes of a header with its tags. */
export function ethernetHeaderLength(header: EthernetHeader): number {
  return ETHERNET_HEADER_LENGTH + (header.tag === null ? 0 : VLAN_TAG_LENGTH * (1 + header.innerTags.length));
}

function writeTag(tag: VlanTag, bytes: Uint8Array, at: number): number {
  putU16(bytes, at, tag.protocol);
  putU16(bytes, at + 2, (tag.priority << 13) | (tag.dropEligible ? 0x1000 : 0) | tag.vlan);
  return at + VLAN_TAG_LENGTH;
}

/** Writes a header at an index; the caller has made sure of the room. Returns the index of the payload. */
export function writeEthernetHeader(header: EthernetHeader, bytes: Uint8Array, at: number): number {
  putMac(bytes, at, header.destination);
  putMac(bytes, at + 6, header.source);
  let next = at + 12;
  if (header.tag !== null) {
    next = writeTag(header.tag, bytes, next);
    for (const tag of header.innerTags) next = writeTag(tag, bytes, next);
  }
  putU16(bytes, next, header.etherType);
  return next + 2;
}

/** A header as bytes. */
export function emitEthernetHeader(header: EthernetHeader): Uint8Array {
  const bytes = new Uint8Array(ethernetHeaderLength(header));
  writeEthernetHeader(header, bytes, 0);
  return bytes;
}

/**
 * Reads the header of a frame; the payload begins after {@link ethernetHeaderLength} bytes.
 *
 * @param start - index of its first byte
 * @param end - index after the last byte that may be read; the caller has made sure that it lies within the bytes
 * @throws WireError `truncated` or `malformed`
 */
export function parseEthernetHeader(bytes: Uint8Array, start = 0, end = bytes.length): EthernetHeader {
  if (end - start < ETHERNET_HEADER_LENGTH)
    throw new WireError('truncated', 'an Ethernet header has 14 bytes');
  let tag: VlanTag | null = null;
  let innerTags: VlanTag[] | undefined;
  let at = start + 12;
  let etherType = u16At(bytes, at);
  while (isTagType(etherType)) {
    if (at + VLAN_TAG_LENGTH + 2 > end) throw new WireError('truncated', 'an 802.1Q tag is cut off');
    const parsed = parseTag(etherType, byteAt(bytes, at + 2), byteAt(bytes, at + 3));
    if (tag === null) tag = parsed;
    else if (innerTags === undefined) innerTags = [parsed];
    else innerTags.push(parsed);
    at += VLAN_TAG_LENGTH;
    etherType = u16At(bytes, at);
  }
  if (!isEtherTypeDefined(etherType)) {
    throw new WireError('malformed', `EtherType ${etherType} is neither a length nor a type`);
  }
  return {
    destination: macAt(bytes, start),
    source: macAt(bytes, start + 6),
    tag,
    innerTags: innerTags ?? NO_TAGS,
    etherType,
  };
}

function parseTag(protocol: number, high: number, low: number): VlanTag {
  const vlan = ((high & 0x0f) << 8) | low;
  if (vlan === 4095) throw new WireError('malformed', 'VLAN id 4095 is reserved');
  return {
    protocol: protocol === ETHER_TYPES.vlan ? ETHER_TYPES.vlan : ETHER_TYPES.serviceVlan,
    priority: high >> 5,
    dropEligible: (high & 0x10) !== 0,
    vlan,
  };
}
