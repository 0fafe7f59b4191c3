import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv4Address } from './address.js';
import { arbitraryIpv4, arbitraryUdp } from './frame.arbitrary.js';
import { fromHex, toHex } from './recorded-frames.fixture.js';
import { describeUdp, emitUdp, parseUdp, udpDatagram, udpLength } from './udp.js';
import { wireErrorCode } from './wire-error.fixture.js';

const source = ipv4Address('192.168.1.50');
const destination = ipv4Address('192.168.1.100');
const datagram = udpDatagram(40_000, 53, Uint8Array.of(1, 2, 3));

describe('UDP', () => {
  test('exact bytes', () => {
    expect(toHex(emitUdp(datagram, source, destination))).toBe('9c400035000bdb79010203');
  });

  test('every datagram survives', () => {
    fc.assert(
      fc.property(arbitraryUdp, arbitraryIpv4, arbitraryIpv4, (any, from, to) => {
        const bytes = emitUdp(any, from, to);
        expect(bytes.length).toBe(udpLength(any));
        expect(parseUdp(bytes, from, to)).toEqual(any);
      }),
    );
  });

  test('a checksum of zero is sent as all ones (RFC 768)', () => {
    // With these two bytes the sum is ffff, whose complement is zero.
    const zero = ipv4Address(0);
    const bytes = emitUdp(udpDatagram(0, 0, fromHex('ffda')), zero, zero);
    expect(toHex(bytes)).toBe('00000000000affffffda');
    expect(parseUdp(bytes, zero, zero).checksummed).toBe(true);
  });

  test('without a checksum the field is zero and nothing is verified', () => {
    const bytes = emitUdp(udpDatagram(1, 2, Uint8Array.of(7), false), source, destination);
    expect(toHex(bytes)).toBe('0001000200090000' + '07');
    bytes[8] = 8;
    expect(parseUdp(bytes, source, destination)).toEqual(udpDatagram(1, 2, Uint8Array.of(8), false));
  });

  test('a flipped bit anywhere is noticed', () => {
    const bytes = emitUdp(datagram, source, destination);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const broken = Uint8Array.from(bytes);
      broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(wireErrorCode(() => parseUdp(broken, source, destination))).not.toBe('none');
    }
    expect(wireErrorCode(() => parseUdp(bytes, source, source))).toBe('checksum');
  });

  test('a half-made checksum is accepted on request', () => {
    const bytes = emitUdp(datagram, source, destination);
    bytes[6] = 0x12;
    expect(wireErrorCode(() => parseUdp(bytes, source, destination))).toBe('checksum');
    expect(parseUdp(bytes, source, destination, 0, bytes.length, 'trust')).toEqual(datagram);
  });

  test('lengths', () => {
    const bytes = emitUdp(datagram, source, destination);
    for (let length = 0; length < bytes.length; length++) {
      expect(wireErrorCode(() => parseUdp(bytes.slice(0, length), source, destination))).toBe('truncated');
    }
    const longer = new Uint8Array(20);
    longer.set(bytes);
    expect(parseUdp(longer, source, destination)).toEqual(datagram);
    bytes[5] = 7;
    expect(wireErrorCode(() => parseUdp(bytes, source, destination))).toBe('malformed');
  });

  test('what does not fit cannot be made', () => {
    expect(wireErrorCode(() => udpDatagram(65_536, 1, new Uint8Array(0)))).toBe('range');
    expect(wireErrorCode(() => udpDatagram(1, -1, new Uint8Array(0)))).toBe('range');
    expect(wireErrorCode(() => udpDatagram(1, 1, new Uint8Array(65_528)))).toBe('range');
  });

  test('in words', () => {
    expect(describeUdp(datagram)).toBe('UDP 40000 > 53 length 3');
  });
});
