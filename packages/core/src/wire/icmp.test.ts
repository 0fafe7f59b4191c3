import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv4Address } from './address.js';
import { arbitraryIcmp } from './frame.arbitrary.js';
import {
  describeIcmp,
  emitIcmp,
  icmpEchoReply,
  icmpEchoRequest,
  icmpLength,
  icmpRedirect,
  icmpTimeExceeded,
  icmpUnreachable,
  parseIcmp,
  UNREACHABLE_CODES,
} from './icmp.js';
import { fromHex, RECORDED_FRAMES, toHex } from './recorded-frames.fixture.js';
import { wireErrorCode } from './wire-error.fixture.js';

const none = new Uint8Array(0);

describe('ICMP', () => {
  test('what Linux sent: port unreachable', () => {
    const bytes = fromHex(RECORDED_FRAMES.icmpPortUnreachable).slice(34);
    const message = parseIcmp(bytes);
    expect(message).toMatchObject({
      message: 'destination-unreachable',
      code: UNREACHABLE_CODES.port,
      mtu: 0,
    });
    expect(toHex(emitIcmp(message))).toBe(toHex(bytes));
  });

  test('exact bytes of a ping', () => {
    expect(toHex(emitIcmp(icmpEchoRequest(7, 1, Uint8Array.of(0xab))))).toBe('08004cf700070001ab');
    expect(toHex(emitIcmp(icmpEchoReply(7, 1, Uint8Array.of(0xab))))).toBe('000054f700070001ab');
  });

  test('MTU and gateway are where RFC 1191 and RFC 792 put them', () => {
    expect(toHex(emitIcmp(icmpUnreachable(4, none, 1400)).slice(4))).toBe('00000578');
    expect(toHex(emitIcmp(icmpRedirect(1, ipv4Address('10.0.0.9'), none)).slice(4))).toBe('0a000009');
  });

  test('every message survives', () => {
    fc.assert(
      fc.property(arbitraryIcmp, (message) => {
        const bytes = emitIcmp(message);
        expect(bytes.length).toBe(icmpLength(message));
        expect(parseIcmp(bytes)).toEqual(message);
      }),
    );
  });

  test('a flipped bit is noticed, a cut too', () => {
    const bytes = emitIcmp(icmpEchoRequest(7, 1, Uint8Array.of(1, 2, 3, 4)));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const broken = Uint8Array.from(bytes);
      broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(wireErrorCode(() => parseIcmp(broken))).toBe('checksum');
    }
    for (let length = 0; length < 8; length++) {
      expect(wireErrorCode(() => parseIcmp(bytes.slice(0, length)))).toBe('truncated');
    }
  });

  test.each([
    ['0d00', 'unsupported'],
    ['0801', 'malformed'],
    ['0310', 'malformed'],
    ['0b02', 'malformed'],
    ['0504', 'malformed'],
  ])('type and code %s are %s', (typeAndCode, code) => {
    const checksum = (~Number.parseInt(typeAndCode, 16) & 0xffff).toString(16).padStart(4, '0');
    expect(wireErrorCode(() => parseIcmp(fromHex(`${typeAndCode}${checksum}00000000`)))).toBe(code);
  });

  test('what does not exist cannot be made', () => {
    expect(wireErrorCode(() => icmpUnreachable(16, none))).toBe('range');
    expect(wireErrorCode(() => icmpUnreachable(1, none, 1400))).toBe('range');
    expect(wireErrorCode(() => icmpTimeExceeded(2, none))).toBe('range');
    expect(wireErrorCode(() => icmpRedirect(4, ipv4Address(0), none))).toBe('range');
    expect(wireErrorCode(() => icmpEchoRequest(0x1_0000, 0, none))).toBe('range');
  });

  test('in words', () => {
    expect(describeIcmp(icmpEchoRequest(7, 1, none))).toBe('ICMP echo request id 7 seq 1');
    expect(describeIcmp(icmpUnreachable(1, none))).toBe('ICMP host unreachable');
    expect(describeIcmp(icmpUnreachable(4, none, 1400))).toBe('ICMP fragmentation needed mtu 1400');
    expect(describeIcmp(icmpTimeExceeded(0, none))).toBe('ICMP time exceeded');
    expect(describeIcmp(icmpRedirect(1, ipv4Address('10.0.0.9'), none))).toBe('ICMP redirect to 10.0.0.9');
  });
});
