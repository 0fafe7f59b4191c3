import {
  formatCidr,
  formatIpv4,
  type Ipv4Address,
  type Ipv4Cidr,
  inSubnet,
  ipv4Address,
  isMulticast,
  type KeepalivedConfig,
  network,
} from '@viplab/core';
import type { KeepalivedFile } from '../keepalived-file.js';

/** A VIP without a prefix length (`192.168.1.100`, which is a /32) tells no subnet; this one is assumed. */
const ASSUMED_PREFIX = 24;
/** The default of keepalived's own examples, where an instance names no interface. */
const DEFAULT_INTERFACE = 'eth0';
const LOOPBACK = 'lo';

/** A subnet that one or more interfaces of the nodes are in. */
export interface Subnet {
  readonly cidr: Ipv4Cidr;
  /** No VIP with this subnet said its prefix length. */
  readonly assumed: boolean;
  /** The virtual addresses in it, each once, in the order of the files. */
  readonly vips: readonly Ipv4Address[];
}

/** The name of a subnet: `192.168.1.0/24`. */
export const nameOfSubnet = (subnet: Ipv4Cidr): string =>
  formatCidr({ address: network(subnet), prefixLength: subnet.prefixLength });

/** One interface of a node and what the file says of it. */
export interface InterfaceUse {
  readonly name: string;
  readonly subnets: Set<string>;
  /** Addresses that the file gives as its own (`unicast_src_ip`, `mcast_src_ip`). */
  readonly own: Ipv4Address[];
  /** Addresses of others on the same wire (`unicast_peer`). */
  readonly peers: Ipv4Address[];
}

/** What one file says of the networks that it is in. */
export interface NetworkUse {
  readonly interfaces: readonly InterfaceUse[];
}

/** All that the files together say of the network. */
export interface NetworkPicture {
  readonly subnets: ReadonlyMap<string, Subnet>;
  /** In the order of the files. */
  readonly nodes: readonly NetworkUse[];
}

interface MutableSubnet {
  cidr: Ipv4Cidr;
  assumed: boolean;
  vips: Ipv4Address[];
}

/** Puts together which subnets there are, and which interface of which node is in which. */
export function pictureNetwork(
  files: readonly Pick<KeepalivedFile, 'config' | 'mentioned'>[],
): NetworkPicture {
  const configs = files.map(({ config }) => config);
  const subnets = findSubnets(configs);
  const nodes = files.map(({ config, mentioned }): NetworkUse => {
    const interfaces = new Map<string, InterfaceUse>();
    const use = (name: string | undefined): InterfaceUse => {
      const key = name ?? config.global.defaultInterface ?? DEFAULT_INTERFACE;
      const known = interfaces.get(key);
      if (known !== undefined) return known;
      const fresh: InterfaceUse = { name: key, subnets: new Set(), own: [], peers: [] };
      interfaces.set(key, fresh);
      return fresh;
    };
    const macvlans = new Set(
      config.instances.flatMap(({ virtualMac }) => (virtualMac === undefined ? [] : [virtualMac.name])),
    );
    for (const instance of config.instances) {
      const adverts = use(instance.interface);
      if (instance.sourceAddress?.family === 'inet') adverts.own.push(instance.sourceAddress.address);
      for (const { address } of instance.unicastPeers)
        if (address.family === 'inet') adverts.peers.push(address.address);
      for (const entry of [...instance.virtualAddresses, ...instance.excludedAddresses]) {
        if (entry.address.family !== 'inet') continue;
        const device =
          entry.interface === undefined || macvlans.has(entry.interface)
            ? instance.interface
            : entry.interface;
        const subnet = subnetOf(subnets, entry.address.address);
        if (subnet !== undefined) use(device).subnets.add(nameOfSubnet(subnet.cidr));
      }
    }
    for (const name of mentioned) if (!macvlans.has(name) && name !== LOOPBACK) use(name);
    // Adverts on a wire of their own: the addresses that the file tells decide its subnet.
    for (const iface of interfaces.values()) {
      for (const address of [...iface.own, ...iface.peers]) {
        const known = subnetOf(subnets, address) ?? addSubnet(subnets, address);
        if (iface.subnets.size === 0 || iface.own.includes(address))
          iface.subnets.add(nameOfSubnet(known.cidr));
      }
    }
    return { interfaces: [...interfaces.values()] };
  });
  addWiresOfTheirOwn(subnets, nodes, configs);
  return { subnets, nodes };
}

