import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pcapTime, readPcap } from './pcap.js';
import { fromHex, RECORDED_FRAMES } from './recorded-frames.fixture.js';
import { wireErrorCode } from './wire-error.fixture.js';

const frame = fromHex(RECORDED_FRAMES.arpRequest);

/** A pcap file of one frame at 3.000005 s, whatever the unit. */
function pcapFile(magic: number, little: boolean, fraction: number): Uint8Array {
  const bytes = new Uint8Array(24 + 16 + frame.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, little);
  view.setUint16(4, 2, little);
  view.setUint16(6, 4, little);
  view.setUint32(16, 160, little);
  view.setUint32(20, 1, little);
  view.setUint32(24, 3, little);
  view.setUint32(28, fraction, little);
  view.setUint32(32, frame.length, little);
  view.setUint32(36, 1500, little);
  bytes.set(frame, 40);
  return bytes;
}

describe('pcap', () => {
  test.each([
    ['microseconds', 'little', 0xa1b2c3d4, 5],
    ['microseconds', 'big', 0xa1b2c3d4, 5],
    ['nanoseconds', 'little', 0xa1b23c4d, 5000],
    ['nanoseconds', 'big', 0xa1b23c4d, 5000],
  ])('%s, %s-endian', (resolution, order, magic, fraction) => {
    const file = readPcap(pcapFile(magic, order === 'little', fraction));
    expect(file).toEqual({
      linkType: 1,
      snapLength: 160,
      resolution,
      frames: [{ seconds: 3, nanoseconds: 5000, bytes: frame, originalLength: 1500 }],
    });
    expect(file.frames.map(pcapTime)).toEqual([3_000_005_000]);
  });

  test('a stamp of 1970 does not fit a number of nanoseconds', () => {
    const today = { seconds: 1_700_000_000, nanoseconds: 1, bytes: frame, originalLength: 42 };
    expect(wireErrorCode(() => pcapTime(today))).toBe('range');
    expect(pcapTime({ ...today, seconds: 9_000_000 })).toBe(9_000_000_000_000_001);
  });

  test('a cut anywhere but between frames is noticed', () => {
    const bytes = pcapFile(0xa1b2c3d4, true, 5);
    for (let length = 0; length < bytes.length; length++) {
      const code = wireErrorCode(() => readPcap(bytes.slice(0, length)));
      expect(code).toBe(length === 24 ? 'none' : 'truncated');
    }
  });

  test('any bytes give a file or a WireError', () => {
    expect(wireErrorCode(() => readPcap(new Uint8Array(24)))).toBe('unsupported');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (rest) => {
        const bytes = Uint8Array.from([0xd4, 0xc3, 0xb2, 0xa1, ...rest]);
        expect(['none', 'truncated']).toContain(wireErrorCode(() => readPcap(bytes)));
      }),
    );
  });
});
