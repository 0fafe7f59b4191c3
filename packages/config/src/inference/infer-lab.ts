import {
  type ActionDesign,
  type ClientDesign,
  type Diagnostic,
  formatIp,
  formatIpCidr,
  formatIpPort,
  type HostDesign,
  type InferenceNote,
  type InterfaceDesign,
  type IpAddress,
  type LabDesign,
  type LinkDesign,
  type NodeDesign,
  type SwitchDesign,
} from '@viplab/core';
import { complaint } from '../complaint.js';
import type { ConfiguredNode } from '../configured-node.js';
import { type NamedNode, nameNodes } from './node-names.js';
import {
  AddressPool,
  addressIn,
  type InterfaceUse,
  isInSubnet,
  isOfLinkOnly,
  type NetworkPicture,
  pictureNetwork,
} from './subnets.js';

/** The last byte of the first node's address; the others follow. */
const FIRST_NODE_PLACE = 11;
/** The last byte of the client's address. */
const CLIENT_PLACE = 50;
/** The port that the client asks and that every node answers on. */
const CLIENT_PORT = 8080;
/** Characters of the lab's name. */
const MAX_NAME = 60;
const CLIENT_INTERVAL = '200ms';

/** What came of it: the design, and notes about what it rests on. */
export interface Inferred {
  readonly design: LabDesign | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Makes a lab of configuration files alone: addresses where the files do not say them from the VIPs' subnets, one switch
 * for each set of subnets that share an interface, a client on each. All that is assumed stands in `design.inferred`.
 */
export function inferLab(given: readonly ConfiguredNode[], schedule: readonly ActionDesign[] = []): Inferred {
  const names = nameNodes(given.map(({ path }) => path));
  const picture = pictureNetwork(given.map(({ says }) => says));
  // Link-local ones are in no subnet, but they are VIPs.
  const vips = given.flatMap(({ says }) => says.vips.map(({ cidr }) => cidr.address));
  const [first] = given;
  if (vips.length === 0 || first === undefined) {
    const count = given.reduce((sum, { sources }) => sum + sources.size, 0);
    const what = count === 1 ? 'this file configures' : 'these files configure';
    const message = `${what} no virtual address: nothing could flap`;
    return { design: undefined, diagnostics: [complaint(first?.path ?? '', 'lab/no-vip', message)] };
  }
  const network = new InferredNetwork(names, picture, vips);
  const nodes: Record<string, NodeDesign> = {};
  for (const name of network.switches) nodes[name] = { kind: 'switch' } satisfies SwitchDesign;
  const watched = new Map<string, string[]>();
  given.forEach(({ host }, index) => {
    const name = names[index]?.name ?? '';
    nodes[name] = { interfaces: network.interfacesOf(index), ...host } satisfies HostDesign;
    for (const thing of [
      ...Object.keys(host.services ?? {}).map((service) => `${service} runs`),
      ...(host.files ?? []).map((path) => `${path} exists`),
    ]) {
      watched.set(thing, [...(watched.get(thing) ?? []), name]);
    }
  });
  Object.assign(nodes, network.clients);
  const inferred: InferenceNote[] = [
    ...network.notes(),
    ...[...watched].map(([thing, on]) => ({
      what: 'checks',
      value: `${thing} on ${on.join(', ')}`,
      why: 'keepalived looks for it',
    })),
    ...notesOfPrograms(given, names),
  ];
  return {
    design: {
      name: names
        .map(({ name }) => name)
        .join(', ')
        .slice(0, MAX_NAME),
      nodes,
      links: network.links,
      ...(schedule.length === 0 ? {} : { schedule }),
      inferred,
    },
    diagnostics: notesOfAssumptions(given, picture),
  };
}

/** What the nodes run; of which node is said where they differ. */
function notesOfPrograms(
  given: readonly ConfiguredNode[],
  names: readonly NamedNode[],
): readonly InferenceNote[] {
  const nodesOf = new Map<string, { readonly note: InferenceNote; readonly nodes: string[] }>();
  given.forEach(({ runs }, index) => {
    const known = nodesOf.get(runs.value) ?? { note: runs, nodes: [] };
    known.nodes.push(names[index]?.name ?? '');
    nodesOf.set(runs.value, known);
  });
  return [...nodesOf.values()].map(({ note, nodes }) =>
    nodesOf.size === 1 ? note : { ...note, why: `on ${nodes.join(', ')}` },
  );
}

/** Says where the answer may depend on what was assumed. */
function notesOfAssumptions(
  given: readonly ConfiguredNode[],
  picture: NetworkPicture,
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const subnet of picture.subnets.values()) {
    const [first] = subnet.vips;
    if (!subnet.assumed || first === undefined) continue;
    const origin = given.flatMap(({ says }) => says.vips).find(({ cidr }) => cidr.address === first)?.origin;
    diagnostics.push(
      complaint(
        origin?.file ?? '',
        'lab/inferred',
        `${formatIp(first)}/${typeof first === 'string' ? 128 : 32} tells no subnet: /${subnet.cidr.prefixLength} inferred; viplab init states it`,
        {
          severity: 'note',
          ...(origin === undefined ? {} : { range: origin.range }),
        },
      ),
    );
  }
  return diagnostics;
}

