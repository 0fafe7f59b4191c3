import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DurationInput } from '../../engine/index.js';
import { defineLab } from '../../lab/index.js';
import { type Given, lanOf, runOf } from './lan.fixture.js';

const NODES = ['n1', 'n2', 'n3'];
const SOURCES = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];

const startOf = (microseconds: number): DurationInput => `${microseconds}us`;
const node = fc.record({
  advskew: fc.constantFrom(0, 0, 1, 100, 101, 254),
  // In steps of a quarter of the latency, so that crossing adverts are common.
  start: fc
    .oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20_000 }))
    .map((steps) => startOf(steps * 250)),
  preempt: fc.boolean(),
});
const nodes = fc.array(node, { minLength: 2, maxLength: 3 });
const capture = fc.constantFrom<Given['capture'][]>('immediate', 'blocks');

/** Masters at the end. */
function mastersOf(run: ReturnType<typeof runOf>): string[] {
  const last = new Map(run.trace.filter('carp.state').map((event) => [event.node, event.to]));
  return NODES.filter((name) => last.get(name) === 'MASTER');
}

test('on a lossless LAN they settle in exactly one master, which nobody who preempts would better', () => {
  fc.assert(
    fc.property(nodes, capture, (list, how) => {
      const givens = list.map(({ advskew, start, preempt }, index) => ({
        source: SOURCES[index] ?? '',
        advskew,
        start,
        more: preempt ? '-P' : '',
        ...(how === undefined ? {} : { capture: how }),
      }));
      const run = defineLab(lanOf(givens, [], { duration: '40s' })).run();
      const [master, ...others] = mastersOf(run);
      expect(others).toEqual([]);
      const winner = list[NODES.indexOf(master ?? '')];
      expect(winner).toBeDefined();
      for (const other of list)
        if (winner !== undefined && other.preempt)
          expect(other.advskew).toBeGreaterThanOrEqual(winner.advskew);
      expect(run.trace.filter('carp.state').every(({ time }) => time < 25e9)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('equal skews that cross: the lower address wins, and two masters hear each other within two ways', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 100, 254),
      fc.integer({ min: 0, max: 999 }),
      fc.boolean(),
      (advskew, microseconds, isLowerLate) => {
        const late = startOf(microseconds);
        const run = runOf([
          { source: '10.0.0.1', advskew, start: isLowerLate ? late : '0s' },
          { source: '10.0.0.2', advskew, start: isLowerLate ? '0s' : late },
        ]);
        expect(mastersOf(run)).toEqual(['n1']);
        const changes = run.trace.filter('carp.state').filter(({ time }) => time > 1e9);
        const dual = (changes.at(-1)?.time ?? 0) - (changes[1]?.time ?? 0);
        expect(changes.map(({ to }) => to)).toEqual(['MASTER', 'MASTER', 'BACKUP']);
        expect(dual).toBeLessThanOrEqual(2_000_000);
      },
    ),
    { numRuns: 60 },
  );
});

test('in blocks two masters last at most a block and two ways', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 30, max: 60 }), (microseconds, ready) => {
      const run = runOf([
        { source: '10.0.0.1', capture: 'blocks', start: startOf(microseconds), ready: `${ready}ms` },
        { source: '10.0.0.2', capture: 'blocks', ready: '45ms' },
      ]);
      expect(mastersOf(run)).toHaveLength(1);
      const held = new Set<string>();
      let since = 0;
      for (const { node: name, to, time } of run.trace.filter('carp.state')) {
        const before = held.size;
        if (to === 'MASTER') held.add(name);
        else held.delete(name);
        if (held.size === 2 && before < 2) since = time;
        if (held.size < 2 && before === 2) expect(time - since).toBeLessThanOrEqual(1_002_000_000);
      }
    }),
    { numRuns: 40 },
  );
});
