import type { Nanoseconds } from '@viplab/core';
import { type Slot, VectorStore } from '@viplab/core/engine';
import type { Scenario } from '../campaign/scenario.js';
import type { Violation } from '../property/property.js';
import { Branches } from './branches.js';
import type { Decisions } from './concrete-engine.js';
import { ConcreteLab } from './concrete-lab.js';
import { ConcreteStory } from './concrete-story.js';
import type { Exploration } from './exploration.js';
import { Frontier } from './frontier.js';
import { RepresentativeSpans } from './representative-spans.js';

/** How a state was reached from the one before it. */
export type ConcreteStep =
  | {
      readonly kind: 'start';
      readonly start: number;
      readonly latency: number;
      readonly branches: readonly number[];
    }
  /** The nth of the events that may be next happens, or is lost. */
  | { readonly kind: 'event' | 'lost'; readonly nth: number; readonly branches: readonly number[] }
  | {
      readonly kind: 'fault' | 'repair';
      readonly index: number;
      /** How long after the state before, ns. */
      readonly after: Nanoseconds;
      readonly branches: readonly number[];
    };

/** No state. */
export const NO_STATE = -1;

/** A violation and the state before it. */
export interface FoundRun {
  readonly violation: Violation;
  readonly parent: number;
  readonly step: ConcreteStep;
}

/** What a search may be told beside what is explored. */
export interface ConcreteSearchOptions {
  /** Only these starts, by the index of the host; default: every combination of representative ones. */
  readonly starts?: readonly (readonly Nanoseconds[])[];
}

/**
 * Every run of a lab within a campaign at representative instants: breadth-first over whole states (the discrete part, and
 * every instant relative to the present), in layers of causes spent, so that the first violation is one of the fewest
 * causes and then the fewest events.
 *
 * For labs with components that compute with time, such as cables with a bandwidth. What it finds broken is broken; what
 * it does not has held at the instants that {@link ConcreteSearch.bounds} lists, which is no proof.
 */
export class ConcreteSearch {
  readonly lab: ConcreteLab;
  readonly representatives: RepresentativeSpans;
  readonly starts: readonly (readonly Nanoseconds[])[];
  transitions = 0;
  depth = 0;
  /** States with pending events and no successor: must stay 0. */
  deadEnds = 0;
  readonly violations: FoundRun[] = [];
  /** `sometimes` properties that were met. */
  readonly reached = new Set<string>();
  readonly branches = new Branches();
  /** Told of each span that is drawn out of a range; see {@link ConcreteStory}. */
  drawn: ((path: string, span: Nanoseconds) => void) | null = null;
  /** Whole states: the discrete part, then the instants. The empty vector is 0, so they begin at 1. */
  private readonly states = new VectorStore();
  private readonly parents: number[] = [NO_STATE];
  private readonly steps: (ConcreteStep | null)[] = [null];
  private readonly depths: number[] = [0];
  private readonly waiting = new Frontier();
  private readonly whole: number[] = [];
  /** The network stands in the state that is being expanded, and nothing has been done to it. */
  private isFresh = false;
  private readonly pristine: { readonly discrete: number; readonly instants: Float64Array };
  private readonly ranges = new Map<string, readonly Nanoseconds[]>();

  constructor(exploration: Exploration, options: ConcreteSearchOptions = {}) {
    const decisions: Decisions = {
      choose: (count) => this.branches.take(count),
      within: (lo, hi, path) => this.drawWithin(lo, hi, path),
    };
    this.lab = new ConcreteLab(exploration, { decisions });
    this.representatives = new RepresentativeSpans(this.lab.plan, exploration.plan, exploration.campaign);
    this.starts = options.starts ?? this.representatives.starts();
    const discrete = this.lab.codec.capture();
    this.pristine = { discrete, instants: Float64Array.from(this.lab.instants()) };
    for (let latency = 0; latency < this.representatives.latencies.length; latency++)
      for (let start = 0; start < this.starts.length; start++)
        this.tryAll(NO_STATE, (branches) => ({ kind: 'start', start, latency, branches }));
  }

  /** How many states there are. */
  get size(): number {
    return this.states.size - 1;
  }

  /** States found and not yet expanded. */
  get frontier(): number {
    return this.waiting.size;
  }

  /** Bytes of all that is kept, about. */
  get bytes(): number {
    // Four arrays of numbers, and a step of some seven words.
    return this.states.bytes + this.lab.codec.bytes + this.size * (4 + 7) * 8;
  }

  /** The instants that were tried, in words, one phrase each. */
  get bounds(): string[] {
    return this.representatives.inWords();
  }

  /** Expands up to `most` states; false when there are none left. */
  expand(most: number): boolean {
    for (let done = 0; done < most; done++) {
      const id = this.waiting.next();
      if (id === undefined) return false;
      this.expandState(id);
    }
    return true;
  }

  // ---- steps

  /** Makes the network stand in a state, at instant 0; {@link NO_STATE}: as it was built. */
  load(id: number): void {
    if (id === NO_STATE) {
      this.lab.load(this.pristine.discrete, this.pristine.instants);
      return;
    }
    const whole = this.states.view(id);
    this.lab.load(whole[0] as number, whole.subarray(1));
  }

