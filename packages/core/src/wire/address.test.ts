import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BROADCAST_MAC,
  directedBroadcast,
  formatCidr,
  formatIpv4,
  formatMac,
  inSubnet,
  ipv4Address,
  ipv4Cidr,
  isBroadcast,
  isGroupMac,
  isLinkLocalMulticast,
  isLoopback,
  isMulticast,
  macAddress,
  multicastMac,
  netmask,
  network,
  tryParseCidr,
  tryParseIpv4,
  tryParseMac,
  VRRP_GROUP,
  virtualRouterMac,
  ZERO_MAC,
} from './address.js';
import { arbitraryIpv4, arbitraryMac } from './frame.arbitrary.js';
import { WireError } from './wire-error.js';

describe('MAC addresses', () => {
  test('are 48-bit numbers, first byte highest', () => {
    expect(macAddress('02:00:00:00:01:0a')).toBe(0x0200_0000_010a);
    expect(formatMac(macAddress(0x0200_0000_010a))).toBe('02:00:00:00:01:0a');
    expect(formatMac(ZERO_MAC)).toBe('00:00:00:00:00:00');
  });

  test.each([
    ['02-00-00-00-01-0A', 0x0200_0000_010a],
    ['0200.0000.010a', 0x0200_0000_010a],
    ['2:0:0:0:1:a', 0x0200_0000_010a],
    ['ff:ff:ff:ff:ff:ff', 0xffff_ffff_ffff],
  ])('%s is read', (text, mac) => {
    expect(tryParseMac(text)).toBe(mac);
  });

  test.each([
    '',
    '02:00:00:00:01',
    '02:00:00:00:01:0a:00',
    '02:00:00:00:01:0g',
    '02:00:00:00:01:100',
    '02:00-00:00:01:0a',
    ' 02:00:00:00:01:0a',
    '02000000010a',
  ])('"%s" is not one', (text) => {
    expect(tryParseMac(text)).toBeUndefined();
    expect(() => macAddress(text)).toThrow(WireError);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 48])('the number %d is not one', (value) => {
    expect(() => macAddress(value)).toThrow(/48 bits/);
  });

  test('printing and reading agree', () => {
    fc.assert(fc.property(arbitraryMac, (mac) => tryParseMac(formatMac(mac)) === mac));
  });

  test('the group bit is the lowest of the first byte', () => {
    expect(isGroupMac(BROADCAST_MAC)).toBe(true);
    expect(isGroupMac(macAddress('01:00:5e:00:00:12'))).toBe(true);
    expect(isGroupMac(macAddress('fe:ff:ff:ff:ff:ff'))).toBe(false);
    expect(isGroupMac(ZERO_MAC)).toBe(false);
  });

  test('a group takes 23 bits with it, so 32 groups share a MAC (RFC 1112 §6.4)', () => {
    expect(formatMac(multicastMac(VRRP_GROUP))).toBe('01:00:5e:00:00:12');
    expect(multicastMac(ipv4Address('239.128.0.18'))).toBe(multicastMac(VRRP_GROUP));
    expect(formatMac(multicastMac(ipv4Address('239.255.255.255')))).toBe('01:00:5e:7f:ff:ff');
  });

  test('virtual router MAC (RFC 5798 §7.3)', () => {
    expect(formatMac(virtualRouterMac(51))).toBe('00:00:5e:00:01:33');
    expect(() => virtualRouterMac(0)).toThrow(WireError);
    expect(() => virtualRouterMac(256)).toThrow(WireError);
  });
});

