import { defineLab, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { Campaign } from '../campaign/campaign.js';
import { designOf } from '../campaign/design-of.js';
import { EQUALS, PAIR } from '../campaign/labs.fixture.js';
import { bootStorm, defaultCampaign, lossyLan, oneFault, oneFaultAndRepair } from '../campaign/ready-made.js';
import type { Scenario } from '../campaign/scenario.js';
import { always } from '../property/always.js';
import { flapFree } from '../property/flap-free.js';
import { noFlap } from '../property/no-flap.js';
import { sometimes } from '../property/sometimes.js';
import { holdsInRuns, type SampleOptions, scenarioOfSeed } from './holds-in-runs.js';

const VIP = '192.168.1.100';
const pair = defineLab(PAIR);
const equals = defineLab(EQUALS);
const OPTIONS: SampleOptions = { runs: 200, budget: '50s' };

/** The simplest counterexample's scenario. */
async function simplest(...asked: Parameters<typeof holdsInRuns>): Promise<Scenario | undefined> {
  const verdict = await holdsInRuns(...asked);
  expect(verdict.word).toBe('broken');
  expect(verdict.exploration.endedBy).toBeNull();
  return verdict.counterexamples[0]?.scenario;
}

describe('holdsInRuns', () => {
  test('a sound pair holds, and it is told what was covered and what was worst', async () => {
    const served = sometimes('n2 served', (net) => net.client('c1').servedBy('n2'));
    const verdict = await holdsInRuns(pair, defaultCampaign(pair.plan), [...flapFree(), served], {
      ...OPTIONS,
      runs: 24,
      seed: 100,
    });
    expect(verdict).toMatchObject({ word: 'held', counterexamples: [], design: PAIR });
    expect(verdict.exploration).toMatchObject({
      method: 'random',
      states: 24,
      isClosed: false,
      deadEnds: 0,
      endedBy: null,
    });
    expect(verdict.exploration.notVaried).toContain('repairs later than 90 s after the fault');
    expect(verdict.properties).toContain('n2 served');
    const share = new Map(verdict.covered.map(({ what, share: of }) => [what, of]));
    expect([...share.keys()]).toEqual([`failover of ${VIP}`, 'power-off', 'unplug', 'stop', 'n2 served']);
    for (const [what, of] of share) expect(of, what).toBeGreaterThan(0.1);
    const headless = verdict.worst.find(({ what, phase }) => what === 'headless' && phase === 'settled');
    expect(headless?.lasted).toBeGreaterThan(3 * SECOND);
    expect(headless?.lasted).toBeLessThanOrEqual(headless?.allowed ?? 0);
    // The run that attains it can be had again.
    const { scenario } = headless ?? {};
    const { report } = defineLab(designOf(PAIR, scenario as Scenario)).run({ seed: scenario?.seed ?? 0 });
    expect(report.vip(VIP).headless.map(({ from, to }) => to - from)).toContain(headless?.lasted);
  });

  test('equal priorities and lost multicast: one cause, for good, at a round instant', async () => {
    const verdict = await holdsInRuns(
      equals,
      oneFaultAndRepair({ of: ['drop-multicast'] }),
      flapFree(),
      OPTIONS,
    );
    expect(verdict.word).toBe('broken');
    expect(verdict.counterexamples).toHaveLength(1);
    const [counterexample] = verdict.counterexamples;
    expect(counterexample).toMatchObject({ property: 'single-owner', address: VIP, seed: 1 });
    expect(counterexample?.scenario).toEqual({
      seed: 1,
      starts: {},
      ready: {},
      actions: [{ at: 10 * SECOND, deed: { do: 'drop-multicast', node: 'sw1' } }],
      losses: [],
      until: 70 * SECOND,
    });
    expect(counterexample?.at).toBeGreaterThan(13 * SECOND);
    const run = defineLab(counterexample?.design ?? EQUALS).run({ seed: 1 });
    expect(run.report.vip(VIP).dual.at(-1)?.to).toBe(70 * SECOND);
  });

  test('two faults at once where one is not enough; no third', async () => {
    const campaign: Campaign = { ...oneFaultAndRepair({ of: ['power-off', 'stop'] }), atOnce: 3, inAll: 3 };
    const bad = always('one is on', (net) => net.node('n1').isOn || net.node('n2').isOn);
    const found = await simplest(pair, campaign, [bad], OPTIONS);
    expect(found?.actions.map(({ at }) => at)).toEqual([10 * SECOND, 10 * SECOND]);
    expect(new Set(found?.actions.map(({ deed }) => `${deed.do} ${deed.node}`))).toEqual(
      new Set(['power-off n1', 'power-off n2']),
    );
  });

  test('a repair stays where it is the repair that does it', async () => {
    let wasOff = false;
    const back = always('n1 does not come back', (net) => {
      const { isOn } = net.node('n1');
      const isBack = isOn && net.vip(VIP).owner?.name === 'n2';
      wasOff ||= !isOn;
      return !isBack;
    });
    const found = await simplest(pair, oneFaultAndRepair({ of: ['power-off'] }), [back], OPTIONS);
    expect(wasOff).toBe(true);
    expect(found?.actions).toEqual([
      { at: 10 * SECOND, deed: { do: 'power-off', node: 'n1' } },
      // Back before n2 takes over at 13.1 s, n1 listens first and so is still no master then.
      { at: 11 * SECOND, deed: { do: 'power-on', node: 'n1' } },
    ]);
  });

  test('the simplest run violates the property that was violated first, though another breaks more simply', async () => {
    const on = (name: string) => always(`${name} is on`, (net) => net.node(name).isOn);
    const broken = new Set<string>();
    for (let seed = 1; seed <= 6; seed++) {
      const campaign = oneFaultAndRepair({ of: ['power-off'] });
      const { counterexamples } = await holdsInRuns(pair, campaign, [on('n1'), on('n2')], {
        ...OPTIONS,
        seed,
      });
      const [{ property, scenario } = { property: '', scenario: null }] = counterexamples;
      expect(`${scenario?.actions[0]?.deed.node} is on`).toBe(property);
      broken.add(property);
    }
    expect(broken.size).toBe(2);
  });

  test('as many lost frames as are needed of those that may be lost', async () => {
    const backup = always('n2 stays a backup', (net) => net.node('n2').state('VI_1') !== 'MASTER');
    const campaign: Campaign = { ...lossyLan(5), faultsFrom: 'settled' };
    const found = await simplest(pair, campaign, [backup], OPTIONS);
    expect(found?.losses).toHaveLength(3);
    for (const loss of found?.losses ?? []) expect(loss).toMatchObject({ node: 'n2', kind: 'vrrp' });
    expect(found?.losses[0]?.at).toBe(10 * SECOND);
  });

  test('late starts shrink to the one that matters, start-up times and latency to the shortest', async () => {
    const design = {
      ...PAIR,
      nodes: Object.fromEntries(
        Object.entries(PAIR.nodes).map(([name, node]) =>
          node.kind !== 'switch' && typeof node.keepalived === 'object'
            ? [name, { ...node, keepalived: { conf: node.keepalived.conf } }]
            : [name, node],
        ),
      ),
    };
    const lab = defineLab(design);
    const campaign: Campaign = { ...bootStorm({ within: '20s' }), latency: { lo: 50_000, hi: 2_000_000 } };
    const first = always('n2 is never master', (net) => net.node('n2').state('VI_1') !== 'MASTER');
    const found = await simplest(lab, campaign, [first], OPTIONS);
    expect(found).toMatchObject({
      seed: 1,
      latency: 1_000_000,
      ready: { n1: 100_000_000, n2: 100_000_000 },
      actions: [],
    });
    // n1 waits 3.414 s and n2 3.609 s: a whole second is more than the difference.
    expect(found?.starts).toEqual({ n1: SECOND });
  });

  test('what it tries depends on the seed alone', async () => {
    const campaign = oneFaultAndRepair({ of: ['kill-9'] });
    const asked = (seed: number) => holdsInRuns(pair, campaign, flapFree(), { ...OPTIONS, seed });
    const [one, again] = [await asked(7), await asked(7)];
    expect(again).toEqual(one);
    expect(scenarioOfSeed(pair, campaign, 7)).toEqual(scenarioOfSeed(pair, campaign, 7));
    expect(scenarioOfSeed(pair, campaign, 8)).not.toEqual(scenarioOfSeed(pair, campaign, 7));
  });

  test('inconclusive where no failover can happen, or no run was made', async () => {
    const client = oneFault({ of: ['power-off'], nodes: ['c1'] });
    const verdict = await holdsInRuns(pair, client, [noFlap()], { ...OPTIONS, runs: 5 });
    expect(verdict.word).toBe('inconclusive');
    expect(verdict.exploration.endedBy).toBe('a failover in none of 5 runs');
    const spent = await holdsInRuns(pair, oneFault(), flapFree(), { budget: '0s' });
    expect(spent.word).toBe('inconclusive');
    expect(spent.exploration).toMatchObject({
      states: 0,
      endedBy: 'the budget was spent after 0 of 2000 runs',
    });
    expect(spent.covered).toEqual([]);
  });

  test('without faults it is lost frames or the boot that must have happened', async () => {
    const lossy = await holdsInRuns(pair, lossyLan(2), flapFree(), { ...OPTIONS, runs: 10, seed: 100 });
    expect(lossy.word).toBe('held');
    expect(lossy.covered[0]?.what).toBe('a lost control frame');
    expect(lossy.covered[0]?.share).toBeGreaterThan(0.3);
    const boot = await holdsInRuns(pair, bootStorm(), [noFlap()], { ...OPTIONS, runs: 5 });
    expect(boot.word).toBe('held');
  });

  test('others have their turn while it works, hear of its progress, and can end it', async () => {
    const ender = new AbortController();
    const heard: number[] = [];
    const timer = setInterval(() => {
      if (heard.length > 2) ender.abort();
    }, 1);
    const verdict = await holdsInRuns(pair, oneFaultAndRepair(), flapFree(), {
      runs: 100_000,
      budget: '50s',
      signal: ender.signal,
      onProgress: ({ phase, states, of }) => {
        expect([phase, of]).toEqual(['sampling', 100_000]);
        heard.push(states);
      },
    });
    clearInterval(timer);
    expect(verdict.exploration.endedBy).toMatch(/^interrupted after \d+ of 100000 runs$/);
    expect(verdict.exploration.states).toBeLessThan(10_000);
    expect([...heard].sort((one, other) => one - other)).toEqual(heard);
  });

  test.each<[SampleOptions, RegExp]>([
    [{ runs: 0 }, /runs is 0; write a whole number of 1 or more/],
    [{ runs: 1.5 }, /runs is 1.5/],
    [{ seed: -1 }, /seed is -1; write a whole number of 0 or more/],
    [{ seed: Number.NaN }, /seed is NaN/],
    [{ budget: '5' as never }, /'5' is not a duration/],
  ])('refuses %o', async (options, message) => {
    await expect(holdsInRuns(pair, oneFault(), [], options)).rejects.toThrow(message);
  });

  test('refuses a campaign of another lab', async () => {
    await expect(holdsInRuns(pair, oneFault({ nodes: ['n7'] }), [])).rejects.toThrow(/no node 'n7'/);
  });
});
