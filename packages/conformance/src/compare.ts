import { type Nanoseconds, SECOND } from '@viplab/core';
import { type AdvertSegment, advertSegments } from './advert-segments.js';
import { alignRun, type Occurrence } from './alignment.js';
import { compareClients } from './compare-clients.js';
import { labelOf } from './event-label.js';
import { latenessOf } from './lateness.js';
import { modelling } from './modelling.js';
import { fieldOf, keyOf, type Observation, type ObservedEvent } from './observation.js';
import { orderOf } from './order.js';
import { type Outcome, summary, within } from './outcome.js';
import type { RecordedRun, Recording } from './recording.js';
import { type Spread, spreadOf } from './statistics.js';
import { SCHEDULING_DELAY, TIMER_TOLERANCE } from './tolerance.js';
import { configuredInstances, isStated, type VrrpInterval, vrrpIntervals } from './vrrp-intervals.js';

/** What is said of an event over all runs of its case. */
export type Verdict = 'agrees' | 'differs' | 'missing' | 'extra' | 'not modelled';

/** One line of the comparison: one event, or one interval. */
export interface ComparisonRow {
  /** `state n1 VI_1 MASTER #1`. Unique in its case. */
  readonly label: string;
  /** The recordings' name of its kind, or `interval`, `adverts_sent`, `adverts_delivered`, `order`, `causes`, `client`. */
  readonly kind: string;
  /** In how many recorded runs it happened. */
  readonly seenIn: number;
  readonly real: Spread | undefined;
  readonly simulated: Spread | undefined;
  readonly verdict: Verdict;
  /** By how much, in which runs, or why it is not modelled. Empty if it agrees. */
  readonly detail: string;
  /** How many events it stands for: 1, or those of a kind that is not modelled. */
  readonly events: number;
}

/** A recorded run beside its replay. */
export interface ReplayedRun {
  readonly recorded: RecordedRun;
  readonly simulated: Observation;
}

interface Pairing {
  readonly label: string;
  readonly kind: string;
  /** By run. */
  readonly real: (Occurrence | undefined)[];
  readonly simulated: (Nanoseconds | undefined)[];
}

/** Compares all runs of a case, event by event, the nth with the nth of its kind and fields. */
export function compare(recording: Recording, runs: readonly ReplayedRun[]): ComparisonRow[] {
  const ownerOf = new Map([...recording.macs].map(([node, mac]) => [mac, node]));
  return [
    ...compareIntervals(recording, runs),
    ...compareAdverts('adverts_sent', recording, runs, (run) => run.advertsSent),
    ...compareAdverts('adverts_delivered', recording, runs, (run) => run.advertsDelivered),
    ...compareEvents(recording, runs, ownerOf),
    ...orderOf(runs),
    ...compareClients(runs),
  ];
}

function compareEvents(
  recording: Recording,
  runs: readonly ReplayedRun[],
  ownerOf: ReadonlyMap<string, string>,
): ComparisonRow[] {
  const pairings = new Map<string, Pairing>();
  const unmodelled = new Map<
    string,
    { label: string; why: string; times: Nanoseconds[]; seen: Set<number> }
  >();
  const pairingOf = (event: ObservedEvent, nth: string): Pairing => {
    const key = `${keyOf(event)} ${nth}`;
    let pairing = pairings.get(key);
    if (pairing === undefined) {
      const blank = <T>(): (T | undefined)[] => runs.map(() => undefined);
      pairing = {
        label: `${labelOf(event, ownerOf)} ${nth}`,
        kind: event.kind,
        real: blank(),
        simulated: blank(),
      };
      pairings.set(key, pairing);
    }
    return pairing;
  };
  runs.forEach(({ recorded, simulated }, index) => {
    for (const event of recorded.events) {
      const why = modelling(event, recording, recorded);
      if (why === 'modelled') continue;
      const label = `${event.kind} ${String(fieldOf(event, 'node') ?? '')}`.trim();
      const rest = unmodelled.get(label) ?? { label, why, times: [], seen: new Set<number>() };
      rest.times.push(event.time);
      rest.seen.add(index);
      unmodelled.set(label, rest);
    }
    const isModelled = (event: ObservedEvent): boolean =>
      modelling(event, recording, recorded) === 'modelled';
    for (const { event, real, counterparts, extra } of alignRun(recorded, simulated, isModelled)) {
      real.forEach((occurrence, nth) => {
        const pairing = pairingOf(event, `#${nth + 1}`);
        pairing.real[index] = occurrence;
        pairing.simulated[index] = counterparts[nth];
      });
      extra.forEach((time, nth) => {
        pairingOf(event, `#+${nth + 1}`).simulated[index] = time;
      });
    }
  });
  const rows = [...pairings.values()].map(judge);
  rows.sort((a, b) => (a.real ?? a.simulated ?? NOWHERE).median - (b.real ?? b.simulated ?? NOWHERE).median);
  const rest = [...unmodelled.values()].map(
    ({ label, why, times, seen }): ComparisonRow => ({
      label: `${label} (${times.length} in all)`,
      kind: label.split(' ')[0] ?? label,
      seenIn: seen.size,
      real: spreadOf(times),
      simulated: undefined,
      verdict: 'not modelled',
      detail: why,
      events: times.length,
    }),
  );
  return [...rows, ...rest];
}

