import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atMost,
  type Bound,
  Bounds,
  exactUnion,
  isStrict,
  isWithin,
  lessThan,
  Relation,
  relationOf,
  spanOf,
  sum,
  UNBOUNDED,
  ZERO,
} from './bounds.js';

/**
 * A set of constraints with whole spans on n instants and the present has a solution exactly if it has one whose parts are
 * multiples of 1/(n + 1) ns: as many different fractions as there are instants. So a fine grid stands for the reals.
 */
const INSTANTS = 2;
const GRAIN = INSTANTS + 1;
/** Spans are small, so that the grid is. In units of 1/GRAIN. */
const REACH = 3 * GRAIN;

type Point = readonly number[];

const POINTS: readonly Point[] = Array.from({ length: (2 * REACH + 1) ** INSTANTS }, (_, index) => [
  0,
  (index % (2 * REACH + 1)) - REACH,
  Math.floor(index / (2 * REACH + 1)) - REACH,
]);

/** Spans by which a point is moved, finer than the grid. */
const FINER = 4;
const SHIFTS = Array.from({ length: 4 * REACH * FINER + 1 }, (_, index) => index / FINER - 2 * REACH);

const holds = (difference: number, bound: Bound): boolean =>
  bound === UNBOUNDED ||
  (isStrict(bound) ? difference < spanOf(bound) * GRAIN : difference <= spanOf(bound) * GRAIN);

const satisfies = (point: Point, bounds: Bounds): boolean =>
  point.every((one, i) => point.every((other, j) => holds(one - other, bounds.at(i, j))));

const pointsOf = (bounds: Bounds): Point[] => POINTS.filter((point) => satisfies(point, bounds));

const packed = (
  bounds: Bounds,
  rows = Array.from({ length: bounds.size - 1 }, (_, at) => at + 1),
): Float64Array => {
  const room = new Float64Array(100).fill(Number.NaN);
  return room.slice(0, bounds.pick(rows, rows.length, room));
};

const unpacked = (cells: Float64Array): Bounds => {
  const bounds = new Bounds(2);
  bounds.load(cells);
  return bounds;
};

const bound = fc
  .record({ span: fc.integer({ min: -2, max: 2 }), strict: fc.boolean() })
  .map(({ span, strict }) => (strict ? lessThan(span) : atMost(span)));

const demand = fc.record({
  i: fc.integer({ min: 0, max: INSTANTS }),
  j: fc.integer({ min: 0, max: INSTANTS }),
  bound,
});

/** Bounds that something satisfies: ranges from now, and demands of which those are left out that nothing satisfies. */
const bounds = fc
  .record({
    ranges: fc.array(
      fc
        .tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -2, max: 2 }))
        .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
      { minLength: INSTANTS, maxLength: INSTANTS },
    ),
    demands: fc.array(demand, { maxLength: 4 }),
  })
  .map(({ ranges, demands }) => {
    let made = new Bounds(2);
    for (const [lo, hi] of ranges) made.add(lo, hi);
    for (const { i, j, bound } of demands) {
      const before = packed(made);
      if (i !== j && !made.constrain(i, j, bound)) made = unpacked(before);
    }
    return made;
  });

const copyOf = (given: Bounds): Bounds => unpacked(packed(given));

function expectClosed(given: Bounds): void {
  for (let i = 0; i < given.size; i++)
    for (let j = 0; j < given.size; j++)
      for (let k = 0; k < given.size; k++)
        expect(given.at(i, j)).toBeLessThanOrEqual(sum(given.at(i, k), given.at(k, j)));
  for (let i = 0; i < given.size; i++) expect(given.at(i, i)).toBe(ZERO);
}

const sharedBy = (one: Bounds, other: Bounds): number =>
  pointsOf(one).filter((point) => satisfies(point, other)).length;

const sorted = (points: readonly Point[]): string[] => points.map((point) => point.join(' ')).sort();

describe('a bound', () => {
  test('is a number that says span and strictness, and adds like a demand', () => {
    fc.assert(
      fc.property(bound, bound, (one, other) => {
        const both = sum(one, other);
        expect(spanOf(both)).toBe(spanOf(one) + spanOf(other));
        expect(isStrict(both)).toBe(isStrict(one) || isStrict(other));
      }),
    );
    expect(lessThan(5)).toBeLessThan(atMost(5));
    expect(atMost(4)).toBeLessThan(lessThan(5));
    expect(sum(UNBOUNDED, atMost(-5))).toBe(UNBOUNDED);
  });

  test('holds spans of a month in nanoseconds, both signs', () => {
    const month = 30 * 86_400 * 1_000_000_000;
    expect(sum(atMost(month), lessThan(-1))).toBe(lessThan(month - 1));
    expect(spanOf(sum(atMost(-month), atMost(-month)))).toBe(-2 * month);
  });
});

