import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv4Address, macAddress } from './address.js';
import { addWords, finishChecksum } from './checksum.js';
import { arbitraryIpv6, arbitraryIpv6Packet, arbitraryVrrpIpv6 } from './frame.arbitrary.js';
import {
  emitIcmpv6,
  type Icmpv6Message,
  icmpv6EchoRequest,
  icmpv6Error,
  mldReport,
  neighbourAdvertisement,
  neighbourSolicitation,
  parseIcmpv6,
} from './icmpv6.js';
import { type Ipv6Address, ipv6Address, pseudoHeaderSumIpv6, VRRP_GROUP_IPV6 } from './ip-address.js';
import {
  describeIpv6,
  emitIpv6,
  ipv6Length,
  ipv6Packet,
  parseIpv6,
  rawIpv6Packet,
  withDecrementedHopLimit,
} from './ipv6.js';
import { mldGroupRecord } from './mld.js';
import { parseQuotedIpv6, quoteIpv6 } from './quoted-ipv6.js';
import { fromHex, toHex } from './recorded-frames.fixture.js';
import { udpDatagram } from './udp.js';
import { emitVrrp, inspectVrrp, parseVrrp, vrrpV2Advertisement, vrrpV3Advertisement } from './vrrp.js';
import { wireErrorCode } from './wire-error.fixture.js';
import { WireError } from './wire-error.js';

const mac = macAddress('02:00:00:00:01:01');
const a = ipv6Address('2001:db8::11');
const b = ipv6Address('2001:db8::12');
const vip = ipv6Address('2001:db8::100');

/** An ICMPv6 message changed by hand, with a checksum that is right again. */
function corrected(bytes: Uint8Array, source: Ipv6Address = a, destination: Ipv6Address = b): Uint8Array {
  bytes[2] = 0;
  bytes[3] = 0;
  const sum = pseudoHeaderSumIpv6(source, destination, 58, bytes.length);
  const checksum = finishChecksum(addWords(bytes, 0, bytes.length, sum));
  bytes[2] = checksum >> 8;
  bytes[3] = checksum;
  return bytes;
}

