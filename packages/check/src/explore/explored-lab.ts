import type { EthernetFrame, Nanoseconds, OwnedVip } from '@viplab/core';
import {
  type ChoiceSite,
  type Choices,
  type EventTarget,
  type Hop,
  Infeasible,
  StateCodec,
  Unexplorable,
  ZoneEngine,
} from '@viplab/core/engine';
import { type Host, isCaught, LinkDirection, SwitchPort } from '@viplab/core/network';
import type { Deed } from '../campaign/fault.js';
import { CampaignLab, isSameArp } from './campaign-lab.js';
import type { Move } from './class-store.js';
import { ALL_REDUCTIONS, type Exploration, type Reductions } from './exploration.js';
import { explorationPlan, idleWindowsOf, isAge } from './exploration-plan.js';
import { wayOf } from './frame-way.js';
import { type MeasuredCase, Measures } from './measures.js';

/** Everything else that would be left to chance is not explored. */
class NoChance implements Choices {
  choose(site: ChoiceSite, options: number): number {
    if (options === 1) return 0;
    throw new Unexplorable(`${site.name} is left to chance`);
  }
}

function engineFor({ campaign, vips }: Exploration): ZoneEngine {
  return new ZoneEngine({
    choices: new NoChance(),
    driftPpm: campaign.driftPpm,
    isEndless: isAge,
    isIgnored: idleWindowsOf(vips),
    actionsWithin: campaign.startWithin,
  });
}

/** A lab as it is explored where time is a set of constraints. */
export class ExploredLab extends CampaignLab<ZoneEngine> {
  readonly codec: StateCodec;
  readonly measures: Measures | null;
  readonly reductions: Reductions;
  private readonly hopsOf = new Map<number, Hop | null>();
  /** Rows from here on were made in this step. */
  loadedRows = 1;

  constructor(exploration: Exploration) {
    const reductions = exploration.reductions ?? ALL_REDUCTIONS;
    super(
      exploration,
      explorationPlan(exploration.plan, exploration.campaign),
      engineFor(exploration),
      reductions.transit,
    );
    this.reductions = reductions;
    const { engine } = this;
    this.refuseWhatComputes();
    this.measures = exploration.measures === true ? this.buildMeasures() : null;
    engine.hops = (target) => this.hopOf(target);
    if (reductions.ignored)
      engine.ignores = (target, payload) => this.ignores(target, payload as EthernetFrame);
    engine.sortWindows();
    this.codec = new StateCodec(engine, new ZoneClocks(engine));
    if (reductions.transit) {
      engine.wayOf = wayOf;
      this.codec.wayOf = wayOf;
    }
  }

  private refuseWhatComputes(): void {
    for (const { directions } of this.network.links)
      for (const direction of directions)
        if (direction.bandwidth !== null)
          throw new Unexplorable(`${direction.path} has a bandwidth and computes with time`);
    const program = this.plan.hosts.find(({ programs }) => programs.length > 0);
    if (program !== undefined) throw new Unexplorable(`${program.name} runs a program of its own`);
  }

  private buildMeasures(): Measures {
    return new Measures(
      this.engine,
      this.exploration.vips.map((budgets, vip) => ({
        budgets,
        vip: this.targets[vip] as OwnedVip,
        holders: this.holders[vip] as readonly Host[],
        clients: this.clients.filter((client) => client.vip === vip).map(({ host }) => host),
      })),
    );
  }

  // ---- the way of frames

  private hopOf(target: EventTarget): Hop | null {
    let hop = this.hopsOf.get(target.id);
    if (hop === undefined) {
      hop = target instanceof LinkDirection ? this.hopAcross(target) : null;
      this.hopsOf.set(target.id, hop);
    }
    return hop;
  }

  private hopAcross(direction: LinkDirection): Hop {
    const link =
      this.plan.links[this.network.links.findIndex(({ directions }) => directions.includes(direction))];
    const { lo, hi } = this.campaign.latency ?? link?.delay ?? { lo: 0, hi: 0 };
    return { lo, hi, passesAtOnce: this.reductions.transit && direction.to instanceof SwitchPort };
  }

  private ignores(target: EventTarget, frame: EthernetFrame): boolean {
    if (!(target instanceof LinkDirection) || target.to instanceof SwitchPort) return false;
    if (this.isIgnoredBy(target, frame)) return true;
    return this.bursts && isCaught('gratuitous-arp', frame) && this.isRepeated(target, frame);
  }

