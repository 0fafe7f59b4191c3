import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import { type Change, type Interval, joined, overlay, tile } from './interval.js';
import type { Ownership } from './ownership.js';

/** Where frames from a client to a VIP arrive. `nowhere`: at no node; `not-yet`: the client has not found one yet. */
export interface LandingInterval extends Interval {
  readonly kind: 'not-yet' | 'landed' | 'nowhere';
  /** The node, null unless landed. */
  readonly at: string | null;
}

/** Where one client's frames to one VIP arrived, from the start to the end of the run. */
export interface Landing {
  /** The node of the client. */
  readonly client: string;
  readonly address: string;
  /** They tile the run. */
  readonly intervals: readonly LandingInterval[];
  /** Times in which the VIP had an owner and the client's frames arrived at none of them: a black hole. */
  readonly astray: readonly Interval[];
}

/** Reads from the `vip.landed` events of the node `client` where its frames to a VIP arrived. */
export function landingOf(
  events: readonly TraceEvent[],
  client: string,
  ownership: Ownership,
  duration: Nanoseconds,
): Landing {
  const changes: Change<string | null>[] = [];
  for (const event of events) {
    if (event.name === 'vip.landed' && event.node === client && event.address === ownership.address) {
      changes.push({ time: event.time, state: event.at });
    }
  }
  let hasLanded = false;
  const intervals = tile(changes, null, duration).map(({ from, to, state }): LandingInterval => {
    hasLanded ||= state !== null;
    return { from, to, kind: state !== null ? 'landed' : hasLanded ? 'nowhere' : 'not-yet', at: state };
  });
  const astray = overlay(intervals, ownership.intervals).filter(
    ({ one, other }) =>
      one.kind !== 'not-yet' &&
      other.owners.length > 0 &&
      (one.at === null || !other.owners.includes(one.at)),
  );
  return { client, address: ownership.address, intervals, astray: joined(astray) };
}
