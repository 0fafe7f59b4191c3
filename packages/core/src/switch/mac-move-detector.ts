import {
  type Engine,
  NO_ROW,
  type RecordOf,
  type Row,
  record,
  type Table,
  table,
  timer,
  u32,
  window,
} from '../engine/index.js';
import type { Trace } from '../trace/index.js';
import { formatMac, type MacAddress } from '../wire/index.js';
import type { MoveListener } from './cam-table.js';
import type { MacMoveProfile } from './mac-move-profiles.js';

/** One move that still counts: key is the address, and VLAN and place in the ring. */
const Moves = table('mac-moves', { counts: window }, 'counts');
/** Moves of one address (or, with key 0, of all) in the present interval. */
const Intervals = table('mac-move-intervals', { moves: u32, open: window }, 'open');
/** A VLAN in which nothing is learned; key 0 is all VLANs. Without a hold time the timer stays unarmed. */
const Holds = table('mac-move-holds', { hold: timer });
/** An address that may not move. */
const Frozen = table('mac-move-frozen', { hold: timer });
const Counters = record('mac-move', { alarms: u32 });

/** The key that stands for every VLAN or every address. */
const ALL = 0;

/**
 * Watches station moves for addresses that move too often. It counts with windows, one per move or one per interval,
 * so it reads no clock.
 */
export class MacMoveDetector implements MoveListener {
  private readonly moves: Table<typeof Moves.fields>;
  private readonly intervals: Table<typeof Intervals.fields>;
  private readonly holds: Table<typeof Holds.fields>;
  private readonly frozen: Table<typeof Frozen.fields>;
  private readonly counters: RecordOf<typeof Counters.fields>;

  constructor(
    engine: Engine,
    private readonly trace: Trace,
    private readonly switchName: string,
    private readonly portNames: readonly string[],
    readonly profile: MacMoveProfile,
    private readonly shutPort: (port: number, hold: number | null) => void,
  ) {
    const path = `${switchName}/mac-move`;
    this.moves = engine.table(`${path}/moves`, Moves, engine.world);
    this.intervals = engine.table(`${path}/intervals`, Intervals, engine.world);
    this.holds = engine.table(`${path}/holds`, Holds, engine.world, { hold: (row) => this.endHold(row) });
    this.frozen = engine.table(`${path}/frozen`, Frozen, engine.world, {
      hold: (row) => this.frozen.delete(row),
    });
    this.counters = engine.record(path, Counters, engine.world);
  }

  /** How often the alarm was raised. */
  get alarms(): number {
    return this.counters.alarms;
  }

  mayLearn(vlan: number): boolean {
    return this.holds.size === 0 || (this.holds.find(vlan) === NO_ROW && this.holds.find(ALL) === NO_ROW);
  }

  mayMove(mac: MacAddress, vlan: number): boolean {
    return this.frozen.size === 0 || this.frozen.find(mac, vlan) === NO_ROW;
  }

  moved(mac: MacAddress, vlan: number, from: number, to: number): void {
    const { profile } = this;
    const isWhole = profile.scope === 'switch';
    const key = isWhole ? ALL : mac;
    const inVlan = isWhole ? ALL : vlan;
    const count =
      profile.counting === 'sliding' ? this.countSliding(key, inVlan) : this.countInterval(key, inVlan);
    if (count < profile.moves) return;
    this.forgetMoves(key, inVlan);
    this.counters.alarms++;
    this.raise(mac, vlan, from, to, count);
  }

  /** Enters a move into the ring; how many of the last ones still count, this one included. */
  private countSliding(mac: number, vlan: number): number {
    const { moves, profile } = this;
    let open = 0;
    let free = -1;
    for (let place = 0; place < profile.moves; place++) {
      const row = moves.find(mac, this.placeKey(vlan, place));
      if (row !== NO_ROW && moves.isLiving(row)) open++;
      else if (free < 0) free = place;
    }
    const key = this.placeKey(vlan, free);
    const stale = moves.find(mac, key);
    moves.windows.counts.open(stale === NO_ROW ? moves.insert(mac, key) : stale, profile.window);
    return open + 1;
  }

  private placeKey(vlan: number, place: number): number {
    return vlan * this.profile.moves + place;
  }

  private countInterval(mac: number, vlan: number): number {
    const { intervals, profile } = this;
    let row = intervals.find(mac, vlan);
    if (row === NO_ROW || !intervals.isLiving(row)) {
      if (row === NO_ROW) row = intervals.insert(mac, vlan);
      intervals.columns.moves[row] = 0;
      intervals.windows.open.open(row, profile.window);
    }
    const count = (intervals.columns.moves[row] as number) + 1;
    intervals.columns.moves[row] = count;
    return count;
  }

  /** After an alarm the count begins anew. */
  private forgetMoves(mac: number, vlan: number): void {
    const interval = this.intervals.find(mac, vlan);
    if (interval !== NO_ROW) this.intervals.delete(interval);
    if (this.profile.counting === 'interval') return;
    for (let place = 0; place < this.profile.moves; place++) {
      const row = this.moves.find(mac, this.placeKey(vlan, place));
      if (row !== NO_ROW) this.moves.delete(row);
    }
  }

  private raise(mac: MacAddress, vlan: number, from: number, to: number, moves: number): void {
    const { profile } = this;
    if (this.trace.isOn) {
      const line = profile.line({
        mac,
        vlan,
        from: this.portNames[from] ?? '',
        to: this.portNames[to] ?? '',
        moves,
      });
      this.tell(mac, vlan, moves, profile.action, line);
    }
    switch (profile.action) {
      case 'log':
        break;
      case 'stop-learning-vlan':
        this.holdLearning(vlan);
        break;
      case 'stop-learning':
        this.holdLearning(ALL);
        break;
      case 'freeze-mac': {
        const row = this.frozen.insert(mac, vlan);
        if (profile.hold !== null) this.frozen.timers.hold.arm(row, profile.hold);
        break;
      }
      case 'shutdown-port':
        this.shutPort(to, profile.hold);
    }
  }

  private tell(mac: MacAddress, vlan: number, moves: number, action: string, line: string): void {
    const fields = { profile: this.profile.name, vlan, mac: formatMac(mac), moves, action, line };
    this.trace.emit('cam.alarm', this.switchName, fields);
  }

  private holdLearning(vlan: number): void {
    const row = this.holds.insert(vlan);
    if (this.profile.hold !== null) this.holds.timers.hold.arm(row, this.profile.hold);
  }

  private endHold(row: Row): void {
    const vlan = this.holds.keyA[row] as number;
    this.holds.delete(row);
    const { endLine } = this.profile;
    if (this.trace.isOn && endLine !== undefined)
      this.tell(0 as MacAddress, vlan, 0, 'learn-again', endLine(vlan));
  }

  /** What an administrator does to get things going: learning is on again, frozen addresses may move. */
  clear(): void {
    this.moves.clear();
    this.intervals.clear();
    this.holds.clear();
    this.frozen.clear();
  }
}
