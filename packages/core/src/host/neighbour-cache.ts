import type { Fields } from '../engine/index.js';
import {
  bool,
  type Engine,
  MILLISECOND,
  mac as macField,
  type Nanoseconds,
  NO_ROW,
  type Row,
  type Table,
  type TableType,
  TaggedQueue,
  timer,
  u8,
  window,
} from '../engine/index.js';
import { formatMac, type IpAddress, type MacAddress } from '../wire/index.js';
import type { Interface } from './interface.js';

/** The states of neighbour unreachability detection (RFC 4861 §7.3.2, Linux include/uapi/linux/neighbour.h). */
export const NEIGHBOUR_STATES = [
  'NONE',
  'INCOMPLETE',
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
  'FAILED',
  'PERMANENT',
] as const;
/** One of {@link NEIGHBOUR_STATES}. */
export type NeighbourState = (typeof NEIGHBOUR_STATES)[number];

/**
 * A tick of the kernel, HZ=250. `arp_process` counts the locktime in ticks and believes news in a later one only
 * (`time_after(jiffies, updated + LOCKTIME)`), so what comes exactly a locktime after a change comes too early.
 */
const TICK: Nanoseconds = 4 * MILLISECOND;

const NONE = 0;
const INCOMPLETE = 1;
const REACHABLE = 2;
const STALE = 3;
const DELAY = 4;
const PROBE = 5;
const FAILED = 6;
const PERMANENT = 7;

/** NUD_VALID: the cached MAC is used. */
const isValid = (state: number): boolean => (state >= REACHABLE && state <= PROBE) || state === PERMANENT;

/** What is kept of a neighbour of either family. */
export const NeighbourColumns = {
  state: u8,
  mac: macField,
  /** Requests sent so far, counted as the kernel does: resolution starts at ucast_solicit. */
  probes: u8,
  /** A confirmation came while in DELAY. The kernel compares instants; DELAY lasts exactly as long as they may differ. */
  confirmedInDelay: bool,
  /** INCOMPLETE, DELAY and PROBE: what comes next. */
  next: timer,
  /** REACHABLE: `confirmed` + reachable_time. Runs in DELAY too, from a confirmation on. */
  expiry: timer,
  /** Used within delay_first_probe_time. */
  used: window,
  /** `updated` + locktime, to the next tick. */
  locked: window,
} satisfies Fields;

/** A packet that waits for a MAC. */
export interface WaitingPacket<P> {
  readonly packet: P;
  /** The source MAC to send it from where it is not the interface's. */
  readonly sourceMac: MacAddress | null;
}

/** The settings that the states go by, under the names of `net.ipv4.neigh` and `net.ipv6.neigh`. */
export interface NeighbourSettings {
  readonly delay_first_probe_time: Nanoseconds;
  readonly retrans_time: Nanoseconds;
  readonly ucast_solicit: number;
  readonly mcast_solicit: number;
  readonly mcast_resolicit: number;
  readonly locktime: Nanoseconds;
}

/** What is known of a neighbour. */
export interface Neighbour<A extends IpAddress = IpAddress> {
  readonly address: A;
  readonly state: NeighbourState;
  /** Null while it is not to be used. */
  readonly mac: MacAddress | null;
}

/** How full frames per neighbour are counted: a queue may hold more only if the sysctl is raised to this. */
const MOST_WAITING = 1024;

/**
 * The neighbours of one interface in one family: which MAC an address is at, and how sure that is
 * (Linux net/core/neighbour.c). How neighbours are asked for, and what a packet is, is the family's business.
 *
 * Rows are found by a number that stands for the address.
 */
export abstract class NeighbourCache<A extends IpAddress, P extends object> {
  protected readonly rows: Table<typeof NeighbourColumns>;
  private readonly waiting: TaggedQueue<WaitingPacket<P>>;

  constructor(
    engine: Engine,
    protected readonly face: Interface,
    type: TableType<typeof NeighbourColumns>,
    path: string,
    private readonly settings: NeighbourSettings,
  ) {
    this.rows = engine.table(path, type, face.host.domain, {
      next: (row) => this.timeout(row),
      expiry: (row) => this.expire(row),
    });
    this.waiting = new TaggedQueue(engine, `${path}/unresolved`, MOST_WAITING);
  }

  // ---- the family

  /** The number by which the rows know an address. */
  protected abstract keyOf(address: A): number;

  /** The address of a row. */
  protected abstract addressOf(row: Row): A;

  /** The address as people write it. */
  protected abstract textOf(address: A): string;

