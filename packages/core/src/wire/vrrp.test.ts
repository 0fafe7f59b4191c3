import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Ipv4Address, ipv4Address, VRRP_GROUP } from './address.js';
import { internetChecksum } from './checksum.js';
import { arbitraryIpv4, arbitraryVrrp } from './frame.arbitrary.js';
import { fromHex, RECORDED_FRAMES, toHex } from './recorded-frames.fixture.js';
import {
  describeVrrp,
  emitVrrp,
  inspectVrrp,
  parseVrrp,
  VRRP_AUTH_TYPES,
  vrrpIntervalNanoseconds,
  vrrpLength,
  vrrpPassword,
  vrrpV2Advertisement,
  vrrpV3Advertisement,
} from './vrrp.js';
import { wireErrorCode } from './wire-error.fixture.js';

const n1 = ipv4Address('192.168.1.11');
const vip = ipv4Address('192.168.1.100');
const plain = vrrpV2Advertisement(51, 150, 1, [vip]);
const v3 = vrrpV3Advertisement(51, 150, 100, [vip]);

const parse = (bytes: Uint8Array) => parseVrrp(bytes, n1, VRRP_GROUP);
const emit = (advert: Parameters<typeof emitVrrp>[0]) => emitVrrp(advert, n1, VRRP_GROUP);

function corrected(bytes: Uint8Array): Uint8Array {
  bytes[6] = 0;
  bytes[7] = 0;
  const checksum = internetChecksum(bytes);
  bytes[6] = checksum >> 8;
  bytes[7] = checksum;
  return bytes;
}

describe('what keepalived sent', () => {
  const withPassword = (priority: number) =>
    vrrpV2Advertisement(51, priority, 1, [vip], VRRP_AUTH_TYPES.pass, vrrpPassword('mysecret'));

  test.each([
    [150, RECORDED_FRAMES.keepalivedAdvertWithPassword],
    [0, RECORDED_FRAMES.keepalivedPriorityZero],
  ])('version 2 with a password, priority %d', (priority, recorded) => {
    const bytes = fromHex(recorded).slice(34);
    expect(toHex(emit(withPassword(priority)))).toBe(toHex(bytes));
    expect(parse(bytes)).toEqual(withPassword(priority));
  });
});

describe('exact bytes', () => {
  test('version 2 without authentication still has eight bytes for it', () => {
    expect(toHex(emit(plain))).toBe('21339601' + '0001' + '86bd' + 'c0a80164' + '0000000000000000');
  });

  test('version 3 sums up the pseudo header', () => {
    expect(toHex(emit(v3))).toBe('31339601' + '0064' + 'd417' + 'c0a80164');
  });

  test('version 3 with v3_checksum_as_v2 does not', () => {
    expect(toHex(emit(vrrpV3Advertisement(51, 150, 100, [vip], 'message')))).toBe('313396010064765ac0a80164');
  });

  test('a password is cut and padded to eight bytes', () => {
    expect(toHex(vrrpPassword('secret'))).toBe('7365637265740000');
    expect(toHex(vrrpPassword('longer than that'))).toBe(toHex(vrrpPassword('longer t')));
    expect(wireErrorCode(() => vrrpPassword('пароль'))).toBe('range');
  });
});

