import type { ChoiceSite, Choices } from './choices.js';
import { ClockDomain } from './clock-domain.js';
import { EventClass, EventQueue, NO_SLOT, type Slot } from './event-queue.js';
import type { Fields, InitialValues, RecordOf, RecordType, TimerHandlers } from './fields.js';
import { fingerprint } from './fingerprint.js';
import { createRecord, NOTHING_GIVEN, RecordStore } from './record-store.js';
import { type RowHandlers, Table, type TableType } from './table.js';
import type { WaitingStore } from './tagged-queue.js';
import { END_OF_TIME, type Nanoseconds } from './time.js';

/** Something that events are for: a timer, a table's timer column, one direction of a link. */
export interface EventTarget {
  /** Its place in the order of construction. */
  readonly id: number;
  readonly path: string;
  /** True where the event can be worked out from the rest of the state, so that no snapshot holds it. */
  readonly isDerived: boolean;
  /** True where the target has one slot for good, false where each event has its own. */
  readonly keepsSlot: boolean;
  /** Whose time the events run in, for a target that holds them while it is frozen. */
  readonly domain?: ClockDomain;
  fire(slot: Slot): void;
  /** What tells this target's events apart, for snapshots: the key of the row, or zeros. */
  keyOf(slot: Slot): readonly [number, number];
  /** A slot for an event that a snapshot puts back. */
  adopt(a: number, b: number): Slot;
}

/** Where the end of a window is kept: a word of a record, or a row of a table's column. */
export interface WindowHome {
  words: Float64Array;
}

/** A place of chance whose position is kept among the engine's. */
class Site implements ChoiceSite {
  private readonly key: number;

  constructor(
    readonly name: string,
    private readonly positions: Map<number, number>,
  ) {
    this.key = fingerprint(name);
  }

  get position(): number {
    return this.positions.get(this.key) ?? 0;
  }

  set position(position: number) {
    this.positions.set(this.key, position);
  }
}

/** How an engine is made. */
export interface EngineOptions {
  /** The one door for chance. */
  readonly choices: Choices;
  /** Multiplies every span; 1 unless a test doubles time to show that nobody reads a clock. */
  readonly timeScale?: number;
  /** Whether the timers of an instant come before the frames that arrive in it; `false` if left out. */
  readonly timersFirst?: boolean;
}

/**
 * The clock, the pending events and the declared state of one simulated network. It knows nothing of networks.
 *
 * Components are built against it once, in an order that depends on the design only; then it runs. Everything that
 * can change is in its records, tables and queues, so {@link saveState} and {@link restoreState} are complete.
 */
export class Engine {
  readonly choices: Choices;
  readonly store = new RecordStore();
  readonly tables: Table<Fields>[] = [];
  readonly queues: WaitingStore[] = [];
  readonly targets: EventTarget[] = [];
  /** Called after a restore, so that what is derived can be worked out again. */
  readonly afterRestore: (() => void)[] = [];
  /** Called after every event, when set. */
  afterEvent: (() => void) | null = null;
  /** Row and payload of each slot's event. */
  row: Int32Array<ArrayBuffer> = new Int32Array(64);
  readonly payload: unknown[] = [];
  readonly queue: EventQueue;
  /** Multiplies every span; 1 unless a test doubles time. */
  readonly timeScale: number;
  protected readonly targetOf: EventTarget[] = [];
  /** Events of frozen domains that are past their deadline, in the order in which they fell due. */
  protected heldSlots: Slot[] = [];
  protected nowNs: Nanoseconds = 0;
  /** How many events have fired. */
  eventCount = 0;
  /** The world's own clock: what no machine's freeze holds back. */
  readonly world: ClockDomain;

  constructor(options: EngineOptions) {
    this.choices = options.choices;
    this.timeScale = options.timeScale ?? 1;
    this.queue = new EventQueue(undefined, options.timersFirst);
    this.world = new ClockDomain(this, 'world');
  }

  // ---- building

  /** Allocates a declared record. `domain` is whose time its timers and windows run in. */
  record<F extends Fields>(
    path: string,
    type: RecordType<F>,
    domain: ClockDomain,
    handlers: TimerHandlers<F> = NOTHING_GIVEN as TimerHandlers<F>,
    initial: InitialValues<F> = NOTHING_GIVEN as InitialValues<F>,
  ): RecordOf<F> {
    return createRecord(this, path, type, domain, handlers, initial);
  }