  /** How long a neighbour counts as reachable after a confirmation. */
  protected abstract get reachableTime(): Nanoseconds;

  /** A row was made for an address. */
  protected entered(_row: Row, _address: A): void {}

  /**
   * Asks for a neighbour.
   *
   * @param cached - the MAC to ask, or null to ask everybody
   * @param last - the packet that waits last, or null
   */
  protected abstract solicit(address: A, cached: MacAddress | null, last: P | null): void;

  /** Sends a packet to a MAC. */
  protected abstract transmit(packet: P, mac: MacAddress, sourceMac: MacAddress | null): void;

  /** Nobody answered, and a packet that waited is given up. */
  protected abstract giveUp(packet: P): void;

  // ---- sending

  /** Sends a packet to a neighbour, at once or when its MAC is known (Linux `neigh_output`, `neigh_event_send`). */
  send(address: A, packet: P, sourceMac: MacAddress | null): void {
    const { rows } = this;
    let row = rows.find(this.keyOf(address));
    if (row === NO_ROW) {
      row = this.create(address);
      if (row === NO_ROW) return; // "neighbor table overflow"
    }
    const columns = rows.columns;
    const state = columns.state[row] as number;
    if (state === REACHABLE || state === PERMANENT) {
      // The fast path of the kernel does not refresh `used`.
      this.transmit(packet, columns.mac[row] as MacAddress, sourceMac);
      return;
    }
    rows.windows.used.open(row, this.settings.delay_first_probe_time);
    switch (state) {
      case STALE:
        this.setState(row, DELAY);
        columns.confirmedInDelay[row] = 0;
        rows.timers.next.arm(row, this.settings.delay_first_probe_time);
        this.touch(row);
        this.transmit(packet, columns.mac[row] as MacAddress, sourceMac);
        return;
      case DELAY:
      case PROBE:
        this.transmit(packet, columns.mac[row] as MacAddress, sourceMac);
        return;
      case INCOMPLETE:
        this.wait(address, packet, sourceMac);
        return;
      default:
        this.resolve(row, packet, sourceMac);
    }
  }

  private wait(address: A, packet: P, sourceMac: MacAddress | null): void {
    const key = this.keyOf(address);
    if (this.waiting.count(key) >= this.face.host.sysctl.unres_qlen) this.waiting.shift(key);
    this.waiting.push(key, { packet, sourceMac });
  }

  private resolve(row: Row, packet: P, sourceMac: MacAddress | null): void {
    const { rows } = this;
    if (this.settings.mcast_solicit === 0) {
      this.setState(row, FAILED);
      this.touch(row);
      return;
    }
    rows.columns.probes[row] = this.settings.ucast_solicit;
    this.setState(row, INCOMPLETE);
    this.touch(row);
    this.wait(this.addressOf(row), packet, sourceMac);
    rows.timers.next.arm(row, this.settings.retrans_time);
    this.probe(row);
  }

  private probe(row: Row): void {
    const { rows } = this;
    const columns = rows.columns;
    const key = rows.keyA[row] as number;
    const isUnicast = (columns.probes[row] as number) < this.settings.ucast_solicit;
    columns.probes[row] = Math.min(0xff, (columns.probes[row] as number) + 1);
    // The solicitation looks at the packet queued last to choose its source (neigh_probe: skb_peek_tail).
    let last: P | null = null;
    for (const entry of this.waiting.entries()) if (entry.tag === key) last = entry.item.packet;
    this.solicit(this.addressOf(row), isUnicast ? (columns.mac[row] as MacAddress) : null, last);
  }

  // ---- timers

  /** Linux `neigh_timer_handler`, all states but REACHABLE. */
  private timeout(row: Row): void {
    const { rows } = this;
    const columns = rows.columns;
    const sysctl = this.settings;
    const state = columns.state[row] as number;
    if (state === DELAY) {
      if (columns.confirmedInDelay[row] === 1) {
        this.setState(row, REACHABLE); // `expiry` has run since the confirmation
        this.touch(row);
        return;
      }
      columns.probes[row] = 0;
      this.setState(row, PROBE);
      this.touch(row);
    }
    const limit =
      sysctl.ucast_solicit + (state === INCOMPLETE ? sysctl.mcast_solicit : sysctl.mcast_resolicit);
    if ((columns.probes[row] as number) >= limit) {
      this.fail(row);
      return;
    }
    rows.timers.next.arm(row, sysctl.retrans_time);
    this.probe(row);
  }

