import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import { type Interval, type Stretch, tile } from './interval.js';

/**
 * How many own a VIP. `unowned`: nobody has owned it yet in this run; `headless`: somebody had, and nobody does now.
 */
export type OwnershipKind = 'unowned' | 'single' | 'dual' | 'headless';

/** A stretch with one set of owners, in the order in which the lab names them. */
export interface OwnerInterval extends Interval {
  readonly kind: OwnershipKind;
  readonly owners: readonly string[];
}

/** A time in which a VIP had two or more owners; `owners` are all who took part. */
export interface DualInterval extends Interval {
  readonly owners: readonly string[];
}

/** Who owned a VIP, from the start to the end of the run. */
export interface Ownership {
  readonly address: string;
  /** They tile the run. */
  readonly intervals: readonly OwnerInterval[];
  readonly dual: readonly DualInterval[];
  readonly headless: readonly Interval[];
}

const sameOwners = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((owner, index) => owner === other[index]);

/** Reads who owned `address` from the `vip.owner` events, which come in order of time. */
export function ownershipOf(
  events: readonly TraceEvent[],
  address: string,
  duration: Nanoseconds,
): Ownership {
  const changes: { time: Nanoseconds; state: readonly string[] }[] = [];
  for (const event of events) {
    if (event.name === 'vip.owner' && event.address === address) {
      changes.push({ time: event.time, state: event.owners });
    }
  }
  let hadOwner = false;
  const intervals = tile(changes, [] as readonly string[], duration, sameOwners).map(
    (stretch): OwnerInterval => {
      hadOwner ||= stretch.state.length > 0;
      return {
        from: stretch.from,
        to: stretch.to,
        kind: kindOf(stretch.state, hadOwner),
        owners: stretch.state,
      };
    },
  );
  return {
    address,
    intervals,
    dual: dualOf(intervals),
    headless: intervals.filter(({ kind }) => kind === 'headless').map(({ from, to }) => ({ from, to })),
  };
}

function kindOf(owners: readonly string[], hadOwner: boolean): OwnershipKind {
  if (owners.length === 0) return hadOwner ? 'headless' : 'unowned';
  return owners.length === 1 ? 'single' : 'dual';
}

function dualOf(intervals: readonly OwnerInterval[]): DualInterval[] {
  const result: DualInterval[] = [];
  for (const { from, to, kind, owners } of intervals) {
    if (kind !== 'dual') continue;
    const last = result.at(-1);
    // {n1,n2} turning into {n2,n3} is one time with too many owners, not two.
    if (last?.to === from) {
      result[result.length - 1] = { from: last.from, to, owners: [...new Set([...last.owners, ...owners])] };
    } else result.push({ from, to, owners });
  }
  return result;
}

/** The times during which one node was an owner, alone or not. */
export function ownedBy(ownership: Ownership, node: string): Interval[] {
  const owned = tile(
    ownership.intervals.map(({ from, owners }) => ({ time: from, state: owners.includes(node) })),
    false,
    ownership.intervals.at(-1)?.to ?? 0,
  );
  return owned.filter((stretch: Stretch<boolean>) => stretch.state).map(({ from, to }) => ({ from, to }));
}

/** All who owned the VIP at some time, in the order in which they began to. */
export function ownersOf(ownership: Ownership): string[] {
  return [...new Set(ownership.intervals.flatMap(({ owners }) => owners))];
}
