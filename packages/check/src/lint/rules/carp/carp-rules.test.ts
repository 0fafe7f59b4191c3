import type { LabDesign } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { curedDesign, lintCarp, lintRead } from '../../carp-pair.testing.js';
import {
  freeBsd,
  openBsd,
  type SmallCarpLab,
  type SmallNode,
  smallCarpLab,
  ucarp,
} from '../../explanation/carp/small-carp-lab.js';
import { TWO_NICS } from '../../explanation/carp/two-nics.js';
import { EXPLANATIONS } from '../../explanation/index.js';
import { type SmallConf, smallConf } from '../../explanation/smallest-lab.js';
import { sourcesOf } from '../../lint-lab.js';
import { placed } from '../../pair.testing.js';

type Case = readonly [name: string, n1: SmallNode, n2: SmallNode, more?: Partial<SmallCarpLab>];
const cases = (list: readonly Case[]) => list.map(([name, n1, n2, more = {}]) => ({ name, n1, n2, more }));

const keepalived =
  (conf: SmallConf): SmallNode =>
  (_node, address) => ({ address, keepalived: { conf: smallConf(conf) } });

const withIpv6 =
  (make: SmallNode, own: string): SmallNode =>
  (node, address) => ({ ...make(node, address), interfaces: { em0: { address: [address, own] } } });

const TWO = ['192.168.1.100/24', '192.168.1.101/24'];
const DUAL = ['192.168.1.100/24', '2001:db8::100/64'];
const LOCAL = ['192.168.1.100/24', 'fe80::100/64'];
const VRRP = { system: 'freebsd' } as const;
const balanced = (nodes: string, balancing = 'ip', preempt = true): SmallNode =>
  openBsd({ nodes, balancing, preempt });