  private expire(row: Row): void {
    const { rows } = this;
    if (rows.columns.state[row] !== REACHABLE) return;
    if (rows.windows.used.isOpen(row)) {
      this.setState(row, DELAY);
      rows.columns.confirmedInDelay[row] = 0;
      rows.timers.next.arm(row, this.settings.delay_first_probe_time);
    } else this.setState(row, STALE);
    this.touch(row);
  }

  private fail(row: Row): void {
    const { rows, face } = this;
    this.setState(row, FAILED);
    this.touch(row);
    const dropped = this.waiting.drain(rows.keyA[row] as number);
    if (face.host.trace.isOn) {
      face.host.trace.emit('arp.failed', face.host.name, {
        interface: face.name,
        address: this.textOf(this.addressOf(row)),
        dropped: dropped.length,
      });
    }
    for (const { packet } of dropped) this.giveUp(packet);
  }

  // ---- learning

  /** Whether there is an entry, in whatever state. */
  has(address: A): boolean {
    return this.rows.find(this.keyOf(address)) !== NO_ROW;
  }

  /** Whether a change of MAC came so lately that another is not believed (locktime, 1 s and a tick). */
  isLocked(address: A): boolean {
    const row = this.rows.find(this.keyOf(address));
    return row !== NO_ROW && this.rows.windows.locked.isOpen(row);
  }

  /**
   * News of a neighbour (Linux `__neigh_update`). Creates the entry if there is none.
   *
   * @param mac - null: the news names none, so what is known stands; without a known MAC there is no news
   * @param isReachable - a reply to us: REACHABLE and confirmed; else STALE
   * @param isOverriding - whether a MAC that is in use may be replaced
   * @param isWeak - another MAC that may not replace the known one still makes an entry that was sure STALE
   *   (NEIGH_UPDATE_F_WEAK_OVERRIDE, RFC 4861 §7.2.5)
   */
  learn(
    address: A,
    mac: MacAddress | null,
    isReachable: boolean,
    isOverriding: boolean,
    isWeak = false,
  ): void {
    const { rows } = this;
    let row = rows.find(this.keyOf(address));
    if (row === NO_ROW && mac !== null) row = this.create(address);
    if (row === NO_ROW) return;
    const columns = rows.columns;
    const old = columns.state[row] as number;
    if (old === PERMANENT) return;
    const wasValid = isValid(old);
    if (mac === null && !wasValid) return;
    let isOther = mac !== null && (!wasValid || columns.mac[row] !== mac);
    let state = isReachable ? REACHABLE : STALE;
    if (wasValid) {
      // The kernel takes the confirmation even where it then keeps the old MAC.
      if (isReachable) this.confirmRow(row);
      if (isOther && !isOverriding) {
        if (!isWeak || old !== REACHABLE) return;
        isOther = false;
        state = STALE;
      } else if (!isOther && state === STALE) state = old;
    }
    if (state !== old || isOther) this.touch(row);
    if (state !== old) {
      rows.timers.next.cancel(row);
      if (state === REACHABLE) rows.timers.expiry.arm(row, this.reachableTime);
      else rows.timers.expiry.cancel(row);
    }
    if (isOther && mac !== null) this.setMac(row, mac, wasValid);
    if (state !== old) this.setState(row, state);
    if (!wasValid) this.flushWaiting(address);
  }

  private flushWaiting(address: A): void {
    for (const { packet, sourceMac } of this.waiting.drain(this.keyOf(address)))
      this.send(address, packet, sourceMac);
  }

  /** The upper layer knows that the neighbour got what was sent (Linux `neigh_confirm`; MSG_CONFIRM, TCP). */
  confirm(address: A): void {
    const row = this.rows.find(this.keyOf(address));
    if (row !== NO_ROW) this.confirmRow(row);
  }

  private confirmRow(row: Row): void {
    const { rows } = this;
    const state = rows.columns.state[row] as number;
    if (state === DELAY) rows.columns.confirmedInDelay[row] = 1;
    else if (state !== REACHABLE) return;
    rows.timers.expiry.arm(row, this.reachableTime);
  }

  /** Enters a neighbour by hand (`ip neighbour replace … nud permanent`). */
  setPermanent(address: A, mac: MacAddress): void {
    let row = this.rows.find(this.keyOf(address));
    if (row === NO_ROW) row = this.create(address);
    if (row === NO_ROW) return;
    const wasValid = isValid(this.rows.columns.state[row] as number);
    this.rows.timers.next.cancel(row);
    this.rows.timers.expiry.cancel(row);
    this.setMac(row, mac, wasValid);
    this.setState(row, PERMANENT);
    this.flushWaiting(address);
  }

