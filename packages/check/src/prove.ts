import { type Lab, type Nanoseconds, parseDuration, SECOND } from '@viplab/core';
import { oneFaultAndRepair } from './campaign/ready-made.js';
import { type ExploreOptions, explore, NOT_REPLAYED, Unexplorable } from './explore/explore.js';
import { exploreConcretely } from './explore/explore-concretely.js';
import { checkedProperties } from './property/checked-properties.js';
import type { ProveOptions } from './prove-options.js';
import { holdsInRuns } from './sample/holds-in-runs.js';
import { Pace } from './sample/pace.js';
import type { CheckVerdict } from './verdict.js';

const DEFAULT_BUDGET: Nanoseconds = 60 * SECOND;
/** Of the budget, what exploration may take before random runs have their turn. */
const SHARE_OF_EXPLORATION = 0.75;
/** Some two gigabytes, at a kilobyte or two each. */
const MOST_STATES = 1_000_000;

/**
 * Asks whether a lab keeps its properties in every run that a campaign allows.
 *
 * First every run is explored, for every real instant. Where that is not possible, or not finished within the budget,
 * random runs are tried, and the verdict says so.
 *
 * @throws RangeError if the campaign names what the lab does not have.
 * @example
 * ```ts
 * const verdict = await prove(pair, { causes: oneFaultAndRepair({ of: ['power-off'] }), budget: '2s' });
 * verdict.word; // 'proved'
 * ```
 */
export async function prove(lab: Lab, options: ProveOptions = {}): Promise<CheckVerdict> {
  const campaign = options.causes ?? oneFaultAndRepair();
  const properties = options.properties ?? checkedProperties(lab.plan);
  const budget = options.budget === undefined ? DEFAULT_BUDGET : parseDuration(options.budget);
  const whole = new Pace(budget, options.signal);
  const { onProgress, signal } = options;
  const explored = await exploredAtAll(lab, {
    campaign,
    properties,
    pace: new Pace(Math.floor(budget * SHARE_OF_EXPLORATION), signal),
    mostStates: options.mostStates ?? MOST_STATES,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  if (typeof explored !== 'string') {
    const isDone = explored.word !== 'inconclusive' || explored.exploration.isClosed;
    if (isDone || signal?.aborted === true) return explored;
  }
  const why =
    typeof explored === 'string'
      ? explored
      : `${explored.exploration.endedBy}, with ${explored.exploration.states} states`;
  const sampled = await holdsInRuns(lab, campaign, properties, {
    budget: `${Math.max(1, Math.round(whole.left / 1e6))}ms`,
    ...(options.runs === undefined ? {} : { runs: options.runs }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const { exploration } = sampled;
  const ended = exploration.endedBy === null ? '' : `; ${exploration.endedBy}`;
  // Nobody is told that a lab held of which it is known how it breaks.
  const word = sampled.word === 'held' && why.includes(NOT_REPLAYED) ? 'inconclusive' : sampled.word;
  return { ...sampled, word, exploration: { ...exploration, endedBy: `not explored: ${why}${ended}` } };
}

/** What exploration says: for every instant if it can be, else at representative ones; or why it cannot be explored. */
async function exploredAtAll(lab: Lab, options: ExploreOptions): Promise<CheckVerdict | string> {
  try {
    return await explore(lab, options);
  } catch (error) {
    if (!(error instanceof Unexplorable)) throw error;
    try {
      return await exploreConcretely(lab, options, error.message);
    } catch (other) {
      if (!(other instanceof Unexplorable)) throw other;
      return other.message;
    }
  }
}
