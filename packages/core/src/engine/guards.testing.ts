import { digestOfEvents, Trace, type TraceEvent } from '../trace/index.js';
import { SeededChoices } from './choices.js';
import { Engine, type EngineOptions } from './engine.js';
import { EventClass, EventQueue } from './event-queue.js';
import type { Field } from './fields.js';
import { RecordStore } from './record-store.js';
import { differenceOf, digestOf, printState, restoreState, type Snapshot, saveState } from './snapshot.js';
import { Table, TimerColumn, WindowColumn } from './table.js';
import { TaggedQueue } from './tagged-queue.js';
import type { Nanoseconds } from './time.js';

/**
 * Guards: tests that any network can be put through, which find state that is not declared and decisions that are
 * made by the clock. Each gives a list of faults in words; an empty list is a pass.
 */

/** A network ready to run. `start` arms what starts it: launches daemons, posts the schedule. */
export interface Built {
  readonly engine: Engine;
  readonly trace: Trace;
  /** The objects whose properties are to be watched: hosts, switches, links, processes. */
  readonly roots: readonly object[];
  start(): void;
}

/** Builds the same network each time, from the options alone. */
export type Build = (options: EngineOptions) => Built;

// ---- the walker

/** Kinds whose whole content is declared state or a record of the past. */
const DECLARED: readonly (abstract new (...args: never[]) => object)[] = [
  RecordStore,
  Table,
  TimerColumn,
  WindowColumn,
  TaggedQueue,
  EventQueue,
  Trace,
];

/** What of an engine changes while it runs and is saved, or can be worked out again. */
const ENGINE_STATE: ReadonlySet<PropertyKey> = new Set([
  'chancePositions',
  'heldSlots',
  'payload',
  'row',
  'nowNs',
  'eventCount',
  'targetOf',
  'timerSites',
  'choices',
  'afterEvent',
]);

/** What an object holds, part by part: own properties, and the entries of collections. */
function partsOf(holder: object): Map<PropertyKey, unknown> {
  const parts = new Map<PropertyKey, unknown>();
  if (ArrayBuffer.isView(holder)) {
    if (holder instanceof DataView) return parts;
    for (const [index, item] of (holder as Uint8Array).entries()) parts.set(String(index), item);
    return parts;
  }
  if (holder instanceof Map) {
    let nth = 0;
    for (const [key, item] of holder) {
      parts.set(typeof key === 'object' ? `key ${nth++}` : `get(${String(key)})`, item);
      if (typeof key === 'object') parts.set(`item ${nth}`, key);
    }
    parts.set('size', holder.size);
  }
  if (holder instanceof Set) {
    for (const [nth, item] of [...holder].entries()) parts.set(`item ${nth}`, item);
    parts.set('size', holder.size);
  }
  for (const key of Reflect.ownKeys(holder)) {
    if (holder instanceof Engine && ENGINE_STATE.has(key)) continue;
    const descriptor = Reflect.getOwnPropertyDescriptor(holder, key);
    if (descriptor !== undefined && 'value' in descriptor) parts.set(key, descriptor.value);
  }
  return parts;
}

const isWalked = (item: unknown): item is object =>
  typeof item === 'object' && item !== null && !DECLARED.some((kind) => item instanceof kind);

const show = (item: unknown): string =>
  typeof item === 'object' && item !== null
    ? `a ${item.constructor?.name ?? 'object'}`
    : typeof item === 'function'
      ? 'a function'
      : (JSON.stringify(item) ?? String(item));

/**
 * Remembers every value that can be reached from some objects without passing through declared state, runs
 * something, and reports every one that is another one day: undeclared mutable state.
 *
 * What a closure has captured cannot be seen; {@link restoreIntoDirty} and {@link bisimulation} feel it.
 *
 * @param run is given a function that looks for changes; the end of the run is looked at anyway. What toggles is
 * found only if somebody looks at the right moment, so look often.
 * @param isDerived says of a path whether it is a cache that a restore works out again.
 */
export function walker(
  roots: readonly object[],
  run: (look: () => void) => void,
  isDerived: (path: string) => boolean = () => false,
): string[] {
  const paths = new Map<object, string>();
  const before = new Map<object, Map<PropertyKey, unknown>>();
  const line: object[] = [];
  const meet = (item: unknown, path: string): void => {
    if (!isWalked(item) || paths.has(item)) return;
    paths.set(item, path);
    line.push(item);
  };
  for (const [index, root] of roots.entries()) meet(root, `${root.constructor.name}#${index}`);
  // The sites of chance hold it too.
  const declared = new Set<object>();
  for (const holder of line) {
    if (holder instanceof Engine) declared.add(holder.chancePositions);
    const parts = partsOf(holder);
    before.set(holder, parts);
    for (const [key, item] of parts) meet(item, `${paths.get(holder)}.${String(key)}`);
  }
  const faults = new Map<string, string>();
  const look = (): void => {
    for (const [holder, parts] of before) {
      if (declared.has(holder)) continue;
      const now = partsOf(holder);
      for (const key of new Set([...parts.keys(), ...now.keys()])) {
        const path = `${paths.get(holder)}.${String(key)}`;
        const same = Object.is(parts.get(key), now.get(key)) && parts.has(key) === now.has(key);
        if (same || faults.has(path) || isDerived(path)) continue;
        faults.set(path, `${path} changed from ${show(parts.get(key))} to ${show(now.get(key))}`);
      }
    }
  };
  run(look);
  look();
  return [...faults.values()];
}

