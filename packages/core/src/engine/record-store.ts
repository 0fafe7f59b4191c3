import type { ClockDomain } from './clock-domain.js';
import type { Engine } from './engine.js';
import type { Field, Fields, InitialValues, RecordOf, RecordType, TimerHandlers } from './fields.js';
import { fingerprint } from './fingerprint.js';
import { Timer, Window } from './timer.js';

/** Where one field of one record lies. */
export interface DeclaredWord {
  readonly path: string;
  readonly field: Field<unknown>;
}

/** The words that one record or one lone field takes. */
interface Block {
  readonly base: number;
  readonly path: string;
  /** Names of the fields; null for a lone field, whose path is complete. */
  readonly names: readonly string[] | null;
}

/** All words of all records of an engine, and the immutable values they name by content. */
export class RecordStore {
  words = new Float64Array(1024);
  /** The field of each word. */
  readonly fields: Field<unknown>[] = [];
  private readonly blocks: Block[] = [];
  /** Immutable values by their 53-bit fingerprint. */
  readonly values = new Map<number, unknown>();
  private initial = new Float64Array(1024);

  /** Where every word lies; made on demand. */
  get declared(): DeclaredWord[] {
    return this.fields.map((field, index) => ({ path: this.pathOf(index), field }));
  }

  /** The path of a word, for messages and for printing. */
  pathOf(index: number): string {
    let low = 0;
    let high = this.blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.blocks[middle] as Block).base <= index) low = middle;
      else high = middle - 1;
    }
    const { base, path, names } = this.blocks[low] as Block;
    return names === null ? path : `${path}.${names[index - base]}`;
  }

  /** Room for a record; its words are 0. */
  allocateRecord(path: string, names: readonly string[], fields: readonly Field<unknown>[]): number {
    const base = this.fields.length;
    this.blocks.push({ base, path, names });
    for (const field of fields) this.fields.push(field);
    this.grow();
    return base;
  }

  /** Room for a lone field. */
  allocate(path: string, field: Field<unknown>, initial: number): number {
    const index = this.fields.length;
    this.blocks.push({ base: index, path, names: null });
    this.fields.push(field);
    this.grow();
    this.initialise(index, initial);
    return index;
  }

  private grow(): void {
    while (this.fields.length > this.words.length) {
      const words = new Float64Array(this.words.length * 2);
      words.set(this.words);
      this.words = words;
      const initial = new Float64Array(this.initial.length * 2);
      initial.set(this.initial);
      this.initial = initial;
    }
  }

  /** Sets a word and what it is reset to. */
  initialise(index: number, word: number): void {
    this.initial[index] = word;
    this.words[index] = word;
  }

  /** Sets words back to their initial values. */
  reset(base: number, size: number): void {
    for (let index = base; index < base + size; index++) this.words[index] = this.initial[index] as number;
  }

  /** The word that stands for an immutable value. */
  keep(value: unknown): number {
    if (value === null) return 0;
    const key = fingerprint(value);
    if (!this.values.has(key)) this.values.set(key, value);
    return key;
  }
}

/** A value as the word that is stored, checked against its field's bounds. */
export function toWord(store: RecordStore, path: string, field: Field<unknown>, value: unknown): number {
  switch (field.kind) {
    case 'number': {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < field.min || value > field.max) {
        throw new RangeError(`${path}: ${String(value)} is not an integer in ${field.min}..${field.max}`);
      }
      return value;
    }
    case 'bool':
      return value === true ? 1 : 0;
    case 'enum': {
      const index = field.labels?.indexOf(value as string) ?? -1;
      if (index < 0)
        throw new RangeError(`${path}: '${String(value)}' is not one of ${field.labels?.join(', ')}`);
      return index;
    }
    case 'value':
      return store.keep(value);
    default:
      throw new TypeError(`${path}: a ${field.kind} is not assigned; it is armed, opened or cancelled`);
  }
}

/** A stored word as the value its component sees. */
export function fromWord(store: RecordStore, field: Field<unknown>, word: number): unknown {
  switch (field.kind) {
    case 'bool':
      return word !== 0;
    case 'enum':
      return field.labels?.[word];
    case 'value':
      return word === 0 ? null : store.values.get(word);
    default:
      return word;
  }
}

/** A record as its component sees it: an accessor per field on the prototype, four fixed properties. */
abstract class RecordView {
  // Declared and assigned, not defined: to define fields on classes of a hundred shapes took a tenth of building a lab.
  declare readonly $store: RecordStore;
  declare readonly $base: number;
  declare readonly $path: string;
  /** Timers and windows at the places of their fields. */
  declare readonly $parts: readonly (Timer | Window | null)[];

  constructor(store: RecordStore, base: number, path: string, parts: readonly (Timer | Window | null)[]) {
    this.$store = store;
    this.$base = base;
    this.$path = path;
    this.$parts = parts;
  }

  /** Back to the initial values, timers cancelled. */
  reset(): void {
    for (const part of this.$parts) if (part instanceof Timer) part.cancel();
    this.$store.reset(this.$base, this.$parts.length);
  }
}

interface Layout {
  readonly View: new (...args: ConstructorParameters<typeof RecordView>) => RecordView;
  readonly fields: readonly Field<unknown>[];
  readonly hasParts: boolean;
  readonly noParts: readonly null[];
}

