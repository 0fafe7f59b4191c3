import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { macAddress } from './address.js';
import { arbitraryBytes } from './frame.arbitrary.js';
import {
  type CapturedFrame,
  DEFAULT_CAPTURE_EPOCH,
  PcapngBuilder,
  SNAP_LENGTH,
  writePcapng,
} from './pcapng.js';
import { readPcapng } from './pcapng-reader.js';
import { fromHex, RECORDED_FRAMES, toHex } from './recorded-frames.fixture.js';
import { decodeUtf8 } from './utf8.js';
import { wireErrorCode } from './wire-error.fixture.js';

const interfaces = [{ name: 'n1:eth0' }, { name: 'n2:eth0', mac: macAddress('02:00:00:00:01:02') }];

const arbitraryCaptured: fc.Arbitrary<CapturedFrame> = fc
  .tuple(
    fc.integer({ min: 0, max: 1 }),
    fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    arbitraryBytes(100),
    fc.option(fc.string({ unit: 'binary' })),
    fc.option(fc.constantFrom('in' as const, 'out' as const)),
  )
  .map(([port, time, bytes, comment, direction]) => ({
    interface: port,
    time,
    bytes,
    ...(comment === null ? {} : { comment }),
    ...(direction === null ? {} : { direction }),
  }));

describe('writing pcapng', () => {
  test('the bytes of an empty capture', () => {
    const file = writePcapng({ interfaces: [{ name: 'eth0' }], frames: [] });
    expect(toHex(file)).toBe(
      [
        '0a0d0d0a' + '2c000000' + '4d3c2b1a' + '01000000' + 'ffffffffffffffff',
        '04000600' + '7669706c6162' + '0000' + '00000000' + '2c000000',
        '01000000' + '30000000' + '01000000' + '00000400',
        '02000400' + '65746830' + '09000100' + '09000000' + '0d000100' + '00000000' + '00000000' + '30000000',
      ].join(''),
    );
  });

  test('what is written is read back', () => {
    fc.assert(
      fc.property(fc.array(arbitraryCaptured, { maxLength: 5 }), (frames) => {
        const file = readPcapng(writePcapng({ interfaces, frames }));
        expect(file.interfaces.map((port) => [port.name, port.resolution, port.linkType])).toEqual([
          ['n1:eth0', 9, 1],
          ['n2:eth0', 9, 1],
        ]);
        expect(
          file.frames.map(({ interface: port, stamp, bytes, comment }) => [port, stamp, bytes, comment]),
        ).toEqual(
          frames.map((frame) => [
            frame.interface,
            DEFAULT_CAPTURE_EPOCH + BigInt(frame.time),
            frame.bytes,
            frame.comment,
          ]),
        );
      }),
    );
  });

  test('the flags say where a frame went and to whom', () => {
    const flags = (direction: 'in' | 'out', destination: string) =>
      readPcapng(
        writePcapng({
          interfaces,
          frames: [{ interface: 0, time: 0, bytes: fromHex(`${destination}020000000101`), direction }],
        }),
      ).frames[0]?.flags;
    expect(flags('in', '020000000102')).toBe(0b0101);
    expect(flags('out', '01005e000012')).toBe(0b1010);
    expect(flags('out', 'ffffffffffff')).toBe(0b1110);
  });

  test('statistics, speed, description, comment and epoch', () => {
    const bytes = fromHex(RECORDED_FRAMES.arpReply);
    const file = readPcapng(
      writePcapng(
        {
          interfaces: [{ name: 'a', description: 'uplink', speed: 1_000_000_000 }],
          frames: [{ interface: 0, time: 7, bytes, dropped: 3 }],
          statistics: [{ interface: 0, time: 9, received: 5, dropped: 2 }],
        },
        { epoch: 0n, comment: 'token', application: 'test' },
      ),
    );
    expect(file.frames[0]?.stamp).toBe(7n);
    const options = file.interfaces[0]?.options.map(({ code, value }) => [code, toHex(value)]);
    expect(options).toContainEqual([8, '00ca9a3b00000000']);
    expect(options).toContainEqual([3, toHex(Uint8Array.from('uplink', (c) => c.charCodeAt(0)))]);
    expect(file.statistics[0]?.options.map(({ code, value }) => [code, toHex(value)])).toEqual([
      [4, '0500000000000000'],
      [5, '0200000000000000'],
    ]);
  });

  test('piece by piece is the same as at once', () => {
    const frames: CapturedFrame[] = [{ interface: 1, time: 5, bytes: fromHex(RECORDED_FRAMES.arpReply) }];
    const builder = new PcapngBuilder();
    const pieces = [
      builder.section(),
      ...interfaces.map((port) => builder.interface(port)),
      ...frames.map((frame) => builder.frame(frame)),
    ];
    expect(pieces.map(toHex).join('')).toBe(toHex(writePcapng({ interfaces, frames })));
  });

  test('what is too long is cut', () => {
    const bytes = new Uint8Array(SNAP_LENGTH + 1);
    const [frame] = readPcapng(
      writePcapng({ interfaces, frames: [{ interface: 0, time: 0, bytes, comment: '€'.repeat(30_000) }] }),
    ).frames;
    expect([frame?.bytes.length, frame?.originalLength]).toEqual([SNAP_LENGTH, SNAP_LENGTH + 1]);
    expect(frame?.comment).toBe('€'.repeat(21_845));
  });

  test.each([
    [2, 0],
    [-1, 0],
    [0, -1],
    [0, 0.5],
    [0, Number.NaN],
  ])('interface %d at %d is refused', (port, time) => {
    const frames = [{ interface: port, time, bytes: new Uint8Array(60) }];
    expect(wireErrorCode(() => writePcapng({ interfaces, frames }))).toBe('range');
  });
});

describe('reading pcapng', () => {
  const file = writePcapng({
    interfaces,
    frames: [
      { interface: 1, time: 5, bytes: fromHex(RECORDED_FRAMES.arpReply), comment: 'x', direction: 'in' },
    ],
  });

  test('a cut anywhere but between blocks is noticed', () => {
    let whole = 0;
    for (let length = 0; length < file.length; length++) {
      const code = wireErrorCode(() => readPcapng(file.slice(0, length)));
      expect(['none', 'truncated']).toContain(code);
      if (code === 'none') whole++;
    }
    expect(whole).toBe(3);
  });

  test('changed bytes give a file or a WireError, soon', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 0, max: 255 }), (index, value) => {
        const bytes = Uint8Array.from(file);
        bytes[index] = value;
        expect(wireErrorCode(() => readPcapng(bytes))).not.toBe('range');
      }),
      { numRuns: 500 },
    );
  });

  test('a block of no length does not hold it up', () => {
    const bytes = Uint8Array.from(file);
    bytes.fill(0, 48, 52);
    expect(wireErrorCode(() => readPcapng(bytes))).toBe('malformed');
  });

  test('text is UTF-8', () => {
    expect(decodeUtf8(readPcapng(file).interfaces[0]?.options[0]?.value ?? new Uint8Array(0))).toBe(
      'n1:eth0',
    );
  });
});