// ---- perturbation

/** Another value that a field could hold. */
function otherWord(field: Field<unknown>, word: number, now: Nanoseconds): number {
  if (field.kind === 'window') return word > now ? word + 1 : now + 1;
  if (field.kind === 'value') return word + 1;
  if (field.kind === 'bool') return 1 - word;
  return word < field.max ? word + 1 : word - 1;
}

/** So many rows of a table are perturbed: what holds for one holds for its likes, and each costs whole snapshots. */
const MOST_ROWS = 4;

/** The first numbers below `count`, and the last. */
const someOf = (count: number): number[] =>
  count <= MOST_ROWS
    ? Array.from({ length: count }, (_, index) => index)
    : [...Array.from({ length: MOST_ROWS - 1 }, (_, index) => index), count - 1];

/**
 * Changes each declared word of a state, of a long table's rows some, one at a time: the digest must change (it must not for a diagnostic), and
 * both states must come back whole from their snapshots. The engine is left as it was found.
 */
export function perturb(engine: Engine): string[] {
  // What is derived cannot be worked out from made-up values: it has to wait until the end.
  const derivations = engine.afterRestore.splice(0);
  const before = saveState(engine);
  try {
    return perturbAll(engine, before);
  } finally {
    engine.afterRestore.push(...derivations);
    restoreState(engine, before);
  }
}

function perturbAll(engine: Engine, before: Snapshot): string[] {
  const faults: string[] = [];
  const digest = digestOf(before);
  restoreState(engine, before);
  faults.push(...differences('restoring its own snapshot', before, engine));

  const attempt = (path: string, change: () => void, isDiagnostic: boolean): void => {
    change();
    const changed = saveState(engine);
    if ((digestOf(changed) === digest) !== isDiagnostic) {
      faults.push(`${path}: the digest ${isDiagnostic ? 'changes with a diagnostic' : 'does not notice'}`);
    }
    restoreState(engine, before);
    faults.push(...differences(`${path}: going back`, before, engine));
    restoreState(engine, changed);
    faults.push(...differences(`${path}: going forth`, changed, engine));
    restoreState(engine, before);
  };

  /** Changes a word where it lies; a value that is not null gets a made-up neighbour. */
  const attemptWord = (
    path: string,
    field: Field<unknown>,
    words: () => Float64Array,
    index: number,
  ): void => {
    if (
      field.kind === 'timer' ||
      (field.min === field.max && field.kind !== 'enum') ||
      field.labels?.length === 1
    )
      return;
    const word = words()[index] as number;
    const other = otherWord(field, word, engine.now);
    if (field.kind === 'value') engine.store.values.set(other, `instead of ${path}`);
    attempt(path, () => (words()[index] = other), field.diagnostic);
  };

  for (const [index, { path, field }] of engine.store.declared.entries()) {
    attemptWord(path, field, () => engine.store.words, index);
  }
  for (const table of engine.tables) {
    for (const sorted of someOf(table.stateRows().length)) {
      const row = (): number => table.stateRows()[sorted] as number;
      for (const name of table.fieldNames) {
        const path = `${table.path}[${table.keyA[row()]},${table.keyB[row()]}].${name}`;
        attemptWord(
          path,
          table.type.fields[name] as Field<unknown>,
          () => table.columns[name] as Float64Array,
          row(),
        );
      }
    }
    attempt(`${table.path} rows`, () => addLivingRow(table), false);
  }
  for (const queue of engine.queues) {
    const entries = queue.entries();
    attempt(
      `${queue.path} length`,
      () => queue.refill([...entries, { tag: -1, item: { not: 'there' } }]),
      false,
    );
    for (const [at, entry] of entries.entries()) {
      const instead = (other: { tag: number; item: object }) => () =>
        queue.refill(entries.map((each, index) => (index === at ? other : each)));
      attempt(`${queue.path}[${at}].tag`, instead({ ...entry, tag: entry.tag + 1 }), false);
      attempt(`${queue.path}[${at}].item`, instead({ ...entry, item: { not: entry.item } }), false);
    }
  }
  for (const site of [...engine.chancePositions.keys()]) {
    attempt(
      `chance ${site}`,
      () => engine.chancePositions.set(site, (engine.chancePositions.get(site) ?? 0) + 1),
      false,
    );
  }
  const events = engine.queue.pending().filter((slot) => !engine.targetOfSlot(slot).isDerived).length;
  for (let nth = 0; nth < events; nth++) {
    const slotOf = (): number =>
      engine.queue.pending().filter((slot) => !engine.targetOfSlot(slot).isDerived)[nth] as number;
    const path = `event ${engine.targetOfSlot(slotOf()).path}`;
    attempt(`${path} deadline`, () => engine.move(slotOf(), 1), false);
    attempt(
      `${path} class`,
      () => {
        const slot = slotOf();
        const instant = engine.deadlineOf(slot);
        const other =
          engine.queue.classOf(slot) === EventClass.TIMER ? EventClass.DELIVERY : EventClass.TIMER;
        engine.remove(slot);
        engine.insertAt(slot, instant, other);
      },
      false,
    );
    if (engine.targetOfSlot(slotOf()).keepsSlot)
      attempt(`${path} pending`, () => engine.remove(slotOf()), false);
    else if (engine.payload[slotOf()] !== null)
      attempt(`${path} payload`, () => (engine.payload[slotOf()] = { not: 'it' }), false);
  }
  return faults;
}

