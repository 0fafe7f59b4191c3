import type { Nanoseconds } from '../engine/index.js';
import type { Cause } from './causes.js';
import { stretchAt } from './interval.js';
import type { Landing } from './landing.js';
import type { Ownership } from './ownership.js';

/** How long a VIP took to settle after a cause. */
export interface Convergence {
  readonly cause: Cause;
  /** The last change of owner or landing before the next cause or the end; null if it did not settle until then. */
  readonly settledAt: Nanoseconds | null;
  /** From the cause to `settledAt`; 0 if nothing changed. */
  readonly took: Nanoseconds | null;
}

/**
 * For each scheduled cause, when the VIP had exactly one owner on which every client lands, for the last time before
 * the next cause.
 */
export function convergenceOf(
  causes: readonly Cause[],
  ownership: Ownership,
  landings: readonly Landing[],
  duration: Nanoseconds,
): Convergence[] {
  return causes.map((cause, index) => {
    const next = causes.slice(index + 1).find(({ time }) => time > cause.time)?.time ?? duration;
    const end = Math.min(next, duration);
    const settledAt = isSettled(ownership, landings, end - 1)
      ? lastChange(ownership, landings, cause.time, end)
      : null;
    return { cause, settledAt, took: settledAt === null ? null : settledAt - cause.time };
  });
}

/** True if at an instant one node owns the VIP and every client that has found the VIP at all lands there. */
export function isSettled(ownership: Ownership, landings: readonly Landing[], time: Nanoseconds): boolean {
  const owned = stretchAt(ownership.intervals, Math.max(0, time));
  if (owned?.kind !== 'single') return false;
  return landings.every((landing) => {
    const landed = stretchAt(landing.intervals, Math.max(0, time));
    return landed === undefined || landed.kind === 'not-yet' || landed.at === owned.owners[0];
  });
}

function lastChange(
  ownership: Ownership,
  landings: readonly Landing[],
  from: Nanoseconds,
  end: Nanoseconds,
): Nanoseconds {
  let last = from;
  for (const tiles of [ownership.intervals, ...landings.map(({ intervals }) => intervals)]) {
    for (const stretch of tiles) if (stretch.from > last && stretch.from < end) last = stretch.from;
  }
  return last;
}
