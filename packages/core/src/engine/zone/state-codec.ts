import type { Engine, EventTarget, WindowHome } from '../engine.js';
import type { Slot } from '../event-queue.js';
import type { Field, Fields } from '../fields.js';
import { fingerprint } from '../fingerprint.js';
import type { Table, TimerColumn, WindowColumn } from '../table.js';
import type { WaitingStore } from '../tagged-queue.js';
import { VectorStore } from './vector-store.js';

/** How many words, and how many pieces, are kept together. */
const CHUNK = 16;
const GROUP = 8;

/** The vector of nothing: a table without rows, a queue without entries. */
const EMPTY = 0;
/** How many numbers an event is sorted by. */
const KEY_SIZE = 4;

const PLAIN = 0;
const LEFT_OUT = 1;
const WINDOW = 2;

/** A window's word in a discrete state: closed, open, open for good. */
const CLOSED = 0;
const OPEN = 1;
const ENDLESS = 2;

const NEVER_ENDS = Number.MAX_SAFE_INTEGER;

/** An event that is pending, as a codec finds and puts it back. */
export interface PendingEvent {
  readonly slot: Slot;
  /** What comes first at one instant. */
  readonly rank: number;
}

/** How a driver keeps the instants, which the codec leaves out. */
export interface Clocks {
  /** The pending events in an order in which those of one target are first in, first out. */
  pending(): readonly PendingEvent[];
  /** Forgets all events, for a restore. */
  clear(): void;
  /** Puts the next event back; events come first, in the order in which they were captured. */
  putEvent(slot: Slot, rank: number): void;
  /** Puts the next window back, after all events. */
  putWindow(home: WindowHome, index: number): void;
  /** Whether a window that is not endless is open, by its word. */
  isOpen(word: number): boolean;
}

const windowsOf = (table: Table<Fields>, name: string): WindowColumn =>
  (table.windows as Readonly<Record<string, WindowColumn>>)[name] as WindowColumn;

interface CodedTable {
  readonly table: Table<Fields>;
  readonly names: readonly string[];
  readonly kinds: readonly number[];
  readonly timers: readonly TimerColumn[];
}

/**
 * The discrete part of an engine's state as one small integer, and back: everything that {@link saveState} keeps but
 * the instants. What has not changed since the last state is neither written nor hashed.
 */
export class StateCodec {
  /** The slots and windows that the captured state's instants belong to, in canonical order. */
  readonly eventSlots: Slot[] = [];
  readonly windowHomes: WindowHome[] = [];
  readonly windowIndices: number[] = [];
  /**
   * Which way a payload has come, as a number: the events of one target are in order only among those that came the same
   * way. Null: all are.
   */
  wayOf: ((payload: unknown) => number) | null = null;
  private readonly wordKinds: Uint8Array;
  private readonly windowWords: number[] = [];
  private readonly tables: readonly CodedTable[];
  private readonly values = new Map<number, unknown>();
  /** The pieces that the engine holds now, by id; −1 if not known. */
  private readonly pieces: Int32Array;
  private readonly groups: Int32Array;
  private readonly words: number;
  private readonly chunks: number;
  private readonly scratch = new Float64Array(CHUNK);
  private readonly list: number[] = [];
  private readonly keys: number[] = [];
  private readonly order: number[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly clocks: Clocks,
    /** Where the pieces are kept. Codecs of engines with the same declarations that share it give the same ids. */
    readonly vectors = new VectorStore(),
  ) {
    const { fields } = engine.store;
    this.words = fields.length;
    this.chunks = Math.ceil(fields.length / CHUNK);
    this.wordKinds = Uint8Array.from(fields, (field, index) => {
      if (field.diagnostic || field.kind === 'timer') return LEFT_OUT;
      if (field.kind !== 'window') return PLAIN;
      this.windowWords.push(index);
      return WINDOW;
    });
    this.tables = engine.tables.map((table): CodedTable => {
      const names = table.fieldNames.filter((name) => {
        const field = table.type.fields[name] as Field<unknown>;
        return field.kind !== 'timer' && !field.diagnostic;
      });
      return {
        table,
        names,
        kinds: names.map((name) =>
          (table.type.fields[name] as Field<unknown>).kind === 'window' ? WINDOW : PLAIN,
        ),
        timers: Object.values<TimerColumn>(table.timers),
      };
    });
    const pieces = this.chunks + this.tables.length + engine.queues.length + 1;
    this.pieces = new Int32Array(pieces).fill(-1);
    this.groups = new Int32Array(Math.ceil(pieces / GROUP)).fill(-1);
  }

