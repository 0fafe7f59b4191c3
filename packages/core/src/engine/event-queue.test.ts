import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventClass, EventQueue, NO_SLOT, type Slot } from './event-queue.js';
import { ReferenceQueue } from './reference-queue.testing.js';
import { END_OF_TIME } from './time.js';

const anyClass = fc.constantFrom(
  EventClass.ACTION,
  EventClass.DELIVERY,
  EventClass.OVERDUE,
  EventClass.TIMER,
);

/** Spans with many ties, around the borders of the wheel's digits, and up to the end of time. */
const anySpan = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 0, 1, 1, 2, 63, 64, 65) },
  { weight: 2, arbitrary: fc.nat(5000) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 52 }).map((bits) => 2 ** bits) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 53 }).map((bits) => 2 ** bits - 1) },
  { weight: 1, arbitrary: fc.nat(0x7fff_ffff).map((a) => a * 4099) },
  { weight: 1, arbitrary: fc.maxSafeNat() },
);

type Command =
  | { readonly do: 'insert'; readonly span: number; readonly eventClass: EventClass }
  | { readonly do: 'remove'; readonly which: number }
  | { readonly do: 'move'; readonly which: number; readonly span: number }
  | { readonly do: 'pop'; readonly count: number }
  | { readonly do: 'run'; readonly span: number }
  | { readonly do: 'reset' };

const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('insert' as const), span: anySpan, eventClass: anyClass }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), which: fc.nat(), span: anySpan }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('pop' as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('run' as const), span: anySpan }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reset' as const }) },
);

/** Both queues side by side, driven as the engine drives the real one: nothing is ever pushed into the past. */
class Pair {
  readonly queue: EventQueue;
  readonly reference: ReferenceQueue;
  readonly pending: Slot[] = [];
  now = 0;

  constructor(timersFirst = false) {
    this.queue = new EventQueue(2, timersFirst);
    this.reference = new ReferenceQueue(timersFirst);
  }

  obey(command: Command): void {
    switch (command.do) {
      case 'insert':
        this.insert(this.queue.allocate(), command.span, command.eventClass);
        break;
      case 'remove':
        this.remove(command.which, true);
        break;
      case 'move': {
        const slot = this.remove(command.which, false);
        if (slot !== undefined) this.insert(slot, command.span, EventClass.TIMER);
        break;
      }
      case 'pop':
        for (let count = 0; count < command.count && this.pop(END_OF_TIME); count++);
        break;
      case 'run': {
        const until = Math.min(END_OF_TIME, this.now + command.span);
        while (this.pop(until));
        this.now = until;
        // The instant at which a run stops is the earliest at which anything can be pushed: do so.
        this.insert(this.queue.allocate(), 0, EventClass.DELIVERY);
        break;
      }
      case 'reset':
        for (const slot of this.pending.splice(0)) this.queue.release(slot);
        this.queue.reset(this.now);
        this.reference.clear();
        break;
    }
    expect(this.queue.size).toBe(this.pending.length);
    expect(this.queue.firstTime()).toBe(this.reference.firstTime());
  }

  private insert(slot: Slot, span: number, eventClass: EventClass): void {
    const time = Math.min(END_OF_TIME, this.now + span);
    this.queue.insert(slot, time, eventClass);
    this.reference.insert(slot, time, eventClass);
    this.pending.push(slot);
  }

  private remove(which: number, forGood: boolean): Slot | undefined {
    const [slot] = this.pending.splice(which % Math.max(1, this.pending.length), 1);
    if (slot === undefined) return undefined;
    expect(this.queue.isPending(slot)).toBe(true);
    this.queue.remove(slot);
    this.reference.remove(slot);
    expect(this.queue.isPending(slot)).toBe(false);
    if (forGood) this.queue.release(slot);
    return slot;
  }

  private pop(until: number): boolean {
    const slot = this.queue.pop(until);
    expect(slot).toBe(this.reference.pop(until) ?? NO_SLOT);
    if (slot === NO_SLOT) return false;
    this.now = this.queue.time[slot] as number;
    this.pending.splice(this.pending.indexOf(slot), 1);
    this.queue.release(slot);
    return true;
  }
}

