import { defineLab, type HostDesign, type LabDesign, type Run, SECOND } from '@viplab/core';
import { expect, test } from 'vitest';
import type { LintCode } from '../codes.js';
import { lintLab } from '../lint-lab.js';
import { EXPLANATIONS } from './index.js';

const VIP = '192.168.1.100';

type Change = readonly [node: string, from: string, to: string];

/** The run of a code's files with something changed in them; lint must have nothing to say any more. */
function curedRun(code: LintCode, ...changes: readonly Change[]): Run {
  const design = EXPLANATIONS.find((each) => each.code === code)?.lab;
  if (design === undefined) throw new Error(`${code} is not explained`);
  const nodes = { ...design.nodes };
  for (const [node, from, to] of changes) {
    const host = nodes[node];
    if (host === undefined || host.kind === 'switch' || typeof host.keepalived !== 'object')
      throw new Error(`${node} has no file`);
    const conf = host.keepalived.conf.replace(from, to);
    expect(conf).not.toBe(host.keepalived.conf);
    nodes[node] = { ...host, keepalived: { ...host.keepalived, conf } } satisfies HostDesign;
  }
  const lab = defineLab({ ...design, nodes } satisfies LabDesign);
  expect(lintLab(lab.design, lab.plan).map((found) => found.code)).toEqual([]);
  return lab.run();
}

const mastersOf = (run: Run, node: string): readonly number[] =>
  run.trace
    .filter('vrrp.state')
    .flatMap((event) => (event.node === node && event.to === 'MASTER' ? [event.time / SECOND] : []));

const blackHoleOf = (run: Run): number =>
  run.report
    .vip(VIP)
    .landings.reduce((sum, { astray }) => sum + astray.reduce((all, { from, to }) => all + to - from, 0), 0) /
  SECOND;

test('with a lower priority on n2 the fault moves nothing for good', () => {
  const run = curedRun('vrrp/equal-priority', ['n2', 'priority 150', 'priority 100']);
  expect(mastersOf(run, 'n2')).toHaveLength(1);
  expect(run.report.vip(VIP).owners.at(-1)?.owners).toEqual(['n1']);
});

test('weight 0 is obeyed beside nopreempt: a goodbye, and n2 is master 0.61 s later', () => {
  const run = curedRun('vrrp/weight-beside-nopreempt', ['n1', '    weight -60\n', '']);
  const [at = 0] = mastersOf(run, 'n2');
  expect(at).toBeGreaterThan(10.6);
  expect(at).toBeLessThan(10 + 1 + 0.62);
});

test('with preempt_delay instead of nopreempt the weight moves the address, that much later', () => {
  const run = curedRun('vrrp/weight-beside-nopreempt', ['n2', 'nopreempt', 'preempt_delay 5']);
  const [at = 0] = mastersOf(run, 'n2');
  expect(at).toBeGreaterThan(15);
  expect(at).toBeLessThan(10 + 1 + 1 + 5 + 3.61);
});

test('a weight of -51 moves the address within a Master_Down_Interval of the last old advert', () => {
  const run = curedRun('vrrp/weight-too-light', ['n1', 'weight -20', 'weight -51']);
  const lastOld = run.trace
    .filter('vrrp.advert-sent')
    .filter(({ node, priority }) => node === 'n1' && priority === 150)
    .at(-1);
  expect((mastersOf(run, 'n2')[0] ?? 0) - (lastOld?.time ?? 0) / SECOND).toBeCloseTo(3.61, 2);
});

test('state BACKUP lets nopreempt have its effect', () => {
  const run = curedRun('vrrp/nopreempt-master', ['n1', 'state MASTER', 'state BACKUP']);
  expect(mastersOf(run, 'n1')).toHaveLength(1);
});

test('a multicast group or a VRID of its own ends the quarrel of two clusters', () => {
  for (const [from, to] of [
    ['priority', 'mcast_dst_ip 224.0.0.118\n    priority'],
    ['virtual_router_id 51', 'virtual_router_id 52'],
  ] as const) {
    const run = curedRun('vrrp/vrid-reused', ['d1', from, to], ['d2', from, to]);
    for (const backup of ['n2', 'd2']) expect(mastersOf(run, backup)).toEqual([]);
  }
});

test('further addresses in virtual_ipaddress_excluded move with the others', () => {
  const excluded = '    }\n    virtual_ipaddress_excluded {\n        192.168.1.101/24\n    }\n}';
  const run = curedRun(
    'vrrp/vip-list-mismatch',
    ['n1', '    }\n}', excluded],
    ['n2', '        192.168.1.101/24\n    }\n}', excluded],
  );
  expect(run.report.vip(VIP).dual).toEqual([]);
  expect(run.report.vip('192.168.1.101').owners.at(-1)?.owners).toEqual(['n1']);
});

test('priority 98 is far enough for a way of 10 ms', () => {
  const run = curedRun('vrrp/timer-shorter-than-delay', ['n3', 'priority 100', 'priority 98']);
  expect(run.report.vip(VIP).dual).toEqual([]);
  expect(mastersOf(run, 'n3')).toEqual([]);
});

test('interval 1 is noticed within 3 s', () => {
  const run = curedRun('vrrp/check-outlasts-timers', ['n1', 'interval 5', 'interval 1']);
  expect(mastersOf(run, 'n2')[0]).toBeLessThan(10.1 + 3 + 3.61);
});

test('the default second burst ends the black hole after 5 s', () => {
  const run = curedRun('vrrp/one-garp-only', ['n2', '    garp_master_delay 0\n', '']);
  expect(blackHoleOf(run)).toBeLessThan(5.1);
});