  /** Says that the engine's state is not the one that was captured or loaded last. */
  forget(): void {
    this.pieces.fill(-1);
    this.groups.fill(-1);
  }

  // ---- capturing

  /** The id of the engine's discrete state. Lists the slots and windows whose instants go with it. */
  capture(): number {
    this.eventSlots.length = 0;
    this.windowHomes.length = 0;
    this.windowIndices.length = 0;
    const { pieces, groups, vectors, engine } = this;
    for (let chunk = 0; chunk < this.chunks; chunk++) this.captureChunk(chunk);
    let piece = this.chunks;
    for (let at = 0; at < this.tables.length; at++) {
      const coded = this.tables[at] as CodedTable;
      if (coded.table.size === 0) this.setEmpty(piece++);
      else this.setPiece(piece++, this.captureTable(coded));
    }
    for (let at = 0; at < engine.queues.length; at++) {
      const queue = engine.queues[at] as WaitingStore;
      if (queue.length === 0) this.setEmpty(piece++);
      else this.setPiece(piece++, this.captureQueue(queue));
    }
    this.setPiece(piece, this.captureEvents());
    for (let group = 0; group < groups.length; group++) {
      if (groups[group] !== -1) continue;
      const part = pieces.subarray(group * GROUP, (group + 1) * GROUP);
      groups[group] = vectors.intern(part, part.length);
    }
    return vectors.intern(groups, groups.length);
  }

  private captureQueue(queue: WaitingStore): number {
    const { list } = this;
    list.length = 0;
    for (const { tag, item } of queue.entries()) list.push(tag, this.keyOf(item));
    return list.length;
  }

  private setEmpty(piece: number): void {
    if (this.pieces[piece] === EMPTY) return;
    this.pieces[piece] = EMPTY;
    this.groups[(piece / GROUP) | 0] = -1;
  }

  private setPiece(piece: number, length: number): void {
    const known = this.pieces[piece] as number;
    if (known >= 0 && this.vectors.matches(known, this.list, length)) return;
    this.pieces[piece] = this.vectors.intern(this.list, length);
    this.groups[(piece / GROUP) | 0] = -1;
  }

  private captureChunk(chunk: number): void {
    const { scratch, wordKinds, vectors } = this;
    const { words } = this.engine.store;
    const from = chunk * CHUNK;
    const length = Math.min(CHUNK, this.words - from);
    for (let at = 0; at < length; at++) {
      const index = from + at;
      const kind = wordKinds[index];
      const word = words[index] as number;
      if (kind === PLAIN) scratch[at] = word;
      else if (kind === LEFT_OUT || word === 0) scratch[at] = 0;
      else {
        scratch[at] = this.windowState(word);
        if (scratch[at] === OPEN) {
          this.windowHomes.push(this.engine.store);
          this.windowIndices.push(index);
        }
      }
    }
    const known = this.pieces[chunk] as number;
    if (known >= 0 && vectors.matches(known, scratch, length)) return;
    this.pieces[chunk] = vectors.intern(scratch, length);
    this.groups[(chunk / GROUP) | 0] = -1;
  }

  private windowState(word: number): number {
    if (word === NEVER_ENDS) return ENDLESS;
    return this.clocks.isOpen(word) ? OPEN : CLOSED;
  }

