import { describe, expect, test } from 'vitest';
import type { DurationInput } from '../../engine/index.js';
import type { CarpSystem } from '../../host/carp/carp-config.js';
import type { ActionDesign } from '../design.js';
import { type BenchNode, benchLab, instantsOf, statesOf } from './carp-lab.testing.js';

const A = (node: BenchNode = {}): { readonly A: BenchNode } => ({ A: node });
const both = (system: CarpSystem, a: number, b: number, preempt = false): Record<string, BenchNode> => ({
  A: { system, advskew: a, sysctl: { preempt } },
  B: { system, advskew: b, sysctl: { preempt } },
});
/** What happened after the masters of the start. */
const after = (lines: readonly string[], seconds: number): string[] =>
  lines.filter((line) => Number(line.split(' ')[2]) >= seconds);
const cut = (at: DurationInput, until: DurationInput): ActionDesign[] => [
  { at, do: 'one-way-loss', from: 'A', to: 'B' },
  { at, do: 'one-way-loss', from: 'B', to: 'A' },
  { at: until, do: 'heal' },
];
/** When the advert of 10 s has left its sender's cable. */
const DIES = '10.0008s';
const SYSTEMS = ['openbsd', 'freebsd-13', 'freebsd'] as const;

describe('one better, one worse', () => {
  for (const system of SYSTEMS) {
    test(`1: ${system}: the better one is master, the other hears it`, () => {
      const sim = benchLab({ nodes: both(system, 0, 100) }).runUntil('9.5s');
      expect(statesOf(sim)).toEqual(['A bk 0.000000', 'B bk 0.000000', 'A M 3.000000']);
      expect(instantsOf(sim, 'carp.advert-sent', 'A').slice(0, 3)).toEqual([
        '3.000000',
        '4.000000',
        '5.000000',
      ]);
      expect(instantsOf(sim, 'arp.announced', 'A')).toEqual(
        system === 'openbsd' ? ['3.000000', '5.000000'] : ['3.000000'],
      );
    });

    test(`2: ${system}: the better one dies`, () => {
      const schedule: ActionDesign[] = [{ at: DIES, do: 'power-off', node: 'A' }];
      const sim = benchLab({ nodes: both(system, 0, 100), schedule }).runUntil('60s');
      expect(after(statesOf(sim), 4)).toEqual(['B M 13.391625']);
    });

    test(`3: ${system}: and returns, without preempt`, () => {
      const schedule: ActionDesign[] = [
        { at: DIES, do: 'power-off', node: 'A' },
        { at: '20s', do: 'power-on', node: 'A' },
      ];
      const sim = benchLab({ nodes: both(system, 0, 100), schedule }).runUntil('120s');
      expect(after(statesOf(sim), 14)).toEqual(['A bk 20.000000']);
    });

    test(`4: ${system}: and returns, with preempt`, () => {
      const schedule: ActionDesign[] = [
        { at: DIES, do: 'power-off', node: 'A' },
        { at: '20s', do: 'power-on', node: 'A' },
      ];
      const sim = benchLab({ nodes: both(system, 0, 100, true), schedule }).runUntil('120s');
      expect(after(statesOf(sim), 14)).toEqual(['A bk 20.000000', 'A M 20.345750', 'B bk 20.346750']);
    });
  }
});

