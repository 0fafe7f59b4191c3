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

/** All words of all records of an engine, and the immutable values they name by content. */
export class RecordStore {
  words = new Float64Array(256);
  readonly declared: DeclaredWord[] = [];
  /** Immutable values by their 53-bit fingerprint. */
  readonly values = new Map<number, unknown>();
  private readonly initial: number[] = [];

  allocate(path: string, field: Field<unknown>, initial: number): number {
    const index = this.declared.length;
    if (index === this.words.length) {
      const bigger = new Float64Array(index * 2);
      bigger.set(this.words);
      this.words = bigger;
    }
    this.declared.push({ path, field });
    this.initial.push(initial);
    this.words[index] = initial;
    return index;
  }

  resetWord(index: number): void {
    this.words[index] = this.initial[index] as number;
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

abstract class RecordView {
  constructor(
    readonly $store: RecordStore,
    readonly $base: number,
    readonly $path: string,
    readonly $timers: readonly Timer[],
    readonly $size: number,
  ) {}

  /** Back to the initial values, timers cancelled. */
  reset(): void {
    for (const timer of this.$timers) timer.cancel();
    for (let index = 0; index < this.$size; index++) this.$store.resetWord(this.$base + index);
  }
}

type ViewClass = new (...args: ConstructorParameters<typeof RecordView>) => RecordView;

const viewClasses = new WeakMap<object, ViewClass>();

/** One class per record type, with an accessor per plain field. */
function viewClassOf(type: RecordType<Fields>): ViewClass {
  const known = viewClasses.get(type);
  if (known !== undefined) return known;
  const created = class extends RecordView {};
  type.names.forEach((name, offset) => {
    const field = type.fields[name] as Field<unknown>;
    if (field.kind === 'timer' || field.kind === 'window') return;
    Object.defineProperty(created.prototype, name, { ...accessorOf(name, field, offset), enumerable: true });
  });
  viewClasses.set(type, created);
  return created;
}

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
  return {
    get() {
      return fromWord(this.$store, field, this.$store.words[this.$base + offset] as number);
    },
    set(value: unknown) {
      this.$store.words[this.$base + offset] = toWord(this.$store, `${this.$path}.${name}`, field, value);
    },
  };
}

/** Allocates a record and gives its view. */
export function createRecord<F extends Fields>(
  engine: Engine,
  path: string,
  type: RecordType<F>,
  domain: () => ClockDomain,
  handlers: TimerHandlers<F>,
  initial: InitialValues<F>,
): RecordOf<F> {
  const store = engine.store;
  const base = store.declared.length;
  const timers: Timer[] = [];
  const own: Record<string, Timer | Window> = {};
  for (const name of type.names) {
    const field = type.fields[name] as Field<unknown>;
    const fieldPath = `${path}.${name}`;
    const given = (initial as Record<string, unknown>)[name];
    const index = store.allocate(
      fieldPath,
      field,
      given === undefined ? 0 : toWord(store, fieldPath, field, given),
    );
    if (field.kind === 'timer') {
      const handler = (handlers as Record<string, () => void>)[name];
      if (handler === undefined) throw new RangeError(`record ${path}: no handler for the timer ${name}`);
      const timer = new Timer(engine, fieldPath, domain(), handler);
      timers.push(timer);
      own[name] = timer;
    } else if (field.kind === 'window') own[name] = new Window(engine, store, index, domain());
  }
  const view = new (viewClassOf(type as unknown as RecordType<Fields>))(
    store,
    base,
    path,
    timers,
    type.names.length,
  );
  for (const [name, part] of Object.entries(own))
    Object.defineProperty(view, name, { value: part, enumerable: true });
  return view as unknown as RecordOf<F>;
}
