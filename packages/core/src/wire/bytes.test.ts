import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter, requireInteger } from './bytes.js';
import { arbitraryBytes, arbitraryIpv4, arbitraryMac } from './frame.arbitrary.js';
import { wireErrorCode } from './wire-error.fixture.js';

describe('ByteReader', () => {
  test('reads big-endian', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3, 0xff, 0xfe, 0xfd, 0xfc, 9));
    expect(reader.u8()).toBe(1);
    expect(reader.u16()).toBe(0x0203);
    expect(reader.u32()).toBe(0xfffe_fdfc);
    expect(reader.rest()).toEqual(Uint8Array.of(9));
    expect(wireErrorCode(() => reader.u8())).toBe('truncated');
  });

  test('a failed read does not move the cursor', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3));
    expect(wireErrorCode(() => reader.u32())).toBe('truncated');
    expect(reader.u16()).toBe(0x0102);
  });

  test('stays between its bounds whatever they are', () => {
    fc.assert(
      fc.property(
        arbitraryBytes(20),
        fc.integer({ min: -5, max: 30 }),
        fc.integer({ min: -5, max: 30 }),
        fc.array(fc.constantFrom('u8', 'u16', 'u32', 'mac', 'rest', 'skip', 'take') as fc.Arbitrary<string>),
        (bytes, start, end, steps) => {
          const reader = new ByteReader(bytes, start, end);
          for (const step of steps) {
            const outcome = wireErrorCode(() => {
              if (step === 'skip') reader.skip(3);
              else if (step === 'take') reader.take(2);
              else reader[step as 'u8' | 'u16' | 'u32' | 'mac' | 'rest']();
            });
            expect(['none', 'truncated']).toContain(outcome);
            expect(reader.position).toBeLessThanOrEqual(Math.max(0, Math.min(end, bytes.length)));
          }
        },
      ),
    );
  });

  test.each([-1, Number.NaN, 2 ** 40])('taking %d bytes is refused', (count) => {
    expect(wireErrorCode(() => new ByteReader(new Uint8Array(8)).take(count))).toBe('truncated');
  });
});

describe('ByteWriter', () => {
  test('what it writes a reader reads', () => {
    fc.assert(
      fc.property(arbitraryMac, arbitraryIpv4, fc.integer({ min: 0, max: 0xffff }), (mac, address, word) => {
        const writer = new ByteWriter(new Uint8Array(15), 1);
        writer.mac(mac);
        writer.u32(address);
        writer.u16(word);
        writer.u8(word >> 8);
        writer.zeros(1);
        const reader = new ByteReader(writer.bytes, 1);
        expect([reader.mac(), reader.ipv4(), reader.u16(), reader.u8(), reader.u8()]).toEqual([
          mac,
          address,
          word,
          word >> 8,
          0,
        ]);
      }),
    );
  });

  test('does not leave its buffer', () => {
    const writer = new ByteWriter(new Uint8Array(3));
    expect(wireErrorCode(() => writer.u32(1))).toBe('overflow');
    expect(wireErrorCode(() => writer.put(new Uint8Array(4)))).toBe('overflow');
    expect(wireErrorCode(() => new ByteWriter(new Uint8Array(3), -1).u8(1))).toBe('overflow');
    expect(writer.position).toBe(0);
  });
});

test('requireInteger names the field and the range', () => {
  expect(requireInteger(255, 0, 255, 'VRRP priority')).toBe(255);
  expect(() => requireInteger(256, 0, 255, 'VRRP priority')).toThrow(
    'VRRP priority 256 is out of range 0..255',
  );
  expect(wireErrorCode(() => requireInteger(Number.NaN, 0, 1, 'x'))).toBe('range');
});
