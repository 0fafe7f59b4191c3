import { describe, expect, test } from 'vitest';
import { perform } from '../../lab/actions.js';
import { Network } from '../../lab/network.js';
import { PAIR } from '../../lab/pair.fixture.js';
import { planLab } from '../../lab/plan-lab.js';
import { SeededChoices } from '../choices.js';
import { Engine, type WindowHome } from '../engine.js';
import type { EventClass, Slot } from '../event-queue.js';
import { printState } from '../snapshot.js';
import { MILLISECOND, SECOND } from '../time.js';
import { type Clocks, StateCodec } from './state-codec.js';
import { VectorStore } from './vector-store.js';

/** An engine whose events can be taken away at once. */
class EmptyableEngine extends Engine {
  forgetEvents(): void {
    this.queue.reset(0);
    this.heldSlots = [];
    this.nowNs = 0;
  }
}

/** Instants as numbers, relative to the present. */
class NumberClocks implements Clocks {
  given: readonly number[] = [];
  private at = 0;

  constructor(private readonly engine: EmptyableEngine) {}

  pending() {
    const { engine } = this;
    return engine.queue
      .pending()
      .filter((slot) => !engine.targetOfSlot(slot).isDerived)
      .map((slot) => ({ slot, rank: engine.queue.classOf(slot) }));
  }

  clear(): void {
    this.at = 0;
    this.engine.forgetEvents();
  }

  putEvent(slot: Slot, rank: number): void {
    this.engine.queue.insert(slot, this.given[this.at++] as number, rank as EventClass);
  }

  putWindow(home: WindowHome, index: number): void {
    home.words[index] = this.given[this.at++] as number;
  }

  isOpen(word: number): boolean {
    return this.engine.isBefore(word);
  }
}

interface Captured {
  readonly id: number;
  readonly instants: readonly number[];
}

/** A pair of nodes and a client with a codec beside it. */
class Coded {
  readonly engine = new EmptyableEngine({ choices: new SeededChoices(1) });
  readonly network = new Network(planLab(PAIR).plan, { choices: this.engine.choices, engine: this.engine });
  readonly clocks = new NumberClocks(this.engine);
  readonly codec: StateCodec;

  constructor(vectors = new VectorStore()) {
    this.codec = new StateCodec(this.engine, this.clocks, vectors);
    this.network.start();
  }

  capture(): Captured {
    const { codec, engine } = this;
    const id = codec.capture();
    return {
      id,
      instants: [
        ...codec.eventSlots.map((slot) => engine.deadlineOf(slot) - engine.now),
        ...codec.windowHomes.map(
          (home, at) => (home.words[codec.windowIndices[at] as number] as number) - engine.now,
        ),
      ],
    };
  }

  load({ id, instants }: Captured): void {
    this.clocks.given = instants;
    this.codec.load(id);
  }

  /** Everything that is declared, the events of one instant in no order, and how often chance was asked left out. */
  print(): string[] {
    // How long an event has been held is not asked: it is due at the thaw.
    const held = new Set(this.engine.held.map((slot) => `event ${this.engine.targetOfSlot(slot).path} in`));
    const words = printState(this.engine)
      .filter(({ path }) => !path.startsWith('chance') && !held.has(path))
      .map(({ path, value }) => `${path} = ${JSON.stringify(value)}`);
    const isEvent = (word: string): boolean => word.startsWith('event ');
    return [...words.filter((word) => !isEvent(word)), ...words.filter(isEvent).sort()];
  }
}

/** Instants of a life: before the first boot is done, both masters to be, a steady state, amid a handover, after it. */
const INSTANTS = [
  0,
  70 * MILLISECOND,
  3_475 * MILLISECOND,
  6 * SECOND,
  6_000_080_000,
  9.7 * SECOND,
  12 * SECOND,
];

