/**
 * The acceptance table of VRRP and keepalived at the level of the state machine: machines over a medium with a latency
 * of 1 ms, no processing time, frames before timers at equal instants. Here are rows 1-10, 12-31, 33-43 (scripts and
 * links as the events that they become). acceptance-hosts.test.ts has rows 1, 5, 6, 8, 13, 15-17, 21-31, 34-38, 43 and
 * 44 with real hosts, sockets, cables, scripts and neighbour tables.
 *
 * Not here: rows 11 and 32, which are about releases from 2.3.3 on, and 45, which is about FRR.
 */
import { describe, expect, test } from 'vitest';
import { RouterBench } from './testing/router-bench.js';
import { vip } from './testing/sample-config.js';

const A = '10.0.0.1';
const B = '10.0.0.2';

function pair(a: object, b: object, timing: { a?: number; b?: number } = {}): RouterBench {
  const bench = new RouterBench();
  bench.add('A', A, a, { start: timing.a ?? 0 });
  bench.add('B', B, b, { start: timing.b ?? 0 });
  return bench;
}
const router = (bench: RouterBench, name: string) => {
  const found = bench.routers.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(name);
  return found;
};
const every = (first: number, gap: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.round((first + index * gap) * 1e6) / 1e6);

describe('one router alone', () => {
  test.each([
    [1, 'state BACKUP', { priority: 100, state: 'BACKUP' as const }],
    [2, 'state MASTER', { priority: 100, state: 'MASTER' as const }],
  ])('row %i: priority 100, %s', (_row, _text, sample) => {
    const bench = new RouterBench();
    bench.add('A', A, sample);
    bench.run(20);
    expect(bench.states('A')).toEqual([
      [0, 'BACKUP'],
      [3.609375, 'MASTER'],
    ]);
    expect(bench.advertsOf('A')).toEqual(every(3.609375, 1, 17));
    expect(bench.garpBursts('A')).toEqual([
      [3.609375, 5],
      [8.609375, 5],
    ]);
  });

  test.each([
    [3, { priority: 255 }],
    [4, { state: 'MASTER' as const }],
  ])('row %i: address owner', (_row, sample) => {
    const bench = new RouterBench();
    bench.add('A', A, sample);
    bench.run(10);
    expect(bench.masters('A')).toEqual([0.000001]);
    expect(bench.garpBursts('A')).toEqual([
      [0.000001, 5],
      [5.000001, 5],
    ]);
  });

  test('row 38: vrrp_startup_delay 10', () => {
    const bench = new RouterBench();
    bench.add('A', A, { priority: 100 }, { startupDelayUs: 10_000_000 });
    bench.run(20);
    expect(bench.masters('A')).toEqual([13.609375]);
  });

  test('row 39: down_timer_adverts 5', () => {
    const bench = new RouterBench();
    bench.add('A', A, { priority: 100, downTimerAdverts: 5 });
    bench.run(20);
    expect(bench.masters('A')).toEqual([5.609375]);
  });

  test('row 43: an owner whose link is down 10..20', () => {
    const bench = new RouterBench();
    const a = bench.add('A', A, { priority: 255 });
    bench.at(10, () => a.machine().beginFailure());
    bench.at(20, () => a.machine().endFailure());
    bench.run(30);
    expect(bench.states('A').slice(1)).toEqual([
      [0.000001, 'MASTER'],
      [10, 'FAULT'],
      [20, 'BACKUP'],
      [23.003906, 'MASTER'],
    ]);
  });
});

