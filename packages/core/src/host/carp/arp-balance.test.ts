import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv4Address, macAddress } from '../../wire/index.js';
import { balancingKey, jenkinsIndex, rawAddressIndex, requesterHash } from './arp-balance.js';

const arbitraryAddress = fc.nat({ max: 0xffff_ffff }).map((number) => ipv4Address(number));
const arbitraryMac = fc.nat({ max: 2 ** 48 - 1 }).map((number) => macAddress(number));

describe('FreeBSD: the raw address of the requester', () => {
  test.each([
    ['192.168.1.7', 2, 0],
    ['192.168.1.8', 2, 0],
    ['10.0.0.1', 2, 0],
    ['203.0.113.5', 2, 1],
    ['1.0.0.0', 3, 1],
    // 0x0702a8c0: the last octet is the highest on a little-endian machine.
    ['192.168.2.7', 3, 0x0702_a8c0 % 3],
    ['192.168.2.255', 3, 0xff02_a8c0 % 3],
  ])('%s of %d', (address, count, index) => {
    expect(rawAddressIndex(ipv4Address(address), count)).toBe(index);
  });

  test('of a power of two up to 256 only the first octet counts', () => {
    fc.assert(
      fc.property(arbitraryAddress, arbitraryAddress, fc.integer({ min: 0, max: 8 }), (one, other, bits) => {
        const twin = ipv4Address(((one & 0xff00_0000) | (other & 0x00ff_ffff)) >>> 0);
        const index = rawAddressIndex(one, 2 ** bits);
        expect(index).toBe(rawAddressIndex(twin, 2 ** bits));
        expect(index).toBe((one >>> 24) % 2 ** bits);
      }),
    );
  });

  test('of three, the others count too', () => {
    const indices = [1, 2, 3].map((last) => rawAddressIndex(ipv4Address(0xc0a8_0100 + last), 3));
    expect(new Set(indices).size).toBe(3);
  });
});

describe('OpenBSD: the hash of the requester’s MAC', () => {
  // From the kernel's own C (`mix`, `carp_hash`), compiled for a little-endian machine.
  test.each([
    ['mekmitasdigoat', '02:00:00:00:00:01', 0x93db_e511],
    ['mekmitasdigoat', '02:00:00:00:00:02', 0x18b6_7dda],
    ['mekmitasdigoat', '02:00:00:00:00:03', 0x64d4_9d16],
    ['mekmitasdigoat', '00:1b:21:c0:ff:ee', 0xb492_ed47],
    ['mekmitasdigoat', 'ff:ff:ff:ff:ff:fe', 0x4ece_bc80],
    ['', '02:00:00:00:00:01', 0x9fb4_ee2a],
    ['', '00:1b:21:c0:ff:ee', 0xd4ff_cf16],
  ])('password %j, %s', (password, mac, hash) => {
    expect(requesterHash(macAddress(mac), password)).toBe(hash);
  });

  test('its key comes of the HMAC’s first block, version and type', () => {
    expect(balancingKey('mekmitasdigoat')).toEqual([0xd928_1012, 0xa10b_01e5]);
    expect(balancingKey('')).toEqual([0x8c82_15a2, 0xd041_68fd]);
  });

  test('of the password 19 characters count', () => {
    const long = 'abcdefghijklmnopqrs';
    expect(balancingKey(`${long}t`)).toEqual(balancingKey(long));
  });

  test('is one of the nodes there are', () => {
    fc.assert(
      fc.property(arbitraryMac, fc.string(), fc.integer({ min: 1, max: 32 }), (mac, password, count) => {
        const index = jenkinsIndex(mac, password, count);
        expect(Number.isInteger(index) && index >= 0 && index < count).toBe(true);
      }),
    );
  });
});
