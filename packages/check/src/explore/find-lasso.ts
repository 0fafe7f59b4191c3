import {
  defineLab,
  type Lab,
  type LabPlan,
  MILLISECOND,
  type Nanoseconds,
  SECOND,
  spanInWords,
} from '@viplab/core';
import type { Campaign } from '../campaign/campaign.js';
import { designOf } from '../campaign/design-of.js';
import { faultsOf } from '../campaign/faults-of.js';
import type { Scenario } from '../campaign/scenario.js';
import { canonical, scenarioToken } from '../counterexample/scenario-token.js';
import type { Pace } from '../sample/pace.js';
import type { Counterexample } from '../verdict.js';
import type { Exploration } from './exploration.js';
import { ALL_REDUCTIONS } from './exploration.js';
import { ExploredLab } from './explored-lab.js';
import { lassoOf } from './owner-cycles.js';
import { retraceLasso } from './retrace.js';
import { SymbolicSearch } from './symbolic-search.js';

/** How many classes may be looked at without uniting them, to find a cycle that is a run. */
const MOST_CLASSES = 100_000;
const TURN = 64;
/** How many times the cycle is shown to come again. */
const ROUNDS = 3;

/**
 * Looks for a run that changes owners for ever without a cause: a way to a cycle, and the cycle. The way is looked for
 * without any cause first, and with nodes that boot at once, since those are the simplest stories.
 *
 * @returns null if there is none; `open` if that could not be found out
 */
export async function findLasso(
  lab: Lab,
  exploration: Exploration,
  pace: Pace,
): Promise<Counterexample | 'open' | null> {
  const { campaign } = exploration;
  const quiet: Campaign = { ...campaign, faults: [], atOnce: 0, inAll: 0, lostFrames: 0 };
  for (const simpler of [{ ...quiet, startWithin: 0 }, quiet, { ...campaign, startWithin: 0 }]) {
    const lasso = await lassoWithin(lab, { ...exploration, campaign: simpler }, pace);
    if (lasso !== null && lasso !== 'open') return lasso;
  }
  return lassoWithin(lab, exploration, pace);
}

/** Cycles are looked for among equal classes only, since inclusion and union may close a cycle that no run follows. */
async function lassoWithin(
  lab: Lab,
  exploration: Exploration,
  pace: Pace,
): Promise<Counterexample | 'open' | null> {
  const plain: Exploration = {
    ...exploration,
    properties: [],
    measures: false,
    reductions: { ...ALL_REDUCTIONS, inclusion: false, union: false },
  };
  const search = new SymbolicSearch(new ExploredLab(plain));
  while (search.expand(TURN)) {
    if (pace.endedBy !== null || search.classes.size > MOST_CLASSES) return 'open';
    if (pace.isTurnOver) await pace.rest();
  }
  const lasso = lassoOf(search);
  if (lasso === null) return null;
  const found = retraceLasso(plain, lasso);
  if (found === null) return 'open';
  const { from, period } = found;
  const scenario = canonical({ ...found.scenario, until: from + ROUNDS * period });
  const design = designOf(lab.design, scenario);
  const changes = defineLab(design)
    .run({ seed: scenario.seed, until: scenario.until })
    .trace.filter('vip.owner')
    .filter(({ address, time }) => address === lasso.address && time >= scenario.until - period);
  if (changes.length === 0) return 'open';
  return {
    property: 'settles',
    message: `${lasso.address} can change owners for ever: what happens in ${exactly(period)} s${sumOf(lab.plan, lasso.address, period)} comes again and again, without a cause`,
    address: lasso.address,
    // When it has gone round once.
    at: from + period,
    scenario,
    design,
    seed: scenario.seed,
    token: scenarioToken(lab, scenario),
    lasso: { from, period },
  };
}

/** Seconds with all their decimals. */
const exactly = (span: Nanoseconds): string => (span / SECOND).toFixed(9).replace(/\.?0+$/, '');

/** The longest way that is told as part of a period. */
const LONGEST_WAY: Nanoseconds = 100 * MILLISECOND;

/** Where a period is what a backup waits and a frame's way: both. */
function sumOf({ vips }: LabPlan, label: string, period: Nanoseconds): string {
  const holders = vips.find((vip) => vip.label === label)?.holders ?? [];
  for (const { masterDownInterval } of holders) {
    const way = period - masterDownInterval;
    if (way > 0 && way < LONGEST_WAY)
      return ` (${exactly(masterDownInterval)} s of waiting and ${spanInWords(way)} on the way)`;
  }
  return '';
}

/**
 * The run of a counterexample that goes on for ever, as a lasso: looked for among runs with no more causes than it has. The
 * counterexample itself where there is none, or where it would take too long.
 */
export async function asLasso(
  lab: Lab,
  exploration: Exploration,
  counterexample: Counterexample,
  pace: Pace,
): Promise<Counterexample> {
  const narrow = { ...exploration, campaign: narrowed(exploration, counterexample.scenario) };
  const lasso = await findLasso(lab, narrow, pace);
  return lasso === null || lasso === 'open' ? counterexample : lasso;
}

/** A campaign without what one run has no need of. */
function narrowed({ plan, campaign }: Exploration, scenario: Scenario): Campaign {
  const said = new Set(scenario.actions.map(({ deed }) => JSON.stringify(deed)));
  const used = faultsOf(plan, campaign).filter(({ begin }) => said.has(JSON.stringify(begin)));
  const { starts, losses } = scenario;
  return {
    ...campaign,
    faults: campaign.faults.filter((kind) => used.some((fault) => fault.kind === kind)),
    ...(used.length === 0 ? {} : { nodes: [...new Set(used.flatMap(({ nodes }) => nodes))] }),
    inAll: Math.min(campaign.inAll, used.length),
    repairs: campaign.repairs && used.some(({ end }) => said.has(JSON.stringify(end))),
    lostFrames: Math.min(campaign.lostFrames, losses.length),
    startWithin: Object.values(starts).some((at) => at > 0) ? campaign.startWithin : 0,
  };
}
