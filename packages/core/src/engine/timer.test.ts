import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Choices } from './choices.js';
import { SeededChoices } from './choices.js';
import { ClockDomain } from './clock-domain.js';
import { Engine, type EventTarget } from './engine.js';
import { EventClass } from './event-queue.js';
import { record, timer, window } from './fields.js';
import { restoreState, saveState } from './snapshot.js';
import { Timer } from './timer.js';

/** An engine with a log of what fired when. */
function bench(choices: Choices = new SeededChoices(1), timeScale = 1) {
  const engine = new Engine({ choices, timeScale });
  const log: string[] = [];
  const newTimer = (name: string, domain: ClockDomain = engine.world): Timer =>
    new Timer(engine, name, domain, () => log.push(`${name}@${engine.now}`));
  return { engine, log, newTimer };
}

describe('a timer', () => {
  test('fires once, at its deadline', () => {
    const { engine, log, newTimer } = bench();
    const timer = newTimer('t');
    timer.arm(10);
    expect(timer.isArmed).toBe(true);
    engine.runUntil(9);
    expect(log).toEqual([]);
    engine.runUntil(10);
    expect([log, timer.isArmed]).toEqual([['t@10'], false]);
    engine.runUntil(1000);
    expect(log).toEqual(['t@10']);
  });

  test('armed anew it forgets the old deadline; cancelled it forgets both', () => {
    const { engine, log, newTimer } = bench();
    const [a, b] = [newTimer('a'), newTimer('b')];
    a.arm(10);
    a.arm(20);
    b.arm(5);
    b.cancel();
    b.cancel();
    engine.runUntil(100);
    expect(log).toEqual(['a@20']);
  });

  test('extend moves the deadline either way; one in the past is due now; unarmed it stays so', () => {
    const { engine, log, newTimer } = bench();
    const [a, b, c, d] = [newTimer('a'), newTimer('b'), newTimer('c'), newTimer('d')];
    a.arm(100);
    b.arm(100);
    c.arm(100);
    engine.runUntil(50);
    a.extend(30);
    b.extend(-30);
    c.extend(-80);
    d.extend(30);
    engine.runUntil(1000);
    expect(log).toEqual(['c@50', 'b@70', 'a@130']);
  });

  test('an extension is a span like any other: time twice as slow doubles it', () => {
    const { engine, log, newTimer } = bench(undefined, 2);
    const timer = newTimer('a');
    timer.arm(100);
    engine.runUntil(100);
    timer.extend(30);
    engine.runUntil(1000);
    expect(log).toEqual(['a@260']);
  });

  test('armLike takes the closing instant of a window, now if it has closed', () => {
    const { engine, log, newTimer } = bench();
    const made = engine.record('r', record('r', { hold: window }), engine.world);
    const [a, b] = [newTimer('a'), newTimer('b')];
    made.hold.open(40);
    engine.runUntil(10);
    a.armLike(made.hold);
    engine.runUntil(100);
    b.armLike(made.hold);
    engine.runUntil(200);
    expect(log).toEqual(['a@40', 'b@100']);
  });

  test('a range is a choice of the timer, asked in whole nanoseconds, both ends included', () => {
    const asked: [string, number][] = [];
    const last: Choices = {
      choose: (site, options) => {
        asked.push([site.name, options]);
        site.position++;
        return options - 1;
      },
    };
    const { engine, log, newTimer } = bench(last);
    const timer = newTimer('n1.hello');
    timer.arm(10, 30);
    engine.runUntil(100);
    timer.arm(5, 5);
    engine.runUntil(200);
    expect([asked, log]).toEqual([[['n1.hello within', 21]], ['n1.hello@30', 'n1.hello@105']]);
  });

  test.each([
    [-1, -1],
    [0.5, 0.5],
    [Number.NaN, Number.NaN],
    [2 ** 53, 2 ** 53],
    [10, 9],
  ])('arm(%d, %d) is refused', (lo, hi) => {
    const { engine, newTimer } = bench();
    const timer = newTimer('t');
    expect(() => timer.arm(lo, hi)).toThrow(RangeError);
    expect(engine.queue.size).toBe(0);
  });

  test('ties fire in the order in which they were armed, deliveries before timers, actions first', () => {
    const { engine, log, newTimer } = bench();
    const target = (name: string): EventTarget => ({
      id: 0,
      path: name,
      isDerived: false,
      keepsSlot: false,
      keyOf: () => [0, 0],
      adopt: () => 0,
      fire: (slot) => {
        log.push(name);
        engine.releaseSlot(slot);
      },
    });
    const [a, b] = [newTimer('a'), newTimer('b')];
    b.arm(10);
    a.arm(10);
    engine.post(target('frame'), 10, EventClass.DELIVERY, null);
    engine.post(target('action'), 10, EventClass.ACTION, null);
    b.arm(10);
    engine.runUntil(10);
    expect(log).toEqual(['action', 'frame', 'a@10', 'b@10']);
    expect(() => engine.post(target('x'), -1, EventClass.DELIVERY, null)).toThrow('x: a span of -1 ns');
  });
});