  /** The same gratuitous ARP has been sent there at this instant, and so many in a row that they cannot all be lost. */
  private isRepeated(direction: LinkDirection, frame: EthernetFrame): boolean {
    const { engine } = this;
    for (let row = engine.kinds.length - 1; row >= this.loadedRows; row--) {
      const slot = engine.slots[row] as number;
      if (slot < 0 || engine.rowOfSlot[slot] !== row || engine.targetOfSlot(slot) !== direction) continue;
      return isSameArp(engine.payload[slot] as EthernetFrame, frame);
    }
    return false;
  }

  /** Whether the delivery of a row may be lost instead. */
  mayBeLost(row: number): boolean {
    const slot = this.engine.slots[row] as number;
    return slot >= 0 && this.slotMayBeLost(slot);
  }

  // ---- order at one instant

  /** Whether, at one instant, what one row stands for comes before the other. */
  readonly precedes = (other: number, row: number): boolean => {
    const first = this.rankOf(other);
    const second = this.rankOf(row);
    if (first !== second) return first < second;
    // Windows close in any order; this one.
    if (first < 0) return other < row;
    const { slots } = this.engine;
    return this.comesBefore(slots[other] as number, slots[row] as number, other < row);
  };

  private rankOf(row: number): number {
    const { engine } = this;
    const slot = engine.slots[row] as number;
    return slot < 0 ? -1 : this.rankAmong(engine.targetOfSlot(slot), engine.ranks[row] as number);
  }

  // ---- what happens

  /** Begins the run: the machines that start at once boot, the others will. */
  begin(): void {
    this.engine.act(() => this.network.start());
    this.observe();
  }

  override observe(): void {
    super.observe();
    this.measures?.observe();
  }

  protected override perform(deed: Deed): void {
    this.engine.act(() => super.perform(deed));
  }

  /** Lets time pass to a move. @throws Infeasible if something else must come before */
  pass(move: Move): void {
    const isPossible =
      move.kind === 'event' || move.kind === 'lost'
        ? this.engine.advance(move.row, this.precedes)
        : this.engine.wait();
    if (!isPossible) throw new Infeasible();
  }

  /** Makes a move; time has passed to it. */
  make(move: Move): void {
    if (move.kind === 'event') this.engine.fireRow(move.row);
    else if (move.kind === 'lost') this.lose(this.engine.slots[move.row] as number);
    else if (move.kind === 'fault') this.beginFault(move.index);
    else this.endFault(move.index);
  }

  /** Time has just passed: how long has lasted what lasts? */
  measure(longer: (found: MeasuredCase) => void): void {
    this.measures?.read(this.spent.isSettled === 1 ? 'settled' : 'boot', longer);
  }

  /** The longest that a frame is on its first cable. */
  get firstHop(): Nanoseconds {
    const { latency } = this.campaign;
    return Math.max(0, ...this.plan.links.map(({ delay }) => latency?.hi ?? delay.hi));
  }

  /**
   * How much less than a longest span a run may show, ns. What is done in it comes after what a path has at the same
   * instant, and when that has left its first cable; there may be two such deeds.
   */
  get nearness(): Nanoseconds {
    return 2 * (this.firstHop + 1);
  }

  /** How long a frame takes over the last cable to a host. */
  lastHop(name: string): Nanoseconds {
    const link = this.plan.links.find(({ ends }) => ends.some(({ node }) => node === name));
    return link?.delay.lo ?? 0;
  }
}

/** The instants of a class are its bounds; the codec only needs to know which row is whose. */
class ZoneClocks {
  constructor(private readonly engine: ZoneEngine) {}

  pending(): { slot: number; rank: number }[] {
    const { kinds, slots, ranks } = this.engine;
    const pending: { slot: number; rank: number }[] = [];
    for (let row = 1; row < kinds.length; row++)
      if (kinds[row] === 1) pending.push({ slot: slots[row] as number, rank: ranks[row] as number });
    return pending;
  }

  clear(): void {
    this.engine.clearRows();
  }

  putEvent(slot: number, rank: number): void {
    this.engine.nameEvent(slot, rank);
  }

  putWindow(home: { words: Float64Array }, index: number): void {
    this.engine.nameWindow(home, index);
  }

  isOpen(word: number): boolean {
    return this.engine.kinds[word] === 2;
  }
}
