import type { Engine } from './engine.js';
import type { EventClass, Slot } from './event-queue.js';
import type { Field, Fields } from './fields.js';
import { fingerprint, Hasher } from './fingerprint.js';
import { fromWord } from './record-store.js';
import type { Table } from './table.js';
import type { Nanoseconds } from './time.js';

/**
 * A whole state of an engine in canonical form: instants relative to now, tables by key, pending events in firing
 * order. Two states are the same situation exactly if their `words` are equal.
 */
export interface Snapshot {
  /** The instant at which it was taken. Not part of the situation. */
  readonly now: Nanoseconds;
  readonly words: Float64Array;
  /** Counters without influence, in declaration order. Not part of the situation. */
  readonly diagnostics: Float64Array;
  /** What the words that stand for immutable values name: values by fingerprint. */
  readonly values: ReadonlyMap<number, unknown>;
  /** What each word is, on demand. */
  readonly describe: () => readonly DescribedWord[];
}

/** One word of a snapshot, for printing and comparing. */
export interface DescribedWord {
  readonly path: string;
  readonly value: unknown;
}

type Note = (path: () => string, value: () => unknown) => void;

const remaining = (engine: Engine, end: number): number =>
  end === Number.MAX_SAFE_INTEGER ? end : Math.max(0, end - engine.now);

/** The canonical word of a stored one. */
function canonical(engine: Engine, field: Field<unknown>, word: number): number {
  return field.kind === 'window' ? remaining(engine, word) : word;
}

class Writer {
  readonly words: number[] = [];
  readonly diagnostics: number[] = [];
  readonly values = new Map<number, unknown>();

  constructor(
    private readonly engine: Engine,
    private readonly note: Note | null,
  ) {}

  put(word: number, path: () => string, value: () => unknown = () => word): void {
    this.words.push(word);
    this.note?.(path, value);
  }

  value(content: unknown, path: () => string): void {
    const key = content === null ? 0 : fingerprint(content);
    if (key !== 0) this.values.set(key, content);
    this.put(key, path, () => content);
  }

  field(field: Field<unknown>, word: number, path: () => string): void {
    if (field.kind === 'timer') return;
    const plain = canonical(this.engine, field, word);
    if (field.kind === 'value' && word !== 0) this.values.set(word, this.engine.store.values.get(word));
    if (field.diagnostic) this.diagnostics.push(plain);
    else this.put(plain, path, () => fromWord(this.engine.store, field, plain));
  }

  table(table: Table<Fields>): void {
    const rows = table.stateRows();
    this.put(rows.length, () => `${table.path} rows`);
    for (const row of rows) {
      const at = (name: string) => () => `${table.path}[${table.keyA[row]},${table.keyB[row]}].${name}`;
      this.put(table.keyA[row] as number, at('key'));
      this.put(table.keyB[row] as number, at('key2'));
      for (const name of table.fieldNames) {
        this.field(table.type.fields[name] as Field<unknown>, table.columns[name]?.[row] as number, at(name));
      }
    }
  }

  event(slot: Slot, held: boolean): void {
    const { engine } = this;
    const target = engine.targetOfSlot(slot);
    const path = (part: string) => () => `event ${target.path} ${part}`;
    const [a, b] = target.keyOf(slot);
    this.put(target.id, path('target'));
    this.put(a, path('key'));
    this.put(b, path('key2'));
    this.put(engine.deadlineOf(slot) - engine.now, path('in'));
    this.put(held ? 1 : 0, path('held'));
    this.put(engine.queue.classOf(slot), path('class'));
    this.value(engine.payload[slot] ?? null, path('payload'));
  }
}

function write(engine: Engine, note: Note | null): Writer {
  const writer = new Writer(engine, note);
  const { fields, words } = engine.store;
  for (let index = 0; index < fields.length; index++) {
    writer.field(fields[index] as Field<unknown>, words[index] as number, () => engine.store.pathOf(index));
  }
  for (const table of engine.tables) writer.table(table);
  for (const queue of engine.queues) {
    const entries = queue.entries();
    writer.put(entries.length, () => `${queue.path} length`);
    entries.forEach((entry, index) => {
      writer.put(entry.tag, () => `${queue.path}[${index}].tag`);
      writer.value(entry.item, () => `${queue.path}[${index}]`);
    });
  }
  const chances = [...engine.chancePositions].sort(([a], [b]) => a - b);
  writer.put(chances.length, () => 'chance sites');
  for (const [site, position] of chances) {
    writer.put(site, () => 'chance site');
    writer.put(position, () => `chance ${site} position`);
  }
  const pending = engine.queue.pending().filter((slot) => !engine.targetOfSlot(slot).isDerived);
  writer.put(pending.length + engine.held.length, () => 'pending events');
  for (const slot of engine.held) writer.event(slot, true);
  for (const slot of pending) writer.event(slot, false);
  return writer;
}

/** Takes the whole state. */
export function saveState(engine: Engine): Snapshot {
  const { words, diagnostics, values } = write(engine, null);
  return {
    now: engine.now,
    words: Float64Array.from(words),
    diagnostics: Float64Array.from(diagnostics),
    values,
    describe: () => describeState(engine, words),
  };
}