describe('IPv4 addresses', () => {
  test('are unsigned 32-bit numbers', () => {
    expect(ipv4Address('255.255.255.255')).toBe(0xffff_ffff);
    expect(ipv4Address('192.168.1.100')).toBe(0xc0a8_0164);
    expect(formatIpv4(ipv4Address(0xc0a8_0164))).toBe('192.168.1.100');
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '1..3.4',
    '0x1.2.3.4',
    '-1.2.3.4',
  ])('"%s" is not one', (text) => {
    expect(tryParseIpv4(text)).toBeUndefined();
    expect(() => ipv4Address(text)).toThrow(WireError);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 32])('the number %d is not one', (value) => {
    expect(() => ipv4Address(value)).toThrow(/32 bits/);
  });

  test('printing and reading agree', () => {
    fc.assert(fc.property(arbitraryIpv4, (address) => tryParseIpv4(formatIpv4(address)) === address));
  });

  test('kinds', () => {
    expect(isMulticast(VRRP_GROUP)).toBe(true);
    expect(isMulticast(ipv4Address('223.255.255.255'))).toBe(false);
    expect(isMulticast(ipv4Address('240.0.0.0'))).toBe(false);
    expect(isLinkLocalMulticast(VRRP_GROUP)).toBe(true);
    expect(isLinkLocalMulticast(ipv4Address('224.0.1.18'))).toBe(false);
    expect(isLoopback(ipv4Address('127.9.9.9'))).toBe(true);
    expect(isLoopback(ipv4Address('128.0.0.1'))).toBe(false);
    expect(isBroadcast(ipv4Address('255.255.255.255'))).toBe(true);
    expect(isBroadcast(ipv4Address('192.168.1.255'))).toBe(false);
    expect(isBroadcast(ipv4Address('192.168.1.255'), ipv4Cidr('192.168.1.7/24'))).toBe(true);
  });
});

describe('prefixes', () => {
  test('keep the host bits', () => {
    const cidr = ipv4Cidr('192.168.1.11/24');
    expect(formatCidr(cidr)).toBe('192.168.1.11/24');
    expect(formatIpv4(network(cidr))).toBe('192.168.1.0');
    expect(formatIpv4(netmask(24))).toBe('255.255.255.0');
    expect(netmask(0)).toBe(0);
    expect(netmask(32)).toBe(0xffff_ffff);
    expect(tryParseCidr('10.0.0.1')).toEqual({ address: 0x0a00_0001, prefixLength: 32 });
  });

  test.each(['10.0.0.1/33', '10.0.0.1/', '10.0.0.1/024', '10.0.0/8', '10.0.0.1/-1', '10.0.0.1/8/8'])(
    '"%s" is not one',
    (text) => {
      expect(tryParseCidr(text)).toBeUndefined();
      expect(() => ipv4Cidr(text)).toThrow(WireError);
    },
  );

  test('belonging', () => {
    expect(inSubnet(ipv4Address('192.168.1.200'), ipv4Cidr('192.168.1.11/24'))).toBe(true);
    expect(inSubnet(ipv4Address('192.168.2.200'), ipv4Cidr('192.168.1.11/24'))).toBe(false);
    expect(inSubnet(ipv4Address('8.8.8.8'), ipv4Cidr('0.0.0.0/0'))).toBe(true);
    expect(inSubnet(ipv4Address('200.0.0.1'), ipv4Cidr('200.0.0.0/32'))).toBe(false);
  });

  test('a /31 has no broadcast address (RFC 3021)', () => {
    expect(directedBroadcast(ipv4Cidr('10.0.0.0/31'))).toBeUndefined();
    expect(directedBroadcast(ipv4Cidr('192.168.1.1/30'))).toBe(ipv4Address('192.168.1.3'));
  });

  test('the network of every prefix holds the address and its broadcast', () => {
    fc.assert(
      fc.property(arbitraryIpv4, fc.integer({ min: 0, max: 30 }), (address, prefixLength) => {
        const cidr = { address, prefixLength };
        const broadcast = directedBroadcast(cidr);
        expect(inSubnet(network(cidr), cidr)).toBe(true);
        expect(broadcast !== undefined && inSubnet(broadcast, cidr)).toBe(true);
        expect(broadcast).toBe(network(cidr) + 2 ** (32 - prefixLength) - 1);
      }),
    );
  });
});
