import { type DurationInput, type Lab, type Nanoseconds, parseDuration, SECOND } from '@viplab/core';
import type * as fc from 'fast-check';
import { bootEndOf, notSampled, scenarios } from '../arbitrary/scenario.js';
import { boundsOf } from '../campaign/bounds-of.js';
import type { Campaign } from '../campaign/campaign.js';
import type { Scenario } from '../campaign/scenario.js';
import { counterexampleOf } from '../counterexample/counterexample-of.js';
import { withCoverage } from '../property/asked-properties.js';
import type { Property, Violation } from '../property/property.js';
import type { CheckVerdict, Counterexample, Exploration, Progress, VerdictName } from '../verdict.js';
import { Pace } from './pace.js';
import { runScenario, type ScenarioOutcome } from './run-scenario.js';
import { SampleFacts } from './sample-facts.js';
import { draw } from './seeded-random.js';
import { simplestViolation } from './simplest-violation.js';

/** How a lab is sampled. */
export interface SampleOptions {
  /** How many runs; default 2000. */
  readonly runs?: number;
  /** The seed of the first run; each further one has the next. Default 1. */
  readonly seed?: number;
  /** How long it may take in real time, shrinking included. Default 60s. */
  readonly budget?: DurationInput;
  /** Ends it early; what was found is reported. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

const DEFAULT_RUNS = 2000;
/** Fewer runs, when more were wanted, say nothing: at 95 % confidence one run in seven may still break after twenty. */
const LEAST_RUNS = 20;
const DEFAULT_BUDGET: Nanoseconds = 60 * SECOND;

/**
 * The run of a campaign that a seed stands for.
 *
 * @throws RangeError if the campaign names what the lab does not have.
 */
export function scenarioOfSeed(lab: Pick<Lab, 'plan'>, campaign: Campaign, seed: number): Scenario {
  return draw(scenarios(lab, campaign), seed).value;
}

/**
 * Tries random runs of a lab within a campaign. Finds nothing: `held`, which is no proof. Finds a violation: `broken`, with
 * the simplest run that violates the same property. What it tries depends on the seed alone; how much, on the budget too.
 *
 * @throws RangeError if the campaign names what the lab does not have, or a number of runs or a seed is none.
 * @example
 * ```ts
 * const verdict = await holdsInRuns(pair, oneFaultAndRepair(), flapFree(), { runs: 500, seed: 1 });
 * oneInAtLeast(verdict.exploration.states); // at 95 % confidence fewer than 1 run in so many breaks
 * ```
 */
export async function holdsInRuns(
  lab: Lab,
  campaign: Campaign,
  properties: readonly Property[],
  options: SampleOptions = {},
): Promise<CheckVerdict> {
  const { runs = DEFAULT_RUNS, seed = 1, onProgress } = options;
  checkCount('runs', runs, 1);
  checkCount('seed', seed, 0);
  const budget = options.budget === undefined ? DEFAULT_BUDGET : parseDuration(options.budget);
  const pace = new Pace(budget, options.signal);
  const arbitrary = scenarios(lab, campaign);
  const facts = new SampleFacts(lab.plan, campaign, properties);
  const watched = withCoverage(properties);
  const tell = (phase: Progress['phase'], states: number): void =>
    onProgress?.({ phase, campaign: campaign.name, states, frontier: 0, of: runs });

  let endedBy: string | null = null;
  let found: { readonly drawn: fc.Value<Scenario>; readonly outcome: ScenarioOutcome } | null = null;
  while (facts.runs < runs && found === null) {
    const why = pace.endedBy;
    if (why !== null) {
      endedBy = `${why === 'budget' ? 'the budget was spent' : 'interrupted'} after ${facts.runs} of ${runs} runs`;
      break;
    }
    if (pace.isTurnOver) {
      tell('sampling', facts.runs);
      await pace.rest();
    }
    const drawn = draw(arbitrary, seed + facts.runs);
    const bootEnd = bootEndOf(lab.plan, campaign, drawn.value);
    const outcome = runScenario(lab, drawn.value, watched, { bootEnd });
    facts.add(outcome);
    if (outcome.violation !== null) found = { drawn, outcome };
  }
  tell('sampling', facts.runs);

  let counterexamples: Counterexample[] = [];
  if (found !== null) {
    const { drawn, outcome } = found;
    const property = violatedProperty(properties, outcome.violation);
    const simplest = await simplestViolation({
      ...{ lab, arbitrary, drawn, property, pace },
      onTry: (tries) => tell('shrinking', tries),
    });
    endedBy = simplest.isSimplest ? null : 'the budget was spent before the counterexample was the simplest';
    const counterexample = counterexampleOf(lab, simplest.scenario, property);
    counterexamples = counterexample === null ? [] : [counterexample];
  }
  const areEnough = facts.runs >= Math.min(runs, LEAST_RUNS);
  const word: VerdictName =
    found !== null ? 'broken' : facts.hasHappened && areEnough ? 'held' : 'inconclusive';
  if (word === 'inconclusive' && facts.runs > 0 && !facts.hasHappened)
    endedBy = `${facts.ofInterest} in none of ${facts.runs} runs`;
  const exploration: Exploration = {
    method: 'random',
    states: facts.runs,
    transitions: facts.transitions,
    depth: facts.longest,
    isClosed: false,
    deadEnds: 0,
    endedBy,
    notVaried: notSampled(campaign),
  };
  return {
    word,
    campaign,
    properties: properties.map(({ name }) => name),
    bounds: boundsOf(lab.plan, campaign),
    exploration,
    covered: facts.covered,
    worst: facts.worst,
    counterexamples,
    design: lab.design,
  };
}

function violatedProperty(properties: readonly Property[], violation: Violation | null): Property {
  const property = properties.find(({ name }) => name === violation?.property);
  if (property === undefined)
    throw new RangeError(`a violation of '${violation?.property}', which is none of the properties asked`);
  return property;
}

function checkCount(what: string, count: number, least: number): void {
  if (Number.isSafeInteger(count) && count >= least) return;
  throw new RangeError(`${what} is ${count}; write a whole number of ${least} or more`);
}
