import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  defineLab,
  type EthernetFrame,
  emitFrame,
  MICROSECOND,
  MILLISECOND,
  type Nanoseconds,
  parseFrame,
  readPcap,
  SECOND,
} from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { importLab } from './import-lab.js';
import { type RecordedRun, readRecording } from './recording.js';

const FOLDER = fileURLToPath(new URL('../recordings/k02', import.meta.url));

/** Where things are in an Ethernet frame with an IPv4 header without options. */
const AT = {
  etherType: 12,
  ip: 14,
  tos: 15,
  id: 18,
  fragment: 20,
  ttl: 22,
  protocol: 23,
  source: 26,
  tcp: 34,
};
const DONT_FRAGMENT = 0x4000;
const SERVER_PORT = 8080;

/** Window scales: the recorder's kernel with a larger tcp_rmem than usual, and what is usual. */
const SCALES = { real: 10, simulated: 7 } as const;
type Side = keyof typeof SCALES;

interface Segment {
  readonly time: Nanoseconds;
  readonly bytes: Uint8Array;
  /** The client's port. */
  readonly port: number;
  readonly shape: string;
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** Everything of a segment that is neither a number of its connection nor an instant. */
function segmentOf(time: Nanoseconds, bytes: Uint8Array, side: Side): Segment | null {
  if (u16(bytes, AT.etherType) !== 0x0800 || bytes[AT.protocol] !== 6) return null;
  const source = u16(bytes, AT.tcp);
  const port = source === SERVER_PORT ? u16(bytes, AT.tcp + 2) : source;
  const header = ((bytes[AT.tcp + 12] ?? 0) >> 4) * 4;
  const flags = bytes[AT.tcp + 13] ?? 0;
  const letters = [...'FSRPA'].filter((_, bit) => (flags & (1 << bit)) !== 0).join('');
  const length = u16(bytes, AT.ip + 2) - 20 - header;
  const options = optionsOf(bytes.subarray(AT.tcp + 20, AT.tcp + header), side);
  const isSyn = letters.includes('S');
  // A window that is scaled is told in units of its scale, rounded up.
  const window = u16(bytes, AT.tcp + 14);
  const scaled = [64_240, 65_160].find((full) => Math.ceil(full / 2 ** SCALES[side]) === window);
  const shown = isSyn ? `${window}` : scaled === undefined ? `?${window}` : `of ${scaled}`;
  const id = u16(bytes, AT.id) === 0 ? 'id 0' : 'id';
  const ip = [bytes[AT.tos], bytes[AT.ttl], u16(bytes, AT.fragment) === DONT_FRAGMENT ? 'DF' : '-', id];
  const from = source === SERVER_PORT ? 'server' : 'client';
  return {
    time,
    bytes,
    port,
    shape: `${from} ${letters} ${length} window ${shown} [${options.join(' ')}] ip ${ip.join(' ')}`,
  };
}

function optionsOf(bytes: Uint8Array, side: Side): string[] {
  const options: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes[at] ?? 0;
    const length = kind <= 1 ? 1 : (bytes[at + 1] ?? 1);
    if (kind === 2) options.push(`mss ${u16(bytes, at + 2)}`);
    else if (kind === 3) options.push(bytes[at + 2] === SCALES[side] ? 'scale' : `scale ${bytes[at + 2]}`);
    else
      options.push(['end', 'nop', '', '', 'sack-permitted', 'sack', '', '', 'timestamps'][kind] ?? `${kind}`);
    at += length;
  }
  return options;
}

const recorded = readPcap(readFileSync(`${FOLDER}/frames.pcap`)).frames.map((frame) => ({
  time: frame.seconds * SECOND + frame.nanoseconds,
  bytes: new Uint8Array(frame.bytes),
  isWhole: frame.bytes.length === frame.originalLength,
}));

function simulated(): Segment[] {
  const recording = readRecording(FOLDER);
  const run = recording.runs[0] as RecordedRun;
  const segments: Segment[] = [];
  const onFrame = (time: Nanoseconds, port: string, fate: string, frame: object): void => {
    if (fate !== 'delivered' || !port.startsWith('lan:')) return;
    const segment = segmentOf(time, emitFrame(frame as EthernetFrame, { padding: 'host' }), 'simulated');
    if (segment !== null) segments.push(segment);
  };
  defineLab(importLab(recording, run)).run({ seed: 1, until: 12 * SECOND, frames: { onFrame } });
  return segments;
}

