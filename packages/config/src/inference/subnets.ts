import {
  formatIp,
  formatIpCidr,
  type IpAddress,
  type IpCidr,
  type Ipv4Address,
  inSubnet,
  inSubnetIpv6,
  ipv4Address,
  ipv6Bytes,
  ipv6FromBytes,
  isIpv6Cidr,
  isLinkLocalIpv6,
  isMulticast,
  network,
  networkIpv6,
} from '@viplab/core';
import type { SaidAddress, Sayings } from './sayings.js';

/** A VIP without a prefix length (`192.168.1.100`, which is a /32) tells no subnet; this one is assumed. */
const ASSUMED_PREFIX = 24;
/** The same of IPv6: the length of nearly every subnet (RFC 7421 §1). */
const ASSUMED_PREFIX_IPV6 = 64;

/** A subnet that one or more interfaces of the nodes are in. */
export interface Subnet {
  readonly cidr: IpCidr;
  /** No VIP with this subnet said its prefix length. */
  readonly assumed: boolean;
  /** The virtual addresses in it, each once, in the order of the files. */
  readonly vips: readonly IpAddress[];
}

/** The name of a subnet: `192.168.1.0/24`, `2001:db8::/64`. */
export const nameOfSubnet = (subnet: IpCidr): string => formatIpCidr(networkOf(subnet));

/** Whether an address lies in a subnet; one of the other family never does. */
export function isInSubnet(address: IpAddress, subnet: IpCidr): boolean {
  if (isIpv6Cidr(subnet)) return typeof address === 'string' && inSubnetIpv6(address, subnet);
  return typeof address === 'number' && inSubnet(address, subnet);
}

/** Whether an address is of one link only: every interface makes its own, and it tells no subnet. */
export const isOfLinkOnly = (address: IpAddress): boolean =>
  typeof address === 'string' && isLinkLocalIpv6(address);

/** One interface of a node and what the files say of it. */
export interface InterfaceUse {
  readonly name: string;
  readonly subnets: Set<string>;
  /** Addresses that the files configure on it. */
  readonly configured: IpCidr[];
  /** Addresses that the files give as its own (`unicast_src_ip`, `mcast_src_ip`, `ucarp -s`, all configured ones). */
  readonly own: IpAddress[];
  /** Addresses of others on the same wire (`unicast_peer`, `carppeer`). */
  readonly peers: IpAddress[];
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
  cidr: IpCidr;
  assumed: boolean;
  vips: IpAddress[];
}

/** Puts together which subnets there are, and which interface of which node is in which. */
export function pictureNetwork(sayings: readonly Sayings[]): NetworkPicture {
  const subnets = findSubnets(sayings);
  const nodes = sayings.map((said): NetworkUse => {
    const interfaces = new Map<string, InterfaceUse>();
    const use = (name: string | undefined): InterfaceUse => {
      const key = name ?? said.defaultInterface;
      const known = interfaces.get(key);
      if (known !== undefined) return known;
      const fresh: InterfaceUse = { name: key, subnets: new Set(), configured: [], own: [], peers: [] };
      interfaces.set(key, fresh);
      return fresh;
    };
    for (const name of said.interfaces) use(name);
    for (const { cidr, interface: device } of said.vips) {
      const subnet = subnetOf(subnets, cidr.address);
      if (subnet !== undefined) use(device).subnets.add(nameOfSubnet(subnet.cidr));
    }
    for (const { interface: device, address, prefixLength } of said.own) {
      use(device).own.push(address);
      if (prefixLength !== undefined) use(device).configured.push({ address, prefixLength } as IpCidr);
    }
    for (const { interface: device, address } of said.peers) use(device).peers.push(address);
    // Adverts on a wire of their own: the addresses that the files tell decide its subnet.
    for (const iface of interfaces.values()) {
      for (const address of [...iface.own, ...iface.peers]) {
        const known = subnetOf(subnets, address) ?? addSubnet(subnets, address);
        // A link-local address that the files tell is not the one that the interface makes of its MAC.
        if (iface.subnets.size === 0 || iface.own.includes(address) || isOfLinkOnly(address))
          iface.subnets.add(nameOfSubnet(known.cidr));
      }
    }
    return { interfaces: [...interfaces.values()] };
  });
  addWiresOfTheirOwn(subnets, nodes, sayings);
  return { subnets, nodes };
}

