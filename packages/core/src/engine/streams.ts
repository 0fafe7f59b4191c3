import type { Engine } from './engine.js';
import type { Waiting, WaitingStore } from './tagged-queue.js';

const NOTHING: readonly never[] = [];

/**
 * A line of immutable things for each of many tags: the bytes that a connection has not sent yet, say. Declared state
 * like a {@link TaggedQueue}, but made for many tags: none of them is searched for among the others.
 */
export class Streams<T extends object> implements WaitingStore {
  private readonly lines = new Map<number, T[]>();
  private count = 0;

  constructor(
    engine: Engine,
    readonly path: string,
  ) {
    engine.addQueue(this);
  }

  get length(): number {
    return this.count;
  }

  /** What waits under a tag, oldest first. Not to be kept: it changes. */
  of(tag: number): readonly T[] {
    return this.lines.get(tag) ?? NOTHING;
  }

  push(tag: number, item: T): void {
    const line = this.lines.get(tag);
    if (line === undefined) this.lines.set(tag, [item]);
    else line.push(item);
    this.count++;
  }

  /** Takes out the oldest under a tag. */
  shift(tag: number): T | undefined {
    const line = this.lines.get(tag);
    if (line === undefined) return undefined;
    const item = line.shift();
    this.count--;
    if (line.length === 0) this.lines.delete(tag);
    return item;
  }

  /** Puts another line in place of a tag's. */
  replace(tag: number, items: readonly T[]): void {
    this.count += items.length - this.of(tag).length;
    if (items.length === 0) this.lines.delete(tag);
    else this.lines.set(tag, [...items]);
  }

  clear(): void {
    this.lines.clear();
    this.count = 0;
  }

  entries(): readonly Waiting<T>[] {
    const tags = [...this.lines.keys()].sort((one, other) => one - other);
    return tags.flatMap((tag) => this.of(tag).map((item) => ({ tag, item })));
  }

  refill(entries: readonly Waiting<object>[]): void {
    this.clear();
    for (const { tag, item } of entries) this.push(tag, item as T);
  }
}
