import type { Nanoseconds } from '../engine/index.js';

/** From `from` up to, not including, `to`. */
export interface Interval {
  readonly from: Nanoseconds;
  readonly to: Nanoseconds;
}

/** A stretch of the run during which something kept one state. */
export interface Stretch<S> extends Interval {
  readonly state: S;
}

/** A state that begins at an instant. */
export interface Change<S> {
  readonly time: Nanoseconds;
  readonly state: S;
}

export const lengthOf = (interval: Interval): Nanoseconds => interval.to - interval.from;

/** The length of all of them together; they must not overlap. */
export const totalOf = (intervals: readonly Interval[]): Nanoseconds =>
  intervals.reduce((sum, interval) => sum + lengthOf(interval), 0);

/** The length of the longest one, 0 if there is none. */
export const longestOf = (intervals: readonly Interval[]): Nanoseconds =>
  intervals.reduce((longest, interval) => Math.max(longest, lengthOf(interval)), 0);

/**
 * Tiles `[0, duration)` with the states that the changes give. Of several changes at one instant the last counts, and
 * neighbours in the same state are one stretch.
 *
 * @param changes in order of time
 */
export function tile<S>(
  changes: readonly Change<S>[],
  initial: S,
  duration: Nanoseconds,
  same: (one: S, other: S) => boolean = Object.is,
): Stretch<S>[] {
  const tiles: Stretch<S>[] = [];
  const close = (from: Nanoseconds, to: Nanoseconds, state: S): void => {
    if (to <= from) return;
    const last = tiles.at(-1);
    if (last !== undefined && same(last.state, state)) tiles[tiles.length - 1] = { ...last, to };
    else tiles.push({ from, to, state });
  };
  let from = 0;
  let state = initial;
  for (const change of changes) {
    if (change.time >= duration) break;
    close(from, change.time, state);
    from = Math.max(from, change.time);
    state = change.state;
  }
  close(from, duration, state);
  return tiles;
}

/** Cuts two tilings of the same span at each other's edges. */
export function overlay<A extends Interval, B extends Interval>(
  ones: readonly A[],
  others: readonly B[],
): (Interval & { readonly one: A; readonly other: B })[] {
  const pieces: (Interval & { readonly one: A; readonly other: B })[] = [];
  let next = 0;
  for (const one of ones) {
    for (let index = next; index < others.length; index++) {
      const other = others[index];
      if (other === undefined || other.from >= one.to) break;
      next = index;
      const from = Math.max(one.from, other.from);
      const to = Math.min(one.to, other.to);
      if (from < to) pieces.push({ from, to, one, other });
    }
  }
  return pieces;
}

/** The stretch that covers an instant; at the very end of the run the last one. */
export function stretchAt<T extends Interval>(tiles: readonly T[], time: Nanoseconds): T | undefined {
  const found = tiles.find((stretch) => stretch.from <= time && time < stretch.to);
  const last = tiles.at(-1);
  return found ?? (last !== undefined && time >= last.to ? last : undefined);
}

/** Joins intervals that touch. */
export function joined(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const { from, to } of intervals) {
    const last = result.at(-1);
    if (last !== undefined && last.to === from) result[result.length - 1] = { from: last.from, to };
    else result.push({ from, to });
  }
  return result;
}