describe('a packet', () => {
  test('read back is the packet that was sent', () => {
    fc.assert(
      fc.property(arbitraryIpv6Packet, (packet) => {
        const bytes = emitIpv6(packet);
        expect(bytes.length).toBe(ipv6Length(packet));
        expect(parseIpv6(bytes)).toEqual(packet);
        expect(describeIpv6(packet)).toContain(packet.destination);
      }),
    );
  });

  test('byte for byte: a ping, its checksum worked out by hand', () => {
    const packet = ipv6Packet(
      ipv6Address('fe80::1'),
      ipv6Address('fe80::2'),
      icmpv6EchoRequest(0x1234, 1, Uint8Array.of(1, 2, 3, 4)),
    );
    expect(toHex(emitIpv6(packet))).toBe(
      `60000000000c3a40${'fe80000000000000'}0000000000000001${'fe80000000000000'}0000000000000002` +
        '80006c79'.concat('1234000101020304'),
    );
  });

  test('a router takes one hop', () => {
    const packet = ipv6Packet(a, b, udpDatagram(1, 2, new Uint8Array(3)), { hopLimit: 2 });
    expect(withDecrementedHopLimit(packet).hopLimit).toBe(1);
    expect(wireErrorCode(() => withDecrementedHopLimit({ ...packet, hopLimit: 0 }))).toBe('range');
  });

  test('refuses what cannot be sent', () => {
    const datagram = udpDatagram(1, 2, new Uint8Array(3));
    expect(wireErrorCode(() => ipv6Packet(VRRP_GROUP_IPV6, b, datagram))).toBe('range');
    expect(wireErrorCode(() => ipv6Packet(a, b, { ...datagram, checksummed: false }))).toBe('range');
    expect(wireErrorCode(() => ipv6Packet(a, b, datagram, { hopLimit: 256 }))).toBe('range');
    expect(wireErrorCode(() => ipv6Packet(a, b, datagram, { flowLabel: 0x10_0000 }))).toBe('range');
    expect(wireErrorCode(() => ipv6Packet(a, b, vrrpV2Advertisement(1, 1, 1, [])))).toBe('range');
    const v3 = vrrpV3Advertisement(1, 1, 1, [ipv4Address('10.0.0.1')]);
    expect(wireErrorCode(() => ipv6Packet(a, b, v3))).toBe('range');
    expect(wireErrorCode(() => rawIpv6Packet(a, b, 17, new Uint8Array(8)))).toBe('range');
    expect(wireErrorCode(() => rawIpv6Packet(a, b, 58, new Uint8Array(4)))).toBe('range');
  });

  test('behind unknown hop-by-hop options is raw', () => {
    const jumbo = Uint8Array.of(17, 0, 0xc2, 4, 0, 1, 0, 0, 1, 2, 3);
    const packet = rawIpv6Packet(a, b, 0, jumbo);
    expect(parseIpv6(emitIpv6(packet))).toEqual(packet);
    const alert = Uint8Array.of(58, 0, 5, 2, 0, 0, 1, 0);
    expect(wireErrorCode(() => rawIpv6Packet(a, b, 0, alert))).toBe('range');
  });

  test('hostile bytes give a WireError or a packet, nothing else', () => {
    fc.assert(
      fc.property(
        arbitraryIpv6Packet,
        fc.array(fc.tuple(fc.nat(120), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.nat(140),
        (packet, changes, length) => {
          const bytes = emitIpv6(packet).slice(0, Math.max(1, length));
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          try {
            const read = parseIpv6(bytes);
            expect(parseIpv6(emitIpv6(read))).toEqual(read);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a flipped bit in what the checksum covers is found', () => {
    const bytes = emitIpv6(ipv6Packet(a, b, neighbourSolicitation(vip, mac), { hopLimit: 255 }));
    for (let at = 8; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] as number) ^ 0x04;
      expect(
        wireErrorCode(() => parseIpv6(damaged)),
        `byte ${at}`,
      ).toBe('checksum');
    }
    const datagram = emitIpv6(ipv6Packet(a, b, udpDatagram(1, 2, new Uint8Array(3))));
    datagram[46] = 0;
    datagram[47] = 0;
    expect(wireErrorCode(() => parseIpv6(datagram))).toBe('checksum');
  });
});

describe('neighbour discovery', () => {
  const read = (bytes: Uint8Array) => parseIcmpv6(bytes, a, b);
  const solicitation = emitIcmpv6(neighbourSolicitation(vip, mac), a, b);

  test('what is malformed is refused (RFC 4861 §7.1)', () => {
    const cases: [string, (bytes: Uint8Array) => Uint8Array, string][] = [
      ['code', (bytes) => bytes.fill(1, 1, 2), 'malformed'],
      ['target is a group', (bytes) => bytes.fill(0xff, 8, 9), 'malformed'],
      ['option of length 0', (bytes) => bytes.fill(0, 25, 26), 'malformed'],
      ['option longer than the message', (bytes) => bytes.fill(2, 25, 26), 'truncated'],
      ['no target', (bytes) => bytes.slice(0, 23), 'truncated'],
      ['half an option', (bytes) => bytes.slice(0, 25), 'truncated'],
      [
        'long link-layer address',
        (bytes) => fromHex(toHex(bytes) + '00'.repeat(8)).fill(2, 25, 26),
        'malformed',
      ],
    ];
    for (const [name, change, code] of cases) {
      expect(
        wireErrorCode(() => read(corrected(change(solicitation.slice())))),
        name,
      ).toBe(code);
    }
  });

  test('options without meaning are stepped over (RFC 4861 §4.6)', () => {
    const longer = fromHex(`${toHex(solicitation.slice(0, 24))}0e01${'aabbccddeeff'}0101${'020000000101'}`);
    expect(read(corrected(longer))).toEqual(neighbourSolicitation(vip, mac));
  });

  test('flags are R, S and O', () => {
    const flagsOf = (message: Icmpv6Message) => (emitIcmpv6(message, a, b)[4] as number) >> 5;
    expect(flagsOf(neighbourAdvertisement(vip, mac, { isRouter: true }))).toBe(4);
    expect(flagsOf(neighbourAdvertisement(vip, mac, { isSolicited: true }))).toBe(2);
    expect(flagsOf(neighbourAdvertisement(vip, mac, { isOverriding: true }))).toBe(1);
  });

  test('router messages and redirects have no representation', () => {
    for (const type of [130, 133, 134, 137]) {
      const bytes = corrected(Uint8Array.of(type, 0, 0, 0, ...new Uint8Array(36)));
      expect(
        wireErrorCode(() => read(bytes)),
        `${type}`,
      ).toBe('unsupported');
      const packet = rawIpv6Packet(a, b, 58, bytes);
      expect(parseIpv6(emitIpv6(packet)).payload).toEqual({ kind: 'raw', bytes });
    }
  });

  test('nobody asks for a group', () => {
    expect(wireErrorCode(() => neighbourSolicitation(VRRP_GROUP_IPV6, mac))).toBe('range');
    expect(wireErrorCode(() => mldGroupRecord('is-exclude', a))).toBe('range');
  });

  test('reports that are cut off or of nobody are refused', () => {
    const report = emitIcmpv6(mldReport([mldGroupRecord('is-exclude', VRRP_GROUP_IPV6, [b])]), a, b);
    expect(read(report)).toEqual(mldReport([mldGroupRecord('is-exclude', VRRP_GROUP_IPV6, [b])]));
    for (let length = 8; length < report.length; length++) {
      expect(
        wireErrorCode(() => read(corrected(report.slice(0, length)))),
        `${length}`,
      ).toBe('truncated');
    }
    expect(wireErrorCode(() => read(corrected(report.slice().fill(7, 8, 9))))).toBe('malformed');
    expect(wireErrorCode(() => read(corrected(report.slice().fill(0x20, 12, 13))))).toBe('malformed');
  });
});

describe('VRRP over IPv6 (RFC 5798)', () => {
  const source = ipv6Address('fe80::11');
  const advert = vrrpV3Advertisement(51, 150, 100, [ipv6Address('fe80::1'), vip]);

  test('byte for byte: the pseudo header of §5.2.8 is in the checksum', () => {
    const bytes = emitVrrp(advert, source, VRRP_GROUP_IPV6);
    expect(toHex(bytes)).toMatch(/^3133960200 ?64/);
    expect(bytes.length).toBe(40);
    const sum = pseudoHeaderSumIpv6(source, VRRP_GROUP_IPV6, 112, 40);
    expect(finishChecksum(addWords(bytes, 0, 40, sum))).toBe(0);
    expect(parseVrrp(bytes, source, VRRP_GROUP_IPV6)).toEqual(advert);
  });

  test('read back is what was sent', () => {
    fc.assert(
      fc.property(arbitraryVrrpIpv6, arbitraryIpv6, (any, from) => {
        expect(parseVrrp(emitVrrp(any, from, VRRP_GROUP_IPV6), from, VRRP_GROUP_IPV6)).toEqual(any);
      }),
    );
  });

  test('a checksum of the message alone, version 2 and a wrong count are refused', () => {
    const bytes = emitVrrp(advert, source, VRRP_GROUP_IPV6);
    const without = bytes.slice().fill(0, 6, 8);
    const checksum = finishChecksum(addWords(without, 0, 40, 0));
    without[6] = checksum >> 8;
    without[7] = checksum;
    expect(inspectVrrp(without, source, VRRP_GROUP_IPV6)).toMatchObject({
      checksumOfMessage: true,
      checksumWithPseudoHeader: false,
      addresses: ['fe80::1', '2001:db8::100'],
    });
    const read = (changed: Uint8Array) => wireErrorCode(() => parseVrrp(changed, source, VRRP_GROUP_IPV6));
    expect(read(without)).toBe('checksum');
    expect(read(bytes.slice().fill(0x21, 0, 1))).toBe('unsupported');
    expect(read(bytes.slice().fill(3, 3, 4))).toBe('truncated');
    expect(read(bytes.slice().fill(1, 3, 4))).toBe('malformed');
  });

  test('addresses are of one family', () => {
    expect(wireErrorCode(() => vrrpV3Advertisement(1, 1, 1, [vip, ipv4Address('10.0.0.1')]))).toBe('range');
    expect(wireErrorCode(() => vrrpV3Advertisement(1, 1, 1, [vip], 'message'))).toBe('range');
  });
});

describe('the quotation in an error', () => {
  const packet = ipv6Packet(a, b, udpDatagram(4000, 53, new Uint8Array(2000).fill(7)));

  test('fits 1280 bytes with its headers (RFC 4443 §2.4)', () => {
    const error = icmpv6Error('destination-unreachable', 4, quoteIpv6(packet));
    expect(ipv6Length(ipv6Packet(b, a, error))).toBe(1280);
  });

  test('tells whose packet it was', () => {
    expect(parseQuotedIpv6(quoteIpv6(packet, 48))).toMatchObject({
      source: a,
      destination: b,
      protocol: 17,
      totalLength: 2048,
      sourcePort: 4000,
      destinationPort: 53,
    });
    expect(parseQuotedIpv6(quoteIpv6(packet, 43)).sourcePort).toBe(0);
    expect(wireErrorCode(() => parseQuotedIpv6(quoteIpv6(packet, 39)))).toBe('truncated');
    expect(wireErrorCode(() => parseQuotedIpv6(new Uint8Array(40)))).toBe('unsupported');
  });
});