const sides: Readonly<Record<Side, readonly Segment[]>> = {
  real: recorded.flatMap(({ time, bytes }) => segmentOf(time, bytes, 'real') ?? []),
  simulated: simulated(),
};

/** Connections in order of their SYNs. */
function connections(segments: readonly Segment[]): Segment[][] {
  const ports = new Set(
    segments.filter(({ shape }) => shape.startsWith('client S ')).map(({ port }) => port),
  );
  return [...ports].map((port) => segments.filter((segment) => segment.port === port));
}

/** The connection that is held, and the first of the short ones that did not have to wait for the address. */
function chosen(side: Side): { held: Segment[]; short: Segment[] } {
  const early = connections(sides[side]).filter(([syn]) => (syn?.time ?? 0) < 9 * SECOND);
  const held = early.reduce((a, b) => (b.length > a.length ? b : a));
  const short = early.filter((of) => of !== held && of.length > 4)[1];
  if (short === undefined) throw new Error(`no short connection on the ${side} side`);
  return { held, short };
}

const shapes = (segments: readonly Segment[]): string[] => segments.map(({ shape }) => shape);
const longestGap = (segments: readonly Segment[]): Nanoseconds =>
  Math.max(...segments.slice(1).map(({ time }, index) => time - (segments[index] as Segment).time));

/** Requests with everything that follows each. */
function exchanges(segments: readonly Segment[]): Segment[][] {
  const result: Segment[][] = [];
  for (const segment of segments) {
    if (/^client PA/.test(segment.shape)) result.push([segment]);
    else result.at(-1)?.push(segment);
  }
  return result;
}

describe('the TCP of a real kernel in k02', () => {
  test('is read and written again byte by byte, but for checksums that the kernel left to the card', () => {
    let compared = 0;
    for (const { bytes, isWhole } of recorded) {
      if (!isWhole || segmentOf(0, bytes, 'real') === null) continue;
      const again = emitFrame(parseFrame(bytes, { checksums: 'trust' }), { padding: 'host' });
      const sum = AT.tcp + 16;
      expect(again.length).toBe(bytes.length);
      const blank = (of: Uint8Array): Uint8Array =>
        of.map((byte, at) => (at === sum || at === sum + 1 ? 0 : byte));
      expect(blank(again)).toEqual(blank(bytes));
      compared++;
    }
    expect(compared).toBeGreaterThan(500);
  });
});

describe('a short connection, real and simulated', () => {
  const [real, mine] = [chosen('real').short, chosen('simulated').short];

  test('is the same sequence of segments: flags, lengths, options, windows, IP headers', () => {
    expect(shapes(mine)).toEqual(shapes(real));
    expect(real.map(({ shape }) => shape.split(' window')[0])).toEqual([
      'client S 0',
      'server SA 0',
      'client A 0',
      'client PA 4',
      'server A 0',
      'server PA 7',
      'client A 0',
      'client FA 0',
      'server FA 0',
      'client A 0',
    ]);
  });

  test('nothing in it waits for a timer', () => {
    expect(longestGap(real)).toBeLessThan(10 * MILLISECOND);
    expect(longestGap(mine)).toBeLessThan(100 * MICROSECOND);
  });
});

describe('the requests by a connection that is held, real and simulated', () => {
  const before = (side: Side): Segment[][] =>
    exchanges(chosen(side).held.filter(({ time }) => time < 10 * SECOND));

  test('the first is acknowledged at once, the others by their answers; answers at once, however many', () => {
    for (const side of ['real', 'simulated'] as const) {
      const [first = [], ...others] = before(side);
      expect(kinds(first), side).toEqual(['client PA', 'server A', 'server PA', 'client A']);
      expect(others.length, side).toBeGreaterThan(10);
      for (const exchange of others) {
        expect(kinds(exchange), side).toEqual(['client PA', 'server PA', 'client A']);
        expect(longestGap(exchange), side).toBeLessThan(10 * MILLISECOND);
      }
    }
  });

  test('they are the same segments', () => {
    // Requests are numbered otherwise, so their lengths differ.
    const plain = (segments: readonly Segment[] = []): string[] =>
      shapes(segments).map((shape) => shape.replace(/PA \d+/, 'PA'));
    expect(plain(before('simulated')[3])).toEqual(plain(before('real')[3]));
  });
});

const kinds = (segments: readonly Segment[]): string[] =>
  segments.map(({ shape }) => shape.split(' ').slice(0, 2).join(' '));
