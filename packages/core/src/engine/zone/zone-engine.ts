import type { ClockDomain } from '../clock-domain.js';
import { Engine, type EngineOptions, type EventTarget, type WindowHome } from '../engine.js';
import { EventClass, type Slot } from '../event-queue.js';
import type { Nanoseconds } from '../time.js';
import { Bounds, ZERO } from './bounds.js';

/** What a row of the bounds stands for. */
export const RowKind = { GONE: 0, EVENT: 1, WINDOW: 2 } as const;

/** Ranks at one instant: a window has closed before anything else happens, a watcher's timer comes after all. */
const WINDOW_RANK = -1;

/** One hop of a frame's way: how long it takes, and whether that is reckoned to the next hop. */
export interface Hop {
  readonly lo: Nanoseconds;
  readonly hi: Nanoseconds;
  /** The receiver acts at once, and its own sending takes the time: a switch between two cables. */
  readonly passesAtOnce: boolean;
}

const NO_TIME = { lo: 0, hi: 0 };

/** Something happened that difference bounds cannot say: a component computed with the clock, or drew from a continuum. */
export class Unexplorable extends Error {
  override readonly name = 'Unexplorable';
}

/** How the network's instants are bounded beyond what its components say. Its driver puts events of one instant in order. */
export interface ZoneOptions extends Omit<EngineOptions, 'timersFirst'> {
  /** How far machines' clocks may be off, in parts per million either way. */
  readonly driftPpm?: number;
  /** Timers and windows that never end, since what they do is not asked: ages. By the path of their record or table. */
  readonly isEndless?: (path: string) => boolean;
  /** Columns of windows on which nothing depends, by the path of their table and their name. */
  readonly isIgnored?: (path: string, column: string) => boolean;
  /** What is scheduled to happen from outside, such as a late boot, happens at any instant up to this one. */
  readonly actionsWithin?: Nanoseconds;
}

/**
 * The engine under which time is not a number but a set of constraints: the same components arm the same timers, and
 * a state stands for every run that has come the same way, whatever its instants were.
 *
 * State classes as for time Petri nets (Berthomieu and Menasche 1983; Berthomieu and Diaz 1991): the discrete state,
 * and bounds on the differences between the pending deadlines, row 0 being the present.
 *
 * Who drives it loads a class, asks which events may be first, fires one, and saves what has become of it.
 */
export class ZoneEngine extends Engine {
  readonly bounds = new Bounds();
  /** The row of each slot's event, or 0. */
  rowOfSlot = new Int32Array(256);
  /** By row. */
  readonly kinds: number[] = [RowKind.GONE];
  readonly slots: Slot[] = [-1];
  readonly ranks: number[] = [0];
  readonly homes: (WindowHome | null)[] = [null];
  readonly homeIndices: number[] = [0];
  private readonly driftPpm: number;
  private readonly actionsWithin: Nanoseconds | undefined;
  /** Whether what a path names is an age of which nobody asks. */
  readonly isEndless: (path: string) => boolean;
  private readonly isIgnored: (path: string, column: string) => boolean;
  private readonly endlessTargets = new Map<number, boolean>();

  constructor(options: ZoneOptions) {
    super(options);
    this.driftPpm = options.driftPpm ?? 0;
    this.actionsWithin = options.actionsWithin;
    this.isEndless = options.isEndless ?? (() => false);
    this.isIgnored = options.isIgnored ?? (() => false);
  }

  // ---- rows

  /** Forgets all rows, for a class that is loaded next. */
  clearRows(): void {
    const { kinds, slots } = this;
    for (let row = 1; row < kinds.length; row++) {
      if (kinds[row] === RowKind.EVENT) this.rowOfSlot[slots[row] as Slot] = 0;
    }
    kinds.length = 1;
    slots.length = 1;
    this.ranks.length = 1;
    this.homes.length = 1;
    this.homeIndices.length = 1;
    this.heldSlots = [];
  }