  // ---- looking

  /** What is known of an address, or undefined. */
  lookUp(address: A): Neighbour<A> | undefined {
    const row = this.rows.find(this.keyOf(address));
    return row === NO_ROW ? undefined : this.describe(row);
  }

  /** The MAC that a packet to an address would be sent to now, or null. */
  macOf(address: A): MacAddress | null {
    const row = this.rows.find(this.keyOf(address));
    if (row === NO_ROW || !isValid(this.rows.columns.state[row] as number)) return null;
    return this.rows.columns.mac[row] as MacAddress;
  }

  /** All entries, by address. */
  entries(): Neighbour<A>[] {
    return this.rows.sortedRows().map((row) => this.describe(row));
  }

  private describe(row: Row): Neighbour<A> {
    const state = this.rows.columns.state[row] as number;
    return {
      address: this.addressOf(row),
      state: nameOf(state),
      mac: isValid(state) ? (this.rows.columns.mac[row] as MacAddress) : null,
    };
  }

  /** How many packets wait for an address. */
  waitingFor(address: A): number {
    return this.waiting.count(this.keyOf(address));
  }

  // ---- forgetting

  /** Deletes one entry (`ip neighbour delete`). */
  forget(address: A): void {
    const row = this.rows.find(this.keyOf(address));
    if (row !== NO_ROW) this.deleteRow(row);
  }

  /** Carrier is gone: every entry but the permanent ones goes (Linux `neigh_carrier_down`). */
  forgetDynamic(): void {
    for (const row of this.rows.sortedRows())
      if (this.rows.columns.state[row] !== PERMANENT) this.deleteRow(row);
  }

  /** The interface is set down: everything goes (Linux `neigh_ifdown`). */
  forgetAll(): void {
    for (const row of this.rows.sortedRows()) this.deleteRow(row);
  }

  /** Back to an empty table without a word, for a power cycle. */
  reset(): void {
    this.rows.clear();
    this.waiting.clear();
  }

  private deleteRow(row: Row): void {
    const { rows } = this;
    const address = this.addressOf(row);
    const state = rows.columns.state[row] as number;
    this.waiting.drain(rows.keyA[row] as number);
    this.tellState(address, state, NONE);
    if (isValid(state)) this.tellMac(address, null, rows.columns.mac[row] as MacAddress);
    rows.delete(row);
  }

  // ---- entries

  private create(address: A): Row {
    const { rows, face } = this;
    if (rows.size >= face.host.sysctl.gc_thresh3) return NO_ROW;
    const row = rows.insert(this.keyOf(address));
    this.entered(row, address);
    // neigh_alloc: a new entry counts as used and updated now.
    rows.windows.used.open(row, this.settings.delay_first_probe_time);
    this.touch(row);
    return row;
  }

  private touch(row: Row): void {
    const locktime: Nanoseconds = this.settings.locktime;
    if (locktime > 0) this.rows.windows.locked.open(row, locktime + TICK);
  }

  private setState(row: Row, state: number): void {
    const { rows } = this;
    const old = rows.columns.state[row] as number;
    if (old === state) return;
    rows.columns.state[row] = state;
    this.tellState(this.addressOf(row), old, state);
    if (isValid(old) && !isValid(state)) {
      this.tellMac(this.addressOf(row), null, rows.columns.mac[row] as MacAddress);
    }
  }

  private setMac(row: Row, mac: MacAddress, wasValid: boolean): void {
    const { rows } = this;
    const was = wasValid ? (rows.columns.mac[row] as MacAddress) : null;
    rows.columns.mac[row] = mac;
    if (was !== mac) this.tellMac(this.addressOf(row), mac, was);
  }

  private tellState(address: A, from: number, to: number): void {
    const { host, name } = this.face;
    if (!host.trace.isOn || from === to) return;
    host.trace.emit('arp.state', host.name, {
      interface: name,
      address: this.textOf(address),
      from: nameOf(from),
      to: nameOf(to),
    });
  }

  private tellMac(address: A, mac: MacAddress | null, was: MacAddress | null): void {
    const { host, name } = this.face;
    if (!host.trace.isOn) return;
    host.trace.emit('arp.learned', host.name, {
      interface: name,
      address: this.textOf(address),
      mac: mac === null ? null : formatMac(mac),
      was: was === null ? null : formatMac(was),
    });
  }
}

const nameOf = (state: number): NeighbourState => NEIGHBOUR_STATES[state] ?? 'NONE';
