import type { Nanoseconds } from '@viplab/core';
import { keyOf, type Observation, type ObservedEvent } from './observation.js';
import type { RecordedRun } from './recording.js';
import { type Tolerance, tolerancesOf } from './tolerance.js';

/** A recorded instant and how far a simulated one may be from it. */
export interface Occurrence {
  readonly time: Nanoseconds;
  readonly tolerance: Tolerance;
}

/** Which simulated instant belongs to which recorded one. */
export interface Alignment {
  /** By recorded occurrence; undefined where none belongs to it. */
  readonly counterparts: readonly (Nanoseconds | undefined)[];
  /** Simulated instants that belong to none. */
  readonly extra: readonly Nanoseconds[];
}

/**
 * Pairs the occurrences of one kind of event: the nth with the nth where there are equally many. Where there are not,
 * one too many would push all later ones away from their counterparts, so those that are near each other are paired
 * in their order.
 */
export function align(real: readonly Occurrence[], simulated: readonly Nanoseconds[]): Alignment {
  if (real.length === simulated.length) return { counterparts: simulated, extra: [] };
  const counterparts: (Nanoseconds | undefined)[] = [];
  const extra: Nanoseconds[] = [];
  let at = 0;
  for (const { time, tolerance } of real) {
    while (
      at < simulated.length &&
      (simulated[at] as Nanoseconds) < time - tolerance.early - tolerance.hiccup
    ) {
      extra.push(simulated[at++] as Nanoseconds);
    }
    const candidate = simulated[at];
    const isNear = candidate !== undefined && candidate <= time + tolerance.late + tolerance.hiccup;
    counterparts.push(isNear ? candidate : undefined);
    if (isNear) at++;
  }
  return { counterparts, extra: [...extra, ...simulated.slice(at)] };
}

/** All events of one kind and fields in one run, recorded beside simulated. */
export interface AlignedEvents extends Alignment {
  /** Any one of them: they differ in their instants only. */
  readonly event: ObservedEvent;
  readonly real: readonly Occurrence[];
}

/** Pairs all events of a run for which `wanted` holds. */
export function alignRun(
  recorded: RecordedRun,
  simulated: Observation,
  wanted: (event: ObservedEvent) => boolean,
): AlignedEvents[] {
  const tolerances = tolerancesOf(recorded);
  const sorts = new Map<string, { event: ObservedEvent; real: Occurrence[]; simulated: Nanoseconds[] }>();
  const sortOf = (event: ObservedEvent) => {
    const key = keyOf(event);
    const sort = sorts.get(key) ?? { event, real: [], simulated: [] };
    sorts.set(key, sort);
    return sort;
  };
  recorded.events.forEach((event, index) => {
    if (wanted(event))
      sortOf(event).real.push({ time: event.time, tolerance: tolerances[index] as Tolerance });
  });
  for (const event of simulated.events) if (wanted(event)) sortOf(event).simulated.push(event.time);
  return [...sorts.values()].map(({ event, real, simulated: times }) => ({
    event,
    real,
    ...align(real, times),
  }));
}
