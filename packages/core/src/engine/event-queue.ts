import { END_OF_TIME, type Nanoseconds } from './time.js';

/**
 * The pending events: a radix wheel over 6-bit digits of the time.
 *
 * An event lies at the level of the highest digit in which its time differs from the cursor's (the time popped
 * last), in the bucket of that digit; when the cursor reaches a bucket above level 0, the bucket is spread over the
 * levels under it. Insertion and cancellation cost O(1), a pop O(levels) amortised, and a bucket is a first-in
 * first-out list, so no comparison of sequence numbers is needed: `bench/` has the figures against heaps.
 *
 * Events at one instant fire by {@link EventClass}, then in the order in which they were inserted; deliveries after
 * everything else where timers come first.
 *
 * Slots are plain indices into parallel arrays: no object per event, nothing for the collector.
 */
export type Slot = number;

/** No slot. */
export const NO_SLOT: Slot = -1;

/**
 * What comes first at one instant: an action of the schedule, then a frame that arrives, then a timer that a freeze
 * has held past its deadline, then a timer. keepalived (lib/scheduler.c) reads a socket before it runs the timer of
 * the same wake-up; so do the other daemons' loops.
 */
export const EventClass = { ACTION: 0, DELIVERY: 1, OVERDUE: 2, TIMER: 3 } as const;
/** One of the values of `EventClass`. */
export type EventClass = (typeof EventClass)[keyof typeof EventClass];

const { DELIVERY } = EventClass;
/** What a delivery counts as where timers come first: more than every class. */
const AFTER_TIMERS = 4;

const DIGIT_BITS = 6;
const FAN = 64;
/** Times are split in two halves of 30 bits, five digits each, since JS shifts work on 32 bits. */
const HALF_BITS = 30;
const HALF = 2 ** HALF_BITS;
const PER_HALF = 1 / HALF;
/** The digit in which each bit lies. */
const DIGIT_OF_BIT = Uint8Array.from({ length: 32 }, (_, bit) => Math.floor(bit / DIGIT_BITS));
const LEVELS = 10;
const LOW_LEVELS = 5;

/** What is kept of a slot beside its time lies side by side, so that one line of the cache holds it. */
const STRIDE_BITS = 2;
const NEXT = 0;
const PREVIOUS = 1;
/** The bucket a slot is linked into, or -1. */
const BUCKET = 2;
/** The class, but {@link AFTER_TIMERS} for a delivery where timers come first. */
const RANK = 3;

export class EventQueue {
  /** The instant of each slot's event. */
  time: Float64Array<ArrayBuffer>;
  private links: Int32Array<ArrayBuffer>;
  private readonly head = new Int32Array(LEVELS * FAN).fill(NO_SLOT);
  private readonly tail = new Int32Array(LEVELS * FAN).fill(NO_SLOT);
  /** Two words per level: which of its 64 buckets hold something. */
  private readonly occupied = new Int32Array(LEVELS * 2);
  private cursorHigh = 0;
  private cursorLow = 0;
  private free: Slot = NO_SLOT;
  private capacity: number;
  private used = 0;
  /** How many events are pending. */
  size = 0;

  private readonly deliveryRank: number;

  /** @param timersFirst - whether the timers of an instant come before what arrives in it */
  constructor(capacity = 64, timersFirst = false) {
    this.capacity = capacity;
    this.deliveryRank = timersFirst ? AFTER_TIMERS : DELIVERY;
    this.time = new Float64Array(capacity);
    this.links = new Int32Array(capacity << STRIDE_BITS).fill(-1);
  }

  /** A fresh slot, not pending. */
  allocate(): Slot {
    const slot = this.free;
    if (slot !== NO_SLOT) {
      this.free = this.links[(slot << STRIDE_BITS) + NEXT] as number;
      return slot;
    }
    if (this.used === this.capacity) this.grow();
    return this.used++;
  }

  /** Gives a slot back. It must not be pending. */
  release(slot: Slot): void {
    this.links[(slot << STRIDE_BITS) + NEXT] = this.free;
    this.free = slot;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    const time = new Float64Array(capacity);
    time.set(this.time);
    this.time = time;
    const links = new Int32Array(capacity << STRIDE_BITS).fill(-1);
    links.set(this.links);
    this.links = links;
    this.capacity = capacity;
  }

  isPending(slot: Slot): boolean {
    return (this.links[(slot << STRIDE_BITS) + BUCKET] as number) >= 0;
  }

  /**
   * Puts a slot that is not pending into the queue. `time` must not lie before the last popped instant, nor before the
   * one up to which the queue was emptied.
   *
   * @throws RangeError for a time that is not a whole number of nanoseconds or out of reach.
   */
  insert(slot: Slot, time: Nanoseconds, eventClass: EventClass): void {
    const high = Math.floor(time * PER_HALF);
    const low = time - high * HALF;
    const isBehind = high === this.cursorHigh ? low < this.cursorLow : !(high > this.cursorHigh);
    if (isBehind || time > END_OF_TIME || (low | 0) !== low) this.refuse(time);
    const rank = eventClass === DELIVERY ? this.deliveryRank : eventClass;
    this.time[slot] = time;
    this.links[(slot << STRIDE_BITS) + RANK] = rank;
    this.size++;
    this.link(slot, high, low, rank);
  }

