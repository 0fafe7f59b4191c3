import type { ClockDomain } from './clock-domain.js';
import type { Engine, EventTarget, WindowHome } from './engine.js';
import { EventClass, type Slot } from './event-queue.js';
import type { Nanoseconds } from './time.js';

/**
 * A re-armable timer. Its owner arms, cancels and extends it and is called when it fires; nobody can ask it for the
 * time, so the same owner runs under a driver in which a deadline is a set of constraints.
 */
export class Timer implements EventTarget {
  readonly id: number;
  readonly keepsSlot = true;
  /** Where its event is kept, for drivers. */
  readonly slot: Slot;

  constructor(
    private readonly engine: Engine,
    readonly path: string,
    readonly domain: ClockDomain,
    private readonly handler: () => void,
    /** True for a timer that can be worked out from the rest of the state: it is in no digest and no snapshot. */
    readonly isDerived = false,
  ) {
    this.id = engine.register(this);
    this.slot = engine.allocateSlot(this);
  }

  /** Fires once, `span` from now (or at an instant between `span` and `latest`, which is a choice). Re-arms. */
  arm(span: Nanoseconds, latest: Nanoseconds = span): void {
    const { engine, slot, domain } = this;
    engine.remove(slot);
    if (latest === span) engine.insertAfter(slot, domain.stretch(span), EventClass.TIMER);
    else engine.insertWithin(slot, domain, span, latest, this.path);
  }

  /** Fires once at the instant at which `other` is due or closes. */
  armLike(other: Window): void {
    this.cancel();
    this.engine.insertLike(this.slot, other.deadline());
  }

  /** Arms a derived timer for an instant that a table has worked out. */
  armAt(instant: Nanoseconds): void {
    this.cancel();
    this.engine.insertAt(this.slot, instant, EventClass.TIMER);
  }

  /** Moves the deadline of an armed timer; one that would lie in the past is due now. */
  extend(span: Nanoseconds): void {
    if (!this.isArmed) return;
    this.engine.move(this.slot, span < 0 ? -this.domain.stretch(-span) : this.domain.stretch(span));
  }

  cancel(): void {
    this.engine.remove(this.slot);
  }

  get isArmed(): boolean {
    return this.engine.isPending(this.slot);
  }

  /** Called by the engine only. */
  fire(slot: Slot): void {
    if (this.domain.isFrozen) this.engine.hold(slot);
    else this.handler();
  }

  keyOf(): readonly [number, number] {
    return [0, 0];
  }

  adopt(): Slot {
    return this.slot;
  }
}

/** How long a stopwatch can run: 2^50 ns are 13 days. */
export const STOPWATCH_SPAN: Nanoseconds = 2 ** 50;

/**
 * A span during which something holds: a locktime, a preempt delay, the age of an entry. A timer nobody handles:
 * it can be opened, closed and asked whether it is open.
 */
export class Window {
  constructor(
    private readonly engine: Engine,
    private readonly store: WindowHome,
    private readonly index: number,
    private readonly domain: ClockDomain,
  ) {}

  /** Opens it for `span` from now, however long it would still have been open. */
  open(span: Nanoseconds): void {
    this.engine.openWindow(this.store, this.index, this.domain.stretch(span));
  }

  close(): void {
    this.store.words[this.index] = 0;
  }

  /** Starts it as a stopwatch; {@link Window.elapsed} reads it. */
  start(): void {
    this.engine.openWindow(this.store, this.index, STOPWATCH_SPAN);
  }

  /** How long ago a stopwatch was started, real ns whatever the domain's drift. Only for what has to compute with time. */
  get elapsed(): Nanoseconds {
    return this.engine.sinceOpened(this.store.words[this.index] as number, STOPWATCH_SPAN);
  }

  /** Open strictly before its end. */
  get isOpen(): boolean {
    return this.engine.isBefore(this.store.words[this.index] as number);
  }

  /** Called by {@link Timer.armLike} only. */
  deadline(): Nanoseconds {
    return this.store.words[this.index] as number;
  }
}
