import { formatIp, landingOf, type Network, type OwnedVip, ownersOf, tryParseIp, vipOf } from '@viplab/core';
import { instancesOn } from './elected-instances.js';
import type { ClientView, NetView, NodeView, OwnerView, VipView } from './net-view.js';

/** A network as it is at the moment of each question. */
export const netViewOf = (network: Network): NetView => new PresentNetwork(network);

class PresentNetwork implements NetView {
  constructor(private readonly network: Network) {}

  vip(address: string): VipView {
    return new PresentVip(this.network, address, vipOf(this.network.plan.vips, address));
  }

  node(name: string): NodeView {
    return new PresentNode(this.network, name);
  }

  client(name: string): ClientView {
    const { network } = this;
    const host = network.host(name);
    const targets = this.network.plan.hosts.find((plan) => plan.name === name)?.clients ?? [];
    const landsOn = (address: string): string | null =>
      landingOf(host, vipOf(network.plan.vips, address).address)?.name ?? null;
    return {
      name,
      landsOn,
      servedBy: (node) => targets.some(({ target }) => landingOf(host, target)?.name === node),
    };
  }

  best(instance: string): number | undefined {
    const { network } = this;
    const address = tryParseIp(instance);
    let best: number | undefined;
    for (const node of network.hosts.keys()) {
      for (const { name, addresses, configured, isHigherBetter, takesPart } of instancesOn(network, node)) {
        if (!takesPart || !(name === instance || addresses.some((virtual) => virtual === address))) continue;
        if (best === undefined || (isHigherBetter ? configured > best : configured < best)) best = configured;
      }
    }
    return best;
  }
}

class PresentVip implements VipView {
  constructor(
    private readonly network: Network,
    readonly address: string,
    private readonly target: OwnedVip,
  ) {}

  get owners(): readonly string[] {
    return ownersOf(this.network, this.target);
  }

  get owner(): OwnerView | undefined {
    const { owners } = this;
    const [name] = owners;
    if (name === undefined || owners.length > 1) return undefined;
    const priority = this.priorityOf(name);
    return { name, priority, toString: () => `${name} (${priority})` };
  }

  /** The effective priority (CARP: advskew) of the instance that has it; 0 where none has. */
  private priorityOf(node: string): number {
    const { target } = this;
    const names = target.holders.flatMap((holder) => (holder.node === node ? [holder.instance] : []));
    const instances = instancesOn(this.network, node);
    const of =
      instances.find(({ name }) => names.includes(name)) ??
      instances.find(({ addresses }) => addresses.includes(target.address));
    return of?.effective ?? 0;
  }
}

class PresentNode implements NodeView {
  constructor(
    private readonly network: Network,
    readonly name: string,
  ) {
    network.host(name);
  }

  get isOn(): boolean {
    return this.network.host(this.name).isOn;
  }

  get isFrozen(): boolean {
    return this.network.host(this.name).isFrozen;
  }

  get addresses(): readonly string[] {
    const host = this.network.host(this.name);
    return host.allInterfaces.flatMap((face) =>
      face.addressEntries().map(({ address }) => formatIp(address)),
    );
  }

  state(instance: string): string | undefined {
    return instancesOn(this.network, this.name).find(({ name }) => name === instance)?.state;
  }
}