class InferredNetwork {
  readonly switches: string[] = [];
  readonly clients: Record<string, HostDesign> = {};
  readonly links: LinkDesign[] = [];
  readonly #picture: NetworkPicture;
  readonly #names: readonly NamedNode[];
  readonly #pools: ReadonlyMap<string, AddressPool>;
  /** Subnet to the switch that carries it. */
  readonly #switchOf = new Map<string, string>();
  readonly #interfaces: Record<string, InterfaceDesign>[];
  /** Where addresses come from, each reason once. */
  readonly #reasons = new Set<string>();
  readonly #clientNotes: InferenceNote[] = [];

  constructor(names: readonly NamedNode[], picture: NetworkPicture, vips: readonly IpAddress[]) {
    this.#names = names;
    this.#picture = picture;
    const told = picture.nodes.flatMap(({ interfaces }) =>
      interfaces.flatMap(({ own, peers }) => [...own, ...peers]),
    );
    const taken = new Set([...vips, ...told]);
    this.#pools = new Map([...picture.subnets].map(([key, { cidr }]) => [key, new AddressPool(cidr, taken)]));
    this.#joinSubnets();
    this.#interfaces = picture.nodes.map((node, index) => this.#addressNode(node.interfaces, index));
    this.#addClients();
  }

  interfacesOf(index: number): Readonly<Record<string, InterfaceDesign>> {
    return this.#interfaces[index] ?? {};
  }

  /** What was inferred, in the order in which it is told. */
  notes(): readonly InferenceNote[] {
    const nodes = this.#names.map(({ name }, index) => {
      const interfaces = Object.entries(this.#interfaces[index] ?? {});
      const texts = interfaces.map(
        ([key, { address = [] }]) =>
          `${interfaces.length > 1 ? `${key} ` : ''}${[address]
            .flat()
            .map((text) => text.split('/')[0])
            .join(' ')}`,
      );
      return `${name} ${texts.join(' ')}`.trim();
    });
    const [named] = this.#names;
    const how =
      named?.from === 'folder'
        ? 'named by folder'
        : named?.from === 'file'
          ? 'named by file'
          : 'numbered in their order';
    const links = 'links 50 µs, no loss, carrier seen';
    const network =
      this.switches.length === 1
        ? `one switch ${this.switches[0]}, ${links}`
        : `switches ${this.switches.join(' ')}, one for each subnet, ${links}`;
    return [
      {
        what: this.#names.length === 1 ? 'node' : 'nodes',
        value: nodes.join(', '),
        why: [how, ...this.#reasons].join(', '),
      },
      { what: 'network', value: network, why: '' },
      ...this.#clientNotes,
    ];
  }

