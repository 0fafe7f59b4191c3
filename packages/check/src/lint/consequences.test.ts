import { defineLab, type Run } from '@viplab/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LintCode } from './codes.js';
import { type SmallConf, smallLab } from './explanation/smallest-lab.js';
import { lintLab } from './lint-lab.js';

/** A pair as a tired engineer would set it up: each thing right most of the time. */
const wrongSometimes = <T>(right: T, wrong: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.constant(wrong) });

const VIPS = ['192.168.1.100/24', '192.168.1.101/24'];

const router = (peer: string, priorities: readonly [number, number]): fc.Arbitrary<SmallConf> =>
  fc
    .record({
      priority: fc.integer({ min: priorities[0], max: priorities[1] }),
      vrid: wrongSometimes(51, 52),
      version: wrongSometimes(2, 3),
      interval: wrongSometimes(1, 2),
      password: wrongSometimes('mysecret', 'mysecre7'),
      vips: wrongSometimes(VIPS.slice(0, 1), VIPS),
      group: wrongSometimes('224.0.0.18', '224.0.0.118'),
      cast: fc.oneof(
        { weight: 12, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constant(peer) },
        { weight: 1, arbitrary: fc.constant('192.168.1.99') },
      ),
    })
    .map(({ priority, vrid, version, interval, password, vips, group, cast }) => ({
      priority,
      vrid,
      vips,
      lines: [
        `version ${version}`,
        `advert_int ${interval}`,
        `mcast_dst_ip ${group}`,
        ...(version === 3 ? [] : ['authentication {', 'auth_type PASS', `auth_pass ${password}`, '}']),
        ...(cast === undefined ? [] : ['unicast_peer {', cast, '}']),
      ],
    }));

/** Errors that leave two masters in any run. */
const TWO_MASTERS: ReadonlySet<LintCode | string> = new Set<LintCode>([
  'vrrp/auth-mismatch',
  'vrrp/interval-mismatch',
  'vrrp/version-mismatch',
  'vrrp/vip-list-mismatch',
  'vrrp/vrid-mismatch',
  'vrrp/unicast-one-sided',
  'vrrp/group-mismatch',
]);

/** Whether the address has two owners when the run ends. */
const endsDual = (run: Run): boolean => run.report.vip('192.168.1.100').dual.at(-1)?.to === run.until;

test('two masters in the run are an error in the files, and the other way round', () => {
  let [errors, clean] = [0, 0];
  fc.assert(
    fc.property(router('192.168.1.12', [101, 254]), router('192.168.1.11', [1, 100]), (n1, n2) => {
      const lab = defineLab(smallLab({ name: 'pair', nodes: { n1, n2 } }));
      const found = lintLab(lab.design, lab.plan).filter(
        ({ code, severity }) => severity === 'error' && TWO_MASTERS.has(code),
      );
      const isDual = endsDual(lab.run({ until: '20s' }));
      if (isDual) errors++;
      else clean++;
      expect(isDual).toBe(found.length > 0);
    }),
    { numRuns: 120, seed: 1 },
  );
  expect(Math.min(errors, clean)).toBeGreaterThan(15);
});

test('an advert can be later than a backup waits: some seed makes a second master without a fault', () => {
  const conf: SmallConf = { lines: ['version 3', 'advert_int 0.5', 'down_timer_adverts 1'] };
  const nodes = { n1: { ...conf, priority: 150 }, n2: { ...conf, priority: 100 } };
  const lab = defineLab(smallLab({ name: 'late', nodes, delay: ['1ms', '900ms'] }));
  expect(lintLab(lab.design, lab.plan).map(({ severity, code }) => `${severity} ${code}`)).toContain(
    'error vrrp/timer-shorter-than-delay',
  );
  const takeovers = [1, 2, 3, 4, 5].flatMap((seed) =>
    lab
      .run({ seed, until: '20s' })
      .trace.filter('vrrp.state')
      .filter(({ node, to, time }) => node === 'n2' && to === 'MASTER' && time > 5e9),
  );
  expect(takeovers.length).toBeGreaterThan(0);
});

test('a mute router of lower priority: the deaf one takes the address back whatever nopreempt says', () => {
  const peers = (address: string): string[] => ['nopreempt', 'unicast_peer {', address, '}'];
  const nodes = {
    n1: { priority: 150, lines: peers('192.168.1.12') },
    n2: { priority: 100, lines: peers('192.168.1.13') },
  };
  const schedule = [
    { at: '10s', do: 'power-off', node: 'n1' },
    { at: '20s', do: 'power-on', node: 'n1' },
  ] as const;
  const lab = defineLab(smallLab({ name: 'mute', nodes, schedule }));
  const [found] = lintLab(lab.design, lab.plan);
  expect(found).toMatchObject({ code: 'vrrp/unicast-one-sided', severity: 'warning' });
  expect(found?.means).toContain('takes over 3.41 s after its start whatever');
  const masters = lab
    .run()
    .trace.filter('vrrp.state')
    .filter(({ node, to }) => node === 'n1' && to === 'MASTER');
  expect(masters.map(({ time }) => (time / 1e9).toFixed(2))).toEqual(['3.47', '23.47']);
});

test('a lone foreign router silences a master once; nobody is there to go on', () => {
  const db = { priority: 120, vips: ['192.168.1.150/24'] };
  const nodes = { n1: { priority: 150 }, n2: { priority: 100 }, db };
  const lab = defineLab(smallLab({ name: 'lone', nodes, ready: ['60ms', '80ms', '410ms'], duration: '60s' }));
  expect(lintLab(lab.design, lab.plan)[0]?.means).toContain(
    'if it is that of n1, n2 its backup takes over 3.61 s later',
  );
  const takeovers = lab
    .run()
    .trace.filter('vrrp.state')
    .filter(({ node, to }) => node === 'n2' && to === 'MASTER');
  expect(takeovers).toHaveLength(1);
});

test('owners of equal priority: who boots last takes the address, booted at once nobody has it for 3.01 s', () => {
  const nodes = { n1: { priority: 255 }, n2: { priority: 255 } };
  const mastersOf = (ready: readonly ['60ms', '60ms' | '80ms']): Run =>
    defineLab(smallLab({ name: 'owners', nodes, ready, duration: '10s' })).run();
  const apart = mastersOf(['60ms', '80ms']);
  expect(apart.report.vip('192.168.1.100').owners.at(-1)?.owners).toEqual(['n2']);
  const [pause] = mastersOf(['60ms', '60ms']).report.vip('192.168.1.100').headless;
  expect(((pause?.to ?? 0) - (pause?.from ?? 0)) / 1e9).toBeCloseTo(3.01, 2);
});

test('equal backups: after a goodbye both are masters 0.61 s later', () => {
  const nodes = { n1: { priority: 150 }, n2: { priority: 100 }, n3: { priority: 100 } };
  const lab = defineLab(
    smallLab({ name: 'trio', nodes, schedule: [{ at: '10s', do: 'stop', node: 'n1' }], duration: '20s' }),
  );
  expect(lintLab(lab.design, lab.plan)[0]?.means).toContain('both become master 0.61 s later');
  const masters = lab
    .run()
    .trace.filter('vrrp.state')
    .filter(({ to, time }) => to === 'MASTER' && time > 10e9);
  expect(masters.map(({ node, time }) => `${node} ${(time / 1e9 - 10).toFixed(2)}`)).toEqual([
    'n2 0.61',
    'n3 0.61',
  ]);
});
