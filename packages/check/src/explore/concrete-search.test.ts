import { defineLab, defineProgram, type Lab, SECOND } from '@viplab/core';
import type { Slot } from '@viplab/core/engine';
import { describe, expect, test } from 'vitest';
import type { Campaign } from '../campaign/campaign.js';
import { budgetsOf } from '../property/budgets.js';
import { flapFree } from '../property/flap-free.js';
import type { Property } from '../property/property.js';
import { sometimes } from '../property/sometimes.js';
import { runScenario } from '../sample/run-scenario.js';
import { Branches } from './branches.js';
import { cluster } from './clusters.fixture.js';
import { ConcreteLab } from './concrete-lab.js';
import { ConcreteSearch } from './concrete-search.js';
import type { Exploration } from './exploration.js';
import { ExploredLab } from './explored-lab.js';
import {
  closed,
  clusterUnder,
  concreteSituation,
  concreteSituationsOf,
  missingFrom,
  NO_CAUSE,
  ONE_POWER_OFF,
  situationsOf,
} from './situation.fixture.js';

function explorationOf(
  { design, plan }: Lab,
  campaign: Campaign,
  properties: readonly Property[] = flapFree(),
): Exploration {
  return { design, plan, campaign, properties, vips: budgetsOf(design, plan) };
}

/** Goes on until the search is closed or something is broken. */
function searched(exploration: Exploration, most = 100_000, starts?: number[][]): ConcreteSearch {
  const search = new ConcreteSearch(exploration, starts === undefined ? {} : { starts });
  for (let left = most; left > 0 && search.violations.length === 0; left -= 100)
    if (!search.expand(100)) return search;
  if (search.violations.length === 0) throw new RangeError(`not closed after ${most} states`);
  return search;
}

/** A pair whose cables have a bandwidth, so that arrivals are computed with time. */
const withBandwidth = (): Lab => {
  const { design } = cluster([150, 100], '    garp_master_delay 0\n    garp_lower_prio_delay 0\n');
  return defineLab({
    ...design,
    links: (design.links ?? []).map((link) => ({
      ...('between' in link ? link : { between: link }),
      bandwidth: '100Mbit/s',
    })),
  });
};

describe('a search at representative instants', () => {
  test('closes over a healthy pair, whatever the start, and says what it tried', () => {
    const search = searched(explorationOf(cluster([100, 100]), NO_CAUSE));
    expect(search.violations).toEqual([]);
    expect(search.deadEnds).toBe(0);
    expect(search.frontier).toBe(0);
    expect(search.size).toBeGreaterThan(100);
    expect(search.transitions).toBeGreaterThanOrEqual(search.size);
    const [starts = '', faults = ''] = search.bounds;
    expect(starts).toMatch(/^start offsets \(\d+ combinations\): 0s, .*3609\.375ms, .*4s$/);
    expect(faults).toMatch(/^faults, repairs: 1 ns after an event/);
  });

  test('a situation that it finds is one of the symbolic search', () => {
    const campaign = { ...ONE_POWER_OFF, lostFrames: 1, startWithin: 0 };
    const exploration = clusterUnder([150, 100], campaign);
    const found = concreteSituationsOf(searched(exploration));
    const known = situationsOf(closed(exploration));
    expect(missingFrom(known, found)).toEqual([]);
    // Not all: some need an instant that is no representative one.
    expect(found.size).toBeGreaterThan(0.75 * known.size);
  });

  // Three lost adverts make the backup a master for as long as the master takes to answer it; that answer is the fourth.
  test('four lost adverts break a pair: the story has the fewest causes and replays', () => {
    const lab = cluster([150, 100]);
    const campaign = { ...NO_CAUSE, lostFrames: 5, startWithin: 0, faultsFrom: 'settled' as const };
    const exploration = explorationOf(lab, campaign);
    const search = searched(exploration);
    const [found] = search.violations;
    if (found === undefined) throw new RangeError('nothing is broken');
    const scenario = search.scenarioOf(found);
    expect(scenario.losses).toHaveLength(4);
    expect(scenario.actions).toEqual([]);
    expect(runScenario(lab, scenario, flapFree()).violation?.property).toBe(found.violation.property);
  });

  test('a fault and its repair at the instants that the story names', () => {
    const lab = cluster([150, 100]);
    const campaign: Campaign = {
      ...ONE_POWER_OFF,
      faults: ['kill-9'],
      repairs: false,
      startWithin: 0,
      faultsFrom: 'settled',
    };
    const search = searched(explorationOf(lab, campaign));
    const [found] = search.violations;
    if (found === undefined) throw new RangeError('nothing is broken');
    const scenario = search.scenarioOf(found);
    expect(scenario.actions).toHaveLength(1);
    expect(scenario.actions[0]?.deed).toMatchObject({ do: 'kill-9', node: 'n1' });
    const outcome = runScenario(lab, scenario, flapFree());
    expect(outcome.violation?.property).toBe(found.violation.property);
    expect(outcome.at).toBeLessThanOrEqual(scenario.until - 5 * SECOND);
  });

  test('latency a range: the shortest, half way and the longest, the same for a run', () => {
    const lab = cluster([150, 100], '', '150us');
    const campaign: Campaign = {
      ...NO_CAUSE,
      lostFrames: 4,
      startWithin: 0,
      faultsFrom: 'settled',
      latency: { lo: 50_000, hi: 150_000 },
    };
    const search = new ConcreteSearch(explorationOf(lab, campaign, []));
    while (search.expand(1_000));
    expect(search.representatives.latencies.map(({ delays }) => delays[0])).toEqual([
      50_000, 100_000, 150_000,
    ]);
    expect(search.deadEnds).toBe(0);
    const broken = searched(explorationOf(lab, campaign));
    const [found] = broken.violations;
    if (found === undefined) throw new RangeError('nothing is broken');
    const scenario = broken.scenarioOf(found);
    expect([50_000, 100_000, 150_000]).toContain(scenario.latency);
    expect(runScenario(lab, scenario, flapFree()).violation?.property).toBe(found.violation.property);
  });

  test('what is met is known', () => {
    const both = sometimes('both own it', (view) => view.vip('192.168.1.100').owners.length === 2);
    const never = sometimes('three', (view) => view.vip('192.168.1.100').owners.length === 3);
    const search = searched(
      explorationOf(cluster([100, 100]), { ...NO_CAUSE, startWithin: 0 }, [both, never]),
    );
    expect([...search.reached]).toEqual(['both own it']);
  });
});

