import type { Nanoseconds } from '../engine/index.js';
import { type Interval, lengthOf } from './interval.js';
import { exactSeconds } from './spans-of-time.js';
import { textWidth } from './styled-text.js';

/** How a span of time is drawn as a row of columns. */
export interface ColumnScale {
  readonly duration: Nanoseconds;
  /** What one column stands for. */
  readonly column: Nanoseconds;
  readonly columns: number;
}

/** What one column may stand for, times a power of ten: widths in which people can count. */
const WIDTHS = [10, 15, 20, 25, 30, 40, 50, 75] as const;

/** What lies between two labels of the axis, times a power of ten. */
const STEPS = [1, 2, 5] as const;

/** Labels closer than this many columns would run into each other. */
const COLUMNS_PER_LABEL = 10;

/** The finest scale on which the whole duration fits into `most` columns. */
export function columnScale(duration: Nanoseconds, most: number): ColumnScale {
  for (let power = 1; ; power *= 10) {
    for (const width of WIDTHS) {
      const column = width * power;
      if (Math.ceil(duration / column) <= most) {
        return { duration, column, columns: Math.max(1, Math.ceil(duration / column)) };
      }
    }
  }
}

export const columnOf = (scale: ColumnScale, time: Nanoseconds): number =>
  Math.min(scale.columns - 1, Math.floor(time / scale.column));

/** The labels of the axis: `0s           10s`, each at the column of its instant. */
export function axisOf(scale: ColumnScale): string {
  const step = labelStep(scale);
  let axis = '';
  for (let time = 0; time <= scale.duration; time += step) {
    const at = Math.floor(time / scale.column);
    if (textWidth(axis) > 0 && textWidth(axis) >= at) continue;
    axis = `${axis.padEnd(at)}${exactSeconds(time)}s`;
  }
  return axis;
}

function labelStep(scale: ColumnScale): Nanoseconds {
  for (let power = 1; ; power *= 10) {
    for (const step of STEPS) if (step * power >= COLUMNS_PER_LABEL * scale.column) return step * power;
  }
}

/** What lies in each column: the pieces of the stretches that reach into it, with their lengths. */
export function cellsOf<T extends Interval, C>(
  stretches: readonly T[],
  scale: ColumnScale,
  cellOf: (pieces: readonly { readonly stretch: T; readonly length: Nanoseconds }[], column: number) => C,
): C[] {
  const cells: C[] = [];
  let first = 0;
  for (let column = 0; column < scale.columns; column++) {
    const from = column * scale.column;
    const to = Math.min(from + scale.column, scale.duration);
    const pieces: { stretch: T; length: Nanoseconds }[] = [];
    for (let index = first; index < stretches.length; index++) {
      const stretch = stretches[index];
      if (stretch === undefined || stretch.from >= to) break;
      if (stretch.to <= from) {
        first = index + 1;
        continue;
      }
      const inside = { from: Math.max(from, stretch.from), to: Math.min(to, stretch.to) };
      pieces.push({ stretch, length: lengthOf(inside) });
    }
    cells.push(cellOf(pieces, column));
  }
  return cells;
}

/**
 * The glyph of a column: the worst that is in it, and among equally bad ones that which lasts longest (the later one
 * of two that last equally long).
 *
 * @param rank how bad a glyph is; of the same rank are those that are merely different
 */
export function worstGlyph(
  pieces: readonly { readonly glyph: string; readonly length: Nanoseconds }[],
  rank: (glyph: string) => number,
): string {
  const lengths = new Map<string, Nanoseconds>();
  for (const { glyph, length } of pieces) lengths.set(glyph, (lengths.get(glyph) ?? 0) + length);
  let best = ' ';
  let bestRank = Number.NEGATIVE_INFINITY;
  let bestLength = 0;
  for (const { glyph } of pieces) {
    const length = lengths.get(glyph) ?? 0;
    if (rank(glyph) < bestRank || (rank(glyph) === bestRank && length < bestLength)) continue;
    best = glyph;
    bestRank = rank(glyph);
    bestLength = length;
  }
  return best;
}
