import { describe, expect, test } from 'vitest';
import { CARP_SYSTEMS, type CarpConfig, type CarpSystem, isOpenBsd } from '../../host/carp/carp-config.js';
import type { ActionDesign } from '../design.js';
import { Simulation } from '../simulation.js';
import {
  type BenchLab,
  type BenchNode,
  benchLab,
  benchPlan,
  instantsOf,
  statesOf,
} from './carp-lab.testing.js';

const after = (lines: readonly string[], from: number): string[] =>
  lines.filter((line) => Number(line.split(' ').at(-1)) >= from);
const demotionsOf = (sim: Simulation, scope?: string): string[] =>
  sim.trace
    .filter('carp.demotion')
    .flatMap((event) =>
      scope === undefined || event.scope === scope
        ? [`${event.from}→${event.to} ${(event.time / 1e9).toFixed(6)}`]
        : [],
    );
/** The adverts of a virtual host from an instant on: when, with which skew and which demotion. */
const advertsOf = (sim: Simulation, from: number, instance?: string): string[] =>
  sim.trace
    .filter('carp.advert-sent')
    .filter((event) => event.time >= from * 1e9 && (instance === undefined || event.instance === instance))
    .map(({ time, advskew, demotion }) => `${(time / 1e9).toFixed(6)} ${advskew}/${demotion}`);
/** A node's sending fails at some instants, for a tenth of a second each. */
const failing = (...spans: readonly (readonly [number, number])[]): ActionDesign[] =>
  spans.flatMap(([from, to]): ActionDesign[] => [
    { at: `${from}s`, do: 'send-errors', node: 'A', interface: 'em0' },
    { at: `${to}s`, do: 'send-errors', node: 'A', interface: 'em0', failing: false },
  ]);
const DUAL = ['192.0.2.1/24', '2001:db8::1/64'];

describe('send errors', () => {
  const alone = (system: CarpSystem, schedule: ActionDesign[], node: BenchNode = {}): Simulation =>
    benchLab({ nodes: { A: { system, ...node } }, schedule }).runUntil('30s');

  test.each([
    // Three in a row, and after three adverts that went out it is over.
    ['openbsd', 'carp', ['0→1 13.000000', '1→0 16.000000']],
    ['openbsd-5.6', 'carp', ['0→1 13.000000', '1→0 16.000000']],
    // The task sends once more at 13.0; from then on every 1.9375 s.
    ['freebsd-13', 'machine', ['0→240 13.000000', '240→0 18.812500']],
    ['freebsd', 'machine', ['0→240 13.000000', '240→0 18.812500']],
    // The advert that failed has worked out the next instant before: at 14.0.
    ['freebsd-9', 'machine', ['0→1 13.000000', '1→0 17.875000']],
  ] as const)('%s: three, and three that go out', (system, scope, expected) => {
    expect(demotionsOf(alone(system, failing([10.5, 13.5])), scope)).toEqual(expected);
  });

  test.each(CARP_SYSTEMS)('%s: two are nothing', (system) => {
    expect(demotionsOf(alone(system, failing([10.5, 12.5])))).toEqual([]);
  });

  test.each(CARP_SYSTEMS)('%s: three with successes between', (system) => {
    const sim = alone(system, failing([10.9, 11.1], [12.9, 13.1], [14.9, 15.1]));
    // Only since FreeBSD 15 one success clears nothing.
    expect(demotionsOf(sim).slice(0, 1)).toEqual(system === 'freebsd' ? ['0→240 15.000000'] : []);
  });

  test('FreeBSD 15: three successes clear two errors', () => {
    const sim = alone('freebsd', failing([10.5, 12.5], [15.9, 16.1], [17.9, 18.1]));
    expect(demotionsOf(sim)).toEqual([]);
  });

  test.each(CARP_SYSTEMS)('%s: two families share one counter', (system) => {
    const sim = alone(system, failing([10.5, 12.5]), { vhids: [{ addresses: DUAL }] });
    // 11.0 is two errors, the third is IPv4's at 12.0.
    expect(demotionsOf(sim).slice(0, 1)).toEqual([
      isOpenBsd(system) || system === 'freebsd-9' ? '0→1 12.000000' : '0→240 12.000000',
    ]);
  });

  test('OpenBSD: three for each virtual host of the interface', () => {
    const nodes = [
      { vhid: 1, advskew: 0 },
      { vhid: 2, advskew: 0 },
    ];
    const sim = alone('openbsd', failing([10.5, 13.5]), { vhids: [{ balancing: 'ip', nodes }] });
    // Six errors by the second virtual host's advert at 13.0; six successes by that at 16.0.
    expect(demotionsOf(sim)).toEqual(['0→1 13.000000', '1→0 16.000000']);
    const fewer = alone('openbsd', failing([10.5, 12.5]), { vhids: [{ balancing: 'ip', nodes }] });
    expect(demotionsOf(fewer)).toEqual([]);
  });

  test('FreeBSD: what they cost is a setting', () => {
    const sim = alone('freebsd-13', failing([10.5, 13.5]), { sysctl: { senderrDemotionFactor: 10 } });
    expect(demotionsOf(sim)[0]).toBe('0→10 13.000000');
  });

  test('OpenBSD: a farewell that fails is counted too', () => {
    const sim = benchLab({
      nodes: { A: { system: 'openbsd' } },
      schedule: [
        { at: '10.5s', do: 'send-errors', node: 'A', interface: 'em0' },
        { at: '12.5s', do: 'interface-down', node: 'A', interface: 'carp0' },
      ],
    }).runUntil('20s');
    expect(demotionsOf(sim)).toEqual(['0→1 12.500000']);
  });
});

