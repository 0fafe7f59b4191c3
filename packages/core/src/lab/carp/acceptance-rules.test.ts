import { describe, expect, test } from 'vitest';
import { CARP_SYSTEMS, type CarpSystem, isOpenBsd } from '../../host/carp/carp-config.js';
import { takeoverReason, yieldReason } from '../../host/carp/carp-election.js';
import { skewTime, tickedSpan } from '../../host/carp/carp-timers.js';
import type { ActionDesign } from '../design.js';
import type { Simulation } from '../simulation.js';
import { type BenchNode, benchLab, instantsOf, statesOf } from './carp-lab.testing.js';

const pair = (system: CarpSystem): Record<string, BenchNode> => ({
  A: { system },
  B: { system, advskew: 100 },
});
/** What happened after an instant. */
const after = (lines: readonly string[], from: number): string[] =>
  lines.filter((line) => Number(line.split(' ').at(-1)) >= from);
const advertsOf = (sim: Simulation, node = 'A', vhid = 1): string[] =>
  instantsOf(sim, 'carp.advert-sent', node, (event) => 'vhid' in event && event.vhid === vhid);
const skewsOf = (sim: Simulation, node = 'A'): number[] =>
  sim.trace.filter('carp.advert-sent').flatMap((event) => (event.node === node ? [event.advskew] : []));

describe('timers', () => {
  // Of a node that is alone: when it becomes MASTER, and the two intervals after that.
  test.each([
    ['openbsd', 1, 0, '3.000000', 1, 1],
    ['openbsd', 1, 1, '3.003906', 1.003906, 1.003906],
    ['openbsd', 1, 254, '3.992187', 1.992187, 1.992187],
    ['openbsd', 2, 100, '6.390625', 2.390625, 2.390625],
    ['openbsd', 255, 254, '765.992187', 255.992187, 255.992187],
    ['openbsd', 0, 50, '0.585937', 0.195312, 0.195312],
    ['openbsd', 0, 1, '0.011718', 0.003906, 0.003906],
    ['openbsd', 0, 0, '0.011718', 0.003906, 0.003906],
    ['openbsd-5.6', 1, 200, '3.781250', 1.78125, 1.78125],
    ['freebsd-9', 1, 254, '3.992187', 1.992187, 1.992187],
    ['freebsd-13', 1, 240, '3.937500', 1.9375, 1.9375],
    // The first interval is as configured; then comes what it advertises.
    ['freebsd-13', 1, 254, '3.992187', 1.992187, 1.9375],
    ['freebsd', 3, 254, '9.992187', 3.992187, 3.9375],
  ] as const)('%s: advbase %i, advskew %i', (system, advbase, advskew, master, first, second) => {
    const sim = benchLab({ nodes: { A: { system, vhids: [{ advbase, advskew }] } } }).runUntil(
      (6 * advbase + 6) * 1e9,
    );
    expect(statesOf(sim).slice(0, 2)).toEqual(['A bk 0.000000', `A M ${master}`]);
    const [one, two, three] = advertsOf(sim).map(Number);
    expect((two ?? 0) - (one ?? 0)).toBeCloseTo(first, 6);
    expect((three ?? 0) - (two ?? 0)).toBeCloseTo(second, 6);
  });

  test.each([
    [1, 3906],
    [50, 195_312],
    [100, 390_625],
    [200, 781_250],
    [240, 937_500],
    [254, 992_187],
    [-50, -195_312],
  ])('advskew %i is %i µs', (advskew, micros) => {
    expect(skewTime(advskew)).toBe(micros * 1000);
  });

  test.each([
    [100, 100, '3.600000', 1],
    [200, 100, '3.210000', 1],
    [254, 100, '3.000000', 1],
    [255, 100, '3.000000', 1],
    [1, 100, '3.990000', 1],
    [120, 70, '3.530000', 0.7],
  ])('VRRPv3: priority %i, %i cs', (priority, intervalCs, master, interval) => {
    const sim = benchLab({
      nodes: { A: { system: 'freebsd', vhids: [{ vrrp: { priority, intervalCs } }] } },
    }).runUntil('20s');
    expect(statesOf(sim)[1]).toBe(`A M ${master}`);
    const [one, two, three] = instantsOf(sim, 'vrrp.advert-sent', 'A').map(Number);
    expect((two ?? 0) - (one ?? 0)).toBeCloseTo(interval, 6);
    expect((three ?? 0) - (two ?? 0)).toBeCloseTo(interval, 6);
  });

  test.each([
    // OpenBSD rounds down and fires within the last tick; with advbase 0 a tick is all that is left.
    ['openbsd', 3_390_625_000, 3_380_000_000, 3_390_000_000],
    ['openbsd', 3_906_000, 0, 10_000_000],
    ['openbsd', 11_718_000, 0, 10_000_000],
    // tvtohz: up, and one more.
    ['openbsd-5.6', 3_390_625_000, 3_400_000_000, 3_410_000_000],
    ['openbsd-5.6', 3_000_000_000, 3_000_000_000, 3_010_000_000],
    ['freebsd', 3_390_625_000, 3_391_000_000, 3_392_000_000],
    ['freebsd-13', 3_000_000_000, 3_000_000_000, 3_001_000_000],
    ['freebsd-9', 1_003_906_000, 1_004_000_000, 1_005_000_000],
  ] as const)('%s: ticks of a span of %i ns', (system, span, min, max) => {
    expect(tickedSpan(system, span)).toEqual({ min, max });
  });

  test("FreeBSD's VRRPv3 adds no tick", () => {
    expect(tickedSpan('freebsd', 3_600_000_000, true)).toEqual({ min: 3_599_000_000, max: 3_600_000_000 });
    const nodes = {
      A: {
        system: 'freebsd' as const,
        vhids: [{ vrrp: { priority: 100, intervalCs: 100 } }],
        carp: { timers: 'ticks' as const },
      },
    };
    for (let seed = 1; seed <= 5; seed++) {
      const [, master] = statesOf(benchLab({ nodes }, { seed }).runUntil('4s'));
      expect(master).toMatch(/^A M 3\.(599|600000)/);
    }
  });

  test.each(CARP_SYSTEMS)('%s: by ticks it becomes MASTER within their range', (system) => {
    const { min, max } = tickedSpan(system, 3_000_000_000);
    const seen = new Set<number>();
    for (let seed = 1; seed <= 12; seed++) {
      const nodes = { A: { system, carp: { timers: 'ticks' as const } } };
      const sim = benchLab({ nodes }, { seed }).runUntil('4s');
      const at = sim.trace.filter('carp.state').find(({ to }) => to === 'MASTER')?.time ?? 0;
      expect(at).toBeGreaterThanOrEqual(min);
      expect(at).toBeLessThanOrEqual(max);
      seen.add(at);
    }
    expect(seen.size).toBeGreaterThan(3);
  });

  test('advbase 0 by ticks has no margin at all: a backup takes over now and then', () => {
    const node = (start: '0s' | '1s'): BenchNode => ({
      system: 'openbsd',
      start,
      vhids: [{ advbase: 0 }],
      carp: { timers: 'ticks' },
    });
    const sim = benchLab({ nodes: { A: node('0s'), B: node('1s') }, delay: '100us' }).runUntil('10s');
    expect(after(statesOf(sim), 1).length).toBeGreaterThan(10);
  });
});

