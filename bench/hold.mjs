import {
  END_OF_TIME,
  Engine,
  EventClass,
  EventQueue,
  SeededChoices,
} from '../packages/core/dist/engine/index.js';
import { SPANS, secondsOf, timersOf } from './engine-cases.mjs';

/** The queue alone: pop the earliest of `pending` events, push one at now + exponential(1 ms). */
function holdQueue(pending, operations) {
  const queue = new EventQueue(pending);
  let next = 0;
  for (let count = 0; count < pending; count++)
    queue.insert(queue.allocate(), SPANS[next++ & 65535], EventClass.TIMER);
  const run = (count) => {
    for (; count > 0; count--) {
      const slot = queue.pop(END_OF_TIME);
      queue.insert(slot, queue.time[slot] + SPANS[next++ & 65535], EventClass.TIMER);
    }
  };
  run(operations >> 2);
  return operations / secondsOf(() => run(operations)) / 1e6;
}

/** The same by an engine: one target whose events post their successors, as a link's frames do. */
function holdEngine(pending, operations) {
  let next = 0;
  const engine = new Engine({ choices: new SeededChoices(1) });
  const target = {
    id: 0,
    path: 'hold',
    isDerived: false,
    keepsSlot: false,
    keyOf: () => [0, 0],
    adopt: () => engine.allocateSlot(target),
    fire(slot) {
      engine.releaseSlot(slot);
      engine.post(target, SPANS[next++ & 65535], EventClass.TIMER, null);
    },
  };
  for (let count = 0; count < pending; count++)
    engine.post(target, SPANS[next++ & 65535], EventClass.TIMER, null);
  return eventsPerMicrosecond(engine, pending, operations);
}

/** The same by timers that arm themselves again in their handlers. */
function holdTimers(pending, operations) {
  let next = 0;
  const { engine, timers } = timersOf(pending, (index) => timers[index].arm(SPANS[next++ & 65535]));
  for (const timer of timers) timer.arm(SPANS[next++ & 65535]);
  return eventsPerMicrosecond(engine, pending, operations);
}

function eventsPerMicrosecond(engine, pending, operations) {
  // Each of the pending events comes about once a millisecond.
  const run = (count) => engine.runUntil(engine.now + Math.ceil((count / pending) * 1e6));
  run(operations >> 2);
  const before = engine.eventCount;
  const seconds = secondsOf(() => run(operations));
  return (engine.eventCount - before) / seconds / 1e6;
}

const SIZES = [
  ['1e3', 1e3, 8e6],
  ['1e5', 1e5, 4e6],
  ['1e6', 1e6, 3e6],
];

export const bench = {
  unit: 'M op/s',
  cases: Object.fromEntries(
    SIZES.flatMap(([name, pending, operations]) => [
      [`queue ${name}`, () => holdQueue(pending, operations)],
      [`engine ${name}`, () => holdEngine(pending, operations)],
      [`timers ${name}`, () => holdTimers(pending, operations)],
    ]),
  ),
  peers: SIZES.flatMap(([name, pending, operations]) => [
    ...['Map', 'Heap'].map((scheduler) => ({
      name: `ns-3 ${scheduler} ${name}`,
      against: [`queue ${name}`, `engine ${name}`],
      program: 'hold',
      arguments: [`sched=${scheduler}`, `p=${pending}`, `k=${operations / 4}`],
      value: (result) => result.Mop_s,
    })),
    {
      name: `SimPy ${name}`,
      against: [`engine ${name}`],
      program: 'hold.py',
      arguments: [String(pending), String(operations / 20)],
      value: (result) => result.Mop_s,
      skip: pending > 1e5,
    },
  ]),
};