  private refuse(time: number): never {
    const cursor = this.cursorHigh * HALF + this.cursorLow;
    throw new RangeError(`no event can happen at ${time}: the queue stands at ${cursor}`);
  }

  /** Notes the instant and class of a slot that is kept outside the queue for now. */
  label(slot: Slot, time: Nanoseconds, eventClass: EventClass): void {
    this.time[slot] = time;
    this.links[(slot << STRIDE_BITS) + RANK] = eventClass === DELIVERY ? this.deliveryRank : eventClass;
  }

  /** Takes a slot out, if it is pending. */
  remove(slot: Slot): void {
    const { links } = this;
    const at = slot << STRIDE_BITS;
    const bucket = links[at + BUCKET] as number;
    if (bucket < 0) return;
    const next = links[at + NEXT] as number;
    const previous = links[at + PREVIOUS] as number;
    if (previous === NO_SLOT) this.head[bucket] = next;
    else links[(previous << STRIDE_BITS) + NEXT] = next;
    if (next === NO_SLOT) this.tail[bucket] = previous;
    else links[(next << STRIDE_BITS) + PREVIOUS] = previous;
    // Equal only if both are none: a bucket's last event has gone.
    if (previous === next) this.markEmpty(bucket);
    links[at + BUCKET] = -1;
    this.size--;
  }

  private markEmpty(bucket: number): void {
    const word = bucket >> 5;
    this.occupied[word] = (this.occupied[word] as number) & ~(1 << (bucket & 31));
  }

  private link(slot: Slot, high: number, low: number, rank: number): void {
    const { links, tail } = this;
    let bucket: number;
    if (high === this.cursorHigh) {
      const difference = low ^ this.cursorLow;
      if (difference < FAN) bucket = low & 63;
      else {
        const level = DIGIT_OF_BIT[31 - Math.clz32(difference)] as number;
        bucket = level * FAN + ((low >> (level * DIGIT_BITS)) & 63);
      }
    } else {
      const level = DIGIT_OF_BIT[31 - Math.clz32(high ^ this.cursorHigh)] as number;
      bucket = (LOW_LEVELS + level) * FAN + ((high >> (level * DIGIT_BITS)) & 63);
    }
    const at = slot << STRIDE_BITS;
    links[at + BUCKET] = bucket;
    let after = tail[bucket] as number;
    if (after === NO_SLOT) {
      this.occupied[bucket >> 5] = (this.occupied[bucket >> 5] as number) | (1 << (bucket & 31));
      links[at + NEXT] = NO_SLOT;
      links[at + PREVIOUS] = NO_SLOT;
      this.head[bucket] = slot;
      tail[bucket] = slot;
      return;
    }
    if (bucket < FAN) {
      // One bucket of level 0 is one instant: keep the classes in order.
      while (after !== NO_SLOT && (links[(after << STRIDE_BITS) + RANK] as number) > rank) {
        after = links[(after << STRIDE_BITS) + PREVIOUS] as number;
      }
    }
    const next = (after === NO_SLOT ? this.head[bucket] : links[(after << STRIDE_BITS) + NEXT]) as number;
    links[at + NEXT] = next;
    links[at + PREVIOUS] = after;
    if (after === NO_SLOT) this.head[bucket] = slot;
    else links[(after << STRIDE_BITS) + NEXT] = slot;
    if (next === NO_SLOT) tail[bucket] = slot;
    else links[(next << STRIDE_BITS) + PREVIOUS] = slot;
  }

  /**
   * Takes out the earliest event not after `until`.
   *
   * A bucket is spread only if it begins by `until`, so that the cursor never runs ahead of the instant at which the
   * caller stops: an event pushed at that instant must not land behind it.
   *
   * @returns its slot, or {@link NO_SLOT}.
   */
  pop(until: Nanoseconds): Slot {
    if (this.size === 0) return NO_SLOT;
    const { occupied } = this;
    for (;;) {
      let word = 0;
      while (occupied[word] === 0) word++;
      const bits = occupied[word] as number;
      const bucket = word * 32 + 31 - Math.clz32(bits & -bits);
      if (bucket < FAN) return this.take(bucket, until);
      const slot = this.head[bucket] as number;
      if (slot === this.tail[bucket]) return this.takeLone(slot, bucket, until);
      if (!this.spread(bucket, until)) return NO_SLOT;
    }
  }