  private captureTable({ table, names, kinds }: CodedTable): number {
    const { list } = this;
    list.length = 0;
    for (const row of table.stateRows()) {
      list.push(table.keyA[row] as number, table.keyB[row] as number);
      for (let at = 0; at < names.length; at++) {
        const name = names[at] as string;
        const word = (table.columns[name] as Float64Array)[row] as number;
        if (kinds[at] === PLAIN || word === 0) list.push(word);
        else {
          const state = this.windowState(word);
          list.push(state);
          if (state === OPEN) {
            this.windowHomes.push(windowsOf(table, name));
            this.windowIndices.push(row);
          }
        }
      }
    }
    return list.length;
  }

  private keyOf(item: unknown): number {
    if (item === null || item === undefined) return 0;
    const key = fingerprint(item);
    if (!this.values.has(key)) this.values.set(key, item);
    return key;
  }

  private captureEvents(): number {
    const { engine, list, eventSlots } = this;
    list.length = 0;
    const { held } = engine;
    list.push(held.length);
    for (const slot of held) this.pushEvent(slot, 0);
    const pending = this.clocks.pending();
    const { keys } = this;
    for (let at = 0; at < pending.length; at++) this.fillKey(at, (pending[at] as PendingEvent).slot);
    // Few events wait at once: an insertion sort of their numbers, which keeps the order of equal ones.
    const order = this.order;
    for (let at = 0; at < pending.length; at++) {
      let to = at;
      while (to > 0 && this.isAfter(order[to - 1] as number, at)) {
        order[to] = order[to - 1] as number;
        to--;
      }
      order[to] = at;
    }
    for (let nth = 0; nth < pending.length; nth++) {
      const at = order[nth] as number;
      const { slot, rank } = pending[at] as PendingEvent;
      const from = at * KEY_SIZE;
      list.push(keys[from] as number, keys[from + 1] as number, keys[from + 2] as number, rank);
      list.push(this.keyOf(engine.payload[slot]));
      eventSlots.push(slot);
    }
    return list.length;
  }

  /** What the event of a slot is sorted by: target, key, way. */
  private fillKey(at: number, slot: Slot): void {
    const { engine, keys } = this;
    const target = engine.targetOfSlot(slot);
    const key = target.keyOf(slot);
    const from = at * KEY_SIZE;
    keys[from] = target.id;
    keys[from + 1] = key[0];
    keys[from + 2] = key[1];
    keys[from + 3] = this.wayOf === null ? 0 : this.wayOf(engine.payload[slot]);
  }

