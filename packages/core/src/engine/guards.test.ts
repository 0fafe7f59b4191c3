import { describe, expect, test } from 'vitest';
import { Trace } from '../trace/index.js';
import { SeededChoices } from './choices.js';
import { ClockDomain } from './clock-domain.js';
import { Engine, type EngineOptions } from './engine.js';
import { bool, diagnostic, int, type RecordOf, record, timer, u16, value, window } from './fields.js';
import {
  type Build,
  type Built,
  bisimulation,
  doubledTime,
  guardAll,
  perturb,
  restoreIntoDirty,
  sameTwice,
  walker,
} from './guards.testing.js';
import { restoreState, saveState } from './snapshot.js';
import { table } from './table.js';
import { TaggedQueue } from './tagged-queue.js';

const Ticking = record('ticking', {
  ticks: u16,
  isOdd: bool,
  sent: diagnostic(int),
  last: value<{ n: number }>(),
  tick: timer,
  hold: window,
});
const Seen = table('seen', { count: u16, age: window, probe: timer }, 'age');

/** A component that does a little of everything and says each tick. Its subclasses are the planted faults. */
class Ticker {
  readonly state: RecordOf<typeof Ticking.fields>;
  readonly line: TaggedQueue<{ n: number }>;
  private readonly seen;

  constructor(
    readonly engine: Engine,
    readonly trace: Trace,
    readonly name = 't',
  ) {
    const domain = new ClockDomain(engine, `${name}/clock`, engine.world);
    this.state = engine.record(name, Ticking, domain, { tick: () => this.onTick() });
    this.seen = engine.table(`${name}/seen`, Seen, domain, {
      probe: (row) => this.say('probe', this.seen.keyA[row] as number),
    });
    this.line = new TaggedQueue(engine, `${name}/line`, 3);
  }

  start(): void {
    this.state.tick.arm(this.span());
  }

  span(): number {
    return 1000;
  }

  say(what: string, number: number): void {
    if (this.trace.isOn) this.trace.emit('daemon.log', this.name, { daemon: what, line: String(number) });
  }

  onTick(): void {
    const { state, seen } = this;
    state.ticks = (state.ticks + 1) % 1000;
    state.isOdd = !state.isOdd;
    state.sent++;
    state.last = { n: state.ticks };
    if (!state.hold.isOpen) state.hold.open(2500);
    const key = state.ticks % 5;
    let row = seen.find(key);
    if (row < 0) row = seen.insert(key);
    seen.columns.count[row] = (seen.columns.count[row] as number) + 1;
    seen.windows.age.open(row, 20_000);
    seen.timers.probe.arm(row, 7000);
    this.line.push(0, { n: key });
    this.say('tick', state.ticks + (state.hold.isOpen ? 0 : 1000));
    state.tick.arm(this.span(), this.span() + 500);
  }
}

const buildOf =
  (Kind: new (engine: Engine, trace: Trace) => Ticker): Build =>
  (options: EngineOptions): Built => {
    const engine = new Engine(options);
    const trace = new Trace(engine);
    const ticker = new Kind(engine, trace);
    return { engine, trace, roots: [ticker], start: () => ticker.start() };
  };

const run = (build: Build, until: number): Built => {
  const built = build({ choices: new SeededChoices(1) });
  built.trace.record();
  built.start();
  built.engine.runUntil(until);
  return built;
};

const walk = (build: Build): string[] => {
  const built = build({ choices: new SeededChoices(1) });
  return walker([built.engine, ...built.roots], (look) => {
    built.start();
    for (let until = 0; until <= 10_000; until += 700) {
      built.engine.runUntil(until);
      look();
    }
  });
};

const drive = { until: 30_300 };

/** A private flag. */
class Flagged extends Ticker {
  private isLate = false;

  override onTick(): void {
    super.onTick();
    this.isLate = !this.isLate;
    if (this.isLate) this.say('late', 1);
  }
}

/** A private collection, out of sight of an observer of plain properties. */
class Collecting extends Ticker {
  readonly names = new Map<number, number>();
  readonly #set = new Set<number>();
  readonly bytes = new Uint8Array(2);

  override onTick(): void {
    super.onTick();
    this.names.set(7, this.state.ticks);
    this.#set.add(this.state.ticks);
    this.bytes[1] = this.state.ticks;
  }
}

/** Counts in a variable that a closure has captured. */
class Captured extends Ticker {
  readonly next = (() => {
    let count = 0;
    return (): number => count++;
  })();

  override onTick(): void {
    super.onTick();
    this.say('count', this.next());
  }
}

