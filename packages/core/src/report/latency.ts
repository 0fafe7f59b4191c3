import type { Nanoseconds } from '../engine/index.js';

/** How long answers took, ns: percentiles by nearest rank, so that each is a time that was measured. */
export interface Latency {
  readonly min: Nanoseconds;
  /** The 50th percentile. */
  readonly median: Nanoseconds;
  readonly p90: Nanoseconds;
  readonly p99: Nanoseconds;
  readonly max: Nanoseconds;
}

/** The percentiles of some times; null if there are none. */
export function latencyOf(times: readonly Nanoseconds[]): Latency | null {
  const sorted = times.toSorted((one, other) => one - other);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return null;
  const percentile = (percent: number): Nanoseconds =>
    sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? max;
  return { min, median: percentile(50), p90: percentile(90), p99: percentile(99), max };
}