describe('bounds against sets of points', () => {
  test('stay closed, whatever is demanded', () => {
    fc.assert(fc.property(bounds, (given) => expectClosed(given)));
  });

  test('an instant between lo and hi from now', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -2, max: 2 }),
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: -2, max: 2 }),
        (lo, width, other) => {
          const made = new Bounds(1);
          made.add(lo, lo + width);
          made.add(other, other);
          const wanted = POINTS.filter(
            ([, one = 0, two = 0]) =>
              one >= lo * GRAIN && one <= (lo + width) * GRAIN && two === other * GRAIN,
          );
          expect(sorted(pointsOf(made))).toEqual(sorted(wanted));
        },
      ),
    );
  });

  test('a demand leaves exactly the points that satisfy it, and says when there are none', () => {
    fc.assert(
      fc.property(bounds, demand, (given, { i, j, bound }) => {
        fc.pre(i !== j);
        const wanted = pointsOf(given).filter((point) =>
          holds((point[i] as number) - (point[j] as number), bound),
        );
        const isPossible = given.constrain(i, j, bound);
        expect(isPossible).toBe(wanted.length > 0);
        if (!isPossible) return;
        expect(sorted(pointsOf(given))).toEqual(sorted(wanted));
        expectClosed(given);
      }),
    );
  });

  test('the present moves to an instant', () => {
    fc.assert(
      fc.property(bounds, fc.integer({ min: 1, max: INSTANTS }), (given, row) => {
        // What an instant between the marks of the grid leads to may lie on them: the shift has a finer one.
        const wanted = POINTS.filter(
          (point) =>
            point[row] === 0 &&
            SHIFTS.some((shift) => satisfies([0, ...point.slice(1).map((x) => x + shift)], given)),
        );
        const moved = copyOf(given);
        moved.advanceTo(row);
        expect(sorted(pointsOf(moved))).toEqual(sorted(wanted));
        expectClosed(moved);
      }),
    );
  });

  test('time passes: every later present, and no other', () => {
    fc.assert(
      fc.property(bounds, (given) => {
        const elapsed = copyOf(given);
        elapsed.elapse();
        const wanted = POINTS.filter((point) =>
          SHIFTS.some(
            (shift) => shift >= 0 && satisfies([0, ...point.slice(1).map((x) => x + shift)], given),
          ),
        );
        expect(sorted(pointsOf(elapsed))).toEqual(sorted(wanted));
        expectClosed(elapsed);
      }),
    );
  });

  test('an instant is first: like one demand after the other', () => {
    fc.assert(
      fc.property(
        bounds,
        fc.integer({ min: 0, max: INSTANTS }),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        (given, row, strict) => {
          const others = [0, 1, 2].filter((other) => other !== row);
          const demands = others.map((other) => (strict[other] === true ? 0 : ZERO));
          const wanted = pointsOf(given).filter((point) =>
            others.every((other, at) =>
              holds((point[row] as number) - (point[other] as number), demands[at] as number),
            ),
          );
          const first = copyOf(given);
          const isPossible = first.isFirst(row, others, demands, others.length);
          expect(isPossible).toBe(wanted.length > 0);
          if (!isPossible) return;
          expect(sorted(pointsOf(first))).toEqual(sorted(wanted));
          expectClosed(first);
        },
      ),
    );
  });

  test('an instant is shifted, and copied', () => {
    fc.assert(
      fc.property(bounds, fc.integer({ min: -1, max: 1 }), (given, span) => {
        const wanted = pointsOf(given).map(([, one = 0, two = 0]) => [0, one + span * GRAIN, two]);
        const like = copyOf(given);
        const copy = like.addLike(1);
        expect([like.at(copy, 1), like.at(1, copy), like.at(copy, 2)]).toEqual([ZERO, ZERO, like.at(1, 2)]);
        expectClosed(like);
        const shifted = copyOf(given);
        shifted.shift(1, span);
        expect(sorted(pointsOf(shifted))).toEqual(sorted(wanted));
        expectClosed(shifted);
      }),
    );
  });

  test('rows are picked and packed, in any order', () => {
    fc.assert(
      fc.property(bounds, (given) => {
        const swapped = unpacked(packed(given, [2, 1]));
        expect(sorted(pointsOf(swapped))).toEqual(
          sorted(pointsOf(given).map(([, one = 0, two = 0]) => [0, two, one])),
        );
        expect([...packed(copyOf(given))]).toEqual([...packed(given)]);
      }),
    );
  });
});

describe('two sets of bounds', () => {
  test('one lies within the other exactly if its points do', () => {
    fc.assert(
      fc.property(bounds, bounds, (one, other) => {
        const outer = new Set(sorted(pointsOf(other)));
        const isInside = sorted(pointsOf(one)).every((point) => outer.has(point));
        expect(isWithin(packed(one), packed(other))).toBe(isInside);
        const isAround = pointsOf(one).length >= outer.size && sharedBy(one, other) === outer.size;
        const relation = relationOf(packed(one), packed(other), INSTANTS + 1);
        expect(relation === Relation.SAME).toBe(isInside && isAround);
        expect(relation === Relation.INSIDE).toBe(isInside && !isAround);
        expect(relation === Relation.AROUND).toBe(!isInside && isAround);
        if (relation === Relation.APART) {
          expect(sharedBy(one, other)).toBe(0);
          expect(exactUnion(packed(one), packed(other))).toBeNull();
        }
      }),
      { numRuns: 300 },
    );
  });

  test('their exact union has the points of both and no other; where there is none, their hull has more', () => {
    let united = 0;
    fc.assert(
      fc.property(bounds, bounds, (one, other) => {
        const union = exactUnion(packed(one), packed(other));
        const both = sorted(POINTS.filter((point) => satisfies(point, one) || satisfies(point, other)));
        if (union !== null) {
          united++;
          expect(sorted(pointsOf(unpacked(union)))).toEqual(both);
          expectClosed(unpacked(union));
          return;
        }
        const hull = packed(one).map((cell, at) => Math.max(cell, packed(other)[at] as number));
        expect(pointsOf(unpacked(hull)).length).toBeGreaterThan(both.length);
      }),
      { numRuns: 500 },
    );
    expect(united).toBeGreaterThan(20);
  });
});
