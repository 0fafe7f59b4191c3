import { defineLab, type Lab, type Nanoseconds, type Run } from '@viplab/core';
import { designOf } from '../campaign/design-of.js';
import type { Scenario } from '../campaign/scenario.js';
import type { Property, Violation } from '../property/property.js';
import { runScenario } from '../sample/run-scenario.js';
import type { Counterexample } from '../verdict.js';
import { canonical, scenarioToken } from './scenario-token.js';

/** Runs a scenario under the eyes of properties, as `runScenario` does. */
export type Execute = (
  lab: Lab,
  scenario: Scenario,
  properties: readonly Property[],
  options: { readonly stopAtViolation: boolean },
) => { readonly violation: Violation | null; readonly at: Nanoseconds | null };

/**
 * Makes a counterexample of a run that is said to violate a property: executes it again, on its own, and looks.
 *
 * @param lab - the lab that was checked, without the scenario
 * @param execute - what runs the scenario, if not `runScenario`
 * @param lasso - of a run that goes on for ever: where its cycle begins and how long it takes
 * @returns null if the run does not violate the property
 */
export function counterexampleOf(
  lab: Lab,
  scenario: Scenario,
  property: Property,
  execute: Execute = runScenario,
  lasso?: Counterexample['lasso'],
): Counterexample | null {
  // What the token says is what is shown: nothing that it leaves out may matter.
  const said = canonical(scenario);
  const { violation, at } = execute(lab, said, [property], { stopAtViolation: true });
  if (violation === null || at === null) return null;
  return {
    property: violation.property,
    message: violation.message,
    ...(violation.address === undefined ? {} : { address: violation.address }),
    at,
    scenario: said,
    design: designOf(lab.design, said),
    seed: said.seed,
    token: scenarioToken(lab, said),
    ...(lasso === undefined ? {} : { lasso }),
  };
}

/** The run of a counterexample, with everything there is to read of it. */
export const runOfCounterexample = ({ design, seed }: Pick<Counterexample, 'design' | 'seed'>): Run =>
  defineLab(design).run({ seed });
