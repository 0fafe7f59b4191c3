import { Heap } from 'mnemonist';
import { EventClass, type Slot } from './event-queue.js';

interface Entry {
  readonly slot: Slot;
  readonly time: number;
  readonly rank: number;
  readonly sequence: number;
  isRemoved: boolean;
}

const compare = (a: Entry, b: Entry): number => a.time - b.time || a.rank - b.rank || a.sequence - b.sequence;

/** The obvious scheduler: a binary heap of (time, class, sequence). What the fast one has to agree with. */
export class ReferenceQueue {
  private readonly heap = new Heap<Entry>(compare);
  private readonly bySlot = new Map<Slot, Entry>();
  private sequence = 0;

  constructor(private readonly timersFirst: boolean) {}

  insert(slot: Slot, time: number, eventClass: EventClass): void {
    const rank = this.timersFirst && eventClass === EventClass.DELIVERY ? EventClass.TIMER + 1 : eventClass;
    const entry = { slot, time, rank, sequence: this.sequence++, isRemoved: false };
    this.bySlot.set(slot, entry);
    this.heap.push(entry);
  }

  remove(slot: Slot): void {
    const entry = this.bySlot.get(slot);
    if (entry !== undefined) entry.isRemoved = true;
    this.bySlot.delete(slot);
  }

  private first(): Entry | undefined {
    while (this.heap.peek()?.isRemoved === true) this.heap.pop();
    return this.heap.peek();
  }

  firstTime(): number | undefined {
    return this.first()?.time;
  }

  pop(until: number): Slot | undefined {
    const entry = this.first();
    if (entry === undefined || entry.time > until) return undefined;
    this.heap.pop();
    this.bySlot.delete(entry.slot);
    return entry.slot;
  }

  /** What is pending, in the order in which it will fire. */
  order(): Slot[] {
    return [...this.bySlot.values()].sort(compare).map((entry) => entry.slot);
  }

  clear(): void {
    this.heap.clear();
    this.bySlot.clear();
  }
}
