import fc from 'fast-check';
import { expect, test } from 'vitest';
import { latencyOf } from './latency.js';

test('percentiles by nearest rank', () => {
  expect(latencyOf([])).toBeNull();
  expect(latencyOf([7])).toEqual({ min: 7, median: 7, p90: 7, p99: 7, max: 7 });
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(latencyOf(hundred)).toEqual({ min: 1, median: 50, p90: 90, p99: 99, max: 100 });
  expect(latencyOf([30, 10, 20])).toEqual({ min: 10, median: 20, p90: 30, p99: 30, max: 30 });
});

test('each is a time that was measured, and at least so many are no longer', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1 }), (times) => {
      const latency = latencyOf(times);
      if (latency === null) throw new Error('there were times');
      for (const [percent, value] of [
        [50, latency.median],
        [90, latency.p90],
        [99, latency.p99],
      ] as const) {
        expect(times).toContain(value);
        expect(times.filter((time) => time <= value).length * 100).toBeGreaterThanOrEqual(
          percent * times.length,
        );
        expect(times.filter((time) => time < value).length * 100).toBeLessThan(percent * times.length);
      }
    }),
  );
});
