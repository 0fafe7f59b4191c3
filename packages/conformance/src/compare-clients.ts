import type { Nanoseconds } from '@viplab/core';
import { alignSegments, type ExpectedSegment } from './align-clients.js';
import { CLIENT_PACE } from './client-attempt.js';
import { type ClientSegment, clientSegments, segmentName } from './client-segments.js';
import { durationTolerance, expectedSegments } from './client-tolerance.js';
import type { ComparisonRow, ReplayedRun } from './compare.js';
import { kernelPhases } from './kernel-phases.js';
import { type Outcome, summary, within } from './outcome.js';
import { spreadOf } from './statistics.js';
import type { Tolerance } from './tolerance.js';
import { CLIENT_NODE } from './vip-path.js';

/** The kind of the rows that tell what a client lived through. */
export const CLIENT_KIND = 'client';

/** How far the numbers of attempts may be apart. */
const COUNT_SHARE = 0.02;

interface Pairing {
  readonly label: string;
  /** By run. */
  readonly outcomes: Outcome[];
  readonly real: Nanoseconds[];
  readonly simulated: Nanoseconds[];
}

/**
 * Compares what the clients lived through, run by run: which results came in which order, from when to when, how many
 * of each, and how long the longest took.
 */
export function compareClients(runs: readonly ReplayedRun[]): ComparisonRow[] {
  const clients = new Set(
    runs.flatMap(({ recorded, simulated }) => [...recorded.clients.keys(), ...simulated.clients.keys()]),
  );
  return [...clients].flatMap((client) => compareClient(client, runs));
}

function compareClient(client: string, runs: readonly ReplayedRun[]): ComparisonRow[] {
  const pairings = new Map<string, Pairing>();
  const pairingOf = (name: string, nth: string): Pairing => {
    const label = `${client}: ${name} ${nth}`;
    let pairing = pairings.get(label);
    if (pairing === undefined) {
      pairing = { label, outcomes: runs.map(() => ({ outcome: 'absent' })), real: [], simulated: [] };
      pairings.set(label, pairing);
    }
    return pairing;
  };
  runs.forEach(({ recorded, simulated }, index) => {
    const phases = kernelPhases(recorded, CLIENT_NODE, [client]);
    const real = expectedSegments(recorded, client, phases.reachableTime !== undefined);
    const { counterparts, extra } = alignSegments(real, clientSegments(simulated.clients.get(client) ?? []));
    const seen = counter();
    real.forEach((segment, at) => {
      const name = segmentName(segment);
      const pairing = pairingOf(name, `#${seen(name)}`);
      const counterpart = counterparts[at];
      pairing.real.push(segment.first);
      if (counterpart !== undefined) pairing.simulated.push(counterpart.first);
      pairing.outcomes[index] =
        counterpart === undefined ? { outcome: 'missing' } : segmentOutcome(segment, counterpart);
    });
    const added = counter();
    for (const segment of extra) {
      const name = segmentName(segment);
      const pairing = pairingOf(name, `#+${added(name)}`);
      pairing.simulated.push(segment.first);
      pairing.outcomes[index] = { outcome: 'extra' };
    }
  });
  return [...pairings.values()]
    .map(({ label, outcomes, real, simulated }) => ({
      label,
      kind: CLIENT_KIND,
      seenIn: real.length,
      real: spreadOf(real),
      simulated: spreadOf(simulated),
      ...summary(outcomes),
      events: 1,
    }))
    .sort((a, b) => (a.real ?? a.simulated ?? NOWHERE).median - (b.real ?? b.simulated ?? NOWHERE).median);
}

const NOWHERE = { min: 0, median: 0, max: 0 };

/** Numbers equal names: 1 for the first of a name, 2 for the second. */
function counter(): (name: string) => number {
  const counts = new Map<string, number>();
  return (name) => {
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    return nth;
  };
}

/** The first thing that differs: when it began, when it ended, how many there were, how long they took. */
export function segmentOutcome(real: ExpectedSegment, simulated: ClientSegment): Outcome {
  const outcomes: Outcome[] = [
    instant(simulated.first - real.first, real.firstTolerance, 'first '),
    instant(simulated.last - real.last, real.lastTolerance, 'last '),
    countOutcome(real, simulated),
    instant(simulated.longest - real.longest, durationTolerance(real), 'took '),
  ];
  return (
    outcomes.find(({ outcome }) => outcome === 'differs') ??
    outcomes.find(({ outcome }) => outcome === 'near') ?? { outcome: 'agrees' }
  );
}

function instant(by: Nanoseconds, { early, late, hiccup }: Tolerance, what: string): Outcome {
  return within(by, early, late, hiccup, what);
}

/** As many as before, given when they began and ended: boundaries are judged by themselves. */
function countOutcome(real: ExpectedSegment, simulated: ClientSegment): Outcome {
  const longer = simulated.last - simulated.first - (real.last - real.first);
  const more = simulated.count - real.count - longer / CLIENT_PACE;
  if (Math.abs(more) <= Math.max(1, COUNT_SHARE * real.count)) return { outcome: 'agrees' };
  return { outcome: 'differs', by: null, detail: `${simulated.count} for ${real.count}` };
}