describe('the discrete part of a state and the instants beside it', () => {
  test('come back whole, also into an engine in any other state', () => {
    const coded = new Coded();
    const kept = INSTANTS.map((instant) => {
      coded.engine.runUntil(instant);
      if (instant === 6 * SECOND) perform(coded.network, { at: '0s', do: 'power-off', node: 'n1' });
      if (instant === 9.7 * SECOND) perform(coded.network, { at: '0s', do: 'freeze', node: 'n2' });
      return { captured: coded.capture(), printed: coded.print() };
    });
    expect(new Set(kept.map(({ captured }) => captured.id)).size).toBeGreaterThan(5);
    for (const dirt of kept)
      for (const { captured, printed } of kept) {
        coded.load(dirt.captured);
        coded.engine.runUntil(400 * MILLISECOND);
        coded.codec.forget();
        coded.load(captured);
        expect(coded.print()).toEqual(printed);
        expect(coded.capture()).toEqual(captured);
      }
  });

  test('what was loaded goes on as the original did', () => {
    const coded = new Coded();
    coded.engine.runUntil(5 * SECOND);
    const from = coded.capture();
    coded.engine.runUntil(7 * SECOND);
    const wanted = coded.capture();
    coded.load(from);
    coded.engine.runUntil(2 * SECOND);
    expect(coded.capture()).toEqual(wanted);
  });

  test('a step without `forget` is seen too: only what changed is written anew', () => {
    const coded = new Coded();
    const fresh = new Coded(coded.codec.vectors);
    for (let step = 0; step < 400 && coded.engine.step(); step++) {
      fresh.engine.step();
      fresh.codec.forget();
      expect(coded.capture()).toEqual(fresh.capture());
    }
  });

  test('two engines of one plan that share a store have the same ids', () => {
    const one = new Coded();
    const other = new Coded(one.codec.vectors);
    one.engine.runUntil(5 * SECOND);
    other.engine.runUntil(7 * SECOND);
    other.engine.runUntil(8 * SECOND);
    one.engine.runUntil(8 * SECOND);
    expect(other.capture()).toEqual(one.capture());
  });

  test('where an instant lies is no part of the id', () => {
    const coded = new Coded();
    coded.engine.runUntil(5 * SECOND);
    const before = coded.capture();
    coded.engine.runUntil(5 * SECOND + 1);
    const after = coded.capture();
    expect(after.id).toBe(before.id);
    expect(after.instants).toEqual(before.instants.map((instant) => instant - 1));
  });

  test('every declared word matters but diagnostics and timers', () => {
    const coded = new Coded();
    coded.engine.runUntil(6 * SECOND);
    const { store } = coded.engine;
    const before = coded.capture();
    const wrong: string[] = [];
    let tried = 0;
    for (const [index, { path, field }] of store.declared.entries()) {
      const word = store.words[index] as number;
      const isOpen = field.kind === 'window' && word > coded.engine.now;
      store.words[index] = field.kind === 'window' ? (isOpen ? 0 : coded.engine.now + 1) : word + 1;
      const isSame = coded.capture().id === before.id;
      if (isSame !== (field.diagnostic || field.kind === 'timer')) wrong.push(path);
      store.words[index] = word;
      tried++;
    }
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(100);
    expect(coded.capture()).toEqual(before);
  });

  test('every column of every row matters but diagnostics and timers', () => {
    const coded = new Coded();
    coded.engine.runUntil(6 * SECOND);
    const before = coded.capture();
    const wrong: string[] = [];
    let tried = 0;
    for (const table of coded.engine.tables)
      for (const row of table.stateRows())
        for (const name of table.fieldNames) {
          const field = table.type.fields[name];
          if (field === undefined || field.kind === 'timer') continue;
          const column = table.columns[name] as Float64Array;
          const word = column[row] as number;
          column[row] =
            field.kind === 'window' ? (word > coded.engine.now ? 0 : coded.engine.now + 1) : word + 1;
          if ((coded.capture().id === before.id) !== field.diagnostic) wrong.push(`${table.path} ${name}`);
          column[row] = word;
          tried++;
        }
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(10);
    expect(coded.capture()).toEqual(before);
  });

  test('what is pending, and for whom, matters', () => {
    const coded = new Coded();
    coded.engine.runUntil(6 * SECOND);
    const before = coded.capture();
    const [first] = coded.codec.eventSlots;
    if (first === undefined) throw new RangeError('nothing is pending');
    const at = coded.engine.deadlineOf(first);
    const eventClass = coded.engine.queue.classOf(first);
    coded.engine.queue.remove(first);
    expect(coded.capture().id).not.toBe(before.id);
    coded.engine.queue.insert(first, at, eventClass);
    expect(coded.capture()).toEqual(before);
  });
});