  /** Names the next row of the bounds as a pending event. */
  nameEvent(slot: Slot, rank: number): number {
    if (slot >= this.rowOfSlot.length) {
      const bigger = new Int32Array(Math.max(slot + 1, this.rowOfSlot.length * 2));
      bigger.set(this.rowOfSlot);
      this.rowOfSlot = bigger;
    }
    const row = this.kinds.length;
    this.kinds.push(RowKind.EVENT);
    this.slots.push(slot);
    this.ranks.push(rank);
    this.homes.push(null);
    this.homeIndices.push(0);
    this.rowOfSlot[slot] = row;
    return row;
  }

  /** Names the next row of the bounds as the end of an open window. */
  nameWindow(home: WindowHome, index: number): number {
    const row = this.kinds.length;
    this.kinds.push(RowKind.WINDOW);
    this.slots.push(-1);
    this.ranks.push(WINDOW_RANK);
    this.homes.push(home);
    this.homeIndices.push(index);
    home.words[index] = row;
    return row;
  }

  private addEvent(slot: Slot, eventClass: EventClass, lo: Nanoseconds, hi: Nanoseconds): number {
    this.bounds.add(lo, hi);
    return this.nameEvent(slot, eventClass);
  }

  private drop(row: number): void {
    if (this.kinds[row] === RowKind.EVENT) this.rowOfSlot[this.slots[row] as Slot] = 0;
    this.kinds[row] = RowKind.GONE;
  }

  /** Forgets windows whose words have been overwritten since they were opened. */
  dropOverwritten(): void {
    for (let row = 1; row < this.kinds.length; row++) {
      if (this.kinds[row] !== RowKind.WINDOW) continue;
      if ((this.homes[row] as WindowHome).words[this.homeIndices[row] as number] !== row) this.drop(row);
    }
  }

  // ---- events

  private isEndlessTarget(target: EventTarget): boolean {
    let known = this.endlessTargets.get(target.id);
    if (known === undefined) {
      known = target.isDerived || this.isEndless(target.path);
      this.endlessTargets.set(target.id, known);
    }
    return known;
  }

  private drifted(slot: Slot, span: Nanoseconds): { lo: Nanoseconds; hi: Nanoseconds } {
    const ppm = this.driftPpm;
    const { domain } = this.targetOfSlot(slot);
    if (ppm === 0 || domain === undefined || domain === this.world) return { lo: span, hi: span };
    return {
      lo: Math.floor((span * 1_000_000) / (1_000_000 + ppm)),
      hi: Math.ceil((span * 1_000_000) / (1_000_000 - ppm)),
    };
  }

  override insertAfter(slot: Slot, span: Nanoseconds, eventClass: EventClass): void {
    const target = this.targetOfSlot(slot);
    if (!(span >= 0)) throw new RangeError(`${target.path}: a span of ${span} ns is not one`);
    if (this.isEndlessTarget(target)) return;
    const { lo, hi } =
      eventClass === EventClass.ACTION ? { lo: 0, hi: this.actionsWithin ?? span } : this.drifted(slot, span);
    this.addEvent(slot, eventClass, lo, hi);
  }

  override insertWithin(
    slot: Slot,
    domain: ClockDomain,
    span: Nanoseconds,
    latest: Nanoseconds,
    path: string,
  ): void {
    if (!(latest >= span))
      throw new RangeError(`${path}: the latest deadline lies ${span - latest} ns before the earliest`);
    if (this.isEndlessTarget(this.targetOfSlot(slot))) return;
    const lo = this.drifted(slot, domain.stretch(span)).lo;
    const hi = this.drifted(slot, domain.stretch(latest)).hi;
    this.addEvent(slot, EventClass.TIMER, lo, hi);
  }

  override insertLike(slot: Slot, windowEnd: number): void {
    if (this.isBefore(windowEnd)) {
      this.bounds.addLike(windowEnd);
      this.nameEvent(slot, EventClass.TIMER);
    } else this.addEvent(slot, EventClass.TIMER, 0, 0);
  }

  override insertAt(slot: Slot): void {
    const target = this.targetOfSlot(slot);
    if (this.isEndlessTarget(target)) return;
    throw new Unexplorable(`${target.path} computes with time`);
  }

