import {
  type EthernetFrame,
  hasNeighbourEntry,
  isGratuitousArp,
  type LabPlan,
  MILLISECOND,
  type Nanoseconds,
  type NeighbourAdvertisement,
  type NeighbourSolicitation,
  Network,
  type OwnedVip,
  owns,
  perform,
  UNSPECIFIED_IPV6,
  vipOf,
} from '@viplab/core';
import {
  type Engine,
  EventClass,
  type EventTarget,
  type RecordOf,
  SECOND,
  type Slot,
  Unexplorable,
} from '@viplab/core/engine';
import { type Host, isCaught, LinkDirection, SwitchPort } from '@viplab/core/network';
import { type Campaign, LONGEST_FREEZE } from '../campaign/campaign.js';
import type { Deed, Fault } from '../campaign/fault.js';
import { faultsOf, hearsAdverts } from '../campaign/faults-of.js';
import { observeClients } from '../property/asked-properties.js';
import { netViewOf } from '../property/net-view-of.js';
import type { Monitor, Property, Violation, VipBudgets } from '../property/property.js';
import { componentFinder, NOWHERE } from './components.js';
import { type Detection, detectionOf } from './duplicate-detection.js';
import { type Exploration, Spent } from './exploration.js';
import { wayOf } from './frame-way.js';

/**
 * Beyond the protocols' own settling times: keepalived's second burst of gratuitous ARP comes 5 s after the first.
 * (OpenBSD's comes two intervals after it, which is less than a backup's waiting time.)
 */
const QUIET_TIME: Nanoseconds = 6 * SECOND;

/** The most faults of which a word of the state can say whether they last. */
const MOST_FAULTS = 30;

/** After everything else that happens at the same instant. */
const WATCHER_RANK = 9;
/** A cable's carrier follows after what the machines do at the same instant. */
const CABLE_RANK = 8;
/** What arrives comes after all that a machine does by itself, where the lab says `timer-first`. */
const LATE_DELIVERY_RANK = 7;

/** A lab on an engine that is driven step by step: its network, the monitors, and what may be done to it. */
export class CampaignLab<E extends Engine> {
  readonly network: Network;
  readonly faults: readonly Fault[];
  readonly monitors: readonly { readonly property: Property; readonly monitor: Monitor }[];
  readonly spent: RecordOf<typeof Spent.fields>;
  readonly campaign: Campaign;
  protected readonly clients: readonly { readonly host: Host; readonly vip: number }[];
  protected readonly holders: readonly (readonly Host[])[];
  protected readonly targets: readonly OwnedVip[];
  private readonly watchersFrom: number;
  private readonly componentOf: (target: EventTarget) => number;
  /** Gratuitous ARP is sent so many times in a row that not all can be lost. */
  protected readonly bursts: boolean;
  /** By host, the IPv6 addresses whose duplicates it looks for, and those that it may defend. */
  private readonly detection: ReadonlyMap<string, Detection>;
  /** Nodes towards which frames may be lost. */
  private readonly lossy: ReadonlySet<string>;
  /** Hosts on which something listens to adverts: keepalived, CARP in the kernel, ucarp. */
  private readonly hearing: ReadonlySet<string>;

  constructor(
    readonly exploration: Exploration,
    readonly plan: LabPlan,
    readonly engine: E,
    private readonly passesAtOnce: boolean,
  ) {
    const { campaign, vips } = exploration;
    this.campaign = campaign;
    // They are left out here, and a question about them would be answered by silence.
    if (observeClients(exploration.properties))
      throw new Unexplorable('what clients live through was asked, and programs and TCP compute with time');
    this.faults = faultsOf(exploration.plan, campaign);
    if (this.faults.length > MOST_FAULTS)
      throw new Unexplorable(`${this.faults.length} different faults are too many`);
    this.network = new Network(plan, { choices: engine.choices, engine, countsIdentification: false });
    const { network } = this;
    this.watchersFrom = engine.targets.length;
    const view = netViewOf(network);
    this.monitors = exploration.properties.map((property) => ({
      property,
      monitor: property.watch({ engine, network, plan, view, vips }),
    }));
    this.targets = vips.map(({ address }) => vipOf(plan.vips, address));
    this.holders = vips.map(({ holders }) => holders.map((name) => network.host(name)));
    this.clients = this.representatives(vips);
    this.spent = engine.record(
      'explorer',
      Spent,
      engine.world,
      {
        settling: () => this.settle(),
        thaw: () => this.thaw(),
      },
      { faultsLeft: campaign.inAll, framesLeft: campaign.lostFrames },
    );
    this.componentOf = componentFinder(plan);
    this.lossy = new Set(campaign.lostTowards ?? plan.hosts.map(({ name }) => name));
    this.hearing = new Set(plan.hosts.filter(hearsAdverts).map(({ name }) => name));
    this.bursts = fewestArps(plan) > campaign.lostFrames;
    this.detection = new Map(plan.hosts.map((host) => [host.name, detectionOf(host)]));
    for (const { monitor } of this.monitors) network.actionListeners.push((action) => monitor.caused(action));
  }

