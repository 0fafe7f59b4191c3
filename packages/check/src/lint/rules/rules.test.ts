import type { LabDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { type SmallConf, type SmallLab, smallLab } from '../explanation/smallest-lab.js';
import { cured, lintDesign, lintNodes, lintPair, placed } from '../pair.testing.js';

const password = (text: string, type = 'PASS'): SmallConf => ({
  lines: ['authentication {', `    auth_type ${type}`, `    auth_pass ${text}`, '}'],
});
const peers = (...addresses: string[]): string[] => ['unicast_peer {', ...addresses, '}'];
const script = (...lines: string[]): string[] => [
  'vrrp_script chk {',
  '    script "/bin/true"',
  ...lines,
  '}',
];
const track = (entry = 'chk'): string[] => ['track_script {', `    ${entry}`, '}'];
const weighted = (weight: number, ...more: string[]): SmallConf => ({
  before: script(`weight ${weight}`, ...more),
  lines: track(),
});

type Case = readonly [name: string, n1: SmallConf, n2: SmallConf, more?: Partial<SmallLab>];
const cases = (list: readonly Case[]) => list.map(([name, n1, n2, more = {}]) => ({ name, n1, n2, more }));

type PlacedCase = readonly [
  name: string,
  n1: SmallConf,
  n2: SmallConf,
  places: readonly string[],
  more?: Partial<SmallLab>,
];
const placedCases = (list: readonly PlacedCase[]) =>
  list.map(([name, n1, n2, places, more = {}]) => ({ name, n1, n2, places, more }));

describe('a healthy pair', () => {
  test('gives no finding', () => {
    expect(lintPair({}, {})).toEqual([]);
  });

  test.each(
    cases([
      ['with the same password', password('same'), password('same')],
      ['with passwords that differ behind their eighth byte', password('mysecret1'), password('mysecret2')],
      [
        'with VRRPv3, and so no password at all',
        { lines: ['version 3', ...(password('a').lines ?? [])] },
        { lines: ['version 3'] },
      ],
      [
        'with VRRPv3 intervals that a backup outlasts',
        { lines: ['version 3'] },
        { lines: ['version 3', 'advert_int 0.5'] },
      ],
      [
        'with a list in another order',
        { vips: ['10.0.0.1/24', '10.0.0.2/24'] },
        { vips: ['10.0.0.2/24', '10.0.0.1/24'] },
      ],
      ['with unicast on both sides', { lines: peers('192.168.1.12') }, { lines: peers('192.168.1.11') }],
      ['with a weight that suffices', weighted(-51), weighted(-51)],
      ['with a positive weight that suffices', { ...weighted(60), priority: 50 }, {}],
      ['with a check without a weight', { before: script(), lines: track() }, {}],
      ['with a light weight on the backup', {}, weighted(-20)],
      ['with a check that is reversed', { before: script(), lines: track('chk weight -20 reverse') }, {}],
      [
        'with unicast and a group that nobody uses',
        { lines: [...peers('192.168.1.12'), 'mcast_dst_ip 224.0.0.118'] },
        { lines: peers('192.168.1.11') },
      ],
      [
        'with nopreempt beside state BACKUP',
        { lines: ['state BACKUP', 'nopreempt'] },
        { lines: ['state BACKUP'] },
      ],
      ['with nopreempt taken back by preempt', { lines: ['state MASTER', 'nopreempt', 'preempt'] }, {}],
      ['with slow links and distant priorities', {}, {}, { delay: '90ms' }],
      [
        'with one gratuitous ARP and a refresh',
        { lines: ['garp_master_repeat 1', 'garp_master_delay 0', 'garp_master_refresh 9'] },
        {},
      ],
      [
        'with one gratuitous ARP and a virtual MAC',
        { lines: ['use_vmac', 'garp_master_repeat 1', 'garp_master_delay 0'] },
        { lines: ['use_vmac'] },
      ],
    ]),
  )('$name gives none either', ({ n1, n2, more }) => {
    expect(placed(lintPair(n1, n2, more))).toEqual([]);
  });

  test('of unicast beside one of multicast with the same VRID gives none', () => {
    const nodes = {
      n1: { priority: 150, lines: peers('192.168.1.12') },
      n2: { priority: 100, lines: peers('192.168.1.11') },
      d1: { priority: 150, vips: ['192.168.1.150/24'] },
      d2: { priority: 100, vips: ['192.168.1.150/24'] },
    };
    expect(placed(lintNodes(nodes))).toEqual([]);
  });

  test('beside a third that takes over where the second has nopreempt gives none', () => {
    const nodes = {
      n1: { priority: 150, ...weighted(-80) },
      n2: { priority: 100, lines: ['nopreempt'] },
      n3: { priority: 90 },
    };
    expect(placed(lintNodes(nodes))).toEqual([]);
  });

  test('beside another with another VRID gives none', () => {
    const db = { vrid: 53, vips: ['192.168.1.150/24'] };
    expect(lintNodes({ n1: { priority: 150 }, n2: {}, d1: { ...db, priority: 120 }, d2: db })).toEqual([]);
  });
});

describe('each rule points at the word', () => {
  test.each(
    placedCases([
      ['equal priorities', {}, { priority: 150 }, ['n2/keepalived.conf:4:14 vrrp/equal-priority']],
      ['a light weight', weighted(-20), {}, ['n1/keepalived.conf:3:8 vrrp/weight-too-light']],
      ['a weight that makes equal', weighted(-50), {}, ['n1/keepalived.conf:3:8 vrrp/weight-too-light']],
      [
        'a light weight in the entry',
        { before: script(), lines: track('chk weight -20') },
        {},
        ['n1/keepalived.conf:9:20 vrrp/weight-too-light'],
      ],
      [
        'a light positive weight',
        { ...weighted(49), priority: 102 },
        {},
        ['n1/keepalived.conf:3:8 vrrp/weight-too-light'],
      ],
      [
        'a weight of an interface',
        { lines: ['track_interface {', '    eth1 weight -10', '}'] },
        {},
        ['n1/keepalived.conf:6:21 vrrp/weight-too-light'],
      ],
      [
        'a weight beside nopreempt',
        weighted(-60),
        { lines: ['nopreempt'] },
        ['n1/keepalived.conf:3:8 vrrp/weight-beside-nopreempt'],
      ],
      [
        'nopreempt beside MASTER',
        { lines: ['state MASTER', 'nopreempt'] },
        {},
        ['n1/keepalived.conf:6:5 vrrp/nopreempt-master'],
      ],
      ['two passwords', password('one'), password('two'), ['n2/keepalived.conf:7:19 vrrp/auth-mismatch']],
      ['a password and none', password('one'), {}, ['n2/keepalived.conf:1:15 vrrp/auth-mismatch']],
      ['two intervals', {}, { lines: ['advert_int 2'] }, ['n2/keepalived.conf:5:16 vrrp/interval-mismatch']],
      [
        'a fast router beside a slow master in VRRPv3',
        { lines: ['version 3', 'advert_int 10'] },
        { lines: ['version 3', 'advert_int 0.1'] },
        ['n2/keepalived.conf:6:16 vrrp/interval-mismatch'],
      ],
      ['two versions', {}, { lines: ['version 3'] }, ['n2/keepalived.conf:5:13 vrrp/version-mismatch']],
      [
        'an address more',
        {},
        { vips: ['192.168.1.100/24', '192.168.1.101/24'] },
        ['n2/keepalived.conf:7:9 vrrp/vip-list-mismatch'],
      ],
      [
        'an address less',
        { vips: ['192.168.1.100/24', '192.168.1.101/24'] },
        {},
        ['n2/keepalived.conf:5:5 vrrp/vip-list-mismatch'],
      ],
      ['two VRIDs', {}, { vrid: 52 }, ['n2/keepalived.conf:3:23 vrrp/vrid-mismatch']],
      [
        'other addresses under one VRID',
        {},
        { vips: ['192.168.1.150/24'] },
        ['n2/keepalived.conf:3:23 vrrp/vrid-reused'],
      ],
      [
        'unicast beside multicast',
        { lines: peers('192.168.1.12') },
        {},
        ['n1/keepalived.conf:5:5 vrrp/unicast-one-sided'],
      ],
      [
        'multicast beside unicast',
        {},
        { lines: peers('192.168.1.11') },
        ['n2/keepalived.conf:5:5 vrrp/unicast-one-sided'],
      ],
      [
        'two multicast groups',
        {},
        { lines: ['mcast_dst_ip 224.0.0.118'] },
        ['n2/keepalived.conf:5:18 vrrp/group-mismatch'],
      ],
      [
        'a multicast group for all',
        { before: ['global_defs {', 'vrrp_mcast_group4 224.0.0.118', '}'] },
        {},
        ['n2/keepalived.conf:1:15 vrrp/group-mismatch'],
      ],
      [
        'a peer that is somebody else',
        { lines: peers('192.168.1.13') },
        { lines: peers('192.168.1.11') },
        ['n1/keepalived.conf:5:5 vrrp/unicast-one-sided'],
      ],
      [
        'near priorities and a slow link',
        { priority: 101 },
        {},
        ['n2/keepalived.conf:4:14 vrrp/timer-shorter-than-delay'],
        { delay: '5ms' },
      ],
      [
        'a slow check',
        weighted(-60, 'interval 5', 'fall 3'),
        {},
        ['n1/keepalived.conf:4:10 vrrp/check-outlasts-timers'],
      ],
      [
        'one gratuitous ARP',
        {},
        { lines: ['garp_master_repeat 1', 'garp_master_delay 0'] },
        ['n2/keepalived.conf:6:23 vrrp/one-garp-only'],
      ],
      [
        'one gratuitous ARP for all',
        {},
        { before: ['global_defs {', 'vrrp_garp_master_repeat 1', 'vrrp_garp_master_delay 0', '}'] },
        ['n2/keepalived.conf:5:15 vrrp/one-garp-only'],
      ],
    ]),
  )('$name', ({ n1, n2, places, more }) => {
    expect(placed(lintPair(n1, n2, more))).toEqual(places);
  });

  test('adverts later than a backup waits', () => {
    const fast: SmallConf = { lines: ['version 3', 'advert_int 0.1'] };
    const found = lintPair(fast, fast, { delay: ['1ms', '200ms'] });
    expect(placed(found)).toContain('n2/keepalived.conf:6:16 vrrp/timer-shorter-than-delay');
    expect(found.find(({ severity }) => severity === 'error')?.means).toContain('arrive 0.50 s apart');
  });

  test('versions that differ are not said to differ in authentication too', () => {
    expect(placed(lintPair({ lines: ['version 3'] }, password('one')))).toEqual([
      'n2/keepalived.conf:1:15 vrrp/version-mismatch',
    ]);
  });

  test('routers that a third joins by its list are one cluster, not two that share a VRID', () => {
    const nodes = {
      n1: { priority: 150, vips: ['192.168.1.100/24'] },
      n2: { priority: 120, vips: ['192.168.1.101/24'] },
      n3: { priority: 90, vips: ['192.168.1.100/24', '192.168.1.101/24'] },
    };
    expect([...new Set(lintNodes(nodes).map(({ code }) => code))]).toEqual(['vrrp/vip-list-mismatch']);
  });

  test('a VRID that is free on this LAN is proposed', () => {
    const nodes = {
      n1: { priority: 150 },
      n2: { vrid: 52, vips: ['192.168.1.101/24'] },
      db: { vips: ['192.168.1.150/24'] },
    };
    const [found] = lintNodes(nodes);
    expect(found?.cures?.[0]?.title).toBe('virtual_router_id 53 (free: all but 51, 52)');
  });

  test('a slow check matters where the node can be master beside a living better one', () => {
    const slow = weighted(-60, 'interval 5', 'fall 3');
    expect(placed(lintPair({}, slow))).toEqual([]);
    expect(placed(lintPair({ lines: ['nopreempt'] }, slow))).toEqual([
      'n2/keepalived.conf:4:10 vrrp/check-outlasts-timers',
    ]);
  });

  test('adverts that are all equally late are not late', () => {
    const fast: SmallConf = { lines: ['version 3', 'advert_int 0.02'] };
    expect(lintPair(fast, fast, { delay: '40ms' }).map(({ severity }) => severity)).toEqual(['warning']);
  });

  test('one finding for each router, however many there are', () => {
    const same = { priority: 150 };
    expect(placed(lintNodes({ n1: same, n2: same, n3: same }))).toEqual([
      'n2/keepalived.conf:4:14 vrrp/equal-priority',
      'n3/keepalived.conf:4:14 vrrp/equal-priority',
    ]);
  });
});

describe('what a finding says', () => {
  const only = (n1: SmallConf, n2: SmallConf, more: Partial<SmallLab> = {}) => {
    const [found, ...rest] = lintPair(n1, n2, more);
    expect(rest).toEqual([]);
    // The line above says that there is one.
    if (found === undefined) throw new Error('nothing was found');
    return found;
  };

  test('owners of equal priority are an error, other equals a warning', () => {
    expect(only({}, { priority: 150 }).severity).toBe('warning');
    const owners = only({ priority: 255 }, { priority: 255 });
    expect([owners.severity, owners.means]).toEqual(['error', expect.stringContaining('3.01 s')]);
  });

  test('a mute router with the higher priority is an error, with the lower a warning', () => {
    const [one, other] = [{ lines: peers('192.168.1.13') }, { lines: peers('192.168.1.11') }];
    expect(only(one, other).severity).toBe('error');
    expect(only({ ...one, priority: 90 }, other).severity).toBe('warning');
  });

  test('weights beyond the largest are not proposed', () => {
    const { cures } = only({ ...weighted(-20), priority: 254 }, { priority: 1 });
    expect(cures?.map(({ title }) => title)).toEqual([expect.stringMatching(/^weight -254|^weight 0/)]);
  });

  test('a priority that is not written is said to be the default', () => {
    const text =
      'vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n';
    const design: LabDesign = {
      name: 'defaults',
      nodes: {
        n1: { address: '10.0.0.11/24', keepalived: text },
        n2: { address: '10.0.0.12/24', keepalived: text },
      },
    };
    const [found] = lintDesign(design);
    expect(found).toMatchObject({
      message: 'priority 100 by default, the same as n1',
      range: { start: { line: 1, column: 15 } },
      cures: [{ title: 'priority 50', edits: [] }],
    });
  });

  test.each(
    cases([
      ['equal priorities', {}, { priority: 150 }],
      ['passwords', password('one'), password('two')],
      ['intervals', {}, { lines: ['advert_int 2'] }],
      ['versions', { lines: ['version 3'] }, { lines: ['version 2'] }],
      ['VRIDs', {}, { vrid: 52 }],
      ['groups', {}, { lines: ['mcast_dst_ip 224.0.0.118'] }],
      ['foreign addresses', {}, { vips: ['192.168.1.150/24'] }],
      ['near priorities', { priority: 101 }, {}, { delay: '5ms' }],
      ['gratuitous ARP', {}, { lines: ['garp_master_repeat 1', 'garp_master_delay 0'] }],
      ['a light weight', weighted(-20), {}],
      ['a weight beside nopreempt', weighted(-60), { lines: ['nopreempt'] }],
      ['a slow check', weighted(-60, 'interval 5', 'fall 3'), {}],
      ['a slow check with many runs', weighted(-60, 'interval 1', 'fall 9'), {}],
      ['nopreempt', { lines: ['state MASTER', 'nopreempt'] }, {}],
    ]),
  )('the first cure of $name is one: its edits leave nothing to find', ({ n1, n2, more }) => {
    const nodes = { n1: { priority: 150, ...n1 }, n2: { priority: 100, ...n2 } };
    const found = only(n1, n2, more);
    const design = smallLab({ name: 'cured', nodes, ...more });
    const node = found.file.slice(0, found.file.indexOf('/'));
    const host = design.nodes[node];
    if (host === undefined || host.kind === 'switch' || typeof host.keepalived !== 'object')
      throw new Error(`${node} has no file`);
    const conf = cured(host.keepalived.conf, found);
    expect(conf).not.toBe(host.keepalived.conf);
    const after = { ...design.nodes, [node]: { ...host, keepalived: { ...host.keepalived, conf } } };
    expect(placed(lintDesign({ ...design, nodes: after }))).toEqual([]);
  });
});
