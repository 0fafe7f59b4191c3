import {
  type IpAddress,
  landingOf,
  MOST_MASKED_HOSTS,
  type Network,
  type OwnedVip,
  ownerMaskOf,
  vipOf,
} from '@viplab/core';
import { type RecordOf, record, u8, u32 } from '@viplab/core/engine';
import type { Host } from '@viplab/core/network';
import type { VipBudgets, Watch } from './property.js';

const OwnersSeen = record('seen-owners', { mask: u32 });
const LandingSeen = record('seen-landing', { at: u8 });

/** No host, where a host is told by its number. */
export const NO_HOST = 0;

/** A client and where its frames to a VIP arrive. */
export class SeenLanding {
  private readonly state: RecordOf<typeof LandingSeen.fields>;

  constructor(
    watch: Watch,
    readonly client: Host,
    private readonly address: IpAddress,
    text: string,
    private readonly numbers: ReadonlyMap<Host, number>,
  ) {
    this.state = watch.engine.record(`watch ${text} from ${client.name}`, LandingSeen, watch.engine.world);
  }

  /** The number of the host, or {@link NO_HOST}. */
  get at(): number {
    return this.state.at;
  }

  look(): void {
    const host = landingOf(this.client, this.address);
    const at = host === null ? NO_HOST : (this.numbers.get(host) ?? NO_HOST);
    if (at !== this.state.at) this.state.at = at;
  }
}

/** A VIP, who owns it, and where the clients' frames to it arrive: as of the last look. */
export class SeenVip {
  readonly address: string;
  private readonly target: OwnedVip;
  private readonly state: RecordOf<typeof OwnersSeen.fields>;
  private readonly holders: readonly Host[];
  private seen: readonly SeenLanding[] | null = null;

  constructor(
    private readonly watch: Watch,
    readonly budgets: VipBudgets,
    readonly lookout: Lookout,
  ) {
    this.address = budgets.address;
    this.target = vipOf(watch.network.plan.vips, budgets.address);
    this.holders = budgets.holders.map((name) => watch.network.host(name));
    this.state = watch.engine.record(`watch ${this.address}`, OwnersSeen, watch.engine.world);
  }

  /** Who owns it: the sum of {@link bitOf} of the owners' numbers. */
  get owners(): number {
    return this.state.mask;
  }

  /** How many of its holders have power. */
  get holdersOn(): number {
    let on = 0;
    for (const host of this.holders) if (host.isOn) on++;
    return on;
  }

  /** The clients that ask it. Where they land is looked at from the first time on that somebody asks for them. */
  get landings(): readonly SeenLanding[] {
    if (this.seen === null) {
      const { network } = this.watch;
      this.seen = this.budgets.clients.map(
        (name) =>
          new SeenLanding(
            this.watch,
            network.host(name),
            this.target.address,
            this.address,
            this.lookout.numbers,
          ),
      );
    }
    return this.seen;
  }

  look(): void {
    const mask = ownerMaskOf(this.lookout.hosts, this.target);
    if (mask !== this.state.mask) this.state.mask = mask;
    if (this.seen !== null) for (const landing of this.seen) landing.look();
  }
}

/**
 * Looks at the network for all monitors of a watch, once after each event. Hosts are numbered from 1, holders of VIPs
 * first; a lab with more hosts than {@link MOST_MASKED_HOSTS} has the rest go unnoticed, as nobody of them holds a VIP.
 */
export class Lookout {
  readonly hosts: readonly Host[];
  readonly numbers: ReadonlyMap<Host, number>;
  readonly vips: readonly SeenVip[];

  constructor(watch: Watch) {
    this.hosts = watchedHosts(watch.network, watch.vips);
    this.numbers = new Map(this.hosts.map((host, index) => [host, index + 1]));
    this.vips = watch.vips.map((vip) => new SeenVip(watch, vip, this));
  }

  look(): void {
    for (const vip of this.vips) vip.look();
  }

  /** The name of the host of a number. */
  nameOf(number: number): string {
    return this.hosts[number - 1]?.name ?? 'nobody';
  }

  /** The number of a host, or {@link NO_HOST}. */
  numberOf(name: string): number {
    return this.hosts.findIndex((host) => host.name === name) + 1;
  }

  /** The names of the hosts in a mask. */
  namesIn(mask: number): string[] {
    return this.hosts.filter((_, index) => (mask & (1 << index)) !== 0).map(({ name }) => name);
  }
}

function watchedHosts(network: Network, vips: readonly VipBudgets[]): Host[] {
  const holders = new Set(vips.flatMap((vip) => vip.holders));
  if (holders.size > MOST_MASKED_HOSTS)
    throw new RangeError(`${holders.size} nodes hold VIPs; ${MOST_MASKED_HOSTS} at most can be watched`);
  const hosts = [...network.hosts.values()];
  return [
    ...hosts.filter(({ name }) => holders.has(name)),
    ...hosts.filter(({ name }) => !holders.has(name)),
  ].slice(0, MOST_MASKED_HOSTS);
}

/** The bit of a host's number in a mask. */
export const bitOf = (number: number): number => (number === NO_HOST ? 0 : 1 << (number - 1));

/** Whether a mask has exactly one bit. */
export const isSingle = (mask: number): boolean => mask !== 0 && (mask & (mask - 1)) === 0;

/** Whether a mask has two bits or more. */
export const isDual = (mask: number): boolean => (mask & (mask - 1)) !== 0;

/** The number of the only host in a mask, else {@link NO_HOST}. */
export const onlyHost = (mask: number): number => (isSingle(mask) ? 32 - Math.clz32(mask) : NO_HOST);