describe('a healthy pair gives no finding', () => {
  test.each(
    cases([
      ['of OpenBSD, 0 and 100 with preempt', openBsd(), openBsd({ advskew: 100 })],
      ['of OpenBSD without preempt', openBsd({ preempt: false }), openBsd({ advskew: 100, preempt: false })],
      [
        'of OpenBSD, where only the better one preempts',
        openBsd(),
        openBsd({ advskew: 100, preempt: false }),
      ],
      ['of FreeBSD', freeBsd({ ...VRRP, advskew: 0 }), freeBsd({ ...VRRP, advskew: 100 })],
      ['of FreeBSD without preempt', freeBsd({ preempt: false }), freeBsd({ advskew: 100, preempt: false })],
      ['of pfSense', freeBsd({ advskew: 0 }), freeBsd({ advskew: 100 })],
      ['of ucarp', ucarp(), ucarp({ advskew: 100 })],
      ['of ucarp without -P', ucarp({ preempt: false }), ucarp({ advskew: 100, preempt: false })],
      ['of OpenBSD and FreeBSD', openBsd(), freeBsd({ advskew: 100 })],
      [
        'with passwords that differ behind their nineteenth character',
        openBsd({ pass: '0123456789012345678a' }),
        openBsd({ advskew: 100, pass: '0123456789012345678b' }),
      ],
      [
        'with a list in another order',
        openBsd({ vips: TWO }),
        openBsd({ advskew: 100, vips: [...TWO].reverse() }),
      ],
      [
        'of both families, with IPv6 of their own',
        withIpv6(openBsd({ vips: DUAL }), '2001:db8::11/64'),
        withIpv6(openBsd({ advskew: 100, vips: DUAL }), '2001:db8::12/64'),
      ],
      ['of both families, without', openBsd({ vips: DUAL }), openBsd({ advskew: 100, vips: DUAL })],
      [
        'of OpenBSD, one with a link-local address',
        openBsd({ vips: DUAL }),
        openBsd({ advskew: 100, vips: [...DUAL, 'fe80::100/64'] }),
      ],
      [
        'of FreeBSD, both with a link-local address',
        freeBsd({ vips: LOCAL }),
        freeBsd({ advskew: 100, vips: LOCAL }),
      ],
      [
        'of peers',
        openBsd({ words: 'carppeer 192.168.1.12' }),
        openBsd({ advskew: 100, words: 'carppeer 192.168.1.11' }),
      ],
      [
        'of FreeBSD, unicast on one side',
        freeBsd({ ...VRRP, pass: 'secret', words: 'peer 192.168.1.12' }),
        freeBsd({ ...VRRP, advskew: 100 }),
      ],
      ['with advbase 0', openBsd({ advbase: 0 }), openBsd({ advbase: 0, advskew: 10 })],
      [
        'of VRRPv3',
        freeBsd({ ...VRRP, words: 'carpver 3 vrrpprio 200' }),
        freeBsd({ ...VRRP, words: 'carpver 3 vrrpprio 100' }),
      ],
      ['that balances', balanced('1:0,2:100'), balanced('1:100,2:0')],
      ['that balances in stealth', balanced('1:0,2:100', 'ip-stealth'), balanced('1:100,2:0', 'ip-stealth')],
      [
        'that balances on a hub',
        balanced('1:0,2:100', 'ip-unicast'),
        balanced('1:100,2:0', 'ip-unicast'),
        { switch: { capacity: 0 } },
      ],
    ]),
  )('$name', ({ n1, n2, more }) => {
    expect(placed(lintCarp({ n1, n2 }, more))).toEqual([]);
  });

  test('beside keepalived with the same number over IPv6, or that is no router of this LAN', () => {
    const pair = { n1: openBsd({ vhid: 51 }), n2: openBsd({ vhid: 51, advskew: 100 }) };
    const ipv6 = { vips: ['2001:db8::150/64'], lines: ['version 3', 'use_vmac'] };
    const nodes = { ...pair, d1: keepalived({ ...ipv6, priority: 150 }), d2: keepalived(ipv6) };
    expect(placed(lintCarp(nodes))).toEqual([]);
    const vips = ['192.168.1.150/24'];
    const apart = { switch: { ports: { d1: { vlan: 20 } } } };
    expect(placed(lintCarp({ ...pair, d1: keepalived({ vips }) }, apart))).toEqual([]);
  });

  test('beside another with another vhid, and in another VLAN', () => {
    const other = { pass: 'other', vips: ['192.168.1.150/24'] };
    const nodes = {
      n1: openBsd(),
      n2: openBsd({ advskew: 100 }),
      d1: openBsd({ ...other, vhid: 2 }),
      d2: openBsd({ ...other, vhid: 2, advskew: 100 }),
    };
    expect(placed(lintCarp(nodes))).toEqual([]);
    const apart = { n1: openBsd(), d1: openBsd(other) };
    expect(placed(lintCarp(apart))).toHaveLength(1);
    expect(placed(lintCarp(apart, { switch: { ports: { d1: { vlan: 20 } } } }))).toEqual([]);
  });

  test('of FreeBSD with two NICs and preempt', () => {
    const text = JSON.stringify(TWO_NICS).replaceAll('preempt=0', 'preempt=1');
    expect(placed(lintRead(JSON.parse(text) as LabDesign))).toEqual([]);
  });

  test('of FreeBSD with two NICs that share the load', () => {
    const text = JSON.stringify(TWO_NICS)
      .replace('vhid 2 advskew 0', 'vhid 2 advskew 50')
      .replace('vhid 2 advskew 100', 'vhid 2 advskew 0');
    expect(placed(lintRead(JSON.parse(text) as LabDesign))).toEqual([]);
  });

  test('of ARP balancing: one address under several vhids', () => {
    const node =
      (first: number, second: number): SmallNode =>
      (name, address) => ({
        interfaces: { em0: { address } },
        system: 'openbsd-5.6',
        carp: {
          files: {
            [`${name}/sysctl.conf`]: 'net.inet.carp.preempt=1\n',
            [`${name}/hostname.carp0`]: `inet 192.168.1.100/24 carpdev em0 pass secret carpnodes 1:${first},2:${second} balancing arp\n`,
          },
        },
      });
    expect(placed(lintCarp({ n1: node(0, 100), n2: node(100, 0) }))).toEqual([]);
  });

  test('whatever its skews, passwords, addresses and vhid are', () => {
    const vip = fc.integer({ min: 100, max: 199 }).map((last) => `192.168.1.${last}/24`);
    const pair = fc.record({
      kind: fc.constantFrom('openbsd', 'freebsd', 'ucarp'),
      vhid: fc.integer({ min: 1, max: 255 }),
      skews: fc.uniqueArray(fc.integer({ min: 0, max: 127 }), { minLength: 2, maxLength: 3 }),
      pass: fc.stringMatching(/^[a-z]{1,19}$/),
      vips: fc.uniqueArray(vip, { minLength: 1, maxLength: 3 }),
      preempt: fc.boolean(),
    });
    fc.assert(
      fc.property(pair, ({ kind, vhid, skews, pass, vips, preempt }) => {
        const nodes = skews.map((advskew, index): readonly [string, SmallNode] => {
          const conf = { vhid, advskew, pass, vips, preempt };
          const make = kind === 'openbsd' ? openBsd(conf) : freeBsd(conf);
          const first = (vips[0] ?? '').slice(0, -3);
          return [`n${index}`, kind === 'ucarp' ? ucarp({ ...conf, vip: first }) : make];
        });
        expect(placed(lintCarp(Object.fromEntries(nodes)))).toEqual([]);
      }),
      { numRuns: 150, seed: 1 },
    );
  });
});

