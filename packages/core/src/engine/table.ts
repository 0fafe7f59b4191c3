import type { ClockDomain } from './clock-domain.js';
import type { Engine, EventTarget, WindowHome } from './engine.js';
import { EventClass, NO_SLOT, type Slot } from './event-queue.js';
import type { Field, Fields, NamesOf } from './fields.js';
import type { Nanoseconds } from './time.js';
import { STOPWATCH_SPAN, type Timer, type Window } from './timer.js';

/**
 * A row of a table: the same number while the row lives, good for every column of its table. (Rows lie one after the
 * other in memory, so that one row's fields are neighbours; a row's number is where it begins.)
 */
export type Row = number;

/** No row. */
export const NO_ROW: Row = -1;

/** A declared table type; see {@link table}. */
export interface TableType<F extends Fields> {
  readonly name: string;
  readonly fields: F;
  /** The window column that keeps a row alive: a row whose window has closed counts as absent. */
  readonly livesWhile: NamesOf<F, Window> | null;
}

/**
 * Declares a table: rows found by a key of one or two numbers, with columns of declared fields.
 *
 * @example
 * ```ts
 * const CamTable = table('cam', { port: u16, isStatic: bool, age: window }, 'age');
 * ```
 */
export function table<F extends Fields>(
  name: string,
  fields: F,
  livesWhile: NamesOf<F, Window> | null = null,
): TableType<F> {
  return { name, fields, livesWhile };
}

/** Handlers of a table's timer columns: called with the row. */
export type RowHandlers<F extends Fields> = { readonly [K in NamesOf<F, Timer>]: (row: Row) => void };

type Columns<F extends Fields> = { -readonly [K in keyof F]: Float64Array };

const INITIAL_ROWS = 8;
/** Behind the declared fields of a row: the two numbers of its key, and whether it is alive. */
const BOOKKEEPING = 3;
/** Shared by all tables without rows: nothing is ever written to them. */
const NO_ROWS = new Float64Array(0);
const NO_INDEX = new Int32Array(1);

/**
 * The rows of one table. Columns are plain arrays (`rows.columns.port[row]`), replaced when the table grows: fetch
 * one after an insert, not before; enumerations in them are indices of
 * their labels. Where a row lies in memory never decides anything: {@link Table.sortedRows} goes by key.
 */
export class Table<F extends Fields> {
  readonly columns: Columns<F>;
  /** All rows: field by field in the order of {@link Table.fieldNames}, for {@link rowView}. */
  words: Float64Array = NO_ROWS;
  /** The first and second number of each row's key. */
  keyA: Float64Array = NO_ROWS;
  keyB: Float64Array = NO_ROWS;
  readonly timers: { readonly [K in NamesOf<F, Timer>]: TimerColumn };
  readonly windows: { readonly [K in NamesOf<F, Window>]: WindowColumn };
  /** How many rows there are, closed ones included until they are swept. */
  size = 0;
  private freeRows: Row[] = [];
  /** Words that were ever a row's. */
  private used = 0;
  /** Words from row to row. */
  readonly stride: number;
  /** Open addressing: row + 1, or 0. At most half full. */
  private index = NO_INDEX;
  readonly fieldNames: readonly (keyof F & string)[];

  constructor(
    readonly engine: Engine,
    readonly path: string,
    readonly type: TableType<F>,
    domain: ClockDomain,
    handlers: RowHandlers<F>,
  ) {
    this.fieldNames = Object.keys(type.fields);
    this.stride = this.fieldNames.length + BOOKKEEPING;
    const columns: Record<string, Float64Array> = {};
    const timers: Record<string, TimerColumn> = {};
    const windows: Record<string, WindowColumn> = {};
    for (const name of this.fieldNames) {
      columns[name] = NO_ROWS;
      const kind = (type.fields[name] as Field<unknown>).kind;
      if (kind === 'timer') {
        const handler = (handlers as Record<string, (row: Row) => void>)[name];
        if (handler === undefined) throw new RangeError(`table ${path}: no handler for the timer ${name}`);
        timers[name] = new TimerColumn(
          engine,
          `${path}.${name}`,
          this as unknown as Table<Fields>,
          domain,
          handler,
        );
      } else if (kind === 'window') {
        windows[name] = new WindowColumn(engine, this as unknown as Table<Fields>, domain);
      }
    }
    // Spread, so that it is an object of fixed shape: one that is filled by computed names is a dictionary.
    this.columns = { ...columns } as Columns<F>;
    this.timers = timers as { [K in NamesOf<F, Timer>]: TimerColumn };
    this.windows = windows as { [K in NamesOf<F, Window>]: WindowColumn };
  }

  private hash(a: number, b: number): number {
    let mixed =
      Math.imul((a | 0) ^ Math.imul((a / 0x1_0000_0000) | 0, 0x9e3779b1), 0x85ebca6b) ^
      Math.imul(b | 0, 0xc2b2ae35);
    mixed ^= mixed >>> 15;
    return mixed & (this.index.length - 1);
  }