describe('what an advert does', () => {
  const s = (advbase: number, advskew: number): number => advbase * 1e9 + skewTime(advskew);
  const me = { interval: s(1, 100), demotion: 1 };

  test.each([
    // heard interval, heard demotion, OpenBSD, FreeBSD
    [s(1, 99), 1, 'better-advert', 'better-advert'],
    [s(1, 100), 1, 'equal-advert', 'equal-advert'],
    [s(1, 101), 1, null, null],
    [s(2, 0), 1, null, null],
    [s(1, 99), 2, null, 'better-advert'],
    [s(1, 100), 2, null, 'equal-advert'],
    [s(1, 254), 0, 'less-demoted', null],
    [s(255, 255), 0, 'less-demoted', null],
  ] as const)('MASTER hears %i ns, demotion %i', (interval, demotion, open, free) => {
    const heard = { interval, demotion };
    expect(yieldReason('openbsd', me, heard)).toBe(open);
    expect(yieldReason('openbsd-5.6', me, heard)).toBe(open);
    for (const system of ['freebsd-9', 'freebsd-13', 'freebsd'] as const)
      expect(yieldReason(system, me, heard)).toBe(free);
  });

  test.each([
    // preempt, heard interval, heard demotion, OpenBSD, FreeBSD
    [true, s(1, 101), 1, 'preempts', 'preempts'],
    [true, s(1, 100), 1, null, null],
    [true, s(1, 99), 1, null, null],
    [true, s(1, 101), 0, null, 'preempts'],
    [false, s(1, 101), 1, null, null],
    [false, s(1, 0), 2, 'demoted-master', null],
    [true, s(1, 0), 2, 'demoted-master', null],
    [false, s(3, 100), 1, null, null],
    [false, s(3, 101), 1, 'will-time-out', 'will-time-out'],
    [false, s(3, 101), 0, 'will-time-out', 'will-time-out'],
  ] as const)(
    'BACKUP with preempt %s hears %i ns, demotion %i',
    (preempt, interval, demotion, open, free) => {
      const heard = { interval, demotion };
      expect(takeoverReason('openbsd', preempt, me, s(3, 100), heard)).toBe(open);
      for (const system of ['freebsd-9', 'freebsd-13', 'freebsd'] as const)
        expect(takeoverReason(system, preempt, me, s(3, 100), heard)).toBe(free);
    },
  );

  test('with advbase 0 OpenBSD takes nobody for dead, but waits', () => {
    const sim = benchLab({
      nodes: {
        A: { system: 'openbsd', vhids: [{ advbase: 3 }] },
        B: { system: 'openbsd', vhids: [{ advbase: 0, advskew: 254 }], start: '8.9s' },
      },
    }).runUntil('11.98s');
    // It hears one every 3 s, and waits 2.976562 s from 9.001 on.
    expect(statesOf(sim)).toEqual([
      'A bk 0.000000',
      'B bk 8.900000',
      'A M 9.000000',
      'B M 11.977562',
      'A bk 11.978562',
    ]);
  });

  test.each(CARP_SYSTEMS)('%s: in INIT nothing does anything', (system) => {
    const isOpen = isOpenBsd(system);
    const sim = benchLab({
      nodes: {
        A: { system, advskew: 100 },
        B: {
          system,
          sysctl: { preempt: true },
          // Its frames come and go, but FreeBSD waits for a link, and OpenBSD's interface is down.
          vhids: [{ isUp: !isOpen }],
          host: { interfaces: { em0: { address: '192.0.2.12/24', linkState: 'unknown' } } },
        },
      },
    }).runUntil('9s');
    expect(statesOf(sim)).toEqual(['A bk 0.000000', 'A M 3.390625']);
    // FreeBSD from 10 on asks for an address with that vhid, the others for an interface that is up.
    const isLookedUp = system === 'freebsd' || system === 'freebsd-13';
    expect(sim.trace.filter('carp.rejected').map(({ reason }) => reason)).toEqual(
      isLookedUp ? [] : Array(5).fill('badvhid'),
    );
  });

  test('each family has a timer of its own, and an advert moves only its own', () => {
    const dual = (advskew: number): BenchNode => ({
      system: 'freebsd-13',
      vhids: [{ advskew, addresses: ['192.0.2.1/24', '2001:db8::1/64'] }],
    });
    const sim = benchLab({ nodes: { A: dual(0), B: dual(100) } });
    sim.runUntil('10.2s');
    for (const at of sim.network.switches.values())
      at.dropMulticast('ff02::12' as never, true, undefined, undefined);
    sim.runUntil('14.5s');
    // IPv4 was heard at 13.001, IPv6 at 10.001.
    expect(after(statesOf(sim), 4)).toEqual(['B M 13.391625', 'B bk 14.001000']);
  });

  test('VRRPv3 with priority 255 hears nobody, and waits its time', () => {
    const vrrp = (priority: number, intervalCs: number): BenchNode => ({
      system: 'freebsd',
      sysctl: { preempt: true },
      vhids: [{ vrrp: { priority, intervalCs } }],
    });
    // The other is MASTER and advertises every 50 cs: neither is the timer armed anew nor taken over at once.
    const sim = benchLab({
      nodes: { A: vrrp(254, 50), B: { ...vrrp(255, 200), start: '5.1s' } },
    }).runUntil('9s');
    expect(after(statesOf(sim), 1)).toEqual([
      'A M 3.000000',
      'B bk 5.100000',
      'B M 8.100000',
      'A bk 8.101000',
    ]);
  });
});