/** Decides by the clock. */
class ClockReader extends Ticker {
  override span(): number {
    return this.engine.now > 20_000 ? 900 : 1000;
  }
}

/** Measures an elapsed time. */
class StopWatch extends Ticker {
  private readonly since = this.engine.record('since', record('since', { at: int }), this.engine.world);

  override onTick(): void {
    super.onTick();
    this.say('elapsed', this.engine.now - this.since.at);
    this.since.at = this.engine.now;
  }
}

describe('the guards', () => {
  test('let a well-behaved component pass', () => {
    expect(guardAll(buildOf(Ticker), drive)).toEqual([]);
  });

  test('walker finds a private flag, collections and typed arrays', () => {
    expect(walk(buildOf(Ticker))).toEqual([]);
    expect(walk(buildOf(Flagged))).toEqual(['Flagged#1.isLate changed from false to true']);
    const found = walk(buildOf(Collecting))
      .map((fault) => fault.replace(/ changed.*/, ''))
      .sort();
    expect(found).toEqual(['Collecting#1.bytes.1', 'Collecting#1.names.get(7)', 'Collecting#1.names.size']);
  });

  test('walker passes over what is said to be derived', () => {
    const built = buildOf(Flagged)({ choices: new SeededChoices(1) });
    const go = (): void => {
      built.start();
      built.engine.runUntil(1500);
    };
    expect(walker(built.roots, go, (path) => path.endsWith('.isLate'))).toEqual([]);
  });

  test('restoreIntoDirty feels private flags and what closures capture', () => {
    expect(restoreIntoDirty(buildOf(Ticker), drive)).toEqual([]);
    expect(restoreIntoDirty(buildOf(Flagged), drive).join()).toContain('daemon.log');
    expect(restoreIntoDirty(buildOf(Captured), drive).join()).toContain('"daemon":"count"');
  });

  test('restoreIntoDirty feels a decision by the clock when it stands at another instant', () => {
    expect(restoreIntoDirty(buildOf(ClockReader), { until: 10_000, further: 5000 }).join()).toContain(
      'standing at another instant',
    );
  });

  test('doubledTime feels decisions by the clock and elapsed times', () => {
    expect(doubledTime(buildOf(Ticker), drive)).toEqual([]);
    expect(doubledTime(buildOf(ClockReader), drive)).toHaveLength(1);
    expect(doubledTime(buildOf(StopWatch), drive).join()).toContain('elapsed');
  });

  test('bisimulation tells two pasts of one situation apart by what is not declared', () => {
    const pair = (build: Build): [Built, Built] => {
      const [a, b] = [run(build, 20_300), run(build, 7000)];
      restoreState(b.engine, saveState(a.engine), 99_000);
      return [a, b];
    };
    expect(bisimulation(...pair(buildOf(Ticker)), 100)).toEqual([]);
    expect(bisimulation(...pair(buildOf(Captured)), 100).join()).toContain('"daemon":"count"');
    expect(bisimulation(run(buildOf(Ticker), 20_000), run(buildOf(Ticker), 7000)).join()).toContain(
      'not in the same situation: t.',
    );
  });

  test('sameTwice feels chance that did not come through the door', () => {
    let calls = 0;
    class Impure extends Ticker {
      override span(): number {
        return 1000 + calls++;
      }
    }
    expect(sameTwice(buildOf(Ticker), drive)).toEqual([]);
    expect(sameTwice(buildOf(Impure), drive)).toHaveLength(1);
  });

  test('perturb finds a word that digest, save or restore leave out', () => {
    const { engine, roots } = run(buildOf(Ticker), 30_300);
    expect(perturb(engine)).toEqual([]);
    const ticker = roots[0] as Ticker;
    // A snapshot that takes one word for a timer's, which holds nothing, on its way out and on its way in.
    const { store } = engine;
    const declared = [...store.declared];
    const at = declared.findIndex(({ path }) => path === 't.ticks');
    Object.defineProperty(store, 'declared', { value: declared, configurable: true });
    store.fields[at] = timer;
    expect(perturb(engine)).toContain('t.ticks: the digest does not notice');
    store.fields[at] = Ticking.fields.ticks;
    Reflect.deleteProperty(store, 'declared');
    // A queue whose content does not come back.
    ticker.line.refill = () => {};
    expect(perturb(engine).join()).toContain('t/line');
  });

  test('perturb leaves the engine as it was', () => {
    const { engine } = run(buildOf(Ticker), 30_300);
    const before = saveState(engine);
    perturb(engine);
    expect(saveState(engine).words).toEqual(before.words);
    expect(engine.now).toBe(before.now);
  });
});
