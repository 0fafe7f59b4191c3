import type { Nanoseconds } from '@viplab/core';

/** Smallest, middle and largest value over the runs; ns. */
export interface Spread {
  readonly min: Nanoseconds;
  readonly median: Nanoseconds;
  readonly max: Nanoseconds;
}

/** The spread of some values; undefined of none. The median of an even number is the mean of the middle two. */
export function spreadOf(values: readonly Nanoseconds[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? min;
  const high = sorted[Math.ceil((sorted.length - 1) / 2)] ?? max;
  return { min, median: (low + high) / 2, max };
}
