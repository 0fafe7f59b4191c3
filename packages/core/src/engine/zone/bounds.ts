/**
 * A difference-bound matrix: what is known about several instants, as an upper bound on every difference of two.
 *
 * Row 0 is the present. A bound is one number, `2c + 1` for "≤ c ns" and `2c` for "< c ns"
 * (Dill 1989; Bengtsson and Yi 2004), `Infinity` for none. The matrix is kept closed: no bound can be tightened by going
 * round over a third instant.
 */
export type Bound = number;

/** "No bound". */
export const UNBOUNDED: Bound = Number.POSITIVE_INFINITY;

/** At most `span` ns. */
export const atMost = (span: number): Bound => 2 * span + 1;

/** Less than `span` ns. */
export const lessThan = (span: number): Bound => 2 * span;

/** At most 0: the bound of an instant from itself. */
export const ZERO: Bound = 1;

/** The span of a bound, ns. */
export const spanOf = (bound: Bound): number => Math.floor(bound / 2);

/** Whether the span itself is excluded. */
export const isStrict = (bound: Bound): boolean => (bound & 1) === 0;

/** The bound of a sum: strict if one of the two is. */
export const sum = (a: Bound, b: Bound): Bound => a + b - ((a | b) & 1);

/** The bounds on instants that a step works on. Rows are only added; {@link Bounds.pick} leaves some out. */
export class Bounds {
  /** How many rows there are, the present included. */
  size = 1;
  /** `cells[i * stride + j]` bounds instant i − instant j from above. */
  cells: Float64Array;
  stride: number;

  constructor(capacity = 32) {
    this.stride = capacity;
    this.cells = new Float64Array(capacity * capacity);
    this.cells[0] = ZERO;
  }

  /** Only the present is left. */
  clear(): void {
    this.size = 1;
    this.cells[0] = ZERO;
  }

  /** Takes over a packed matrix. */
  load(packed: Float64Array): void {
    const size = Math.round(Math.sqrt(packed.length));
    this.reserve(size);
    const { cells, stride } = this;
    this.size = size;
    for (let i = 0; i < size; i++) {
      const from = i * size;
      const to = i * stride;
      for (let j = 0; j < size; j++) cells[to + j] = packed[from + j] as number;
    }
  }

  private reserve(size: number): void {
    if (size <= this.stride) return;
    const stride = Math.max(size, this.stride * 2);
    const cells = new Float64Array(stride * stride);
    for (let i = 0; i < this.size; i++) {
      for (let j = 0; j < this.size; j++) cells[i * stride + j] = this.cells[i * this.stride + j] as number;
    }
    this.cells = cells;
    this.stride = stride;
  }

  /** The upper bound of instant i − instant j. */
  at(i: number, j: number): Bound {
    return this.cells[i * this.stride + j] as number;
  }

  /** A new instant, between `lo` and `hi` ns from now; its row. */
  add(lo: number, hi: number): number {
    const row = this.size;
    this.reserve(row + 1);
    this.size = row + 1;
    const { cells, stride } = this;
    const above = hi === UNBOUNDED ? UNBOUNDED : atMost(hi);
    const below = atMost(-lo);
    for (let j = 0; j < row; j++) {
      cells[row * stride + j] = sum(above, cells[j] as number);
      cells[j * stride + row] = sum(cells[j * stride] as number, below);
    }
    cells[row * stride + row] = ZERO;
    return row;
  }

  /** A new instant equal to that of another row. */
  addLike(other: number): number {
    const row = this.size;
    this.reserve(row + 1);
    this.size = row + 1;
    const { cells, stride } = this;
    for (let j = 0; j < row; j++) {
      cells[row * stride + j] = cells[other * stride + j] as number;
      cells[j * stride + row] = cells[j * stride + other] as number;
    }
    cells[row * stride + row] = ZERO;
    return row;
  }

  /** Moves one instant by a span, whatever comes of it. */
  shift(row: number, span: number): void {
    const { cells, stride, size } = this;
    for (let j = 0; j < size; j++) {
      if (j === row) continue;
      cells[row * stride + j] = (cells[row * stride + j] as number) + 2 * span;
      cells[j * stride + row] = (cells[j * stride + row] as number) - 2 * span;
    }
  }

  /** Demands instant i − instant j within a bound. False if nothing is left. */
  constrain(i: number, j: number, bound: Bound): boolean {
    const { cells, stride, size } = this;
    if (bound >= (cells[i * stride + j] as number)) return true;
    if (sum(bound, cells[j * stride + i] as number) < ZERO) return false;
    for (let a = 0; a < size; a++) {
      const toI = cells[a * stride + i] as number;
      if (toI === UNBOUNDED) continue;
      const through = sum(toI, bound);
      const base = a * stride;
      for (let b = 0; b < size; b++) {
        const candidate = sum(through, cells[j * stride + b] as number);
        if (candidate < (cells[base + b] as number)) cells[base + b] = candidate;
      }
    }
    return true;
  }

  /** The present moves to the instant of a row, which stays as a second name of the present. */
  advanceTo(row: number): void {
    const { cells, stride, size } = this;
    for (let j = 0; j < size; j++) {
      cells[j] = cells[row * stride + j] as number;
      cells[j * stride] = cells[j * stride + row] as number;
    }
    cells[0] = ZERO;
  }

