import { type LabPlan, MILLISECOND, type Nanoseconds } from '@viplab/core';
import type { Campaign } from '../campaign/campaign.js';
import { allLaunches } from '../campaign/launches.js';
import type { Scenario } from '../campaign/scenario.js';

/** Grains in which an instant is tried, the roundest first. */
export const GRAINS: readonly Nanoseconds[] = [
  1_000 * MILLISECOND,
  500 * MILLISECOND,
  100 * MILLISECOND,
  10 * MILLISECOND,
  MILLISECOND,
  100_000,
  10_000,
  1_000,
  100,
  10,
  1,
];

/** How much later than a path says a fault may come, to be rounder. */
const MOST_LATER: Nanoseconds = 1_000 * MILLISECOND;

/** Whether the starts and launches of a run are ones that a campaign and the lab allow. */
export const isWithinBounds = (
  plan: LabPlan,
  { startWithin }: Campaign,
  { starts, ready }: Scenario,
): boolean =>
  Object.values(starts).every((at) => at <= startWithin) &&
  allLaunches(plan).every(({ key, min, max }) => {
    const span = ready[key];
    return span === undefined || (span >= min && span <= max);
  });

/**
 * The same story at rounder instants: each start, launch and fault in turn at the next instant of the coarsest grain at
 * which the run still shows what it is to show. Exploration finds the order of events; many instants may give it.
 *
 * @param shows - whether a run still shows it
 */
export function roundInstants(scenario: Scenario, shows: (candidate: Scenario) => boolean): Scenario {
  let best = scenario;
  const attempt = (candidate: Scenario): boolean => {
    if (!shows(candidate)) return false;
    best = candidate;
    return true;
  };
  if (Object.keys(best.starts).length > 0) attempt({ ...best, starts: {} });
  for (const key of ['starts', 'ready'] as const) {
    for (const node of Object.keys(best[key])) {
      const at = best[key][node] as Nanoseconds;
      for (const rounder of rounderThan(at))
        if (attempt({ ...best, [key]: { ...best[key], [node]: rounder } })) break;
    }
  }
  for (let index = 0; index < best.actions.length; index++) {
    const { at, deed } = best.actions[index] as Scenario['actions'][number];
    for (const rounder of rounderThan(at)) {
      const later = best.actions.map((action, nth) =>
        nth === index
          ? { at: rounder, deed }
          : // What follows keeps its distance.
            nth > index
            ? { ...action, at: action.at + rounder - at }
            : action,
      );
      const losses = best.losses.map((loss) =>
        loss.at > at ? { ...loss, at: loss.at + rounder - at } : loss,
      );
      if (attempt({ ...best, actions: later, losses })) break;
    }
  }
  return best;
}

/** Rounder instants not before this one, the roundest first. */
function rounderThan(at: Nanoseconds): Nanoseconds[] {
  return GRAINS.map((grain) => Math.ceil(at / grain) * grain).filter(
    (candidate, index, all) =>
      candidate !== at && candidate - at <= MOST_LATER && all.indexOf(candidate) === index,
  );
}