test('where timers come first they do so with whatever they arm at once', () => {
  const engine = new Engine({ choices: new SeededChoices(1), timersFirst: true });
  const log: string[] = [];
  const target: EventTarget = {
    id: 0,
    path: 'cable',
    isDerived: false,
    keepsSlot: false,
    keyOf: () => [0, 0],
    adopt: () => 0,
    fire: () => void log.push('frame'),
  };
  engine.post(target, 10, EventClass.DELIVERY, null);
  const { late } = engine.record('b', record('b', { late: timer }), engine.world, {
    late: () => void log.push('late'),
  });
  const { early } = engine.record('a', record('a', { early: timer }), engine.world, {
    early: () => {
      log.push('early');
      late.arm(0);
    },
  });
  early.arm(10);
  engine.runUntil(10);
  expect(log).toEqual(['early', 'late', 'frame']);
});

describe('a window', () => {
  test('is open strictly before its end', () => {
    const { engine } = bench();
    const { hold } = engine.record('r', record('r', { hold: window }), engine.world);
    expect(hold.isOpen).toBe(false);
    hold.open(10);
    engine.runUntil(9);
    expect(hold.isOpen).toBe(true);
    engine.runUntil(10);
    expect(hold.isOpen).toBe(false);
    hold.open(10);
    hold.open(3);
    engine.runUntil(13);
    expect(hold.isOpen).toBe(false);
    hold.open(10);
    hold.close();
    expect(hold.isOpen).toBe(false);
    hold.open(Number.MAX_SAFE_INTEGER);
    engine.runUntil(2 ** 52);
    expect(hold.isOpen).toBe(true);
  });
});

