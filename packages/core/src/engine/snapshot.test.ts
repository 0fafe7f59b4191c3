import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededChoices } from './choices.js';
import { ClockDomain } from './clock-domain.js';
import { Engine, type EventTarget } from './engine.js';
import { EventClass, type Slot } from './event-queue.js';
import { bool, diagnostic, enumOf, int, record, timer, u16, value, window } from './fields.js';
import { differenceOf, digestOf, printState, restoreState, sameSituation, saveState } from './snapshot.js';
import { table } from './table.js';
import { TaggedQueue } from './tagged-queue.js';

const State = record('state', {
  mode: enumOf('IDLE', 'BUSY'),
  isUp: bool,
  number: u16,
  content: value<{ readonly n: number }>(),
  count: diagnostic(int),
  tick: timer,
  hold: window,
});
const Rows = table('rows', { port: u16, age: window, probe: timer }, 'age');

/** A cable that carries payloads. */
class Cable implements EventTarget {
  readonly id: number;
  readonly path = 'cable';
  readonly isDerived = false;
  readonly keepsSlot = false;

  constructor(
    private readonly engine: Engine,
    private readonly log: string[],
  ) {
    this.id = engine.register(this);
  }

  fire(slot: Slot): void {
    this.log.push(`${JSON.stringify(this.engine.payload[slot])}@${this.engine.now}`);
    this.engine.releaseSlot(slot);
  }

  keyOf(): readonly [number, number] {
    return [0, 0];
  }

  adopt(): Slot {
    return this.engine.allocateSlot(this);
  }
}

/** A lab with every kind of declared state in it, that a list of numbers drives. */
class Lab {
  readonly log: string[] = [];
  readonly engine = new Engine({ choices: new SeededChoices(7) });
  readonly domain = new ClockDomain(this.engine, 'n1');
  readonly records = ['a', 'b'].map((name) =>
    this.engine.record(name, State, this.domain, { tick: () => this.say(name) }),
  );
  readonly rows = this.engine.table('t', Rows, this.domain, {
    probe: (row) => this.say(`probe ${this.rows.keyA[row]}`),
  });
  readonly queue = new TaggedQueue<{ n: number }>(this.engine, 'q', 2);
  readonly cable = new Cable(this.engine, this.log);
  readonly site = this.engine.site('n1/luck');

  private say(what: string): void {
    this.log.push(`${what}@${this.engine.now}`);
  }

  do(order: number): void {
    const { engine, rows } = this;
    const argument = order >> 4;
    const made = this.records[argument & 1] as Lab['records'][0];
    switch (order & 15) {
      case 0:
        made.tick.arm(argument);
        break;
      case 1:
        made.tick.arm(argument, argument + 50);
        break;
      case 2:
        made.hold.open(argument);
        break;
      case 3:
        made.number = argument % 65536;
        break;
      case 4:
        made.content = { n: argument % 9 };
        break;
      case 5:
        made.mode = made.mode === 'IDLE' ? 'BUSY' : 'IDLE';
        break;
      case 6:
        this.queue.push(argument % 3, { n: argument });
        break;
      case 7:
        this.queue.shift(argument % 3);
        break;
      case 8:
        engine.post(this.cable, 1 + (argument % 90), EventClass.DELIVERY, { n: argument });
        break;
      case 9:
        this.domain.freeze();
        break;
      case 10:
        this.domain.thaw();
        break;
      case 11:
        this.log.push(`luck ${engine.choose(this.site, 100)}`);
        break;
      case 12: {
        const known = rows.find(argument % 7);
        // A row that is over must count as absent: what is done about it may touch that row only.
        if (known >= 0 && !rows.isLiving(known)) rows.delete(known);
        const found = rows.find(argument % 7);
        const row = found >= 0 ? found : rows.insert(argument % 7);
        rows.windows.age.open(row, 1 + argument);
        rows.timers.probe.arm(row, argument);
        break;
      }
      case 13:
        rows.sweep();
        break;
      case 14:
        made.count += argument;
        break;
      default:
        engine.runUntil(engine.now + (argument % 64));
    }
  }
}

const orders = fc.array(fc.nat(4095), { minLength: 5, maxLength: 60, size: 'max' });

const drive = (lab: Lab, list: readonly number[]): Lab => {
  for (const order of list) lab.do(order);
  return lab;
};

