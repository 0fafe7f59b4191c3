import type { Nanoseconds } from '../engine/index.js';
import { type Interval, lengthOf, totalOf } from './interval.js';
import { type Ownership, ownedBy } from './ownership.js';

/**
 * A VIP that is taken and lost again before anybody has settled in it, time after time: what two equal masters of CARP do
 * that yield to each other.
 */
export interface Flutter extends Interval {
  /** How often it was taken and lost. */
  readonly times: number;
  /** Of these, how often without a cause. */
  readonly uncaused: number;
  /** When it was taken for the first time without a cause. */
  readonly since: Nanoseconds;
  /** From one time to the next, of the first two without a cause. */
  readonly period: Nanoseconds;
  /** All who took part. */
  readonly owners: readonly string[];
  /** The longest time for which one of them had it. */
  readonly held: Nanoseconds;
  /** For how long it had an owner, of the time from `from` to `to`. */
  readonly owned: Nanoseconds;
  /** False if it went on until the end, as far as its own rhythm tells. */
  readonly hasStopped: boolean;
}

/** Once may be chance, from the second time on it is a rhythm. */
const FEWEST = 2;

/**
 * Finds the flutters of a VIP: owned for no longer than the dual budget, then by nobody, at least twice in a row without
 * a cause.
 *
 * @param disturbances when something was done to the network, or a machine booted: what follows within the settling time
 *   is not without a cause
 */
export function fluttersOf(
  ownership: Ownership,
  disturbances: readonly Nanoseconds[],
  settling: Nanoseconds,
  dualBudget: Nanoseconds,
): Flutter[] {
  const duration = ownership.intervals.at(-1)?.to ?? 0;
  const isUncaused = ({ from }: Interval): boolean =>
    !disturbances.some((time) => time <= from && from - time <= settling);
  const flutters: Flutter[] = [];
  for (const episode of episodesOf(ownership, dualBudget)) {
    const uncaused = episode.filter(isUncaused);
    const [first, second] = uncaused;
    const [begin] = episode;
    const last = episode.at(-1);
    if (uncaused.length < FEWEST || first === undefined || second === undefined) continue;
    if (begin === undefined || last === undefined) continue;
    const period = second.from - first.from;
    const isWithin = ({ from }: Interval): boolean => begin.from <= from && from <= last.to;
    const owners = [
      ...new Set(ownership.intervals.filter(isWithin).flatMap((interval) => interval.owners)),
    ].sort();
    const held = owners.flatMap((owner) => ownedBy(ownership, owner).filter(isWithin).map(lengthOf));
    const owned = totalOf(episode);
    flutters.push({
      from: begin.from,
      to: last.to,
      times: episode.length,
      uncaused: uncaused.length,
      since: first.from,
      period,
      owners,
      held: Math.max(0, ...held),
      owned,
      hasStopped: duration - last.from > 2 * period,
    });
  }
  return flutters;
}

/** The times in which somebody had a VIP, if only briefly, by rows of them that no settled owner interrupts. */
function episodesOf({ intervals }: Ownership, dualBudget: Nanoseconds): Interval[][] {
  const episodes: Interval[][] = [];
  let open: Interval[] = [];
  let taken: Nanoseconds | null = null;
  for (const { from, owners } of intervals) {
    if (owners.length > 0) {
      taken ??= from;
      continue;
    }
    if (taken === null) continue;
    if (from - taken <= dualBudget) open.push({ from: taken, to: from });
    else {
      if (open.length > 0) episodes.push(open);
      open = [];
    }
    taken = null;
  }
  if (open.length > 0) episodes.push(open);
  return episodes;
}
