import type { Lab } from '@viplab/core';
import { bootEndOf } from '../arbitrary/scenario.js';
import type { Campaign } from '../campaign/campaign.js';
import type { Deed } from '../campaign/fault.js';
import { withCoverage } from '../property/asked-properties.js';
import type { Property } from '../property/property.js';
import { scenarioOfSeed } from '../sample/holds-in-runs.js';
import { runScenario, type ScenarioOutcome } from '../sample/run-scenario.js';
import { SampleFacts } from '../sample/sample-facts.js';
import type { RunOutcome, Sweeper } from './sweep-record.js';

/**
 * Random runs of a lab within a campaign: the same that `holdsInRuns` tries. Run number 1 has the given seed, each
 * further one the next.
 *
 * @throws RangeError if the campaign names what the lab does not have
 */
export function campaignSweeper(
  lab: Lab,
  campaign: Campaign,
  properties: readonly Property[],
  runs: number,
  seed: number,
): Sweeper {
  const factsOfNone = (): SampleFacts => new SampleFacts(lab.plan, campaign, properties);
  const { ofInterest } = factsOfNone();
  const watched = withCoverage(properties);
  return {
    plan: {
      lab: { name: lab.name, digest: lab.digest },
      campaign,
      properties: properties.map(({ name }) => name),
      ofInterest,
      runs,
      seed,
    },
    runOnce: (run) => {
      const scenario = scenarioOfSeed(lab, campaign, seed + run - 1);
      const bootEnd = bootEndOf(lab.plan, campaign, scenario);
      const outcome = runScenario(lab, scenario, watched, { bootEnd });
      const facts = factsOfNone();
      facts.add(outcome);
      return {
        broken: brokenOf(outcome),
        covered: [
          { what: ofInterest, happened: facts.hasHappened },
          ...facts.covered
            .filter(({ what }) => what !== ofInterest)
            .map(({ what, share }) => ({ what, happened: share > 0 })),
        ],
        // A broken run ends at its violation, so its spans are cut off there.
        worst:
          outcome.violation === null ? outcome.worst.map((span) => ({ ...span, token: outcome.token })) : [],
      };
    },
  };
}

function brokenOf({ violation, at, scenario, token }: ScenarioOutcome): RunOutcome['broken'] {
  if (violation === null) return null;
  const done = scenario.actions.filter((action) => action.at <= at).map(({ deed }) => nameOf(deed));
  // Where they went is left out: two lost adverts of many tell no two stories.
  const lost = scenario.losses.filter((loss) => loss.at <= at).map(({ kind }) => `lost ${kind} frames`);
  const names = [...new Set([...done, ...lost])].sort();
  return {
    property: violation.property,
    causes: names.length === 0 ? 'no cause' : names.join(', '),
    token,
    message: violation.message,
    at,
  };
}

const nameOf = ({ do: verb, node, from, to }: Deed): string =>
  [verb, node, from, to].filter((word) => word !== undefined).join(' ');
