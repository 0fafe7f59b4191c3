import { formatIp, type IpAddress, landingOf, type Network, ownersOf, tryParseIp } from '@viplab/core';
import type { ClientView, NetView, NodeView, OwnerView, VipView } from './net-view.js';

/** A network as it is at the moment of each question. */
export const netViewOf = (network: Network): NetView => new PresentNetwork(network);

class PresentNetwork implements NetView {
  constructor(private readonly network: Network) {}

  vip(address: string): VipView {
    return new PresentVip(this.network, address, addressOf(address));
  }

  node(name: string): NodeView {
    return new PresentNode(this.network, name);
  }

  client(name: string): ClientView {
    const { network } = this;
    const host = network.host(name);
    const targets = this.network.plan.hosts.find((plan) => plan.name === name)?.clients ?? [];
    const landsOn = (address: string): string | null => landingOf(host, addressOf(address))?.name ?? null;
    return {
      name,
      landsOn,
      servedBy: (node) => targets.some(({ target }) => landingOf(host, target)?.name === node),
    };
  }

  best(instance: string): number | undefined {
    const { hosts, keepaliveds } = this.network;
    const address = tryParseIp(instance);
    let best: number | undefined;
    for (const [node, daemon] of keepaliveds) {
      if (hosts.get(node)?.isRunning !== true || !daemon.isRunning || daemon.domain.isFrozen) continue;
      for (const { config, addresses } of daemon.instances) {
        const isMeant = config.name === instance || addresses.some((virtual) => virtual.address === address);
        if (isMeant && config.basePriority > (best ?? 0)) best = config.basePriority;
      }
    }
    return best;
  }
}

function addressOf(text: string): IpAddress {
  const address = tryParseIp(text);
  if (address === undefined) throw new RangeError(`'${text}' is not an IPv4 address`);
  return address;
}

class PresentVip implements VipView {
  constructor(
    private readonly network: Network,
    readonly address: string,
    private readonly target: IpAddress,
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

  /** The effective priority of the instance that has it; 0 where none has. */
  private priorityOf(node: string): number {
    const instances = this.network.keepaliveds.get(node)?.instances ?? [];
    const of = instances.find(({ addresses }) => addresses.some(({ address }) => address === this.target));
    return of?.machine.state.effectivePriority ?? 0;
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
    return this.network.keepaliveds.get(this.name)?.instance(instance)?.machine.state.state;
  }
}