  private isAfter(one: number, other: number): boolean {
    const { keys } = this;
    for (let part = 0; part < KEY_SIZE; part++) {
      const difference = (keys[one * KEY_SIZE + part] as number) - (keys[other * KEY_SIZE + part] as number);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }

  private pushEvent(slot: Slot, rank: number): void {
    const { engine, list } = this;
    const target = engine.targetOfSlot(slot);
    const [a, b] = target.keyOf(slot);
    list.push(target.id, a, b, rank, this.keyOf(engine.payload[slot]));
  }

  // ---- loading

  /** Puts the engine into a state that was captured, whatever state it is in. The driver puts the instants back. */
  load(id: number): void {
    const { engine, vectors, groups, pieces } = this;
    this.clearEvents();
    let hasChanged = false;
    for (let group = 0; group < groups.length; group++) {
      const wanted = vectors.at(id, group);
      if (groups[group] === wanted) continue;
      groups[group] = wanted;
      const from = group * GROUP;
      const to = Math.min(from + GROUP, pieces.length);
      for (let piece = from; piece < to; piece++) {
        const content = vectors.at(wanted, piece - from);
        if (pieces[piece] === content) continue;
        pieces[piece] = content;
        hasChanged = true;
        this.loadPiece(piece, content);
      }
    }
    this.putEvents();
    this.putWindows();
    if (hasChanged) for (const derive of engine.afterRestore) derive();
  }

  private clearEvents(): void {
    const { engine, clocks } = this;
    for (const { slot } of clocks.pending()) this.release(slot);
    for (const slot of engine.held) this.release(slot);
    clocks.clear();
    for (const { table, timers } of this.tables) {
      if (table.size > 0) for (const column of timers) column.forgetSlots();
    }
  }

  private release(slot: Slot): void {
    if (!this.engine.targetOfSlot(slot).keepsSlot) this.engine.releaseSlot(slot);
  }

  private loadPiece(piece: number, content: number): void {
    const { engine, vectors, chunks } = this;
    if (piece < chunks) {
      const { words } = engine.store;
      const from = piece * CHUNK;
      const length = vectors.lengthOf(content);
      for (let at = 0; at < length; at++) {
        const index = from + at;
        const kind = this.wordKinds[index];
        if (kind === PLAIN) words[index] = vectors.at(content, at);
        else if (kind === WINDOW) words[index] = vectors.at(content, at) === ENDLESS ? NEVER_ENDS : 0;
      }
      return;
    }
    const table = this.tables[piece - chunks];
    if (table !== undefined) {
      this.loadTable(table, content);
      return;
    }
    const queue = engine.queues[piece - chunks - this.tables.length];
    if (queue === undefined) return;
    const entries: { tag: number; item: object }[] = [];
    for (let at = 0; at < vectors.lengthOf(content); at += 2)
      entries.push({
        tag: vectors.at(content, at),
        item: this.values.get(vectors.at(content, at + 1)) as object,
      });
    queue.refill(entries);
  }

  private loadTable({ table, names, kinds }: CodedTable, content: number): void {
    const { vectors } = this;
    table.clear();
    const length = vectors.lengthOf(content);
    for (let at = 0; at < length; ) {
      const row = table.insert(vectors.at(content, at++), vectors.at(content, at++));
      for (let field = 0; field < names.length; field++) {
        const word = vectors.at(content, at++);
        const column = table.columns[names[field] as string] as Float64Array;
        column[row] = kinds[field] === PLAIN ? word : word === ENDLESS ? NEVER_ENDS : 0;
      }
    }
  }

  private putEvents(): void {
    const { engine, vectors, pieces, clocks } = this;
    const content = pieces[pieces.length - 1] as number;
    const held = vectors.at(content, 0);
    const length = vectors.lengthOf(content);
    for (let at = 1, nth = 0; at < length; at += 5, nth++) {
      const target = engine.targets[vectors.at(content, at)] as EventTarget;
      const slot = target.adopt(vectors.at(content, at + 1), vectors.at(content, at + 2));
      const key = vectors.at(content, at + 4);
      engine.payload[slot] = key === 0 ? null : this.values.get(key);
      if (nth < held) engine.hold(slot);
      else clocks.putEvent(slot, vectors.at(content, at + 3));
    }
  }

  private putWindows(): void {
    const { engine, vectors, pieces, clocks } = this;
    for (const index of this.windowWords) {
      const state = vectors.at(pieces[(index / CHUNK) | 0] as number, index % CHUNK);
      if (state === OPEN) clocks.putWindow(engine.store, index);
      else if (state === CLOSED) engine.store.words[index] = 0;
    }
    this.tables.forEach(({ table, names, kinds }, nth) => {
      const content = pieces[this.chunks + nth] as number;
      const length = vectors.lengthOf(content);
      const width = names.length + 2;
      for (let at = 0; at < length; at += width) {
        for (let field = 0; field < names.length; field++) {
          if (kinds[field] === PLAIN) continue;
          const state = vectors.at(content, at + 2 + field);
          if (state === ENDLESS) continue;
          const row = table.find(vectors.at(content, at), vectors.at(content, at + 1));
          const name = names[field] as string;
          if (state === OPEN) clocks.putWindow(windowsOf(table, name), row);
          else (table.columns[name] as Float64Array)[row] = 0;
        }
      }
    });
  }

  /** Bytes taken by all discrete states. */
  get bytes(): number {
    return this.vectors.bytes;
  }
}