describe('the skew that FreeBSD advertises', () => {
  const demoted = (system: CarpSystem, advskew: number, value: number): Simulation =>
    benchLab({
      nodes: { A: { system, advskew } },
      schedule: [{ at: '10.5s', do: 'set-sysctl', node: 'A', sysctl: 'net.inet.carp.demotion', value }],
    }).runUntil('14s');

  test.each([
    ['freebsd-13', 50, 100, ['10.500000 150/0', '12.085937 150/0', '13.671874 150/0']],
    ['freebsd', 50, 100, ['10.500000 150/0', '12.085937 150/0', '13.671874 150/0']],
    ['freebsd-13', 50, 1000, ['10.500000 240/0', '12.437500 240/0']],
    ['freebsd', 50, 1000, ['10.500000 240/0', '12.437500 240/0']],
    // Below zero: from FreeBSD 14 on that is 0; before, the advert wraps, and the interval is shorter than advbase.
    ['freebsd', 0, -50, ['10.500000 0/0', '11.500000 0/0', '12.500000 0/0', '13.500000 0/0']],
    ['freebsd-13', 0, -50, ['10.500000 206/0', '11.304688 206/0', '12.109376 206/0', '12.914064 206/0']],
    // Nothing is added: the task sends all the same.
    ['freebsd', 0, 0, ['10.500000 0/0', '11.500000 0/0', '12.500000 0/0', '13.500000 0/0']],
  ] as const)('%s: skew %i and demotion %i', (system, advskew, value, expected) => {
    expect(advertsOf(demoted(system, advskew, value), 10.4).slice(0, 4)).toEqual(expected);
  });

  test('negative for itself, it is better than any: a master does not yield to 0', () => {
    const sim = benchLab({
      nodes: { A: { system: 'freebsd-13' }, B: { system: 'freebsd-13', start: '5.2s' } },
      schedule: [
        { at: '10.5s', do: 'set-sysctl', node: 'A', sysctl: 'net.inet.carp.demotion', value: -50 },
        { at: '12s', do: 'carp-state', node: 'B', state: 'master' },
      ],
    }).runUntil('30s');
    // B sees 206 and does not yield either: 206 is worse than its 0.
    expect(after(statesOf(sim), 10)).toEqual(['B M 12.000000']);
  });

  test('the master-down timer knows no demotion', () => {
    const sim = benchLab({
      nodes: { A: { system: 'freebsd' }, B: { system: 'freebsd', advskew: 100 } },
      schedule: [
        { at: '9.5s', do: 'set-sysctl', node: 'B', sysctl: 'net.inet.carp.demotion', value: 100 },
        { at: '10.0008s', do: 'power-off', node: 'A' },
      ],
    }).runUntil('20s');
    expect(after(statesOf(sim), 4)).toEqual(['B M 13.391625']);
    expect(advertsOf(sim, 13)[0]).toBe('13.391625 200/0');
  });

  test('FreeBSD 9: 240 while anything is suppressed, but no better than configured', () => {
    for (const [advskew, told] of [
      [0, 240],
      [240, 240],
      [250, 250],
    ] as const) {
      const sim = benchLab({
        nodes: {
          A: {
            system: 'freebsd-9',
            vhids: [{ advskew }, { vhid: 2, parent: 'em1', addresses: ['198.51.100.1/24'] }],
          },
        },
        schedule: [{ at: '10.5s', do: 'unplug', node: 'A', interface: 'em1' }],
      }).runUntil('16s');
      expect(advertsOf(sim, 10.5, 'carp0')[0], `${advskew}`).toBe(`10.500000 ${told}/0`);
    }
  });

  test('FreeBSD 9: two suppressions are told once, and both have to end', () => {
    const plug = (
      at: '10.5s' | '12s' | '14s' | '16s',
      how: 'plug' | 'unplug',
      nic: string,
    ): ActionDesign => ({
      at,
      do: how,
      node: 'A',
      interface: nic,
    });
    const sim = benchLab({
      nodes: {
        A: {
          system: 'freebsd-9',
          vhids: [
            { addresses: ['192.0.2.1/24'] },
            { vhid: 2, parent: 'em1', addresses: ['198.51.100.1/24'] },
            { vhid: 3, parent: 'em1', addresses: ['198.51.100.2/24'] },
          ],
        },
      },
      schedule: [plug('10.5s', 'unplug', 'em1'), plug('14s', 'plug', 'em1')],
    }).runUntil('19s');
    expect(demotionsOf(sim)).toEqual(['0→1 10.500000', '1→2 10.500000', '2→1 14.000000', '1→0 14.000000']);
    expect(advertsOf(sim, 10.4, 'carp0')).toEqual([
      '10.500000 240/0',
      '12.437500 240/0',
      '14.375000 0/0',
      '15.375000 0/0',
      '16.375000 0/0',
      '17.375000 0/0',
      '18.375000 0/0',
    ]);
  });
});

