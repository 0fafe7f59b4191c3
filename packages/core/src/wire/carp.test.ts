import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatMac, type Ipv4Address, ipv4Address, macAddress, VRRP_GROUP } from './address.js';
import {
  CARP_LENGTH,
  type CarpDigestInput,
  carpAdvertisement,
  carpDigest,
  carpGroupMac,
  carpLength,
  describeCarp,
  emitCarp,
  inspectCarp,
  isSameDigest,
  parseCarp,
  ucarpMac,
} from './carp.js';
import { internetChecksum } from './checksum.js';
import { arbitraryCarp, arbitraryIpv4, arbitraryIpv6, arbitraryVrrp } from './frame.arbitrary.js';
import { describeFrame, emitFrame, parseFrame } from './frame.js';
import { type Ipv6Address, ipv6Address, VRRP_GROUP_IPV6 } from './ip-address.js';
import { ipPayloadBytes } from './ip-payload.js';
import { emitIpv4, ipv4Packet, parseIpv4, rawIpv4Packet } from './ipv4.js';
import { emitIpv6, ipv6Packet, parseIpv6, rawIpv6Packet } from './ipv6.js';
import { fromHex, RECORDED_FRAMES, toHex } from './recorded-frames.fixture.js';
import { udpDatagram } from './udp.js';
import { encodeUtf8 } from './utf8.js';
import { emitVrrp, VRRP_AUTH_TYPES, vrrpPassword, vrrpV2Advertisement, vrrpV3Advertisement } from './vrrp.js';
import { wireErrorCode } from './wire-error.fixture.js';

const COUNTER = { counterHigh: 0x0102_0304, counterLow: 0x0506_0708 };
const one = ipv4Address('192.0.2.1');
const nine = ipv4Address('192.0.2.9');
const ten = ipv4Address('192.0.2.10');
const oneIpv6 = ipv6Address('2001:db8::1');
const n1 = ipv4Address('192.0.2.11');
const n1Ipv6 = ipv6Address('fe80::11');

const digestOf = (
  vhid: number,
  addresses: CarpDigestInput['addresses'],
  fields: Partial<CarpDigestInput> = {},
): string => toHex(carpDigest({ password: 'mekmitasdigoat', vhid, addresses, ...COUNTER, ...fields }));

const FIRST_DIGEST = '933e798aa053849b2649290042bb5f0c437c9e23';
const FIRST_BYTES = `21016407000166790102030405060708${FIRST_DIGEST}`;
const first = carpAdvertisement({
  vhid: 1,
  advskew: 100,
  advbase: 1,
  demotion: 0,
  ...COUNTER,
  digest: fromHex(FIRST_DIGEST),
});

function corrected(bytes: Uint8Array): Uint8Array {
  bytes[6] = 0;
  bytes[7] = 0;
  const checksum = internetChecksum(bytes);
  bytes[6] = checksum >> 8;
  bytes[7] = checksum;
  return bytes;
}

