import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  carpAdvertisement,
  type Ipv4Address,
  type Ipv4Packet,
  ipv4Address,
  ipv4Packet,
  ipv6Address,
  ipv6Packet,
  VRRP_AUTH_TYPES,
  VRRP_GROUP,
  VRRP_GROUP_IPV6,
  type VrrpAdvertisement,
  vrrpPassword,
  vrrpV2Advertisement,
  vrrpV3Advertisement,
} from '../../wire/index.js';
import { addressCheckApplies, advertOf, checkAdvert } from './advert-checks.js';
import { type InstanceSample, instance, PLACE, vip } from './testing/sample-config.js';

const VIP = ipv4Address('10.0.0.100');
const FROM = ipv4Address('10.0.0.2');
const good = vrrpV2Advertisement(51, 100, 1, [VIP]);

function judge(
  payload: VrrpAdvertisement | Ipv4Packet['payload'],
  sample: InstanceSample = {},
  packet: { destination?: Ipv4Address; ttl?: number; source?: Ipv4Address } = {},
  checksAddresses = true,
): [string, string] | null {
  const whole: Ipv4Packet = {
    ...ipv4Packet(packet.source ?? FROM, packet.destination ?? VRRP_GROUP, good, { ttl: packet.ttl ?? 255 }),
    payload,
  };
  const advert = advertOf(whole);
  if (advert === undefined) return ['no header', ''];
  const failure = checkAdvert(advert, whole, instance(sample), checksAddresses);
  return failure === null ? null : [failure.reason, failure.log()];
}

describe('what keepalived 2.2.7 refuses', () => {
  test('nothing of a good advert', () => {
    expect(judge(good)).toBeNull();
    expect(judge(vrrpV3Advertisement(51, 100, 100, [VIP]), { version: 3 })).toBeNull();
  });

  test.each<[string, string, VrrpAdvertisement, InstanceSample, object]>([
    ['ttl', '(VI_1) invalid TTL/HL. Received 64 and expect 255', good, {}, { ttl: 64 }],
    ['version', '(VI_1) wrong version. Received 2 and expect 3', good, { version: 3 }, {}],
    [
      'authentication-header',
      '(VI_1) No AH header but auth type is AH',
      good,
      { authentication: { type: 'AH', password: 'x' } },
      {},
    ],
    [
      'authentication-header',
      '(VI_1) Received AH header but auth type not AH',
      vrrpV2Advertisement(51, 100, 1, [VIP], 2),
      {},
      {},
    ],
    ['auth-type', '(VI_1) Invalid auth type: 7', vrrpV2Advertisement(51, 100, 1, [VIP], 7), {}, {}],
    ['auth-type', '(VI_1) received a 0 auth, expecting 1!', good, { password: 'secret' }, {}],
    [
      'password',
      '(VI_1) received an invalid passwd!',
      vrrpV2Advertisement(51, 100, 1, [VIP], 1, vrrpPassword('secret')),
      { password: 'Secret' },
      {},
    ],
    [
      'interval',
      "(VI_1) advertisement interval mismatch mine=1 sec rcv'd=2 sec",
      vrrpV2Advertisement(51, 100, 2, [VIP]),
      {},
      {},
    ],
    [
      'address-count',
      '(VI_1) received an unexpected ip number count 1, expected 2!',
      good,
      { virtualAddresses: [vip('10.0.0.100'), vip('10.0.0.101')] },
      {},
    ],
    [
      'checksum',
      '(VI_1) Invalid VRRPv3 checksum',
      vrrpV3Advertisement(51, 100, 100, [VIP], 'message'),
      { version: 3 },
      {},
    ],
    [
      'multicast-or-unicast',
      '(VI_1) Expected unicast packet but received multicast packet',
      good,
      { unicast: true },
      {},
    ],
    [
      'multicast-or-unicast',
      '(VI_1) Expected multicast packet but received unicast packet',
      good,
      {},
      { destination: ipv4Address('10.0.0.1') },
    ],
    [
      'addresses',
      '(VI_1) ip address associated with VRID 51 not present in MASTER advert: 10.0.0.101',
      good,
      { virtualAddresses: [vip('10.0.0.101')] },
      {},
    ],
  ])('%s', (reason, log, advert, sample, packet) => {
    expect(judge(advert, sample, packet)).toEqual([reason, log]);
  });

  test('the order: time to live before password before interval before addresses', () => {
    const wrong = vrrpV2Advertisement(51, 100, 2, [ipv4Address('10.0.0.9')], 1, vrrpPassword('a'));
    expect(judge(wrong, { password: 'b' }, { ttl: 1 })?.[0]).toBe('ttl');
    expect(judge(wrong, { password: 'b' })?.[0]).toBe('password');
    expect(judge(wrong, { password: 'a' })?.[0]).toBe('interval');
    expect(judge(wrong, { password: 'a', advertIntervalUs: 2_000_000 })?.[0]).toBe('addresses');
  });

  test('the address list only where it applies', () => {
    expect(judge(good, { virtualAddresses: [vip('10.0.0.101')] }, {}, false)).toBeNull();
    const skip = { skipCheckAdvertAddress: true };
    expect(addressCheckApplies(skip, true, FROM, FROM)).toBe(true);
    expect(addressCheckApplies(skip, false, FROM, FROM)).toBe(false);
    expect(addressCheckApplies(skip, false, FROM, null)).toBe(true);
    expect(addressCheckApplies({ skipCheckAdvertAddress: false }, false, FROM, FROM)).toBe(true);
  });

  test('the order of the list does not matter, nor does a password longer than eight bytes', () => {
    const both = { virtualAddresses: [vip('10.0.0.101'), vip('10.0.0.100')] };
    expect(judge(vrrpV2Advertisement(51, 100, 1, [VIP, ipv4Address('10.0.0.101')]), both)).toBeNull();
    const long = vrrpV2Advertisement(51, 100, 1, [VIP], 1, vrrpPassword('12345678'));
    expect(judge(long, { password: '123456789' })).toBeNull();
  });

  test('unicast: any sender and any time to live, unless the source is checked', () => {
    const peers = [
      { address: { family: 'inet' as const, address: FROM }, minTtl: 64, maxTtl: 64, origin: PLACE },
    ];
    const unicast = { unicast: true, unicastPeers: peers };
    const here = { destination: ipv4Address('10.0.0.1') };
    const stranger = ipv4Address('10.0.0.7');
    expect(judge(good, unicast, { ...here, ttl: 9, source: stranger })).toBeNull();
    const checked = { ...unicast, checkUnicastSource: true };
    expect(judge(good, checked, { ...here, source: stranger })?.[0]).toBe('unknown-peer');
    expect(judge(good, checked, { ...here, ttl: 63 })).toEqual([
      'peer-ttl',
      '(VI_1) TTL/HL 63 not in range 64 - 64',
    ]);
    expect(judge(good, checked, { ...here, ttl: 64 })).toBeNull();
  });
});