describe("OpenBSD's groups", () => {
  const vhids = [
    { vhid: 1, addresses: ['192.0.2.1/24'], groups: ['carp', 'lan'] },
    { vhid: 2, parent: 'em1', addresses: ['198.51.100.1/24'], groups: ['carp', 'wan'] },
  ];
  const two = (schedule: ActionDesign[], until: '14s' | '20s' = '14s'): Simulation =>
    benchLab({ nodes: { A: { system: 'openbsd', vhids } }, schedule }).runUntil(until);
  const say = (by: number, group?: string, at: '10.5s' | '11.5s' | '12.5s' = '10.5s'): ActionDesign => ({
    at,
    do: 'carp-demote',
    node: 'A',
    by,
    ...(group === undefined ? {} : { group }),
  });

  test('each says the sum of its groups, and only the members of the group send at once', () => {
    const sim = two([say(3, 'lan'), say(2, undefined, '11.5s')]);
    expect(advertsOf(sim, 10.4, 'carp0')).toEqual([
      '10.500000 0/3',
      '11.500000 0/5',
      '12.500000 0/5',
      '13.500000 0/5',
    ]);
    expect(advertsOf(sim, 10.4, 'carp1')).toEqual([
      '11.000000 0/0',
      '11.500000 0/2',
      '12.500000 0/2',
      '13.500000 0/2',
    ]);
  });

  test('less demotion is told with the next advert', () => {
    const sim = two([say(3), say(-1, undefined, '11.7s' as '11.5s')]);
    expect(advertsOf(sim, 10.4, 'carp0').slice(0, 3)).toEqual([
      '10.500000 0/3',
      '11.500000 0/3',
      '12.500000 0/2',
    ]);
  });

  test('an advert says 255 at most', () => {
    const sim = two([say(200), say(200, 'lan', '11.5s')]);
    expect(advertsOf(sim, 11.5, 'carp0')[0]).toBe('11.500000 0/255');
    expect(advertsOf(sim, 11.9, 'carp1')[0]).toBe('12.500000 0/200');
  });

  test.each([256, -1])('%i is refused, and nobody sends', (by) => {
    const sim = two([say(by)]);
    expect(demotionsOf(sim)).toEqual([]);
    expect(advertsOf(sim, 10.4, 'carp0')[0]).toBe('11.000000 0/0');
    expect(sim.trace.filter('daemon.log').map(({ line }) => line)).toContain(
      'ifconfig: SIOCSIFGATTR: Invalid argument',
    );
  });

  test('the first that goes down makes all masters send, the second does not', () => {
    const three: BenchLab = {
      nodes: {
        A: {
          system: 'openbsd',
          vhids: [{ vhid: 1 }, { vhid: 2, parent: 'em1', addresses: ['198.51.100.1/24'] }],
        },
      },
      schedule: [say(1), { at: '11.7s', do: 'unplug', node: 'A', interface: 'em1' }],
    };
    const sim = benchLab(three).runUntil('14s');
    // The count goes from 1 to 2: only what makes it 1 is told at once.
    expect(advertsOf(sim, 10.4, 'carp0')).toEqual([
      '10.500000 0/1',
      '11.500000 0/1',
      '12.500000 0/2',
      '13.500000 0/2',
    ]);
  });

  test('where its groups say nothing its own counter does', () => {
    const sim = two(
      [
        { at: '10.5s', do: 'unplug', node: 'A', interface: 'em0' },
        say(-1, 'carp', '11.5s'),
        say(-1, 'lan', '11.5s'),
      ],
      '20s',
    );
    const carp = sim.network.host('A').carp;
    expect(carp?.interfaces.map(({ demotion }) => demotion)).toEqual([1, 0]);
    sim.perform({ do: 'plug', node: 'A', interface: 'em0' }).runUntil('21s');
    expect(carp?.interfaces.map(({ demotion }) => demotion)).toEqual([0, 0]);
  });

  describe('while rc(8) runs', () => {
    const booted = (rc: number, groupDemotion: CarpConfig['groupDemotion'] = {}): Simulation => {
      const plan = benchPlan({ nodes: { A: { system: 'openbsd', carp: { rc } } } });
      const hosts = plan.hosts.map((host) => {
        const { carp } = host;
        return carp === null
          ? host
          : { ...host, carp: { ...carp, config: { ...carp.config, groupDemotion } } };
      });
      return new Simulation({ ...plan, hosts }).runUntil('20s');
    };

    test('group carp is demoted by 128, and nobody is told when that is over', () => {
      const sim = booted(9.5e9);
      expect(demotionsOf(sim)).toEqual(['0→128 0.000000', '128→0 9.500000']);
      expect(advertsOf(sim, 8.5).slice(0, 3)).toEqual(['9.000000 0/128', '10.000000 0/0', '11.000000 0/0']);
    });

    test('what the files add comes on top', () => {
      expect(demotionsOf(booted(9.5e9, { carp: 100 }))).toEqual([
        '0→128 0.000000',
        '128→228 0.000000',
        '228→100 9.500000',
      ]);
    });

    test('and is refused beyond 255', () => {
      expect(demotionsOf(booted(9.5e9, { carp: 200 }))).toEqual(['0→128 0.000000', '128→0 9.500000']);
      expect(demotionsOf(booted(0, { carp: 200 }))).toEqual(['0→200 0.000000']);
    });

    test('a booting better node waits for its end', () => {
      const sim = benchLab({
        nodes: {
          A: { system: 'openbsd', sysctl: { preempt: true }, carp: { rc: 9.5e9 }, start: '5s' },
          B: { system: 'openbsd', advskew: 100, sysctl: { preempt: true } },
        },
      }).runUntil('40s');
      // Demoted less than A, B's adverts do not make it preempt before 14.5 s.
      expect(statesOf(sim)).toEqual([
        'B bk 0.000000',
        'B M 3.390625',
        'A bk 5.000000',
        'A M 14.516625',
        'B bk 14.517625',
      ]);
      expect(instantsOf(sim, 'carp.advert-sent', 'A')[0]).toBe('14.516625');
    });
  });
});
