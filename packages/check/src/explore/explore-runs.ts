import type { Lab, LabPlan, Nanoseconds } from '@viplab/core';
import { Unexplorable } from '@viplab/core/engine';
import { boundsOf } from '../campaign/bounds-of.js';
import type { Campaign } from '../campaign/campaign.js';
import type { Scenario } from '../campaign/scenario.js';
import { counterexampleOf } from '../counterexample/counterexample-of.js';
import { withCoverage } from '../property/asked-properties.js';
import type { Property, Violation } from '../property/property.js';
import { runScenario } from '../sample/run-scenario.js';
import { SampleFacts } from '../sample/sample-facts.js';
import type { CheckVerdict, Counterexample } from '../verdict.js';
import type { ExploreOptions } from './explore.js';
import { RepresentativeRuns } from './representative-runs.js';
import { isWithinBounds, roundInstants } from './round-instants.js';

/**
 * Makes a run of every choice of a campaign at representative instants, each from the boot to a horizon, with the clients
 * in it. So labs are explored whose programs and TCP take part: their states do not come again, since sequence numbers
 * and timestamps go on, and nothing can be said of all time. What it finds broken is broken; what it does not has held in
 * the runs that its bounds describe.
 *
 * @param why - why the lab is not explored for every instant
 * @throws Unexplorable if something is left to chance that has too many outcomes
 */
export async function exploreRuns(
  lab: Lab,
  { campaign, properties, pace, onProgress }: Omit<ExploreOptions, 'mostStates'>,
  why: string,
): Promise<CheckVerdict> {
  refuseChance(lab.plan, campaign);
  const watched = withCoverage(properties);
  const facts = new SampleFacts(lab.plan, campaign, properties);
  const runs = new RepresentativeRuns(lab, campaign);
  let horizon: Nanoseconds = 0;
  let total = 0;
  let found: { readonly scenario: Scenario; readonly violation: Violation } | null = null;
  let endedBy: string | null = null;
  const tryAll = async (scenarios: readonly Scenario[]): Promise<void> => {
    for (const scenario of scenarios) {
      const ended = pace.endedBy;
      if (ended !== null) {
        endedBy = `${ended === 'budget' ? 'the budget was spent' : 'interrupted'} after ${facts.runs} runs`;
        return;
      }
      if (pace.isTurnOver) {
        const { runs: states } = facts;
        onProgress?.({ phase: 'exploring', campaign: campaign.name, states, frontier: total - states });
        await pace.rest();
      }
      const outcome = runScenario(lab, scenario, watched, { bootEnd: runs.bootEndOf(scenario) });
      facts.add(outcome);
      horizon = Math.max(horizon, outcome.endedAt);
      if (outcome.violation !== null) {
        found = { scenario, violation: outcome.violation };
        endedBy = 'a counterexample was found';
        return;
      }
    }
  };
  for (const part of runs.parts()) {
    total += part.length;
    await tryAll(part);
    if (endedBy !== null) break;
  }
  const counterexamples = found === null ? [] : storyOf(lab, campaign, properties, found);
  const wasMet = properties
    .filter(({ quantifier }) => quantifier === 'sometimes')
    .every(({ name }) => facts.covered.some(({ what, share }) => what === name && share > 0));
  const hasHeld = endedBy === null && facts.hasHappened && wasMet;
  if (endedBy === null && !hasHeld) endedBy = `${facts.ofInterest} in none of ${facts.runs} runs`;
  const notForAll = `not for every instant, since ${why}`;
  return {
    word: counterexamples.length > 0 ? 'broken' : hasHeld ? 'held' : 'inconclusive',
    campaign,
    properties: properties.map(({ name }) => name),
    bounds: [...boundsOf(lab.plan, campaign), ...runs.inWords],
    exploration: {
      method: 'concrete',
      states: facts.runs,
      transitions: facts.transitions,
      depth: facts.longest,
      isClosed: false,
      horizon,
      deadEnds: 0,
      endedBy: endedBy === null ? notForAll : `${endedBy}; ${notForAll}`,
      notVaried: runs.leftOut,
    },
    covered: facts.covered.map(({ what, share }) => ({ what, share: share > 0 ? 1 : 0 })),
    worst: facts.worst,
    counterexamples,
    design: lab.design,
  };
}

/** What a run has of chance would be one of many: only seeds can try them. */
function refuseChance({ links }: LabPlan, { lostFrames, driftPpm }: Campaign): void {
  if (lostFrames > 0) throw new Unexplorable('which frames are lost is tried by random runs only');
  if (driftPpm > 0) throw new Unexplorable('clock drift is tried by random runs only');
  const isChancy = links.some(
    ({ lossPpm, duplicatePpm, corruptPpm, reorder }) =>
      lossPpm > 0 || duplicatePpm > 0 || corruptPpm > 0 || reorder !== null,
  );
  if (isChancy) throw new Unexplorable('a cable loses, doubles, damages or reorders frames by chance');
}

/** The same violation at rounder instants, re-executed. */
function storyOf(
  lab: Lab,
  campaign: Campaign,
  properties: readonly Property[],
  { scenario, violation }: { readonly scenario: Scenario; readonly violation: Violation },
): Counterexample[] {
  const property = properties.find(({ name }) => name === violation.property);
  if (property === undefined) return [];
  const rounder = roundInstants(scenario, (candidate) => {
    if (!isWithinBounds(lab.plan, campaign, candidate)) return false;
    return runScenario(lab, candidate, [property], { stopAtViolation: true }).violation !== null;
  });
  const story = counterexampleOf(lab, rounder, property) ?? counterexampleOf(lab, scenario, property);
  return story === null ? [] : [story];
}