describe('EventQueue against a comparator heap', () => {
  test('gives the same sequence under any mix of insert, remove, re-arm, pop, run and reset', () => {
    fc.assert(
      fc.property(
        fc.array(anyCommand, { maxLength: 120, size: 'max' }),
        fc.boolean(),
        (commands, timersFirst) => {
          const pair = new Pair(timersFirst);
          for (const command of commands) pair.obey(command);
          expect(pair.queue.pending()).toEqual(pair.reference.order());
          while (pair.pending.length > 0) pair.obey({ do: 'pop', count: 1 });
          expect(pair.queue.size).toBe(0);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('keeps first-in first-out for a crowd at one far instant, however near the cursor came in between', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 52 }),
        fc.array(fc.integer({ min: 0, max: 52 }), { maxLength: 20 }),
        (bits, stops) => {
          const queue = new EventQueue();
          const instant = 2 ** bits;
          const order: Slot[] = [];
          for (const stop of [...stops].sort((a, b) => a - b)) {
            const until = Math.max(0, instant - 2 ** (52 - stop));
            expect(queue.pop(until)).toBe(NO_SLOT);
            const slot = queue.allocate();
            queue.insert(slot, instant, EventClass.TIMER);
            order.push(slot);
          }
          expect(queue.pending()).toEqual(order);
          expect(order.map(() => queue.pop(END_OF_TIME))).toEqual(order);
        },
      ),
    );
  });

  test('100 000 operations of the hold model', () => {
    const pair = new Pair();
    let random = 12345;
    const next = (below: number): number => {
      random = (Math.imul(random, 1103515245) + 12345) >>> 0;
      return Math.floor((random / 2 ** 32) * below);
    };
    for (let count = 0; count < 300; count++)
      pair.obey({ do: 'insert', span: next(1000), eventClass: EventClass.TIMER });
    for (let count = 0; count < 100_000; count++) {
      const slot = pair.queue.pop(END_OF_TIME);
      const expected = pair.reference.pop(END_OF_TIME);
      if (slot !== expected) expect(slot).toBe(expected);
      const at = (pair.queue.time[slot] as number) + (next(4) === 0 ? next(2_000_000_000) : next(40));
      pair.queue.insert(slot, at, EventClass.TIMER);
      pair.reference.insert(slot, at, EventClass.TIMER);
    }
  });
});

describe('EventQueue', () => {
  test('at one instant actions come before deliveries, these before what is overdue, and timers last', () => {
    const queue = new EventQueue();
    const slots = [
      EventClass.TIMER,
      EventClass.OVERDUE,
      EventClass.DELIVERY,
      EventClass.ACTION,
      EventClass.TIMER,
    ].map((eventClass) => {
      const slot = queue.allocate();
      queue.insert(slot, 70, eventClass);
      return slot;
    });
    const popped = slots.map(() => queue.pop(70));
    expect(popped.map((slot) => slots.indexOf(slot))).toEqual([3, 2, 1, 0, 4]);
  });

  test('where timers come first deliveries come last, in their order, and are still deliveries', () => {
    const queue = new EventQueue(2, true);
    const classes = [
      EventClass.DELIVERY,
      EventClass.TIMER,
      EventClass.DELIVERY,
      EventClass.OVERDUE,
      EventClass.ACTION,
    ];
    const slots = classes.map((eventClass) => {
      const slot = queue.allocate();
      queue.insert(slot, 70, eventClass);
      return slot;
    });
    expect(slots.map((slot) => queue.classOf(slot))).toEqual(classes);
    const order = [4, 3, 1, 0, 2];
    expect(queue.pending().map((slot) => slots.indexOf(slot))).toEqual(order);
    expect(slots.map(() => slots.indexOf(queue.pop(70)))).toEqual(order);
    const [held = NO_SLOT] = slots;
    queue.label(held, 90, EventClass.DELIVERY);
    expect(queue.classOf(held)).toBe(EventClass.DELIVERY);
  });

  test('refuses what would be lost or out of order', () => {
    const queue = new EventQueue();
    const slot = queue.allocate();
    for (const time of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => queue.insert(slot, time, EventClass.TIMER)).toThrow(RangeError);
    }
    queue.insert(slot, 100, EventClass.TIMER);
    expect(queue.pop(100)).toBe(slot);
    expect(() => queue.insert(slot, 99, EventClass.TIMER)).toThrow('the queue stands at 100');
    expect(queue.size).toBe(0);
    expect(queue.pending()).toEqual([]);
  });

  test('uses slots again and grows beyond its capacity', () => {
    const queue = new EventQueue(1);
    const slots = Array.from({ length: 100 }, () => queue.allocate());
    expect(new Set(slots).size).toBe(100);
    for (const slot of slots) queue.insert(slot, 1000 - slot, EventClass.TIMER);
    expect(slots.map(() => queue.pop(END_OF_TIME))).toEqual([...slots].reverse());
    queue.release(slots[7] as Slot);
    expect(queue.allocate()).toBe(slots[7]);
  });

  test('removing what is not pending does nothing', () => {
    const queue = new EventQueue();
    const slot = queue.allocate();
    queue.remove(slot);
    expect(queue.size).toBe(0);
  });
});