function findSubnets(configs: readonly KeepalivedConfig[]): Map<string, MutableSubnet> {
  const subnets = new Map<string, MutableSubnet>();
  const entries = configs
    .flatMap(({ instances }) => instances)
    .flatMap((instance) => [...instance.virtualAddresses, ...instance.excludedAddresses])
    .flatMap(({ address, prefixLength }) =>
      address.family === 'inet' ? [{ address: address.address, prefixLength }] : [],
    );
  // Those that say their prefix length first: a bare address in one of them needs no assumption.
  for (const { address, prefixLength } of entries.filter((entry) => entry.prefixLength < 31)) {
    if (subnetOf(subnets, address) === undefined) addSubnet(subnets, address, prefixLength);
  }
  for (const { address } of entries) {
    const subnet = subnetOf(subnets, address) ?? addSubnet(subnets, address);
    if (!subnet.vips.includes(address)) subnet.vips.push(address);
  }
  return subnets;
}

function subnetOf(
  subnets: ReadonlyMap<string, MutableSubnet>,
  address: Ipv4Address,
): MutableSubnet | undefined {
  for (const subnet of subnets.values()) if (inSubnet(address, subnet.cidr)) return subnet;
  return undefined;
}

function addSubnet(
  subnets: Map<string, MutableSubnet>,
  address: Ipv4Address,
  prefixLength?: number,
): MutableSubnet {
  const length = prefixLength ?? ASSUMED_PREFIX;
  const cidr = { address: network({ address, prefixLength: length }), prefixLength: length };
  const subnet: MutableSubnet = { cidr, assumed: prefixLength === undefined, vips: [] };
  subnets.set(nameOfSubnet(cidr), subnet);
  return subnet;
}

/** An interface that carries adverts but no VIP, and of which no address is told, gets a subnet that nobody uses. */
function addWiresOfTheirOwn(
  subnets: Map<string, MutableSubnet>,
  nodes: readonly NetworkUse[],
  configs: readonly KeepalivedConfig[],
): void {
  const wires = new Map<string, string>();
  nodes.forEach((node, index) => {
    const advertised = new Set(configs[index]?.instances.map((instance) => instance.interface));
    for (const iface of node.interfaces) {
      if (iface.subnets.size > 0 || !advertised.has(iface.name)) continue;
      let wire = wires.get(iface.name);
      if (wire === undefined) {
        const third = 1 + wires.size;
        wire = nameOfSubnet(addSubnet(subnets, ipv4Address(`10.255.${third}.0`)).cidr);
        wires.set(iface.name, wire);
      }
      iface.subnets.add(wire);
    }
  });
}

/** Hands out addresses of a subnet, never one that is in use. */
export class AddressPool {
  readonly #subnet: Ipv4Cidr;
  readonly #taken: ReadonlySet<Ipv4Address>;
  readonly #given = new Set<Ipv4Address>();

  constructor(subnet: Ipv4Cidr, taken: ReadonlySet<Ipv4Address>) {
    this.#subnet = subnet;
    this.#taken = taken;
  }

  /** The address `offset` places into the subnet (`.11`), or the next free one, from the start again at the end. */
  take(offset: number): Ipv4Address | undefined {
    const size = 2 ** (32 - this.#subnet.prefixLength);
    const usable = size - 2;
    for (let step = 0; step < usable; step++) {
      const place = 1 + ((offset - 1 + step) % usable);
      const address = (network(this.#subnet) + place) as Ipv4Address;
      if (this.#taken.has(address) || this.#given.has(address) || isMulticast(address)) continue;
      this.#given.add(address);
      return address;
    }
    return undefined;
  }
}

/** Prints an address as lab.yaml has it. */
export const addressIn = (address: Ipv4Address, subnet: Ipv4Cidr): string =>
  `${formatIpv4(address)}/${subnet.prefixLength}`;