  /** The row of a key, or {@link NO_ROW}. A row whose life has ended is still found until it is swept or re-used. */
  find(a: number, b = 0): Row {
    const index = this.index;
    const mask = index.length - 1;
    for (let at = this.hash(a, b); ; at = (at + 1) & mask) {
      const row = (index[at] as number) - 1;
      if (row < 0) return NO_ROW;
      if (this.keyA[row] === a && this.keyB[row] === b) return row;
    }
  }

  /**
   * Adds a row, all columns 0.
   *
   * @throws RangeError if the key is there already, be it in a row whose life has ended.
   */
  insert(a: number, b = 0): Row {
    if (this.find(a, b) !== NO_ROW)
      throw new RangeError(`table ${this.path}: the key ${a},${b} is there already`);
    let row = this.freeRows.pop();
    if (row === undefined) {
      if (this.used === this.words.length) this.grow();
      row = this.used;
      this.used += this.stride;
    }
    this.keyA[row] = a;
    this.keyB[row] = b;
    this.words[row + this.stride - 1] = 1;
    this.size++;
    this.enter(row);
    return row;
  }

  private enter(row: Row): void {
    const mask = this.index.length - 1;
    let at = this.hash(this.keyA[row] as number, this.keyB[row] as number);
    while (this.index[at] !== 0) at = (at + 1) & mask;
    this.index[at] = row + 1;
  }

  /** Takes a row out and cancels its timers. */
  delete(row: Row): void {
    for (const name of this.fieldNames) {
      const column = this.timers[name as NamesOf<F, Timer>] as TimerColumn | undefined;
      column?.cancel(row);
      (this.columns[name] as Float64Array)[row] = 0;
    }
    this.words[row + this.stride - 1] = 0;
    this.size--;
    this.freeRows.push(row);
    this.leave(row);
  }

  /** Backward-shift deletion, so that no tombstones gather. */
  private leave(row: Row): void {
    const mask = this.index.length - 1;
    let hole = this.hash(this.keyA[row] as number, this.keyB[row] as number);
    while (this.index[hole] !== row + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; this.index[at] !== 0; at = (at + 1) & mask) {
      const other = (this.index[at] as number) - 1;
      const home = this.hash(this.keyA[other] as number, this.keyB[other] as number);
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        this.index[hole] = other + 1;
        hole = at;
      }
    }
    this.index[hole] = 0;
  }

  private grow(): void {
    const { stride } = this;
    const rows = Math.max(INITIAL_ROWS, (this.words.length / stride) * 2);
    const words = new Float64Array(rows * stride);
    words.set(this.words);
    this.words = words;
    const columnAt = (index: number): Float64Array => words.subarray(index);
    this.fieldNames.forEach((name, index) => {
      const column = columnAt(index);
      this.columns[name] = column;
      (this.windows[name as NamesOf<F, Window>] as WindowColumn | undefined)?.follow(column);
      (this.timers[name as NamesOf<F, Timer>] as TimerColumn | undefined)?.follow(column);
    });
    this.keyA = columnAt(stride - 3);
    this.keyB = columnAt(stride - 2);
    this.index = new Int32Array(rows * 4);
    for (let row = 0; row < this.used; row += stride) if (this.isTaken(row)) this.enter(row);
  }

  /** Whether there is a row, living or not. */
  private isTaken(row: Row): boolean {
    return this.words[row + this.stride - 1] === 1;
  }

  /** Whether a row's life-giving window is open; always true for tables without one. */
  isLiving(row: Row): boolean {
    const lives = this.type.livesWhile;
    return lives === null || this.windows[lives].isOpen(row);
  }

  /** The living rows in the order of their keys. */
  sortedRows(): Row[] {
    const rows: Row[] = [];
    for (let row = 0; row < this.used; row += this.stride)
      if (this.isTaken(row) && this.isLiving(row)) rows.push(row);
    return this.byKey(rows);
  }

  /** The rows that belong to a state: those that live, and those whose life has ended but whose timers run on. */
  stateRows(): Row[] {
    const rows: Row[] = [];
    for (let row = 0; row < this.used; row += this.stride) {
      if (this.isTaken(row) && (this.isLiving(row) || this.hasTimer(row))) rows.push(row);
    }
    return this.byKey(rows);
  }

  private hasTimer(row: Row): boolean {
    for (const column of Object.values<TimerColumn>(this.timers)) if (column.isArmed(row)) return true;
    return false;
  }

  private byKey(rows: Row[]): Row[] {
    return rows.sort(
      (x, y) =>
        (this.keyA[x] as number) - (this.keyA[y] as number) ||
        (this.keyB[x] as number) - (this.keyB[y] as number),
    );
  }

  /** Deletes every row whose life has ended, in the order of their keys. */
  sweep(ended: (row: Row) => void = () => {}): void {
    const rows: Row[] = [];
    for (let row = 0; row < this.used; row += this.stride)
      if (this.isTaken(row) && !this.isLiving(row)) rows.push(row);
    for (const row of this.byKey(rows)) {
      ended(row);
      this.delete(row);
    }
  }

  /** Deletes every row. */
  clear(): void {
    for (let row = 0; row < this.used; row += this.stride) if (this.isTaken(row)) this.delete(row);
  }
}

