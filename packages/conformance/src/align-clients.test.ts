import { MILLISECOND, SECOND } from '@viplab/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alignSegments, type ExpectedSegment } from './align-clients.js';
import type { ClientSegment } from './client-segments.js';
import type { Tolerance } from './tolerance.js';

const TOLERANCE: Tolerance = {
  pace: 'attempt',
  early: 210 * MILLISECOND,
  late: 210 * MILLISECOND,
  hiccup: 45 * MILLISECOND,
};

function segment(name: string, first: number, last: number): ClientSegment {
  const [result = '', server = null] = name.split(' ');
  return {
    result,
    server,
    first: first * SECOND,
    last: last * SECOND,
    count: Math.round((last - first) * 5) + 1,
    shortest: 0,
    longest: 0,
    lastTook: 0,
  };
}

const expected = (name: string, first: number, last: number): ExpectedSegment => ({
  ...segment(name, first, last),
  firstTolerance: TOLERANCE,
  lastTolerance: TOLERANCE,
});

const names = (segments: readonly (ClientSegment | undefined)[]): string[] =>
  segments.map((of) => (of === undefined ? '-' : `${of.result} ${of.server} ${of.first / SECOND}`));

describe('a recorded segment and its simulated counterpart', () => {
  test('equal sequences are paired in full', () => {
    const real = [expected('timeout', 0, 3), expected('ok n1', 3.2, 10), expected('ok n2', 10.2, 20)];
    const { counterparts, extra } = alignSegments(real, [
      segment('timeout', 0, 2.8),
      segment('ok n1', 3, 10.2),
      segment('ok n2', 10.4, 20),
    ]);
    expect(names(counterparts)).toEqual(['timeout null 0', 'ok n1 3', 'ok n2 10.4']);
    expect(extra).toEqual([]);
  });

  test('one that is missing does not push the others away', () => {
    const real = [expected('ok n1', 0, 5), expected('ok n2', 5.2, 5.2), expected('ok n1', 5.4, 10)];
    const { counterparts, extra } = alignSegments(real, [segment('ok n1', 0, 10)]);
    expect(counterparts.filter((of) => of !== undefined)).toHaveLength(1);
    expect(extra).toEqual([]);
  });

  test('one too many is left over', () => {
    const { counterparts, extra } = alignSegments(
      [expected('ok n1', 0, 5), expected('ok n2', 5.2, 9)],
      [segment('ok n1', 0, 5), segment('reset', 5.2, 5.2), segment('ok n2', 5.4, 9)],
    );
    expect(names(counterparts)).toEqual(['ok n1 0', 'ok n2 5.4']);
    expect(names(extra)).toEqual(['reset null 5.2']);
  });

  test('another time, another server or another result is no counterpart', () => {
    for (const other of [segment('ok n1', 9, 9), segment('ok n2', 1, 1), segment('reset n1', 1, 1)]) {
      expect(alignSegments([expected('ok n1', 1, 1)], [other])).toEqual({
        counterparts: [undefined],
        extra: [other],
      });
    }
  });

  test('every simulated segment is paired once or left over, in order', () => {
    const segments = fc
      .array(fc.tuple(fc.constantFrom('ok n1', 'ok n2', 'reset'), fc.integer({ min: 0, max: 20 })), {
        maxLength: 8,
      })
      .map((list) => list.sort((a, b) => a[1] - b[1]).map(([name, at]) => segment(name, at, at + 0.5)));
    fc.assert(
      fc.property(segments, segments, (real, simulated) => {
        const given = real.map((of) => ({ ...of, firstTolerance: TOLERANCE, lastTolerance: TOLERANCE }));
        const { counterparts, extra } = alignSegments(given, simulated);
        const paired = counterparts.filter((of) => of !== undefined);
        expect(counterparts).toHaveLength(real.length);
        expect([...paired, ...extra]).toHaveLength(simulated.length);
        expect(new Set([...paired, ...extra])).toEqual(new Set(simulated));
        const order = paired.map((of) => simulated.indexOf(of));
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }),
    );
  });
});
