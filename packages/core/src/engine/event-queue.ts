import { END_OF_TIME, type Nanoseconds } from './time.js';

/**
 * The pending events: a radix wheel over 6-bit digits of the time.
 *
 * An event lies at the level of the highest digit in which its time differs from the cursor's (the time popped
 * last), in the bucket of that digit; when the cursor reaches a bucket above level 0, the bucket is spread over the
 * levels under it. Insertion and cancellation cost O(1), a pop O(levels) amortised, and a bucket is a first-in
 * first-out list, so no comparison of sequence numbers is needed: `bench/` has the figures against heaps.
 *
 * Events at one instant fire by {@link EventClass}, then in the order in which they were inserted.
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
/** One of the {@link (EventClass:variable)} values. */
export type EventClass = (typeof EventClass)[keyof typeof EventClass];

const DIGIT_BITS = 6;
const FAN = 64;
/** Times are split in two halves of 30 bits, five digits each, since JS shifts work on 32 bits. */
const HALF_BITS = 30;
const HALF = 2 ** HALF_BITS;
const LEVELS = 10;
const LOW_LEVELS = 5;

export class EventQueue {
  /** The instant of each slot's event. */
  time: Float64Array<ArrayBuffer>;
  private next: Int32Array<ArrayBuffer>;
  private previous: Int32Array<ArrayBuffer>;
  /** The bucket a slot is linked into, or -1. */
  private bucket: Int32Array<ArrayBuffer>;
  private eventClass: Uint8Array<ArrayBuffer>;
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

  constructor(capacity = 64) {
    this.capacity = capacity;
    this.time = new Float64Array(capacity);
    this.next = new Int32Array(capacity);
    this.previous = new Int32Array(capacity);
    this.bucket = new Int32Array(capacity).fill(-1);
    this.eventClass = new Uint8Array(capacity);
  }

  /** A fresh slot, not pending. */
  allocate(): Slot {
    const slot = this.free;
    if (slot !== NO_SLOT) {
      this.free = this.next[slot] as number;
      return slot;
    }
    if (this.used === this.capacity) this.grow();
    return this.used++;
  }

