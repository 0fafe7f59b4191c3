import { defineLab, type Lab, type Nanoseconds, type Simulation } from '@viplab/core';
import { designOf } from '../campaign/design-of.js';
import type { Scenario } from '../campaign/scenario.js';
import { budgetsOf } from '../property/budgets.js';
import { MonitorSet } from '../property/monitor-set.js';
import type { Property, Violation } from '../property/property.js';

/** A run of a scenario at its end. */
export interface WatchedRun {
  /** The lab with the scenario written into it. */
  readonly written: Lab;
  readonly simulation: Simulation;
  /** The first violation; null if all properties hold. */
  readonly violation: Violation | null;
  /** When it was violated. */
  readonly at: Nanoseconds | null;
  /** The `sometimes` properties that held at some instant, by name. */
  readonly met: readonly string[];
}

/**
 * Runs a scenario, its properties asked after every event.
 *
 * @param options.stops - whether the first violation ends the run
 * @param options.records - whether its events are kept for a report
 */
export function watchScenario(
  lab: Lab,
  scenario: Scenario,
  properties: readonly Property[],
  options: { readonly stops: boolean; readonly records: boolean },
): WatchedRun {
  const written = defineLab(designOf(lab.design, scenario));
  let set: MonitorSet | undefined;
  const simulation = written.start({
    seed: scenario.seed,
    record: options.records,
    attach: (network) => {
      set = new MonitorSet(network, budgetsOf(written.design, written.plan), properties).listen();
    },
  });
  if (set === undefined) throw new RangeError('the simulation has attached no monitors');
  const monitors = set;
  const asksForMore = properties.some(({ quantifier }) => quantifier === 'sometimes');
  const met = new Set<string>();
  let violation: Violation | null = null;
  let at: Nanoseconds | null = null;
  const goOn = (): boolean => {
    if (asksForMore) for (const name of monitors.happening) met.add(name);
    if (violation === null) {
      violation = monitors.violation;
      if (violation !== null) at = simulation.now;
    }
    return violation === null || !options.stops;
  };
  const wasStopped = simulation.runWhile(goOn, scenario.until);
  if (!wasStopped) simulation.runUntil(scenario.until);
  return { written, simulation, violation, at, met: [...met] };
}