/** Every word of the engine's present state with its path; refuses if the state has moved on from `words`. */
function describeState(engine: Engine, words: readonly number[]): DescribedWord[] {
  const described: DescribedWord[] = [];
  const present = write(engine, (path, value) => described.push({ path: path(), value: value() }));
  if (!sameWords(present.words, words))
    throw new RangeError('describe a snapshot before its engine goes on, or restore it first');
  return described;
}

/** The present state, word by word, for people. */
export function printState(engine: Engine): DescribedWord[] {
  const described: DescribedWord[] = [];
  write(engine, (path, value) => described.push({ path: path(), value: value() }));
  return described;
}

/** What differs between two printed states: paths with the value in each (undefined where the path is absent). */
export function differenceOf(
  before: readonly DescribedWord[],
  after: readonly DescribedWord[],
): { path: string; before: unknown; after: unknown }[] {
  const numbered = (words: readonly DescribedWord[]): Map<string, unknown> => {
    const seen = new Map<string, number>();
    const map = new Map<string, unknown>();
    for (const { path, value } of words) {
      const nth = (seen.get(path) ?? 0) + 1;
      seen.set(path, nth);
      map.set(nth === 1 ? path : `${path} #${nth}`, value);
    }
    return map;
  };
  const first = numbered(before);
  const second = numbered(after);
  const paths = new Set([...first.keys(), ...second.keys()]);
  return [...paths]
    .map((path) => ({ path, before: first.get(path), after: second.get(path) }))
    .filter((change) => fingerprint(change.before) !== fingerprint(change.after));
}

const sameWords = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
};

/** Whether two snapshots are the same situation. */
export function sameSituation(a: Snapshot, b: Snapshot): boolean {
  return sameWords(a.words, b.words);
}

/** A stable hash of the situation, 16 hexadecimal digits. */
export function digestOf(snapshot: Snapshot): string {
  const hasher = new Hasher();
  for (const word of snapshot.words) hasher.addNumber(word);
  return hasher.hex();
}

class Reader {
  private at = 0;
  private atDiagnostic = 0;

  constructor(
    private readonly engine: Engine,
    private readonly snapshot: Snapshot,
  ) {}

  next(): number {
    const word = this.snapshot.words[this.at++];
    if (word === undefined) throw new RangeError('the snapshot is of another design: it has too few words');
    return word;
  }

  value(): unknown {
    const key = this.next();
    return key === 0 ? null : this.snapshot.values.get(key);
  }

  field(field: Field<unknown>): number {
    if (field.kind === 'timer') return 0;
    const word = field.diagnostic ? (this.snapshot.diagnostics[this.atDiagnostic++] as number) : this.next();
    if (field.kind === 'value' && word !== 0)
      this.engine.store.values.set(word, this.snapshot.values.get(word));
    if (field.kind !== 'window' || word === 0) return word;
    return word === Number.MAX_SAFE_INTEGER ? word : this.engine.now + word;
  }

  end(): void {
    if (this.at !== this.snapshot.words.length || this.atDiagnostic !== this.snapshot.diagnostics.length)
      throw new RangeError('the snapshot is of another design: it has too many words');
  }
}

/**
 * Puts a snapshot's state into an engine of the same design, whatever state that engine is in.
 *
 * @param at the instant at which it stands afterwards; by default that of the snapshot.
 */
export function restoreState(engine: Engine, snapshot: Snapshot, at: Nanoseconds = snapshot.now): void {
  for (const table of engine.tables) table.clear();
  engine.rewindTo(at);
  const reader = new Reader(engine, snapshot);
  const { fields, words } = engine.store;
  for (let index = 0; index < fields.length; index++)
    words[index] = reader.field(fields[index] as Field<unknown>);
  for (const table of engine.tables) {
    for (let rows = reader.next(); rows > 0; rows--) {
      const row = table.insert(reader.next(), reader.next());
      for (const name of table.fieldNames) {
        const column = table.columns[name] as Float64Array;
        column[row] = reader.field(table.type.fields[name] as Field<unknown>);
      }
    }
  }
  for (const queue of engine.queues) {
    const entries: { tag: number; item: object }[] = [];
    for (let length = reader.next(); length > 0; length--)
      entries.push({ tag: reader.next(), item: reader.value() as object });
    queue.refill(entries);
  }
  engine.chancePositions.clear();
  for (let sites = reader.next(); sites > 0; sites--)
    engine.chancePositions.set(reader.next(), reader.next());
  for (let events = reader.next(); events > 0; events--) {
    const target = engine.targets[reader.next()];
    if (target === undefined)
      throw new RangeError('the snapshot is of another design: it names an unknown target');
    const slot = target.adopt(reader.next(), reader.next());
    const deadline = at + reader.next();
    const held = reader.next() === 1;
    const eventClass = reader.next() as EventClass;
    engine.payload[slot] = reader.value();
    if (held) {
      engine.queue.label(slot, deadline, eventClass);
      engine.hold(slot);
    } else engine.queue.insert(slot, deadline, eventClass);
  }
  reader.end();
  for (const derive of engine.afterRestore) derive();
}
