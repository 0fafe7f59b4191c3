import type { Nanoseconds } from '@viplab/core';
import {
  bool,
  NO_ROW,
  type RecordOf,
  type Row,
  record,
  type Table,
  table,
  timer,
  u8,
  u32,
} from '@viplab/core/engine';
import type { Deed } from '../campaign/fault.js';
import { isDisruptive } from './cause-kinds.js';
import { bitOf, type Lookout, NO_HOST, onlyHost, type SeenVip } from './lookout.js';
import type { Watch } from './property.js';

const HandoverState = record('handovers', {
  /** Owners as of the last event. */
  owners: u32,
  /** The last settled owner. */
  settled: u8,
  /** Whether the first of the holders has started: it pays for nothing. */
  hasBegun: bool,
  /** Runs while one owns it who is not the settled owner; when it fires, that one is. */
  settle: timer,
});

/** The causes that may still pay, by the smallest number that is free. */
const Causes = table('causes', {
  /** Their order of time: 1 is the oldest. */
  rank: u8,
  /** Until when what begins follows from it. */
  expiry: timer,
  /** The owners whose handover it may pay for, as they began while it could. */
  began: u32,
  /** It may pay for the end of what the only owner, not yet settled, has begun before. */
  isLate: bool,
  /** The clients whose landing it has paid for. */
  spent: u32,
});

/** Told of a handover: whether a cause has paid for it. */
export type HandoverListener = (vip: VipHandovers, from: number, to: number, isPaid: boolean) => void;

/**
 * The handovers of one VIP, and the causes that pay for them.
 *
 * An owner is settled when it has been the only one for longer than the dual budget. A cause pays for the first
 * handover (and for one move of each client's landing) that begins within the settling time after it; the oldest one
 * that can pays first. A handover begins where its new owner begins to own; what causes come between that and the
 * instant at which it is the only owner pay for the end of that time.
 */
export class VipHandovers {
  private readonly state: RecordOf<typeof HandoverState.fields>;
  private readonly causes: Table<typeof Causes.fields>;
  private readonly settling: Nanoseconds;

  constructor(
    watch: Watch,
    readonly vip: SeenVip,
    settling: Nanoseconds | null,
    private readonly listeners: readonly HandoverListener[],
  ) {
    const { engine } = watch;
    this.settling = settling ?? vip.budgets.settling;
    const path = `handovers of ${vip.address}${settling === null ? '' : ` within ${settling} ns`}`;
    this.state = engine.record(path, HandoverState, engine.world, { settle: () => this.settle() });
    this.causes = engine.table(`causes: ${path}`, Causes, engine.world, {
      expiry: (row) => this.keepIfNeeded(row),
    });
  }

  /** The number of the settled owner. */
  get settledOwner(): number {
    return this.state.settled;
  }

  /** The number of the only owner if it is another one than the settled owner: a handover is under way. */
  get successor(): number {
    const { settled } = this.state;
    const only = onlyHost(this.vip.owners);
    return settled === NO_HOST || only === settled ? NO_HOST : only;
  }

  observe(): void {
    const { state, vip } = this;
    if (!state.hasBegun) this.lookForFirstStart();
    const { owners } = vip;
    const were = state.owners;
    if (owners === were) return;
    state.owners = owners;
    this.forEachCause((row) => this.forget(row, were & ~owners));
    const { settled } = state;
    const notSettled = ~bitOf(settled);
    // Before there is a settled owner nothing can be handed over.
    if (settled !== NO_HOST) this.begin(owners & ~were & notSettled);
    const only = onlyHost(owners);
    if (only === NO_HOST || only === settled) state.settle.cancel();
    else {
      if (settled !== NO_HOST) this.endWith(bitOf(only));
      state.settle.arm(vip.budgets.dual + 1);
    }
  }

  caused(deed: Deed): void {
    if (!isDisruptive(deed)) return;
    const { state } = this;
    if (!state.hasBegun && deed.do === 'power-on' && this.vip.budgets.holders.includes(deed.node ?? '')) {
      state.hasBegun = true;
      return;
    }
    this.add();
  }

  /**
   * Takes the oldest cause that may pay for something of a client that begins now.
   *
   * @param client - a bit of its own
   * @returns what to give back if nothing comes of it; 0 if there is no cause
   */
  takeForClient(client: number): number {
    const { causes } = this;
    let oldest = NO_ROW;
    this.forEachCause((row) => {
      const isSpent = ((causes.columns.spent[row] as number) & client) !== 0;
      if (isSpent || !causes.timers.expiry.isArmed(row)) return;
      if (oldest === NO_ROW || this.rankOf(row) < this.rankOf(oldest)) oldest = row;
    });
    if (oldest === NO_ROW) return 0;
    (causes.columns.spent as Float64Array)[oldest] = (causes.columns.spent[oldest] as number) | client;
    return (causes.keyA[oldest] as number) + 1;
  }

