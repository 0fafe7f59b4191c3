import { exactUnion, isSame, isWithin, Relation, relationOf } from '@viplab/core/engine';

/** What may happen next: the event (or the closing window) of a row, its loss, or a fault that begins or ends. */
export type Move =
  | { readonly kind: 'event'; readonly row: number }
  | { readonly kind: 'lost'; readonly row: number }
  | { readonly kind: 'fault'; readonly index: number }
  | { readonly kind: 'repair'; readonly index: number };

/** A move that was made, with what was chosen in it where more than one thing could happen. */
export type Step = Move & { readonly branches: readonly number[] };

/** No class. */
export const NO_CLASS = -1;

/** How many classes of one situation are tried for a union with a new one. */
const UNION_TRIES = 8;

/** State classes: a discrete state and the bounds on its instants. */
export class ClassStore {
  readonly discrete: number[] = [];
  readonly bounds: (Float64Array | null)[] = [];
  readonly parents: number[] = [];
  readonly steps: (Step | null)[] = [];
  readonly depths: number[] = [];
  /** Of each class that is a union, those that went into it, itself left out. */
  private readonly united = new Map<number, number[]>();
  /** Of each class that was taken into a later one, that one. */
  private readonly takenBy = new Map<number, number>();
  private readonly bySituation = new Map<number, number[]>();
  /** The known class in which the one lay that {@link ClassStore.enter} refused last. */
  covering = NO_CLASS;
  /** Numbers kept in all bounds. */
  cells = 0;
  /** Classes that are part of a later one. */
  subsumed = 0;

  constructor(
    private readonly usesInclusion: boolean,
    private readonly usesUnion: boolean,
  ) {}

  get size(): number {
    return this.discrete.length;
  }

  /** How many different discrete states there are. */
  get situations(): number {
    return this.bySituation.size;
  }

  /** The classes of a discrete state. */
  classesOf(discrete: number): readonly number[] {
    return this.bySituation.get(discrete) ?? [];
  }

  /** A class and all that were united into it: each has its own parent. */
  partsOf(id: number): number[] {
    return [id, ...(this.united.get(id) ?? []).flatMap((part) => this.partsOf(part))];
  }

  /** The steps from the first class to a class, on the way that was found first. */
  stepsTo(last: number): Step[] {
    const steps: Step[] = [];
    for (let id = last; id !== NO_CLASS; id = this.parents[id] as number) {
      const step = this.steps[id];
      if (step !== null && step !== undefined) steps.push(step);
    }
    return steps.reverse();
  }

  /** Bytes of all bounds. */
  get bytes(): number {
    return this.cells * 8;
  }

  /** Whether a class has been taken into a later one before it was looked at. */
  isSubsumed(id: number): boolean {
    return this.bounds[id] === null;
  }

  /**
   * Enters a class unless it is known; its number, or {@link NO_CLASS}.
   *
   * @param given - its bounds, in the first `size` x `size` numbers
   */
  enter(discrete: number, given: Float64Array, size: number, parent: number, step: Step | null): number {
    let known = this.bySituation.get(discrete);
    if (known === undefined) {
      known = [];
      this.bySituation.set(discrete, known);
    }
    for (const id of known) {
      const other = this.bounds[id] as Float64Array;
      if (this.usesInclusion ? isWithin(given, other) : isSame(given, other)) {
        this.covering = id;
        return NO_CLASS;
      }
    }
    let cells: Float64Array = given.slice(0, size * size);
    const id = this.discrete.length;
    if (this.usesInclusion) cells = this.takeOver(id, known, cells, size);
    this.discrete.push(discrete);
    this.bounds.push(cells);
    this.parents.push(parent);
    this.steps.push(step);
    this.depths.push(parent === NO_CLASS ? 0 : (this.depths[parent] as number) + 1);
    this.cells += cells.length;
    known.push(id);
    return id;
  }

  /** Unites a new class with known ones where the union is a class, and drops those that lie within it. */
  private takeOver(id: number, known: number[], given: Float64Array, size: number): Float64Array {
    let cells = given;
    const parts: number[] = [];
    for (let at = known.length - 1, tries = 0; at >= 0; at--) {
      const part = known[at] as number;
      const other = this.bounds[part] as Float64Array;
      const relation = relationOf(cells, other, size);
      if (relation === Relation.AROUND) this.drop(known, at, id);
      else if (relation === Relation.OTHER && this.usesUnion && tries < UNION_TRIES) {
        tries++;
        const union = exactUnion(cells, other);
        if (union === null) continue;
        cells = union;
        parts.push(part);
        this.drop(known, at, id);
        // What did not unite with the smaller class may unite with this one.
        at = known.length;
      }
    }
    if (parts.length > 0) this.united.set(id, parts);
    return cells;
  }

  /** The class that a class is part of in the end. */
  lastOf(id: number): number {
    let last = id;
    for (let next = this.takenBy.get(last); next !== undefined; next = this.takenBy.get(last)) last = next;
    return last;
  }

  private drop(known: number[], at: number, by: number): void {
    const [id] = known.splice(at, 1);
    if (id === undefined) return;
    this.takenBy.set(id, by);
    this.cells -= (this.bounds[id] as Float64Array).length;
    this.bounds[id] = null;
    this.subsumed++;
  }
}
