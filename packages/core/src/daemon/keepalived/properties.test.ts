import fc from 'fast-check';
import { expect, test } from 'vitest';
import { at, RouterBench } from './testing/router-bench.js';
import type { InstanceSample } from './testing/sample-config.js';

const NAMES = ['A', 'B', 'C'];
const node = fc.record({
  priority: fc.integer({ min: 1, max: 254 }),
  // In steps of a quarter of the latency, so that crossing adverts are common.
  start: fc
    .oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20_000 }))
    .map((steps) => steps * 0.00025),
  nopreempt: fc.boolean(),
});
const nodes = fc.array(node, { minLength: 2, maxLength: 3 });

interface Node {
  readonly priority: number;
  readonly start: number;
  readonly nopreempt: boolean;
}

function build(
  list: readonly Node[],
  sample: InstanceSample = {},
  timeScale = 1,
  latency?: number,
): RouterBench {
  const bench = new RouterBench(timeScale, latency);
  list.forEach(({ priority, start, nopreempt }, index) => {
    bench.add(NAMES[index] ?? '?', `10.0.0.${index + 1}`, { priority, nopreempt, ...sample }, { start });
  });
  return bench;
}

const modes = fc.constantFrom<InstanceSample>({}, { version: 3 }, { version: 3, advertIntervalUs: 100_000 });

test('on a lossless LAN they settle in exactly one master, and it is one that the rules allow', () => {
  fc.assert(
    fc.property(nodes, modes, (list, sample) => {
      const bench = build(list, sample).run(30);
      const [master, ...others] = bench.nowMasters();
      expect(others).toEqual([]);
      const winner = list[NAMES.indexOf(master ?? '')];
      // Nobody who would preempt is above it.
      for (const other of list) {
        if (winner !== undefined && !other.nopreempt)
          expect(other.priority).toBeLessThanOrEqual(winner.priority);
      }
      expect(winner).toBeDefined();
      // Settled: nothing changed in the last ten seconds, and it was one master at a time but for one latency.
      expect(bench.trace.filter('vrrp.state').every(({ time }) => time < at(20))).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('two masters at once last at most two latencies', () => {
  fc.assert(
    fc.property(nodes, (list) => {
      const bench = build(list).run(20);
      const held = new Set<string>();
      let since = -1;
      for (const { time, node: name, to } of bench.trace.filter('vrrp.state')) {
        const before = held.size;
        if (to === 'MASTER') held.add(name);
        else held.delete(name);
        if (held.size >= 2 && before < 2) since = time;
        if (held.size < 2 && before >= 2) expect(time - since).toBeLessThanOrEqual(2_000_000);
      }
      expect(held.size).toBe(1);
    }),
    { numRuns: 150 },
  );
});

test('equal priorities that cross: the higher address wins', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 254 }),
      fc.integer({ min: 0, max: 999 }),
      (priority, microseconds) => {
        const start = microseconds / 1e6;
        const bench = build([
          { priority, start: 0, nopreempt: false },
          { priority, start, nopreempt: false },
        ]).run(10);
        expect(bench.nowMasters()).toEqual(['B']);
        expect(bench.masters('A')).toHaveLength(1);
      },
    ),
  );
});

test('whatever fails and comes back, one master is left; the same seed gives the same run', () => {
  const happening = fc.record({
    time: fc.integer({ min: 4_000, max: 20_000 }),
    who: fc.integer({ min: 0, max: 1 }),
    what: fc.constantFrom('crash', 'fail', 'weigh', 'lose', 'stall'),
    span: fc.integer({ min: 1, max: 8_000 }),
  });
  const perform = (
    list: readonly Node[],
    happenings: readonly { time: number; who: number; what: string; span: number }[],
  ): RouterBench => {
    const bench = build(list);
    for (const { time, who, what, span } of happenings) {
      const router = bench.routers[who];
      if (router === undefined) continue;
      const [begin, end] = [time / 1000, (time + span) / 1000];
      const { state } = router;
      if (what === 'crash') {
        bench.at(begin, () => router.crash());
        bench.at(end, () => router.launchAt(0));
      } else if (what === 'fail') {
        bench.at(begin, () => state.alive && router.machine().beginFailure());
        bench.at(end, () => router.machine().state.failures > 0 && router.machine().endFailure());
      } else if (what === 'weigh') {
        bench.at(begin, () => router.machine().changePriority(-30));
        bench.at(end, () => router.machine().changePriority(30));
      } else if (what === 'lose') bench.at(begin, () => router.machine().loseAddress());
      else {
        bench.at(begin, () => router.stall());
        bench.at(end, () => router.resume());
      }
    }
    return bench.run(60);
  };
  fc.assert(
    fc.property(nodes, fc.array(happening, { maxLength: 6 }), (list, happenings) => {
      const bench = perform(list, happenings);
      expect(bench.nowMasters()).toHaveLength(1);
      expect(perform(list, happenings).events()).toEqual(bench.events());
    }),
    { numRuns: 80 },
  );
});

test('twice as slow is the same run', () => {
  fc.assert(
    fc.property(nodes, (list) => {
      const plain = build(list).run(20);
      const slow = build(list, {}, 2, 1_000_000).run(40);
      const shape = (bench: RouterBench, scale: number) =>
        bench.events().map(({ time, name, node: where }) => [time / scale, name, where]);
      expect(shape(slow, 2)).toEqual(shape(plain, 1));
    }),
    { numRuns: 40 },
  );
});
