import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SECOND } from '../engine/index.js';
import { axisOf, cellsOf, columnOf, columnScale, worstGlyph } from './column-scale.js';
import { tile } from './interval.js';

describe('the scale', () => {
  test('takes the finest round width that fits', () => {
    expect(columnScale(45 * SECOND, 60)).toEqual({ duration: 45 * SECOND, column: 750_000_000, columns: 60 });
    expect(columnScale(30 * SECOND, 60).column).toBe(500_000_000);
    expect(columnScale(61 * SECOND, 60).column).toBe(1.5 * SECOND);
  });

  test('always fits, with every instant in a column', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 10, max: 80 }),
        (duration, most) => {
          const scale = columnScale(duration, most);
          expect(scale.columns).toBeLessThanOrEqual(most);
          expect(columnOf(scale, duration)).toBe(scale.columns - 1);
          expect(columnOf(scale, 0)).toBe(0);
        },
      ),
    );
  });

  test('labels stand at the column of their instant', () => {
    expect(axisOf(columnScale(45 * SECOND, 60))).toBe(
      '0s           10s          20s           30s          40s',
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 * SECOND }), (duration) => {
        const scale = columnScale(duration, 60);
        for (const label of axisOf(scale).matchAll(/([\d.]+)s/g)) {
          expect(Math.floor(Math.round(Number(label[1]) * 1e9) / scale.column)).toBe(label.index);
        }
      }),
    );
  });
});

describe('a column', () => {
  const rank = (glyph: string): number => ('ab!'.indexOf(glyph) === 2 ? 1 : 0);

  test('shows the worst thing in it, else what lasts longest, else the later', () => {
    expect(
      worstGlyph(
        [
          { glyph: 'a', length: 99 },
          { glyph: '!', length: 1 },
        ],
        rank,
      ),
    ).toBe('!');
    expect(
      worstGlyph(
        [
          { glyph: 'a', length: 3 },
          { glyph: 'b', length: 5 },
          { glyph: 'a', length: 3 },
        ],
        rank,
      ),
    ).toBe('a');
    expect(
      worstGlyph(
        [
          { glyph: 'a', length: 3 },
          { glyph: 'b', length: 3 },
        ],
        rank,
      ),
    ).toBe('b');
    expect(worstGlyph([], rank)).toBe(' ');
  });

  test('however short the worst is, it shows wherever it is, and nowhere else', () => {
    const states = fc.array(fc.record({ time: fc.nat(99), state: fc.constantFrom('a', 'b', '!') }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(states, fc.integer({ min: 5, max: 60 }), (all, most) => {
        const stretches = tile(
          all.sort((one, other) => one.time - other.time),
          'a',
          100,
        );
        const scale = columnScale(100, most);
        const cells = cellsOf(stretches, scale, (pieces) =>
          worstGlyph(
            pieces.map(({ stretch, length }) => ({ glyph: stretch.state, length })),
            rank,
          ),
        );
        expect(cells).toHaveLength(scale.columns);
        cells.forEach((cell, column) => {
          const from = column * scale.column;
          const isBad = stretches.some(
            (it) => it.state === '!' && it.from < from + scale.column && it.to > from,
          );
          expect(cell === '!').toBe(isBad);
        });
      }),
    );
  });
});
