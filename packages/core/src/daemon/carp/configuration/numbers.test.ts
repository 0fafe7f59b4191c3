import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpv4, netmask } from '../../../wire/index.js';
import { atoi, classPrefix, inetAton, networkAddress, prefixOfMask, strtonum } from './numbers.js';

describe('numbers', () => {
  test.each([
    ['5', 5, null],
    [' +5', 5, null],
    ['-0', 0, null],
    ['0', 0, null],
    ['10', 10, null],
    ['', null, 'invalid'],
    ['5 ', null, 'invalid'],
    ['5x', null, 'invalid'],
    ['0x5', null, 'invalid'],
    ['-1', null, 'too small'],
    ['11', null, 'too large'],
    ['99999999999999999999', null, 'too large'],
  ] as const)('strtonum %j in 0..10', (text, value, problem) => {
    expect(strtonum(text, 0, 10)).toEqual({ value, problem });
  });

  test.each([
    ['12', 12],
    [' -7x', -7],
    ['x', 0],
    ['', 0],
    ['0x10', 0],
    ['4294967297', 1],
    ['99999999999999999999', -1],
    ['-99999999999999999999', 0],
  ])('atoi %j', (text, expected) => {
    expect(atoi(text)).toBe(expected);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0xffffff00', '255.255.255.0'],
    ['0300.0.2.1', '192.0.2.1'],
    ['10.1', '10.0.0.1'],
    ['10.1.258', '10.1.1.2'],
    ['4294967295', '255.255.255.255'],
    ['4294967296', undefined],
    ['256.0.0.1', undefined],
    ['1.2.3.4.5', undefined],
    ['1.2.3.', undefined],
    ['08.0.0.1', undefined],
    ['', undefined],
    ['x', undefined],
    ['1.2.3.4 ', undefined],
  ])('inet_aton %j', (text, expected) => {
    const address = inetAton(text);
    expect(address === undefined ? undefined : formatIpv4(address)).toBe(expected);
  });

  test('masks', () => {
    for (let length = 0; length <= 32; length++) expect(prefixOfMask(netmask(length))).toBe(length);
    expect([0xff00_ff00, 1, 0x7fff_ffff].map(prefixOfMask)).toEqual([undefined, undefined, undefined]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (mask) => {
        const length = prefixOfMask(mask);
        return length === undefined || netmask(length) === mask;
      }),
    );
  });

  test('networks and classes', () => {
    const text = (given: string) => {
      const address = networkAddress(given);
      return address === undefined ? undefined : formatIpv4(address);
    };
    expect(['10', '10.1', '192.0.2.1', '1.2.3.4.5', 'x'].map(text)).toEqual([
      '10.0.0.0',
      '10.1.0.0',
      '192.0.2.1',
      undefined,
      undefined,
    ]);
    expect([0x0a00_0001, 0x8000_0000, 0xc000_0201].map(classPrefix)).toEqual([8, 16, 24]);
  });
});
