import type { Nanoseconds } from '../engine/index.js';
import { type Cause, CausePurse } from './causes.js';
import { lengthOf } from './interval.js';
import type { OwnerInterval, Ownership } from './ownership.js';

/** A change from one settled owner to another. */
export interface Handover {
  /** When `to` began to own the VIP. */
  readonly at: Nanoseconds;
  readonly from: string;
  readonly to: string;
  /** When `to` was its only owner and stayed so for longer than the dual budget. */
  readonly settledAt: Nanoseconds;
  /** What it follows from; null: nothing, so it is a flap. */
  readonly cause: Cause | null;
}

/**
 * The handovers of a VIP. A single owner is settled when it has been so for longer than the dual budget; whatever lies
 * between two settled owners, dual or headless, belongs to their handover. Losing the VIP and getting it back is none.
 *
 * @param causes those that may pay, in order of time
 */
export function handoversOf(
  ownership: Ownership,
  causes: readonly Cause[],
  settling: Nanoseconds,
  dualBudget: Nanoseconds,
): Handover[] {
  const purse = new CausePurse(causes, settling);
  const handovers: Handover[] = [];
  let settled: string | null = null;
  ownership.intervals.forEach((interval, index) => {
    const owner = settledOwner(interval, dualBudget);
    if (owner === null) return;
    if (settled !== null && settled !== owner) {
      const began = beginningOf(ownership.intervals, index, owner);
      const cause = purse.payFor(began, interval.from);
      // Two owned it already when the cause ended that: the handover is then, not when the dual began.
      const at = cause !== null && cause.time > began ? interval.from : began;
      handovers.push({ at, from: settled, to: owner, settledAt: interval.from, cause });
    }
    settled = owner;
  });
  return handovers;
}

/** The owner of an interval that is settled, else null. */
export function settledOwner(interval: OwnerInterval, dualBudget: Nanoseconds): string | null {
  return interval.kind === 'single' && lengthOf(interval) > dualBudget ? (interval.owners[0] ?? null) : null;
}

function beginningOf(intervals: readonly OwnerInterval[], index: number, owner: string): Nanoseconds {
  let first = index;
  while (intervals[first - 1]?.owners.includes(owner) === true) first--;
  return intervals[first]?.from ?? 0;
}
