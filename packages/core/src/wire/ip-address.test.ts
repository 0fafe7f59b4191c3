import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv4Address, macAddress } from './address.js';
import { arbitraryIpv6 } from './frame.arbitrary.js';
import {
  compareIp,
  formatIp,
  formatIpCidr,
  formatIpPort,
  inSubnetIpv6,
  ipv6Address,
  ipv6Bytes,
  ipv6Cidr,
  ipv6FromBytes,
  isLinkLocalIpv6,
  isLinkLocalMulticastIpv6,
  isMulticastIpv6,
  linkLocalOf,
  multicastMacIpv6,
  networkIpv6,
  parseIp,
  solicitedNodeGroup,
  tryParseCidrIpv6,
  tryParseIpv6,
  virtualRouterMacIpv6,
} from './ip-address.js';

describe('the canonical text (RFC 5952)', () => {
  test.each([
    ['2001:DB8::0100', '2001:db8::100'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1::', '1::'],
    ['::ffff:c0a8:0101', '::ffff:192.168.1.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['fe80:0000:0000:0000:c0ff:fea8:010b:0000', 'fe80::c0ff:fea8:10b:0'],
  ])('%s is %s', (text, canonical) => {
    expect(tryParseIpv6(text)).toBe(canonical);
  });

  test.each([
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '1::2::3',
    '12345::',
    'g::',
    ':1::',
    '1::2:',
    '::1.2.3',
    '::1.2.3.256',
    '1.2.3.4::',
    '192.168.1.1',
    'fe80::1%eth0',
    '[::1]',
    ' ::1',
  ])('"%s" is none', (text) => {
    expect(tryParseIpv6(text)).toBeUndefined();
    expect(() => ipv6Address(text)).toThrow(/is not an IPv6 address/);
  });

  test('reads what Node reads, and nothing else', () => {
    const piece = fc.constantFrom('0', '1', 'ab', 'FFFF', '00', ':', '::', '.', '1.2.3.4', 'x', '12345');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 18 }), (pieces) => {
        const text = pieces.join('');
        expect(tryParseIpv6(text) !== undefined, text).toBe(isIPv6(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('text and bytes are two forms of one address, and a canonical text reads as itself', () => {
    fc.assert(
      fc.property(arbitraryIpv6, (address) => {
        expect(ipv6FromBytes(ipv6Bytes(address))).toBe(address);
        expect(ipv6Address(address)).toBe(address);
        expect(new URL(`http://[${address}]/`).hostname).toBe(
          new URL(`http://[${ipv6FromBytes(ipv6Bytes(address))}]/`).hostname,
        );
      }),
    );
  });

  test('bytes that are not all there are refused', () => {
    expect(() => ipv6FromBytes(new Uint8Array(15))).toThrow('16 bytes');
    expect(() => ipv6FromBytes(new Uint8Array(20), 5)).toThrow('16 bytes');
  });
});

describe('addresses of both families', () => {
  test('are read and printed by one function', () => {
    expect(parseIp('10.0.0.1')).toBe(0x0a00_0001);
    expect(formatIp(parseIp('10.0.0.1'))).toBe('10.0.0.1');
    expect(formatIp(parseIp('2001:db8::0:1'))).toBe('2001:db8::1');
    expect(formatIpPort(parseIp('2001:db8::1'), 5432)).toBe('[2001:db8::1]:5432');
    expect(formatIpPort(parseIp('10.0.0.1'), 5432)).toBe('10.0.0.1:5432');
    expect(() => parseIp('nowhere')).toThrow('is not an IP address');
  });

  test('are compared by value, not by text', () => {
    expect(compareIp(ipv6Address('fe80::9'), ipv6Address('fe80::10'))).toBeLessThan(0);
    expect(compareIp(ipv6Address('fe80::ff'), ipv6Address('fe80::1:0'))).toBeLessThan(0);
    expect(compareIp(ipv4Address('10.0.0.2'), ipv4Address('10.0.0.1'))).toBeGreaterThan(0);
    expect(compareIp(ipv4Address('10.0.0.2'), ipv6Address('::1'))).toBeLessThan(0);
    expect(compareIp(ipv6Address('::1'), ipv4Address('10.0.0.2'))).toBeGreaterThan(0);
    fc.assert(
      fc.property(arbitraryIpv6, arbitraryIpv6, (a, b) => {
        expect(compareIp(a, b) === 0).toBe(a === b);
        expect(Math.sign(compareIp(a, b))).toBe(-Math.sign(compareIp(b, a)) + 0);
      }),
    );
  });
});

describe('prefixes', () => {
  test.each([
    ['2001:db8::1', '2001:db8::11/64', true],
    ['2001:db8:0:1::1', '2001:db8::11/64', false],
    ['2001:db8:0:1::1', '2001:db8::11/63', true],
    ['2001:db8::11', '2001:db8::11/128', true],
    ['2001:db8::10', '2001:db8::11/128', false],
    ['2001:db8::10', '2001:db8::11/127', true],
    ['ff02::1', '::/0', true],
  ])('%s in %s: %s', (address, subnet, expected) => {
    expect(inSubnetIpv6(ipv6Address(address), ipv6Cidr(subnet))).toBe(expected);
  });

  test.each([
    ['2001:db8::11/64', '2001:db8::'],
    ['2001:db8:ffff::/33', '2001:db8:8000::'],
    ['2001:db8::11/128', '2001:db8::11'],
    ['ff02::1/0', '::'],
  ])('the network of %s is %s', (cidr, expected) => {
    expect(networkIpv6(ipv6Cidr(cidr))).toBe(expected);
  });

  test('are read with their length', () => {
    expect(formatIpCidr(ipv6Cidr('2001:DB8::1/64'))).toBe('2001:db8::1/64');
    expect(ipv6Cidr('::1').prefixLength).toBe(128);
    for (const text of ['::1/129', '::1/', '::1/01', '::1/-1', '10.0.0.1/24', '::1/6/4']) {
      expect(tryParseCidrIpv6(text), text).toBeUndefined();
    }
  });
});

describe('what follows from an address', () => {
  test('solicited-node group, group MAC, link-local address (RFC 4291, RFC 2464)', () => {
    expect(solicitedNodeGroup(ipv6Address('2001:db8::1:2abc'))).toBe('ff02::1:ff01:2abc');
    expect(multicastMacIpv6(ipv6Address('ff02::1:ff01:2abc'))).toBe(macAddress('33:33:ff:01:2a:bc'));
    expect(linkLocalOf(macAddress('02:00:c0:a8:01:0b'))).toBe('fe80::c0ff:fea8:10b');
    expect(linkLocalOf(macAddress('34:56:78:9a:bc:de'))).toBe('fe80::3656:78ff:fe9a:bcde');
    expect(virtualRouterMacIpv6(51)).toBe(macAddress('00:00:5e:00:02:33'));
    expect(() => virtualRouterMacIpv6(0)).toThrow('out of range');
  });

  test('kinds', () => {
    expect(isLinkLocalIpv6(ipv6Address('febf::1'))).toBe(true);
    expect(isLinkLocalIpv6(ipv6Address('fec0::1'))).toBe(false);
    expect(isMulticastIpv6(ipv6Address('ff0e::1'))).toBe(true);
    expect(isMulticastIpv6(ipv6Address('fe80::1'))).toBe(false);
    expect(isLinkLocalMulticastIpv6(ipv6Address('ff02::12'))).toBe(true);
    expect(isLinkLocalMulticastIpv6(ipv6Address('ff05::2'))).toBe(false);
  });
});
