import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BROADCAST_MAC, ipv4Address, macAddress, multicastMac, VRRP_GROUP } from './address.js';
import { arpRequest, gratuitousArpRequestToBroadcast } from './arp.js';
import { ethernetHeaderLength, parseEthernetHeader, vlanTag } from './ethernet.js';
import { arbitraryFrame } from './frame.arbitrary.js';
import {
  describeFrame,
  type EthernetFrame,
  emitFrame,
  emitFrameInto,
  ethernetFrame,
  frameLength,
  llcFrame,
  paddedFrameLength,
  parseFrame,
  parseFrameFrom,
  rawFrame,
  withPoppedTag,
  withPushedTag,
  withTag,
} from './frame.js';
import { ipv4Packet } from './ipv4.js';
import { fromHex, RECORDED_FRAMES, toHex } from './recorded-frames.fixture.js';
import { udpDatagram } from './udp.js';
import { vrrpV2Advertisement } from './vrrp.js';
import { wireErrorCode } from './wire-error.fixture.js';

const n1Mac = macAddress('02:00:00:00:01:01');
const n1 = ipv4Address('192.168.1.11');
const vip = ipv4Address('192.168.1.100');
const garp = ethernetFrame(BROADCAST_MAC, n1Mac, gratuitousArpRequestToBroadcast(n1Mac, vip));
const advert = ethernetFrame(
  multicastMac(VRRP_GROUP),
  n1Mac,
  ipv4Packet(n1, VRRP_GROUP, vrrpV2Advertisement(51, 150, 1, [vip]), { ttl: 255 }),
);

describe('what Linux sent', () => {
  test.each(Object.entries(RECORDED_FRAMES))('%s, byte for byte', (_name, recorded) => {
    const frame = parseFrame(fromHex(recorded));
    expect(toHex(emitFrame(frame, { padding: 'host' }))).toBe(recorded);
  });

  test('a gratuitous ARP, made here', () => {
    expect(toHex(emitFrame(garp, { padding: 'host' }))).toBe(RECORDED_FRAMES.keepalivedGratuitousArp);
  });
});

describe('padding', () => {
  test('is zeros up to 60 bytes on the cable, none at the host', () => {
    expect(frameLength(garp)).toBe(42);
    expect(paddedFrameLength(garp)).toBe(60);
    expect(toHex(emitFrame(garp))).toBe(RECORDED_FRAMES.keepalivedGratuitousArp + '00'.repeat(18));
    expect(parseFrame(emitFrame(garp))).toEqual(garp);
  });

  test('a tag takes its place, a popped tag gives it back', () => {
    const tagged = withPushedTag(garp, vlanTag(100, 3));
    expect([frameLength(tagged), paddedFrameLength(tagged)]).toEqual([46, 60]);
    expect(toHex(emitFrame(tagged).slice(12, 18))).toBe('810060640806');
    expect(emitFrame(withPoppedTag(tagged)).length).toBe(60);
    expect(withPoppedTag(tagged)).toEqual(garp);
  });

  test('a pooled buffer is cleared', () => {
    const buffer = new Uint8Array(80).fill(0xee);
    expect(emitFrameInto(garp, buffer, 10)).toBe(60);
    expect(buffer.slice(10, 70)).toEqual(emitFrame(garp));
    expect(toHex(buffer.slice(0, 10)) + toHex(buffer.slice(70))).toBe('ee'.repeat(20));
    expect(emitFrameInto(garp, buffer, 10, 'host')).toBe(42);
  });

  test.each([-1, 21, 0.5, Number.NaN])('a buffer that is too small at %d is left alone', (offset) => {
    const buffer = new Uint8Array(80);
    expect(wireErrorCode(() => emitFrameInto(garp, buffer, offset))).toBe('overflow');
    expect(buffer.every((byte) => byte === 0)).toBe(true);
  });
});