  /** Gives a slot back. It must not be pending. */
  release(slot: Slot): void {
    this.next[slot] = this.free;
    this.free = slot;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    const bigger = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const array = new Int32Array(capacity);
      array.set(old);
      return array;
    };
    const time = new Float64Array(capacity);
    time.set(this.time);
    this.time = time;
    this.next = bigger(this.next);
    this.previous = bigger(this.previous);
    const bucket = new Int32Array(capacity).fill(-1);
    bucket.set(this.bucket);
    this.bucket = bucket;
    const eventClass = new Uint8Array(capacity);
    eventClass.set(this.eventClass);
    this.eventClass = eventClass;
    this.capacity = capacity;
  }

  isPending(slot: Slot): boolean {
    return (this.bucket[slot] as number) >= 0;
  }

  /**
   * Puts a slot that is not pending into the queue. `time` must not lie before the last popped instant, nor before the
   * one up to which the queue was emptied.
   *
   * @throws RangeError for a time that is not a whole number of nanoseconds or out of reach.
   */
  insert(slot: Slot, time: Nanoseconds, eventClass: EventClass): void {
    const cursor = this.cursorHigh * HALF + this.cursorLow;
    if (!(time >= cursor && time <= END_OF_TIME) || time % 1 !== 0)
      throw new RangeError(`no event can happen at ${time}: the queue stands at ${cursor}`);
    this.time[slot] = time;
    this.eventClass[slot] = eventClass;
    this.size++;
    this.link(slot, time);
  }

  /** Notes the instant and class of a slot that is kept outside the queue for now. */
  label(slot: Slot, time: Nanoseconds, eventClass: EventClass): void {
    this.time[slot] = time;
    this.eventClass[slot] = eventClass;
  }

  /** Takes a slot out, if it is pending. */
  remove(slot: Slot): void {
    const bucket = this.bucket[slot] as number;
    if (bucket < 0) return;
    const next = this.next[slot] as number;
    const previous = this.previous[slot] as number;
    if (previous === NO_SLOT) this.head[bucket] = next;
    else this.next[previous] = next;
    if (next === NO_SLOT) this.tail[bucket] = previous;
    else this.previous[next] = previous;
    if (this.head[bucket] === NO_SLOT) this.markEmpty(bucket);
    this.bucket[slot] = -1;
    this.size--;
  }

  private markEmpty(bucket: number): void {
    const word = bucket >> 5;
    this.occupied[word] = (this.occupied[word] as number) & ~(1 << (bucket & 31));
  }

  private link(slot: Slot, time: Nanoseconds): void {
    const high = Math.floor(time / HALF);
    const low = time - high * HALF;
    let level = 0;
    let digit: number;
    if (high === this.cursorHigh) {
      const difference = low ^ this.cursorLow;
      if (difference > 63) level = ((31 - Math.clz32(difference)) / DIGIT_BITS) | 0;
      digit = (low >> (level * DIGIT_BITS)) & 63;
    } else {
      const halfLevel = ((31 - Math.clz32(high ^ this.cursorHigh)) / DIGIT_BITS) | 0;
      level = LOW_LEVELS + halfLevel;
      digit = (high >> (halfLevel * DIGIT_BITS)) & 63;
    }
    const bucket = level * FAN + digit;
    this.bucket[slot] = bucket;
    let after = this.tail[bucket] as number;
    if (level === 0 && after !== NO_SLOT) {
      // One bucket of level 0 is one instant: keep the classes in order.
      const eventClass = this.eventClass[slot] as number;
      while (after !== NO_SLOT && (this.eventClass[after] as number) > eventClass)
        after = this.previous[after] as number;
    }
    if (after === NO_SLOT) {
      const head = this.head[bucket] as number;
      this.next[slot] = head;
      this.previous[slot] = NO_SLOT;
      if (head === NO_SLOT) {
        this.tail[bucket] = slot;
        const word = bucket >> 5;
        this.occupied[word] = (this.occupied[word] as number) | (1 << (bucket & 31));
      } else this.previous[head] = slot;
      this.head[bucket] = slot;
    } else {
      const next = this.next[after] as number;
      this.next[slot] = next;
      this.previous[slot] = after;
      this.next[after] = slot;
      if (next === NO_SLOT) this.tail[bucket] = slot;
      else this.previous[next] = slot;
    }
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
    for (let level = 0; level < LEVELS; ) {
      let bits = this.occupied[level * 2] as number;
      let digit: number;
      if (bits !== 0) digit = 31 - Math.clz32(bits & -bits);
      else {
        bits = this.occupied[level * 2 + 1] as number;
        if (bits === 0) {
          level++;
          continue;
        }
        digit = 63 - Math.clz32(bits & -bits);
      }
      const bucket = level * FAN + digit;
      if (level === 0) {
        const slot = this.head[bucket] as number;
        if ((this.time[slot] as number) > until) return NO_SLOT;
        this.cursorLow = (this.cursorLow & ~63) | digit;
        const next = this.next[slot] as number;
        this.head[bucket] = next;
        if (next === NO_SLOT) {
          this.tail[bucket] = NO_SLOT;
          this.markEmpty(bucket);
        } else this.previous[next] = NO_SLOT;
        this.bucket[slot] = -1;
        this.size--;
        return slot;
      }
      if (!this.spread(level, digit, bucket, until)) return NO_SLOT;
      level = 0;
    }
    return NO_SLOT;
  }

  /** Moves the cursor to the start of a bucket and deals its events out to lower levels, in their order. */
  private spread(level: number, digit: number, bucket: number, until: Nanoseconds): boolean {
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
      const next = this.next[slot] as number;
      this.link(slot, this.time[slot] as number);
      slot = next;
    }
    return true;
  }

  /** Empties the queue and puts the cursor at `now`; slots stay allocated. */
  reset(now: Nanoseconds): void {
    this.head.fill(NO_SLOT);
    this.tail.fill(NO_SLOT);
    this.occupied.fill(0);
    this.bucket.fill(-1);
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
      for (let slot = this.head[bucket] as number; slot !== NO_SLOT; slot = this.next[slot] as number) {
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
      for (let slot = this.head[bucket] as number; slot !== NO_SLOT; slot = this.next[slot] as number)
        slots.push(slot);
    }
    // The sort is stable and a bucket holds its events in insertion order, so ties stay first-in first-out.
    return slots.sort(
      (a, b) =>
        (this.time[a] as number) - (this.time[b] as number) ||
        (this.eventClass[a] as number) - (this.eventClass[b] as number),
    );
  }

  classOf(slot: Slot): EventClass {
    return this.eventClass[slot] as EventClass;
  }
}