type PlacedCase = readonly [
  name: string,
  n1: SmallNode,
  n2: SmallNode,
  places: readonly string[],
  more?: Partial<SmallCarpLab>,
];
const placedCases = (list: readonly PlacedCase[]) =>
  list.map(([name, n1, n2, places, more = {}]) => ({ name, n1, n2, places, more }));

describe('each rule points at the word', () => {
  test.each(
    placedCases([
      ['equal skews', openBsd(), openBsd(), ['n2/hostname.carp0:1:40 carp/equal-skew']],
      [
        'equal skews of OPNsense',
        freeBsd({ advskew: 0 }),
        freeBsd({ advskew: 0 }),
        ['n2/rc.conf:1:42 carp/equal-skew'],
      ],
      ['equal skews that are not written', freeBsd(), freeBsd(), ['n2/rc.conf:1:32 carp/equal-skew']],
      ['equal ucarps', ucarp(), ucarp(), ['n2/ucarp:2:38 carp/equal-skew']],
      [
        'an equal kernel and ucarp',
        openBsd(),
        ucarp(),
        ['n2/ucarp:2:6 carp/ucarp-beside-kernel', 'n2/ucarp:2:38 carp/equal-skew'],
      ],
      [
        'equal priorities of VRRPv3',
        freeBsd({ ...VRRP, words: 'carpver 3 vrrpprio 100' }),
        freeBsd({ ...VRRP, words: 'carpver 3 vrrpprio 100' }),
        ['n2/rc.conf:1:53 vrrp/equal-priority'],
      ],
      [
        'skews that FreeBSD makes equal',
        freeBsd({ advskew: 254 }),
        freeBsd({ advskew: 240 }),
        ['n2/rc.conf:1:42 carp/skew-capped'],
      ],
      [
        'a skew that is that of a demoted master',
        freeBsd({ advskew: 100 }),
        freeBsd({ advskew: 240 }),
        ['n2/rc.conf:1:42 carp/skew-capped'],
      ],
      [
        'preempt that only the worse one has',
        openBsd({ preempt: false }),
        openBsd({ advskew: 100 }),
        ['n1/sysctl.conf:1:23 carp/preempt-differs'],
      ],
      [
        'preempt that the backup of FreeBSD lacks',
        freeBsd({ advskew: 0 }),
        freeBsd({ advskew: 100, preempt: false }),
        ['n2/sysctl.conf:1:23 carp/preempt-differs'],
      ],
      [
        '-P that only the worse one has',
        ucarp({ preempt: false }),
        ucarp({ advskew: 100 }),
        ['n1/ucarp:1:1 carp/preempt-differs'],
      ],
      [
        'two passwords',
        openBsd({ pass: 'one' }),
        openBsd({ advskew: 100, pass: 'two' }),
        ['n2/hostname.carp0:1:25 carp/password-mismatch'],
      ],
      [
        'two passwords of ucarp',
        ucarp({ pass: 'one' }),
        ucarp({ advskew: 100, pass: 'two' }),
        ['n2/ucarp:2:28 carp/password-mismatch'],
      ],
      [
        'an address more',
        openBsd(),
        openBsd({ advskew: 100, vips: TWO }),
        ['n2/hostname.carp0:2:6 carp/vip-list-mismatch'],
      ],
      [
        'an address less, of the other family',
        openBsd({ vips: DUAL }),
        openBsd({ advskew: 100 }),
        ['n2/hostname.carp0:2:6 carp/vip-list-mismatch'],
      ],
      [
        'a link-local address that is the only one of IPv6, of one OpenBSD',
        openBsd(),
        openBsd({ advskew: 100, vips: LOCAL }),
        ['n2/hostname.carp0:2:6 carp/vip-list-mismatch'],
      ],
      [
        'a link-local address of one FreeBSD',
        freeBsd({ advskew: 0 }),
        freeBsd({ advskew: 100, vips: LOCAL }),
        ['n2/rc.conf:1:64 carp/vip-list-mismatch'],
      ],
      [
        'a link-local address of OpenBSD and FreeBSD',
        openBsd({ vips: LOCAL }),
        freeBsd({ advskew: 100, vips: LOCAL }),
        ['n2/rc.conf:1:64 carp/vip-list-mismatch'],
      ],
      [
        'a ucarp beside two addresses',
        openBsd({ vips: TWO }),
        ucarp({ advskew: 100 }),
        ['n2/ucarp:2:6 carp/ucarp-beside-kernel', 'n2/ucarp:2:11 carp/vip-list-mismatch'],
      ],
      [
        'CARP and VRRPv3',
        freeBsd({ ...VRRP, words: 'carpver 3 vrrpprio 200' }),
        freeBsd({ ...VRRP, advskew: 100 }),
        ['n2/rc.conf:1:32 carp/version-mismatch'],
      ],
      [
        'two vhids',
        openBsd(),
        openBsd({ vhid: 2, advskew: 100 }),
        ['n2/hostname.carp0:1:6 carp/vhid-mismatch'],
      ],
      ['an address of keepalived', keepalived({}), openBsd(), ['n2/hostname.carp0:1:6 carp/vhid-mismatch']],
      [
        'one vhid for two addresses',
        openBsd(),
        freeBsd({ vips: ['192.168.1.150/24'] }),
        ['n2/rc.conf:1:32 carp/vhid-reused'],
      ],
      [
        "the number of keepalived's VRID",
        openBsd({ vhid: 51 }),
        keepalived({ vips: ['192.168.1.150/24'] }),
        ['n1/hostname.carp0:1:6 carp/vhid-reused'],
      ],
      [
        "the number of keepalived's VRID, of ucarp",
        ucarp({ vhid: 51 }),
        keepalived({ vips: ['192.168.1.150/24'] }),
        ['n1/ucarp:2:6 carp/vhid-reused'],
      ],
      [
        'a peer on one side',
        openBsd(),
        openBsd({ advskew: 100, words: 'carppeer 192.168.1.11' }),
        ['n2/hostname.carp0:1:53 carp/peer-one-sided'],
      ],
      [
        'a peer that is somebody else',
        freeBsd({ ...VRRP, pass: 'secret', advskew: 0, words: 'peer 192.168.1.99' }),
        freeBsd({ ...VRRP, advskew: 100 }),
        ['n2/rc.conf:1:32 carp/peer-one-sided'],
      ],
      [
        'a large skew without preempt',
        openBsd({ preempt: false }),
        openBsd({ advskew: 128, preempt: false }),
        ['n2/hostname.carp0:1:40 carp/no-lost-advert'],
      ],
      [
        'a dead ratio of 1',
        ucarp(),
        ucarp({ advskew: 32, words: '-r 1' }),
        ['n2/ucarp:2:47 carp/no-lost-advert'],
      ],
      [
        'a slow master without preempt',
        freeBsd({ advskew: 0, preempt: false }),
        freeBsd({ advbase: 4, preempt: false }),
        ['n2/rc.conf:1:42 carp/master-times-out'],
      ],
      [
        'skews below a tick',
        openBsd({ advbase: 0 }),
        openBsd({ advbase: 0, advskew: 1 }),
        ['n2/hostname.carp0:1:40 carp/interval-below-tick'],
      ],
      [
        'crossed preferences',
        freeBsd({ ...VRRP, words: 'carpver 3 vrrpprio 100 vrrpinterval 50' }),
        freeBsd({ ...VRRP, words: 'carpver 3 vrrpprio 200 vrrpinterval 100' }),
        ['n2/rc.conf:1:70 carp/vrrp-crossed'],
      ],
      [
        'IPv6 of one node only',
        withIpv6(openBsd({ vips: DUAL }), '2001:db8::11/64'),
        openBsd({ advskew: 100, vips: DUAL }),
        ['n2/hostname.carp0:2:6 carp/dual-stack'],
      ],
      ['no up script', ucarp({ up: false }), ucarp({ advskew: 100 }), ['n1/ucarp:1:1 carp/no-script']],
      ['no down script', ucarp(), ucarp({ advskew: 100, down: false }), ['n2/ucarp:1:1 carp/no-script']],
      ['a large skew of ucarp', ucarp(), ucarp({ advskew: 128 }), ['n2/ucarp:2:38 carp/ucarp-late']],
      [
        'other vhids in a list',
        balanced('1:0,2:100'),
        balanced('1:100,3:0'),
        ['n2/hostname.carp0:1:11 carp/carpnodes-mismatch'],
      ],
      [
        'a list and a single vhid',
        balanced('1:0,2:100'),
        openBsd({ advskew: 100 }),
        ['n2/hostname.carp0:1:6 carp/carpnodes-mismatch'],
      ],
      [
        'a copied list',
        balanced('1:0,2:100'),
        balanced('1:0,2:100'),
        ['n2/hostname.carp0:1:11 carp/carpnodes-not-mirrored'],
      ],
      [
        'a list that is worse in everything',
        balanced('1:0,2:0'),
        balanced('1:100,2:100'),
        ['n2/hostname.carp0:1:11 carp/carpnodes-not-mirrored'],
      ],
      [
        'balancing without preempt on one side',
        balanced('1:0,2:100', 'ip', false),
        balanced('1:100,2:0'),
        ['n1/sysctl.conf:1:23 carp/balancing-without-preempt'],
      ],
      [
        'ip-unicast on a switch',
        balanced('1:0,2:100', 'ip-unicast'),
        balanced('1:100,2:0', 'ip-unicast'),
        [1, 2].map((node) => `n${node}/hostname.carp0:1:55 carp/ip-unicast-on-switch`),
      ],
      [
        'a group address at one port',
        balanced('1:0,2:100'),
        balanced('1:100,2:0'),
        [1, 2].map((node) => `n${node}/hostname.carp0:1:55 carp/shared-mac-pinned`),
        { switch: { static: { '01:00:5e:00:01:01': 'n2' } } },
      ],
      [
        'storm control of unknown unicast',
        balanced('1:0,2:100', 'ip-stealth'),
        balanced('1:100,2:0', 'ip-stealth'),
        [1, 2].map((node) => `n${node}/hostname.carp0:1:55 carp/balancing-storm-control`),
        { switch: { ports: { c1: { stormControl: { unknownUnicast: 100 } } } } },
      ],
    ]),
  )('$name', ({ n1, n2, places, more }) => {
    expect(placed(lintCarp({ n1, n2 }, more))).toEqual(places);
  });

  test('equal backups, and what becomes of them when the master leaves', () => {
    const backup = openBsd({ advskew: 100 });
    const found = lintCarp({ n1: openBsd(), n2: backup, n3: backup });
    expect(placed(found)).toEqual(['n3/hostname.carp0:1:40 carp/equal-skew']);
    expect(found[0]?.means).toContain('when n1 leaves, n2 and n3 become master in the same instant');
    expect(found[0]?.means).toContain('nobody has .100 for 3.39 s');
    expect(found[0]?.cures?.[0]?.title).toBe('advskew 120');
  });

  test('equal skews of 0, and where those of OPNsense came from', () => {
    const [found] = lintCarp({ n1: freeBsd({ advskew: 0 }), n2: freeBsd({ advskew: 0 }) });
    expect(found?.hint).toContain('as OPNsense once synchronised');
    const [other] = lintCarp({ n1: freeBsd({ advskew: 1 }), n2: freeBsd({ advskew: 1 }) });
    expect(other?.hint).not.toContain('OPNsense');
  });

  test("keepalived's VRID: its master falls silent if CARP advertises as often", () => {
    const vips = ['192.168.1.150/24'];
    const said = (advskew: number, ...lines: readonly string[]) => {
      const routers = { d1: keepalived({ vips, priority: 150, lines }), d2: keepalived({ vips, lines }) };
      const [found] = lintCarp({ n1: openBsd({ vhid: 51, advskew }), ...routers });
      return `${found?.severity}: ${found?.means}`;
    };
    expect(said(0)).toMatch(/^error: .* as master it falls silent, and a backup takes over 3\.61 s later/);
    expect(said(10)).toMatch(/^warning: .* restarts the advert timer .* too short$/);
    expect(said(10, 'advert_int 2')).toMatch(/^error: .* a backup takes over 6\.61 s later/);
    expect(said(10, 'use_vmac')).toMatch(/^error: .* too short; both masters send from 00:00:5e:00:01:33/);
  });

  test('two passwords, without giving one away', () => {
    const [found] = lintCarp({ n1: openBsd({ pass: 'hunter2' }), n2: openBsd({ advskew: 100 }) });
    const { cures: _, ...said } = found ?? {};
    expect(JSON.stringify(said)).not.toContain('hunter2');
  });

  test('two NICs of FreeBSD without preempt, at each node', () => {
    expect(placed(lintRead(TWO_NICS))).toEqual([
      'n1/sysctl.conf:1:23 carp/split-without-preempt',
      'n2/sysctl.conf:1:23 carp/split-without-preempt',
    ]);
  });

  test('machines of two byte orders that disagree, and none that agree', () => {
    const pair = (addresses: readonly string[]) =>
      lintCarp({ n1: ucarp({ byteOrder: 'big' }), n2: ucarp() }, { addresses });
    expect(pair(['10.0.0.2/16', '10.0.1.1/16'])).toMatchObject([
      { code: 'carp/mixed-byte-order', means: expect.stringContaining('both are master for good') },
    ]);
    expect(pair(['10.0.1.1/16', '10.0.0.2/16'])).toMatchObject([
      { code: 'carp/mixed-byte-order', means: expect.stringContaining('both yield') },
    ]);
    expect(pair(['10.0.0.1/16', '10.0.0.2/16'])).toMatchObject([{ code: 'carp/equal-skew' }]);
  });

  test('who stays, of equal ucarps: the last octet counts most with Intel, the first with big-endian machines', () => {
    const winner = (byteOrder: 'little' | 'big') => {
      const node = ucarp({ byteOrder });
      const [found] = lintCarp({ n1: node, n2: node }, { addresses: ['10.0.0.2/16', '10.0.1.1/16'] });
      return /stays with (\w+)/.exec(found?.means ?? '')?.[1];
    };
    expect([winner('little'), winner('big')]).toEqual(['n2', 'n1']);
  });
});

