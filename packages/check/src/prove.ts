import { type Lab, type Nanoseconds, parseDuration, SECOND } from '@viplab/core';
import type { Campaign } from './campaign/campaign.js';
import { oneFaultAndRepair } from './campaign/ready-made.js';
import { type ExploreOptions, explore, NOT_REPLAYED, Unexplorable } from './explore/explore.js';
import { exploreConcretely } from './explore/explore-concretely.js';
import { exploreRuns } from './explore/explore-runs.js';
import { observeClients } from './property/asked-properties.js';
import { checkedProperties } from './property/checked-properties.js';
import type { Property } from './property/property.js';
import type { ProveOptions } from './prove-options.js';
import { holdsInRuns } from './sample/holds-in-runs.js';
import { Pace } from './sample/pace.js';
import type { CheckVerdict } from './verdict.js';

const DEFAULT_BUDGET: Nanoseconds = 60 * SECOND;
/** Of the budget, what exploration may take before random runs have their turn. */
const SHARE_OF_EXPLORATION = 0.75;
/** Of the budget, what the question who owns what may take before what clients live through has its turn. */
const SHARE_OF_OWNERS = 0.5;
/** Some two gigabytes, at a kilobyte or two each. */
const MOST_STATES = 1_000_000;

/** Why a question about clients is not answered for every instant. */
const CLIENTS_COMPUTE = 'clients take part, and programs and TCP compute with time';

/**
 * Asks whether a lab keeps its properties in every run that a campaign allows.
 *
 * First every run is explored, for every real instant. Where that is not possible, or not finished within the budget,
 * random runs are tried, and the verdict says so. Properties about what clients live through are asked of runs made one
 * by one, with the clients in them, so what they get at best is `held`; the others that were asked are explored first.
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
  if (!observeClients(properties)) return provePart(lab, campaign, properties, options, budget, whole);
  const others = properties.filter(({ observes }) => observes !== 'clients');
  if (!others.some(({ quantifier }) => quantifier === 'always'))
    return provePart(lab, campaign, properties, options, budget, whole);
  const share = budget * SHARE_OF_OWNERS;
  const owners = await provePart(lab, campaign, others, options, share, new Pace(share, options.signal));
  if (owners.word === 'broken' || options.signal?.aborted === true) return owners;
  const isProved = owners.word === 'proved';
  // What is proved need not be looked for again.
  const left = isProved ? properties.filter(({ observes }) => observes === 'clients') : properties;
  const lived = await provePart(lab, campaign, left, options, whole.left, whole);
  return isProved && lived.word !== 'broken' ? joined(properties, owners, lived) : lived;
}

/** One way to answer for all of some properties: exploration, then random runs. */
async function provePart(
  lab: Lab,
  campaign: Campaign,
  properties: readonly Property[],
  options: ProveOptions,
  budget: Nanoseconds,
  whole: Pace,
): Promise<CheckVerdict> {
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
      : explored.exploration.horizon !== undefined
        ? `${explored.exploration.endedBy}`
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
    if (observeClients(options.properties)) return await exploreRuns(lab, options, CLIENTS_COMPUTE);
    return await explore(lab, options);
  } catch (error) {
    if (!(error instanceof Unexplorable)) throw error;
    if (observeClients(options.properties)) return `${CLIENTS_COMPUTE}; ${error.message}`;
    try {
      return await exploreConcretely(lab, options, error.message);
    } catch (other) {
      if (!(other instanceof Unexplorable)) throw other;
      return other.message;
    }
  }
}

/** What the clients live through, where who owns what is proved: no more than the former, and both are told. */
function joined(properties: readonly Property[], owners: CheckVerdict, lived: CheckVerdict): CheckVerdict {
  const proved = `${owners.properties.join(', ')}: proved, ${owners.exploration.states} state classes`;
  const { exploration } = lived;
  const ended = exploration.endedBy === null ? '' : `${exploration.endedBy}; `;
  const told = new Set(lived.covered.map(({ what }) => what));
  return {
    ...lived,
    properties: properties.map(({ name }) => name),
    exploration: { ...exploration, endedBy: `${ended}${proved}` },
    covered: [...lived.covered, ...owners.covered.filter(({ what }) => !told.has(what))],
    // Of what is proved the longest is known exactly.
    worst: [...owners.worst, ...lived.worst.filter(({ what }) => what === 'client outage')],
  };
}
