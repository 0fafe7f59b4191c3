import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { masterDownIntervalUs, skewTimeUs } from './vrrp-timers.js';

// priority, skew at 1 s, MDI at 1 s, skew v3 100 ms, MDI v3 100 ms, MDI v3 2 s, MDI v2 2 s; all µs
const REFERENCE = [
  [1, 996093, 3996093, 99609, 399609, 7992187, 6996093],
  [50, 804687, 3804687, 80468, 380468, 7609375, 6804687],
  [90, 648437, 3648437, 64843, 364843, 7296875, 6648437],
  [99, 613281, 3613281, 61328, 361328, 7226562, 6613281],
  [100, 609375, 3609375, 60937, 360937, 7218750, 6609375],
  [101, 605468, 3605468, 60546, 360546, 7210937, 6605468],
  [150, 414062, 3414062, 41406, 341406, 6828125, 6414062],
  [200, 218750, 3218750, 21875, 321875, 6437500, 6218750],
  [254, 7812, 3007812, 781, 300781, 6015625, 6007812],
  [255, 3906, 3003906, 390, 300390, 6007812, 6003906],
] as const;

describe('the reference table', () => {
  test.each(REFERENCE)('priority %i', (priority, skew, down, skewTenth, downTenth, downV3Two, downV2Two) => {
    expect(skewTimeUs(2, priority, 1_000_000)).toBe(skew);
    expect(skewTimeUs(2, priority, 5_000_000)).toBe(skew);
    expect(skewTimeUs(3, priority, 1_000_000)).toBe(skew);
    expect(masterDownIntervalUs(2, priority, 1_000_000)).toBe(down);
    expect(masterDownIntervalUs(3, priority, 1_000_000)).toBe(down);
    expect(skewTimeUs(3, priority, 100_000)).toBe(skewTenth);
    expect(masterDownIntervalUs(3, priority, 100_000)).toBe(downTenth);
    expect(masterDownIntervalUs(3, priority, 2_000_000)).toBe(downV3Two);
    expect(masterDownIntervalUs(2, priority, 2_000_000)).toBe(downV2Two);
  });

  test('another number of adverts', () => {
    expect(masterDownIntervalUs(2, 100, 1_000_000, 5)).toBe(5_609_375);
  });
});

test('a higher priority never waits longer, and results are whole', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(2 as const, 3 as const),
      fc.integer({ min: 1, max: 254 }),
      fc.integer({ min: 1, max: 4095 }),
      (version, priority, centiseconds) => {
        const interval = centiseconds * 10_000;
        const lower = masterDownIntervalUs(version, priority, interval);
        const higher = masterDownIntervalUs(version, priority + 1, interval);
        expect(Number.isInteger(lower)).toBe(true);
        expect(higher).toBeLessThanOrEqual(lower);
        expect(higher).toBeGreaterThan(3 * interval);
      },
    ),
  );
});