  /** Takes the only event of the earliest bucket: nothing lies before it, so the cursor goes straight to it. */
  private takeLone(slot: Slot, bucket: number, until: Nanoseconds): Slot {
    const time = this.time[slot] as number;
    if (time > until) return NO_SLOT;
    this.cursorHigh = Math.floor(time * PER_HALF);
    this.cursorLow = time - this.cursorHigh * HALF;
    this.head[bucket] = NO_SLOT;
    this.tail[bucket] = NO_SLOT;
    this.markEmpty(bucket);
    this.links[(slot << STRIDE_BITS) + BUCKET] = -1;
    this.size--;
    return slot;
  }

  /** Takes the first event out of a bucket of level 0. */
  private take(bucket: number, until: Nanoseconds): Slot {
    const { links } = this;
    const slot = this.head[bucket] as number;
    if ((this.time[slot] as number) > until) return NO_SLOT;
    this.cursorLow = (this.cursorLow & ~63) | bucket;
    const at = slot << STRIDE_BITS;
    const next = links[at + NEXT] as number;
    this.head[bucket] = next;
    if (next === NO_SLOT) {
      this.tail[bucket] = NO_SLOT;
      this.markEmpty(bucket);
    } else links[(next << STRIDE_BITS) + PREVIOUS] = NO_SLOT;
    links[at + BUCKET] = -1;
    this.size--;
    return slot;
  }

  /** Moves the cursor to the start of a bucket and deals its events out to lower levels, in their order. */
  private spread(bucket: number, until: Nanoseconds): boolean {
    const level = (bucket / FAN) | 0;
    const digit = bucket & 63;
    let high = this.cursorHigh;
    let low = 0;
    if (level < LOW_LEVELS) {
      const shift = level * DIGIT_BITS;
      low = ((this.cursorLow >> (shift + DIGIT_BITS)) << (shift + DIGIT_BITS)) | (digit << shift);
    } else {
      const shift = (level - LOW_LEVELS) * DIGIT_BITS;
      high = ((high >> (shift + DIGIT_BITS)) << (shift + DIGIT_BITS)) | (digit << shift);
    }
    if (high * HALF + low > until) return false;
    this.cursorHigh = high;
    this.cursorLow = low;
    let slot = this.head[bucket] as number;
    this.head[bucket] = NO_SLOT;
    this.tail[bucket] = NO_SLOT;
    this.markEmpty(bucket);
    while (slot !== NO_SLOT) {
      const next = this.links[(slot << STRIDE_BITS) + NEXT] as number;
      const time = this.time[slot] as number;
      const half = Math.floor(time * PER_HALF);
      this.link(slot, half, time - half * HALF, this.rankOf(slot));
      slot = next;
    }
    return true;
  }

  /** Empties the queue and puts the cursor at `now`; slots stay allocated. */
  reset(now: Nanoseconds): void {
    this.head.fill(NO_SLOT);
    this.tail.fill(NO_SLOT);
    this.occupied.fill(0);
    for (let at = BUCKET; at < this.links.length; at += 1 << STRIDE_BITS) this.links[at] = -1;
    this.size = 0;
    this.cursorHigh = Math.floor(now / HALF);
    this.cursorLow = now - this.cursorHigh * HALF;
  }

  /** The instant of the earliest event, without disturbing the queue; undefined if there is none. */
  firstTime(): Nanoseconds | undefined {
    for (let word = 0; word < this.occupied.length; word++) {
      const bits = this.occupied[word] as number;
      if (bits === 0) continue;
      // Level 0 is in order by itself; above, one bucket spans many instants.
      let earliest = END_OF_TIME;
      const bucket = word * 32 + 31 - Math.clz32(bits & -bits);
      for (
        let slot = this.head[bucket] as number;
        slot !== NO_SLOT;
        slot = this.links[(slot << STRIDE_BITS) + NEXT] as number
      ) {
        earliest = Math.min(earliest, this.time[slot] as number);
      }
      return earliest;
    }
    return undefined;
  }

  /** The pending slots in the order in which they will fire, without disturbing the queue. */
  pending(): Slot[] {
    const slots: Slot[] = [];
    for (let bucket = 0; bucket < LEVELS * FAN; bucket++) {
      for (
        let slot = this.head[bucket] as number;
        slot !== NO_SLOT;
        slot = this.links[(slot << STRIDE_BITS) + NEXT] as number
      )
        slots.push(slot);
    }
    // The sort is stable and a bucket holds its events in insertion order, so ties stay first-in first-out.
    return slots.sort(
      (a, b) => (this.time[a] as number) - (this.time[b] as number) || this.rankOf(a) - this.rankOf(b),
    );
  }

  private rankOf(slot: Slot): number {
    return this.links[(slot << STRIDE_BITS) + RANK] as number;
  }

  classOf(slot: Slot): EventClass {
    const rank = this.rankOf(slot);
    return rank === AFTER_TIMERS ? DELIVERY : (rank as EventClass);
  }
}