describe('equal skews', () => {
  for (const system of SYSTEMS) {
    for (const [case_, later] of [
      ['2 ms later', '2ms'],
      ['exactly one delay later: the packet is first', '1ms'],
    ] as const) {
      test(`5: ${system}: ${case_}`, () => {
        const sim = benchLab({
          nodes: { A: { system }, B: { system, start: later } },
        }).runUntil('600s');
        expect(after(statesOf(sim), 1)).toEqual(['A M 3.000000']);
      });
    }

    test(`6: ${system}: started together they flap for ever`, () => {
      const sim = benchLab({ nodes: both(system, 0, 0) }).runUntil('3001s');
      const moves = after(statesOf(sim), 1);
      expect(moves.slice(0, 10)).toEqual([
        'A M 3.000000',
        'B M 3.000000',
        'A bk 3.001000',
        'B bk 3.001000',
        'A M 6.001000',
        'B M 6.001000',
        'A bk 6.002000',
        'B bk 6.002000',
        'A M 9.002000',
        'B M 9.002000',
      ]);
      // The period is 3.001 s: 1000 times both, and back.
      expect(moves).toHaveLength(4 * 1000 - 2 + 2);
    });

    test(`7: ${system}: half a delay apart`, () => {
      const sim = benchLab({ nodes: { A: { system }, B: { system, start: '500us' } } }).runUntil('60s');
      expect(after(statesOf(sim), 1).slice(0, 8)).toEqual([
        'A M 3.000000',
        'B M 3.000500',
        'B bk 3.001000',
        'A bk 3.001500',
        'B M 6.001000',
        'A M 6.001500',
        'A bk 6.002000',
        'B bk 6.002500',
      ]);
      expect(after(statesOf(sim), 50).length).toBeGreaterThan(8);
    });

    test(`9: ${system}: three of them fall into step`, () => {
      const sim = benchLab({
        nodes: { A: { system }, B: { system, start: '400us' }, C: { system, start: '5ms' } },
      }).runUntil('30s');
      expect(after(statesOf(sim), 9).slice(0, 9)).toEqual(
        [
          ...['A', 'B', 'C'].map((node) => `${node} M 9.002400`),
          ...['A', 'B', 'C'].map((node) => `${node} bk 9.003400`),
          ...['A', 'B', 'C'].map((node) => `${node} M 12.003400`),
        ].map((line) => expect.stringMatching(new RegExp(`^[ABC] ${line.slice(2)}$`))),
      );
    });

    test(`10: ${system}: a backup that is forced takes it for good`, () => {
      const sim = benchLab({
        nodes: { A: { system }, B: { system, start: '400ms' } },
        schedule: [{ at: '10.3s', do: 'carp-state', node: 'B', state: 'master' }],
      }).runUntil('600s');
      expect(after(statesOf(sim), 4)).toEqual(['B M 10.300000', 'A bk 10.301000']);
    });
  }

  test('8: two delays that differ', () => {
    const run = (a: string, b: string): string[] => {
      const sim = benchLab({ nodes: { A: { start: a as '3ms' }, B: { start: b as '3ms' } } });
      // d_AB 0.2 ms, d_BA 5 ms: on the cables towards each.
      const towards = (node: string, delay: number): void => {
        const face = sim.network.host(node).interface('em0');
        const cable = sim.network.linkAt(node, 'em0');
        const into = cable.directions.find(({ to }) => to === face);
        into?.setDelay({ lo: delay, hi: delay });
      };
      for (const { directions } of sim.network.links)
        for (const one of directions) one.setDelay({ lo: 100_000, hi: 100_000 });
      towards('B', 100_000);
      towards('A', 4_900_000);
      return statesOf(sim.runUntil('60s')).filter((line) => !line.includes(' 0.0'));
    };
    expect(run('3ms', '0s').slice(0, 6)).toEqual([
      'B M 3.000000',
      'A M 3.003000',
      'B bk 3.003200',
      'A bk 3.005000',
      'B M 6.003200',
      'A M 6.005000',
    ]);
    expect(run('0s', '3ms')).toEqual(['A M 3.000000']);
  });

  test('11: a worse one that is forced stays until it hears the better', () => {
    const sim = benchLab({
      nodes: both('openbsd', 0, 100),
      schedule: [{ at: '10.3s', do: 'carp-state', node: 'B', state: 'master' }],
    }).runUntil('60s');
    expect(after(statesOf(sim), 4)).toEqual(['B M 10.300000', 'B bk 11.001000']);
  });

  test('12: after a partition the packet or the timer comes first', () => {
    const nodes = { A: {}, B: { start: '400ms' as const } };
    const run = (ties: 'packet-first' | 'timer-first'): string[] =>
      after(statesOf(benchLab({ nodes, schedule: cut('10.2s', '30.5s'), lab: { ties } }).runUntil('60s')), 4);
    expect(run('packet-first')).toEqual(['B M 13.001000', 'B bk 31.001000']);
    expect(run('timer-first').slice(0, 7)).toEqual([
      'B M 13.001000',
      'B bk 31.001000',
      'A bk 31.002000',
      'B M 34.001000',
      'A M 34.002000',
      'A bk 34.002000',
      'B bk 34.003000',
    ]);
    expect(run('timer-first').length).toBeGreaterThan(30);
  });

  test('15: two adverts lost', () => {
    const nodes = { A: {}, B: { start: '400ms' as const } };
    const schedule: ActionDesign[] = [
      { at: '10.5s', do: 'one-way-loss', from: 'A', to: 'B' },
      { at: '12.5s', do: 'heal' },
    ];
    const run = (ties: 'packet-first' | 'timer-first'): string[] =>
      after(statesOf(benchLab({ nodes, schedule, lab: { ties } }).runUntil('60s')), 4);
    expect(run('packet-first')).toEqual([]);
    expect(run('timer-first')[0]).toBe('B M 13.001000');
    expect(run('timer-first').length).toBeGreaterThan(30);
  });
});

