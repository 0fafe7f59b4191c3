import { defineLab, type Lab, SECOND } from '@viplab/core';
import type { Campaign } from '../campaign/campaign.js';
import { designOf } from '../campaign/design-of.js';
import type { Scenario } from '../campaign/scenario.js';
import type { CheckVerdict, Counterexample, VerdictName } from '../verdict.js';
import { scenarioToken } from './scenario-token.js';

export const CAMPAIGN: Campaign = {
  name: 'one fault and its repair',
  faults: ['power-off', 'unplug', 'stop'],
  atOnce: 1,
  inAll: 1,
  repairs: true,
  faultsFrom: 'settled',
  lostFrames: 0,
  startWithin: 0,
  driftPpm: 0,
};

/** A scenario with nothing in it but what is said. */
export const scenarioWith = (parts: Partial<Scenario>): Scenario => ({
  seed: 1,
  starts: {},
  ready: {},
  actions: [],
  losses: [],
  until: 20 * SECOND,
  ...parts,
});

/** A counterexample whose instant and message somebody says. */
export function counterexampleWith(
  lab: Lab,
  scenario: Scenario,
  said: Pick<Counterexample, 'property' | 'message' | 'at'>,
): Counterexample {
  return {
    ...said,
    address: '192.168.1.100',
    scenario,
    design: designOf(lab.design, scenario),
    seed: scenario.seed,
    token: scenarioToken(lab, scenario),
  };
}

/** A verdict of which only the word matters. */
export const verdictWith = (lab: Lab, word: VerdictName): CheckVerdict => ({
  word,
  campaign: CAMPAIGN,
  properties: [],
  bounds: [],
  exploration: {
    method: 'symbolic',
    states: 1,
    transitions: 1,
    depth: 1,
    isClosed: true,
    deadEnds: 0,
    endedBy: null,
    notVaried: [],
  },
  covered: [],
  worst: [],
  counterexamples: [],
  design: lab.design,
});

/** Checks a lab by a few scenarios: proved if none of them shows anything. */
export const recheckBy =
  (...scenarios: readonly Scenario[]) =>
  async (lab: Lab): Promise<CheckVerdict> => {
    const words = scenarios.map(
      (scenario) =>
        defineLab(designOf(lab.design, scenario)).run({ seed: scenario.seed }).report.verdict.word,
    );
    return verdictWith(lab, words.every((word) => word === 'no-flap') ? 'proved' : 'broken');
  };
