import type { EthernetFrame, LabPlan, Nanoseconds } from '@viplab/core';
import { type EventTarget, type Slot, StateCodec, type VectorStore } from '@viplab/core/engine';
import { isCaught, LinkDirection, SwitchPort } from '@viplab/core/network';
import { CampaignLab, isSameArp } from './campaign-lab.js';
import { ConcreteClocks, ConcreteEngine, type Decisions } from './concrete-engine.js';
import type { Exploration } from './exploration.js';
import { explorationPlan, idleWindowsOf, isAge } from './exploration-plan.js';
import { wayOf } from './frame-way.js';

/** How a concrete lab is made beyond what is explored. */
export interface ConcreteLabOptions {
  readonly decisions: Decisions;
  /** Where discrete states are kept; a lab that shares it with another has comparable ones. */
  readonly vectors?: VectorStore;
  /** Draws the delay of each frame by itself, instead of one for all. */
  readonly drawsDelays?: boolean;
}

/** A lab as it is explored where time is a number. */
export class ConcreteLab extends CampaignLab<ConcreteEngine> {
  readonly codec: StateCodec;
  private readonly clocks: ConcreteClocks;

  constructor(exploration: Exploration, { decisions, vectors, drawsDelays = false }: ConcreteLabOptions) {
    const { campaign, vips, reductions } = exploration;
    const explored = explorationPlan(exploration.plan, campaign);
    const plan = drawsDelays ? explored : shortestDelays(explored, exploration);
    const engine = new ConcreteEngine({
      decisions,
      isEndless: isAge,
      isIgnored: idleWindowsOf(vips),
    });
    // Only what takes its time blindly can be reckoned to the next cable.
    const isBlind = plan.links.every(({ bandwidth }) => bandwidth === null);
    const transit = isBlind && reductions?.transit !== false;
    super(exploration, plan, engine, transit);
    if (transit)
      engine.passesAtOnce = (target) => target instanceof LinkDirection && target.to instanceof SwitchPort;
    if (drawsDelays) this.drawDelays();
    if (reductions?.ignored !== false)
      engine.ignores = (target, payload) => this.ignores(target, payload as EthernetFrame);
    engine.sortWindows();
    this.clocks = new ConcreteClocks(engine);
    this.codec = new StateCodec(engine, this.clocks, vectors);
    if (transit) {
      engine.wayOf = wayOf;
      this.codec.wayOf = wayOf;
    }
  }

  private drawDelays(): void {
    const { engine, network, exploration } = this;
    const ranges = new Map(
      network.links.flatMap(({ directions }, index) =>
        directions.map((direction) => [
          direction.id,
          exploration.campaign.latency ?? exploration.plan.links[index]?.delay ?? null,
        ]),
      ),
    );
    engine.delayOf = (target) => ranges.get(target.id) ?? null;
    engine.keepsOrder = true;
  }

  private ignores(target: EventTarget, frame: EthernetFrame): boolean {
    if (!(target instanceof LinkDirection) || target.to instanceof SwitchPort) return false;
    if (this.isIgnoredBy(target, frame)) return true;
    return this.bursts && isCaught('gratuitous-arp', frame) && this.isRepeated(target, frame);
  }

  /** The same gratuitous ARP has been sent there at this instant, and so many in a row that they cannot all be lost. */
  private isRepeated(direction: LinkDirection, frame: EthernetFrame): boolean {
    const { engine } = this;
    const last = engine.posted.findLast(
      (slot) => engine.isPending(slot) && engine.targetOfSlot(slot) === direction,
    );
    return last !== undefined && isSameArp(engine.payload[last] as EthernetFrame, frame);
  }

  // ---- what happens

  /** Begins a run: the machines that start at once boot, the others will. By the index of host and cable. */
  begin(boots: readonly Nanoseconds[], delays: readonly Nanoseconds[] = []): void {
    this.engine.boots = boots;
    this.network.links.forEach(({ directions }, index) => {
      const delay = delays[index];
      if (delay === undefined || delay === this.plan.links[index]?.delay.lo) return;
      for (const direction of directions) direction.setDelay(delay);
    });
    this.engine.act(() => this.network.start());
    this.observe();
  }

  /** The pending events that may be next, all at one instant. */
  next(): Slot[] {
    const { engine } = this;
    const pending = engine.queue.pending();
    const [first] = pending;
    if (first === undefined) return [];
    const instant = engine.deadlineOf(first);
    let count = 1;
    while (count < pending.length && engine.deadlineOf(pending[count] as Slot) === instant) count++;
    if (count === 1) return [first];
    const tied = pending.slice(0, count);
    const ranks = tied.map((slot) => this.rankAmong(engine.targetOfSlot(slot), engine.rankOf(slot)));
    return tied.filter(
      (slot, at) =>
        !tied.some((other, index) => {
          if (index === at) return false;
          const one = ranks[index] as number;
          const two = ranks[at] as number;
          return one === two ? this.comesBefore(other, slot, index < at) : one < two;
        }),
    );
  }

  /** The instant of the next event; undefined if there is none. */
  get nextAt(): Nanoseconds | undefined {
    return this.engine.nextEventAt;
  }

  /** An event happens. */
  fire(slot: Slot): void {
    this.engine.fireSlot(slot);
    this.observe();
  }

  override lose(slot: Slot): { readonly node: string; readonly kind: 'vrrp' | 'arp' } {
    this.engine.waitUntil(this.engine.deadlineOf(slot));
    const lost = super.lose(slot);
    this.observe();
    return lost;
  }

  /** A fault begins at an instant before which nothing is pending. */
  break(index: number, at: Nanoseconds): void {
    this.engine.waitUntil(at);
    this.engine.act(() => this.beginFault(index));
    this.observe();
  }

  /** A fault ends at an instant before which nothing is pending. */
  repair(index: number, at: Nanoseconds): void {
    this.engine.waitUntil(at);
    this.engine.act(() => this.endFault(index));
    this.observe();
  }

  // ---- states

  /** The present instants that belong to the discrete state captured last, from now: of events, then of windows. */
  instants(): number[] {
    const { engine, codec } = this;
    return [
      ...codec.eventSlots.map((slot) => engine.deadlineOf(slot) - engine.now),
      ...codec.windowHomes.map(
        (home, at) => (home.words[codec.windowIndices[at] as number] as number) - engine.now,
      ),
    ];
  }

  /** When windows close that are open in the state loaded last, from now. */
  windowEnds(): Nanoseconds[] {
    return this.clocks.windowEnds;
  }

  /** Makes the network stand in a captured state, at instant 0. */
  load(discrete: number, instants: Float64Array): void {
    this.clocks.give(instants);
    this.codec.load(discrete);
  }
}

/** Cables at their shortest: what is set for a run is then never shorter than what they had. */
function shortestDelays(plan: LabPlan, { campaign }: Exploration): LabPlan {
  return {
    ...plan,
    links: plan.links.map((link) => {
      const { lo } = campaign.latency ?? link.delay;
      return { ...link, delay: { lo, hi: lo } };
    }),
  };
}
