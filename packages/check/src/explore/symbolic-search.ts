import { Infeasible, RowKind } from '@viplab/core/engine';
import type { Violation } from '../property/property.js';
import { ClassStore, type Move, NO_CLASS, type Step } from './class-store.js';
import type { ExploredLab } from './explored-lab.js';
import { Frontier } from './frontier.js';

/** A violation and the class of its last step. */
export interface FoundViolation {
  readonly violation: Violation;
  readonly parent: number;
  readonly step: Step;
}

/**
 * Every run of a lab within a campaign, at every instant: breadth-first over state classes, in layers of causes spent,
 * so that the first violation is one of the fewest causes and then the fewest events.
 */
export class SymbolicSearch {
  readonly classes: ClassStore;
  transitions = 0;
  depth = 0;
  /** Classes with pending events and no successor: must stay 0. */
  deadEnds = 0;
  readonly violations: FoundViolation[] = [];
  /** `sometimes` properties that were met. */
  readonly reached = new Set<string>();
  /** Where each measured case was found to last longest, by measure and phase. */
  readonly longestAt = new Map<string, { readonly parent: number; readonly move: Move }>();
  /** Every transition: from which class, to which (or within which), and where classes are not united, by which step. */
  readonly edgesFrom: number[] = [];
  readonly edgesTo: number[] = [];
  readonly edgeSteps: Step[] = [];
  /** The bounds of the first class. */
  readonly first: Float64Array;
  private packed = new Float64Array(4096);
  private readonly rows: number[] = [];
  private readonly waiting = new Frontier();

  /**
   * @param perProperty - how many violations of one property are kept: where the first ones cannot be told as a story,
   *   later ones may be
   */
  constructor(
    readonly lab: ExploredLab,
    private readonly perProperty = 1,
  ) {
    const { inclusion, union } = lab.reductions;
    this.classes = new ClassStore(inclusion, union);
    lab.begin();
    this.enter(NO_CLASS, null);
    this.first = (this.classes.bounds[0] as Float64Array).slice();
  }

  /** Classes found and not yet expanded. */
  get frontier(): number {
    return this.waiting.size;
  }

  /** Bytes of all that is kept. */
  get bytes(): number {
    return this.classes.bytes + this.lab.codec.bytes;
  }

  /** Expands up to `most` classes; false when there are none left. */
  expand(most: number): boolean {
    for (let done = 0; done < most; done++) {
      const id = this.next();
      if (id === undefined) return false;
      this.expandClass(id);
    }
    return true;
  }

  private next(): number | undefined {
    for (let id = this.waiting.next(); id !== undefined; id = this.waiting.next())
      if (!this.classes.isSubsumed(id)) return id;
    return undefined;
  }

  /** Makes the engine hold a class. */
  load(id: number, bounds = this.classes.bounds[id] as Float64Array): void {
    const { lab, classes } = this;
    lab.codec.load(classes.discrete[id] as number);
    lab.engine.bounds.load(bounds);
    lab.loadedRows = lab.engine.kinds.length;
  }

  private expandClass(id: number): void {
    const { lab } = this;
    const { engine } = lab;
    this.depth = Math.max(this.depth, this.classes.depths[id] as number);
    // A successor may take the class over while it is being expanded.
    const bounds = this.classes.bounds[id] as Float64Array;
    this.load(id, bounds);
    const moves: Move[] = [];
    let isWaiting = false;
    for (let row = 1; row < engine.kinds.length; row++) {
      if (engine.kinds[row] === RowKind.EVENT) isWaiting = true;
      if (!engine.mayBeFirst(row, lab.precedes)) continue;
      if (lab.mayBeLost(row)) moves.push({ kind: 'lost', row });
      moves.push({ kind: 'event', row });
    }
    for (const { index } of lab.mayBegin()) moves.push({ kind: 'fault', index });
    for (const { index } of lab.mayEnd()) moves.push({ kind: 'repair', index });
    const before = this.transitions;
    let isLoaded = true;
    for (const move of moves) {
      engine.beginBranches();
      do {
        if (!isLoaded) this.load(id, bounds);
        isLoaded = false;
        if (this.tryMove(id, move)) this.arrive(id, { ...move, branches: [...engine.branchesTaken] });
      } while (engine.nextBranches());
    }
    if (isWaiting && this.transitions === before) this.deadEnds++;
  }