describe('loss and partition', () => {
  test('13: a partition heals', () => {
    const sim = benchLab({ nodes: both('openbsd', 0, 100), schedule: cut('10.0008s', '29.9999s') }).runUntil(
      '90s',
    );
    expect(after(statesOf(sim), 4)).toEqual(['B M 13.391625', 'B bk 30.001000']);
  });

  for (const [lost, expected] of [
    [1, []],
    [2, []],
    [3, ['B M 13.391625', 'B bk 14.001000']],
  ] as const) {
    test(`14: ${lost} adverts lost`, () => {
      const schedule: ActionDesign[] = [
        { at: '10.5s', do: 'one-way-loss', from: 'A', to: 'B' },
        { at: `${10.5 + lost}s` as '1s', do: 'heal' },
      ];
      const sim = benchLab({ nodes: both('freebsd-13', 0, 100), schedule }).runUntil('60s');
      expect(after(statesOf(sim), 4)).toEqual(expected);
    });
  }

  test('16: a better backup survives no loss', () => {
    const sim = benchLab({
      nodes: { A: { advskew: 0, start: '10s' }, B: { advskew: 200 } },
      schedule: [
        { at: '20s', do: 'one-way-loss', from: 'B', to: 'A' },
        { at: '21.7s', do: 'heal' },
      ],
    }).runUntil('60s');
    expect(after(statesOf(sim), 1)).toEqual([
      'B M 3.781250',
      'A bk 10.000000',
      'A M 22.813500',
      'B bk 22.814500',
    ]);
  });

  test('17: a master that advertises too rarely', () => {
    const sim = benchLab({
      nodes: {
        A: { vhids: [{ advbase: 1 }], start: '20s' },
        B: { vhids: [{ advbase: 4 }] },
      },
    }).runUntil('60s');
    expect(after(statesOf(sim), 1)).toEqual([
      'B M 12.000000',
      'A bk 20.000000',
      'A M 20.001000',
      'B bk 20.002000',
    ]);
    expect(
      sim.trace.events.find((event) => event.name === 'carp.state' && event.time === 20_001_000_000),
    ).toMatchObject({
      reason: 'will-time-out',
    });
  });
});

