import { expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import {
  advertInterval,
  advertSpan,
  masterDownInterval,
  pollInterval,
  skewSpan,
  takeoverInterval,
} from './ucarp-timers.js';

test.each([
  [1, 3906],
  [50, 195_312],
  [100, 390_625],
  [200, 781_250],
  [240, 937_500],
  [254, 992_187],
])('advskew %i is %i us', (advskew, microseconds) => {
  expect(skewSpan(advskew)).toBe(microseconds * 1000);
  expect(advertSpan(1, advskew)).toBe(SECOND + microseconds * 1000);
});

// Adverts lose the part of a millisecond; the deadline has the skew once; polls go past it.
test.each([
  { advbase: 1, advskew: 0, interval: 1000, down: 3000, takeover: 3000.003 },
  { advbase: 1, advskew: 100, interval: 1390, down: 3390.625, takeover: 4170.003 },
  { advbase: 1, advskew: 254, interval: 1992, down: 3992.187, takeover: 5976.003 },
  { advbase: 1, advskew: 1, interval: 1003, down: 3003.906, takeover: 3009.003 },
  { advbase: 4, advskew: 0, interval: 4000, down: 12_000, takeover: 12_000.003 },
  { advbase: 0, advskew: 100, interval: 390, down: 390.625, takeover: 780.002 },
  { advbase: 0, advskew: 1, interval: 3, down: 3.906, takeover: 6.002 },
])('advbase $advbase advskew $advskew', ({ advbase, advskew, interval, down, takeover }) => {
  const timing = { advbase, advskew, deadRatio: 3 };
  expect(advertInterval(advbase, advskew)).toBe(interval * MILLISECOND);
  expect(masterDownInterval(timing)).toBeCloseTo(down * MILLISECOND, 3);
  expect(takeoverInterval(timing)).toBeCloseTo(takeover * MILLISECOND, 3);
});

test('a dead ratio counts advbase alone, and wraps around at 32 bits', () => {
  expect(masterDownInterval({ advbase: 1, advskew: 100, deadRatio: 5 })).toBe(5.390625 * SECOND);
  expect(masterDownInterval({ advbase: 2, advskew: 0, deadRatio: 2 ** 31 })).toBe(0);
  expect(masterDownInterval({ advbase: 1, advskew: 0, deadRatio: 2 ** 32 - 1 })).toBe(2 ** 50);
});

test('a poll lasts a millisecond at the least', () => {
  expect(pollInterval({ advbase: 0, advskew: 0, deadRatio: 3 })).toBe(MILLISECOND + 1000);
});
