import { defineLab, type Lab, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { bootStorm, lossyLan, oneFault, oneFaultAndRepair } from './campaign/ready-made.js';
import { cluster } from './explore/clusters.fixture.js';
import { explore, Unexplorable } from './explore/explore.js';
import { exploreConcretely } from './explore/explore-concretely.js';
import { clientOutageWithin } from './property/client-outage-within.js';
import { flapFree } from './property/flap-free.js';
import { sometimes } from './property/sometimes.js';
import { prove } from './prove.js';
import { Pace } from './sample/pace.js';
import type { Progress } from './verdict.js';

const pair = cluster([150, 100]);

function withBandwidth(lab: Lab): Lab {
  const links = (lab.design.links ?? []).map((link) =>
    'between' in link ? { ...link, bandwidth: '1Gbit/s' } : link,
  );
  return defineLab({ ...lab.design, links });
}

describe('a pair with different priorities', () => {
  test('is proved for one clean fault and its repair, and what happened is counted', async () => {
    const verdict = await prove(pair);
    expect(verdict.word).toBe('proved');
    expect(verdict.exploration).toMatchObject({
      method: 'symbolic',
      isClosed: true,
      deadEnds: 0,
      endedBy: null,
    });
    expect(verdict.covered.every(({ share }) => share === 1)).toBe(true);
    const headless = verdict.worst.find(({ what, phase }) => what === 'headless' && phase === 'settled');
    expect(headless).toMatchObject({ lasted: 3_609_575_000, isStrict: false });
  });

  test('breaks when multicast is lost at the switch: one cause, at a round instant, and the run replays', async () => {
    const verdict = await prove(pair, { causes: oneFaultAndRepair({ of: ['drop-multicast'] }) });
    expect(verdict.word).toBe('broken');
    const [first] = verdict.counterexamples;
    expect(first).toMatchObject({ property: 'single-owner', address: '192.168.1.100' });
    expect(first?.scenario.actions.map(({ deed }) => deed.do)).toEqual(['drop-multicast']);
    expect((first?.scenario.actions[0]?.at ?? 1) % 1_000_000_000).toBe(0);
    if (first === undefined) return;
    expect(defineLab(first.design).run({ seed: first.seed }).report.verdict.words).toContain('dual');
  });
});

test('two equal nodes settle after any boot, and do not when adverts are lost from the start', async () => {
  const equal = cluster([100, 100]);
  const settles = await prove(equal, { causes: bootStorm({ within: '4s' }) });
  expect(settles.word).toBe('proved');
  const lossy = await prove(equal, { causes: lossyLan(3) });
  expect(lossy.word).toBe('broken');
});

test('cables with a bandwidth compute with time: it held at the instants listed', async () => {
  const verdict = await prove(withBandwidth(pair), { causes: oneFault({ of: ['stop'] }) });
  expect(verdict.word).toBe('held');
  expect(verdict.exploration).toMatchObject({ method: 'concrete', isClosed: true, deadEnds: 0 });
  expect(verdict.exploration.endedBy).toContain('computes with time');
  expect(verdict.bounds.join()).toContain('half way to the next');
});

test('no proof where nothing happened: a thing that is to happen sometimes, and never does', async () => {
  const never = sometimes('c1 is served by itself', (net) => net.client('c1').servedBy('c1'));
  const verdict = await prove(pair, { causes: oneFault(), properties: [never] });
  expect(verdict.word).toBe('inconclusive');
  expect(verdict.exploration.endedBy).toBe('nothing of interest happened in any run');
});

test('a bound that is met first is named, and random runs take over', async () => {
  const verdict = await prove(pair, { mostStates: 50, runs: 3, budget: '20s' });
  expect(verdict.exploration.method).toBe('random');
  expect(verdict.exploration.endedBy).toContain('more than 50 state classes');
  expect(verdict.word).not.toBe('proved');
});

test('it ends when it is told to, and says so', async () => {
  const verdict = await prove(pair, { signal: AbortSignal.abort() });
  expect(verdict.word).toBe('inconclusive');
  expect(verdict.exploration.endedBy).toContain('interrupted');
});

test('a campaign that names what is not there is refused', async () => {
  await expect(prove(pair, { causes: oneFault({ nodes: ['n9'] }) })).rejects.toThrow(/n9/);
});

test('progress is told', async () => {
  const told: Progress[] = [];
  await prove(cluster([100, 100, 100]), {
    causes: { ...lossyLan(2), startWithin: 4_000_000_000 },
    onProgress: (progress) => told.push(progress),
  });
  expect(told.some(({ phase, states }) => phase === 'exploring' && states > 0)).toBe(true);
});

test('a violation that only frames with delays of their own show is no proof, and not held either', async () => {
  const latency = { lo: 50_000, hi: 150_000 };
  const verdict = await prove(pair, { causes: { ...oneFaultAndRepair({ of: ['stop'] }), latency }, runs: 2 });
  expect(verdict.word).toBe('inconclusive');
  expect(verdict.exploration.endedBy).toContain('a delay of its own');
  expect(verdict.exploration.endedBy).toContain('192.168.1.100');
});

describe('what clients live through', () => {
  const campaign = oneFault({ of: ['power-off'], nodes: ['n1'] });

  test('is asked of runs; who owns what is proved beside it', async () => {
    const verdict = await prove(pair, {
      causes: campaign,
      properties: [...flapFree(), clientOutageWithin('4s')],
    });
    expect(verdict.word).toBe('held');
    expect(verdict.properties).toEqual([...flapFree().map(({ name }) => name), 'client-outage-within-4s']);
    expect(verdict.exploration).toMatchObject({ method: 'concrete', isClosed: false });
    expect(verdict.exploration.endedBy).toMatch(
      /since clients take part, and programs and TCP compute with time; no-flap, .*: proved, \d+ state classes$/,
    );
    expect(verdict.worst.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['headless', 'client outage']),
    );
    expect(verdict.worst.filter(({ what }) => what === 'failover')).toEqual([]);
    expect(verdict.covered.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['failover of 192.168.1.100 to n2', 'a failover after a client was served']),
    );
  });

  test('is not asked where owners break already', async () => {
    const { word, counterexamples } = await prove(pair, {
      causes: oneFault({ of: ['drop-multicast'] }),
      properties: [...flapFree(), clientOutageWithin('1h')],
    });
    expect(word).toBe('broken');
    expect(counterexamples[0]?.property).toBe('single-owner');
  });

  test('is asked of random runs where a run is left to chance, and why says so', async () => {
    const { word, exploration } = await prove(pair, {
      causes: { ...lossyLan(2), faultsFrom: 'settled' },
      properties: [clientOutageWithin('30s')],
      runs: 25,
    });
    expect(word).toBe('held');
    expect(exploration).toMatchObject({ method: 'random', states: 25 });
    expect(exploration.endedBy).toBe(
      'not explored: clients take part, and programs and TCP compute with time; which frames are lost is tried by random runs only',
    );
  });

  test('is never answered by a lab without its clients', async () => {
    const options = {
      campaign,
      properties: [clientOutageWithin('1s')],
      pace: new Pace(SECOND, undefined),
      mostStates: 1000,
    };
    await expect(explore(pair, options)).rejects.toThrow(Unexplorable);
    await expect(exploreConcretely(pair, options, 'asked')).rejects.toThrow(Unexplorable);
  });
});
