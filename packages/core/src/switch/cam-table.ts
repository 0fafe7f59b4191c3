import {
  bool,
  type Engine,
  type Nanoseconds,
  NO_ROW,
  type RecordOf,
  type Row,
  record,
  type Table,
  Timer,
  table,
  u16,
  window,
} from '../engine/index.js';
import type { Trace } from '../trace/index.js';
import { formatMac, type MacAddress } from '../wire/index.js';

const CamRows = table('cam', { port: u16, isStatic: bool, age: window }, 'age');
const CamState = record('cam-state', { isFull: bool });

/** No port has been learned. */
export const NO_PORT = -1;

/** One entry, for readers. */
export interface CamEntry {
  readonly vlan: number;
  readonly mac: MacAddress;
  /** Index of the port. */
  readonly port: number;
  readonly isStatic: boolean;
}

/** Why entries go. */
export type ForgetReason = 'aged' | 'port-down' | 'flushed' | 'topology-change';

/** What a table needs to know of its switch. */
export interface CamOptions {
  readonly switchName: string;
  readonly portNames: readonly string[];
  /** How long an entry lives after the last frame from its address now, ns; see {@link CamTable.ageAsIf}. */
  readonly ageing: () => Nanoseconds;
  /** The most entries that may be learned, or null for any number. */
  readonly capacity: number | null;
}

/** Who is asked about moves, and hears of them. */
export interface MoveListener {
  /** Whether an address may be learned or refreshed in a VLAN now. */
  mayLearn(vlan: number): boolean;
  /** Whether a known address may move. */
  mayMove(mac: MacAddress, vlan: number): boolean;
  /** A known address was seen at another port, and its entry has moved. */
  moved(mac: MacAddress, vlan: number, from: number, to: number): void;
}

/**
 * Which address was last heard at which port, per VLAN.
 *
 * An entry is gone exactly `ageing` after the last frame from its address; frames to it do not count (IEEE 802.1D
 * §7.9.2). A known address that is heard elsewhere moves at once, with that one frame (Linux br_fdb_update). A full
 * table learns nothing new and evicts nothing (Linux fdb_create).
 */
export class CamTable {
  private readonly table: Table<typeof CamRows.fields>;
  private readonly state: RecordOf<typeof CamState.fields>;
  /** Derived: fires at the earliest end of an entry, to say that it is forgotten. */
  private readonly sweeper: Timer;
  /** Derived: how many entries are static. */
  private statics = 0;

  constructor(
    private readonly engine: Engine,
    private readonly trace: Trace,
    private readonly options: CamOptions,
    private readonly moves: MoveListener,
  ) {
    const path = `${options.switchName}/cam`;
    this.table = engine.table(path, CamRows, engine.world);
    this.state = engine.record(`${path}-state`, CamState, engine.world);
    this.sweeper = new Timer(engine, `${path}/sweep`, engine.world, () => this.sweep(), true);
    engine.afterRestore.push(() => {
      this.statics = this.entries().filter((entry) => entry.isStatic).length;
      this.table.windows.age.armForEarliest(this.sweeper);
    });
  }

  /** The index of the port behind which an address is, or {@link NO_PORT}. */
  portOf(mac: MacAddress, vlan: number): number {
    const row = this.table.find(mac, vlan);
    return row !== NO_ROW && this.table.windows.age.isOpen(row)
      ? (this.table.columns.port[row] as number)
      : NO_PORT;
  }

  /** Takes note of the source of a frame that came in at a port. */
  learn(mac: MacAddress, vlan: number, port: number): void {
    if (!this.moves.mayLearn(vlan)) return;
    const { table, options } = this;
    const row = table.find(mac, vlan);
    if (row === NO_ROW || !table.windows.age.isOpen(row)) {
      this.add(mac, vlan, port);
      return;
    }
    if (table.columns.isStatic[row] === 1) return;
    const from = table.columns.port[row] as number;
    if (from !== port) {
      if (!this.moves.mayMove(mac, vlan)) return;
      table.columns.port[row] = port;
    }
    table.windows.age.open(row, options.ageing());
    if (from !== port) this.move(mac, vlan, from, port);
  }