  /** Allocates a declared table. */
  table<F extends Fields>(
    path: string,
    type: TableType<F>,
    domain: ClockDomain,
    handlers: RowHandlers<F> = NOTHING_GIVEN as RowHandlers<F>,
  ): Table<F> {
    const created = new Table(this, path, type, domain, handlers);
    this.tables.push(created as unknown as Table<Fields>);
    return created;
  }

  /** How often each site of chance was asked, by the fingerprint of its name; sites never asked are absent. */
  readonly chancePositions = new Map<number, number>();

  /** Makes a place where chance enters; its position is part of the state. */
  site(name: string): ChoiceSite {
    return new Site(name, this.chancePositions);
  }

  /** One of `options` outcomes of a site. */
  choose(site: ChoiceSite, options: number): number {
    return this.choices.choose(site, options);
  }

  private readonly timerSites = new Map<string, ChoiceSite>();

  /** How far into a range of `width` ns a timer's deadline falls. */
  chooseWithin(path: string, width: Nanoseconds): Nanoseconds {
    let site = this.timerSites.get(path);
    if (site === undefined) {
      site = this.site(`${path} within`);
      this.timerSites.set(path, site);
    }
    if (!(width >= 0))
      throw new RangeError(`${path}: the latest deadline lies ${-width} ns before the earliest`);
    return this.choices.choose(site, width + 1);
  }

  register(target: EventTarget): number {
    this.targets.push(target);
    return this.targets.length - 1;
  }

  addQueue(queue: WaitingStore): void {
    this.queues.push(queue);
  }

  // ---- events

  allocateSlot(target: EventTarget): Slot {
    const slot = this.queue.allocate();
    // Filled without gaps, or the array of payloads would turn into a dictionary.
    if (slot === this.payload.length) this.payload.push(null);
    if (slot >= this.row.length) {
      const bigger = new Int32Array(this.row.length * 2);
      bigger.set(this.row);
      this.row = bigger;
    }
    this.targetOf[slot] = target;
    return slot;
  }

  releaseSlot(slot: Slot): void {
    this.payload[slot] = null;
    this.queue.release(slot);
  }

  /**
   * Schedules a slot `span` from now.
   *
   * @throws RangeError for a span that is negative, not whole, or reaches beyond {@link END_OF_TIME}.
   */
  insertAfter(slot: Slot, span: Nanoseconds, eventClass: EventClass): void {
    if (!(span >= 0))
      throw new RangeError(`${this.targetOfSlot(slot).path}: a span of ${span} ns is not one`);
    this.queue.insert(slot, this.nowNs + span * this.timeScale, eventClass);
  }

  /** Schedules a slot at an instant between `span` and `latest` of a domain's clock: a choice of the site `path`. */
  insertWithin(slot: Slot, domain: ClockDomain, span: Nanoseconds, latest: Nanoseconds, path: string): void {
    const exact = span + this.chooseWithin(path, latest - span);
    this.insertAfter(slot, domain.stretch(exact), EventClass.TIMER);
  }

  /** Schedules a slot at the instant at which a window closes; one that has closed is due now. */
  insertLike(slot: Slot, windowEnd: Nanoseconds): void {
    this.insertAt(slot, windowEnd, EventClass.TIMER);
  }

  /** Schedules a slot at an instant; one that has passed is due now. */
  insertAt(slot: Slot, instant: Nanoseconds, eventClass: EventClass): void {
    this.queue.insert(slot, Math.max(instant, this.nowNs), eventClass);
  }

  /** Moves the deadline of a pending event by a span that may be negative; one that would lie in the past is due now. */
  move(slot: Slot, span: Nanoseconds): void {
    const instant = this.deadlineOf(slot) + span * this.timeScale;
    const eventClass = this.queue.classOf(slot);
    this.remove(slot);
    this.insertAt(slot, instant, eventClass === EventClass.OVERDUE ? EventClass.TIMER : eventClass);
  }

  /** Schedules a frame's arrival or anything else that carries a payload. The slot is the target's to release. */
  post(target: EventTarget, span: Nanoseconds, eventClass: EventClass, payload: unknown): Slot {
    if (!(span >= 0)) throw new RangeError(`${target.path}: a span of ${span} ns is not one`);
    const slot = this.allocateSlot(target);
    this.payload[slot] = payload;
    this.queue.insert(slot, this.nowNs + span * this.timeScale, eventClass);
    return slot;
  }

