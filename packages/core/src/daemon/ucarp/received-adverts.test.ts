import { describe, expect, test } from 'vitest';
import {
  carpAdvertisement,
  carpDigest,
  type Ipv4Packet,
  ipv4Address,
  ipv4Packet,
  VRRP_GROUP,
  vrrpV2Advertisement,
  vrrpV3Advertisement,
} from '../../wire/index.js';
import { checkPacket } from './received-adverts.js';

const SOURCE = ipv4Address('10.0.0.2');
const VIP = ipv4Address('10.0.0.100');
const config = { vhid: 1, multicastGroup: VRRP_GROUP };

const digestOf = (counterHigh: number, counterLow: number, password = 'secret'): Uint8Array =>
  carpDigest({ password, vhid: 1, addresses: [VIP], counterHigh, counterLow });
const check = (packet: Ipv4Packet) => checkPacket(packet, config, digestOf);

const advert = (fields: { vhid?: number; password?: string } = {}) =>
  carpAdvertisement({
    vhid: fields.vhid ?? 1,
    advskew: 0,
    advbase: 1,
    demotion: 0,
    counterHigh: 1,
    counterLow: 2,
    digest: digestOf(1, 2, fields.password),
  });
const vips = (count: number) =>
  Array.from({ length: count }, (_, index) => ipv4Address(`10.0.0.${100 + index}`));

describe('adverts', () => {
  test('a good one passes', () => {
    const good = advert();
    expect(check(ipv4Packet(SOURCE, VRRP_GROUP, good, { ttl: 255 }))).toEqual({
      kind: 'advert',
      advert: good,
    });
  });

  test('another vhid and another group are somebody else’s', () => {
    expect(check(ipv4Packet(SOURCE, VRRP_GROUP, advert({ vhid: 2 }), { ttl: 255 }))).toEqual({
      kind: 'foreign',
    });
    const group = ipv4Address('224.0.0.99');
    expect(check(ipv4Packet(SOURCE, group, advert(), { ttl: 255 }))).toEqual({ kind: 'foreign' });
  });

  test('a TTL that a router has lowered, another password', () => {
    expect(check(ipv4Packet(SOURCE, VRRP_GROUP, advert(), { ttl: 254 }))).toMatchObject({
      reason: 'badttl',
      line: '[WARNING] Bad TTL: [254]',
    });
    const refused = check(ipv4Packet(SOURCE, VRRP_GROUP, advert({ password: 'other' }), { ttl: 255 }));
    expect(refused).toMatchObject({ kind: 'rejected', reason: 'badauth', vhid: 1 });
    expect(refused).toHaveProperty(
      'line',
      expect.stringMatching(
        /^\[WARNING\] Bad digest - md2=\[[0-9a-f]{8}\.\.\.\] md=\[[0-9a-f]{8}\.\.\.\] - Check vhid, password and virtual IP address$/,
      ),
    );
  });
});

describe('VRRP on the same LAN', () => {
  const vrrpV2 = (count: number, vrid = 1) =>
    ipv4Packet(SOURCE, VRRP_GROUP, vrrpV2Advertisement(vrid, 150, 1, vips(count)), { ttl: 255 });

  test('four addresses of version 2 are too short, without a line', () => {
    expect(check(vrrpV2(4))).toEqual({ kind: 'rejected', reason: 'badlen', vhid: 1, line: null });
  });

  test('five are as long as an advert, and the digest is wrong', () => {
    expect(check(vrrpV2(5))).toMatchObject({ reason: 'badauth' });
    expect(check(vrrpV2(5, 7))).toEqual({ kind: 'foreign' });
  });

  test('the checksum is taken of the first 36 bytes: up to seven addresses only zeros follow', () => {
    expect(check(vrrpV2(7))).toMatchObject({ reason: 'badauth' });
    expect(check(vrrpV2(8))).toMatchObject({ reason: 'badsum', line: '[WARNING] Bad IP checksum' });
  });

  test('version 3', () => {
    const packet = ipv4Packet(SOURCE, VRRP_GROUP, vrrpV3Advertisement(1, 150, 100, vips(7)), { ttl: 255 });
    expect(check(packet)).toMatchObject({ reason: 'badver', line: '[WARNING] Bad version: [3]' });
  });
});