describe('parse', () => {
  test('every advertisement survives', () => {
    fc.assert(
      fc.property(arbitraryVrrp, arbitraryIpv4, (advert, source) => {
        const bytes = emitVrrp(advert, source, VRRP_GROUP);
        expect(bytes.length).toBe(vrrpLength(advert));
        const seen = inspectVrrp(bytes, source, VRRP_GROUP);
        fc.pre(!(seen.checksumOfMessage && seen.checksumWithPseudoHeader));
        expect(parseVrrp(bytes, source, VRRP_GROUP)).toEqual(advert);
      }),
    );
  });

  test('both versions have the same keys in the same order', () => {
    expect(Object.keys(plain)).toEqual(Object.keys(v3));
    expect(Object.keys(parse(emit(plain)))).toEqual(Object.keys(plain));
  });

  test('an unknown authentication type is for the receiver to refuse', () => {
    const advert = vrrpV2Advertisement(51, 150, 1, [vip], 77);
    expect(parse(emit(advert))).toEqual(advert);
  });

  test.each([plain, v3])('a flipped bit is noticed', (advert) => {
    const bytes = emit(advert);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const broken = Uint8Array.from(bytes);
      broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(wireErrorCode(() => parse(broken))).not.toBe('none');
    }
  });

  test.each([plain, v3])('a cut at every length is noticed', (advert) => {
    const bytes = emit(advert);
    for (let length = 0; length < bytes.length; length++) {
      expect(wireErrorCode(() => parse(bytes.slice(0, length)))).toBe('truncated');
    }
  });

  test('each fault has its code', () => {
    const changed = (index: number, value: number) => {
      const bytes = emit(plain);
      bytes[index] = value;
      return corrected(bytes);
    };
    expect(wireErrorCode(() => parse(changed(0, 0x41)))).toBe('unsupported');
    expect(wireErrorCode(() => parse(changed(0, 0x22)))).toBe('unsupported');
    expect(wireErrorCode(() => parse(changed(1, 0)))).toBe('malformed');
    expect(wireErrorCode(() => parse(changed(5, 0)))).toBe('malformed');
    expect(wireErrorCode(() => parse(changed(3, 0)))).toBe('malformed');
    expect(wireErrorCode(() => parse(changed(3, 2)))).toBe('truncated');
    const bytes = emit(plain);
    bytes[2] = 151;
    expect(wireErrorCode(() => parse(bytes))).toBe('checksum');
  });

  test('version 2 with a pseudo header in its checksum is wrong', () => {
    const bytes = emit({ ...plain, checksumCovers: 'pseudo-header' });
    expect(inspectVrrp(bytes, n1, VRRP_GROUP)).toMatchObject({
      checksumOfMessage: false,
      checksumWithPseudoHeader: true,
    });
    expect(wireErrorCode(() => parse(bytes))).toBe('checksum');
  });

  test('CARP, which looks like version 2, is left to CARP', () => {
    const frame = fromHex(RECORDED_FRAMES.ucarpAdvert);
    expect(wireErrorCode(() => parse(frame.slice(34)))).toBe('unsupported');
  });

  test('the reserved bits of version 3 are ignored', () => {
    const bytes = emit(vrrpV3Advertisement(51, 150, 100, [vip], 'message'));
    bytes[4] = 0xf0;
    expect(parse(corrected(bytes)).interval).toBe(100);
  });
});

describe('inspect, for receivers with an order of their own', () => {
  test('reads what is there and judges nothing', () => {
    const bytes = emit(plain);
    bytes[0] = 0x2f;
    bytes[3] = 9;
    const seen = inspectVrrp(bytes, n1, VRRP_GROUP);
    expect(seen).toMatchObject({ version: 2, type: 15, addressCount: 9, expectedLength: 52, length: 20 });
    expect(seen.addresses).toEqual([vip, 0, 0]);
    expect(seen.authData.length).toBe(0);
    expect(seen.checksumOfMessage).toBe(false);
  });

  test('never throws anything but truncated', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), arbitraryIpv4, (bytes, source: Ipv4Address) => {
        const code = wireErrorCode(() => inspectVrrp(bytes, source, VRRP_GROUP));
        expect(code).toBe(bytes.length < 8 ? 'truncated' : 'none');
      }),
    );
  });
});

test('what does not fit cannot be made', () => {
  expect(wireErrorCode(() => vrrpV2Advertisement(0, 1, 1, []))).toBe('range');
  expect(wireErrorCode(() => vrrpV2Advertisement(1, 256, 1, []))).toBe('range');
  expect(wireErrorCode(() => vrrpV2Advertisement(1, 1, 0, []))).toBe('range');
  expect(wireErrorCode(() => vrrpV2Advertisement(1, 1, 0.5, []))).toBe('range');
  expect(wireErrorCode(() => vrrpV2Advertisement(1, 1, 1, [], 1, new Uint8Array(7)))).toBe('range');
  expect(wireErrorCode(() => vrrpV3Advertisement(1, 1, 4096, []))).toBe('range');
  expect(wireErrorCode(() => vrrpV3Advertisement(1, 1, 1, new Array(256).fill(vip)))).toBe('range');
});

test('intervals have the unit of their version', () => {
  expect(vrrpIntervalNanoseconds(plain)).toBe(1_000_000_000);
  expect(vrrpIntervalNanoseconds(v3)).toBe(1_000_000_000);
});

test('in words', () => {
  expect(describeVrrp(plain)).toBe('VRRPv2 advert vrid 51 prio 150 192.168.1.100');
});
