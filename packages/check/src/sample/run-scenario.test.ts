import { defineLab, type Lab, MILLISECOND, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { designOf } from '../campaign/design-of.js';
import { EQUALS, PAIR } from '../campaign/labs.fixture.js';
import { defaultCampaign } from '../campaign/ready-made.js';
import type { Scenario } from '../campaign/scenario.js';
import { scenarioOfToken } from '../counterexample/scenario-token.js';
import { always } from '../property/always.js';
import { flapFree } from '../property/flap-free.js';
import { sometimes } from '../property/sometimes.js';
import { scenarioOfSeed } from './holds-in-runs.js';
import { runScenario } from './run-scenario.js';

const VIP = '192.168.1.100';
const pair: Lab = defineLab(PAIR);
const QUIET: Scenario = { seed: 1, starts: {}, ready: {}, actions: [], losses: [], until: 40 * SECOND };
const OFF_AND_ON: Scenario = {
  ...QUIET,
  actions: [
    { at: 10 * SECOND, deed: { do: 'power-off', node: 'n1' } },
    { at: 25 * SECOND, deed: { do: 'power-on', node: 'n1' } },
  ],
};
const DEAF: Scenario = {
  ...QUIET,
  actions: [{ at: 10 * SECOND, deed: { do: 'drop-multicast', node: 'sw1' } }],
};

describe('runScenario', () => {
  test('a failover and its return: no violation, and what the run showed', () => {
    const outcome = runScenario(pair, OFF_AND_ON, flapFree());
    expect(outcome).toMatchObject({ violation: null, at: 40 * SECOND, endedAt: 40 * SECOND, met: [] });
    expect(outcome.failovers).toEqual(new Map([[VIP, 2]]));
    expect(outcome.owned).toEqual([VIP]);
    const headless = outcome.worst.find(({ what }) => what === 'headless');
    // 3 × 1 s + 156/256 s since the last advert, which n1 sent at 9.474 s.
    expect(headless).toMatchObject({ address: VIP, phase: 'settled' });
    expect(headless?.lasted).toBeGreaterThan(3 * SECOND);
    expect(headless?.lasted).toBeLessThan(3610 * MILLISECOND);
    const failover = outcome.worst.find(({ what }) => what === 'failover');
    expect(failover?.lasted).toBeGreaterThanOrEqual(headless?.lasted ?? 0);
    // The report of the same lab, run by itself, says the same.
    const { report } = defineLab(designOf(PAIR, OFF_AND_ON)).run({ seed: 1 });
    expect(headless?.lasted).toBe(
      report.vip(VIP).headless.reduce((most, { from, to }) => Math.max(most, to - from), 0),
    );
  });

  test('what happens before the end of the boot belongs to the boot', () => {
    const phases = (bootEnd: number): unknown[] =>
      runScenario(pair, OFF_AND_ON, [], { bootEnd }).worst.map(({ what, phase }) => `${what} ${phase}`);
    expect(phases(20 * SECOND)).toContain('headless boot');
    expect(phases(20 * SECOND)).not.toContain('headless settled');
    expect(phases(9 * SECOND)).toContain('headless settled');
    expect(phases(9 * SECOND)).not.toContain('headless boot');
  });

  test('ends at the violation, or goes on to the end and tells the first', () => {
    const stopped = runScenario(pair, DEAF, flapFree());
    expect(stopped.violation).toMatchObject({ property: 'single-owner', address: VIP });
    expect(stopped.endedAt).toBe(stopped.at);
    expect(stopped.at).toBeGreaterThan(13 * SECOND);
    expect(stopped.at).toBeLessThan(14 * SECOND);
    const whole = runScenario(pair, DEAF, flapFree(), { stopAtViolation: false });
    expect(whole.violation).toEqual(stopped.violation);
    expect(whole.at).toBe(stopped.at);
    expect(whole.endedAt).toBe(40 * SECOND);
    expect(whole.worst.find(({ what }) => what === 'dual')?.lasted).toBeGreaterThan(20 * SECOND);
  });

  test('tells which of the properties that should happen did', () => {
    const served = sometimes('n2 owns it', (net) => net.vip(VIP).owner?.name === 'n2');
    const never = sometimes('nobody is on', (net) => !net.node('n1').isOn && !net.node('n2').isOn);
    expect(runScenario(pair, OFF_AND_ON, [served, never]).met).toEqual(['n2 owns it']);
    expect(runScenario(pair, QUIET, [served, never]).met).toEqual([]);
  });

  test('counts the frames that were really lost', () => {
    const lossy = {
      ...QUIET,
      losses: [1, 2, 3].map((at) => ({ at: at * 5 * SECOND, node: 'n2', kind: 'vrrp' as const })),
    };
    expect(runScenario(pair, lossy, []).lostFrames).toBe(3);
    expect(runScenario(pair, QUIET, []).lostFrames).toBe(0);
  });

  test('its token is the scenario, and the same scenario shows the same', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const scenario = scenarioOfSeed(pair, defaultCampaign(pair.plan), seed);
      const outcome = runScenario(pair, scenario, flapFree());
      expect(runScenario(pair, scenario, flapFree())).toEqual(outcome);
      const replayed = runScenario(pair, scenarioOfToken(pair, outcome.token), flapFree());
      expect(replayed.transitions).toBe(outcome.transitions);
      expect(replayed.worst).toEqual(outcome.worst);
    }
  });

  test('a predicate of the user ends it too', () => {
    const mine = always('n2 is a backup', (net) => net.node('n2').state('VI_1') !== 'MASTER');
    expect(runScenario(pair, QUIET, [mine]).violation).toBeNull();
    expect(runScenario(defineLab(EQUALS), QUIET, [mine]).violation?.property).toBe('n2 is a backup');
  });

  test('refuses what the lab does not have', () => {
    expect(() => runScenario(pair, { ...QUIET, starts: { n3: 5 } }, [])).toThrow(
      /no host 'n3', did you mean n1\?/,
    );
    const wrong = { ...QUIET, actions: [{ at: 0, deed: { do: 'stop' as const, node: 'n3' } }] };
    expect(() => runScenario(pair, wrong, [])).toThrow(/n3/);
  });
});