describe("OpenBSD's farewell and demotion", () => {
  const system = 'openbsd';
  const three = (b: number, c: number): Record<string, BenchNode> => ({
    A: { system, advskew: 0 },
    B: { system, advskew: b },
    C: { system, advskew: c },
  });
  const down: ActionDesign[] = [{ at: '10.3s', do: 'interface-down', node: 'A', interface: 'carp0' }];

  test('18: two equal backups take over at once, and flap for ever', () => {
    const sim = benchLab({ nodes: three(100, 100), schedule: down }).runUntil('120s');
    const moves = after(statesOf(sim), 10.3005);
    expect(moves.slice(0, 8)).toEqual([
      'B M 10.301000',
      'C M 10.301000',
      'B bk 10.302000',
      'C bk 10.302000',
      'B M 13.692625',
      'C M 13.692625',
      'B bk 13.693625',
      'C bk 13.693625',
    ]);
    // Period 3.391625 s.
    expect(moves.slice(8, 9)).toEqual(['B M 17.084250']);
  });

  test('19: with skews that differ only the better stays', () => {
    const sim = benchLab({ nodes: three(100, 101), schedule: down }).runUntil('120s');
    expect(after(statesOf(sim), 10.3005)).toEqual(['B M 10.301000', 'C M 10.301000', 'C bk 10.302000']);
  });

  test('19: two nodes: an outage of one delay', () => {
    const sim = benchLab({ nodes: both(system, 0, 100), schedule: down }).runUntil('120s');
    expect(after(statesOf(sim), 10)).toEqual(['A in 10.300000', 'B M 10.301000']);
  });

  test('shutdown says goodbye too; FreeBSD does not', () => {
    const schedule: ActionDesign[] = [{ at: '10.0005s', do: 'shutdown', node: 'A' }];
    const open = benchLab({ nodes: both(system, 0, 100), schedule }).runUntil('60s');
    expect(after(statesOf(open), 10.001)).toEqual(['B M 10.001500']);
    expect(instantsOf(open, 'node.power', 'A')).toEqual(['11.000500']);
    const free = benchLab({ nodes: both('freebsd', 0, 100), schedule }).runUntil('60s');
    expect(after(statesOf(free), 10.001)).toEqual(['B M 14.391625']);
  });

  test('20: a demoted master and two equal backups', () => {
    const schedule: ActionDesign[] = [{ at: '10.3s', do: 'carp-demote', node: 'A', by: 1 }];
    const sim = benchLab({ nodes: three(100, 100), schedule }).runUntil('60s');
    expect(after(statesOf(sim), 10).slice(0, 11)).toEqual([
      'B M 10.301000',
      'C M 10.301000',
      'A bk 10.302000',
      'B bk 10.302000',
      'C bk 10.302000',
      'A M 13.302000',
      'B M 13.303000',
      'C M 13.303000',
      'A bk 13.304000',
      'B bk 13.304000',
      'C bk 13.304000',
    ]);
    expect(after(statesOf(sim), 50).length).toBeGreaterThan(8);
  });
});

describe('two interfaces', () => {
  const twoVhids = (system: CarpSystem, preempt: boolean): Record<string, BenchNode> => {
    const node = (advskew: number): BenchNode => ({
      system,
      sysctl: { preempt },
      vhids: [
        { vhid: 1, advskew, parent: 'em0', addresses: ['192.0.2.1/24'] },
        { vhid: 2, advskew, parent: 'em1', addresses: ['198.51.100.1/24'] },
      ],
    });
    return { A: node(0), B: node(100) };
  };
  const schedule: ActionDesign[] = [
    { at: '10.3s', do: 'unplug', node: 'A', interface: 'em0' },
    { at: '20.3s', do: 'plug', node: 'A', interface: 'em0' },
  ];
  const run = (system: CarpSystem, preempt: boolean): string[] => {
    const sim = benchLab({ nodes: twoVhids(system, preempt), schedule }).runUntil('90s');
    return sim.trace.events.flatMap((event) =>
      event.name === 'carp.state' && event.time > 4e9
        ? [`vhid${event.vhid} ${event.node} ${event.to} ${(event.time / 1e9).toFixed(6)}`]
        : [],
    );
  };

  test('21: OpenBSD moves the other too, whatever preempt', () => {
    const moved = [
      'vhid1 A INIT 10.300000',
      'vhid2 B MASTER 10.301000',
      'vhid2 A BACKUP 10.302000',
      'vhid1 B MASTER 13.391625',
      'vhid1 A BACKUP 20.300000',
    ];
    expect(run('openbsd', true)).toEqual([
      ...moved,
      'vhid1 A MASTER 20.345750',
      'vhid1 B BACKUP 20.346750',
      'vhid2 A MASTER 21.427000',
      'vhid2 B BACKUP 21.428000',
    ]);
    expect(run('openbsd', false)).toEqual(moved);
  });

  for (const system of ['freebsd-13', 'freebsd'] as const) {
    test(`22: ${system} with preempt: the same instants`, () => {
      expect(run(system, true)).toEqual([
        'vhid1 A INIT 10.300000',
        'vhid2 B MASTER 10.301000',
        'vhid2 A BACKUP 10.302000',
        'vhid1 B MASTER 13.391625',
        'vhid1 A BACKUP 20.300000',
        'vhid1 A MASTER 20.345750',
        'vhid1 B BACKUP 20.346750',
        'vhid2 A MASTER 21.427000',
        'vhid2 B BACKUP 21.428000',
      ]);
    });

    test(`23: ${system} without: a split`, () => {
      const sim = benchLab({ nodes: twoVhids(system, false), schedule }).runUntil('19s');
      expect(statesOf(sim, '2@em1').filter((line) => !line.includes(' 0.'))).toEqual(['A M 3.000000']);
      expect(statesOf(sim, '1@em0').at(-1)).toBe('B M 13.391625');
      const adverts = instantsOf(
        sim,
        'carp.advert-sent',
        'A',
        (event) => 'vhid' in event && event.vhid === 2,
      );
      // At once with the demotion, then every 1.9375 s.
      expect(adverts.filter((at) => Number(at) > 10.2).slice(0, 3)).toEqual([
        '10.300000',
        '12.237500',
        '14.175000',
      ]);
    });
  }
});

