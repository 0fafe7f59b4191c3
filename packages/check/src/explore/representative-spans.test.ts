import { SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { cluster } from './clusters.fixture.js';
import { explorationPlan } from './exploration-plan.js';
import { RepresentativeSpans } from './representative-spans.js';
import { NO_CAUSE } from './situation.fixture.js';

/** Master_Down_Interval of priority 100 and 150, advert interval 1 s (RFC 3768 §6.1). */
const DOWN_100 = 3_609_375_000;
const DOWN_150 = 3_414_062_000;
/** Two cables of 100 us. */
const WAY = 200_000;

function spansOf(priorities: readonly number[], campaign = NO_CAUSE): RepresentativeSpans {
  const { plan } = cluster(priorities);
  return new RepresentativeSpans(explorationPlan(plan, campaign), plan, campaign);
}

describe('the spans that stand for all', () => {
  test('the ends of a range, and sums of timers in it with a frame’s way to either side', () => {
    const all = spansOf([150, 100]).within(0, 4 * SECOND, 1_000);
    for (const base of [DOWN_100, DOWN_150, SECOND, 2 * SECOND, DOWN_100 - SECOND, DOWN_100 - DOWN_150])
      for (const aside of [-WAY, -WAY / 2, 0, WAY / 2, WAY]) expect(all).toContain(base + aside);
    expect([all[0], all.at(-1)]).toEqual([0, 4 * SECOND]);
    expect([...all].sort((one, other) => one - other)).toEqual(all);
    expect(new Set(all).size).toBe(all.length);
  });

  test('are few where few are wanted, and never outside', () => {
    const spans = spansOf([100, 100]);
    expect(spans.within(30_000_000, 150_000_000)).toEqual([30_000_000, 90_000_000, 150_000_000]);
    expect(spans.within(5, 5)).toEqual([5]);
    expect(spans.within(5, 6)).toEqual([5, 6]);
    expect(spans.within(0, 4 * SECOND, 5)).toHaveLength(5);
  });

  test('starts: some node is always the first, at 0, and there are not too many', () => {
    for (const priorities of [
      [100, 100],
      [150, 100, 50],
      [4, 3, 2, 1],
    ]) {
      const starts = spansOf(priorities).starts();
      expect(starts.length).toBeLessThanOrEqual(400);
      expect(starts.length).toBeGreaterThan(priorities.length);
      for (const start of starts) expect(Math.min(...start.slice(0, priorities.length))).toBe(0);
      expect(new Set(starts.map(String)).size).toBe(starts.length);
    }
    expect(spansOf([100, 100], { ...NO_CAUSE, startWithin: 0 }).starts()).toEqual([[]]);
  });

  test('delays: as given, or three settings for all cables', () => {
    expect(spansOf([100, 100]).latencies).toEqual([
      { name: 'as given', delays: [100_000, 100_000, 100_000] },
    ]);
    const { latencies } = spansOf([100, 100], { ...NO_CAUSE, latency: { lo: 10, hi: 21 } });
    expect(latencies.map(({ delays }) => delays)).toEqual([
      [10, 10, 10],
      [15, 15, 15],
      [21, 21, 21],
    ]);
  });

  test('are said in words', () => {
    expect(spansOf([100, 100], { ...NO_CAUSE, startWithin: 0 }).inWords()).toEqual([
      'faults, repairs: 1 ns after an event, half way to the next, and at the instant of the next, before it',
    ]);
    expect(spansOf([100, 100], { ...NO_CAUSE, latency: { lo: 10, hi: 21 } }).inWords()).toContainEqual(
      'cables, the same for all frames of a run: all at their shortest, half way, all at their longest',
    );
  });
});