  /** The VIPs with those who may own them. */
  get ownerships(): { readonly vip: OwnedVip; readonly holders: readonly Host[] }[] {
    return this.targets.map((vip, index) => ({ vip, holders: this.holders[index] as readonly Host[] }));
  }

  /** One client of each VIP at each switch: all others learn the same at the same instants. */
  private representatives(vips: readonly VipBudgets[]): { host: Host; vip: number }[] {
    const seen = new Set<string>();
    return vips.flatMap(({ clients }, vip) =>
      clients.flatMap((name) => {
        const cable = this.plan.links.find(({ ends }) => ends.some(({ node }) => node === name));
        const other = cable?.ends.find(({ node }) => node !== name)?.node ?? name;
        const key = `${vip} ${other} ${cable?.delay.lo} ${cable?.delay.hi}`;
        if (seen.has(key)) return [];
        seen.add(key);
        return [{ host: this.network.host(name), vip }];
      }),
    );
  }

  // ---- the order of one instant

  /** What comes first at one instant: the classes of events on machines, then carriers, then who watches. */
  protected rankAmong(target: EventTarget, rank: number): number {
    if (target.id >= this.watchersFrom) return WATCHER_RANK;
    if (this.componentOf(target) === NOWHERE) return CABLE_RANK;
    return this.plan.timersFirst && rank === EventClass.DELIVERY ? LATE_DELIVERY_RANK : rank;
  }

  /**
   * Whether, of two events at one instant with equal ranks, the one comes before the other, which was posted later. What
   * happens on different machines cannot influence each other within the instant: it has one order.
   */
  protected comesBefore(one: Slot, other: Slot, wasPostedFirst: boolean): boolean {
    const { engine } = this;
    const first = engine.targetOfSlot(one);
    const second = engine.targetOfSlot(other);
    if (first === second && !first.keepsSlot && this.isInLine(first, one, other)) return wasPostedFirst;
    if (this.exploration.reductions?.sameInstant === false) return false;
    const here = this.componentOf(first);
    const there = this.componentOf(second);
    return here !== there && here < there;
  }

  private isInLine(target: EventTarget, one: Slot, other: Slot): boolean {
    if (!this.passesAtOnce || !(target instanceof LinkDirection)) return true;
    const { payload } = this.engine;
    return wayOf(payload[one]) === wayOf(payload[other]);
  }

  // ---- frames

  /**
   * A frame that its receiver ignores, whatever its state: an advert where nothing listens to it, a gratuitous ARP (an
   * unsolicited neighbour advertisement) without client, and duplicate address detection of what is none of its own
   * addresses.
   */
  protected isIgnoredBy(direction: LinkDirection, frame: EthernetFrame): boolean {
    const host = hostAt(direction);
    if (isCaught('vrrp', frame)) return !this.hearing.has(host);
    const detection = this.detection.get(host);
    const message = messageIn(frame);
    if (isProbe(frame)) return message === null || detection?.defended.has(message.target) !== true;
    if (!isCaught('gratuitous-arp', frame)) return false;
    if (message !== null && detection?.looked.has(message.target) === true) return false;
    return !this.clients.some((client) => client.host.name === host);
  }