function findSubnets(sayings: readonly Sayings[]): Map<string, MutableSubnet> {
  const subnets = new Map<string, MutableSubnet>();
  const vips = sayings
    .flatMap((said) => said.vips)
    .map(({ cidr }) => cidr)
    .filter(({ address }) => !isOfLinkOnly(address));
  const configured = sayings
    .flatMap(({ own }) => own)
    .filter((said): said is Required<SaidAddress> => said.prefixLength !== undefined)
    .map(({ address, prefixLength }) => ({ address, prefixLength }) as IpCidr);
  const tellsSubnet = ({ address, prefixLength }: IpCidr): boolean =>
    prefixLength < (typeof address === 'string' ? 127 : 31);
  // Those that say their prefix length first: a bare address in one of them needs no assumption.
  for (const { address, prefixLength } of [...configured, ...vips].filter(tellsSubnet)) {
    if (subnetOf(subnets, address) === undefined) addSubnet(subnets, address, prefixLength);
  }
  for (const { address } of vips) {
    const subnet = subnetOf(subnets, address) ?? addSubnet(subnets, address);
    if (!subnet.vips.includes(address)) subnet.vips.push(address);
  }
  return subnets;
}

function subnetOf(
  subnets: ReadonlyMap<string, MutableSubnet>,
  address: IpAddress,
): MutableSubnet | undefined {
  for (const subnet of subnets.values()) if (isInSubnet(address, subnet.cidr)) return subnet;
  return undefined;
}

function addSubnet(
  subnets: Map<string, MutableSubnet>,
  address: IpAddress,
  prefixLength?: number,
): MutableSubnet {
  const length = prefixLength ?? (typeof address === 'string' ? ASSUMED_PREFIX_IPV6 : ASSUMED_PREFIX);
  const cidr = networkOf({ address, prefixLength: length } as IpCidr);
  const subnet: MutableSubnet = { cidr, assumed: prefixLength === undefined, vips: [] };
  subnets.set(nameOfSubnet(cidr), subnet);
  return subnet;
}

/** An interface that carries adverts but no VIP, and of which no address is told, gets a subnet that nobody uses. */
function addWiresOfTheirOwn(
  subnets: Map<string, MutableSubnet>,
  nodes: readonly NetworkUse[],
  sayings: readonly Sayings[],
): void {
  const wires = new Map<string, string>();
  nodes.forEach((node, index) => {
    const advertised = new Set(sayings[index]?.adverts);
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

/** A subnet with its host bits cleared. */
function networkOf(subnet: IpCidr): IpCidr {
  const { prefixLength } = subnet;
  return isIpv6Cidr(subnet)
    ? { address: networkIpv6(subnet), prefixLength }
    : { address: network(subnet), prefixLength };
}

/** Hands out addresses of a subnet, never one that is in use. */
export class AddressPool {
  readonly #subnet: IpCidr;
  readonly #taken: ReadonlySet<IpAddress>;
  readonly #given = new Set<IpAddress>();

  constructor(subnet: IpCidr, taken: ReadonlySet<IpAddress>) {
    this.#subnet = subnet;
    this.#taken = taken;
  }

  /** The address `offset` places into the subnet (`.11`, `::11`), or the next free one, from the start again at the end. */
  take(offset: number): IpAddress | undefined {
    const usable = this.#places;
    for (let step = 0; step < usable; step++) {
      const address = this.#addressAt(1 + ((offset - 1 + step) % usable));
      if (this.#taken.has(address) || this.#given.has(address)) continue;
      if (typeof address === 'number' && isMulticast(address)) continue;
      this.#given.add(address);
      return address;
    }
    return undefined;
  }

  /** How many places there are, from 1. */
  get #places(): number {
    const { prefixLength } = this.#subnet;
    if (!isIpv6Cidr(this.#subnet)) return 2 ** (32 - prefixLength) - 2;
    // The last place whose decimal digits, read as hexadecimal ones, are within the subnet.
    const last = 2 ** (128 - prefixLength) - 1;
    return last > 0xffff
      ? 9999
      : Number(last.toString(16).replace(/[a-f].*/, (rest) => '9'.repeat(rest.length)));
  }

  #addressAt(place: number): IpAddress {
    const subnet = this.#subnet;
    if (!isIpv6Cidr(subnet)) return (network(subnet) + place) as Ipv4Address;
    // 11 is written ::11, as people number their nodes.
    const digits = Number.parseInt(String(place), 16);
    const bytes = ipv6Bytes(networkIpv6(subnet)).slice();
    bytes[14] = (bytes[14] ?? 0) | (digits >>> 8);
    bytes[15] = (bytes[15] ?? 0) | (digits & 0xff);
    return ipv6FromBytes(bytes);
  }
}

/** Prints an address as lab.yaml has it. */
export const addressIn = (address: IpAddress, subnet: IpCidr): string =>
  `${formatIp(address)}/${subnet.prefixLength}`;
