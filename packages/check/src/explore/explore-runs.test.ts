import { defineLab, type LabDesign, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { Campaign } from '../campaign/campaign.js';
import { bootStorm, lossyLan, maintenance, oneFault, oneFaultAndRepair } from '../campaign/ready-made.js';
import { pairDesign } from '../counterexample/pair.fixture.js';
import { scenarioOfToken } from '../counterexample/scenario-token.js';
import { clientOutageWithin } from '../property/client-outage-within.js';
import { keepsConnections } from '../property/keeps-connections.js';
import { neverLoses } from '../property/never-loses.js';
import type { Property } from '../property/property.js';
import { sometimes } from '../property/sometimes.js';
import { Pace } from '../sample/pace.js';
import { runScenario } from '../sample/run-scenario.js';
import type { CheckVerdict } from '../verdict.js';
import { Unexplorable } from './explore.js';
import { exploreRuns } from './explore-runs.js';
import { RepresentativeRuns } from './representative-runs.js';

const PAIR = pairDesign(150, 100);
const pair = defineLab(PAIR);

const explored = (
  campaign: Campaign,
  properties: readonly Property[],
  { design = PAIR, budget = 60 }: { design?: LabDesign; budget?: number } = {},
): Promise<CheckVerdict> =>
  exploreRuns(
    defineLab(design),
    { campaign, properties, pace: new Pace(budget * SECOND, undefined) },
    'clients compute',
  );

describe('a pair whose owner loses power', () => {
  const campaign = oneFault({ of: ['power-off'], nodes: ['n1'] });

  test('has held where no run breaks it, with the longest outage, its token and the horizon', async () => {
    const { word, exploration, covered, worst } = await explored(campaign, [clientOutageWithin('4s')]);
    expect(word).toBe('held');
    expect(exploration).toMatchObject({ method: 'concrete', isClosed: false, horizon: 72 * SECOND });
    expect(exploration.states).toBeGreaterThan(40);
    expect(exploration.endedBy).toBe('not for every instant, since clients compute');
    expect(covered).toContainEqual({ what: 'a failover after a client was served', share: 1 });
    const outage = worst.find(({ what }) => what === 'client outage');
    // 3.609 s without an owner, as a client sees it that asks every 200 ms.
    expect(outage).toMatchObject({ client: 'c1', address: '192.168.1.100', lasted: 3.6 * SECOND });
    const again = runScenario(pair, scenarioOfToken(pair, outage?.token ?? ''), []);
    expect(again.worst).toContainEqual(
      expect.objectContaining({ what: 'client outage', lasted: outage?.lasted }),
    );
  });

  test('is broken with the fewest causes at a round instant, and its token replays it', async () => {
    const verdict = await explored(campaign, [clientOutageWithin('3500ms')]);
    expect(verdict.word).toBe('broken');
    expect(verdict.exploration.endedBy).toMatch(/^a counterexample was found; not for every instant/);
    const [counterexample] = verdict.counterexamples;
    expect(counterexample).toMatchObject({
      property: 'client-outage-within-3500ms',
      message: expect.stringMatching(
        /^c1 is without service of 192\.168\.1\.100:8080 for longer than 3\.50 s$/,
      ),
    });
    const scenario = scenarioOfToken(pair, counterexample?.token ?? '');
    expect(scenario.actions).toHaveLength(1);
    const again = runScenario(pair, scenario, [clientOutageWithin('3500ms')]);
    expect(again).toMatchObject({
      at: counterexample?.at,
      violation: { property: 'client-outage-within-3500ms' },
    });
  });

  test('loses requests, and is broken by the first', async () => {
    const verdict = await explored(campaign, [neverLoses()]);
    expect(verdict.counterexamples).toMatchObject([{ property: 'never-loses' }]);
  });
});

test('without a failover nothing was shown', async () => {
  // n2 never owns it, so nothing moves when it fails.
  const campaign = oneFaultAndRepair({ of: ['unplug'], nodes: ['n2'] });
  const { word, exploration } = await explored(campaign, [neverLoses()]);
  expect(word).toBe('inconclusive');
  expect(exploration.endedBy).toMatch(/^a failover in none of \d+ runs; not for every instant/);
});

test('a client without a connection shows nothing of connections', async () => {
  const { word, exploration } = await explored(oneFault({ of: ['power-off'] }), [keepsConnections()]);
  expect(word).toBe('inconclusive');
  expect(exploration.endedBy).toMatch(/^a client connected in none of \d+ runs/);
});

test('what is to happen in some run must', async () => {
  const never = sometimes('n3 served', () => false);
  const { word } = await explored(oneFault({ of: ['power-off'] }), [clientOutageWithin('4s'), never]);
  expect(word).toBe('inconclusive');
});

test('the budget ends it, and it says after how many runs', async () => {
  const { word, exploration } = await explored(oneFaultAndRepair(), [clientOutageWithin('4s')], {
    budget: 0.05,
  });
  expect(word).toBe('inconclusive');
  expect(exploration.endedBy).toMatch(/^the budget was spent after \d+ runs/);
});

test('what is left to chance is not explored', async () => {
  await expect(explored(lossyLan(1), [neverLoses()])).rejects.toThrow(Unexplorable);
  const links = [{ between: ['n1', 'sw1'], loss: '1%' }, ['n2', 'sw1'], ['c1', 'sw1']] as const;
  const design = { ...PAIR, nodes: { ...PAIR.nodes, sw1: { kind: 'switch' } }, links } as LabDesign;
  await expect(explored(oneFault(), [neverLoses()], { design })).rejects.toThrow(/by chance/);
  await expect(explored({ ...oneFault(), driftPpm: 10 }, [neverLoses()])).rejects.toThrow(/drift/);
});

describe('the runs that stand for all', () => {
  const runsOf = (campaign: Campaign, design: LabDesign = PAIR) => {
    const runs = new RepresentativeRuns(defineLab(design), campaign);
    const all = [...runs.parts()].flat();
    const boots = all.filter(({ actions }) => actions.length === 0);
    return { runs, boots, deeds: all.filter(({ actions }) => actions.length > 0), all };
  };

  test('have each fault at each instant, then each repair after each span', () => {
    const { deeds, runs } = runsOf(oneFaultAndRepair({ of: ['power-off'] }));
    const alone = deeds.filter(({ actions }) => actions.length === 1);
    const instants = new Set(alone.map(({ actions }) => actions[0]?.at));
    expect(alone).toHaveLength(2 * instants.size);
    const repaired = deeds.filter(({ actions }) => actions.length === 2);
    expect(repaired).toHaveLength(2 * 8 * 16);
    for (const { actions } of repaired) {
      expect(actions.map(({ deed }) => deed.do)).toEqual(['power-off', 'power-on']);
      expect(actions[1]?.at).toBeGreaterThan(actions[0]?.at ?? 0);
    }
    expect(runs.inWords.join()).toMatch(/fault instants: \d+ in 1s once settled/);
  });

  test('begin when all has settled, and are watched for a minute after the last deed', () => {
    const { deeds } = runsOf(oneFault());
    for (const { actions, until } of deeds) {
      expect(actions[0]?.at).toBeGreaterThanOrEqual(10 * SECOND);
      expect(until - (actions[0]?.at ?? 0)).toBeGreaterThanOrEqual(60 * SECOND);
    }
  });

  test('never have two faults on one node at once, and no more at once than allowed', () => {
    const { deeds } = runsOf(maintenance({ of: ['stop'], times: 2 }));
    expect(Math.max(...deeds.map(({ actions }) => actions.length))).toBe(4);
    for (const { actions } of deeds) {
      const verbs = actions.map(({ deed }) => deed.do);
      expect(verbs.every((verb, index) => verb === (index % 2 === 0 ? 'stop' : 'start'))).toBe(true);
    }
  });

  test('of a storm are boots alone, the order of starts in all of them', () => {
    const { boots, deeds } = runsOf(bootStorm());
    expect(deeds).toEqual([]);
    expect(new Set(boots.map(({ starts }) => Object.keys(starts).join())).size).toBe(3);
  });

  test('have a late boot in them only after all else was tried without', () => {
    const { all } = runsOf({ ...oneFault({ of: ['power-off'] }), startWithin: 5 * SECOND });
    const late = all.map(({ starts }) => Object.keys(starts).length > 0);
    const first = late.indexOf(true);
    expect(late.slice(first).every((isLate) => isLate)).toBe(true);
    expect(all.slice(0, first).some(({ actions }) => actions.length > 0)).toBe(true);
  });

  test('begin from each way to be owned that boots come to', () => {
    const { deeds } = runsOf(
      { ...oneFault({ of: ['power-off'] }), startWithin: 5 * SECOND },
      pairDesign(150, 100, '    nopreempt\n'),
    );
    // Without preemption the first to boot stays the owner.
    const boots = new Set(deeds.map(({ starts }) => Object.keys(starts).join()));
    expect([...boots].length).toBeGreaterThan(1);
  });
});