describe('CARP, of the same protocol and first byte', () => {
  const carp = carpAdvertisement({
    vhid: 51,
    advskew: 240,
    advbase: 1,
    demotion: 0,
    counterHigh: 1,
    counterLow: 2,
    digest: new Uint8Array(20).fill(7),
  });

  test.each([2 as const, 3 as const])(
    'is too short for the addresses it seems to have, version %d',
    (version) => {
      expect(judge(carp, { version })).toEqual([
        'length',
        '(VI_1) vrrp packet too short, length 56 and expect 64',
      ]);
    },
  );

  test('has no authentication header, even where its demotion reads like one', () => {
    const demoted = carpAdvertisement({ ...carp, demotion: VRRP_AUTH_TYPES.ah });
    expect(judge(demoted)?.[0]).toBe('length');
    expect(judge(demoted, { authentication: { type: 'AH', password: 'x' } })).toEqual([
      'authentication-header',
      '(VI_1) No AH header but auth type is AH',
    ]);
  });

  test('over IPv6 never gets past the checksum of the socket', () => {
    const packet = ipv6Packet(ipv6Address('fe80::2'), VRRP_GROUP_IPV6, carp, { hopLimit: 255 });
    expect(advertOf(packet)).toBeUndefined();
    const good6 = vrrpV3Advertisement(51, 100, 100, [ipv6Address('fe80::1')]);
    expect(advertOf({ ...packet, payload: good6 })).toMatchObject({ virtualRouterId: 51, priority: 100 });
  });
});

describe('bytes that are no advert', () => {
  const raw = (bytes: Uint8Array): [string, string] | null => judge({ kind: 'raw', bytes });

  test('too short, too long, another type, a broken checksum', () => {
    expect(raw(new Uint8Array(7))?.[0]).toBe('no header');
    expect(raw(Uint8Array.of(0x21, 51, 100, 1, 0, 1, 0, 0))?.[1]).toBe(
      '(VI_1) vrrp packet too short, length 28 and expect 40',
    );
    expect(raw(Uint8Array.of(0x21, 51, 100, 0, 0, 1, 0, 0, ...new Uint8Array(9)))?.[1]).toBe(
      '(VI_1) vrrp packet too long, length 37 and expect 36',
    );
    const addresses = [10, 0, 0, 100];
    expect(raw(Uint8Array.of(0x22, 51, 100, 1, 0, 1, 0, 0, ...addresses, ...new Uint8Array(8)))?.[0]).toBe(
      'type',
    );
    expect(raw(Uint8Array.of(0x21, 51, 100, 1, 0, 1, 0, 1, ...addresses, ...new Uint8Array(8)))?.[0]).toBe(
      'checksum',
    );
  });

  test('another protocol is not looked at', () => {
    const packet = {
      ...ipv4Packet(FROM, VRRP_GROUP, good),
      protocol: 17,
      payload: { kind: 'raw' as const, bytes: new Uint8Array(20) },
    };
    expect(advertOf(packet)).toBeUndefined();
  });

  test('no bytes make the checks fail with anything but a reason', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.constantFrom(2 as const, 3 as const),
        (bytes, version) => {
          const result = judge({ kind: 'raw', bytes }, { version });
          if (result !== null) expect(typeof result[0]).toBe('string');
        },
      ),
    );
  });
});