describe('link and interface', () => {
  /** A node with one vhid on each of two NICs; the first NIC's cable is out from 10.3 to 20.4 s. */
  const twoNics = (system: CarpSystem, sysctl = {}): Simulation =>
    benchLab({
      nodes: {
        A: {
          system,
          sysctl,
          vhids: [
            { vhid: 1, addresses: ['192.0.2.1/24'] },
            { vhid: 2, parent: 'em1', addresses: ['198.51.100.1/24'] },
          ],
        },
      },
      schedule: [
        { at: '10.3s', do: 'unplug', node: 'A', interface: 'em0' },
        { at: '20.4s', do: 'plug', node: 'A', interface: 'em0' },
      ],
    }).runUntil('30s');

  test.each([
    // The adverts of the other vhid: when it is demoted, and when that is over.
    ['openbsd', [0, 1, 0], ['10.300000', '11.300000'], ['20.300000', '21.300000']],
    ['openbsd-5.6', [0, 1, 0], ['10.300000', '11.300000'], ['20.300000', '21.300000']],
    ['freebsd-13', [0, 240, 0], ['10.300000', '12.237500'], ['20.400000', '21.400000']],
    ['freebsd', [0, 240, 0], ['10.300000', '12.237500'], ['20.400000', '21.400000']],
    ['freebsd-9', [0, 1, 0], ['10.300000', '12.237500'], ['21.925000', '22.925000']],
  ] as const)('%s: a cable out and in', (system, counts, down, up) => {
    const sim = twoNics(system);
    expect(statesOf(sim).slice(3)).toEqual([
      'A M 3.000000',
      'A in 10.300000',
      'A bk 20.400000',
      'A M 23.400000',
    ]);
    const demotions = sim.trace.filter('carp.demotion');
    expect([0, ...demotions.map(({ to }) => to)]).toEqual(counts);
    const adverts = advertsOf(sim, 'A', 2);
    expect(after(adverts, 10.1).slice(0, 2)).toEqual(down);
    expect(after(adverts, 20.2).slice(0, 2)).toEqual(up);
  });

  test('FreeBSD: what a cable costs is a setting, and with 0 the others still send', () => {
    const some = twoNics('freebsd-13', { ifdownDemotionFactor: 100 });
    expect(some.trace.filter('carp.demotion').map(({ to }) => to)).toEqual([100, 0]);
    const none = twoNics('freebsd', { ifdownDemotionFactor: 0 });
    expect(none.trace.filter('carp.demotion')).toEqual([]);
    // `carp_demote_adj` has its task send, whatever was added.
    expect(after(advertsOf(none, 'A', 2), 10.1).slice(0, 2)).toEqual(['10.300000', '11.300000']);
  });

  test.each(CARP_SYSTEMS)(
    '%s: a NIC set down is as good as unplugged, and both is counted once',
    (system) => {
      const sim = benchLab({
        nodes: { A: { system } },
        schedule: [
          { at: '10.3s', do: 'unplug', node: 'A', interface: 'em0' },
          { at: '11s', do: 'interface-down', node: 'A', interface: 'em0' },
          { at: '12s', do: 'plug', node: 'A', interface: 'em0' },
          { at: '13s', do: 'interface-up', node: 'A', interface: 'em0' },
        ],
      }).runUntil('20s');
      expect(after(statesOf(sim), 4)).toEqual(['A in 10.300000', 'A bk 13.000000', 'A M 16.000000']);
      expect(sim.trace.filter('carp.demotion').map(({ time }) => time / 1e9)).toEqual([10.3, 13]);
    },
  );

  test.each(CARP_SYSTEMS)('%s: a link that says nothing of itself', (system) => {
    const sim = benchLab({
      nodes: {
        A: {
          system,
          host: { interfaces: { em0: { address: '192.0.2.11/24', linkState: 'unknown' } } },
        },
      },
    }).runUntil('9s');
    expect(statesOf(sim)).toEqual(isOpenBsd(system) ? ['A bk 0.000000', 'A M 3.000000'] : []);
    expect(sim.trace.filter('carp.demotion').map(({ to }) => to)).toEqual(
      isOpenBsd(system) ? [] : [system === 'freebsd-9' ? 1 : 240],
    );
  });

  test.each(['openbsd', 'openbsd-5.6', 'freebsd-9'] as const)('%s: set down it says goodbye', (system) => {
    const sim = benchLab({
      nodes: pair(system),
      schedule: [{ at: '10.3s', do: 'interface-down', node: 'A', interface: 'carp0' }],
    }).runUntil('20s');
    expect(after(statesOf(sim), 10)).toEqual(['A in 10.300000', 'B M 10.301000']);
    expect(sim.trace.filter('carp.advert-sent').find(({ time }) => time === 10.3e9)).toMatchObject({
      advbase: 255,
      advskew: 255,
    });
    expect(sim.trace.filter('carp.demotion')).toEqual([]);
  });

  test.each(CARP_SYSTEMS)('%s: shut down', (system) => {
    const sim = benchLab({
      nodes: pair(system),
      schedule: [{ at: '10.0008s', do: 'shutdown', node: 'A' }],
    }).runUntil('20s');
    expect(after(statesOf(sim), 10.0009)).toEqual(isOpenBsd(system) ? ['B M 10.001800'] : ['B M 14.391625']);
  });

  test('set down while its cable is out, and plugged in again: it stays in INIT until it is set up', () => {
    const sim = benchLab({
      nodes: { A: { system: 'openbsd' } },
      schedule: [
        { at: '10.3s', do: 'unplug', node: 'A', interface: 'em0' },
        { at: '11s', do: 'interface-down', node: 'A', interface: 'carp0' },
        { at: '12s', do: 'plug', node: 'A', interface: 'em0' },
        { at: '14s', do: 'interface-up', node: 'A', interface: 'carp0' },
      ],
    }).runUntil('20s');
    expect(after(statesOf(sim), 4)).toEqual(['A in 10.300000', 'A bk 14.000000', 'A M 17.000000']);
    expect(sim.trace.filter('carp.demotion').map(({ time, to }) => [time / 1e9, to])).toEqual([
      [10.3, 1],
      [12, 0],
    ]);
  });

  test('set up while its cable is out: nothing before it is plugged in', () => {
    const sim = benchLab({
      nodes: { A: { system: 'openbsd', vhids: [{ isUp: false }] } },
      schedule: [
        { at: '5s', do: 'unplug', node: 'A', interface: 'em0' },
        { at: '6s', do: 'interface-up', node: 'A', interface: 'carp0' },
        { at: '7s', do: 'plug', node: 'A', interface: 'em0' },
      ],
    }).runUntil('12s');
    expect(statesOf(sim)).toEqual(['A bk 7.000000', 'A M 10.000000']);
  });

  test.each(CARP_SYSTEMS)('%s: a cable that only flickers costs a master its time', (system) => {
    const sim = benchLab({
      nodes: pair(system),
      schedule: [
        { at: '10.3s', do: 'unplug', node: 'A', interface: 'em0' },
        { at: '10.4s', do: 'plug', node: 'A', interface: 'em0' },
      ],
    }).runUntil('30s');
    expect(after(statesOf(sim), 4)).toEqual(['A in 10.300000', 'A bk 10.400000', 'B M 13.391625']);
  });

  test.each(CARP_SYSTEMS)('%s: a frozen master comes back and finds another', (system) => {
    const sim = benchLab({
      nodes: pair(system),
      schedule: [
        { at: '10.5s', do: 'freeze', node: 'A' },
        { at: '20.5s', do: 'thaw', node: 'A' },
      ],
    }).runUntil('40s');
    // Its advert was due long ago: it is sent at once, and the better one has it again.
    expect(after(statesOf(sim), 4)).toEqual(['B M 13.391625', 'B bk 20.501000']);
  });
});