  override move(slot: Slot, span: Nanoseconds): void {
    const row = this.rowOfSlot[slot] as number;
    if (row === 0) return;
    const { bounds } = this;
    bounds.shift(row, span);
    if (span >= 0 || (bounds.at(0, row) as number) <= ZERO) return;
    // It may lie in the past now. If it must, it is due; else both have to be looked at.
    const isPast = (bounds.at(row, 0) as number) <= ZERO;
    if (isPast || this.branch(2) === 1) {
      if (!isPast && !bounds.constrain(row, 0, 0)) throw new Infeasible();
      this.drop(row);
      this.addEvent(slot, EventClass.TIMER, 0, 0);
    } else if (!bounds.constrain(0, row, ZERO)) throw new Infeasible();
  }

  override post(target: EventTarget, span: Nanoseconds, eventClass: EventClass, payload: unknown): Slot {
    const slot = this.allocateSlot(target);
    this.payload[slot] = payload;
    if (this.ignores?.(target, payload) === true) {
      this.releaseSlot(slot);
      return slot;
    }
    const { carried } = this;
    const hop = this.hops?.(target) ?? null;
    if (hop === null) {
      this.addEvent(slot, eventClass, span + carried.lo, span + carried.hi);
      if (carried.lo < carried.hi) this.keepOrder(target, this.kinds.length - 1);
      return slot;
    }
    const lo = hop.lo + carried.lo;
    const hi = hop.hi + carried.hi;
    if (hop.passesAtOnce) this.atOnce.push({ slot, lo, hi });
    else {
      this.addEvent(slot, eventClass, lo, hi);
      // A cable is a pipe: nothing overtakes what was sent before.
      if (lo < hi) this.keepOrder(target, this.kinds.length - 1);
    }
    return slot;
  }

  /** How long frames are on their way to a target; null: as posted. Set by who drives the engine. */
  hops: ((target: EventTarget) => Hop | null) | null = null;
  /** Whether what is sent to a target changes nothing there, whenever it arrives. Set by who drives the engine. */
  ignores: ((target: EventTarget, payload: unknown) => boolean) | null = null;
  /** What has already gone by of the way of a frame that is being passed on. */
  private carried: { lo: Nanoseconds; hi: Nanoseconds } = NO_TIME;
  private readonly atOnce: { slot: Slot; lo: Nanoseconds; hi: Nanoseconds }[] = [];

  /** Lets the frames that pass at once arrive, after what sent them has ended. */
  private passOn(): void {
    for (let frame = this.atOnce.shift(); frame !== undefined; frame = this.atOnce.shift()) {
      this.carried = frame;
      (this.targetOf[frame.slot] as EventTarget).fire(frame.slot);
    }
    this.carried = NO_TIME;
  }

  /**
   * Which way a payload has come, as a number: of what came the same way nothing overtakes anything, even where a switch
   * has passed it on at once. Null: all the same. Set by who drives the engine.
   */
  wayOf: ((payload: unknown) => number) | null = null;

  private mayOvertake(other: Slot, slot: Slot): boolean {
    const { wayOf, payload } = this;
    return wayOf !== null && wayOf(payload[other]) !== wayOf(payload[slot]);
  }

  private keepOrder(target: EventTarget, row: number): void {
    for (let other = row - 1; other > 0; other--) {
      if (this.kinds[other] !== RowKind.EVENT) continue;
      if (this.targetOf[this.slots[other] as Slot] !== target) continue;
      if (this.mayOvertake(this.slots[other] as Slot, this.slots[row] as Slot)) continue;
      if (!this.bounds.constrain(other, row, ZERO)) throw new Infeasible();
      return;
    }
  }

  override remove(slot: Slot): void {
    const row = this.rowOfSlot[slot] as number;
    if (row > 0) this.drop(row);
    else if (this.heldSlots.length > 0) this.heldSlots = this.heldSlots.filter((held) => held !== slot);
  }

  override isPending(slot: Slot): boolean {
    return (this.rowOfSlot[slot] as number) > 0 || this.heldSlots.includes(slot);
  }

