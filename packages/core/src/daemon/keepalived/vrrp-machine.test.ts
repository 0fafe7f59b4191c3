import { describe, expect, test } from 'vitest';
import { RouterBench } from './testing/router-bench.js';
import type { InstanceSample } from './testing/sample-config.js';

const A = '10.0.0.1';
const B = '10.0.0.2';

describe('strict RFC 5798 §6.4', () => {
  const rfc = { mode: 'rfc' as const };
  const pair = (a: InstanceSample, b: InstanceSample): RouterBench => {
    const bench = new RouterBench();
    bench.add('A', A, a, rfc);
    bench.add('B', B, b, rfc);
    return bench;
  };

  test('one gratuitous ARP per address, once', () => {
    const bench = pair({ priority: 150 }, { priority: 100 }).run(30);
    expect(bench.garpBursts('A')).toEqual([[3.414062, 1]]);
    expect(bench.masters('B')).toEqual([]);
  });

  test('an owner is MASTER at once, and never BACKUP before', () => {
    const bench = new RouterBench();
    bench.add('A', A, { priority: 255 }, rfc);
    bench.run(3);
    expect(bench.states('A')).toEqual([[0, 'MASTER']]);
    expect(bench.advertsOf('A')).toEqual([0, 1, 2, 3]);
  });

  test('a lower advert is not answered and moves nothing', () => {
    const bench = pair({ priority: 150 }, { priority: 100 });
    bench.isLost = (_from, _to, _network, time) => time < 10.5e9;
    bench.run(20);
    expect(bench.advertsOf('B').at(-1)).toBe(10.609375);
    expect(bench.advertsOf('A')).toEqual(
      Array.from({ length: 17 }, (_, index) => Math.round((3.414062 + index) * 1e6) / 1e6),
    );
    expect(bench.garpBursts('A')).toHaveLength(1);
    expect(bench.states('B').at(-1)).toEqual([11.415062, 'BACKUP']);
  });

  test('a refused advert does not move the timer of a master', () => {
    const bench = pair({ priority: 100, password: 'a' }, { priority: 100, password: 'b' }).run(20);
    expect(bench.advertsOf('A')).toHaveLength(17);
    expect(bench.advertsOf('B')).toHaveLength(17);
  });

  test('equal adverts: the higher address stays, the lower yields, nobody answers', () => {
    const bench = pair({ priority: 100 }, { priority: 100 }).run(20);
    expect(bench.states('A').at(-1)).toEqual([3.610375, 'BACKUP']);
    expect(bench.advertsOf('B').slice(0, 2)).toEqual([3.609375, 4.609375]);
  });

  test('one priority 0 on the way to FAULT', () => {
    const bench = pair({ priority: 150 }, { priority: 100 });
    bench.at(10, () => bench.routers[0]?.machine().beginFailure());
    bench.run(20);
    expect(bench.zeros('A')).toEqual([10]);
    expect(bench.masters('B')).toEqual([10.610375]);
  });

  test('a master answers a priority 0 and starts its timer anew', () => {
    const bench = pair({ priority: 150 }, { priority: 100 });
    bench.isLost = (_from, _to, _network, time) => time < 9.9e9;
    bench.at(10, () => bench.routers[1]?.terminate());
    bench.run(12);
    expect(bench.advertsOf('A').filter((time) => time > 9.5)).toEqual([10.001, 11.001]);
  });
});