describe('gratuitous ARP', () => {
  const announced = (system: CarpSystem, schedule: readonly ActionDesign[], until: '9s' | '12s'): string[] =>
    instantsOf(benchLab({ nodes: { A: { system } }, schedule }).runUntil(until), 'arp.announced', 'A');

  test.each(CARP_SYSTEMS)('%s: once, on OpenBSD again with the third advert', (system) => {
    expect(announced(system, [], '9s')).toEqual(isOpenBsd(system) ? ['3.000000', '5.000000'] : ['3.000000']);
  });

  test('OpenBSD: adverts of other causes are counted too', () => {
    const demoted: ActionDesign[] = [{ at: '3.5s', do: 'carp-demote', node: 'A' }];
    expect(announced('openbsd', demoted, '9s')).toEqual(['3.000000', '4.500000']);
  });

  test('OpenBSD: the farewell is counted too', () => {
    const down: ActionDesign[] = [{ at: '4.5s', do: 'interface-down', node: 'A', interface: 'carp0' }];
    expect(announced('openbsd', down, '9s')).toEqual(['3.000000', '4.500000']);
  });

  test('OpenBSD: who is no MASTER any more sends no second one', () => {
    const given: ActionDesign[] = [{ at: '4.5s', do: 'carp-state', node: 'A', state: 'backup' }];
    expect(announced('openbsd', given, '12s')).toEqual(['3.000000', '7.500000', '9.500000']);
  });

  test('skews above 240 are advertised as 240 by FreeBSD, as they are by OpenBSD', () => {
    for (const system of CARP_SYSTEMS) {
      const sim = benchLab({ nodes: { A: { system, advskew: 250 } } }).runUntil('5s');
      const isCapped = system === 'freebsd' || system === 'freebsd-13';
      expect(skewsOf(sim)[0], system).toBe(isCapped ? 240 : 250);
    }
  });
});
