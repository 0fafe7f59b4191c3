import { describe, expect, test } from 'vitest';
import { s } from '../engine/index.js';
import { defineLab, type Simulation } from './index.js';
import { conf, PAIR, VIP } from './pair.fixture.js';

const lab = defineLab(PAIR);
const ownersOf = (simulation: Simulation): readonly string[] =>
  simulation.trace.filter('vip.owner').at(-1)?.owners ?? [];

describe('a simulation by hand', () => {
  test('stops where it is told to, in durations or nanoseconds', () => {
    const simulation = lab.start();
    expect(simulation.runUntil('2s').now).toBe(2e9);
    expect(simulation.runUntil(s(3)).now).toBe(3e9);
    expect(simulation.runUntil(3_500_000_001).now).toBe(3_500_000_001);
    expect(ownersOf(simulation)).toEqual(['n1']);
  });

  test('runs while something holds, and not longer than it is told', () => {
    const simulation = lab.start();
    expect(simulation.runWhile((sim) => ownersOf(sim).length === 0)).toBe(true);
    expect(simulation.now).toBe(3_474_062_000);
    expect(simulation.runWhile(() => true, '5s')).toBe(false);
    expect(simulation.now).toBeLessThanOrEqual(5e9);
    simulation.step();
    expect(simulation.now).toBeGreaterThan(5e9);
  });

  test('steps event by event to the same end as in one go', () => {
    const stepped = lab.start();
    while (stepped.now < 4e9 && stepped.step());
    const whole = lab.start().runUntil(stepped.now);
    expect(stepped.traceDigest()).toBe(whole.traceDigest());
    expect(stepped.stateDigest).toBe(whole.stateDigest);
  });

  test('two futures of one instant', () => {
    const one = lab.start().runUntil('10s');
    const other = one.fork();
    expect(other.stateDigest).toBe(one.stateDigest);
    expect(other.traceDigest()).toBe(one.traceDigest());
    one.node('n1').powerOff();
    one.runUntil('20s');
    expect(other.now).toBe(10e9);
    other.node('n2').unplug('eth0');
    other.runUntil('20s');
    expect(ownersOf(one)).toEqual(['n2']);
    expect(ownersOf(other)).toEqual(['n1']);
    expect(other.trace.filter('node.power')).toEqual([]);
  });

  test('goes back, as often as one likes', () => {
    const simulation = lab.start().runUntil('10s');
    const snapshot = simulation.save();
    const digests = [0, 1].map(() => {
      simulation.restore(snapshot);
      expect([simulation.now, ownersOf(simulation)]).toEqual([10e9, ['n1']]);
      return simulation.perform({ do: 'stop', node: 'n1' }).runUntil('12s').traceDigest();
    });
    expect(digests[0]).toBe(digests[1]);
    expect(ownersOf(simulation)).toEqual(['n2']);
  });

  test('an action by hand is that of the schedule', () => {
    const scheduled = lab
      .with({ schedule: [{ at: '10s', do: 'kill-9', node: 'n1', daemon: 'keepalived' }] })
      .run({ until: '15s' });
    const byHand = lab.start().runUntil('10s');
    byHand.node('n1').kill9();
    byHand.runUntil('15s');
    expect(byHand.traceDigest()).toBe(scheduled.digest);
  });

  test('a wrong name throws with the nearest', () => {
    const simulation = lab.start();
    expect(() => simulation.node('n3')).toThrow(/no node 'n3'.*\(n1 n2 c1 sw1\)/);
    expect(() => simulation.node('sw2')).toThrow(/did you mean sw1\?/);
    expect(() => simulation.node('n1').stop('haproxy')).toThrow(/no daemon 'haproxy' on n1/);
    expect(() => simulation.node('n1').unplug('eth5')).toThrow(/no interface eth5/);
    expect(() => lab.run().report.vip('10.0.0.1')).toThrow(RangeError);
  });

  test('its state can be read word by word, and equal situations have equal digests', () => {
    const simulation = lab.start().runUntil('10s');
    const words = new Map(simulation.state().map(({ path, value }) => [path, value]));
    expect([...words.keys()].some((path) => path.startsWith('n1/keepalived.VI_1'))).toBe(true);
    const before = simulation.stateDigest;
    simulation.network.host('c1').files.create('/tmp/x');
    expect(simulation.stateDigest).not.toBe(before);
    simulation.network.host('c1').files.remove('/tmp/x');
    expect(simulation.stateDigest).toBe(before);
  });

  test('what is left open is drawn by the seed', () => {
    const n1 = { ...PAIR.nodes.n1, keepalived: conf(150) };
    const drawn = lab.with({ nodes: { ...PAIR.nodes, n1 } });
    const readyAt = (seed: number) => {
      const states = drawn.run({ seed, until: '1s' }).trace.filter('vrrp.state');
      return states.find(({ node }) => node === 'n1')?.time ?? 0;
    };
    expect(readyAt(1)).toBe(readyAt(1));
    const instants = [1, 2, 3, 4, 5].map(readyAt);
    expect(new Set(instants).size).toBe(5);
    for (const instant of instants) expect(instant).toSatisfy((at: number) => at >= 30e6 && at <= 150e6);
  });
});

describe('a run', () => {
  test('the library in twenty lines', () => {
    const pair = defineLab({
      ...PAIR,
      schedule: [
        { at: '10s', do: 'power-off', node: 'n1' },
        { at: '25s', do: 'power-on', node: 'n1' },
      ],
    });
    const run = pair.run({ seed: 1, until: '45s' });
    expect(run.report.vip(VIP).handovers).toMatchObject([
      { from: 'n1', to: 'n2', cause: { action: 'power-off', target: 'n1' } },
      { from: 'n2', to: 'n1', cause: { action: 'power-on', target: 'n1' } },
    ]);
    expect(run.report.client('c1').outages).toMatchObject([{ attempts: 15, kind: 'timeout' }]);
    expect(run.report.verdict.word).toBe('no-flap');
    expect(run.trace.filter('vrrp.state').at(-1)).toMatchObject({ node: 'n2', to: 'BACKUP' });
    expect(run.text()).toContain(`viplab run --replay ${run.token}`);
    expect(run.mermaid()).toContain('sequenceDiagram');
    expect(run.json()).toMatchObject({ schema: 'viplab.run/1', token: run.token, digest: run.digest });
    expect(run.log('n2').some((line) => line.includes('Entering MASTER STATE'))).toBe(true);
    expect(pair.run({ seed: 1, until: '45s' }).digest).toBe(run.digest);
  });
});