  /** Whether a delivery may be lost instead: a control frame, towards a node that may lose one, and some are left. */
  slotMayBeLost(slot: Slot): boolean {
    const { framesLeft, isSettled } = this.spent;
    if (framesLeft === 0 || (this.campaign.faultsFrom === 'settled' && isSettled === 0)) return false;
    const target = this.engine.targetOfSlot(slot);
    if (!(target instanceof LinkDirection) || target.to instanceof SwitchPort) return false;
    if (!this.lossy.has(hostAt(target))) return false;
    const frame = this.engine.payload[slot] as EthernetFrame;
    if (isCaught('vrrp', frame)) return true;
    return isCaught('arp', frame) && !(this.bursts && isCaught('gratuitous-arp', frame));
  }

  // ---- what happens

  /** Lets the monitors look. */
  observe(): void {
    for (const { monitor } of this.monitors) monitor.observe();
    if (this.spent.isSettled === 0) this.awaitQuiet();
  }

  private awaitQuiet(): void {
    const { settling } = this.spent;
    const isQuiet = this.targets.every((vip, index) => {
      const holders = this.holders[index] as readonly Host[];
      return (
        holders.every((host) => host.isRunning) && holders.filter((host) => owns(host, vip)).length === 1
      );
    });
    if (!isQuiet) {
      settling.cancel();
      return;
    }
    // Not at once: within an instant it may look quiet in one order of its events and not in another.
    if (!settling.isArmed) settling.arm(this.campaign.faultsFrom === 'start' ? 0 : this.quietTime());
  }

  /** Everybody has been quiet for long enough, and the instant is over. */
  private settle(): void {
    this.learn();
    this.spent.isSettled = 1;
  }

  private quietTime(): Nanoseconds {
    return Math.max(QUIET_TIME, ...this.exploration.vips.map(({ settling }) => settling)) + MILLISECOND;
  }

  /** The clients find the VIPs, each of which has one owner. */
  private learn(): void {
    for (const { host, vip } of this.clients) {
      const target = this.targets[vip] as OwnedVip;
      const { address } = target;
      const hop = host.nextHopTowards(address);
      if (hop === null || hop.gateway !== address || hasNeighbourEntry(host, address)) continue;
      const owner = (this.holders[vip] as readonly Host[]).find((holder) => owns(holder, target));
      const mac = owner?.ownerInterface(address)?.mac;
      if (mac !== undefined) hop.interface.neighboursFor(address)?.learn(address, mac, false, true);
    }
  }

  /** A fault begins now; what is done. */
  beginFault(index: number): Deed {
    const { begin } = this.faults[index] as Fault;
    this.spent.faultsLeft--;
    this.spent.lasting |= 1 << index;
    if (begin.do === 'freeze' && this.campaign.repairs) this.spent.thaw.arm(LONGEST_FREEZE);
    this.perform(begin);
    return begin;
  }

  private thaw(): void {
    const frozen = this.faults.find(
      ({ index, begin }) => begin.do === 'freeze' && (this.spent.lasting & (1 << index)) !== 0,
    );
    if (frozen !== undefined) this.endFault(frozen.index);
  }

  /** A fault ends now; what is done. */
  endFault(index: number): Deed {
    const { end } = this.faults[index] as Fault;
    this.spent.lasting &= ~(1 << index);
    if (end.do === 'thaw') this.spent.thaw.cancel();
    this.perform(end);
    return end;
  }

  /** Does something to the network, now. */
  protected perform(deed: Deed): void {
    perform(this.network, { at: '0s', ...deed });
  }

  /** Loses the frame that a pending delivery would bring; what it was, and to whom. */
  lose(slot: Slot): { readonly node: string; readonly kind: 'vrrp' | 'arp' } {
    const { engine, network } = this;
    const node = hostAt(engine.targetOfSlot(slot) as LinkDirection);
    const kind = isCaught('vrrp', engine.payload[slot] as EthernetFrame) ? 'vrrp' : 'arp';
    this.spent.framesLeft--;
    engine.remove(slot);
    engine.releaseSlot(slot);
    // A lost frame is a nuisance that pays for nothing, but the network has longer to settle.
    for (const listener of network.actionListeners) listener({ at: '0s', do: 'lose-next', node, only: kind });
    return { node, kind };
  }

