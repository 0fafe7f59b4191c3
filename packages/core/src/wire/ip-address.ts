import {
  formatCidr,
  formatIpv4,
  type Ipv4Address,
  type Ipv4Cidr,
  type MacAddress,
  tryParseCidr,
  tryParseIpv4,
} from './address.js';
import { u16At } from './bytes.js';
import { addWords, pseudoHeaderSum } from './checksum.js';
import { WireError } from './wire-error.js';

/** An IPv6 address as its canonical text (RFC 5952), so that equal addresses are equal strings. */
export type Ipv6Address = string & { readonly ipv6: unique symbol };

/** An address of either family: a number is IPv4, a text is IPv6. */
export type IpAddress = Ipv4Address | Ipv6Address;

/** An IPv6 address with the length of its prefix; the host bits are kept (`2001:db8::11/64`). */
export interface Ipv6Cidr {
  readonly address: Ipv6Address;
  /** Leading bits that name the network, 0..128. */
  readonly prefixLength: number;
}

/** An address of either family with the length of its prefix. */
export type IpCidr = Ipv4Cidr | Ipv6Cidr;

/** Bytes of an IPv6 address (RFC 8200 §3). */
export const IPV6_ADDRESS_LENGTH = 16;
/** `::`, "no address": the source of duplicate address detection (RFC 4291 §2.5.2). */
export const UNSPECIFIED_IPV6 = '::' as Ipv6Address;
/** `::1` (RFC 4291 §2.5.3). */
export const LOOPBACK_IPV6 = '::1' as Ipv6Address;
/** `ff02::1`, all nodes on the link (RFC 4291 §2.7.1). */
export const ALL_NODES_GROUP_IPV6 = 'ff02::1' as Ipv6Address;
/** `ff02::2`, all routers on the link (RFC 4291 §2.7.1). */
export const ALL_ROUTERS_GROUP_IPV6 = 'ff02::2' as Ipv6Address;
/** `ff02::12`, VRRP (RFC 5798 §5.1.2.2). */
export const VRRP_GROUP_IPV6 = 'ff02::12' as Ipv6Address;
/** `ff02::16`, MLDv2 reports (RFC 3810 §5.2.14). */
export const MLDV2_ROUTERS_GROUP = 'ff02::16' as Ipv6Address;

const MULTICAST_MAC_PREFIX = 0x3333_0000_0000; // RFC 2464 §7
const VIRTUAL_ROUTER_MAC_PREFIX = 0x0000_5e00_0200; // RFC 5798 §7.3
const GROUPS = 8;
/** So many addresses are remembered in bytes; then the memory begins anew. */
const MOST_REMEMBERED = 4096;

/** What is worked out of the text of an address once: its bytes and their sum as 16-bit words. */
interface AddressBytes {
  readonly bytes: Uint8Array;
  readonly sum: number;
}

/** Forgets everything when it is full: a memory of what follows from the text, not state. */
const remembered = new Map<Ipv6Address, AddressBytes>();

/** Whether an address is of version 6. */
export function isIpv6(address: IpAddress): address is Ipv6Address {
  return typeof address === 'string';
}

// ---- text

