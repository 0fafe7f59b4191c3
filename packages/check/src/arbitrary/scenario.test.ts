import { defineLab, MILLISECOND, SECOND } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Campaign } from '../campaign/campaign.js';
import { FAULT_KINDS } from '../campaign/check-campaign.js';
import type { Fault } from '../campaign/fault.js';
import { faultsOf } from '../campaign/faults-of.js';
import { PAIR, TWO_SWITCHES } from '../campaign/labs.fixture.js';
import { bootStorm, defaultCampaign, lossyLan, oneFaultAndRepair } from '../campaign/ready-made.js';
import type { Scenario } from '../campaign/scenario.js';
import { notSampled, scenarios } from './scenario.js';

const labs = [defineLab(PAIR), defineLab(TWO_SWITCHES)] as const;
const pair = defineLab(PAIR);

const anyCampaign: fc.Arbitrary<Campaign> = fc.record({
  name: fc.constant('any'),
  faults: fc.subarray([...FAULT_KINDS]),
  atOnce: fc.integer({ min: 0, max: 3 }),
  inAll: fc.integer({ min: 0, max: 5 }),
  repairs: fc.boolean(),
  faultsFrom: fc.constantFrom('settled', 'start'),
  lostFrames: fc.integer({ min: 0, max: 4 }),
  lostTowards: fc.subarray(['n1', 'n2', 'c1']),
  startWithin: fc.integer({ min: 0, max: 30 * SECOND }),
  latency: fc.constant({ lo: 40_000, hi: 3 * MILLISECOND }),
  driftPpm: fc.integer({ min: 0, max: 200 }),
});

/** Plays a scenario's actions on paper and says what the campaign does not allow. */
function unlawful(scenario: Scenario, campaign: Campaign, faults: readonly Fault[]): string[] {
  const wrong: string[] = [];
  const lasting: Fault[] = [];
  let begun = 0;
  let before = 0;
  const { actions, losses, starts, latency, until } = scenario;
  for (const { at, deed } of actions) {
    if (at < before || at > until) wrong.push(`${deed.do} at ${at}`);
    before = at;
    if (deed.do === 'clock-drift') {
      if (at !== 0 || Math.abs(deed.ppm ?? 0) > campaign.driftPpm) wrong.push(`drift ${deed.ppm} at ${at}`);
      continue;
    }
    const says = (one: object): boolean => JSON.stringify(one) === JSON.stringify(deed);
    const ended = lasting.findIndex(({ end }) => says(end));
    const fault = faults.find(({ begin }) => says(begin));
    if (ended >= 0) {
      lasting.splice(ended, 1);
      if (!campaign.repairs) wrong.push('a repair');
    } else if (fault === undefined) wrong.push(`${deed.do} is none of the faults`);
    else {
      begun++;
      if (lasting.some(({ nodes }) => nodes.some((node) => fault.nodes.includes(node))))
        wrong.push('two on one node');
      lasting.push(fault);
      if (lasting.length > campaign.atOnce) wrong.push('too many at once');
    }
  }
  if (begun > campaign.inAll) wrong.push('too many in all');
  if (losses.length > campaign.lostFrames) wrong.push('too many losses');
  for (const { at, node, kind } of losses) {
    if (!(campaign.lostTowards ?? [node]).includes(node)) wrong.push(`lost towards ${node}`);
    if (kind === 'vrrp' && node === 'c1') wrong.push('an advert lost towards a client');
    if (at > until) wrong.push('lost after the end');
  }
  const first = Math.max(0, ...Object.values(starts)) + 2 * 4 * SECOND;
  if (campaign.faultsFrom === 'settled')
    for (const { at } of [...actions.filter(({ deed }) => deed.do !== 'clock-drift'), ...losses])
      if (at < first) wrong.push(`at ${at}, before it has settled`);
  for (const start of Object.values(starts))
    if (start > campaign.startWithin) wrong.push(`starts at ${start}`);
  if (latency === undefined || latency < 40_000 || latency > 3 * MILLISECOND)
    wrong.push(`latency ${latency}`);
  return wrong;
}