  private move(mac: MacAddress, vlan: number, from: number, to: number): void {
    const { switchName, portNames } = this.options;
    if (this.trace.isOn) {
      const names = { from: portNames[from] ?? '', to: portNames[to] ?? '' };
      this.trace.emit('cam.moved', switchName, { vlan, mac: formatMac(mac), ...names });
    }
    this.moves.moved(mac, vlan, from, to);
  }

  private add(mac: MacAddress, vlan: number, port: number): void {
    const { table, options, state } = this;
    const { capacity, switchName } = options;
    const ageing = options.ageing();
    // An entry whose time is up at this very instant may still be in its row.
    if (table.find(mac, vlan) !== NO_ROW || (capacity !== null && table.size - this.statics >= capacity))
      this.sweep();
    const event = this.trace.isOn ? { vlan, mac: formatMac(mac), port: options.portNames[port] ?? '' } : null;
    if (capacity !== null && table.size - this.statics >= capacity) {
      if (event !== null && !state.isFull) this.trace.emit('cam.full', switchName, event);
      state.isFull = true;
      return;
    }
    const row = table.insert(mac, vlan);
    table.columns.port[row] = port;
    table.windows.age.open(row, ageing);
    // No entry ends earlier than one that is there already, so an armed sweep is early enough.
    if (!this.sweeper.isArmed) this.sweeper.arm(ageing);
    if (event !== null) this.trace.emit('cam.learned', switchName, event);
  }

  /** Enters an address that neither ages nor moves. */
  addStatic(mac: MacAddress, vlan: number, port: number): void {
    this.remove(mac, vlan);
    const row = this.table.insert(mac, vlan);
    this.table.columns.port[row] = port;
    this.table.columns.isStatic[row] = 1;
    this.table.windows.age.openForever(row);
    this.statics++;
  }

  private remove(mac: MacAddress, vlan: number): void {
    const row = this.table.find(mac, vlan);
    if (row === NO_ROW) return;
    if (this.table.columns.isStatic[row] === 1) this.statics--;
    this.table.delete(row);
  }

  private sweep(): void {
    const { table } = this;
    const ended: CamEntry[] = [];
    table.sweep((row) => ended.push(this.entry(row)));
    for (const entry of ended) this.tellForgotten(entry, 'aged');
    table.windows.age.armForEarliest(this.sweeper);
  }

  private entry(row: Row): CamEntry {
    const { keyA, keyB, columns } = this.table;
    return {
      mac: keyA[row] as MacAddress,
      vlan: keyB[row] as number,
      port: columns.port[row] as number,
      isStatic: columns.isStatic[row] === 1,
    };
  }

  private tellForgotten({ vlan, mac, port }: CamEntry, reason: ForgetReason): void {
    this.state.isFull = false;
    if (!this.trace.isOn) return;
    const { switchName, portNames } = this.options;
    this.trace.emit('cam.forgotten', switchName, {
      vlan,
      mac: formatMac(mac),
      port: portNames[port] ?? '',
      reason,
    });
  }

  /** Forgets what was learned at a port, or at every port. */
  flush(reason: ForgetReason, port: number | null = null): void {
    for (const entry of this.entries()) {
      if (entry.isStatic || (port !== null && entry.port !== port)) continue;
      this.remove(entry.mac, entry.vlan);
      this.tellForgotten(entry, reason);
    }
    this.table.windows.age.armForEarliest(this.sweeper);
  }

  /**
   * The ageing has changed: each entry ends when it would have ended had the new one been in force all along (Linux
   * br_fdb.c has_expired), so some end at once.
   */
  ageAsIf(before: Nanoseconds, after: Nanoseconds): void {
    const { table, engine } = this;
    const shift = engine.windowEnd(after) - engine.windowEnd(before);
    for (const row of table.sortedRows()) {
      if (table.columns.isStatic[row] === 1) continue;
      table.columns.age[row] = (table.columns.age[row] as number) + shift;
    }
    this.sweep();
  }

  /** The living entries by address and VLAN. */
  entries(): CamEntry[] {
    return this.table.sortedRows().map((row) => this.entry(row));
  }
}
