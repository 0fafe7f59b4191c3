import { defineLab, type Run, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { LintCode } from '../../codes.js';
import { lintLab } from '../../lint-lab.js';
import { EXPLANATIONS } from '../index.js';

const VIP = '192.168.1.100';

const runs = new Map<LintCode, Run>();
function runOf(code: LintCode): Run {
  const design = EXPLANATIONS.find((each) => each.code === code)?.lab;
  if (design === undefined) throw new Error(`${code} is not explained`);
  const run = runs.get(code) ?? defineLab(design).run();
  runs.set(code, run);
  return run;
}

/** Instants in seconds at which a virtual host became master, or left that. */
const turnsOf = (run: Run, node: string, to: 'MASTER' | 'BACKUP', instance?: string): readonly number[] =>
  run.trace
    .filter('carp.state')
    .filter((event) => event.node === node && event.to === to)
    .filter((event) => instance === undefined || event.instance === instance)
    .map(({ time }) => time / SECOND);

const reasonsOf = (run: Run, node: string): readonly string[] =>
  run.trace.filter('carp.state').flatMap((event) => (event.node === node ? [event.reason] : []));

const meansOf = (code: LintCode): string => {
  const { lab } = runOf(code);
  return lintLab(lab.design, lab.plan)[0]?.means ?? '';
};

/** How many requests of a client got which result from an instant on, seconds. */
function resultsOf(run: Run, client: string, from: number): Readonly<Record<string, number>> {
  const results: Record<string, number> = {};
  for (const event of run.trace.filter('client.result')) {
    if (event.client !== client || event.sentAt < from * SECOND) continue;
    results[event.result] = (results[event.result] ?? 0) + 1;
  }
  return results;
}

/** How long somebody owned an address, in seconds. */
const ownedIn = (run: Run): number =>
  run.report
    .vip(VIP)
    .owners.filter(({ owners }) => owners.length > 0)
    .reduce((sum, { from, to }) => sum + to - from, 0) / SECOND;

describe('the run shows what the finding says', () => {
  test.each<LintCode>([
    'carp/password-mismatch',
    'carp/vip-list-mismatch',
    'carp/version-mismatch',
    'carp/vhid-mismatch',
    'carp/peer-one-sided',
  ])('%s: both are masters at the instants of its means, for good', (code) => {
    const [, first = '', at, second = '', later] =
      /(\w+) master at ([\d.]+) s, (\w+) at ([\d.]+) s, both for good/.exec(meansOf(code)) ?? [];
    const run = runOf(code);
    expect(turnsOf(run, first, 'MASTER').map((time) => time.toFixed(2))).toEqual([at]);
    expect(turnsOf(run, second, 'MASTER').map((time) => time.toFixed(2))).toEqual([later]);
    expect(run.report.vip(VIP).dual.at(-1)?.to).toBe(run.until);
  });

  test('carp/equal-skew: every 3.0001 s, and an owner for a millisecond in half a minute', () => {
    const run = runOf('carp/equal-skew');
    expect(meansOf('carp/equal-skew')).toContain('both are master after 3.00 s, both yield');
    for (const node of ['n1', 'n2']) {
      const masters = turnsOf(run, node, 'MASTER');
      expect(masters).toHaveLength(9);
      expect(masters[1]).toBeCloseTo(6.0001, 6);
      expect(reasonsOf(run, node)).toContain('equal-advert');
    }
    expect(ownedIn(run)).toBeLessThan(0.001);
  });

  test('carp/skew-capped: the better one returns and does not preempt', () => {
    const run = runOf('carp/skew-capped');
    expect(turnsOf(run, 'n1', 'MASTER')).toHaveLength(1);
    expect(run.report.vip(VIP).owners.at(-1)?.owners).toEqual(['n2']);
  });

  test('carp/mixed-byte-order: both to the end', () => {
    const run = runOf('carp/mixed-byte-order');
    for (const node of ['n1', 'n2']) expect(turnsOf(run, node, 'MASTER')[0]).toBeCloseTo(3, 3);
    expect(run.report.vip('10.0.0.100').dual.at(-1)?.to).toBe(run.until);
  });

  test('carp/preempt-differs: the better one returns and stays a backup', () => {
    const run = runOf('carp/preempt-differs');
    expect(turnsOf(run, 'n1', 'MASTER')).toEqual([3]);
    expect(run.report.vip(VIP).owners.at(-1)?.owners).toEqual(['n2']);
  });

  test('carp/split-without-preempt: two halves on two hosts', () => {
    const run = runOf('carp/split-without-preempt');
    expect(run.report.vip(VIP).owners.at(-1)?.owners).toEqual(['n2']);
    expect(run.report.vip('10.0.0.100').owners.at(-1)?.owners).toEqual(['n1']);
    const last = run.trace.filter('carp.advert-sent').filter(({ instance }) => instance === '2@em1');
    expect(last.at(-1)).toMatchObject({ node: 'n1', advskew: 240 });
  });

  test('carp/vhid-reused: frames of one address arrive at the other cluster', () => {
    const run = runOf('carp/vhid-reused');
    for (const [vip, owner] of [
      [VIP, 'n1'],
      ['192.168.1.150', 'd1'],
    ] as const)
      expect(run.report.vip(vip).owners.at(-1)?.owners).toEqual([owner]);
    expect(Object.keys(resultsOf(run, 'c1', 4))).toContain('timeout');
  });

  test('carp/ucarp-beside-kernel: a black hole of half a minute', () => {
    const run = runOf('carp/ucarp-beside-kernel');
    const [at = 0] = turnsOf(run, 'n2', 'MASTER');
    expect(at).toBeCloseTo(14.16, 2);
    const [outage] = run.report.client('c1').outages;
    expect((outage?.to ?? 0) / SECOND - at).toBeGreaterThan(20);
  });

  test('carp/no-lost-advert: one is lost, and n1 is master 3.00 s after the one before', () => {
    const run = runOf('carp/no-lost-advert');
    const sent = run.trace
      .filter('carp.advert-sent')
      .flatMap(({ node, time }) => (node === 'n2' ? [time / SECOND] : []));
    const lost = sent.filter((time) => time > 15 && time < 16.7);
    expect(lost).toHaveLength(1);
    const heard = Math.max(...sent.filter((time) => time < 15));
    expect(turnsOf(run, 'n1', 'MASTER').map((time) => (time - heard).toFixed(2))).toEqual(['3.00']);
    expect(meansOf('carp/no-lost-advert')).toBe(
      'one advert of the master n2 is lost, and n1 takes .100 over',
    );
  });

  test('carp/master-times-out: at the first advert, though preempt is off', () => {
    const run = runOf('carp/master-times-out');
    expect(turnsOf(run, 'n1', 'MASTER')[0]).toBeCloseTo(24.0001, 6);
    expect(reasonsOf(run, 'n1')).toContain('will-time-out');
  });

  test('carp/interval-below-tick: many times a second', () => {
    const run = runOf('carp/interval-below-tick');
    expect(turnsOf(run, 'n2', 'MASTER').length).toBeGreaterThan(50);
  });

  test('carp/vrrp-crossed: for ever', () => {
    const run = runOf('carp/vrrp-crossed');
    const turns = turnsOf(run, 'n1', 'MASTER');
    expect(turns.length).toBeGreaterThan(15);
    expect(turns.at(-1)).toBeGreaterThan(28);
  });

  test('carp/dual-stack: every 4 s, for 0.61 s', () => {
    const run = runOf('carp/dual-stack');
    const [up, down] = [turnsOf(run, 'n2', 'MASTER'), turnsOf(run, 'n2', 'BACKUP').slice(1)];
    expect(up.length).toBeGreaterThan(5);
    expect((up[2] ?? 0) - (up[1] ?? 0)).toBeCloseTo(4, 3);
    expect((down[1] ?? 0) - (up[1] ?? 0)).toBeCloseTo(0.61, 2);
    expect(turnsOf(run, 'n1', 'MASTER')).toEqual([3]);
  });

  test('carp/no-script: two owners until the end', () => {
    const run = runOf('carp/no-script');
    expect(run.report.vip(VIP).dual.at(-1)?.to).toBe(run.until);
  });

  test('carp/ucarp-late: 6.33 s after the last advert, of which it has waited 5.34 s', () => {
    const run = runOf('carp/ucarp-late');
    const last = run.trace
      .filter('carp.advert-sent')
      .filter(({ node, time }) => node === 'n1' && time < 10.5 * SECOND)
      .at(-1);
    expect((turnsOf(run, 'n2', 'MASTER')[0] ?? 0) - (last?.time ?? 0) / SECOND).toBeCloseTo(6.33, 2);
    expect(meansOf('carp/ucarp-late')).toContain('up to 6.34 s');
  });

  test('carp/carpnodes-mismatch: c2 and c4 get no answer', () => {
    const run = runOf('carp/carpnodes-mismatch');
    const silent = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'].filter(
      (client) => resultsOf(run, client, 5)['ok'] === undefined,
    );
    expect(silent).toEqual(['c2', 'c4']);
  });

  test('carp/carpnodes-not-mirrored: nobody is served', () => {
    const run = runOf('carp/carpnodes-not-mirrored');
    for (const client of ['c1', 'c2']) expect(resultsOf(run, client, 0)['ok']).toBeUndefined();
    expect(turnsOf(run, 'n1', 'MASTER', 'carp0:2')[0]).toBeCloseTo(3.390625, 6);
    expect(turnsOf(run, 'n1', 'MASTER', 'carp0:1')).toHaveLength(9);
  });

  test('carp/balancing-without-preempt: n2 serves both to the end', () => {
    const run = runOf('carp/balancing-without-preempt');
    for (const client of ['c1', 'c2']) expect(Object.keys(resultsOf(run, client, 21))).toEqual(['ok']);
    expect(turnsOf(run, 'n1', 'MASTER')).toEqual([3]);
  });

  test.each<LintCode>(['carp/ip-unicast-on-switch', 'carp/shared-mac-pinned'])(
    '%s: one of two clients is served',
    (code) => {
      const run = runOf(code);
      const served = ['c1', 'c2'].filter((client) => resultsOf(run, client, 10)['ok'] !== undefined);
      expect(served).toHaveLength(1);
    },
  );

  test('carp/balancing-storm-control: two in five are lost', () => {
    const run = runOf('carp/balancing-storm-control');
    const { ok = 0, timeout = 0 } = resultsOf(run, 'c1', 5);
    expect(timeout / (ok + timeout)).toBeCloseTo(0.4, 1);
  });
});