describe('two routers', () => {
  test('row 5: 150 and 100', () => {
    const bench = pair({ priority: 150 }, { priority: 100 }).run(60);
    expect(bench.masters('A')).toEqual([3.414062]);
    expect(bench.states('B')).toEqual([[0, 'BACKUP']]);
    expect(bench.advertsOf('B')).toEqual([]);
  });

  test('row 6: equal, both state MASTER, together', () => {
    const bench = pair({ priority: 100, state: 'MASTER' }, { priority: 100, state: 'MASTER' }).run(20);
    expect(bench.states('A')).toEqual([
      [0, 'BACKUP'],
      [3.609375, 'MASTER'],
      [3.610375, 'BACKUP'],
    ]);
    expect(bench.masters('B')).toEqual([3.609375]);
    expect(bench.advertsOf('B').slice(0, 4)).toEqual([3.609375, 3.610375, 4.610375, 5.610375]);
    expect(bench.garpBursts('B')).toEqual([
      [3.609375, 5],
      [3.610375, 5],
      [8.609375, 5],
      [8.610375, 5],
    ]);
    expect(bench.garpBursts('A')).toEqual([[3.609375, 5]]);
    const dual = bench.trace.filter('vrrp.yielded');
    expect(dual.map(({ node, reason, to }) => [node, reason, to])).toEqual([['A', 'higher-address', B]]);
  });

  test('row 7: as 6, B starts at 0.5', () => {
    const bench = pair({ priority: 100 }, { priority: 100 }, { b: 0.5 }).run(60);
    expect(bench.masters('A')).toEqual([3.609375]);
    expect(bench.masters('B')).toEqual([]);
    expect(bench.nowMasters()).toEqual(['A']);
  });

  test('row 8: as 6, B starts at 0.0005', () => {
    const bench = pair({ priority: 100 }, { priority: 100 }, { b: 0.0005 }).run(20);
    expect(bench.states('A').slice(1)).toEqual([
      [3.609375, 'MASTER'],
      [3.610875, 'BACKUP'],
    ]);
    expect(bench.masters('B')).toEqual([3.609875]);
    expect(bench.advertsOf('B').slice(0, 2)).toEqual([3.609875, 3.610375]);
    expect(bench.nowMasters()).toEqual(['B']);
  });

  test('row 9: equal priority and the same source address', () => {
    const source = { family: 'inet' as const, address: 0x0a000009 as never };
    const bench = pair(
      { priority: 100, sourceAddress: source },
      { priority: 100, sourceAddress: source },
    ).run(20);
    expect(bench.nowMasters()).toEqual(['A', 'B']);
    expect(bench.advertsOf('A').slice(0, 5)).toEqual(every(3.609375, 1.001, 5));
    expect(bench.advertsOf('B').slice(0, 5)).toEqual(every(3.609375, 1.001, 5));
    expect(bench.logs('A')).toContain(
      '(VI_1) WARNING - equal priority advert received from remote host with our IP address.',
    );
    expect(bench.trace.filter('vrrp.lower-advert')).toEqual([]);
  });

  test('row 10: two address owners', () => {
    const bench = pair({ priority: 255 }, { priority: 255 }).run(30);
    expect(bench.states('A').slice(1)).toEqual([
      [0.000001, 'MASTER'],
      [0.001001, 'BACKUP'],
      [3.008813, 'MASTER'],
      [3.009813, 'BACKUP'],
    ]);
    expect(bench.states('B').slice(1)).toEqual([
      [0.000001, 'MASTER'],
      [0.001001, 'BACKUP'],
      [3.008813, 'MASTER'],
    ]);
    expect(router(bench, 'B').machine().state.effectivePriority).toBe(254);
  });

  test('row 12: different passwords (depends on exact ties)', () => {
    const bench = pair(
      { priority: 100, password: 'one' },
      { priority: 100, password: 'two' },
      { b: 0.3 },
    ).run(60);
    expect(bench.masters('A')).toEqual([3.609375]);
    expect(bench.masters('B')).toEqual([3.909375]);
    expect(bench.advertsOf('A')).toEqual([3.609375]);
    expect(bench.nowMasters()).toEqual(['A', 'B']);
  });

  test('row 13: intervals of 1 s and 2 s', () => {
    const bench = pair({ priority: 150 }, { priority: 100, advertIntervalUs: 2_000_000 }).run(40);
    expect(bench.masters('A')).toEqual([3.414062]);
    expect(bench.masters('B')).toEqual([6.609375]);
    expect(bench.advertsOf('A').slice(0, 7)).toEqual([
      3.414062, 4.414062, 5.414062, 6.414062, 7.610375, 8.610375, 9.610375,
    ]);
    expect(bench.advertsOf('B')).toEqual([6.609375]);
    expect(bench.garpBursts('A')).toEqual([
      [3.414062, 5],
      [8.414062, 5],
    ]);
    expect(bench.garpBursts('B')).toEqual([
      [6.609375, 5],
      [11.609375, 5],
    ]);
    expect(bench.nowMasters()).toEqual(['A', 'B']);
  });

  test('row 14: the same in version 3, the interval is learned; crash of A at 10.5', () => {
    const bench = pair(
      { priority: 150, version: 3 },
      { priority: 100, version: 3, advertIntervalUs: 2_000_000 },
    );
    bench.at(10.5, () => router(bench, 'A').crash());
    bench.run(20.1);
    expect(bench.masters('A')).toEqual([3.414062]);
    expect(bench.masters('B')).toEqual([14.024437]);
    expect(bench.advertsOf('B')).toEqual([14.024437, 16.024437, 18.024437, 20.024437]);
  });

  test('row 15: SIGTERM of the master', () => {
    const bench = pair({ priority: 150 }, { priority: 100 });
    bench.at(10, () => router(bench, 'A').terminate());
    bench.run(20);
    expect(bench.zeros('A')).toEqual([10]);
    expect(bench.masters('B')).toEqual([10.610375]);
  });

  const crashed = (a: object, restartAt: number | null, until: number): RouterBench => {
    const bench = pair({ priority: 150, ...a }, { priority: 100 });
    bench.at(10, () => router(bench, 'A').crash());
    if (restartAt !== null) bench.at(restartAt, () => router(bench, 'A').launchAt(0));
    return bench.run(until);
  };

  test('row 16: crash of the master', () => {
    const bench = crashed({}, null, 30);
    expect(bench.advertsOf('A').at(-1)).toBe(9.414062);
    expect(bench.masters('B')).toEqual([13.024437]);
    expect(bench.garpBursts('B')).toEqual([
      [13.024437, 5],
      [18.024437, 5],
    ]);
  });

  test.each([
    [17, 'preempts', {}],
    [19, 'nopreempt is cleared by state MASTER', { state: 'MASTER' as const }],
  ])('row %i: the master comes back, %s', (_row, _text, sample) => {
    const bench = crashed(sample, 20, 40);
    expect(bench.masters('A')).toEqual([3.414062, 23.414062]);
    expect(bench.states('B')).toEqual([
      [0, 'BACKUP'],
      [13.024437, 'MASTER'],
      [23.415062, 'BACKUP'],
    ]);
  });

  test('row 18: the master comes back with nopreempt', () => {
    const bench = crashed({ nopreempt: true, state: 'BACKUP' }, 20, 90);
    expect(bench.masters('A')).toEqual([3.414062]);
    expect(bench.nowMasters()).toEqual(['B']);
  });

  test('row 20: preempt_delay 10', () => {
    const bench = crashed({ preemptDelayUs: 10_000_000, state: 'BACKUP' }, 20, 40);
    expect(bench.masters('A')).toEqual([3.414062, 32.439499]);
    expect(bench.logs('A')).toContain('(VI_1) start preempt delay (10.000000)');
  });

  test('row 21: an unweighted script fails 10..30', () => {
    const bench = pair({ priority: 150 }, { priority: 100 });
    bench.at(10, () => router(bench, 'A').machine().beginFailure());
    bench.at(30, () => router(bench, 'A').machine().endFailure());
    bench.run(40);
    expect(bench.zeros('A')).toEqual([10, 10]);
    expect(bench.states('A').slice(2)).toEqual([
      [10, 'FAULT'],
      [30, 'BACKUP'],
      [33.414062, 'MASTER'],
    ]);
    expect(bench.masters('B')).toEqual([10.610375]);
  });

  test('row 22: a script of weight -60 fails 10..30', () => {
    const bench = pair({ priority: 150 }, { priority: 100 });
    bench.at(10, () => router(bench, 'A').machine().changePriority(-60));
    bench.at(30, () => router(bench, 'A').machine().changePriority(60));
    bench.run(40);
    expect(bench.adverts.filter(({ priority }) => priority === 90).map(({ time }) => time / 1000)).toEqual([
      10414062, 11414062, 12414062,
    ]);
    expect(bench.masters('B')).toEqual([13.024437]);
    expect(bench.states('A').slice(2)).toEqual([
      [13.025437, 'BACKUP'],
      [32.439499, 'MASTER'],
    ]);
  });

  test('the stored timer after an ignored advert: a change of priority counts from that advert', () => {
    // B hears an advert of 90 at 10.415062 and ignores it; its deadline stays 13.024437. At 11 its priority rises to
    // 120, which should bring the deadline forward, and puts it off to 10.415062 + 3.531250.
    const bench = pair({ priority: 150 }, { priority: 100 });
    bench.at(10, () => router(bench, 'A').machine().changePriority(-60));
    bench.at(11, () => router(bench, 'B').machine().changePriority(20));
    bench.at(10.9, () => {
      bench.isLost = () => true;
    });
    bench.run(20);
    expect(bench.masters('B')).toEqual([13.946312]);
  });

  test('row 23: the link of A is down 10..20', () => {
    const bench = pair({ priority: 150 }, { priority: 100 });
    bench.isLost = (from, to, _network, time) => (from === 'A' || to === 'A') && time >= 10e9 && time < 20e9;
    bench.at(10, () => router(bench, 'A').machine().beginFailure());
    bench.at(20, () => router(bench, 'A').machine().endFailure());
    bench.run(30);
    expect(bench.states('A').slice(2)).toEqual([
      [10, 'FAULT'],
      [20, 'BACKUP'],
      [23.414062, 'MASTER'],
    ]);
    expect(bench.masters('B')).toEqual([13.024437]);
  });

  const oneWay = (): RouterBench => {
    const bench = pair({ priority: 100 }, { priority: 150 });
    bench.isLost = (from, _to, _network, time) => from === 'B' && time < 60e9;
    return bench;
  };

  test('row 24: what B sends is lost', () => {
    const bench = oneWay().run(20);
    expect(bench.masters('B')).toEqual([3.414062]);
    expect(bench.masters('A')).toEqual([3.609375]);
    const bursts = new Map(bench.garpBursts('B'));
    expect([3.610375, 4.610375, 8.610375, 9.610375].map((time) => bursts.get(time))).toEqual([5, 5, 10, 10]);
    expect(bench.nowMasters()).toEqual(['A', 'B']);
  });

  test('row 25: the same, healed at 60', () => {
    const bench = oneWay().run(80);
    expect(bench.advertsOf('A').at(-1)).toBe(60.609375);
    expect(bench.states('A').at(-1)).toEqual([60.611375, 'BACKUP']);
    expect(bench.garpBursts('B').at(-1)).toEqual([65.610375, 5]);
  });

  const split = (heal: number, b: object = {}, a: object = {}): RouterBench => {
    const bench = pair({ priority: 150, ...a }, { priority: 100, ...b });
    bench.isLost = (_from, _to, _network, time) => time >= 30e9 && time < heal * 1e9;
    return bench.run(110);
  };

  test('row 26: adverts blocked both ways 30..90', () => {
    const bench = split(90);
    expect(bench.states('B')).toEqual([
      [0, 'BACKUP'],
      [33.024437, 'MASTER'],
      [90.026437, 'BACKUP'],
    ]);
    expect(bench.garpBursts('B')).toEqual([
      [33.024437, 5],
      [38.024437, 5],
    ]);
    expect(bench.garpBursts('A').slice(2)).toEqual([
      [90.025437, 5],
      [95.025437, 5],
    ]);
    expect(bench.advertsOf('A')).toContain(90.025437);
  });

  test('row 27: the same healed at 90.1: nobody sends an ARP', () => {
    const bench = split(90.1);
    expect(bench.states('B').at(-1)).toEqual([90.415062, 'BACKUP']);
    expect(bench.garpBursts('A')).toEqual([
      [3.414062, 5],
      [8.414062, 5],
    ]);
  });

  test('row 28: the same with higher_prio_send_advert on B', () => {
    const bench = split(90.1, { higherPrioritySendAdvert: true });
    expect(bench.advertsOf('B').at(-1)).toBe(90.415062);
    expect(bench.garpBursts('A').slice(2)).toEqual([
      [90.416062, 5],
      [95.416062, 5],
    ]);
  });

  test('row 42: strict: no answer to lower adverts, no ARP', () => {
    const strict = { lowerPriorityNoAdvert: true, garp: { lowerPriorityRepeat: 0, lowerPriorityDelayUs: 0 } };
    const bench = split(90, strict, strict);
    expect(bench.states('B').at(-1)).toEqual([90.415062, 'BACKUP']);
    expect(bench.garpBursts('A')).toEqual([
      [3.414062, 5],
      [8.414062, 5],
    ]);
    expect(bench.advertsOf('A').filter((time) => time > 90 && time < 91)).toEqual([90.414062]);
  });

  test('row 29: the process of A stalls 10..20, its kernel does not', () => {
    const bench = pair({ priority: 150 }, { priority: 100 });
    bench.at(10, () => router(bench, 'A').stall());
    bench.at(20, () => router(bench, 'A').resume());
    bench.run(30);
    expect(bench.masters('B')).toEqual([13.024437]);
    expect(bench.advertsOf('A').filter((time) => time === 20)).toHaveLength(7);
    expect(bench.garpBursts('A').slice(2)).toEqual([
      [20, 35],
      [25, 35],
    ]);
    expect(bench.states('B').at(-1)).toEqual([20.001, 'BACKUP']);
    expect(bench.states('A')).toHaveLength(2);
  });

  test('row 30: B stalls 10..20', () => {
    const bench = pair({ priority: 150 }, { priority: 100 });
    bench.at(10, () => router(bench, 'B').stall());
    bench.at(20, () => router(bench, 'B').resume());
    bench.run(60);
    expect(bench.states('B')).toEqual([[0, 'BACKUP']]);
  });

  test('row 31: different VRIDs', () => {
    const bench = pair({ priority: 150 }, { priority: 100, virtualRouterId: 52 }).run(40);
    expect(bench.masters('A')).toEqual([3.414062]);
    expect(bench.masters('B')).toEqual([3.609375]);
    expect(bench.garpBursts('B').at(-1)).toEqual([8.609375, 5]);
    expect(bench.nowMasters()).toEqual(['A', 'B']);
  });

  test('row 33: different address lists, 2.2.7 (depends on exact ties)', () => {
    const bench = pair({ priority: 150 }, { priority: 100, virtualAddresses: [vip('10.0.0.101/24')] }).run(
      40,
    );
    expect(bench.masters('A')).toEqual([3.414062]);
    expect(bench.masters('B')).toEqual([3.609375]);
    expect(bench.advertsOf('A')).toEqual([3.414062]);
    expect(bench.logs('A')).toContain(
      '(VI_1) ip address associated with VRID 51 not present in MASTER advert: 10.0.0.100',
    );
  });

  test('row 34: A unicast, B multicast: no packet reaches either process', () => {
    const bench = pair({ priority: 150, unicast: true }, { priority: 100 });
    bench.isLost = (from) => from === 'A';
    bench.run(40);
    expect([bench.masters('A'), bench.masters('B')]).toEqual([[3.414062], [3.609375]]);
  });

  test('row 37: somebody deletes the address of the master at 10', () => {
    const bench = pair({ priority: 150 }, { priority: 100 });
    bench.at(10, () => router(bench, 'A').machine().loseAddress());
    bench.run(30);
    expect(bench.zeros('A')).toEqual([10]);
    expect(bench.masters('A')).toEqual([3.414062, 10.414062]);
    expect(bench.masters('B')).toEqual([]);
  });

  test('row 40: version 3, 100 ms', () => {
    const fast = { version: 3 as const, advertIntervalUs: 100_000 };
    const bench = pair({ priority: 200, ...fast }, { priority: 100, ...fast });
    bench.at(10.021876, () => router(bench, 'A').crash());
    bench.run(12);
    expect(bench.masters('A')).toEqual([0.321875]);
    expect(bench.advertsOf('A').at(-1)).toBe(10.021875);
    expect(bench.masters('B')).toEqual([10.383812]);
  });

  test('row 41: version 3, a fast router boots next to a slow master', () => {
    const bench = new RouterBench();
    bench.add('A', A, { version: 3, priority: 150, advertIntervalUs: 10_000_000 });
    // A becomes MASTER at 34.140625; its advert of 44.140625 is the row's instant 0.
    bench.add('B', B, { version: 3, priority: 100, advertIntervalUs: 100_000 }, { start: 45.140625 });
    bench.run(60);
    expect(bench.masters('A')).toEqual([34.140625]);
    expect(bench.states('B')).toEqual([
      [45.140625, 'BACKUP'],
      [45.501562, 'MASTER'],
      [45.503562, 'BACKUP'],
    ]);
    expect(bench.advertsOf('A')).toContain(45.502562);
    expect(router(bench, 'B').machine().state.downTimer / 1000).toBe(36_093_750);
  });
});