describe("FreeBSD's demotion", () => {
  for (const system of ['freebsd-13', 'freebsd'] as const) {
    const demotion: ActionDesign[] = [
      { at: '10.3s', do: 'set-sysctl', node: 'A', sysctl: 'net.inet.carp.demotion', value: 240 },
      { at: '20.3s', do: 'set-sysctl', node: 'A', sysctl: 'net.inet.carp.demotion', value: -240 },
    ];

    test(`24: ${system}: a demotion with preempt moves it, and back`, () => {
      const sim = benchLab({ nodes: both(system, 0, 100, true), schedule: demotion }).runUntil('60s');
      expect(after(statesOf(sim), 4)).toEqual([
        'B M 10.301000',
        'A bk 10.302000',
        'A M 21.427000',
        'B bk 21.428000',
      ]);
    });

    test(`24: ${system}: without preempt nothing happens`, () => {
      const sim = benchLab({ nodes: both(system, 0, 100, false), schedule: demotion }).runUntil('60s');
      expect(after(statesOf(sim), 4)).toEqual([]);
    });

    test(`25: ${system}: skews above 240 are advertised as 240`, () => {
      const sim = benchLab({ nodes: both(system, 254, 250) }).runUntil('60s');
      expect(after(statesOf(sim), 1)).toEqual(['B M 3.976562']);
      const sent = sim.trace.events.find((event) => event.name === 'carp.advert-sent');
      expect(sent).toMatchObject({ advskew: 240 });
      const equal = benchLab({
        nodes: both(system, 254, 250),
        schedule: [{ at: '10.3s', do: 'carp-state', node: 'A', state: 'master' }],
      }).runUntil('60s');
      expect(after(statesOf(equal), 4)).toEqual(['A M 10.300000', 'B bk 10.301000']);
    });

    test(`28: ${system}: a master that cannot send`, () => {
      const schedule: ActionDesign[] = [
        { at: '10.5s', do: 'send-errors', node: 'A', interface: 'em0' },
        { at: '14.5s', do: 'send-errors', node: 'A', interface: 'em0', failing: false },
      ];
      const sim = benchLab({ nodes: both(system, 0, 100), schedule }).runUntil('120s');
      expect(after(statesOf(sim), 4)).toEqual(['B M 13.391625', 'A bk 13.392625']);
      expect(sim.trace.events.filter((event) => event.name === 'carp.demotion')).toMatchObject([
        { time: 13e9, node: 'A', from: 0, to: 240 },
      ]);
      const without = benchLab({
        nodes: {
          A: { system, sysctl: { senderrDemotionFactor: 0 } },
          B: { system, advskew: 100 },
        },
        schedule,
      }).runUntil('120s');
      expect(after(statesOf(without), 4)).toEqual(['B M 13.391625', 'B bk 15.001000']);
    });
  }
});

