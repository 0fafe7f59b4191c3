import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpv4, ipv4Address } from '../../../wire/address.js';
import { ipv6Address } from '../../../wire/ip-address.js';
import { isVrrpGroup, parseAddress, sameAddress } from './address-entry.js';

describe('IPv6, as inet_pton takes it', () => {
  test.each([
    ['::', true],
    ['::1', true],
    ['1::', true],
    ['fe80::1', true],
    ['2001:db8:0:0:0:0:0:1', true],
    ['2001:db8::ffff:10.0.0.1', true],
    ['::10.0.0.1', true],
    ['1:2:3:4:5:6:7', false],
    ['1:2:3:4:5:6:7:8:9', false],
    ['1::2::3', false],
    ['12345::', false],
    ['1:2:3:4:5:6:7::8', false],
    ['::g', false],
    ['::10.0.0.1:1', false],
    ['10.0.0.1', false],
    ['fe80::1%eth0', false],
    [':', false],
    [':::', false],
    ['', false],
  ])('%s: %s', (text, expected) => {
    expect(parseAddress(text)?.family === 'inet6').toBe(expected);
  });
});

describe('addresses', () => {
  test('IPv4 goes there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (number) => {
        expect(parseAddress(formatIpv4(ipv4Address(number)))).toEqual({ family: 'inet', address: number });
      }),
    );
  });
  test.each(['10.0.0', '10.0.0.256', '010.0.0.1', '10.0.0.1/24', 'host', '::g'])('%s is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
  test('groups', () => {
    const group = (text: string) =>
      isVrrpGroup(parseAddress(text) ?? { family: 'inet', address: ipv4Address(0) });
    expect(
      ['224.0.0.18', '239.255.255.255', 'ff02::12', '10.0.0.1', 'ff05::12', 'fe80::1'].map(group),
    ).toEqual([...[true, true, true], ...[false, false, false]]);
  });
  test('are the same or not', () => {
    const one = { family: 'inet', address: ipv4Address('10.0.0.1') } as const;
    const six = { family: 'inet6', address: ipv6Address('fe80::A') } as const;
    expect([
      sameAddress(one, one),
      sameAddress(one, six),
      sameAddress(six, one),
      sameAddress(six, { ...six, address: ipv6Address('FE80::a') }),
    ]).toEqual([...[true, false, false, true]]);
  });
});
