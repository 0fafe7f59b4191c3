import { defineLab, type Lab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { bootStorm, lossyLan, oneFault, oneFaultAndRepair } from './campaign/ready-made.js';
import { cluster } from './explore/clusters.fixture.js';
import { sometimes } from './property/sometimes.js';
import { prove } from './prove.js';
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