const NOWHERE: Spread = { min: 0, median: 0, max: 0 };

function judge({ label, kind, real, simulated }: Pairing): ComparisonRow {
  const outcomes = real.map((occurrence, run): Outcome => outcomeOf(occurrence, simulated[run]));
  return {
    label,
    kind,
    seenIn: real.filter((occurrence) => occurrence !== undefined).length,
    real: spreadOf(real.flatMap((occurrence) => (occurrence === undefined ? [] : [occurrence.time]))),
    simulated: spreadOf(simulated.flatMap((time) => (time === undefined ? [] : [time]))),
    ...summary(outcomes),
    events: 1,
  };
}

function outcomeOf(real: Occurrence | undefined, simulated: Nanoseconds | undefined): Outcome {
  if (real === undefined) return { outcome: simulated === undefined ? 'absent' : 'extra' };
  if (simulated === undefined) return { outcome: 'missing' };
  const { early, late, hiccup } = real.tolerance;
  return within(simulated - real.time, early, late, hiccup);
}

const SINCE: Readonly<Record<VrrpInterval['since'], string>> = {
  since_backup: 'after BACKUP',
  since_advert: 'after advert',
  since_equal_or_higher: 'after advert >= own',
};

/**
 * Intervals that the protocol states do not contain start-up times: each simulated one has to be near the median of
 * the real ones. The others are compared run by run.
 */
function compareIntervals(recording: Recording, runs: readonly ReplayedRun[]): ComparisonRow[] {
  const instances = configuredInstances(recording);
  const groups = new Map<
    string,
    { label: string; instance: string; real: Map<number, VrrpInterval>; simulated: Map<number, VrrpInterval> }
  >();
  const add = (side: 'real' | 'simulated', index: number, interval: VrrpInterval): void => {
    const instance = `${interval.node} ${interval.instance}`;
    const label = `${instance} #${interval.nth} ${SINCE[interval.since]}`;
    const group = groups.get(label) ?? { label, instance, real: new Map(), simulated: new Map() };
    group[side].set(index, interval);
    groups.set(label, group);
  };
  runs.forEach(({ recorded, simulated }, index) => {
    for (const interval of vrrpIntervals(recorded, instances)) add('real', index, interval);
    for (const interval of vrrpIntervals(simulated, instances)) add('simulated', index, interval);
  });
  return [...groups.values()].map(({ label, instance, real, simulated }) => {
    const lengths = (of: ReadonlyMap<number, VrrpInterval>): Spread | undefined =>
      spreadOf([...of.values()].map(({ length }) => length));
    const spread = lengths(real);
    const configured = instances.get(instance);
    const stated = spread !== undefined && configured !== undefined && isStated(spread.median, configured);
    const outcomes = runs.map(({ recorded }, index): Outcome => {
      const mine = simulated.get(index);
      const theirs = real.get(index);
      if (theirs === undefined || spread === undefined)
        return { outcome: mine === undefined ? 'absent' : 'extra' };
      if (mine === undefined) return { outcome: 'missing' };
      // What made a single run late (it is taken over) is no difference either.
      const by = nearest(mine.length, stated ? [spread.median, theirs.length] : [theirs.length]);
      const bound = stated ? TIMER_TOLERANCE : TIMER_TOLERANCE + latenessOf(recorded)(theirs.at);
      return within(by, bound, bound, stated ? 0 : SCHEDULING_DELAY);
    });
    return {
      label,
      kind: 'interval',
      seenIn: real.size,
      real: spread,
      simulated: lengths(simulated),
      ...summary(outcomes),
      events: 1,
    };
  });
}

