import type { Nanoseconds } from '@viplab/core';
import {
  type ChoiceSite,
  type Choices,
  type ClockDomain,
  type Clocks,
  Engine,
  EventClass,
  type EventTarget,
  type PendingEvent,
  type Slot,
  Unexplorable,
  type WindowHome,
} from '@viplab/core/engine';

/** The most outcomes of one choice that are all tried. */
const MOST_OUTCOMES = 8;

/** Decides what is open: one of several outcomes, and a span within a range. */
export interface Decisions {
  /** One of 0 .. options − 1. */
  choose(options: number): number;
  /** A span of lo .. hi ns; `path` names whose. */
  within(lo: Nanoseconds, hi: Nanoseconds, path: string): Nanoseconds;
}

/** How a concrete engine is made. */
export interface ConcreteEngineOptions {
  readonly decisions: Decisions;
  /** Timers and windows that never end, since what they do is not asked: ages. By the path of their record or table. */
  readonly isEndless: (path: string) => boolean;
  /** Columns of windows on which nothing depends, by the path of their table and their name. */
  readonly isIgnored: (path: string, column: string) => boolean;
}

/** Chance as decisions. What has too many outcomes is not explored. */
class DecidedChoices implements Choices {
  constructor(private readonly decisions: Decisions) {}

  choose(site: ChoiceSite, options: number): number {
    if (options > MOST_OUTCOMES)
      throw new Unexplorable(`${site.name} is left to chance, with ${options} outcomes`);
    return this.decisions.choose(options);
  }
}

/**
 * An engine in which time is a number, for exploring: who drives it chooses which of the events of one instant fires,
 * what chance decides, and where in its range a span falls. What is never asked (ages, derived timers) does not run.
 */
export class ConcreteEngine extends Engine {
  /** Whether the receiver acts at once, and its own sending takes the time: a switch between two cables. */
  passesAtOnce: ((target: EventTarget) => boolean) | null = null;
  /** How long frames are on their way to a target, each by itself; null: as posted. Set by who drives the engine. */
  delayOf: ((target: EventTarget) => { readonly lo: Nanoseconds; readonly hi: Nanoseconds } | null) | null =
    null;
  /** Whether what is sent to a target changes nothing there, whenever it arrives. Set by who drives the engine. */
  ignores: ((target: EventTarget, payload: unknown) => boolean) | null = null;
  /** Which way a payload has come; what came the same way keeps its order. Null: all the same. Set by who drives. */
  wayOf: ((payload: unknown) => number) | null = null;
  /** Whether delays may be such that order must be seen to. */
  keepsOrder = false;
  /** When each host of the plan that boots late does so; ns from the start. */
  boots: readonly Nanoseconds[] = [];
  /** Slots that were posted since the last step began, in their order. */
  readonly posted: Slot[] = [];
  private readonly decisions: Decisions;
  private readonly endlessPaths: (path: string) => boolean;
  private readonly ignoredPaths: (path: string, column: string) => boolean;
  private readonly endlessTargets = new Map<number, boolean>();
  private readonly endlessHomes = new Set<WindowHome>();
  private readonly endlessWords = new Set<number>();
  private readonly ignoredHomes = new Set<WindowHome>();
  private readonly ignoredWords = new Set<number>();
  private carried: Nanoseconds = 0;
  private readonly atOnce: { slot: Slot; after: Nanoseconds }[] = [];

  constructor({ decisions, isEndless, isIgnored }: ConcreteEngineOptions) {
    super({ choices: new DecidedChoices(decisions) });
    this.decisions = decisions;
    this.endlessPaths = isEndless;
    this.ignoredPaths = isIgnored;
  }

  /** Called once all components are built: finds the windows that stay open for good, and those nothing depends on. */
  sortWindows(): void {
    this.store.fields.forEach((field, index) => {
      if (field.kind !== 'window') return;
      if (field.diagnostic) this.ignoredWords.add(index);
      else if (this.endlessPaths(this.store.pathOf(index))) {
        this.endlessWords.add(index);
        // Opened while the components were built, before it was known.
        const { words } = this.store;
        if (words[index] !== 0) words[index] = Number.MAX_SAFE_INTEGER;
      }
    });
    for (const { path, windows } of this.tables)
      for (const [name, column] of Object.entries<WindowHome>(windows)) {
        if (this.ignoredPaths(path, name)) this.ignoredHomes.add(column);
        else if (this.endlessPaths(path)) this.endlessHomes.add(column);
      }
  }

  private isEndless(target: EventTarget): boolean {
    let known = this.endlessTargets.get(target.id);
    if (known === undefined) {
      known = target.isDerived || this.endlessPaths(target.path);
      this.endlessTargets.set(target.id, known);
    }
    return known;
  }

  // ---- what components ask for

  override insertAfter(slot: Slot, span: Nanoseconds, eventClass: EventClass): void {
    const target = this.targetOfSlot(slot);
    if (this.isEndless(target)) return;
    const isBoot = eventClass === EventClass.ACTION && !target.keepsSlot;
    super.insertAfter(slot, isBoot ? (this.boots[this.row[slot] as number] ?? span) : span, eventClass);
  }

  override insertWithin(
    slot: Slot,
    domain: ClockDomain,
    span: Nanoseconds,
    latest: Nanoseconds,
    path: string,
  ): void {
    const exact = this.decisions.within(span, latest, path);
    this.insertAfter(slot, domain.stretch(exact), EventClass.TIMER);
  }

  override insertAt(slot: Slot, instant: Nanoseconds, eventClass: EventClass): void {
    if (!this.isEndless(this.targetOfSlot(slot))) super.insertAt(slot, instant, eventClass);
  }