  private tryMove(parent: number, move: Move): boolean {
    const { lab } = this;
    try {
      lab.pass(move);
      lab.measure((found) => this.longestAt.set(`${found.measure} ${found.phase}`, { parent, move }));
      lab.make(move);
      return true;
    } catch (error) {
      if (!(error instanceof Infeasible)) throw error;
      lab.engine.abandon();
      lab.codec.forget();
      return false;
    }
  }

  /** Lets time pass to a move from where the engine stands; false if something else must come before. */
  passTo(move: Move): boolean {
    const { lab } = this;
    try {
      if ((move.kind === 'event' || move.kind === 'lost') && !lab.engine.mayBeFirst(move.row, lab.precedes))
        return false;
      lab.pass(move);
      return true;
    } catch (error) {
      if (!(error instanceof Infeasible)) throw error;
      return false;
    }
  }

  /** The engine stands after a step: lets the monitors look, and keeps the class unless it is known. */
  private arrive(parent: number, step: Step): void {
    const { lab } = this;
    this.transitions++;
    lab.observe();
    for (const { property, monitor } of lab.monitors)
      if (property.quantifier === 'sometimes' && monitor.violation !== null) this.reached.add(property.name);
    const violation = lab.violation();
    if (violation !== null) {
      const { property } = violation;
      const known = this.violations.filter((found) => found.violation.property === property).length;
      if (known < this.perProperty) this.violations.push({ violation, parent, step });
      lab.codec.forget();
      return;
    }
    this.enter(parent, step);
  }

  /**
   * Makes a step from part of a class, and lets the monitors look; the bounds after it, or null if it is not possible
   * from there.
   *
   * @param discrete - the discrete state to which it is to lead; null: any
   */
  walk(id: number, bounds: Float64Array, step: Step, discrete: number | null): Float64Array | null {
    const { lab } = this;
    this.load(id, bounds);
    lab.engine.takeBranches(step.branches);
    const isPossible =
      (step.kind !== 'event' && step.kind !== 'lost') || lab.engine.mayBeFirst(step.row, lab.precedes);
    if (!isPossible || !this.tryMove(id, step)) return null;
    lab.observe();
    const state = lab.codec.capture();
    if (discrete !== null && state !== discrete) return null;
    const size = this.pack();
    return this.packed.slice(0, size * size);
  }

  private enter(parent: number, step: Step | null): void {
    const { lab, classes } = this;
    const discrete = lab.codec.capture();
    const size = this.pack();
    const id = classes.enter(discrete, this.packed, size, parent, step);
    if (step !== null) {
      this.edgesFrom.push(parent);
      this.edgesTo.push(id === NO_CLASS ? classes.covering : id);
      // Where classes are united a cycle of steps need not be a run.
      if (!lab.reductions.inclusion) this.edgeSteps.push(step);
    }
    if (id === NO_CLASS) return;
    this.waiting.add(id, lab.cost);
  }

  /** Writes the bounds of the captured state into `packed`; their size. */
  private pack(): number {
    const { codec, engine } = this.lab;
    const { rows } = this;
    let count = 0;
    for (const slot of codec.eventSlots) rows[count++] = engine.rowOfSlot[slot] as number;
    for (let at = 0; at < codec.windowHomes.length; at++) {
      const { words } = codec.windowHomes[at] as { readonly words: Float64Array };
      rows[count++] = words[codec.windowIndices[at] as number] as number;
    }
    const size = count + 1;
    if (size * size > this.packed.length) this.packed = new Float64Array(4 * size * size);
    engine.bounds.pick(rows, count, this.packed);
    return size;
  }
}