  private expandState(id: number): void {
    const { lab } = this;
    this.depth = Math.max(this.depth, this.depths[id] as number);
    this.load(id);
    this.isFresh = true;
    const next = lab.next();
    const losses = next.map((slot) => lab.slotMayBeLost(slot));
    const after = this.faultInstants();
    const begins = [...lab.mayBegin()];
    const ends = [...lab.mayEnd()];
    const before = this.transitions;
    next.forEach((_, nth) => {
      if (losses[nth] === true) this.tryAll(id, (branches) => ({ kind: 'lost', nth, branches }));
      this.tryAll(id, (branches) => ({ kind: 'event', nth, branches }));
    });
    for (const instant of after) {
      for (const { index } of begins)
        this.tryAll(id, (branches) => ({ kind: 'fault', index, after: instant, branches }));
      for (const { index } of ends)
        this.tryAll(id, (branches) => ({ kind: 'repair', index, after: instant, branches }));
    }
    if (next.length > 0 && this.transitions === before) this.deadEnds++;
  }

  /**
   * When faults may begin and end: just after the state, half way to whatever comes next (an event, or the end of a window),
   * and at that instant, before it. What happens in the midst of one instant is not tried, since no schedule can say it.
   */
  private faultInstants(): Nanoseconds[] {
    const { lab } = this;
    const { nextAt } = lab;
    if (nextAt === undefined) return [1];
    const ends = lab.windowEnds().filter((end) => end > 0 && end < nextAt);
    const instants = new Set<Nanoseconds>();
    let from = 0;
    for (const to of [...ends, nextAt].sort((one, other) => one - other)) {
      if (to === from) continue;
      instants
        .add(from + 1)
        .add(from + Math.ceil((to - from) / 2))
        .add(to);
      from = to;
    }
    return [...instants];
  }

  /** Tries a step with every combination of what may happen in it. */
  private tryAll(id: number, stepOf: (branches: readonly number[]) => ConcreteStep): void {
    const { branches } = this;
    branches.begin();
    do {
      if (!this.isFresh) this.load(id);
      this.isFresh = false;
      this.take(stepOf([]));
      this.arrive(id, stepOf([...branches.choices]));
    } while (branches.next());
  }

  /** Does a step from the state that the network stands in. */
  take(step: ConcreteStep): void {
    const { lab } = this;
    switch (step.kind) {
      case 'start':
        lab.begin(this.starts[step.start] ?? [], this.representatives.latencies[step.latency]?.delays ?? []);
        break;
      case 'event':
        lab.fire(lab.next()[step.nth] as Slot);
        break;
      case 'lost':
        lab.lose(lab.next()[step.nth] as Slot);
        break;
      case 'fault':
        lab.break(step.index, step.after);
        break;
      case 'repair':
        lab.repair(step.index, step.after);
        break;
    }
  }

  private drawWithin(lo: Nanoseconds, hi: Nanoseconds, path: string): Nanoseconds {
    const key = `${lo} ${hi}`;
    let values = this.ranges.get(key);
    if (values === undefined) {
      values = this.representatives.within(lo, hi);
      this.ranges.set(key, values);
    }
    const span = values[this.branches.take(values.length)] as number;
    this.drawn?.(path, span);
    return span;
  }

  /** The network stands after a step: the monitors have looked; keeps the state unless it is known. */
  private arrive(parent: number, step: ConcreteStep): void {
    const { lab } = this;
    this.transitions++;
    for (const name of lab.happening()) this.reached.add(name);
    const violation = lab.violation();
    if (violation !== null) {
      if (!this.violations.some((found) => found.violation.property === violation.property))
        this.violations.push({ violation, parent, step });
      lab.codec.forget();
      return;
    }
    this.enter(parent, step);
  }

  private enter(parent: number, step: ConcreteStep): void {
    const { lab, states, whole } = this;
    whole.length = 0;
    whole.push(lab.codec.capture());
    for (const instant of lab.instants()) whole.push(instant);
    const before = states.size;
    const id = states.intern(whole, whole.length);
    if (id < before) return;
    this.parents.push(parent);
    this.steps.push(step);
    this.depths.push(parent === NO_STATE ? 0 : (this.depths[parent] as number) + 1);
    const { cost } = lab;
    this.waiting.add(id, cost);
  }

  // ---- what was found

  /** The states that were kept, and the steps to them. */
  *stepsTo(found: FoundRun): Generator<{ readonly from: number; readonly step: ConcreteStep }> {
    const path: { from: number; step: ConcreteStep }[] = [{ from: found.parent, step: found.step }];
    for (let id = found.parent; id !== NO_STATE; id = this.parents[id] as number)
      path.push({ from: this.parents[id] as number, step: this.steps[id] as ConcreteStep });
    yield* path.reverse();
  }

  /** The run of a violation with its instants: walks the way to it once more. */
  scenarioOf(found: FoundRun): Scenario {
    return new ConcreteStory(this).scenarioOf(found);
  }
}