  override chooseWithin(path: string, width: Nanoseconds): Nanoseconds {
    return this.decisions.within(0, width, path);
  }

  override openWindow(home: WindowHome, index: number, span: Nanoseconds): void {
    const isWord = home === this.store;
    if (span <= 0 || (isWord ? this.ignoredWords.has(index) : this.ignoredHomes.has(home)))
      home.words[index] = 0;
    else if (isWord ? this.endlessWords.has(index) : this.endlessHomes.has(home))
      home.words[index] = Number.MAX_SAFE_INTEGER;
    else super.openWindow(home, index, span);
  }

  /** @throws Unexplorable for a stopwatch that was taken for an age and does not run */
  override sinceOpened(windowEnd: Nanoseconds, span: Nanoseconds): Nanoseconds {
    if (windowEnd === Number.MAX_SAFE_INTEGER) throw new Unexplorable('TCP computes with time');
    return super.sinceOpened(windowEnd, span);
  }

  override post(target: EventTarget, span: Nanoseconds, eventClass: EventClass, payload: unknown): Slot {
    const slot = this.allocateSlot(target);
    this.payload[slot] = payload;
    if (this.ignores?.(target, payload) === true) {
      this.releaseSlot(slot);
      return slot;
    }
    const range = this.delayOf?.(target) ?? null;
    const own = range === null ? span : this.decisions.within(range.lo, range.hi, target.path);
    const after = own + this.carried;
    if (this.passesAtOnce?.(target) === true) this.atOnce.push({ slot, after });
    else {
      this.queue.insert(slot, Math.max(this.now + after, this.lastOfSameWay(target, payload)), eventClass);
      this.posted.push(slot);
    }
    return slot;
  }

  /** A cable is a pipe: when what was sent before, the same way, arrives. */
  private lastOfSameWay(target: EventTarget, payload: unknown): Nanoseconds {
    const { wayOf } = this;
    let last = 0;
    if (!this.keepsOrder) return last;
    const way = wayOf?.(payload);
    for (const slot of this.queue.pending()) {
      if (this.targetOfSlot(slot) === target && wayOf?.(this.payload[slot]) === way)
        last = Math.max(last, this.deadlineOf(slot));
    }
    return last;
  }

  private readonly overdue = new Map<Slot, number>();

  /** What a freeze has held falls due in its old order: each has a rank of its own between frames and timers. */
  override releaseHeld(): void {
    const were = this.heldSlots;
    super.releaseHeld();
    const due = were.filter((slot) => this.queue.isPending(slot));
    due.forEach((slot, index) => {
      this.overdue.set(slot, EventClass.OVERDUE + index / due.length);
    });
  }

  /** What comes first at one instant, on one machine. */
  rankOf(slot: Slot): number {
    const eventClass = this.queue.classOf(slot);
    return eventClass === EventClass.OVERDUE ? (this.overdue.get(slot) ?? eventClass) : eventClass;
  }

  /** Puts an event back, for a load. */
  putBack(slot: Slot, instant: Nanoseconds, rank: number): void {
    const eventClass = Math.floor(rank) as EventClass;
    this.queue.insert(slot, instant, eventClass);
    if (eventClass === EventClass.OVERDUE) this.overdue.set(slot, rank);
  }

  // ---- steps

  /** Does something to the network now, and lets what passes at once arrive. */
  act(deed: () => void): void {
    this.posted.length = 0;
    deed();
    this.passOn();
    this.afterEvent?.();
  }

  private passOn(): void {
    for (let frame = this.atOnce.shift(); frame !== undefined; frame = this.atOnce.shift()) {
      this.carried = frame.after;
      this.targetOfSlot(frame.slot).fire(frame.slot);
    }
    this.carried = 0;
  }

  /** Lets time pass to an instant before which nothing is pending. */
  waitUntil(instant: Nanoseconds): void {
    this.nowNs = instant;
  }

  /** Lets time pass to the instant of a pending event before which nothing else is, and fires it. */
  fireSlot(slot: Slot): void {
    this.nowNs = this.deadlineOf(slot);
    this.queue.remove(slot);
    this.eventCount++;
    this.act(() => this.targetOfSlot(slot).fire(slot));
  }

  /** Forgets everything that is pending or held; the clock stands at 0. Slots are not released. */
  forgetEvents(): void {
    this.queue.reset(0);
    this.heldSlots = [];
    this.nowNs = 0;
    this.carried = 0;
    this.atOnce.length = 0;
  }
}

/** The instants of a concrete state, relative to its present: first of the pending events, then of the open windows. */
export class ConcreteClocks implements Clocks {
  private given: Float64Array = new Float64Array(0);
  private at = 0;
  private events = 0;

  constructor(private readonly engine: ConcreteEngine) {}

  /** When the windows close that the last load has put back. */
  get windowEnds(): Nanoseconds[] {
    return [...this.given.subarray(this.events)];
  }

  /** What the next load puts back. */
  give(instants: Float64Array): void {
    this.given = instants;
    this.at = 0;
    this.events = 0;
  }

  pending(): readonly PendingEvent[] {
    const { engine } = this;
    return engine.queue.pending().map((slot) => ({ slot, rank: engine.rankOf(slot) }));
  }

  clear(): void {
    this.engine.forgetEvents();
  }

  putEvent(slot: Slot, rank: number): void {
    this.engine.putBack(slot, this.given[this.at++] as number, rank);
    this.events = this.at;
  }

  putWindow(home: WindowHome, index: number): void {
    home.words[index] = this.given[this.at++] as number;
  }

  isOpen(word: number): boolean {
    return this.engine.isBefore(word);
  }
}