describe('the first cure is one: its edits leave nothing to find', () => {
  test.each(
    cases([
      ['equal skews', openBsd(), openBsd()],
      ['equal skews of FreeBSD', freeBsd({ advskew: 20 }), freeBsd({ advskew: 20 })],
      ['equal ucarps', ucarp(), ucarp()],
      ['a skew of 240', freeBsd({ advskew: 0 }), freeBsd({ advskew: 240 })],
      ['preempt', openBsd({ preempt: false }), openBsd({ advskew: 100 })],
      ['passwords', openBsd(), openBsd({ advskew: 100, pass: 'other' })],
      ['passwords of ucarp', ucarp(), ucarp({ advskew: 100, pass: 'other' })],
      ['vhids', openBsd(), openBsd({ advskew: 100, vhid: 2 })],
      ['vhids of FreeBSD', freeBsd({ advskew: 0 }), freeBsd({ advskew: 100, vhid: 2 })],
      ['vhids of ucarp', ucarp(), ucarp({ advskew: 100, vhid: 2 })],
      ['foreign addresses', openBsd(), openBsd({ vips: ['192.168.1.150/24'] })],
      ['a VRID', openBsd({ vhid: 51 }), keepalived({ vips: ['192.168.1.150/24'] })],
      ['a large skew', openBsd({ preempt: false }), openBsd({ advskew: 200, preempt: false })],
      ['a dead ratio', ucarp(), ucarp({ advskew: 32, words: '-r 1' })],
      ['advbase', openBsd({ preempt: false }), openBsd({ advbase: 4, advskew: 100, preempt: false })],
      ['ticks', openBsd({ advbase: 0 }), openBsd({ advbase: 0, advskew: 1 })],
      [
        'vrrpinterval',
        freeBsd({ ...VRRP, words: 'carpver 3 vrrpprio 100 vrrpinterval 50' }),
        freeBsd({ ...VRRP, words: 'carpver 3 vrrpprio 200 vrrpinterval 100' }),
      ],
      ['a late ucarp', ucarp(), ucarp({ advskew: 254 })],
      ['a copied list', balanced('1:0,2:100'), balanced('1:0,2:100')],
      ['balancing without preempt', balanced('1:0,2:100', 'ip', false), balanced('1:100,2:0')],
    ]),
  )('$name', ({ n1, n2, more }) => {
    const design = smallCarpLab({ name: 'tested', nodes: { n1, n2 }, ...more });
    const [found, ...rest] = lintRead(design);
    expect(rest).toEqual([]);
    // The line above says that there is one.
    if (found === undefined) throw new Error('nothing was found');
    const after = curedDesign(design, found);
    expect(after).not.toEqual(design);
    expect(placed(lintRead(after))).toEqual([]);
  });
});

