import { SPANS, secondsOf, timersOf } from './engine-cases.mjs';

/** VRRP's Master_Down_Interval at priority 100 and the adverts' interval. */
const MASTER_DOWN = 3_609_375_000;
const ADVERT = 1_000_000_000;

/** Armed timers are armed anew, one after the other; none ever fires. */
function rearm(count, operations) {
  const { engine, timers } = timersOf(count, () => {});
  for (const timer of timers) timer.arm(MASTER_DOWN);
  const run = (rounds) => {
    for (let round = 0; round < rounds; round++) {
      for (let index = 0; index < count; index++) timers[index].arm(MASTER_DOWN + (index & 1023));
      engine.runUntil(engine.now + 1_000_000);
    }
  };
  const rounds = Math.ceil(operations / count);
  run(Math.ceil(rounds / 4));
  return (rounds * count) / secondsOf(() => run(rounds)) / 1e6;
}

/**
 * VRRP-like: each second's tick of each of `count` instances arms its 3.6 s timer anew (9 times of 10; else a lost
 * instance is left to run out and starts another), and itself. Counted in ticks.
 */
function ticks(count, operations) {
  let next = 0;
  const { engine, timers } = timersOf(count * 2, (index) => {
    if (index >= count) return;
    const span = SPANS[next++ & 65535];
    timers[count + index].arm(MASTER_DOWN);
    timers[index].arm(ADVERT + (span & 1023));
  });
  for (let index = 0; index < count; index++) {
    timers[index].arm(1 + Math.trunc((index * ADVERT) / count));
    timers[count + index].arm(MASTER_DOWN);
  }
  const run = (seconds) => engine.runUntil(engine.now + seconds * ADVERT);
  const rounds = Math.ceil(operations / count);
  run(Math.ceil(rounds / 4));
  const before = engine.eventCount;
  const seconds = secondsOf(() => run(rounds));
  return (engine.eventCount - before) / seconds / 1e6;
}

const SIZES = [
  ['1e3', 1e3, 8e6],
  ['1e5', 1e5, 6e6],
];

export const bench = {
  unit: 'M op/s',
  cases: Object.fromEntries(
    SIZES.flatMap(([name, count, operations]) => [
      [`re-arm ${name}`, () => rearm(count, operations)],
      [`ticks ${name}`, () => ticks(count, operations)],
    ]),
  ),
  peers: SIZES.flatMap(([name, count, operations]) =>
    [
      ['cancel', 'timer', 'Map'],
      ['remove', 'remove', 'Map'],
      ['cancel, priority queue', 'timer', 'PriorityQueue'],
    ].map(([title, mode, scheduler]) => ({
      name: `ns-3 ${title} ${name}`,
      against: [`ticks ${name}`],
      program: 'hold',
      arguments: [`mode=${mode}`, `sched=${scheduler}`, `p=${count}`, `k=${operations / 4}`],
      value: (result) => result.Mop_s,
    })),
  ),
};