describe('components that compute with time', () => {
  test('cables with a bandwidth: refused by the symbolic search, closed by this one', () => {
    const exploration = explorationOf(withBandwidth(), {
      ...ONE_POWER_OFF,
      startWithin: 0,
      faultsFrom: 'settled',
    });
    expect(() => new ExploredLab(exploration)).toThrow(/bandwidth/);
    const search = searched(exploration);
    expect(search.violations).toEqual([]);
    expect(search.deadEnds).toBe(0);
  });

  test('what is broken there replays, lost frames and all', () => {
    const lab = withBandwidth();
    const campaign: Campaign = { ...NO_CAUSE, lostFrames: 4, startWithin: 0, faultsFrom: 'settled' };
    const search = searched(explorationOf(lab, campaign));
    const [found] = search.violations;
    if (found === undefined) throw new RangeError('nothing is broken');
    const scenario = search.scenarioOf(found);
    const outcome = runScenario(lab, scenario, flapFree());
    expect(outcome.violation?.property).toBe(found.violation.property);
    // At the same instant: had a loss come too late for its frame, the next advert would be lost, a second later.
    expect(outcome.at).toBeLessThanOrEqual(scenario.until - 6 * SECOND);
  });

  test('a program of one’s own', () => {
    const chatter = defineProgram({
      name: 'chatter',
      ports: [9999],
      state: { sent: 0 },
      on: {
        start: (p) => p.timer('tick').arm('700ms'),
        tick: (p) => {
          p.state.sent = (p.state.sent + 1) % 3;
          p.timer('tick').arm('700ms');
        },
      },
    });
    const { design } = cluster([150, 100]);
    const { n1 } = design.nodes;
    if (n1 === undefined || n1.kind === 'switch') throw new RangeError('n1 is a host');
    const lab = defineLab({ ...design, nodes: { ...design.nodes, n1: { ...n1, programs: [chatter] } } });
    const search = searched(explorationOf(lab, { ...NO_CAUSE, startWithin: 0 }));
    expect(search.violations).toEqual([]);
    // Its 2.1 s and the adverts' 1 s meet again after 21 s.
    expect(search.size).toBeGreaterThan(60);
  });
});

/** All runs to a horizon, each from the start, with no memory of states: every choice by an odometer. */
function reExecuted(exploration: Exploration, boots: number[], horizon: number) {
  const branches = new Branches();
  const situations = new Set<string>();
  let runs = 0;
  branches.begin();
  do {
    const lab = new ConcreteLab(exploration, {
      decisions: { choose: (options) => branches.take(options), within: (lo) => lo },
    });
    lab.begin(boots);
    runs++;
    for (;;) {
      const situation = concreteSituation(lab);
      if (situation !== null) situations.add(situation);
      if ((lab.nextAt ?? Number.POSITIVE_INFINITY) > horizon) break;
      const moves = lab
        .next()
        .flatMap((slot) => [
          { slot, isLost: false },
          ...(lab.slotMayBeLost(slot) ? [{ slot, isLost: true }] : []),
        ]);
      const { slot, isLost } = moves[branches.take(moves.length)] as { slot: Slot; isLost: boolean };
      if (isLost) lab.lose(slot);
      else lab.fire(slot);
    }
  } while (branches.next());
  return { situations, runs };
}

describe('an oracle: every run from the start, without a digest', () => {
  const cases = [
    { priorities: [150, 100], boots: [0, 0], frames: 1 },
    { priorities: [100, 100], boots: [0, 3_609_375_000], frames: 1 },
    { priorities: [100, 150, 100], boots: [0, 0, 0], frames: 0 },
  ];
  for (const { priorities, boots, frames } of cases) {
    test(`reaches the same situations: ${priorities.join('/')}, ${frames} lost`, () => {
      const exploration = clusterUnder(priorities, { ...NO_CAUSE, lostFrames: frames });
      const { situations, runs } = reExecuted(exploration, boots, 8.5 * SECOND);
      const search = searched(exploration, 100_000, [boots]);
      const found = concreteSituationsOf(search);
      expect([...found].sort()).toEqual([...situations].sort());
      expect(found.size).toBeGreaterThan(1);
      if (frames > 0) expect(runs).toBeGreaterThan(3);
    });
  }
});