  override pendingSlots(): Slot[] {
    const pending: Slot[] = [];
    for (let row = 1; row < this.kinds.length; row++)
      if (this.kinds[row] === RowKind.EVENT) pending.push(this.slots[row] as Slot);
    return pending;
  }

  override allocateSlot(target: EventTarget): Slot {
    const slot = super.allocateSlot(target);
    if (slot >= this.rowOfSlot.length) {
      const bigger = new Int32Array(this.rowOfSlot.length * 2);
      bigger.set(this.rowOfSlot);
      this.rowOfSlot = bigger;
    }
    this.rowOfSlot[slot] = 0;
    return slot;
  }

  override deadlineOf(slot: Slot): Nanoseconds {
    throw new Unexplorable(`${this.targetOfSlot(slot).path} asks for a deadline`);
  }

  override releaseHeld(): void {
    const isFrozen = (slot: Slot): boolean => this.targetOfSlot(slot).domain?.isFrozen ?? false;
    const slots = this.heldSlots.filter((slot) => !isFrozen(slot));
    this.heldSlots = this.heldSlots.filter(isFrozen);
    let before = 0;
    for (const slot of slots) {
      const row = this.addEvent(slot, EventClass.OVERDUE, 0, 0);
      // In the order in which they fell due: each has a rank of its own between frames and timers.
      this.ranks[row] = EventClass.OVERDUE + before++ / slots.length;
    }
  }

  // ---- windows

  override openWindow(home: WindowHome, index: number, span: Nanoseconds): void {
    const isWord = home === this.store;
    if (span <= 0 || (isWord ? this.ignoredWords.has(index) : this.ignoredColumns.has(home)))
      home.words[index] = 0;
    else if (isWord ? this.endlessWords.has(index) : this.endlessColumns.has(home))
      home.words[index] = Number.MAX_SAFE_INTEGER;
    else {
      this.bounds.add(span, span);
      this.nameWindow(home, index);
    }
  }

  /** Called once all components are built: finds the windows that stay open for good, and those nothing depends on. */
  sortWindows(): void {
    this.store.fields.forEach((field, index) => {
      if (field.kind !== 'window') return;
      if (field.diagnostic) this.ignoredWords.add(index);
      else if (this.isEndless(this.store.pathOf(index))) {
        this.endlessWords.add(index);
        // Opened while the components were built, before it was known.
        const { words } = this.store;
        if (words[index] !== 0) words[index] = Number.MAX_SAFE_INTEGER;
      }
    });
    for (const { path, windows } of this.tables) {
      for (const [name, column] of Object.entries<WindowHome>(windows)) {
        if (this.isIgnored(path, name)) this.ignoredColumns.add(column);
        else if (this.isEndless(path)) this.endlessColumns.add(column);
      }
    }
  }

  /** Columns and words whose windows, once open, stay so: ages of which nobody asks. */
  readonly endlessColumns = new Set<WindowHome>();
  readonly endlessWords = new Set<number>();
  readonly ignoredColumns = new Set<WindowHome>();
  /** Words whose windows are never open, since nothing depends on them. */
  readonly ignoredWords = new Set<number>();

  override windowEnd(span: Nanoseconds): Nanoseconds {
    if (span === 0) return 0;
    throw new Unexplorable('a component computes the end of a window');
  }

  override sinceOpened(): never {
    throw new Unexplorable('what computes with time cannot be explored by constraints');
  }

  override isBefore(instant: number): boolean {
    if (instant === 0) return false;
    if (instant === Number.MAX_SAFE_INTEGER) return true;
    return this.kinds[instant] === RowKind.WINDOW;
  }

  // ---- steps

  /** What is tried in this step where more than one thing may happen, and how many there were of each. */
  private script: number[] = [];
  private options: number[] = [];
  private scriptAt = 0;

  /** One of several things happens: the driver tries all, one a step. */
  branch(options: number): number {
    const at = this.scriptAt++;
    if (at === this.script.length) {
      this.script.push(0);
      this.options.push(options);
    }
    return this.script[at] as number;
  }