describe('keepalived', () => {
  const pair = (a: InstanceSample, b: InstanceSample): RouterBench => {
    const bench = new RouterBench();
    bench.add('A', A, a);
    bench.add('B', B, b);
    return bench;
  };
  const machine = (bench: RouterBench, index: number) => {
    const router = bench.routers[index];
    if (router === undefined) throw new RangeError('router');
    return router.machine();
  };

  test('higher_prio_send_advert does not answer an equal advert from its own address', () => {
    const source = { family: 'inet' as const, address: 0x0a00_0009 as never };
    const sample = { priority: 100, sourceAddress: source, higherPrioritySendAdvert: true };
    const bench = pair(sample, sample).run(6);
    expect(bench.advertsOf('A')).toEqual([3.609375, 4.610375, 5.611375]);
  });

  test('a priority 0 makes a backup wait Skew_Time, whoever sent it; a later change counts from that span', () => {
    const bench = new RouterBench();
    bench.add('A', A, { priority: 150 });
    bench.add('B', B, { priority: 100 });
    bench.add('C', '10.0.0.3', { priority: 50 });
    bench.at(10, () => bench.routers[0]?.terminate());
    bench.at(10.2, () => bench.routers[1]?.machine().changePriority(20));
    bench.run(20);
    // 10.001 + skew(100), then moved by MDI(120) − skew(100): the stored timer was the skew.
    expect(bench.masters('C')).toEqual([10.805687]);
    expect(bench.masters('B')).toEqual([13.53225]);
  });

  test('a preempt delay is stopped by a higher advert', () => {
    const bench = pair({ priority: 100, preemptDelayUs: 5_000_000 }, { priority: 90 });
    bench.isLost = (from) => from === 'A';
    bench.at(2, () => machine(bench, 1).changePriority(60));
    bench.at(7, () => machine(bench, 1).changePriority(-60));
    bench.at(9, () => machine(bench, 1).changePriority(60));
    bench.run(12);
    expect(bench.logs('A').filter((text) => text.includes('preempt'))).toEqual([
      '(VI_1) start preempt delay (5.000000)',
      '(VI_1) stop preempt delay',
    ]);
  });

  test('weights are held within 1..254, and an owner has none', () => {
    const bench = pair({ priority: 100 }, { priority: 255 });
    bench.at(1, () => {
      for (const index of [0, 1]) machine(bench, index).changePriority(-200);
    });
    bench.at(2, () => {
      for (const index of [0, 1]) machine(bench, index).changePriority(500);
    });
    bench.run(3);
    expect(bench.trace.filter('vrrp.priority').map(({ node, to }) => [node, to])).toEqual([
      ['A', 1],
      ['A', 254],
    ]);
    expect(machine(bench, 1).state.effectivePriority).toBe(255);
  });

  test('a priority that falls out of reach takes over at once, not in the past', () => {
    const bench = pair({ priority: 50 }, { priority: 1 });
    bench.at(3.8, () => machine(bench, 0).changePriority(200));
    bench.run(4);
    expect(bench.masters('A')).toEqual([3.8]);
  });

  test('several causes of FAULT: the last one to end counts', () => {
    const bench = new RouterBench();
    bench.add('A', A, { priority: 100 });
    bench.at(1, () => machine(bench, 0).beginFailure());
    bench.at(2, () => machine(bench, 0).beginFailure());
    bench.at(3, () => machine(bench, 0).endFailure());
    bench.at(4, () => machine(bench, 0).endFailure());
    bench.run(9);
    expect(bench.states('A')).toEqual([
      [0, 'BACKUP'],
      [1, 'FAULT'],
      [4, 'BACKUP'],
      [7.609375, 'MASTER'],
    ]);
    expect(bench.zeros('A')).toEqual([]);
  });

  test('adverts are not heard in FAULT, and a crash forgets everything learned', () => {
    const bench = pair(
      { priority: 150, version: 3, advertIntervalUs: 2_000_000 },
      { priority: 100, version: 3 },
    );
    bench.at(8, () => machine(bench, 1).beginFailure());
    bench.at(11, () => machine(bench, 1).endFailure());
    bench.run(11.5);
    expect(machine(bench, 1).state.masterInterval).toBe(1_000_000_000);
    bench.run(14);
    expect(machine(bench, 1).state.masterInterval).toBe(2_000_000_000);
    bench.routers[1]?.crash();
    expect(machine(bench, 1).state.state).toBe('INIT');
    expect(machine(bench, 1).state.masterInterval).toBe(1_000_000_000);
  });
});