/** Adds a row under a key that no protocol uses, kept alive if rows of the table need that. */
function addLivingRow(table: Engine['tables'][number]): void {
  const row = table.insert(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const lives = table.type.livesWhile as string | null;
  if (lives !== null) (table.columns[lives] as Float64Array)[row] = Number.MAX_SAFE_INTEGER;
}

function differences(what: string, expected: Snapshot, engine: Engine): string[] {
  const present = saveState(engine);
  const same = (a: Float64Array, b: Float64Array): boolean =>
    a.length === b.length && a.every((word, index) => word === b[index]);
  if (same(present.words, expected.words) && same(present.diagnostics, expected.diagnostics)) return [];
  const after = printState(engine);
  const firstAt = expected.words.findIndex((word, index) => word !== present.words[index]);
  return [`${what}: the state is another one, first at ${after[firstAt]?.path ?? 'a diagnostic or its end'}`];
}

// ---- two runs side by side

const timeless = (
  event: TraceEvent,
  start: Nanoseconds,
  scale: number,
  instants: readonly string[],
): string =>
  JSON.stringify(event, (key, item: unknown) => {
    if (typeof item !== 'number') return item;
    return key === 'time' || instants.includes(key) ? (item - start) / scale : item;
  });

/** Fields of events that hold an instant, not a span or a count. */
const INSTANTS = ['sentAt'];

/** Compares what two runs have said since they stood at their starts; undefined where they agree. */
function compareEvents(a: readonly string[], b: readonly string[]): string | undefined {
  const at = a.findIndex((event, index) => event !== b[index]);
  if (at >= 0) return `event ${at}: ${a[at]} against ${b[at] ?? 'nothing'}`;
  return a.length === b.length ? undefined : `event ${a.length}: nothing against ${b[a.length]}`;
}

const said = (built: Built, from: number, start: Nanoseconds, scale = 1): string[] =>
  built.trace.events.slice(from).map((event) => timeless(event, start, scale, INSTANTS));

/**
 * Two networks in the same situation must go on alike: the same events at the same distances from now, and the
 * same digest after every step.
 *
 * @param steps how many events to fire in each.
 */
export function bisimulation(a: Built, b: Built, steps = 1000): string[] {
  const starts = [a.engine.now, b.engine.now] as const;
  const lengths = [a.trace.events.length, b.trace.events.length] as const;
  if (digestOf(saveState(a.engine)) !== digestOf(saveState(b.engine)))
    return [`they are not in the same situation: ${firstDifference(a, b)}`];
  for (let step = 1; step <= steps; step++) {
    const going = [a.engine.step(), b.engine.step()] as const;
    if (going[0] !== going[1]) return [`step ${step}: one of them has nothing more to do`];
    const events = compareEvents(said(a, lengths[0], starts[0]), said(b, lengths[1], starts[1]));
    if (events !== undefined) return [`step ${step}: ${events}`];
    if (digestOf(saveState(a.engine)) !== digestOf(saveState(b.engine)))
      return [`step ${step}: ${firstDifference(a, b)}`];
    if (!going[0]) break;
  }
  return [];
}

function firstDifference(a: Built, b: Built): string {
  const [first] = differenceOf(printState(a.engine), printState(b.engine));
  return first === undefined
    ? 'the order of equal words'
    : `${first.path}: ${show(first.before)} against ${show(first.after)}`;
}

/** How long a guard drives a network, and by which chance. */
export interface Drive {
  /** Where the snapshot is taken. */
  readonly until: Nanoseconds;
  /** How much longer the runs go on after that; by default as long again. */
  readonly further?: Nanoseconds;
  readonly seed?: number;
  /** How many events are fired in lockstep by {@link guardAll}. */
  readonly steps?: number;
}

function started(build: Build, seed: number, timeScale = 1): Built {
  const built = build({ choices: new SeededChoices(seed), timeScale });
  built.trace.record();
  built.start();
  return built;
}

/**
 * Takes a snapshot in mid-run and lets the run go on. Then the same snapshot is put into networks that have had
 * another past (stopped at other instants, or never started), where the run must go on in the same way, also when
 * it stands at another instant.
 */
export function restoreIntoDirty(build: Build, drive: Drive): string[] {
  const seed = drive.seed ?? 1;
  const further = drive.further ?? drive.until;
  const original = started(build, seed);
  original.engine.runUntil(drive.until);
  const snapshot = saveState(original.engine);
  const length = original.trace.events.length;
  original.engine.runUntil(drive.until + further);
  const expected = said(original, length, drive.until);
  const faults: string[] = [];
  const pasts: readonly (readonly [string, Nanoseconds | null, Nanoseconds])[] = [
    ['never started', null, drive.until],
    ['just started', 0, drive.until],
    ['stopped half-way', Math.floor(drive.until / 2), drive.until],
    ['stopped long after', drive.until + further, drive.until],
    [
      'stopped after, standing at another instant',
      drive.until + Math.floor(further / 3),
      drive.until + 12_345_678_901,
    ],
  ];
  for (const [name, past, at] of pasts) {
    const dirty = build({ choices: new SeededChoices(seed) });
    dirty.trace.record();
    if (past !== null) {
      dirty.start();
      dirty.engine.runUntil(past);
    }
    restoreState(dirty.engine, snapshot, at);
    faults.push(...differences(name, snapshot, dirty.engine));
    const from = dirty.trace.events.length;
    dirty.engine.runUntil(at + further);
    const events = compareEvents(expected, said(dirty, from, at));
    if (events !== undefined) faults.push(`${name}: ${events}`);
    else if (digestOf(saveState(dirty.engine)) !== digestOf(saveState(original.engine))) {
      faults.push(`${name}: in the end ${firstDifference(original, dirty)}`);
    }
  }
  return faults;
}

/** Doubles every span of a network: the same events must come in the same order, at doubled instants. */
export function doubledTime(build: Build, drive: Drive): string[] {
  const plain = started(build, drive.seed ?? 1);
  const doubled = started(build, drive.seed ?? 1, 2);
  plain.engine.runUntil(drive.until);
  doubled.engine.runUntil(drive.until * 2);
  const events = compareEvents(said(plain, 0, 0), said(doubled, 0, 0, 2));
  return events === undefined ? [] : [events];
}

/** Runs a network twice from the same seed: everything must be the same. */
export function sameTwice(build: Build, drive: Drive): string[] {
  const runs = [1, 2].map(() => {
    const built = started(build, drive.seed ?? 1);
    built.engine.runUntil(drive.until);
    return built;
  });
  const [a, b] = runs as [Built, Built];
  const events = compareEvents(said(a, 0, 0), said(b, 0, 0));
  if (events !== undefined) return [events];
  if (digestOfEvents(a.trace.events) !== digestOfEvents(b.trace.events))
    return ['the digests of equal events differ'];
  return digestOf(saveState(a.engine)) === digestOf(saveState(b.engine)) ? [] : [firstDifference(a, b)];
}

/** How often a run is looked at: a prime, so that nothing periodic hides between. */
const LOOKS = 31;

/** Every guard in turn, each fault under its guard's name. */
export function guardAll(build: Build, drive: Drive, isDerived?: (path: string) => boolean): string[] {
  const faults: string[] = [];
  const add = (guard: string, found: readonly string[]): void => {
    for (const fault of found) faults.push(`${guard}: ${fault}`);
  };
  const seed = drive.seed ?? 1;
  const watched = build({ choices: new SeededChoices(seed) });
  const { engine } = watched;
  const watch = (look: () => void): void => {
    watched.start();
    for (let part = 1; part <= LOOKS; part++) {
      engine.runUntil(Math.floor((drive.until * part) / LOOKS));
      look();
    }
  };
  add('walker', walker([engine, ...watched.roots], watch, isDerived));
  add('perturb', perturb(engine));
  const twin = build({ choices: new SeededChoices(seed) });
  restoreState(twin.engine, saveState(engine), engine.now + 1_000_000_007);
  watched.trace.record();
  twin.trace.record();
  add('bisimulation', bisimulation(watched, twin, drive.steps ?? 200));
  add('sameTwice', sameTwice(build, drive));
  add('restoreIntoDirty', restoreIntoDirty(build, drive));
  add('doubledTime', doubledTime(build, drive));
  return faults;
}
