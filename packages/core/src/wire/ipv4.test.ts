import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv4Address, VRRP_GROUP } from './address.js';
import { arbitraryIpv4Packet } from './frame.arbitrary.js';
import { icmpEchoRequest, icmpUnreachable } from './icmp.js';
import { igmpGroupRecord, igmpReportV3 } from './igmp.js';
import {
  describeIpv4,
  emitIpv4,
  ipv4Length,
  ipv4Packet,
  isFragment,
  parseIpv4,
  ROUTER_ALERT_OPTION,
  rawIpv4Packet,
  TOS_INTERNETWORK_CONTROL,
  withDecrementedTtl,
} from './ipv4.js';
import { MAX_QUOTED_LENGTH, parseQuotedDatagram, quoteIpv4 } from './quoted-datagram.js';
import { fromHex, RECORDED_FRAMES, toHex } from './recorded-frames.fixture.js';
import { TCP_SYN, tcpSegment } from './tcp.js';
import { emitUdp, udpDatagram } from './udp.js';
import { vrrpPassword, vrrpV2Advertisement } from './vrrp.js';
import { wireErrorCode } from './wire-error.fixture.js';

const n1 = ipv4Address('192.168.1.11');
const n2 = ipv4Address('192.168.1.12');
const vip = ipv4Address('192.168.1.100');
const ping = ipv4Packet(n1, n2, icmpEchoRequest(1, 2, Uint8Array.of(3)));

describe('what Linux sent', () => {
  test('a keepalived advert', () => {
    const advert = vrrpV2Advertisement(51, 150, 1, [vip], 1, vrrpPassword('mysecret'));
    const packet = ipv4Packet(n1, VRRP_GROUP, advert, {
      ttl: 255,
      typeOfService: TOS_INTERNETWORK_CONTROL,
      identification: 1,
    });
    const bytes = fromHex(RECORDED_FRAMES.keepalivedAdvertWithPassword).slice(14);
    expect(toHex(emitIpv4(packet))).toBe(toHex(bytes));
    expect(parseIpv4(bytes)).toEqual(packet);
  });

  test('an IGMP report with the router alert option', () => {
    const packet = ipv4Packet(
      n2,
      ipv4Address('224.0.0.22'),
      igmpReportV3([igmpGroupRecord('change-to-exclude', VRRP_GROUP)]),
      { ttl: 1, typeOfService: TOS_INTERNETWORK_CONTROL, dontFragment: true, options: ROUTER_ALERT_OPTION },
    );
    const bytes = fromHex(RECORDED_FRAMES.igmpJoin).slice(14);
    expect(toHex(emitIpv4(packet))).toBe(toHex(bytes));
    expect(parseIpv4(bytes)).toEqual(packet);
  });

  test('ucarp: protocol 112, but CARP', () => {
    const bytes = fromHex(RECORDED_FRAMES.ucarpAdvert).slice(14);
    const packet = parseIpv4(bytes);
    expect(packet).toMatchObject({ protocol: 112, payload: { kind: 'carp' }, dontFragment: true });
    expect(toHex(emitIpv4(packet))).toBe(toHex(bytes));
  });
});

describe('bytes', () => {
  test('every packet survives, and its length is known beforehand', () => {
    fc.assert(
      fc.property(arbitraryIpv4Packet, (packet) => {
        const bytes = emitIpv4(packet);
        expect(bytes.length).toBe(ipv4Length(packet));
        expect(parseIpv4(bytes)).toEqual(packet);
      }),
      { numRuns: 300 },
    );
  });

  test('bytes after the total length are padding', () => {
    const padded = new Uint8Array(46);
    padded.set(emitIpv4(ping));
    expect(parseIpv4(padded)).toEqual(ping);
  });

  test('a cut at every length is noticed', () => {
    const bytes = emitIpv4(ping);
    for (let length = 0; length < bytes.length; length++) {
      expect(wireErrorCode(() => parseIpv4(bytes.slice(0, length)))).toBe('truncated');
    }
  });

  test('a flipped bit of the header is noticed', () => {
    const bytes = emitIpv4(ping);
    for (let bit = 0; bit < 20 * 8; bit++) {
      const broken = Uint8Array.from(bytes);
      broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(wireErrorCode(() => parseIpv4(broken))).not.toBe('none');
    }
  });

  test('hostile headers', () => {
    const changed = (index: number, value: number) => {
      const bytes = emitIpv4(ping);
      bytes[index] = value;
      return wireErrorCode(() => parseIpv4(bytes));
    };
    expect(changed(0, 0x65)).toBe('unsupported');
    expect(changed(0, 0x44)).toBe('malformed');
    expect(changed(3, 19)).toBe('malformed');
    expect(changed(2, 0xff)).toBe('truncated');
    expect(changed(8, 1)).toBe('checksum');
  });
});