describe('sync groups', () => {
  const group = (priority: number) => [
    { name: 'VI_1', priority, interface: 'eth0', syncGroup: 'G' },
    { name: 'VI_2', priority, interface: 'eth1', virtualRouterId: 52, syncGroup: 'G' },
  ];
  const groups = (): RouterBench => {
    const bench = new RouterBench();
    bench.add('A', A, group(150), { group: true });
    bench.add('B', B, group(100), { group: true });
    return bench;
  };

  test('row 35: one of the links of A goes down at 10', () => {
    const bench = groups();
    bench.isLost = (from, to, network, time) =>
      network === 'eth1' && (from === 'A' || to === 'A') && time >= 10e9;
    bench.at(10, () => router(bench, 'A').machine('VI_2').beginFailure());
    bench.run(20);
    expect(bench.masters('A', 'VI_1')).toEqual([3.414062]);
    expect(bench.masters('A', 'VI_2')).toEqual([3.414062]);
    expect(bench.states('A', 'VI_1').at(-1)).toEqual([10, 'FAULT']);
    expect(bench.states('A', 'VI_2').at(-1)).toEqual([10, 'FAULT']);
    expect(
      bench.adverts.filter(({ priority }) => priority === 0).map((advert) => [advert.instance, advert.time]),
    ).toEqual([
      ['VI_2', 10e9],
      ['VI_2', 10e9],
      ['VI_1', 10e9],
    ]);
    expect(
      bench.trace
        .filter('vrrp.timeout')
        .filter(({ node }) => node === 'B')
        .map(({ time, instance: name }) => [time, name]),
    ).toEqual([
      [10.610375e9, 'VI_1'],
      [13.024437e9, 'VI_2'],
    ]);
    expect(bench.masters('B', 'VI_1')).toEqual([13.024437]);
    expect(bench.masters('B', 'VI_2')).toEqual([13.024437]);
  });

  test('row 36: only the adverts of VI_2 are lost from 10 on', () => {
    const bench = groups();
    bench.isLost = (from, _to, network, time) => network === 'eth1' && from === 'A' && time >= 10e9;
    bench.run(30);
    expect(bench.masters('B', 'VI_2')).toEqual([]);
    expect(
      bench.trace
        .filter('vrrp.timeout')
        .filter(({ node }) => node === 'B')
        .map(({ time }) => time / 1e9),
    ).toEqual([13.024437, 16.633812, 20.243187, 23.852562, 27.461937]);
  });

  test('two members fail: the group comes back with the last of them', () => {
    const bench = new RouterBench();
    bench.add('A', A, group(150), { group: true });
    const a = router(bench, 'A');
    bench.at(5, () => a.machine('VI_1').beginFailure());
    bench.at(6, () => a.machine('VI_2').beginFailure());
    bench.at(7, () => a.machine('VI_1').endFailure());
    bench.at(9, () => a.machine('VI_2').endFailure());
    bench.run(20);
    for (const name of ['VI_1', 'VI_2']) {
      expect(bench.states('A', name).slice(2)).toEqual([
        [5, 'FAULT'],
        [9, 'BACKUP'],
        [12.414062, 'MASTER'],
      ]);
    }
  });

  test('the group is MASTER only together, and yields together without a priority 0', () => {
    const bench = new RouterBench();
    bench.add('A', A, group(150), { group: true, start: 10 });
    bench.add('B', B, group(100), { group: true });
    bench.run(20);
    expect(bench.masters('B', 'VI_1')).toEqual([3.609375]);
    expect(bench.masters('B', 'VI_2')).toEqual([3.609375]);
    expect(bench.states('B', 'VI_1').at(-1)).toEqual([13.415062, 'BACKUP']);
    expect(bench.states('B', 'VI_2').at(-1)).toEqual([13.415062, 'BACKUP']);
    expect(bench.zeros('B')).toEqual([]);
    expect(
      bench.trace
        .filter('vrrp.group-state')
        .filter(({ node }) => node === 'B')
        .map(({ to }) => to),
    ).toEqual(['BACKUP', 'MASTER', 'BACKUP']);
  });
});