const layouts = new WeakMap<object, Layout>();

/** What is the same for all records of a type: one class with an accessor per field. */
function layoutOf(type: RecordType<Fields>): Layout {
  const known = layouts.get(type);
  if (known !== undefined) return known;
  const View = class extends RecordView {};
  const fields = type.names.map((name) => type.fields[name] as Field<unknown>);
  const isPart = ({ kind }: Field<unknown>): boolean => kind === 'timer' || kind === 'window';
  type.names.forEach((name, offset) => {
    const field = fields[offset] as Field<unknown>;
    const accessor = isPart(field) ? partAccessor(offset) : accessorOf(name, field, offset);
    Object.defineProperty(View.prototype, name, { ...accessor, enumerable: true });
  });
  const layout = { View, fields, hasParts: fields.some(isPart), noParts: fields.map(() => null) };
  layouts.set(type, layout);
  return layout;
}

const partAccessor = (offset: number): PropertyDescriptor & ThisType<RecordView> => ({
  get() {
    return this.$parts[offset];
  },
});

function accessorOf(
  name: string,
  field: Field<unknown>,
  offset: number,
): PropertyDescriptor & ThisType<RecordView> {
  if (field.kind === 'number') {
    const { min, max } = field;
    return {
      get() {
        return this.$store.words[this.$base + offset];
      },
      set(value: number) {
        if (!(value >= min && value <= max && Number.isInteger(value))) {
          throw new RangeError(`${this.$path}.${name}: ${value} is not an integer in ${min}..${max}`);
        }
        this.$store.words[this.$base + offset] = value;
      },
    };
  }
  if (field.kind === 'bool') {
    return {
      get() {
        return this.$store.words[this.$base + offset] !== 0;
      },
      set(value: boolean) {
        this.$store.words[this.$base + offset] = value === true ? 1 : 0;
      },
    };
  }
  if (field.kind === 'enum') {
    const labels = field.labels ?? [];
    return {
      get() {
        return labels[this.$store.words[this.$base + offset] as number];
      },
      set(value: unknown) {
        this.$store.words[this.$base + offset] = toWord(this.$store, `${this.$path}.${name}`, field, value);
      },
    };
  }
  return {
    get() {
      return fromWord(this.$store, field, this.$store.words[this.$base + offset] as number);
    },
    set(value: unknown) {
      this.$store.words[this.$base + offset] = toWord(this.$store, `${this.$path}.${name}`, field, value);
    },
  };
}

/** The initial values of a record about which nothing is said. */
export const NOTHING_GIVEN: Readonly<Record<string, never>> = {};

function giveInitialValues(
  store: RecordStore,
  path: string,
  names: readonly string[],
  fields: readonly Field<unknown>[],
  base: number,
  initial: Readonly<Record<string, unknown>>,
): void {
  for (const name in initial) {
    const given = initial[name];
    const offset = names.indexOf(name);
    if (offset < 0) throw new RangeError(`record ${path} has no field '${name}'`);
    if (given === undefined) continue;
    store.initialise(
      base + offset,
      toWord(store, `${path}.${name}`, fields[offset] as Field<unknown>, given),
    );
  }
}

/** Allocates a record and gives its view. */
export function createRecord<F extends Fields>(
  engine: Engine,
  path: string,
  type: RecordType<F>,
  domain: ClockDomain | null,
  handlers: TimerHandlers<F>,
  initial: InitialValues<F>,
): RecordOf<F> {
  const { store } = engine;
  const { View, fields, hasParts, noParts } = layoutOf(type as unknown as RecordType<Fields>);
  const base = store.allocateRecord(path, type.names, fields);
  if (initial !== NOTHING_GIVEN) giveInitialValues(store, path, type.names, fields, base, initial);
  const parts = hasParts ? partsOf(engine, path, type, base, fields, domain, handlers) : noParts;
  return new View(store, base, path, parts) as unknown as RecordOf<F>;
}

function partsOf<F extends Fields>(
  engine: Engine,
  path: string,
  type: RecordType<F>,
  base: number,
  fields: readonly Field<unknown>[],
  domain: ClockDomain | null,
  handlers: TimerHandlers<F>,
): (Timer | Window | null)[] {
  return fields.map(({ kind }, offset) => {
    if (kind !== 'timer' && kind !== 'window') return null;
    const name = type.names[offset] as string;
    if (domain === null) throw new RangeError(`record ${path}: a ${kind} needs a clock domain`);
    if (kind === 'window') return new Window(engine, engine.store, base + offset, domain);
    const handler = (handlers as Record<string, (() => void) | undefined>)[name];
    if (handler === undefined) throw new RangeError(`record ${path}: no handler for the timer ${name}`);
    return new Timer(engine, `${path}.${name}`, domain, handler);
  });
}

/**
 * Where a field of a record lies in the store's words, for what is asked at every frame: reading the word itself costs
 * a third of going through the record, whose accessors serve records of all types.
 */
export function wordIndexOf<F extends Fields>(
  created: RecordOf<F>,
  type: RecordType<F>,
  name: keyof F & string,
): number {
  return (created as unknown as RecordView).$base + type.names.indexOf(name);
}