  /** Subnets that meet on an interface are on one wire. */
  #joinSubnets(): void {
    const group = new Map([...this.#picture.subnets.keys()].map((key) => [key, key]));
    const rootOf = (key: string): string => {
      const parent = group.get(key) ?? key;
      return parent === key ? key : rootOf(parent);
    };
    for (const { interfaces } of this.#picture.nodes) {
      for (const { subnets } of interfaces) {
        const [first, ...others] = subnets;
        for (const other of others) if (first !== undefined) group.set(rootOf(other), rootOf(first));
      }
    }
    const named = new Map<string, string>();
    for (const key of this.#picture.subnets.keys()) {
      const root = rootOf(key);
      const name = named.get(root) ?? `sw${named.size + 1}`;
      if (!named.has(root)) this.switches.push(name);
      named.set(root, name);
      this.#switchOf.set(key, name);
    }
  }

  #addressNode(uses: readonly InterfaceUse[], index: number): Record<string, InterfaceDesign> {
    const node = this.#names[index]?.name ?? '';
    const interfaces: Record<string, InterfaceDesign> = {};
    for (const use of uses) {
      const addresses = [...use.subnets].flatMap((key) => this.#addressIn(key, use, index));
      interfaces[use.name] =
        addresses.length === 0 ? {} : { address: addresses.length === 1 ? (addresses[0] ?? '') : addresses };
      const [subnet] = use.subnets;
      this.links.push([
        `${node}:${use.name}`,
        (subnet === undefined ? undefined : this.#switchOf.get(subnet)) ?? this.switches[0] ?? 'sw1',
      ]);
    }
    return interfaces;
  }

  #addressIn(key: string, use: InterfaceUse, index: number): readonly string[] {
    const subnet = this.#picture.subnets.get(key);
    if (subnet === undefined) return [];
    const configured = use.configured.filter(({ address }) => this.#subnetKeyOf(address) === key);
    if (configured.length > 0) {
      this.#reasons.add('addresses from the files');
      return configured.map(formatIpCidr);
    }
    const told = this.#toldAddress(key, use, index);
    const isMadeOfMac = isOfLinkOnly(subnet.cidr.address);
    const address =
      told?.address ?? (isMadeOfMac ? undefined : this.#pools.get(key)?.take(FIRST_NODE_PLACE + index));
    if (address === undefined) return [];
    const inferred =
      subnet.vips.length > 0
        ? `addresses from the VIPs' /${subnet.cidr.prefixLength}`
        : 'a subnet of its own for the adverts';
    this.#reasons.add(told?.why ?? inferred);
    return [addressIn(address, subnet.cidr)];
  }

  /** The address that the files agree on: the node's own source address, or the one that all others call a peer. */
  #toldAddress(
    key: string,
    use: InterfaceUse,
    index: number,
  ): { readonly address: IpAddress; readonly why: string } | undefined {
    const subnet = this.#picture.subnets.get(key);
    const within = (address: IpAddress): boolean =>
      subnet !== undefined && this.#subnetKeyOf(address) === key;
    const own = use.own.find(within);
    if (own !== undefined) return { address: own, why: 'source addresses from the files' };
    const others = this.#picture.nodes
      .filter((_, other) => other !== index)
      .flatMap(({ interfaces }) => interfaces);
    const claimed = new Set(others.flatMap((other) => other.own));
    const candidates = new Set(
      others
        .flatMap(({ peers }) => peers)
        .filter((address) => within(address) && !use.peers.includes(address) && !claimed.has(address)),
    );
    // With one candidate all agree; with more than one, who is meant is anybody's guess.
    const [only] = candidates;
    return candidates.size === 1 && only !== undefined && use.peers.length > 0
      ? { address: only, why: 'addresses from unicast_peer' }
      : undefined;
  }

  #subnetKeyOf(address: IpAddress): string | undefined {
    for (const [key, { cidr }] of this.#picture.subnets) if (isInSubnet(address, cidr)) return key;
    return undefined;
  }

  #addClients(): void {
    for (const switchName of this.switches) {
      const subnets = [...this.#picture.subnets].filter(
        ([key, { vips }]) => this.#switchOf.get(key) === switchName && vips.length > 0,
      );
      if (subnets.length === 0) continue;
      const name = `c${Object.keys(this.clients).length + 1}`;
      const addresses = subnets.flatMap(([key, { cidr }]) => {
        const address = this.#pools.get(key)?.take(CLIENT_PLACE);
        return address === undefined ? [] : [addressIn(address, cidr)];
      });
      const vips = subnets.flatMap(([, subnet]) => subnet.vips);
      const clients = [false, true].flatMap((hold) =>
        vips.map(
          (vip): ClientDesign => ({
            connect: formatIpPort(vip, CLIENT_PORT),
            every: CLIENT_INTERVAL,
            ...(hold ? { hold } : {}),
          }),
        ),
      );
      this.clients[name] = {
        address: addresses.length === 1 ? (addresses[0] ?? '') : addresses,
        client: clients,
      };
      this.links.push([name, switchName]);
      this.#clientNotes.push({
        what: 'client',
        value: `${name} ${addresses.map((address) => address.split('/')[0]).join(', ')}, tcp to ${shortList(vips)} port ${CLIENT_PORT}, one every 200 ms, one kept open`,
        why: '',
      });
    }
  }
}

/** `192.168.1.100`, `.100 and .101`, or a count. */
function shortList(vips: readonly IpAddress[]): string {
  const prefix = (vip: IpAddress): number => (typeof vip === 'number' ? Math.floor(vip / 256) : Number.NaN);
  const oneNetwork = vips.every((vip) => prefix(vip) === prefix(vips[0] ?? vip));
  const texts = vips.map((vip) => (oneNetwork && typeof vip === 'number' ? `.${vip % 256}` : formatIp(vip)));
  if (texts.length > 4) return `${texts.slice(0, 3).join(', ')} and ${texts.length - 3} more`;
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}
