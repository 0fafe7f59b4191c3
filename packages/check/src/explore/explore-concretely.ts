import type { Lab } from '@viplab/core';
import { boundsOf } from '../campaign/bounds-of.js';
import { counterexampleOf } from '../counterexample/counterexample-of.js';
import { coverage } from '../property/coverage.js';
import type { CheckVerdict, Counterexample } from '../verdict.js';
import { ConcreteSearch } from './concrete-search.js';
import type { Exploration } from './exploration.js';
import { NOT_VARIED } from './exploration-plan.js';
import { budgetsWithin, type ExploreOptions, isMeaningful, SEEDS, TURN } from './explore.js';

/**
 * Explores every run of a lab within a campaign at representative instants: for labs whose components compute with time.
 * What it finds broken is broken; what it does not has held at the instants that its bounds list.
 *
 * @param why - why the lab is not explored for every instant
 * @throws Unexplorable if something is left to chance
 */
export async function exploreConcretely(
  lab: Lab,
  { campaign, properties, pace, mostStates, onProgress }: ExploreOptions,
  why: string,
): Promise<CheckVerdict> {
  const vips = budgetsWithin(lab, campaign);
  const exploration: Exploration = {
    design: lab.design,
    plan: lab.plan,
    campaign,
    properties: [...properties, ...coverage(vips)],
    vips,
  };
  const search = new ConcreteSearch(exploration);
  let endedBy: string | null = 'a counterexample was found';
  while (search.violations.length === 0) {
    const goesOn = search.expand(TURN);
    if (search.deadEnds > 0)
      throw new Error(`${search.deadEnds} states with pending events have no successor: a bug in viplab`);
    const ended = pace.endedBy;
    if (!goesOn) endedBy = null;
    else if (search.size > mostStates) endedBy = `more than ${mostStates} states`;
    else if (ended !== null) endedBy = ended === 'budget' ? 'the budget was spent' : 'interrupted';
    else {
      if (pace.isTurnOver) {
        const { size: states, frontier } = search;
        onProgress?.({ phase: 'exploring', campaign: campaign.name, states, frontier });
        await pace.rest();
      }
      continue;
    }
    break;
  }
  const counterexamples = storiesOf(lab, exploration, search);
  const isClosed = endedBy === null;
  const holds = isClosed && isMeaningful(lab, campaign, properties, search.reached);
  const instants = `not for every instant, since ${why}`;
  return {
    word: counterexamples.length > 0 ? 'broken' : holds ? 'held' : 'inconclusive',
    campaign,
    properties: properties.map(({ name }) => name),
    bounds: [...boundsOf(lab.plan, campaign), ...search.bounds],
    exploration: {
      method: 'concrete',
      states: search.size,
      transitions: search.transitions,
      depth: search.depth,
      isClosed,
      deadEnds: search.deadEnds,
      endedBy: endedBy === null ? instants : `${endedBy}; ${instants}`,
      notVaried: [...NOT_VARIED, 'other instants than those listed', 'clock drift'],
    },
    covered: exploration.properties
      .filter(({ quantifier }) => quantifier === 'sometimes')
      .map(({ name }) => ({ what: name, share: search.reached.has(name) ? 1 : 0 })),
    worst: [],
    counterexamples,
    design: lab.design,
  };
}

function storiesOf(lab: Lab, exploration: Exploration, search: ConcreteSearch): Counterexample[] {
  return search.violations.flatMap((found) => {
    const property = exploration.properties.find(({ name }) => name === found.violation.property);
    if (property === undefined) return [];
    const scenario = search.scenarioOf(found);
    for (const seed of SEEDS) {
      const counterexample = counterexampleOf(lab, { ...scenario, seed }, property);
      if (counterexample !== null) return [counterexample];
    }
    return [];
  });
}