describe('round trips', () => {
  test('every frame survives with either padding, and its length is known beforehand', () => {
    fc.assert(
      fc.property(arbitraryFrame, (frame) => {
        const host = emitFrame(frame, { padding: 'host' });
        expect(host.length).toBe(frameLength(frame));
        expect(parseFrame(host)).toEqual(frame);
        const wire = emitFrame(frame);
        expect(wire.length).toBe(paddedFrameLength(frame));
        expect(parseFrame(wire)).toEqual(frame);
      }),
      { numRuns: 500 },
    );
  });

  test('a stale pooled buffer does not show through', () => {
    fc.assert(
      fc.property(arbitraryFrame, fc.integer({ min: 0, max: 255 }), (frame, rubbish) => {
        const buffer = new Uint8Array(2000).fill(rubbish);
        const length = emitFrameInto(frame, buffer, 3);
        expect(buffer.slice(3, 3 + length)).toEqual(emitFrame(frame));
      }),
    );
  });

  test('all frames have the same keys in the same order', () => {
    fc.assert(
      fc.property(arbitraryFrame, (frame) => {
        expect(Object.keys(frame)).toEqual(Object.keys(garp));
        expect(Object.keys(parseFrame(emitFrame(frame)))).toEqual(Object.keys(garp));
      }),
    );
  });
});

/** Parsing may fail, but in one way only; what is parsed must be a fixed point of emitting and parsing. */
function checkAnyBytes(bytes: Uint8Array): void {
  let frame: EthernetFrame | undefined;
  const code = wireErrorCode(() => {
    frame = parseFrame(bytes);
  });
  expect(code === 'none').toBe(frame !== undefined);
  if (frame === undefined) return;
  for (const padding of ['host', 'wire'] as const) {
    const again = parseFrame(emitFrame(frame, { padding }));
    if (padding === 'host' || frame.payload.kind !== 'raw') expect(again).toEqual(frame);
  }
  expect(describeFrame(frame)).not.toBe('');
}