describe('clock domains', () => {
  test('a freeze holds timers past their deadlines; the thaw fires them in the order of the deadlines, before what is due then', () => {
    const { engine, log, newTimer } = bench();
    const machine = new ClockDomain(engine, 'n1');
    const names = ['a', 'b', 'c', 'd', 'e'];
    const timers = names.map((name) => newTimer(name, machine));
    for (const [index, deadline] of [30, 10, 20, 50, 60].entries()) timers[index]?.arm(deadline);
    const outside = newTimer('outside');
    outside.arm(40);
    machine.freeze();
    engine.runUntil(49);
    expect(log).toEqual(['outside@40']);
    expect(timers.map((each) => each.isArmed)).toEqual([true, true, true, true, true]);
    engine.runUntil(50);
    machine.thaw();
    engine.runUntil(100);
    expect(log).toEqual(['outside@40', 'b@50', 'c@50', 'a@50', 'd@50', 'e@60']);
  });

  test('what falls due at the very instant of the thaw comes after what is overdue', () => {
    const { engine, log, newTimer } = bench();
    const machine = new ClockDomain(engine, 'n1');
    const [late, due, thaw] = [
      newTimer('late', machine),
      newTimer('due', machine),
      new Timer(engine, 'thaw', engine.world, () => machine.thaw()),
    ];
    machine.freeze();
    thaw.arm(50);
    due.arm(50);
    late.arm(20);
    engine.runUntil(60);
    expect(log).toEqual(['late@50', 'due@50']);
  });

  test('a held timer can be cancelled, armed anew and extended', () => {
    const { engine, log, newTimer } = bench();
    const machine = new ClockDomain(engine, 'n1');
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => newTimer(name, machine)) as [
      Timer,
      Timer,
      Timer,
      Timer,
    ];
    for (const each of [a, b, c, d]) each.arm(10);
    machine.freeze();
    engine.runUntil(20);
    a.cancel();
    b.arm(30);
    c.extend(25);
    expect([a, b, c, d].map((each) => each.isArmed)).toEqual([false, true, true, true]);
    machine.thaw();
    engine.runUntil(100);
    expect(log).toEqual(['d@20', 'c@35', 'b@50']);
  });

  test('nested: only when all around it run does a domain run', () => {
    const { engine, log, newTimer } = bench();
    const machine = new ClockDomain(engine, 'n1');
    const process = new ClockDomain(engine, 'n1/keepalived', machine);
    const [kernel, daemon] = [newTimer('kernel', machine), newTimer('daemon', process)];
    kernel.arm(10);
    daemon.arm(10);
    process.freeze();
    machine.freeze();
    engine.runUntil(20);
    process.thaw();
    expect(process.isFrozen).toBe(true);
    engine.runUntil(30);
    expect(log).toEqual([]);
    process.freeze();
    machine.thaw();
    engine.runUntil(40);
    expect(log).toEqual(['kernel@30']);
    process.thaw();
    engine.runUntil(50);
    expect(log).toEqual(['kernel@30', 'daemon@40']);
  });

  test("one machine's thaw leaves another's held timers alone: their deadlines and their order", () => {
    const { engine, log, newTimer } = bench();
    const [one, two] = [new ClockDomain(engine, 'n1'), new ClockDomain(engine, 'n2')];
    const [early, late] = [newTimer('early', two), newTimer('late', two)];
    late.arm(30);
    early.arm(10);
    one.freeze();
    two.freeze();
    engine.runUntil(20);
    const before = saveState(engine).words;
    one.freeze();
    one.thaw();
    one.freeze();
    engine.runUntil(20);
    expect(saveState(engine).words).toEqual(before);
    engine.runUntil(30);
    one.thaw();
    two.thaw();
    engine.runUntil(40);
    expect(log).toEqual(['early@30', 'late@30']);
  });

  test('drift shortens and lengthens spans, also through a parent; whole nanoseconds always', () => {
    const { engine, log, newTimer } = bench();
    const machine = new ClockDomain(engine, 'n1');
    const process = new ClockDomain(engine, 'n1/p', machine);
    const [a, b] = [newTimer('a', machine), newTimer('b', process)];
    machine.setDrift(100);
    a.arm(1_000_000_000);
    process.setDrift(-200);
    b.arm(1_000_000_000);
    engine.runUntil(2_000_000_000);
    expect(log).toEqual(['a@999900010', 'b@1000100010']);
    for (const wrong of [250_001, -1_000_000, Number.NaN])
      expect(() => machine.setDrift(wrong)).toThrow(RangeError);
    fc.assert(
      fc.property(fc.integer({ min: -250_000, max: 250_000 }), fc.nat({ max: 2 ** 50 }), (ppm, span) => {
        machine.setDrift(ppm);
        expect(Number.isSafeInteger(machine.stretch(span)) && machine.stretch(span) >= 0).toBe(true);
      }),
    );
  });

  test('freezing, thawing and running at random: every timer fires once, never frozen, never early', () => {
    const step = fc.tuple(fc.constantFrom('freeze', 'thaw', 'arm', 'run', 'restore'), fc.nat(3), fc.nat(60));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const engine = new Engine({ choices: new SeededChoices(1) });
        const outer = new ClockDomain(engine, 'outer');
        const domains = [
          outer,
          new ClockDomain(engine, 'inner', outer),
          new ClockDomain(engine, 'other'),
          engine.world,
        ];
        const due = new Map<number, number>();
        const timers = domains.map(
          (domain, index) =>
            new Timer(engine, `t${index}`, domain, () => {
              expect(domain.isFrozen).toBe(false);
              expect(engine.now).toBeGreaterThanOrEqual(due.get(index) ?? Number.POSITIVE_INFINITY);
              due.delete(index);
            }),
        );
        for (const [what, which, span] of steps) {
          if (what === 'freeze' && which < 3) domains[which]?.freeze();
          else if (what === 'thaw') domains[which]?.thaw();
          else if (what === 'arm') {
            timers[which]?.arm(span);
            due.set(which, engine.now + span);
          } else if (what === 'run') engine.runUntil(engine.now + span);
          else {
            const before = saveState(engine);
            restoreState(engine, before);
            expect(saveState(engine).words).toEqual(before.words);
          }
          expect(timers.map((each) => each.isArmed)).toEqual(domains.map((_, index) => due.has(index)));
        }
        for (const domain of domains) domain.thaw();
        engine.runUntil(engine.now + 100);
        expect(due.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('an engine', () => {
  test('runs up to an instant and stands there, step by step or while asked', () => {
    const { engine, log, newTimer } = bench();
    const [a, b, c] = [newTimer('a'), newTimer('b'), newTimer('c')];
    a.arm(10);
    b.arm(20);
    c.arm(5000);
    expect(engine.nextEventAt).toBe(10);
    expect(engine.step(9)).toBe(false);
    expect(engine.step()).toBe(true);
    expect(engine.now).toBe(10);
    expect(engine.runWhile(() => log.length < 2)).toBe(true);
    expect(engine.now).toBe(20);
    expect(engine.runWhile(() => true, 100)).toBe(false);
    engine.runUntil(100);
    engine.runUntil(50);
    expect([engine.now, engine.nextEventAt, engine.eventCount]).toEqual([100, 5000, 2]);
    engine.runUntil(6000);
    expect(engine.nextEventAt).toBe(undefined);
  });

  test('an event posted while standing where a run stopped is not late', () => {
    const { engine, log, newTimer } = bench();
    newTimer('far').arm(5000);
    engine.runUntil(4999);
    newTimer('now').arm(0);
    engine.runUntil(5000);
    expect(log).toEqual(['now@4999', 'far@5000']);
  });

  test('payloads lie in a dense array, however many timers came before', () => {
    const { engine, newTimer } = bench();
    for (let count = 0; count < 3000; count++) newTimer(`t${count}`);
    expect(engine.payload.length).toBe(3000 + 0);
    expect(Object.keys(engine.payload).length).toBe(3000);
  });

  test('calls afterEvent once for each event', () => {
    const { engine, newTimer } = bench();
    const seen: number[] = [];
    engine.afterEvent = () => seen.push(engine.now);
    newTimer('a').arm(1);
    newTimer('b').arm(2);
    engine.step();
    engine.runUntil(5);
    expect(seen).toEqual([1, 2]);
  });

  test('a record in a frozen machine: its windows close by the outside clock', () => {
    const { engine } = bench();
    const machine = new ClockDomain(engine, 'n1');
    const made = engine.record('r', record('r', { hold: window, hello: timer }), machine, {
      hello: () => {},
    });
    made.hold.open(10);
    machine.freeze();
    engine.runUntil(10);
    expect(made.hold.isOpen).toBe(false);
  });
});