  /** Gives back what {@link takeForClient} has taken. */
  giveBack(taken: number, client: number): void {
    const row = taken === 0 ? NO_ROW : this.causes.find(taken - 1);
    if (row === NO_ROW) return;
    const { spent } = this.causes.columns;
    (spent as Float64Array)[row] = ((spent[row] as number) & ~client) >>> 0;
  }

  private lookForFirstStart(): void {
    const started = this.vip.holdersOn;
    if (started === 0) return;
    this.state.hasBegun = true;
    for (let other = 1; other < started; other++) this.add();
  }

  private settle(): void {
    const { state, causes } = this;
    const from = state.settled;
    const to = onlyHost(state.owners);
    state.settled = to;
    let payer = NO_ROW;
    this.forEachCause((row) => {
      const isEligible = ((causes.columns.began[row] as number) & bitOf(to)) !== 0;
      if (!isEligible && causes.columns.isLate[row] === 0) return;
      if (payer === NO_ROW || this.rankOf(row) < this.rankOf(payer)) payer = row;
    });
    if (payer !== NO_ROW) this.remove(payer);
    // Nobody else owns it, and this one has its handover behind it.
    this.forEachCause((row) => this.forget(row, bitOf(to)));
    if (from !== NO_HOST) for (const listener of this.listeners) listener(this, from, to, payer !== NO_ROW);
  }

  /** Owners begin now: what may pay for their handover are the causes that have not expired. */
  private begin(owners: number): void {
    if (owners === 0) return;
    const { causes } = this;
    this.forEachCause((row) => {
      if (!causes.timers.expiry.isArmed(row)) return;
      (causes.columns.began as Float64Array)[row] = ((causes.columns.began[row] as number) | owners) >>> 0;
    });
  }

  /** One is the only owner from now on: causes that came after it began may pay for the end. */
  private endWith(owner: number): void {
    const { causes } = this;
    this.forEachCause((row) => {
      const isSooner = ((causes.columns.began[row] as number) & owner) !== 0;
      if (!isSooner && causes.timers.expiry.isArmed(row)) (causes.columns.isLate as Float64Array)[row] = 1;
    });
  }

  /** Owners have no handover before them any more, and nobody is the only one. */
  private forget(row: Row, owners: number): void {
    const { columns } = this.causes;
    (columns.began as Float64Array)[row] = ((columns.began[row] as number) & ~owners) >>> 0;
    (columns.isLate as Float64Array)[row] = 0;
    this.keepIfNeeded(row);
  }

  /** Removes a cause that has expired, unless something is under way that it may pay for. */
  private keepIfNeeded(row: Row): void {
    const { columns, timers } = this.causes;
    if (columns.began[row] === 0 && columns.isLate[row] === 0 && !timers.expiry.isArmed(row))
      this.remove(row);
  }

  private rankOf(row: Row): number {
    return this.causes.columns.rank[row] as number;
  }

  private add(): void {
    const { causes } = this;
    let key = 0;
    while (causes.find(key) !== NO_ROW) key++;
    const row = causes.insert(key);
    (causes.columns.rank as Float64Array)[row] = causes.size;
    causes.timers.expiry.arm(row, this.settling + 1);
  }

  private remove(row: Row): void {
    const { causes } = this;
    const rank = this.rankOf(row);
    causes.delete(row);
    this.forEachCause((other) => {
      if (this.rankOf(other) > rank) (causes.columns.rank as Float64Array)[other] = this.rankOf(other) - 1;
    });
  }

  private forEachCause(act: (row: Row) => void): void {
    const { causes } = this;
    for (let key = 0, left = causes.size; left > 0; key++) {
      const row = causes.find(key);
      if (row === NO_ROW) continue;
      left--;
      act(row);
    }
  }
}

/** The handovers of all VIPs. */
export class HandoverWatch {
  readonly vips: readonly VipHandovers[];
  private readonly listeners: HandoverListener[] = [];

  /** @param settling how long a cause pays; null: each VIP's own settling time */
  constructor(watch: Watch, lookout: Lookout, settling: Nanoseconds | null) {
    this.vips = lookout.vips.map((vip) => new VipHandovers(watch, vip, settling, this.listeners));
  }

  /** Calls somebody at each handover, when it has settled. */
  listen(listener: HandoverListener): void {
    this.listeners.push(listener);
  }

  observe(): void {
    for (const vip of this.vips) vip.observe();
  }

  caused(deed: Deed): void {
    for (const vip of this.vips) vip.caused(deed);
  }
}