describe('the administrator', () => {
  test('26: state backup', () => {
    const run = (at: '10.3s' | '10.6s', preempt: boolean): string[] =>
      after(
        statesOf(
          benchLab({
            nodes: both('freebsd', 0, 100, preempt),
            schedule: [{ at, do: 'carp-state', node: 'A', state: 'backup' }],
          }).runUntil('60s'),
        ),
        4,
      );
    expect(run('10.3s', false)).toEqual(['A bk 10.300000', 'A M 13.300000']);
    expect(run('10.6s', false)).toEqual(['A bk 10.600000', 'B M 13.391625']);
    expect(run('10.6s', true)).toEqual([
      'A bk 10.600000',
      'B M 13.391625',
      'A M 13.392625',
      'B bk 13.393625',
    ]);
  });

  test('27: an alias is added, to one first', () => {
    const alias = (at: '10.3s' | '15s', node: string): ActionDesign => ({
      at,
      do: 'add-address',
      node,
      vhid: 1,
      address: '192.0.2.9/32',
    });
    const sim = benchLab({
      nodes: both('freebsd', 0, 100),
      schedule: [alias('10.3s', 'A'), alias('15s', 'B')],
    }).runUntil('60s');
    expect(after(statesOf(sim), 4)).toEqual([
      'A in 10.300000',
      'A bk 10.300000',
      'A M 13.300000',
      'B M 13.391625',
      'B in 15.000000',
      'B bk 15.000000',
    ]);
    expect(sim.trace.events.filter((event) => event.name === 'carp.rejected')).toMatchObject([
      { node: 'B', reason: 'badauth' },
      { node: 'A', reason: 'badauth' },
      { node: 'B', reason: 'badauth' },
      { node: 'A', reason: 'badauth' },
    ]);
  });

  test('29: passwords that differ', () => {
    const sim = benchLab({
      nodes: { A: { vhids: [{ advskew: 0 }] }, B: { vhids: [{ advskew: 100, password: 'other' }] } },
    }).runUntil('60s');
    expect(after(statesOf(sim), 1)).toEqual(['A M 3.000000', 'B M 3.390625']);
    const moves = sim.trace.events.filter((event) => event.name === 'cam.moved');
    expect(moves.length).toBeGreaterThan(50);
    expect(moves[0]).toMatchObject({ mac: '00:00:5e:00:01:01' });
  });
});

describe('other flaps', () => {
  const dual = (advskew: number): BenchNode => ({
    vhids: [{ advskew, addresses: ['192.0.2.1/24', '2001:db8::1/64'] }],
  });
  const isIpv6 = (sim: ReturnType<typeof benchLab>): void => {
    for (const at of sim.network.switches.values())
      at.dropMulticast('ff02::12' as never, true, undefined, undefined);
  };

  test('30: one family is lost', () => {
    const sim = benchLab({ nodes: { A: dual(0), B: dual(100) } });
    isIpv6(sim);
    sim.runUntil('60s');
    expect(
      statesOf(sim)
        .filter((line) => line.startsWith('B'))
        .slice(1, 5),
    ).toEqual(['B M 3.390625', 'B bk 4.001000', 'B M 7.391625', 'B bk 8.001000']);
    expect(statesOf(sim).filter((line) => line.startsWith('A'))).toEqual(['A bk 0.000000', 'A M 3.000000']);
  });

  test('30: one family is lost between equals', () => {
    const sim = benchLab({ nodes: { A: dual(0), B: { ...dual(0), start: '500ms' } } });
    isIpv6(sim);
    sim.runUntil('60s');
    const owners = statesOf(sim)
      .filter((line) => line.includes(' M '))
      .map((line) => line.split(' '));
    expect(owners.slice(0, 4).map(([node]) => node)).toEqual(['A', 'B', 'A', 'B']);
    const [first, second, third] = owners.slice(1, 4).map(([, , at]) => Number(at));
    expect(
      [(second ?? 0) - (first ?? 0), (third ?? 0) - (second ?? 0)].map((span) => span.toFixed(3)),
    ).toEqual(['3.001', '3.001']);
  });

  test("31: one's own adverts come back", () => {
    const run = (system: CarpSystem): string[] => {
      const sim = benchLab(
        { nodes: A({ system }), delay: '200us' },
        {
          attach: (network) => {
            // A hub: what comes out of the machine goes back in, 0.2 ms later.
            const into = network
              .linkAt('A', 'em0')
              .directions.find(({ to }) => to === network.host('A').interface('em0'));
            const out = network.linkAt('A', 'em0').directions.find((one) => one !== into);
            const send = out?.send.bind(out);
            if (out === undefined || into === undefined || send === undefined) throw new Error('no cable');
            out.send = (frame) => {
              send(frame);
              into.send(frame);
            };
          },
        },
      ).runUntil('60s');
      return statesOf(sim);
    };
    expect(run('freebsd-13').slice(1, 5)).toEqual([
      'A M 3.000000',
      expect.stringMatching(/^A bk 3\.000/),
      expect.stringMatching(/^A M 6\.000/),
      expect.stringMatching(/^A bk 6\.000/),
    ]);
    expect(run('openbsd')).toEqual(['A bk 0.000000', 'A M 3.000000']);
  });
});

