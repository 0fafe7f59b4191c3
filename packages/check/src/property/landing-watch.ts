import { bool, enumOf, type RecordOf, record, timer, u8, u32 } from '@viplab/core/engine';
import type { HandoverWatch, VipHandovers } from './handover-watch.js';
import { bitOf, isDual, type Lookout, NO_HOST, onlyHost, type SeenLanding, type SeenVip } from './lookout.js';
import type { Watch } from './property.js';

const LandingState = record('landing', {
  /** Where frames arrive, as of the last event. */
  at: u8,
  /** The settled landing: the last owner at which they arrived for longer than the dual budget. */
  settled: u8,
  /**
   * How the landing at `at` began, if it is to be another settled one: who owned the VIP then. `waiting`: it has lasted,
   * and its host, now the only owner, has yet to be a settled one.
   */
  began: enumOf('not', 'with-one-owner', 'with-many', 'waiting'),
  lasting: timer,
  /** The cause that is to pay for it; 0: none. */
  payer: u8,
  /** The new owner of the last handover, until this client has followed it. */
  follows: u8,
  /** The hosts that uncaused moves have left. */
  left: u32,
  /** Whether an uncaused move went to one of those. */
  isFlux: bool,
});

/** Where the frames of one client to one VIP arrive, and what moves them. */
export class ClientLanding {
  private readonly state: RecordOf<typeof LandingState.fields>;

  constructor(
    watch: Watch,
    readonly vip: SeenVip,
    private readonly seen: SeenLanding,
    private readonly handovers: VipHandovers,
    /** The client's bit among those of the VIP. */
    private readonly bit: number,
  ) {
    const path = `landing of ${seen.client.name} at ${vip.address}`;
    this.state = watch.engine.record(path, LandingState, watch.engine.world, { lasting: () => this.last() });
  }

  get client(): string {
    return this.seen.client.name;
  }

  /** A move without a cause. */
  get hasMoved(): boolean {
    return this.state.left !== 0;
  }

  /** Moves without a cause that come back. */
  get isFlux(): boolean {
    return this.state.isFlux;
  }

  /** The hosts that moves without a cause have left, and where they have led. */
  get between(): number {
    return this.state.left | bitOf(this.state.settled);
  }

  observe(): void {
    const { state, vip } = this;
    const { at } = this.seen;
    if (at !== state.at) {
      if (state.began === 'waiting') this.move(false);
      state.at = at;
      this.forget();
    }
    if (at === NO_HOST || at === state.settled) return;
    const { owners } = vip;
    if (state.began === 'not') {
      if ((owners & bitOf(at)) === 0) return;
      state.began = isDual(owners) ? 'with-many' : 'with-one-owner';
      // What pays has to be there by now.
      state.payer = this.handovers.takeForClient(this.bit);
      state.lasting.arm(vip.budgets.dual + 1);
    } else if (state.began === 'waiting' && onlyHost(owners) !== at) this.move(false);
  }

  /** A handover has settled. */
  handedOver(to: number): void {
    const { state } = this;
    if (state.began === 'waiting' && state.at === to) this.move(true);
    // Who lands there already has followed it.
    else state.follows = state.settled === to ? NO_HOST : to;
  }

  private last(): void {
    const { state, vip } = this;
    const { settledOwner } = this.handovers;
    if (state.settled === NO_HOST || state.began === 'with-one-owner') this.move(false);
    else if (state.follows === state.at) this.move(true);
    else if (settledOwner !== NO_HOST && settledOwner !== state.at && onlyHost(vip.owners) === state.at)
      state.began = 'waiting';
    else this.move(false);
  }

  /** The landing at `at` is the settled one from now on. */
  private move(isFollowing: boolean): void {
    const { state } = this;
    const { at, settled: from, began, payer } = state;
    const follows = isFollowing || state.follows === at;
    if (follows) state.follows = NO_HOST;
    // Otherwise it is paid for, and stays so.
    if (!follows && from !== NO_HOST) state.payer = 0;
    this.forget();
    state.settled = at;
    // A late end of a black hole goes to the only owner, and what made the hole is judged.
    if (follows || from === NO_HOST || payer !== 0 || began === 'with-one-owner') return;
    state.left |= bitOf(from);
    if ((state.left & bitOf(at)) !== 0) state.isFlux = true;
  }

  /** Nothing is to be judged any more. */
  private forget(): void {
    const { state } = this;
    if (state.began === 'not') return;
    state.began = 'not';
    state.lasting.cancel();
    this.handovers.giveBack(state.payer, this.bit);
    state.payer = 0;
  }
}

/** The landings of all clients at all VIPs. */
export class LandingWatch {
  readonly clients: readonly ClientLanding[];

  constructor(watch: Watch, lookout: Lookout, handovers: HandoverWatch) {
    const byVip = lookout.vips.map((vip, index) => {
      // Both are made of the same VIPs, in the same order.
      const ofVip = handovers.vips[index] as VipHandovers;
      return vip.landings.map((seen, nth) => new ClientLanding(watch, vip, seen, ofVip, 1 << (nth % 31)));
    });
    this.clients = byVip.flat();
    handovers.listen((vip, _from, to) => {
      for (const client of byVip[handovers.vips.indexOf(vip)] ?? []) client.handedOver(to);
    });
  }

  observe(): void {
    for (const client of this.clients) client.observe();
  }
}