/** The 16-bit groups of one side of `::`, or null; an IPv4 address at the very end counts as two (RFC 4291 §2.2). */
function groupsOf(text: string, isLast: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (isLast && index === parts.length - 1 && part.includes('.')) {
      const ipv4 = tryParseIpv4(part);
      if (ipv4 === undefined) return null;
      groups.push(ipv4 >>> 16, ipv4 & 0xffff);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}

/**
 * Reads an IPv6 address as inet_pton does: `::`, any case, leading zeros, an IPv4 address at the end; no zone, no
 * brackets.
 *
 * @returns the address in canonical form, or `undefined` if the text is none
 */
export function tryParseIpv6(text: string): Ipv6Address | undefined {
  if (text.length > 45 || !text.includes(':')) return undefined;
  const gap = text.indexOf('::');
  if (gap < 0) {
    const groups = groupsOf(text, true);
    return groups?.length === GROUPS ? formatGroups(groups) : undefined;
  }
  const before = groupsOf(text.slice(0, gap), false);
  const after = groupsOf(text.slice(gap + 2), true);
  // "::" stands for one group of zeros at least.
  if (before === null || after === null || before.length + after.length >= GROUPS) return undefined;
  const zeros = new Array<number>(GROUPS - before.length - after.length).fill(0);
  return formatGroups([...before, ...zeros, ...after]);
}

/** The canonical text (RFC 5952 §4): the first of the longest runs of two or more zero groups becomes `::`. */
function formatGroups(groups: readonly number[]): Ipv6Address {
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    // IPv4-mapped addresses are written with their IPv4 address (RFC 5952 §5).
    const ipv4 = (((groups[6] as number) << 16) | (groups[7] as number)) >>> 0;
    return `::ffff:${formatIpv4(ipv4 as Ipv4Address)}` as Ipv6Address;
  }
  let start = -1;
  let longest = 1;
  for (let at = 0; at < GROUPS; at++) {
    let end = at;
    while (end < GROUPS && groups[end] === 0) end++;
    if (end - at > longest) {
      longest = end - at;
      start = at;
    }
    at = end;
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (start < 0) return text(groups) as Ipv6Address;
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + longest))}` as Ipv6Address;
}

/**
 * An IPv6 address from text (`'2001:db8::100'`), in canonical form.
 *
 * @throws WireError with code `range` if it is not one
 * @example
 * ```ts
 * const address = ipv6Address('2001:DB8:0:0::100'); // 2001:db8::100
 * ```
 */
export function ipv6Address(text: string): Ipv6Address {
  const address = tryParseIpv6(text);
  if (address === undefined) {
    throw new WireError(
      'range',
      `"${text}" is not an IPv6 address: expected something like 2001:db8::100 or fe80::1`,
    );
  }
  return address;
}

/** Reads an address of either family; `undefined` if the text is none. */
export function tryParseIp(text: string): IpAddress | undefined {
  return tryParseIpv4(text) ?? tryParseIpv6(text);
}

/** An address of either family from text. @throws WireError with code `range` if it is not one */
export function parseIp(text: string): IpAddress {
  const address = tryParseIp(text);
  if (address === undefined) {
    throw new WireError(
      'range',
      `"${text}" is not an IP address: expected something like 192.168.1.1 or 2001:db8::1`,
    );
  }
  return address;
}

/** Prints an address of either family: `192.168.1.100`, `2001:db8::100`. */
export function formatIp(address: IpAddress): string {
  return typeof address === 'string' ? address : formatIpv4(address);
}

/** An address with a port: `192.168.1.100:5432`, `[2001:db8::100]:5432` (RFC 5952 §6). */
export function formatIpPort(address: IpAddress, port: number): string {
  return typeof address === 'string' ? `[${address}]:${port}` : `${formatIpv4(address)}:${port}`;
}

// ---- bytes

function bytesAndSum(address: Ipv6Address): AddressBytes {
  const known = remembered.get(address);
  if (known !== undefined) return known;
  const gap = address.indexOf('::');
  const before = groupsOf(gap < 0 ? address : address.slice(0, gap), gap < 0) ?? [];
  const after = gap < 0 ? [] : (groupsOf(address.slice(gap + 2), true) ?? []);
  const bytes = new Uint8Array(IPV6_ADDRESS_LENGTH);
  for (const [index, group] of before.entries()) {
    bytes[index * 2] = group >>> 8;
    bytes[index * 2 + 1] = group;
  }
  for (const [index, group] of after.entries()) {
    const at = (GROUPS - after.length + index) * 2;
    bytes[at] = group >>> 8;
    bytes[at + 1] = group;
  }
  const made: AddressBytes = { bytes, sum: addWords(bytes, 0, bytes.length, 0) };
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(address, made);
  return made;
}

/** The sixteen bytes of an address. Shared: never write into them. */
export function ipv6Bytes(address: Ipv6Address): Uint8Array {
  return bytesAndSum(address).bytes;
}

/** The address whose sixteen bytes begin at an index. @throws WireError `truncated` if they are not all there */
export function ipv6FromBytes(bytes: Uint8Array, at = 0): Ipv6Address {
  if (at < 0 || at + IPV6_ADDRESS_LENGTH > bytes.length) {
    throw new WireError('truncated', 'an IPv6 address has 16 bytes');
  }
  const groups: number[] = [];
  for (let index = at; index < at + IPV6_ADDRESS_LENGTH; index += 2) groups.push(u16At(bytes, index));
  return formatGroups(groups);
}

/** Writes the bytes of an address at an index that the caller has checked. Returns the index after. */
export function putIpv6(bytes: Uint8Array, at: number, address: Ipv6Address): number {
  bytes.set(bytesAndSum(address).bytes, at);
  return at + IPV6_ADDRESS_LENGTH;
}

/**
 * The running sum of the IPv6 pseudo header: source, destination, length and next header (RFC 8200 §8.1).
 *
 * @param length - bytes of the message that the pseudo header stands before
 */
export function pseudoHeaderSumIpv6(
  source: Ipv6Address,
  destination: Ipv6Address,
  nextHeader: number,
  length: number,
): number {
  return bytesAndSum(source).sum + bytesAndSum(destination).sum + nextHeader + length;
}

/**
 * The running sum of the pseudo header of either family; both addresses are of the same.
 *
 * @param length - bytes of the message that the pseudo header stands before
 */
export function pseudoHeaderSumOf(
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
  length: number,
): number {
  return typeof source === 'string'
    ? pseudoHeaderSumIpv6(source, destination as Ipv6Address, protocol, length)
    : pseudoHeaderSum(source, destination as Ipv4Address, protocol, length);
}

/**
 * The order of two addresses by value, as VRRP compares senders: negative, 0 or positive. An IPv4 address is below
 * every IPv6 address.
 */
export function compareIp(a: IpAddress, b: IpAddress): number {
  if (a === b) return 0;
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  if (typeof b === 'number') return 1;
  const first = ipv6Bytes(a);
  const second = ipv6Bytes(b);
  for (let index = 0; index < IPV6_ADDRESS_LENGTH; index++) {
    const difference = (first[index] as number) - (second[index] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

// ---- prefixes

/**
 * Reads `address/prefixLength` of IPv6; without a slash the prefix is 128 bits.
 *
 * @returns `undefined` if the text is not an address with a prefix
 */
export function tryParseCidrIpv6(text: string): Ipv6Cidr | undefined {
  const slash = text.indexOf('/');
  const address = tryParseIpv6(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash === -1) return { address, prefixLength: 128 };
  const length = text.slice(slash + 1);
  if (!/^(?:\d|[1-9]\d|1[01]\d|12[0-8])$/.test(length)) return undefined;
  return { address, prefixLength: Number(length) };
}

/** An IPv6 address with its prefix from text (`'2001:db8::11/64'`). @throws WireError with code `range` */
export function ipv6Cidr(text: string): Ipv6Cidr {
  const cidr = tryParseCidrIpv6(text);
  if (cidr === undefined) {
    throw new WireError(
      'range',
      `"${text}" is not an IPv6 address with a prefix: expected something like 2001:db8::11/64`,
    );
  }
  return cidr;
}

/** Reads an address of either family with its prefix; `undefined` if the text is none. */
export function tryParseIpCidr(text: string): IpCidr | undefined {
  return tryParseCidr(text) ?? tryParseCidrIpv6(text);
}

/** Whether an address with a prefix is of version 6. */
export function isIpv6Cidr(cidr: IpCidr): cidr is Ipv6Cidr {
  return typeof cidr.address === 'string';
}

/** Prints `address/prefixLength` of either family: `192.168.1.11/24`, `2001:db8::11/64`. */
export function formatIpCidr(cidr: IpCidr): string {
  return isIpv6Cidr(cidr) ? `${cidr.address}/${cidr.prefixLength}` : formatCidr(cidr);
}

/** Whether the first bits of two addresses are the same. */
export function sharePrefix(a: Ipv6Address, b: Ipv6Address, prefixLength: number): boolean {
  const first = ipv6Bytes(a);
  const second = ipv6Bytes(b);
  const whole = prefixLength >> 3;
  for (let index = 0; index < whole; index++) if (first[index] !== second[index]) return false;
  const rest = prefixLength & 7;
  if (rest === 0) return true;
  return (((first[whole] as number) ^ (second[whole] as number)) & (0xff << (8 - rest)) & 0xff) === 0;
}

/** Whether an address lies in a subnet. */
export function inSubnetIpv6(address: Ipv6Address, subnet: Ipv6Cidr): boolean {
  return sharePrefix(address, subnet.address, subnet.prefixLength);
}

/** The network's own address: the host bits cleared. 2001:db8::11/64 gives 2001:db8::. */
export function networkIpv6(cidr: Ipv6Cidr): Ipv6Address {
  const bytes = ipv6Bytes(cidr.address).slice();
  const whole = cidr.prefixLength >> 3;
  const rest = cidr.prefixLength & 7;
  if (whole < bytes.length) {
    bytes[whole] = (bytes[whole] as number) & (0xff << (8 - rest));
    bytes.fill(0, whole + 1);
  }
  return ipv6FromBytes(bytes);
}

// ---- kinds of addresses

/** Whether an address is in ff00::/8 (RFC 4291 §2.7). */
export function isMulticastIpv6(address: Ipv6Address): boolean {
  return ipv6Bytes(address)[0] === 0xff;
}

/** Whether an address is in fe80::/10 (RFC 4291 §2.5.6). */
export function isLinkLocalIpv6(address: Ipv6Address): boolean {
  const bytes = ipv6Bytes(address);
  return bytes[0] === 0xfe && ((bytes[1] as number) & 0xc0) === 0x80;
}

/** Whether a group is of this host or this link only: ffx1 and ffx2, which no router forwards (RFC 4291 §2.7). */
export function isLinkLocalMulticastIpv6(address: Ipv6Address): boolean {
  const bytes = ipv6Bytes(address);
  const scope = (bytes[1] as number) & 0x0f;
  return bytes[0] === 0xff && (scope === 1 || scope === 2);
}

/** The group in which an address is asked for: ff02::1:ff and its last 24 bits (RFC 4291 §2.7.1). */
export function solicitedNodeGroup(address: Ipv6Address): Ipv6Address {
  const bytes = ipv6Bytes(address);
  const low = ((bytes[14] as number) << 8) | (bytes[15] as number);
  return formatGroups([0xff02, 0, 0, 0, 0, 1, 0xff00 | (bytes[13] as number), low]);
}

/**
 * The link-local address that an interface makes of its MAC: fe80::/64 and the modified EUI-64 (RFC 4291 appendix A;
 * Linux `addrconf_ifid_eui48`). 02:00:c0:a8:01:0b gives fe80::c0ff:fea8:10b.
 */
export function linkLocalOf(mac: MacAddress): Ipv6Address {
  const high = Math.floor(mac / 0x100_0000) & 0xff_ffff;
  const low = mac % 0x100_0000;
  return formatGroups([
    0xfe80,
    0,
    0,
    0,
    (high >>> 8) ^ 0x0200,
    ((high & 0xff) << 8) | 0xff,
    0xfe00 | (low >>> 16),
    low & 0xffff,
  ]);
}

/** The MAC address to which an IPv6 group is sent: 33:33 and its last 32 bits (RFC 2464 §7). */
export function multicastMacIpv6(group: Ipv6Address): MacAddress {
  const bytes = ipv6Bytes(group);
  const low = u16At(bytes, 12) * 0x1_0000 + u16At(bytes, 14);
  return (MULTICAST_MAC_PREFIX + low) as MacAddress;
}

/**
 * The virtual MAC of a VRRP router over IPv6, 00:00:5e:00:02:VRID (RFC 5798 §7.3).
 *
 * @param vrid - 1..255
 * @throws WireError with code `range`
 */
export function virtualRouterMacIpv6(vrid: number): MacAddress {
  if (!Number.isInteger(vrid) || vrid < 1 || vrid > 255) {
    throw new WireError('range', `virtual router id ${vrid} is out of range 1..255`);
  }
  return (VIRTUAL_ROUTER_MAC_PREFIX + vrid) as MacAddress;
}