describe('snapshots', () => {
  test('what is restored is what was saved, word by word, also in an engine with another past, and goes on alike', () => {
    fc.assert(
      fc.property(orders, orders, orders, fc.nat(1e9), (past, otherPast, future, at) => {
        const lab = drive(new Lab(), past);
        const snapshot = saveState(lab.engine);
        const dirty = drive(new Lab(), otherPast);
        restoreState(dirty.engine, snapshot, at);
        const again = saveState(dirty.engine);
        expect([...again.words]).toEqual([...snapshot.words]);
        expect([...again.diagnostics]).toEqual([...snapshot.diagnostics]);
        expect([dirty.engine.now, sameSituation(snapshot, again), digestOf(again)]).toEqual([
          at,
          true,
          digestOf(snapshot),
        ]);
        const shift = (log: string[], start: number): string[] =>
          log.map((line) => line.replace(/@(\d+)$/, (_, instant) => `@${Number(instant) - start}`));
        const start = lab.engine.now;
        lab.log.length = 0;
        dirty.log.length = 0;
        drive(lab, [...future, 15 + 63 * 16, 10, 15 + 63 * 16]);
        drive(dirty, [...future, 15 + 63 * 16, 10, 15 + 63 * 16]);
        expect(shift(dirty.log, at)).toEqual(shift(lab.log, start));
        expect([...saveState(dirty.engine).words]).toEqual([...saveState(lab.engine).words]);
      }),
      { numRuns: 400 },
    );
  });

  test('forks of one snapshot go their own ways, and the snapshot stays', () => {
    const lab = drive(new Lab(), [0x640, 0x328, 0x148, 0x65c, 0x446]);
    const snapshot = saveState(lab.engine);
    const words = [...snapshot.words];
    const [left, right] = [new Lab(), new Lab()];
    restoreState(left.engine, snapshot);
    restoreState(right.engine, snapshot);
    drive(left, [0x005, 0x3ff, 0x3ff]);
    expect([...saveState(right.engine).words]).toEqual(words);
    drive(right, [0x3ff, 0x3ff, 0x005]);
    expect(right.log).toEqual(left.log);
    drive(right, [0x015]);
    expect(sameSituation(saveState(left.engine), saveState(right.engine))).toBe(false);
    expect([...snapshot.words]).toEqual(words);
  });

  test('the same situation at another instant, reached by other slots and rows, has the same digest', () => {
    const one = drive(new Lab(), [0x01c, 0x02c, 0x03c, 0x208, 0x108]);
    const two = new Lab();
    drive(two, [0x640, 0x03c, 0x1fc]);
    two.records[0]?.tick.cancel();
    two.rows.clear();
    two.engine.runUntil(5000);
    drive(two, [0x01c, 0x02c, 0x03c, 0x208, 0x108]);
    expect(digestOf(saveState(two.engine))).toBe(digestOf(saveState(one.engine)));
  });

  test('ties keep their order through a restore', () => {
    const lab = new Lab();
    for (const n of [3, 1, 2]) lab.engine.post(lab.cable, 10, EventClass.DELIVERY, { n });
    const snapshot = saveState(lab.engine);
    restoreState(lab.engine, snapshot);
    lab.engine.runUntil(10);
    expect(lab.log).toEqual(['{"n":3}@10', '{"n":1}@10', '{"n":2}@10']);
  });

  test('where timers come first they still do after a restore', () => {
    const engine = new Engine({ choices: new SeededChoices(7), timersFirst: true });
    const log: string[] = [];
    const made = engine.record('a', State, engine.world, { tick: () => void log.push(`a@${engine.now}`) });
    engine.post(new Cable(engine, log), 10, EventClass.DELIVERY, { n: 1 });
    made.tick.arm(10);
    const snapshot = saveState(engine);
    restoreState(engine, snapshot);
    expect([...saveState(engine).words]).toEqual([...snapshot.words]);
    engine.runUntil(10);
    expect(log).toEqual(['a@10', '{"n":1}@10']);
  });

  test('held timers come back held, with their deadlines and their class', () => {
    const lab = drive(new Lab(), [0x050, 0x009, 0x2ff]);
    expect(lab.engine.held).toHaveLength(1);
    const snapshot = saveState(lab.engine);
    const fresh = new Lab();
    restoreState(fresh.engine, snapshot);
    expect([...saveState(fresh.engine).words]).toEqual([...snapshot.words]);
    drive(fresh, [0x00a, 0x00f]);
    expect(fresh.log).toEqual(['b@47']);
  });

  test('printing names every word, and the difference names what changed', () => {
    const lab = drive(new Lab(), [0x01c, 0x640, 0x446, 0x208, 0x00b]);
    const before = printState(lab.engine);
    const paths = before.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'a.mode',
        'b.number',
        't rows',
        't[1,0].port',
        'q length',
        'q[0]',
        'n1.frozen',
        'event a.tick in',
        'event cable payload',
        'chance sites',
      ]),
    );
    expect(before).toHaveLength(saveState(lab.engine).words.length);
    expect(saveState(lab.engine).describe()).toEqual(before);
    const record0 = lab.records[0] as Lab['records'][0];
    record0.mode = 'BUSY';
    record0.content = { n: 4 };
    expect(differenceOf(before, printState(lab.engine))).toEqual([
      { path: 'a.mode', before: 'IDLE', after: 'BUSY' },
      { path: 'a.content', before: null, after: { n: 4 } },
    ]);
    record0.tick.cancel();
    const gone = differenceOf(before, printState(lab.engine)).find(({ path }) => path === 'event a.tick in');
    expect(gone).toEqual({ path: 'event a.tick in', before: 100, after: undefined });
  });

  test('a snapshot is described before its engine goes on, not after', () => {
    const lab = new Lab();
    const snapshot = saveState(lab.engine);
    drive(lab, [0x013]);
    expect(() => snapshot.describe()).toThrow('before its engine goes on');
  });

  test('a diagnostic changes no digest, but comes back', () => {
    const lab = new Lab();
    const digest = digestOf(saveState(lab.engine));
    drive(lab, [0x07e, 0x06e]);
    const snapshot = saveState(lab.engine);
    expect(digestOf(snapshot)).toBe(digest);
    drive(lab, [0x07e]);
    restoreState(lab.engine, snapshot);
    expect(lab.records.map(({ count }) => count)).toEqual([6, 7]);
  });

  test('a snapshot of another design is refused', () => {
    const small = new Engine({ choices: new SeededChoices(1) });
    const snapshot = saveState(small);
    expect(() => restoreState(new Lab().engine, snapshot)).toThrow('of another design');
    const big = saveState(drive(new Lab(), [0x640]).engine);
    expect(() => restoreState(small, big)).toThrow('of another design');
  });

  test('derived timers are in no snapshot; whoever owns one works it out again', () => {
    const lab = new Lab();
    const fired: number[] = [];
    lab.engine.afterRestore.push(() => fired.push(lab.engine.now));
    const snapshot = saveState(lab.engine);
    restoreState(lab.engine, snapshot, 99);
    expect(fired).toEqual([99]);
  });

  test('golden value: the digest of a state stays the same from release to release', () => {
    const lab = drive(new Lab(), [0x640, 0x01c, 0x446, 0x208, 0x00b, 0x044, 0x052, 0x0ff]);
    expect(digestOf(saveState(lab.engine))).toMatchInlineSnapshot(`"12013dafbab50542"`);
  });
});

describe('TaggedQueue', () => {
  test('is a line per tag with a limit, oldest out first', () => {
    const queue = new TaggedQueue<{ n: number }>(new Engine({ choices: new SeededChoices(1) }), 'q', 2);
    expect(queue.push(1, { n: 1 })).toBe(undefined);
    queue.push(2, { n: 2 });
    queue.push(1, { n: 3 });
    expect(queue.push(1, { n: 4 })).toEqual({ n: 1 });
    expect([queue.length, queue.count(1), queue.count(2), queue.count(9)]).toEqual([3, 2, 1, 0]);
    expect(queue.shift(9)).toBe(undefined);
    expect(queue.shift(1)).toEqual({ n: 3 });
    queue.push(1, { n: 5 });
    expect(queue.drain(1)).toEqual([{ n: 4 }, { n: 5 }]);
    expect(queue.entries()).toEqual([{ tag: 2, item: { n: 2 } }]);
    queue.clear();
    expect(queue.length).toBe(0);
    expect(() => new TaggedQueue(new Engine({ choices: new SeededChoices(1) }), 'q', 0)).toThrow(
      'a queue for 0',
    );
  });
});
