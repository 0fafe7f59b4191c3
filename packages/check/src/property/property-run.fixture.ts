import { defineLab, type LabDesign, type Nanoseconds } from '@viplab/core';
import { budgetsOf } from './budgets.js';
import { MonitorSet } from './monitor-set.js';
import type { Property, Violation } from './property.js';

/** What a run showed of some properties. */
export interface WatchedRun {
  /** The first violation of each property, with its instant. */
  readonly violations: readonly (Violation & { readonly at: Nanoseconds })[];
  /** The `sometimes` properties that held at some instant. */
  readonly happened: readonly string[];
}

/** Runs a design from beginning to end under the eyes of properties. */
export function watchedRun(design: LabDesign, properties: readonly Property[], seed = 1): WatchedRun {
  const lab = defineLab(design);
  const sets: MonitorSet[] = [];
  const simulation = lab.start({
    seed,
    attach: (network) => {
      sets.push(new MonitorSet(network, budgetsOf(lab.design, lab.plan), properties).listen());
    },
  });
  const violations = new Map<string, Violation & { at: Nanoseconds }>();
  const happened = new Set<string>();
  simulation.runWhile(() => {
    for (const set of sets) {
      for (const violation of set.violations)
        if (!violations.has(violation.property))
          violations.set(violation.property, { ...violation, at: simulation.now });
      for (const name of set.happening) happened.add(name);
    }
    return true;
  }, lab.plan.duration);
  return { violations: [...violations.values()], happened: [...happened] };
}