  /** Faults that may begin now. */
  *mayBegin(): Generator<Fault> {
    const { spent, campaign, faults } = this;
    if (spent.faultsLeft === 0 || (campaign.faultsFrom === 'settled' && spent.isSettled === 0)) return;
    const lasting = faults.filter(({ index }) => (spent.lasting & (1 << index)) !== 0);
    if (lasting.length >= campaign.atOnce) return;
    const taken = new Set(lasting.flatMap(({ nodes }) => nodes));
    for (const fault of faults) if (!fault.nodes.some((node) => taken.has(node))) yield fault;
  }

  /** Faults that may be repaired now. */
  *mayEnd(): Generator<Fault> {
    if (!this.campaign.repairs) return;
    for (const fault of this.faults) if ((this.spent.lasting & (1 << fault.index)) !== 0) yield fault;
  }

  /** What is wrong with the present state, if anything is. */
  violation(): Violation | null {
    for (const { property, monitor } of this.monitors) {
      if (property.quantifier === 'always' && monitor.violation !== null) return monitor.violation;
    }
    return null;
  }

  /** The names of the `sometimes` properties that hold now. */
  *happening(): Generator<string> {
    for (const { property, monitor } of this.monitors)
      if (property.quantifier === 'sometimes' && monitor.violation !== null) yield property.name;
  }

  /** How much has been spent: the first thing by which stories are ordered. */
  get cost(): number {
    const { faultsLeft, framesLeft } = this.spent;
    return this.campaign.inAll - faultsLeft + (this.campaign.lostFrames - framesLeft);
  }
}

/** The host at the receiving end of a cable. */
export const hostAt = ({ to }: LinkDirection): string => to.path.slice(0, to.path.indexOf(':'));

/** The smallest number of gratuitous ARPs that are ever sent in a row: of CARP, in a kernel or ucarp, one. */
function fewestArps(plan: LabPlan): number {
  const instances = plan.hosts.flatMap((host) => host.keepalived?.config.instances ?? []);
  return Math.min(
    ...plan.hosts.map(({ carp, ucarps }) =>
      carp === null && ucarps.length === 0 ? Number.POSITIVE_INFINITY : 1,
    ),
    ...instances.map(({ garp }) =>
      Math.min(
        garp.masterRepeat,
        garp.masterRefreshUs > 0 ? garp.masterRefreshRepeat : Number.POSITIVE_INFINITY,
      ),
    ),
  );
}

/** Whether two gratuitous ARPs, or two unsolicited neighbour advertisements, say the same. */
export function isSameArp(one: EthernetFrame, other: EthernetFrame): boolean {
  if (one.source !== other.source) return false;
  if (one.payload.kind === 'arp') {
    return (
      other.payload.kind === 'arp' &&
      isGratuitousArp(one.payload) &&
      isGratuitousArp(other.payload) &&
      one.payload.senderIp === other.payload.senderIp &&
      one.payload.senderMac === other.payload.senderMac
    );
  }
  const first = messageIn(one);
  const second = messageIn(other);
  return (
    first?.message === 'neighbour-advertisement' &&
    second?.message === 'neighbour-advertisement' &&
    !first.isSolicited &&
    !second.isSolicited &&
    one.destination === other.destination &&
    first.target === second.target &&
    first.linkLayer === second.linkLayer &&
    first.isOverriding === second.isOverriding &&
    first.isRouter === second.isRouter
  );
}

const messageIn = ({ payload }: EthernetFrame): NeighbourSolicitation | NeighbourAdvertisement | null => {
  if (payload.kind !== 'ipv6' || payload.payload.kind !== 'icmpv6') return null;
  const message = payload.payload;
  return message.message === 'neighbour-solicitation' || message.message === 'neighbour-advertisement'
    ? message
    : null;
};

/** Whether a frame asks whether somebody has an address already (RFC 4862 §5.4.2). */
const isProbe = (frame: EthernetFrame): boolean =>
  messageIn(frame)?.message === 'neighbour-solicitation' &&
  frame.payload.kind === 'ipv6' &&
  frame.payload.source === UNSPECIFIED_IPV6;