/** The timers of one column of a table, one per row. */
export class TimerColumn implements EventTarget {
  readonly id: number;
  readonly isDerived = false;
  readonly keepsSlot = false;
  /** Slot + 1, or 0: the table's column, handed over whenever the table grows. */
  private words: Float64Array = NO_ROWS;

  constructor(
    private readonly engine: Engine,
    readonly path: string,
    private readonly table: Table<Fields>,
    readonly domain: ClockDomain,
    private readonly handler: (row: Row) => void,
  ) {
    this.id = engine.register(this);
  }

  /** Called by the table only. */
  follow(column: Float64Array): void {
    this.words = column;
  }

  private slotOf(row: Row): Slot {
    return (this.words[row] as number) - 1;
  }

  private keep(row: Row, slot: Slot): void {
    this.words[row] = slot + 1;
  }

  /** Fires once, `span` from now or between `span` and `latest`, which is a choice. */
  arm(row: Row, span: Nanoseconds, latest: Nanoseconds = span): void {
    let slot = this.slotOf(row);
    if (slot === NO_SLOT) {
      slot = this.engine.allocateSlot(this);
      this.engine.row[slot] = row;
      this.keep(row, slot);
    } else this.engine.remove(slot);
    if (latest === span) this.engine.insertAfter(slot, this.domain.stretch(span), EventClass.TIMER);
    else this.engine.insertWithin(slot, this.domain, span, latest, this.path);
  }

  /** Called when all events have been taken away: no row has a timer any more. */
  forgetSlots(): void {
    for (let row = 0; row < this.words.length; row += this.table.stride) this.words[row] = 0;
  }

  cancel(row: Row): void {
    const slot = this.slotOf(row);
    if (slot === NO_SLOT) return;
    this.engine.remove(slot);
    this.engine.releaseSlot(slot);
    this.keep(row, NO_SLOT);
  }

  isArmed(row: Row): boolean {
    return this.slotOf(row) !== NO_SLOT;
  }

  /** Called by the engine only. */
  fire(slot: Slot): void {
    if (this.domain.isFrozen) {
      this.engine.hold(slot);
      return;
    }
    const row = this.engine.row[slot] as number;
    this.engine.releaseSlot(slot);
    this.keep(row, NO_SLOT);
    this.handler(row);
  }

  keyOf(slot: Slot): readonly [number, number] {
    const row = this.engine.row[slot] as number;
    return [this.table.keyA[row] as number, this.table.keyB[row] as number];
  }

  adopt(a: number, b: number): Slot {
    const row = this.table.find(a, b);
    const slot = this.engine.allocateSlot(this);
    this.engine.row[slot] = row;
    this.keep(row, slot);
    return slot;
  }
}

/** The windows of one column of a table, one per row. */
export class WindowColumn implements WindowHome {
  /** The closing instants: the table's column, handed over whenever the table grows. */
  words: Float64Array = NO_ROWS;

  constructor(
    private readonly engine: Engine,
    private readonly table: Table<Fields>,
    private readonly domain: ClockDomain,
  ) {}

  /** Called by the table only. */
  follow(column: Float64Array): void {
    this.words = column;
  }

  open(row: Row, span: Nanoseconds): void {
    this.engine.openWindow(this, row, this.domain.stretch(span));
  }

  /** Starts it as a stopwatch; {@link WindowColumn.elapsed} reads it. */
  start(row: Row): void {
    this.engine.openWindow(this, row, STOPWATCH_SPAN);
  }

  /** How long ago a stopwatch was started, real ns whatever the domain's drift. Only for what has to compute with time. */
  elapsed(row: Row): Nanoseconds {
    return this.engine.sinceOpened(this.words[row] as number, STOPWATCH_SPAN);
  }

  /** Opens it for good. */
  openForever(row: Row): void {
    this.words[row] = Number.MAX_SAFE_INTEGER;
  }

  close(row: Row): void {
    this.words[row] = 0;
  }

  isOpen(row: Row): boolean {
    return this.engine.isBefore(this.words[row] as number);
  }

  /** Arms a derived timer for the earliest end of an open window; cancels it where there is none. */
  armForEarliest(timer: Timer): void {
    let earliest = Number.MAX_SAFE_INTEGER;
    const column = this.words;
    for (const row of this.table.sortedRows()) earliest = Math.min(earliest, column[row] as number);
    timer.cancel();
    if (earliest < Number.MAX_SAFE_INTEGER) timer.armAt(earliest);
  }
}
