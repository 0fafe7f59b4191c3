import { MICROSECOND, MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roughnessOf, timeBetween } from './time-arbitrary.js';

/** Where shrinking ends for a property that fails from `isBad`. */
function simplest(lo: Nanoseconds, hi: Nanoseconds, isBad: (time: Nanoseconds) => boolean): Nanoseconds {
  const checked = fc.check(
    fc.property(timeBetween(lo, hi), (time) => !isBad(time)),
    { seed: 5, numRuns: 10_000 },
  );
  return checked.counterexample?.[0] ?? -1;
}

describe('timeBetween', () => {
  test.each<[string, Nanoseconds, Nanoseconds, (time: Nanoseconds) => boolean, Nanoseconds]>([
    ['anything: the earliest', 0, 30 * SECOND, () => true, 0],
    ['anything from 1 ns: the earliest whole second', 1, 30 * SECOND, () => true, SECOND],
    ['from 4.2 s: the earliest whole second', 0, 30 * SECOND, (time) => time > 4.2 * SECOND, 5 * SECOND],
    [
      'a window without a whole second: the earliest tenth',
      0,
      30 * SECOND,
      (time) => time > 7.03 * SECOND && time < 7.95 * SECOND,
      7100 * MILLISECOND,
    ],
    [
      'a window of 3 ms: whole milliseconds',
      0,
      20 * SECOND,
      (time) => time % SECOND > 609_375_000 && time % SECOND < 612_375_000,
      610 * MILLISECOND,
    ],
    ['no round one in range', 97_301, 97_309, () => true, 97_301],
    ['a range with microseconds only', 50_500, 99_999, (time) => time > 61_300, 70 * MICROSECOND],
  ])('%s', (_, lo, hi, isBad, expected) => {
    expect(simplest(lo, hi, isBad)).toBe(expected);
  });

  test('every step is simpler and within the range, so that shrinking ends', () => {
    const range = fc.tuple(fc.nat(100 * SECOND), fc.nat(100 * SECOND), fc.nat()).map(([a, b, c]) => {
      const [lo, hi] = a < b ? [a, b] : [b, a];
      return { lo, hi, value: lo + (c % (hi - lo + 1)) };
    });
    fc.assert(
      fc.property(range, ({ lo, hi, value }) => {
        for (const { value: next } of timeBetween(lo, hi).shrink(value, undefined)) {
          expect(next).toBeGreaterThanOrEqual(lo);
          expect(next).toBeLessThanOrEqual(hi);
          const gained = roughnessOf(value) - roughnessOf(next);
          expect(gained > 0 || (gained === 0 && next < value)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('values lie in the range, half of them in the ranges of interest', () => {
    const often = [{ lo: 5 * SECOND, hi: 6 * SECOND }];
    const times = fc.sample(timeBetween(3 * SECOND, 1000 * SECOND, often), { seed: 1, numRuns: 1000 });
    expect(Math.min(...times)).toBeGreaterThanOrEqual(3 * SECOND);
    expect(Math.max(...times)).toBeLessThanOrEqual(1000 * SECOND);
    const narrow = times.filter((time) => time >= 5 * SECOND && time <= 6 * SECOND);
    expect(narrow.length).toBeGreaterThan(400);
    expect(narrow.length).toBeLessThan(600);
    expect(times.filter((time) => time % MILLISECOND === 0).length).toBeGreaterThan(150);
  });

  test.each([
    [5, 4],
    [-1, 4],
    [0.5, 4],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
  ])('refuses %d to %d', (lo, hi) => {
    expect(() => timeBetween(lo, hi)).toThrow(/write whole nanoseconds, lo <= hi/);
  });
});
