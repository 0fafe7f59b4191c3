import { defineLab, type Lab, spanInWords } from '@viplab/core';
import { designOf } from '../campaign/design-of.js';
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
 * Looks for a run that changes owners for ever without a cause: a way to a cycle, and the cycle. Cycles are looked for
 * among equal classes only, since inclusion and union may close a cycle that no run follows.
 *
 * @returns null if there is none; `open` if that could not be found out
 */
export async function findLasso(
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
    message: `${lasso.address} can change owners for ever: what happens in ${spanInWords(period)} comes again and again, without a cause`,
    address: lasso.address,
    at: from,
    scenario,
    design,
    seed: scenario.seed,
    token: scenarioToken(lab, scenario),
    lasso: { from, period },
  };
}
