import { describe, expect, test } from 'vitest';
import { DiagnosticError } from '../diagnostic/index.js';
import { restoreIntoDirty } from '../engine/guards.testing.js';
import type { LabDesign } from './design.js';
import { buildOf } from './guarded-lab.testing.js';
import { defineLab } from './index.js';
import { PAIR, VIP } from './pair.fixture.js';

const starting = (n1: `${number}s`, n2: `${number}s`): LabDesign => ({
  ...PAIR,
  nodes: { ...PAIR.nodes, n1: { ...PAIR.nodes.n1, start: n1 }, n2: { ...PAIR.nodes.n2, start: n2 } },
});

describe('a node that starts late', () => {
  const lab = defineLab(starting('10s', '2s'));

  test('has no power, no light and no addresses that answer before', () => {
    const { network } = lab.start().runUntil('9.9s');
    expect([network.host('n1').isOn, network.host('n2').isOn]).toEqual([false, true]);
    expect(network.linkAt('n1', 'eth0').directions.map(({ hasCarrier }) => hasCarrier)).toEqual([
      false,
      false,
    ]);
    expect(network.linkAt('n2', 'eth0').directions.map(({ hasCarrier }) => hasCarrier)).toEqual([true, true]);
  });

  test('is dark to a peer that needs time to see it, from the first instant on', () => {
    const slow = defineLab({
      ...starting('10s', '0s'),
      links: [{ between: ['n1', 'sw1'], carrier: { down: '500ms', up: '1s' } }, ['n2', 'sw1'], ['c1', 'sw1']],
      nodes: { sw1: { kind: 'switch' }, ...starting('10s', '0s').nodes },
    });
    const simulation = slow.start();
    const [, towards] = simulation.network.linkAt('n1', 'eth0').directions;
    expect(towards.hasCarrier).toBe(false);
    expect(simulation.runUntil('10.9s').network.linkAt('n1', 'eth0').directions[1].hasCarrier).toBe(false);
    expect(simulation.runUntil('11s').network.linkAt('n1', 'eth0').directions[1].hasCarrier).toBe(true);
  });

  test('boots at its instant, and the handover is paid by that', () => {
    const { report } = lab.run();
    expect(report.vip(VIP).handovers).toEqual([
      expect.objectContaining({
        from: 'n2',
        to: 'n1',
        cause: expect.objectContaining({ time: 10e9, action: 'start', target: 'n1' }),
      }),
    ]);
    expect(report.verdict).toMatchObject({ word: 'no-flap', endsEarly: false });
    expect(lab.run({ until: '12s' }).report.verdict.endsEarly).toBe(true);
  });

  test('pays for its own start only', () => {
    // n1 takes the address from n2 at 13.5 s; nothing else may move it.
    const again = lab.with({ schedule: [{ at: '20s', do: 'set-delay', node: 'c1', delay: '60us' }] });
    expect(again.run().report.vip(VIP).handovers).toHaveLength(1);
    const early = defineLab(starting('0s', '20s')).run().report;
    expect(early.vip(VIP).handovers).toEqual([]);
  });

  test('is told: off until then, and what came of it', () => {
    const text = lab.run().text();
    expect(text).toMatch(/^a +2\.000 {2}n2 boots +2\.080 BACKUP$/m);
    expect(text).toMatch(/^c +10\.000 {2}n1 boots +10\.060 BACKUP$/m);
    expect(text).toMatch(/^\.100 +n1 +╳{12,}/m);
  });

  test('is waited for from the first boot on', () => {
    expect(defineLab(starting('9s', '8s')).run().report.verdict.word).toBe('no-flap');
    const alone = { ...starting('20s', '25s'), duration: '24s' } as const;
    expect(defineLab(alone).run().report.verdict).toMatchObject({ word: 'no-flap' });
  });

  test('may be powered on and off before, and boots once more', () => {
    const poked = lab.with({ schedule: [{ at: '4s', do: 'power-on', node: 'n1' }] });
    const simulation = poked.start().runUntil('5s');
    expect(simulation.network.host('n1').isOn).toBe(true);
    expect(simulation.runUntil('30s').network.host('n1').isOn).toBe(true);
  });

  test('goes on alike from any state', () => {
    expect(restoreIntoDirty(buildOf(lab.plan), { until: 6e9, further: 15e9 })).toEqual([]);
    const simulation = lab.start().runUntil('6s');
    const fork = simulation.fork();
    expect(fork.runUntil('30s').stateDigest).toBe(simulation.runUntil('30s').stateDigest);
    expect(fork.network.host('n1').isOn).toBe(true);
  });

  test('must say when in words of time', () => {
    expect(() => defineLab(starting('xs' as `${number}s`, '0s'))).toThrow(DiagnosticError);
  });
});

describe('a single lost frame', () => {
  const lab = defineLab({ ...PAIR, schedule: [{ at: '4s', do: 'lose-next', node: 'n2', only: 'vrrp' }] });

  test('is told with its sender, and pays for nothing', () => {
    const run = lab.run();
    expect(run.text()).toMatch(/^b +4\.000 {2}lose-next n2 +an advert of n1 to n2 is lost at 4\.474$/m);
    expect(run.report.causes).toEqual([expect.objectContaining({ action: 'lose-next', disruptive: false })]);
    expect(run.report.verdict.word).toBe('no-flap');
  });

  test('that never came is told as that', () => {
    const never = lab.with({ schedule: [{ at: '4s', do: 'lose-next', node: 'c1', only: 'vrrp' }] });
    expect(never.run({ until: '4100ms' }).text()).toMatch(/lose-next c1 +vrrp: none came any more/);
  });

  test('cannot be of another kind', () => {
    expect(() => lab.with({ schedule: [{ at: '4s', do: 'lose-next', node: 'n2', only: 'udp' }] })).toThrow(
      DiagnosticError,
    );
    expect(() => lab.with({ schedule: [{ at: '4s', do: 'lose-next', node: 'n2' }] })).toThrow(
      DiagnosticError,
    );
  });
});
