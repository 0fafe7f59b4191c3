import { WireError } from './wire-error.js';

declare const macBrand: unique symbol;
declare const ipv4Brand: unique symbol;

/**
 * An Ethernet address: a number of 48 bits, the first byte on the wire highest. Compare with `===`, use as a map key.
 * Made by {@link macAddress}; printed by {@link formatMac}.
 */
export type MacAddress = number & { readonly [macBrand]: 'MacAddress' };

/**
 * An IPv4 address: an unsigned 32-bit number, the first byte on the wire highest, so that `<` is the order in which
 * VRRP compares senders. Made by {@link ipv4Address}; printed by {@link formatIpv4}.
 */
export type Ipv4Address = number & { readonly [ipv4Brand]: 'Ipv4Address' };

/** An IPv4 address with the length of its prefix; the host bits are kept (`192.168.1.11/24`). */
export interface Ipv4Cidr {
  readonly address: Ipv4Address;
  /** Leading bits that name the network, 0..32. */
  readonly prefixLength: number;
}

const MAX_MAC = 0xffff_ffff_ffff;
const MAX_IPV4 = 0xffff_ffff;

/** ff:ff:ff:ff:ff:ff, every station (IEEE 802). */
export const BROADCAST_MAC = MAX_MAC as MacAddress;
/** 00:00:00:00:00:00, "not known" in ARP; never a source. */
export const ZERO_MAC = 0 as MacAddress;
/** 0.0.0.0, "this host" (RFC 1122 §3.2.1.3). */
export const UNSPECIFIED_IPV4 = 0 as Ipv4Address;
/** 255.255.255.255, limited broadcast (RFC 919). */
export const LIMITED_BROADCAST_IPV4 = MAX_IPV4 as Ipv4Address;
/** 224.0.0.1, all systems on this subnet (RFC 1112 §4). */
export const ALL_SYSTEMS_GROUP = 0xe000_0001 as Ipv4Address;
/** 224.0.0.2, all routers on this subnet; IGMPv2 leaves go here (RFC 2236 §3). */
export const ALL_ROUTERS_GROUP = 0xe000_0002 as Ipv4Address;
/** 224.0.0.18, VRRP and CARP (RFC 5798 §5.1.1.2). */
export const VRRP_GROUP = 0xe000_0012 as Ipv4Address;
/** 224.0.0.22, IGMPv3 reports (RFC 3376 §4.2.14). */
export const IGMPV3_ROUTERS_GROUP = 0xe000_0016 as Ipv4Address;

const MULTICAST_MAC_PREFIX = 0x0100_5e00_0000; // RFC 1112 §6.4
const VIRTUAL_ROUTER_MAC_PREFIX = 0x0000_5e00_0100; // RFC 5798 §7.3

/**
 * Reads a MAC address as people write it: six groups of two hexadecimal digits joined by `:` or by `-`, or three
 * groups of four joined by `.` (the switch vendors' way).
 *
 * @returns `undefined` if the text is not a MAC address
 */
export function tryParseMac(text: string): MacAddress | undefined {
  if (
    !/^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/i.test(text) &&
    !/^[0-9a-f]{2}(?:-[0-9a-f]{2}){5}$/i.test(text) &&
    !/^[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}$/i.test(text)
  ) {
    return undefined;
  }
  const unit = text.includes('.') ? 0x1_0000 : 0x100;
  return text.split(/[:.-]/).reduce((sum, group) => sum * unit + Number.parseInt(group, 16), 0) as MacAddress;
}

/**
 * A MAC address from text (`'02:00:00:00:00:01'`) or from a 48-bit number.
 *
 * @throws WireError with code `range` if it is not one
 * @example
 * ```ts
 * const mac = macAddress('02:00:00:00:00:01');
 * ```
 */
export function macAddress(value: string | number): MacAddress {
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0 || value > MAX_MAC) {
      throw new WireError('range', `${value} is not a MAC address: expected an integer of 48 bits`);
    }
    return value as MacAddress;
  }
  const mac = tryParseMac(value);
  if (mac === undefined) {
    throw new WireError(
      'range',
      `"${value}" is not a MAC address: expected six hexadecimal bytes like 02:00:00:00:00:01`,
    );
  }
  return mac;
}

/** Prints a MAC address in lower case with colons: `02:00:00:00:00:01`. */
export function formatMac(mac: MacAddress): string {
  const digits = mac.toString(16).padStart(12, '0');
  return `${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}:${digits.slice(6, 8)}:${digits.slice(8, 10)}:${digits.slice(10)}`;
}

/** Whether the group bit is set: multicast or broadcast (IEEE 802 §8.2; the lowest bit of the first byte). */
export function isGroupMac(mac: MacAddress): boolean {
  return (Math.floor(mac / 0x100_0000_0000) & 1) === 1;
}

/**
 * The MAC address to which an IPv4 group is sent: 01:00:5e and the low 23 bits, so 32 groups share one (RFC 1112 §6.4).
 */
export function multicastMac(group: Ipv4Address): MacAddress {
  return (MULTICAST_MAC_PREFIX + (group & 0x7f_ffff)) as MacAddress;
}

/**
 * The virtual MAC of a VRRP router over IPv4, 00:00:5e:00:01:VRID (RFC 5798 §7.3); CARP uses the same with its vhid.
 *
 * @param vrid - 1..255
 * @throws WireError with code `range`
 */