test('places are inside the files, with a text of one line', () => {
  for (const { lab } of EXPLANATIONS.filter(({ code }) => code.startsWith('carp/'))) {
    const sources = sourcesOf(lab);
    const found = lintRead(lab);
    for (const { file, range } of [...found, ...found.flatMap(({ related = [] }) => related)]) {
      const line = sources.get(file)?.split('\n')[range.start.line - 1] ?? '';
      expect(range.end.line).toBe(range.start.line);
      expect(line.slice(range.start.column - 1, range.end.column - 1)).toMatch(/^\S(.*\S)?$/);
    }
  }
});

describe('a finding is accepted', () => {
  test('above the line of hostname.carp0, and in a command that goes on', () => {
    const accept = '# viplab: accept carp/equal-skew because either may be master';
    const node = openBsd();
    const accepted: SmallNode = (name, address) => {
      const host = node(name, address);
      const files = typeof host.carp === 'object' ? host.carp.files : {};
      const text = `${accept}\n${files[`${name}/hostname.carp0`]}`;
      return { ...host, carp: { files: { ...files, [`${name}/hostname.carp0`]: text } } };
    };
    expect(placed(lintCarp({ n1: node, n2: accepted }))).toEqual([]);
    const late: SmallNode = (name, address) => {
      const host = ucarp()(name, address);
      const command = typeof host.ucarp === 'object' && 'command' in host.ucarp ? host.ucarp.command : '';
      return { ...host, ucarp: { ...Object(host.ucarp), command: `${accept}\n${command}` } };
    };
    expect(placed(lintCarp({ n1: ucarp(), n2: late }))).toEqual([]);
  });
});