  remove(slot: Slot): void {
    if (this.queue.isPending(slot)) this.queue.remove(slot);
    else if (this.heldSlots.length > 0) this.heldSlots = this.heldSlots.filter((held) => held !== slot);
  }

  isPending(slot: Slot): boolean {
    return this.queue.isPending(slot) || this.heldSlots.includes(slot);
  }

  deadlineOf(slot: Slot): Nanoseconds {
    return this.queue.time[slot] as Nanoseconds;
  }

  /** Keeps back an event of a frozen domain that has fallen due. */
  hold(slot: Slot): void {
    this.heldSlots.push(slot);
  }

  /** The slots that will fire, in their order, without those that are held. */
  pendingSlots(): Slot[] {
    return this.queue.pending();
  }

  /** Makes due, before the timers of this instant, what is held for domains that are not frozen any more. */
  releaseHeld(): void {
    const isFrozen = (slot: Slot): boolean => this.targetOfSlot(slot).domain?.isFrozen ?? false;
    const slots = this.heldSlots.filter((slot) => !isFrozen(slot));
    this.heldSlots = this.heldSlots.filter(isFrozen);
    for (const slot of slots) this.queue.insert(slot, this.nowNs, EventClass.OVERDUE);
  }

  get held(): readonly Slot[] {
    return this.heldSlots;
  }

  // ---- windows

  /** Opens the window whose end is kept in a word: for `span` from now, however long it would still have been open. */
  openWindow(home: WindowHome, index: number, span: Nanoseconds): void {
    home.words[index] = this.windowEnd(span);
  }

  windowEnd(span: Nanoseconds): Nanoseconds {
    return Math.min(END_OF_TIME, this.nowNs + span * this.timeScale);
  }

  /** How long ago a window was opened for `span`: for what computes with time, such as round-trip times. */
  sinceOpened(windowEnd: Nanoseconds, span: Nanoseconds): Nanoseconds {
    return Math.floor((this.nowNs - (windowEnd - span * this.timeScale)) / this.timeScale);
  }

  isBefore(instant: Nanoseconds): boolean {
    return this.nowNs < instant;
  }

  // ---- running

  /** The present instant. For the trace and for drivers; no component decides by it. */
  get now(): Nanoseconds {
    return this.nowNs;
  }

  /** Fires the next event, if there is one not after `until`. */
  step(until: Nanoseconds = END_OF_TIME): boolean {
    const slot = this.queue.pop(until);
    if (slot === NO_SLOT) return false;
    this.nowNs = this.queue.time[slot] as number;
    this.eventCount++;
    (this.targetOf[slot] as EventTarget).fire(slot);
    if (this.afterEvent !== null) this.afterEvent();
    return true;
  }

  /** Fires everything up to and including an instant, and stands there. */
  runUntil(until: Nanoseconds): void {
    const { queue, targetOf } = this;
    for (let slot = queue.pop(until); slot !== NO_SLOT; slot = queue.pop(until)) {
      this.nowNs = queue.time[slot] as number;
      this.eventCount++;
      (targetOf[slot] as EventTarget).fire(slot);
      if (this.afterEvent !== null) this.afterEvent();
    }
    if (until > this.nowNs) this.nowNs = until;
  }

  /** Fires events as long as `goOn` says so, up to an instant. Returns whether it was stopped by `goOn`. */
  runWhile(goOn: () => boolean, until: Nanoseconds = END_OF_TIME): boolean {
    while (goOn()) if (!this.step(until)) return false;
    return true;
  }

  /** The instant of the next event, or undefined. */
  get nextEventAt(): Nanoseconds | undefined {
    return this.queue.firstTime();
  }

  /** Target and payload of a slot, for snapshots. */
  targetOfSlot(slot: Slot): EventTarget {
    return this.targetOf[slot] as EventTarget;
  }

  /** Empties the queue and stands at `now`, for a restore. */
  rewindTo(now: Nanoseconds): void {
    for (const slot of [...this.queue.pending(), ...this.heldSlots]) {
      if (!(this.targetOf[slot] as EventTarget).keepsSlot) this.releaseSlot(slot);
    }
    this.heldSlots = [];
    this.queue.reset(now);
    this.nowNs = now;
  }
}