describe('hostile bytes', () => {
  test('a cut at every length', () => {
    for (const recorded of Object.values(RECORDED_FRAMES)) {
      const bytes = fromHex(recorded);
      for (let length = 0; length < bytes.length; length++) {
        expect(wireErrorCode(() => parseFrame(bytes.slice(0, length)))).toBe('truncated');
      }
    }
  });

  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), checkAnyBytes), { numRuns: 500 });
  });

  test('real frames with some bytes changed', () => {
    fc.assert(
      fc.property(
        arbitraryFrame,
        fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        (frame, changes) => {
          const bytes = emitFrame(frame);
          for (const [index, value] of changes) bytes[index % bytes.length] = value;
          checkAnyBytes(bytes);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('nothing but tags, a megabyte of them, ends at once', () => {
    const bytes = new Uint8Array(1_000_000);
    for (let at = 12; at < bytes.length; at += 4) bytes[at] = 0x81;
    expect(wireErrorCode(() => parseFrame(bytes))).toBe('truncated');
  });

  test.each([
    ['an 802.3 length beyond the end', '05dc', 'truncated'],
    ['neither length nor type', '05dd', 'malformed'],
    ['the reserved VLAN', '81000fff0800', 'malformed'],
  ])('%s', (_name, digits, code) => {
    expect(wireErrorCode(() => parseFrame(fromHex(`${'02'.repeat(12)}${digits}${'00'.repeat(50)}`)))).toBe(
      code,
    );
  });

  test('half-made UDP checksums of a recording', () => {
    const frame = ethernetFrame(n1Mac, n1Mac, ipv4Packet(n1, vip, udpDatagram(1, 2, new Uint8Array(30))));
    const bytes = emitFrame(frame);
    bytes[40] = (bytes[40] ?? 0) ^ 0xff;
    expect(wireErrorCode(() => parseFrame(bytes))).toBe('checksum');
    expect(parseFrame(bytes, { checksums: 'trust' })).toEqual(frame);
  });
});

describe('tags', () => {
  const outer = vlanTag(10, 0, false, 0x88a8);
  const inner = vlanTag(20, 7, true);

  test('stack, outermost first', () => {
    const frame = withPushedTag(withPushedTag(garp, inner), outer);
    expect([frame.tag, frame.innerTags]).toEqual([outer, [inner]]);
    expect(toHex(emitFrame(frame).slice(12, 22))).toBe('88a8000a8100f0140806');
    expect(ethernetHeaderLength(parseEthernetHeader(emitFrame(frame)))).toBe(22);
    expect(withPoppedTag(withPoppedTag(frame))).toEqual(garp);
  });

  test('can be set and removed', () => {
    expect(withTag(withTag(garp, inner), null)).toEqual(garp);
    expect(wireErrorCode(() => withTag(withPushedTag(withPushedTag(garp, inner), outer), null))).toBe(
      'range',
    );
    expect(wireErrorCode(() => vlanTag(4095))).toBe('range');
    expect(wireErrorCode(() => vlanTag(1, 8))).toBe('range');
  });
});

describe('constructors', () => {
  test('raw bytes cannot pose as something with a representation', () => {
    for (const etherType of [0x0800, 0x0806, 0x8100, 0x88a8, 100, 1501, 0x1_0000, -1]) {
      expect(wireErrorCode(() => rawFrame(n1Mac, n1Mac, etherType, new Uint8Array(46)))).toBe(
        etherType === 0x0806 ? 'none' : 'range',
      );
    }
    const arp = fromHex(RECORDED_FRAMES.arpRequest).slice(14);
    expect(wireErrorCode(() => rawFrame(n1Mac, n1Mac, 0x0806, arp))).toBe('range');
  });

  test('an LLC frame says its length and loses its padding', () => {
    const bpdu = llcFrame(macAddress('01:80:c2:00:00:00'), n1Mac, fromHex('424203000000'));
    expect(bpdu.etherType).toBe(6);
    expect(parseFrame(emitFrame(bpdu))).toEqual(bpdu);
    expect(wireErrorCode(() => llcFrame(n1Mac, n1Mac, new Uint8Array(1501)))).toBe('range');
  });
});

test('in words', () => {
  expect(describeFrame(advert)).toBe(
    '192.168.1.11 > 224.0.0.18 VRRPv2 advert vrid 51 prio 150 192.168.1.100',
  );
  const names = (mac: number) => (mac === n1Mac ? 'n1' : undefined);
  expect(describeFrame(garp, names)).toBe(
    'n1 > ff:ff:ff:ff:ff:ff: gratuitous ARP 192.168.1.100 is-at 02:00:00:00:01:01',
  );
  const request = ethernetFrame(BROADCAST_MAC, n1Mac, arpRequest(n1Mac, n1, vip), vlanTag(7));
  expect(describeFrame(request)).toBe('vlan 7 ARP who-has 192.168.1.100 tell 192.168.1.11');
  expect(describeFrame(rawFrame(n1Mac, n1Mac, 0x88cc, new Uint8Array(50)))).toBe(
    'EtherType 0x88cc length 50',
  );
  expect(describeFrame(llcFrame(n1Mac, n1Mac, fromHex('424203')))).toBe('BPDU length 3');
});

describe('a frame among others in one buffer', () => {
  test('is read like one alone, and no further than its end', () => {
    fc.assert(
      fc.property(arbitraryFrame, fc.nat(40), fc.nat(40), (frame, before, after) => {
        const length = paddedFrameLength(frame);
        const buffer = new Uint8Array(before + length + after).fill(0xff);
        emitFrameInto(frame, buffer, before);
        expect(parseFrameFrom(buffer, before, length)).toEqual(parseFrame(emitFrame(frame)));
        const short = wireErrorCode(() => parseFrame(buffer.slice(before, before + 13)));
        expect(wireErrorCode(() => parseFrameFrom(buffer, before, 13))).toBe(short);
      }),
    );
  });

  test.each([
    [-1, 60],
    [0.5, 60],
    [0, -1],
    [41, 60],
    [0, Number.NaN],
  ])('nothing is read at %s of length %s', (offset, length) => {
    expect(wireErrorCode(() => parseFrameFrom(new Uint8Array(100), offset, length))).toBe('truncated');
  });
});