describe('constructors', () => {
  test('packets of all kinds have the same keys in the same order', () => {
    const keys = Object.keys(ping);
    expect(Object.keys(rawIpv4Packet(n1, n2, 47, new Uint8Array(20)))).toEqual(keys);
    expect(Object.keys(parseIpv4(emitIpv4(ping)))).toEqual(keys);
    expect(Object.keys(withDecrementedTtl(ping))).toEqual(keys);
  });

  test('what does not fit cannot be made', () => {
    const udp = udpDatagram(1, 2, new Uint8Array(0));
    expect(wireErrorCode(() => ipv4Packet(n1, n2, udp, { ttl: 256 }))).toBe('range');
    expect(wireErrorCode(() => ipv4Packet(n1, n2, udp, { identification: -1 }))).toBe('range');
    expect(wireErrorCode(() => ipv4Packet(n1, n2, udp, { moreFragments: true }))).toBe('range');
    expect(wireErrorCode(() => ipv4Packet(n1, n2, udp, { options: new Uint8Array(3) }))).toBe('range');
    expect(wireErrorCode(() => ipv4Packet(n1, n2, udp, { options: new Uint8Array(44) }))).toBe('range');
    expect(wireErrorCode(() => rawIpv4Packet(n1, n2, 47, new Uint8Array(65_516)))).toBe('range');
    expect(wireErrorCode(() => rawIpv4Packet(n1, n2, 47, new Uint8Array(8), { fragmentOffset: 4 }))).toBe(
      'range',
    );
  });

  test.each(['94', '94000000', '94050000', '01010194'])('options %s are not well formed', (digits) => {
    const udp = udpDatagram(1, 2, new Uint8Array(0));
    expect(wireErrorCode(() => ipv4Packet(n1, n2, udp, { options: fromHex(digits) }))).toBe('range');
  });

  test('raw bytes of a protocol with a representation are refused, unless they are a fragment', () => {
    const udp = emitUdp(udpDatagram(1, 2, new Uint8Array(40)), n1, n2);
    expect(wireErrorCode(() => rawIpv4Packet(n1, n2, 17, udp))).toBe('range');
    expect(wireErrorCode(() => rawIpv4Packet(n1, n2, 17, new Uint8Array(3)))).toBe('range');
    const first = rawIpv4Packet(n1, n2, 17, udp.slice(0, 24), { moreFragments: true });
    const last = rawIpv4Packet(n1, n2, 17, udp.slice(24), { fragmentOffset: 24 });
    expect([isFragment(first), isFragment(last), isFragment(ping)]).toEqual([true, true, false]);
    expect(parseIpv4(emitIpv4(last))).toEqual(last);
  });

  test('a hop costs one TTL and nothing else', () => {
    expect(withDecrementedTtl(ping)).toEqual({ ...ping, ttl: 63 });
    expect(wireErrorCode(() => withDecrementedTtl({ ...ping, ttl: 0 }))).toBe('range');
  });

  test('in words', () => {
    expect(describeIpv4(ping)).toBe('192.168.1.11 > 192.168.1.12 ICMP echo request id 1 seq 2');
    expect(describeIpv4(rawIpv4Packet(n1, n2, 47, new Uint8Array(20)))).toBe(
      '192.168.1.11 > 192.168.1.12 IP protocol 47 length 20',
    );
  });
});

describe('quotations in ICMP errors', () => {
  test('name the ports of what is complained about', () => {
    const packet = ipv4Packet(n1, n2, udpDatagram(4000, 53, new Uint8Array(100)));
    const error = icmpUnreachable(3, quoteIpv4(packet, 28));
    expect(error.original.length).toBe(28);
    expect(parseQuotedDatagram(error.original)).toMatchObject({
      source: n1,
      destination: n2,
      protocol: 17,
      sourcePort: 4000,
      destinationPort: 53,
      totalLength: 128,
    });
  });

  test('name the sequence number of a TCP segment', () => {
    const segment = tcpSegment({
      sourcePort: 4000,
      destinationPort: 80,
      sequence: 0xdead_beef,
      flags: TCP_SYN,
    });
    const packet = ipv4Packet(n1, n2, segment);
    const ends = { protocol: 6, sourcePort: 4000, destinationPort: 80 };
    expect(parseQuotedDatagram(quoteIpv4(packet))).toMatchObject({ ...ends, sequence: 0xdead_beef });
    // 8 bytes of TCP is what RFC 792 asks for: just enough.
    expect(parseQuotedDatagram(quoteIpv4(packet, 28))).toMatchObject({ ...ends, sequence: 0xdead_beef });
    expect(parseQuotedDatagram(quoteIpv4(packet, 27))).toMatchObject({ ...ends, sequence: 0 });
    const udp = ipv4Packet(n1, n2, udpDatagram(4000, 53, new Uint8Array(100)));
    expect(parseQuotedDatagram(quoteIpv4(udp)).sequence).toBe(0);
  });

  test('are bounded as Linux bounds them', () => {
    const packet = ipv4Packet(n1, n2, udpDatagram(4000, 53, new Uint8Array(1000)));
    expect(quoteIpv4(packet).length).toBe(MAX_QUOTED_LENGTH);
    expect(quoteIpv4(ping)).toEqual(emitIpv4(ping));
  });

  test('a later fragment has no ports', () => {
    const packet = rawIpv4Packet(n1, n2, 17, new Uint8Array(16).fill(9), { fragmentOffset: 8 });
    expect(parseQuotedDatagram(quoteIpv4(packet))).toMatchObject({ sourcePort: 0, fragmentOffset: 8 });
  });

  test('any bytes give a quotation or a WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        if (bytes.length > 0) bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x0f);
        expect(['none', 'truncated', 'malformed']).toContain(wireErrorCode(() => parseQuotedDatagram(bytes)));
      }),
    );
  });
});
