import type { Engine } from './engine.js';

/** One thing that waits, with the number it is filed under. */
export interface Waiting<T> {
  readonly tag: number;
  readonly item: T;
}

/**
 * Immutable things that wait in line, each filed under a tag: packets held back for a neighbour, datagrams in a
 * frozen process's socket. Declared state like a record: order and content are in the digest.
 */
export class TaggedQueue<T extends object> {
  private waiting: Waiting<T>[] = [];

  constructor(
    engine: Engine,
    readonly path: string,
    /** The most that may wait under one tag. */
    readonly limit: number,
  ) {
    if (!(limit >= 1)) throw new RangeError(`${path}: a queue for ${limit} is none`);
    engine.addQueue(this as unknown as TaggedQueue<object>);
  }

  get length(): number {
    return this.waiting.length;
  }

  count(tag: number): number {
    let count = 0;
    for (const entry of this.waiting) if (entry.tag === tag) count++;
    return count;
  }

  /** Adds at the end; beyond the limit the oldest under the same tag gives way and is returned. */
  push(tag: number, item: T): T | undefined {
    const oldest = this.count(tag) >= this.limit ? this.shift(tag) : undefined;
    this.waiting.push({ tag, item });
    return oldest;
  }

  /** Takes out the oldest under a tag. */
  shift(tag: number): T | undefined {
    const at = this.waiting.findIndex((entry) => entry.tag === tag);
    return at < 0 ? undefined : this.waiting.splice(at, 1)[0]?.item;
  }

  /** Takes out everything under a tag, oldest first. */
  drain(tag: number): T[] {
    const taken = this.waiting.filter((entry) => entry.tag === tag).map((entry) => entry.item);
    this.waiting = this.waiting.filter((entry) => entry.tag !== tag);
    return taken;
  }

  clear(): void {
    this.waiting = [];
  }

  /** What waits, in order; for snapshots. */
  entries(): readonly Waiting<T>[] {
    return this.waiting;
  }

  /** Puts a snapshot's content back. */
  refill(entries: readonly Waiting<T>[]): void {
    this.waiting = [...entries];
  }
}
