import type { Engine } from './engine.js';

/** One thing that waits, with the number it is filed under. */
export interface Waiting<T> {
  readonly tag: number;
  readonly item: T;
}

/** Things that wait, as snapshots see them. */
export interface WaitingStore {
  readonly path: string;
  readonly length: number;
  /** What waits, in an order that is part of the state. */
  entries(): readonly Waiting<object>[];
  /** Puts a snapshot's content back. */
  refill(entries: readonly Waiting<object>[]): void;
}

/** So many may have gone before it is worth the while to move the rest up. */
const LEAST_GONE = 32;

/**
 * Immutable things that wait in line, each filed under a tag: packets held back for a neighbour, datagrams in a
 * frozen process's socket. Declared state like a record: order and content are in the digest.
 */
export class TaggedQueue<T extends object> implements WaitingStore {
  private waiting: Waiting<T>[] = [];
  /** How many at the front have been taken out already, so that a long line does not move up at every step. */
  private gone = 0;

  constructor(
    engine: Engine,
    readonly path: string,
    /** The most that may wait under one tag. */
    readonly limit: number,
  ) {
    if (!(limit >= 1)) throw new RangeError(`${path}: a queue for ${limit} is none`);
    engine.addQueue(this);
  }

  get length(): number {
    return this.waiting.length - this.gone;
  }

  count(tag: number): number {
    let count = 0;
    for (let at = this.gone; at < this.waiting.length; at++) if (this.waiting[at]?.tag === tag) count++;
    return count;
  }

  /** Adds at the end; beyond the limit the oldest under the same tag gives way and is returned. */
  push(tag: number, item: T): T | undefined {
    const isFull = this.length >= this.limit && this.count(tag) >= this.limit;
    const oldest = isFull ? this.shift(tag) : undefined;
    this.waiting.push({ tag, item });
    return oldest;
  }

  /** Takes out the oldest under a tag; at once if it is the oldest of all. */
  shift(tag: number): T | undefined {
    const { waiting, gone } = this;
    const first = waiting[gone];
    if (first?.tag === tag) {
      this.gone = gone + 1;
      if (this.gone === waiting.length || (gone >= LEAST_GONE && gone * 2 >= waiting.length)) this.tidy();
      return first.item;
    }
    for (let at = gone + 1; at < waiting.length; at++) {
      if (waiting[at]?.tag === tag) return waiting.splice(at, 1)[0]?.item;
    }
    return undefined;
  }

  /** Lets go of what was taken out. */
  private tidy(): void {
    if (this.gone === 0) return;
    this.waiting.splice(0, this.gone);
    this.gone = 0;
  }

  /** Takes out everything under a tag, oldest first. */
  drain(tag: number): T[] {
    this.tidy();
    const taken = this.waiting.filter((entry) => entry.tag === tag).map((entry) => entry.item);
    this.waiting = this.waiting.filter((entry) => entry.tag !== tag);
    return taken;
  }

  clear(): void {
    this.waiting = [];
    this.gone = 0;
  }

  /** What waits, in order; for snapshots. */
  entries(): readonly Waiting<T>[] {
    this.tidy();
    return this.waiting;
  }

  /** Puts a snapshot's content back. */
  refill(entries: readonly Waiting<object>[]): void {
    this.waiting = [...entries] as Waiting<T>[];
    this.gone = 0;
  }
}