describe("FreeBSD's VRRPv3", () => {
  const vrrp = (priority: number, intervalCs = 100, preempt = false): BenchNode => ({
    system: 'freebsd',
    sysctl: { preempt },
    vhids: [{ vrrp: { priority, intervalCs } }],
  });

  test('32: priorities 200 and 100', () => {
    const sim = benchLab({
      nodes: { A: vrrp(200), B: vrrp(100) },
      schedule: [{ at: '3.5s', do: 'power-off', node: 'A' }],
    }).runUntil('60s');
    expect(after(statesOf(sim), 1)).toEqual(['A M 3.210000', 'B M 6.811000']);
  });

  test('32: equal priorities never yield', () => {
    const together = benchLab({ nodes: { A: vrrp(100), B: vrrp(100) } }).runUntil('600s');
    expect(after(statesOf(together), 1)).toEqual(['A M 3.600000', 'B M 3.600000']);
    const later = benchLab({ nodes: { A: vrrp(100), B: { ...vrrp(100), start: '5ms' } } }).runUntil('600s');
    expect(after(statesOf(later), 1)).toEqual(['A M 3.600000']);
  });

  test('33: crossed preferences', () => {
    const sim = benchLab({ nodes: { A: vrrp(200, 100, true), B: vrrp(100, 50, true) } }).runUntil('60s');
    expect(after(statesOf(sim), 1).slice(0, 6)).toEqual([
      'A M 3.210000',
      'B M 3.211000',
      'A bk 3.212000',
      'A M 3.712000',
      'B bk 3.713000',
      'B M 4.713000',
    ]);
    const masters = statesOf(sim).filter((line) => line.startsWith('B M'));
    const [first, second] = masters.slice(1, 3).map((line) => Number(line.split(' ')[2]));
    expect(((second ?? 0) - (first ?? 0)).toFixed(3)).toBe('1.502');
  });

  test('34: an interval that a booting backup does not know', () => {
    const sim = benchLab({ nodes: { A: vrrp(200, 500), B: { ...vrrp(100, 500), start: '8.5s' } } }).runUntil(
      '60s',
    );
    expect(after(statesOf(sim), 1)).toEqual([
      'A M 3.210000',
      'B bk 8.500000',
      'B M 12.100000',
      'B bk 13.211000',
    ]);
  });
});

describe('small intervals', () => {
  test('39: OpenBSD advbase 0', () => {
    const fast = (a: number, b: number, at: '5s'): string[] =>
      statesOf(
        benchLab({
          nodes: {
            A: { system: 'openbsd', vhids: [{ advbase: 0, advskew: a }] },
            B: { system: 'openbsd', vhids: [{ advbase: 0, advskew: b }] },
          },
          delay: '100us',
          schedule: [{ at, do: 'power-off', node: 'A' }],
        }).runUntil('10s'),
      );
    const [, , first, second] = fast(0, 10, '5s');
    expect(first).toBe('A M 0.011718');
    // 117.187 ms after the last advert that was heard.
    expect(Number(second?.split(' ')[2])).toBeGreaterThan(5.113);
    expect(Number(second?.split(' ')[2])).toBeLessThan(5.1174);
    const slow = fast(100, 110, '5s');
    expect(slow[2]).toBe('A M 1.171875');
    // A's adverts come every 0.390625 s from 1.171875 s on: the last is at 4.687500.
    expect(slow[3]).toBe(`B M ${(1.171875 + 9 * 0.390625 + 0.0001 + 1.289062).toFixed(6)}`);
  });

  test('42: a link that says nothing of itself', () => {
    const node = (system: CarpSystem): BenchNode => ({
      system,
      host: { interfaces: { em0: { address: '192.0.2.11/24', linkState: 'unknown' } } },
    });
    const free = benchLab({ nodes: { A: node('freebsd'), B: { system: 'freebsd', advskew: 100 } } }).runUntil(
      '60s',
    );
    expect(statesOf(free)).toEqual(['B bk 0.000000', 'B M 3.390625']);
    expect(free.network.host('A').carp?.state.demotion).toBe(240);
    const open = benchLab({ nodes: A(node('openbsd')) }).runUntil('60s');
    expect(statesOf(open)).toEqual(['A bk 0.000000', 'A M 3.000000']);
  });
});