  /** Time passes: the present moves on to any later instant. What must not be passed is said afterwards. */
  elapse(): void {
    for (let j = 1; j < this.size; j++) this.cells[j] = UNBOUNDED;
  }

  /**
   * Demands that one instant does not come after others: at once for all of them, since no bound can then use two of
   * the new ones. False if nothing is left.
   *
   * @param bounds - for each of `others`: {@link ZERO} for "not after", 0 for "before"
   */
  isFirst(row: number, others: ArrayLike<number>, bounds: ArrayLike<number>, count: number): boolean {
    const { cells, stride, size } = this;
    const own = row * stride;
    for (let b = 0; b < size; b++) {
      let best = cells[own + b] as number;
      for (let at = 0; at < count; at++) {
        const candidate = sum(bounds[at] as number, cells[(others[at] as number) * stride + b] as number);
        if (candidate < best) best = candidate;
      }
      if (best < (cells[own + b] as number)) {
        if (sum(best, cells[b * stride + row] as number) < ZERO) return false;
        cells[own + b] = best;
      }
    }
    for (let a = 0; a < size; a++) {
      const toRow = cells[a * stride + row] as number;
      if (a === row || toRow === UNBOUNDED) continue;
      const base = a * stride;
      for (let b = 0; b < size; b++) {
        const candidate = sum(toRow, cells[own + b] as number);
        if (candidate < (cells[base + b] as number)) cells[base + b] = candidate;
      }
    }
    return true;
  }

  /** The bounds of some rows, the present first, packed into the beginning of an array; how many numbers. */
  pick(rows: ArrayLike<number>, count: number, packed: Float64Array): number {
    const { cells, stride } = this;
    let to = 0;
    for (let i = 0; i <= count; i++) {
      const from = (i === 0 ? 0 : (rows[i - 1] as number)) * stride;
      packed[to++] = cells[from] as number;
      for (let j = 0; j < count; j++) packed[to++] = cells[from + (rows[j] as number)] as number;
    }
    return to;
  }
}

/** How two matrices of the same instants lie to each other. */
export const Relation = { SAME: 0, INSIDE: 1, AROUND: 2, APART: 3, OTHER: 4 } as const;
/** One of the values of `Relation`. */
export type Relation = (typeof Relation)[keyof typeof Relation];

/** Whether every valuation of one packed matrix is one of the other. */
export function isWithin(inner: Float64Array, outer: Float64Array): boolean {
  // By the outer one, since the inner one may be the beginning of a longer array.
  for (let at = 0; at < outer.length; at++) if ((inner[at] as number) > (outer[at] as number)) return false;
  return true;
}

/** Whether the beginning of an array is a packed matrix. */
export function isSame(one: Float64Array, packed: Float64Array): boolean {
  for (let at = 0; at < packed.length; at++) if (one[at] !== packed[at]) return false;
  return true;
}

/**
 * How one packed matrix lies to another. `APART`: a gap is between them, so that their union is none; two that touch
 * without a common valuation are not apart.
 */
export function relationOf(one: Float64Array, other: Float64Array, size: number): Relation {
  let isInside = true;
  let isAround = true;
  const length = size * size;
  for (let at = 0; at < length; at++) {
    const a = one[at] as number;
    const b = other[at] as number;
    if (a === b) continue;
    if (a > b) isInside = false;
    else isAround = false;
    if (!isInside && !isAround) break;
  }
  if (isInside) return isAround ? Relation.SAME : Relation.INSIDE;
  if (isAround) return Relation.AROUND;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (sum(one[i * size + j] as number, other[j * size + i] as number) < 0) return Relation.APART;
    }
  }
  return Relation.OTHER;
}

/** Tightens a packed matrix by one bound; false if nothing is left. */
function tighten(cells: Float64Array, size: number, i: number, j: number, bound: Bound): boolean {
  if (bound >= (cells[i * size + j] as number)) return true;
  if (sum(bound, cells[j * size + i] as number) < ZERO) return false;
  for (let a = 0; a < size; a++) {
    const toI = cells[a * size + i] as number;
    if (toI === UNBOUNDED) continue;
    const through = sum(toI, bound);
    for (let b = 0; b < size; b++) {
      const candidate = sum(through, cells[j * size + b] as number);
      if (candidate < (cells[a * size + b] as number)) cells[a * size + b] = candidate;
    }
  }
  return true;
}

/**
 * The union of two packed matrices as one matrix, if their convex hull adds nothing to it; else null.
 *
 * The hull is the union exactly if each part of it that lies outside the first matrix, cut off along one of the first's
 * bounds, lies inside the second.
 */
export function exactUnion(one: Float64Array, other: Float64Array): Float64Array | null {
  const hull = new Float64Array(one.length);
  for (let at = 0; at < one.length; at++) hull[at] = Math.max(one[at] as number, other[at] as number);
  const size = Math.round(Math.sqrt(one.length));
  const piece = new Float64Array(one.length);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const bound = one[i * size + j] as number;
      if (bound >= (hull[i * size + j] as number)) continue;
      piece.set(hull);
      // Outside: x_i − x_j > c is x_j − x_i < −c; the complement of "< c" is "≤ −c" the other way.
      if (tighten(piece, size, j, i, 1 - bound) && !isWithin(piece, other)) return null;
    }
  }
  return hull;
}