/** How far a length is from the nearest of some others. */
function nearest(length: Nanoseconds, others: readonly Nanoseconds[]): Nanoseconds {
  return others
    .map((other) => length - other)
    .reduce((best, by) => (Math.abs(by) < Math.abs(best) ? by : best), Number.POSITIVE_INFINITY);
}

type Adverts = Observation['advertsSent'];

/** Unbroken series of advertisements: when they begin and end, and how many there are. */
function compareAdverts(
  kind: string,
  recording: Recording,
  runs: readonly ReplayedRun[],
  adverts: (run: Observation) => Adverts,
): ComparisonRow[] {
  const groups = new Map<
    string,
    { label: string; real: Map<number, AdvertSegment>; simulated: Map<number, AdvertSegment> }
  >();
  const add = (side: 'real' | 'simulated', index: number, segment: AdvertSegment): void => {
    const label = `${kind} ${segment.who} ${segment.vrid}/${segment.priority}/${segment.interval}s #${segment.nth}`;
    const group = groups.get(label) ?? { label, real: new Map(), simulated: new Map() };
    group[side].set(index, segment);
    groups.set(label, group);
  };
  runs.forEach(({ recorded, simulated }, index) => {
    for (const segment of advertSegments(adverts(recorded))) add('real', index, segment);
    for (const segment of advertSegments(adverts(simulated))) add('simulated', index, segment);
  });
  return [...groups.values()].map(({ label, real, simulated }) => {
    const outcomes = runs.map(({ recorded }, index) =>
      segmentOutcome(real.get(index), simulated.get(index), { recorded, recording }),
    );
    return {
      label,
      kind,
      seenIn: real.size,
      real: spreadOf([...real.values()].map((segment) => segment.first)),
      simulated: spreadOf([...simulated.values()].map((segment) => segment.first)),
      ...summary(outcomes),
      events: 1,
    };
  });
}

function segmentOutcome(
  real: AdvertSegment | undefined,
  simulated: AdvertSegment | undefined,
  { recorded, recording }: { recorded: RecordedRun; recording: Recording },
): Outcome {
  if (real === undefined) return { outcome: simulated === undefined ? 'absent' : 'extra' };
  if (simulated === undefined) return { outcome: 'missing' };
  const lateness = latenessOf(recorded);
  const more = simulated.count - real.count;
  if (more !== 0) {
    // One more or less is no difference where the next one and what ended the series came together.
    const next = real.last + Math.max(more, 0) * real.interval * SECOND;
    const allowance = TIMER_TOLERANCE + SCHEDULING_DELAY + lateness(real.last);
    const isAtEnd =
      Math.abs(more) === 1 &&
      endsOf(real, recorded, recording).some((end) => Math.abs(end - next) <= allowance);
    if (!isAtEnd) return { outcome: 'differs', by: null, detail: `${simulated.count} for ${real.count}` };
  }
  const first = within(
    simulated.first - real.first,
    TIMER_TOLERANCE + lateness(real.first),
    TIMER_TOLERANCE,
    SCHEDULING_DELAY,
    'first ',
  );
  if (first.outcome === 'differs' || more !== 0) return first;
  const last = within(
    simulated.last - real.last,
    TIMER_TOLERANCE + lateness(real.last),
    TIMER_TOLERANCE,
    SCHEDULING_DELAY,
    'last ',
  );
  return last.outcome === 'agrees' ? first : last;
}

/** What can end a series of advertisements: the sender's next state, an action, the end of the recording. */
function endsOf(segment: AdvertSegment, run: RecordedRun, recording: Recording): Nanoseconds[] {
  const [sender] = segment.who.split('>', 1);
  return [
    recording.duration,
    ...run.actions.flatMap(({ began, ended }) => [began, ended]),
    ...run.events
      .filter((event) => event.kind === 'state' && fieldOf(event, 'node') === sender)
      .map((event) => event.time),
  ];
}