  /** Begins the first of the steps that differ in what {@link ZoneEngine.branch} said. */
  beginBranches(): void {
    this.script = [];
    this.options = [];
    this.scriptAt = 0;
  }

  /** The choices of this step, for its replay. */
  get branchesTaken(): readonly number[] {
    return this.script;
  }

  /** Replays a step's choices. */
  takeBranches(script: readonly number[]): void {
    this.script = [...script];
    this.options = script.map(() => 1);
    this.scriptAt = 0;
  }

  /** Goes on to the next combination; false if all have been tried. */
  nextBranches(): boolean {
    this.scriptAt = 0;
    while (this.script.length > 0) {
      const last = this.script.length - 1;
      if ((this.script[last] as number) + 1 < (this.options[last] as number)) {
        this.script[last] = (this.script[last] as number) + 1;
        return true;
      }
      this.script.pop();
      this.options.pop();
    }
    return false;
  }

  private others: number[] = [];
  private otherBounds: number[] = [];

  /** Whether, as far as this step's bounds know, an event at `row` may come before all others. */
  mayBeFirst(row: number, precedes: (other: number, row: number) => boolean): boolean {
    const { bounds, kinds } = this;
    for (let other = 1; other < kinds.length; other++) {
      if (other === row || kinds[other] === RowKind.GONE) continue;
      const slack = bounds.at(other, row);
      if (slack < ZERO || (slack === ZERO && precedes(other, row))) return false;
    }
    return true;
  }

  /** Lets time pass to the instant of a row, which comes before all others. False if it cannot. */
  advance(row: number, precedes: (other: number, row: number) => boolean): boolean {
    const { kinds, others, otherBounds } = this;
    let count = 0;
    for (let other = 1; other < kinds.length; other++) {
      if (other === row || kinds[other] === RowKind.GONE) continue;
      others[count] = other;
      otherBounds[count] = precedes(other, row) ? 0 : ZERO;
      count++;
    }
    if (!this.bounds.isFirst(row, others, otherBounds, count)) return false;
    this.bounds.advanceTo(row);
    return true;
  }

  /** Lets time pass to any instant before which nothing has happened, or at which nothing has happened yet. */
  wait(): boolean {
    const { kinds, others, otherBounds, bounds } = this;
    bounds.elapse();
    let count = 0;
    for (let other = 1; other < kinds.length; other++) {
      if (kinds[other] === RowKind.GONE) continue;
      others[count] = other;
      otherBounds[count] = kinds[other] === RowKind.WINDOW ? 0 : ZERO;
      count++;
    }
    return bounds.isFirst(0, others, otherBounds, count);
  }

  /** Keeps the present as an instant that nothing waits for; its row. */
  note(): number {
    this.bounds.addLike(0);
    this.kinds.push(RowKind.GONE);
    this.slots.push(-1);
    this.ranks.push(0);
    this.homes.push(null);
    this.homeIndices.push(0);
    return this.kinds.length - 1;
  }

  /** Does something to the network now, and lets what passes at once arrive. */
  act(deed: () => void): void {
    deed();
    if (this.atOnce.length > 0) this.passOn();
  }

  /** Fires what a row stands for. Time has passed to it already. */
  fireRow(row: number): void {
    this.eventCount++;
    if (this.kinds[row] === RowKind.WINDOW) {
      (this.homes[row] as WindowHome).words[this.homeIndices[row] as number] = 0;
      this.drop(row);
      return;
    }
    const slot = this.slots[row] as Slot;
    this.drop(row);
    (this.targetOf[slot] as EventTarget).fire(slot);
    if (this.atOnce.length > 0) this.passOn();
  }

  /** Forgets what a step that was given up has left. */
  abandon(): void {
    for (const { slot } of this.atOnce) this.releaseSlot(slot);
    this.atOnce.length = 0;
    this.carried = NO_TIME;
  }
}

/** A branch of a step turned out to be impossible; the driver goes on with the next. */
export class Infeasible extends Error {
  override readonly name = 'Infeasible';
}