describe('HMAC-SHA1 (RFC 2202 §3)', () => {
  const repeated = (byte: number, count: number) => new Uint8Array(count).fill(byte);
  test.each([
    [repeated(0x0b, 20), encodeUtf8('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
    [
      encodeUtf8('Jefe'),
      encodeUtf8('what do ya want for nothing?'),
      'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    ],
    [repeated(0xaa, 20), repeated(0xdd, 50), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
    [
      fromHex('0102030405060708090a0b0c0d0e0f10111213141516171819'),
      repeated(0xcd, 50),
      '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
    ],
    [repeated(0x0c, 20), encodeUtf8('Test With Truncation'), '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
    [
      repeated(0xaa, 80),
      encodeUtf8('Test Using Larger Than Block-Size Key - Hash Key First'),
      'aa4ae5e15272d00e95705637ce8a3b55ed402112',
    ],
    [
      repeated(0xaa, 80),
      encodeUtf8('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data'),
      'e8e99d0f45237d786d6bbaa7965c7808bbff1a91',
    ],
  ])('test case %#', (key, data, digest) => {
    expect(toHex(hmac(sha1, key, data))).toBe(digest);
  });
});

describe('digest', () => {
  test('of one address, of two, of both families', () => {
    expect(digestOf(1, [one])).toBe(FIRST_DIGEST);
    expect(digestOf(1, [nine, ten])).toBe('1dbdd5972973d29f63e82ea8fc4874acf93fb51a');
    expect(digestOf(7, [one, oneIpv6])).toBe('aeeca44466236b4f395128a4c6fb052cfd678846');
  });

  test('does not depend on the order of the addresses or on duplicates', () => {
    expect(digestOf(1, [ten, nine])).toBe(digestOf(1, [nine, ten]));
    expect(digestOf(1, [ten, nine, ten, nine, nine])).toBe(digestOf(1, [nine, ten]));
    expect(digestOf(7, [oneIpv6, one, oneIpv6])).toBe(digestOf(7, [one, oneIpv6]));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(arbitraryIpv4, arbitraryIpv6), { minLength: 1, maxLength: 6 }),
        (addresses) => {
          const shuffled = [...addresses].reverse().concat(addresses.slice(0, 1));
          expect(digestOf(3, shuffled)).toBe(digestOf(3, addresses));
        },
      ),
    );
  });

  test('IPv6 addresses go by their bytes, not by their text', () => {
    // As text 2001:db8::10 comes before 2001:db8::9.
    const message = `020107${'20010db8000000000000000000000009'}${'20010db8000000000000000000000010'}0102030405060708`;
    const low = ipv6Address('2001:db8::9');
    const high = ipv6Address('2001:db8::10');
    expect(digestOf(7, [high, low])).toBe(toHex(hmac(sha1, encodeUtf8('mekmitasdigoat'), fromHex(message))));
  });

  test('the addresses of zeros only and of ones only never count', () => {
    const never = [
      ipv4Address('0.0.0.0'),
      ipv4Address('255.255.255.255'),
      ipv6Address('::'),
      ipv6Address('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'),
    ];
    expect(digestOf(1, [...never, one])).toBe(FIRST_DIGEST);
    expect(digestOf(1, never)).toBe(digestOf(1, []));
  });

  test('a password counts up to its 19th byte', () => {
    const long = 'abcdefghijklmnopqrs';
    expect(long.length).toBe(19);
    expect(digestOf(1, [one], { password: `${long}t` })).toBe(digestOf(1, [one], { password: long }));
    expect(digestOf(1, [one], { password: long.slice(0, 18) })).not.toBe(
      digestOf(1, [one], { password: long }),
    );
    expect(digestOf(1, [one], { password: 'é'.repeat(10) })).toBe(
      toHex(
        hmac(
          sha1,
          encodeUtf8('é'.repeat(10)).slice(0, 19),
          fromHex('020101' + 'c0000201' + '0102030405060708'),
        ),
      ),
    );
  });

  test('an empty password is a key of zeros', () => {
    const message = fromHex('020101' + 'c0000201' + '0102030405060708');
    expect(digestOf(1, [one], { password: '' })).toBe(toHex(hmac(sha1, new Uint8Array(20), message)));
  });

  test('a MAC in place of the virtual one stands before the vhid', () => {
    const message = fromHex('0201' + '020000000042' + '01' + 'c0000201' + '0102030405060708');
    expect(digestOf(1, [one], { mac: macAddress('02:00:00:00:00:42') })).toBe(
      toHex(hmac(sha1, encodeUtf8('mekmitasdigoat'), message)),
    );
  });

  test('vhid, addresses, password and either half of the counter change it', () => {
    const digests = [
      digestOf(1, [one]),
      digestOf(2, [one]),
      digestOf(1, [nine]),
      digestOf(1, [one, nine]),
      digestOf(1, [one, oneIpv6]),
      digestOf(1, [one], { password: 'other' }),
      digestOf(1, [one], { counterHigh: 0 }),
      digestOf(1, [one], { counterLow: 0 }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  test('is compared byte by byte', () => {
    const digest = fromHex(FIRST_DIGEST);
    expect(isSameDigest(digest, fromHex(FIRST_DIGEST))).toBe(true);
    expect(isSameDigest(digest, digest.slice(0, 19))).toBe(false);
    for (const at of digest.keys()) {
      const other = Uint8Array.from(digest);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(isSameDigest(digest, other)).toBe(false);
    }
  });

  test('what ucarp sent carries the digest of its password and address', () => {
    const packet = parseIpv4(fromHex(RECORDED_FRAMES.ucarpAdvert), 14);
    if (packet.payload.kind !== 'carp') throw new Error('not CARP');
    const { vhid, counterHigh, counterLow, digest } = packet.payload;
    const vip = ipv4Address('192.168.1.100');
    const made = carpDigest({ password: 'mysecret', vhid, addresses: [vip], counterHigh, counterLow });
    expect(toHex(made)).toBe(toHex(digest));
  });
});

describe('exact bytes', () => {
  test('of a whole advertisement', () => {
    expect(toHex(emitCarp(first))).toBe(FIRST_BYTES);
    expect(parseCarp(fromHex(FIRST_BYTES))).toEqual(first);
  });

  test('what ucarp sent comes back byte for byte', () => {
    const bytes = fromHex(RECORDED_FRAMES.ucarpAdvert);
    const frame = parseFrame(bytes);
    expect(frame.payload.kind === 'ipv4' && frame.payload.payload.kind).toBe('carp');
    expect(toHex(emitFrame(frame))).toBe(RECORDED_FRAMES.ucarpAdvert);
    expect(frame.source).toBe(ucarpMac(1));
    expect(describeFrame(frame)).toContain(
      '192.168.1.11 > 224.0.0.18 CARP advert vhid 1 advbase 1 advskew 0',
    );
  });

  test('the MACs of a vhid', () => {
    expect(formatMac(ucarpMac(7))).toBe('00:00:5e:00:00:07');
    expect(formatMac(carpGroupMac(7))).toBe('01:00:5e:00:01:07');
    for (const vhid of [0, 256, 1.5]) {
      expect(wireErrorCode(() => ucarpMac(vhid))).toBe('range');
      expect(wireErrorCode(() => carpGroupMac(vhid))).toBe('range');
    }
  });
});

describe('parse', () => {
  test('every advertisement survives, over either family', () => {
    fc.assert(
      fc.property(arbitraryCarp, arbitraryIpv4, (advert, source) => {
        const bytes = emitCarp(advert);
        expect(bytes.length).toBe(carpLength(advert));
        expect(parseCarp(bytes)).toEqual(advert);
        const packet = ipv4Packet(source, VRRP_GROUP, advert, { ttl: 255 });
        expect(packet.protocol).toBe(112);
        expect(parseIpv4(emitIpv4(packet))).toEqual(packet);
        expect(toHex(ipPayloadBytes(packet))).toBe(toHex(bytes));
        const packetIpv6 = ipv6Packet(n1Ipv6, VRRP_GROUP_IPV6, advert, { hopLimit: 255 });
        expect(parseIpv6(emitIpv6(packetIpv6))).toEqual(packetIpv6);
        expect(toHex(ipPayloadBytes(packetIpv6))).toBe(toHex(bytes));
      }),
    );
  });

  test('has the keys of what is constructed, in the same order', () => {
    expect(Object.keys(parseCarp(emitCarp(first)))).toEqual(Object.keys(first));
  });

  test('no VRRP advertisement is taken for CARP', () => {
    fc.assert(
      fc.property(arbitraryVrrp, (advert) => {
        const bytes = emitVrrp(advert, n1, VRRP_GROUP);
        const packet = parseIpv4(emitIpv4(ipv4Packet(n1, VRRP_GROUP, advert)));
        expect(packet.payload.kind).toBe('vrrp');
        expect(toHex(ipPayloadBytes(packet))).toBe(toHex(bytes));
      }),
    );
    const seven = Array.from({ length: 7 }, (_, index) => (one + index) as Ipv4Address);
    const packet = parseIpv4(emitIpv4(ipv4Packet(n1, VRRP_GROUP, vrrpV2Advertisement(7, 100, 1, seven))));
    expect(packet.payload.kind).toBe('vrrp');
  });

  test('a flipped bit is noticed', () => {
    const bytes = emitCarp(first);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const broken = Uint8Array.from(bytes);
      broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(wireErrorCode(() => parseCarp(broken))).not.toBe('none');
    }
  });

  test('a cut at every length is noticed', () => {
    const bytes = emitCarp(first);
    for (let length = 0; length < bytes.length; length++) {
      expect(wireErrorCode(() => parseCarp(bytes.slice(0, length)))).toBe('truncated');
    }
    expect(wireErrorCode(() => parseCarp(bytes, 1))).toBe('truncated');
    expect(wireErrorCode(() => parseCarp(bytes, 0, 35))).toBe('truncated');
  });

  test('each fault has its code', () => {
    const changed = (index: number, value: number) => {
      const bytes = emitCarp(first);
      bytes[index] = value;
      return corrected(bytes);
    };
    expect(wireErrorCode(() => parseCarp(changed(0, 0x31)))).toBe('unsupported');
    expect(wireErrorCode(() => parseCarp(changed(0, 0x22)))).toBe('unsupported');
    expect(wireErrorCode(() => parseCarp(changed(3, 6)))).toBe('unsupported');
    expect(wireErrorCode(() => parseCarp(changed(1, 0)))).toBe('malformed');
    expect(wireErrorCode(() => parseCarp(changed(2, 255)))).toBe('none');
    const longer = new Uint8Array(40);
    longer.set(emitCarp(first));
    expect(wireErrorCode(() => parseCarp(longer))).toBe('unsupported');
    const bytes = emitCarp(first);
    bytes[2] = 101;
    expect(wireErrorCode(() => parseCarp(bytes))).toBe('checksum');
  });

  test('over IPv6 version 2 is CARP or bytes, never VRRP', () => {
    const other = emitCarp(first);
    other[3] = 6;
    const packet = rawIpv6Packet(n1Ipv6, VRRP_GROUP_IPV6, 112, corrected(other));
    expect(parseIpv6(emitIpv6(packet))).toEqual(packet);
    const short = rawIpv6Packet(n1Ipv6, VRRP_GROUP_IPV6, 112, emitCarp(first).slice(0, 20));
    expect(parseIpv6(emitIpv6(short))).toEqual(short);
    expect(wireErrorCode(() => rawIpv6Packet(n1Ipv6, VRRP_GROUP_IPV6, 112, emitCarp(first)))).toBe('range');
    expect(wireErrorCode(() => rawIpv4Packet(n1, VRRP_GROUP, 112, emitCarp(first)))).toBe('range');
  });
});

describe('inspect, for receivers with an order of their own', () => {
  test('reads what is there and judges nothing', () => {
    const bytes = emitCarp(first);
    bytes[0] = 0x3f;
    bytes[3] = 9;
    expect(inspectCarp(bytes)).toMatchObject({
      version: 3,
      type: 15,
      vhid: 1,
      advskew: 100,
      authLength: 9,
      advbase: 1,
      ...COUNTER,
      length: CARP_LENGTH,
      checksumOfHeader: false,
    });
  });

  test('the first 36 bytes of VRRPv2 sum up right as long as what follows them is zeros', () => {
    const addresses = Array.from({ length: 8 }, (_, index) => (one + index) as Ipv4Address);
    const seen = (count: number, password = '') => {
      const auth = [VRRP_AUTH_TYPES.pass, vrrpPassword(password)] as const;
      const advert = vrrpV2Advertisement(7, 100, 1, addresses.slice(0, count), ...auth);
      return inspectCarp(ipPayloadBytes(ipv4Packet(n1, VRRP_GROUP, advert)));
    };
    expect(wireErrorCode(() => seen(4))).toBe('truncated');
    expect(seen(5, 'mysecret')).toMatchObject({
      version: 2,
      vhid: 7,
      advskew: 100,
      authLength: 5,
      demotion: 1,
      advbase: 1,
      length: 36,
      checksumOfHeader: true,
    });
    expect(seen(7)).toMatchObject({ length: 44, checksumOfHeader: true, checksumOfWhole: true });
    expect(seen(6, 'mysecret')).toMatchObject({ length: 40, checksumOfHeader: false, checksumOfWhole: true });
    expect(seen(8)).toMatchObject({ length: 48, checksumOfHeader: false, checksumOfWhole: true });
  });

  test('VRRPv3 sums up its pseudo header, which CARP does not', () => {
    const addresses = Array.from({ length: 7 }, (_, index) => (one + index) as Ipv4Address);
    const bytes = ipPayloadBytes(ipv4Packet(n1, VRRP_GROUP, vrrpV3Advertisement(7, 100, 100, addresses)));
    expect(inspectCarp(bytes)).toMatchObject({ version: 3, length: 36, checksumOfHeader: false });
  });

  test('never throws anything but truncated', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const code = wireErrorCode(() => inspectCarp(bytes));
        expect(code).toBe(bytes.length < CARP_LENGTH ? 'truncated' : 'none');
      }),
    );
  });

  test('the bytes of a payload, behind options and a router alert', () => {
    const datagram = udpDatagram(1, 2, Uint8Array.of(1, 2, 3));
    const behindOptions = ipv4Packet(n1, one, datagram, { options: Uint8Array.of(1, 1, 1, 0) });
    const behindAlert = ipv6Packet(n1Ipv6, oneIpv6 as Ipv6Address, datagram, { hasRouterAlert: true });
    expect(toHex(ipPayloadBytes(behindOptions).slice(0, 6))).toBe('00010002000b');
    expect(toHex(ipPayloadBytes(behindAlert).slice(0, 6))).toBe('00010002000b');
    expect(ipPayloadBytes(rawIpv4Packet(n1, one, 47, Uint8Array.of(9)))).toEqual(Uint8Array.of(9));
  });
});

test('what does not fit cannot be made', () => {
  const code = (fields: Partial<Parameters<typeof carpAdvertisement>[0]>) =>
    wireErrorCode(() => carpAdvertisement({ ...first, ...fields }));
  expect(code({})).toBe('none');
  expect(code({ vhid: 0 })).toBe('range');
  expect(code({ vhid: 256 })).toBe('range');
  expect(code({ advskew: 256 })).toBe('range');
  expect(code({ advbase: -1 })).toBe('range');
  expect(code({ advbase: 0.5 })).toBe('range');
  expect(code({ demotion: 256 })).toBe('range');
  expect(code({ counterHigh: 2 ** 32 })).toBe('range');
  expect(code({ counterLow: -1 })).toBe('range');
  expect(code({ digest: new Uint8Array(19) })).toBe('range');
  expect(wireErrorCode(() => digestOf(0, [one]))).toBe('range');
});

test('in words', () => {
  expect(describeCarp(first)).toBe('CARP advert vhid 1 advbase 1 advskew 100');
  expect(describeCarp({ ...first, demotion: 2 })).toBe('CARP advert vhid 1 advbase 1 advskew 100 demote 2');
});
