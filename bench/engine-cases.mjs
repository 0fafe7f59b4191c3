import { Engine, SeededChoices, Timer } from '../packages/core/dist/engine/index.js';

/** Spans with an exponential distribution of mean 1 ms, drawn once: no side pays for a logarithm per event. */
export const SPANS = (() => {
  let state = 0x9e3779b9;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 1) / 2 ** 32;
  };
  return Int32Array.from({ length: 65536 }, () => Math.trunc(-Math.log(uniform()) * 1e6) + 1);
})();

/** An engine and `count` timers whose handlers are given the timer's number. */
export function timersOf(count, handler) {
  const engine = new Engine({ choices: new SeededChoices(1) });
  const timers = Array.from(
    { length: count },
    (_, index) => new Timer(engine, `t${index}`, engine.world, () => handler(index)),
  );
  return { engine, timers };
}

/** Seconds that something takes. */
export function secondsOf(work) {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}