describe('scenarios', () => {
  test('are runs that the campaign allows, and so is everything that they shrink to', () => {
    let shrunk = 0;
    fc.assert(
      fc.property(fc.constantFrom(...labs), anyCampaign, fc.nat(), (lab, campaign, seed) => {
        const faults = faultsOf(lab.plan, campaign);
        const arbitrary = scenarios(lab, campaign);
        const [drawn] = fc.sample(arbitrary, { seed, numRuns: 1 });
        expect(unlawful(drawn as Scenario, campaign, faults)).toEqual([]);
        // fast-check asks the property of each smaller candidate: all fail, so the whole way down is seen.
        fc.check(
          fc.property(arbitrary, (scenario) => {
            shrunk++;
            expect(unlawful(scenario, campaign, faults)).toEqual([]);
            return false;
          }),
          { seed, numRuns: 1 },
        );
      }),
      { numRuns: 100 },
    );
    expect(shrunk).toBeGreaterThan(500);
  });

  test('shrink to nothing at all where nothing is needed', () => {
    fc.assert(
      fc.property(anyCampaign, fc.nat(), (campaign, seed) => {
        const details = fc.check(
          fc.property(scenarios(pair, campaign), () => false),
          { seed, numRuns: 1 },
        );
        expect(details.counterexample?.[0]).toMatchObject({
          ...{ seed: 1, starts: {}, ready: {}, actions: [], losses: [] },
          // The roundest of 0.04 to 3 ms.
          latency: MILLISECOND,
        });
      }),
      { numRuns: 50 },
    );
  });

  test('the things of interest are among them', () => {
    const campaign: Campaign = {
      ...oneFaultAndRepair(),
      atOnce: 2,
      inAll: 2,
      lostFrames: 3,
      startWithin: 5 * SECOND,
    };
    const drawn = fc.sample(scenarios(pair, campaign), { seed: 1, numRuns: 400 });
    const share = (happened: (scenario: Scenario) => boolean): number =>
      drawn.filter(happened).length / drawn.length;
    const kinds = (scenario: Scenario): string => scenario.actions.map(({ deed }) => deed.do).join(' ');
    expect(share(({ actions }) => actions.length === 0)).toBeLessThan(0.05);
    expect(
      share((scenario) => /^(power-off|unplug|stop) (power-off|unplug|stop)/.test(kinds(scenario))),
    ).toBeGreaterThan(0.1);
    expect(
      share(({ actions: [one, two] }) => two !== undefined && one !== undefined && two.at - one.at < SECOND),
    ).toBeGreaterThan(0.1);
    expect(
      share(
        ({ losses: [one, two, three] }) =>
          one?.at === two?.at && two?.at === three?.at && three !== undefined,
      ),
    ).toBeGreaterThan(0.02);
    expect(
      share(({ losses, actions }) => losses.some(({ at }) => actions.some((action) => action.at === at))),
    ).toBeGreaterThan(0.2);
    expect(share(({ starts }) => (starts['n1'] ?? 0) > 0)).toBeGreaterThan(0.3);
    expect(share(({ starts }) => (starts['n2'] ?? 0) > 0)).toBeGreaterThan(0.3);
  });

  test('a campaign of many faults draws as many as it may', () => {
    const many = { ...oneFaultAndRepair({ of: ['stop'] }), inAll: 50 };
    const drawn = fc.sample(scenarios(pair, many), { seed: 1, numRuns: 50 });
    const most = Math.max(
      ...drawn.map(({ actions }) => actions.filter(({ deed }) => deed.do === 'stop').length),
    );
    expect(most).toBeGreaterThan(4);
    expect(most).toBeLessThanOrEqual(16);
    expect(notSampled(many)).toContain('more than 16 faults in a run');
  });

  test('says what is left out', () => {
    expect(notSampled(bootStorm())).toEqual(['the order of what happens at one instant']);
    expect(notSampled({ ...lossyLan(20), latency: { lo: 1, hi: 2 } })).toEqual([
      'the order of what happens at one instant',
      'more than 16 lost frames in a run',
      'delays that differ within a run',
    ]);
  });

  test('refuse a campaign of another lab', () => {
    const campaign = { ...defaultCampaign(pair.plan), nodes: ['db1'] };
    expect(() => scenarios(pair, campaign)).toThrow(/no node 'db1'/);
  });
});