export function virtualRouterMac(vrid: number): MacAddress {
  if (!Number.isInteger(vrid) || vrid < 1 || vrid > 255) {
    throw new WireError('range', `virtual router id ${vrid} is out of range 1..255`);
  }
  return (VIRTUAL_ROUTER_MAC_PREFIX + vrid) as MacAddress;
}

/**
 * Reads an IPv4 address in dotted quad form, as inet_pton does: four decimal numbers, no leading zeros.
 *
 * @returns `undefined` if the text is not an IPv4 address
 */
export function tryParseIpv4(text: string): Ipv4Address | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined;
  let sum = 0;
  for (const part of text.split('.')) {
    const byte = Number(part);
    if (byte > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    sum = sum * 256 + byte;
  }
  return sum as Ipv4Address;
}

/**
 * An IPv4 address from text (`'192.168.1.100'`) or from an unsigned 32-bit number.
 *
 * @throws WireError with code `range` if it is not one
 */
export function ipv4Address(value: string | number): Ipv4Address {
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0 || value > MAX_IPV4) {
      throw new WireError(
        'range',
        `${value} is not an IPv4 address: expected an unsigned integer of 32 bits`,
      );
    }
    return value as Ipv4Address;
  }
  const address = tryParseIpv4(value);
  if (address === undefined) {
    throw new WireError(
      'range',
      `"${value}" is not an IPv4 address: expected four numbers 0..255 like 192.168.1.1`,
    );
  }
  return address;
}

/** Prints an IPv4 address: `192.168.1.100`. */
export function formatIpv4(address: Ipv4Address): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

/**
 * Reads `address/prefixLength`; without a slash the prefix is 32 bits, as `ip address add` and keepalived take it.
 *
 * @returns `undefined` if the text is not an address with a prefix
 */
export function tryParseCidr(text: string): Ipv4Cidr | undefined {
  const slash = text.indexOf('/');
  const address = tryParseIpv4(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash === -1) return { address, prefixLength: 32 };
  const length = text.slice(slash + 1);
  if (!/^(?:[12]?\d|3[0-2])$/.test(length)) return undefined;
  return { address, prefixLength: Number(length) };
}

/**
 * An address with its prefix from text (`'192.168.1.11/24'`); without a slash the prefix is 32 bits.
 *
 * @throws WireError with code `range` if it is not one
 */
export function ipv4Cidr(text: string): Ipv4Cidr {
  const cidr = tryParseCidr(text);
  if (cidr === undefined) {
    throw new WireError(
      'range',
      `"${text}" is not an IPv4 address with a prefix: expected something like 192.168.1.11/24`,
    );
  }
  return cidr;
}

/** Prints `address/prefixLength`: `192.168.1.11/24`. */
export function formatCidr(cidr: Ipv4Cidr): string {
  return `${formatIpv4(cidr.address)}/${cidr.prefixLength}`;
}

/**
 * The mask of a prefix: 24 gives 255.255.255.0.
 *
 * @param prefixLength - 0..32
 * @throws WireError with code `range`
 */
export function netmask(prefixLength: number): Ipv4Address {
  if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > 32) {
    throw new WireError('range', `prefix length ${prefixLength} is out of range 0..32`);
  }
  // A shift by 32 is a shift by 0 in JavaScript.
  return (prefixLength === 0 ? 0 : (-1 << (32 - prefixLength)) >>> 0) as Ipv4Address;
}

/** The network's own address: the host bits cleared. 192.168.1.11/24 gives 192.168.1.0. */
export function network(cidr: Ipv4Cidr): Ipv4Address {
  return ((cidr.address & netmask(cidr.prefixLength)) >>> 0) as Ipv4Address;
}

/**
 * The directed broadcast address of a subnet: 192.168.1.11/24 gives 192.168.1.255.
 * A /31 and a /32 have none (RFC 3021) and give `undefined`.
 */
export function directedBroadcast(cidr: Ipv4Cidr): Ipv4Address | undefined {
  if (cidr.prefixLength > 30) return undefined;
  return ((cidr.address | ~netmask(cidr.prefixLength)) >>> 0) as Ipv4Address;
}

/** Whether an address lies in a subnet. */
export function inSubnet(address: Ipv4Address, subnet: Ipv4Cidr): boolean {
  return ((address ^ subnet.address) & netmask(subnet.prefixLength)) === 0;
}

/** Whether an address is in 224.0.0.0/4 (RFC 1112 §4). */
export function isMulticast(address: Ipv4Address): boolean {
  return address >>> 28 === 0xe;
}

/** Whether an address is in 224.0.0.0/24, which no router forwards and snooping switches flood (RFC 4541 §2.1.2). */
export function isLinkLocalMulticast(address: Ipv4Address): boolean {
  return address >>> 8 === 0xe0_0000;
}

/** Whether an address is in 127.0.0.0/8 (RFC 1122 §3.2.1.3). */
export function isLoopback(address: Ipv4Address): boolean {
  return address >>> 24 === 127;
}

/**
 * Whether an address is a broadcast: 255.255.255.255, or the directed broadcast of the subnet if one is given.
 */
export function isBroadcast(address: Ipv4Address, subnet?: Ipv4Cidr): boolean {
  return address === MAX_IPV4 || (subnet !== undefined && directedBroadcast(subnet) === address);
}
