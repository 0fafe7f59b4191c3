import { Relation, relationOf } from '@viplab/core/engine';
import { NO_CLASS, type Step } from './class-store.js';
import type { SymbolicSearch } from './symbolic-search.js';

/** A step between two classes on the way to the last. */
interface Passage {
  readonly to: number;
  readonly step: Step;
}

/** Part of a class, all of which a path leads to. */
interface Place {
  readonly id: number;
  readonly bounds: Float64Array;
  readonly path: PathEnd | null;
}

/** The last step of a path, and what came before it. */
interface PathEnd {
  readonly before: PathEnd | null;
  readonly step: Step;
}

/**
 * The classes from which a search has come to a class, and the steps between them. Classes that were united are one
 * class there, and a path through them need not be a run: each part of a union has its own past. So the corridor is walked
 * once more from its beginning, with nothing but what each path leads to.
 */
export class Corridor {
  /** How many steps are left from a class to the last. */
  private readonly distances = new Map<number, number>();
  private readonly passages = new Map<number, Passage[]>();
  private readonly starts: number[] = [];
  private readonly visited = new Map<number, Float64Array[]>();

  constructor(
    private readonly search: SymbolicSearch,
    private readonly last: number,
    /** Whether from there what is wanted follows from part of the last class. */
    private readonly isWanted: (bounds: Float64Array) => boolean,
  ) {
    this.walkBack();
  }

  private walkBack(): void {
    const { classes } = this.search;
    const queue = [this.last];
    this.distances.set(this.last, 0);
    for (const id of queue) {
      const distance = this.distances.get(id) as number;
      for (const part of classes.partsOf(id)) {
        const parent = classes.parents[part] as number;
        const step = classes.steps[part];
        if (parent === NO_CLASS || step === null || step === undefined) {
          this.starts.push(id);
          continue;
        }
        const onwards = this.passages.get(parent);
        if (onwards === undefined) this.passages.set(parent, [{ to: id, step }]);
        else onwards.push({ to: id, step });
        if (this.distances.has(parent)) continue;
        this.distances.set(parent, distance + 1);
        queue.push(parent);
      }
    }
    for (const onwards of this.passages.values())
      onwards.sort((one, other) => this.distanceOf(other.to) - this.distanceOf(one.to));
  }

  private distanceOf(id: number): number {
    return this.distances.get(id) as number;
  }

  /**
   * Paths to the last class that can be walked as they are and from whose end what is wanted follows, the nearest first.
   *
   * @param mostSteps - how many steps are tried in all
   */
  *paths(mostSteps: number): Generator<Step[]> {
    const { search, last } = this;
    const places: Place[] = this.starts.map((id) => ({ id, bounds: search.first, path: null }));
    let tried = 0;
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      if (place.id === last) {
        tried++;
        if (this.isWanted(place.bounds)) yield stepsOf(place.path);
      }
      // The last one that is pushed is the first to be taken: the nearest.
      for (const { to, step } of this.passages.get(place.id) ?? []) {
        if (tried++ >= mostSteps) return;
        const bounds = search.walk(place.id, place.bounds, step, search.classes.discrete[to] as number);
        if (bounds === null || this.isVisited(to, bounds)) continue;
        places.push({ id: to, bounds, path: { before: place.path, step } });
      }
    }
  }

  private isVisited(id: number, bounds: Float64Array): boolean {
    const known = this.visited.get(id);
    if (known === undefined) {
      this.visited.set(id, [bounds]);
      return false;
    }
    const size = Math.sqrt(bounds.length);
    const isKnown = known.some((other) => {
      const relation = relationOf(bounds, other, size);
      return relation === Relation.SAME || relation === Relation.INSIDE;
    });
    if (!isKnown) known.push(bounds);
    return isKnown;
  }
}

function stepsOf(end: PathEnd | null): Step[] {
  const steps: Step[] = [];
  for (let at: PathEnd | null = end; at !== null; at = at.before) steps.push(at.step);
  return steps.reverse();
}
