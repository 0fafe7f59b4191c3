import {
  type CarpConfig,
  type ConfiguredNic,
  type IpAddress,
  type IpCidr,
  isLinkLocalIpv6,
  type KeepalivedConfig,
  type SourceRange,
  type UcarpConfig,
} from '@viplab/core';

/** A virtual address as a file has it. */
export interface SaidVip {
  /** A length of 32 or 128 tells no subnet. */
  readonly cidr: IpCidr;
  /** Undefined: the file names none. */
  readonly interface: string | undefined;
  readonly origin: { readonly file: string; readonly range: SourceRange } | undefined;
}

/** An address of the node itself, on one of its interfaces. */
export interface SaidAddress {
  readonly interface: string | undefined;
  readonly address: IpAddress;
  /** Where the file says it: the address is the interface's, not only one that something is sent from. */
  readonly prefixLength?: number;
}

/** What the files of one node say of the networks that it is in. */
export interface Sayings {
  readonly vips: readonly SaidVip[];
  /** Where adverts leave. */
  readonly adverts: readonly (string | undefined)[];
  readonly own: readonly SaidAddress[];
  /** Addresses of others on the same wire. */
  readonly peers: readonly SaidAddress[];
  /** Its interfaces, in the order in which they are shown. */
  readonly interfaces: readonly (string | undefined)[];
  /** What an interface is called that the files do not name. */
  readonly defaultInterface: string;
}

/** The default of keepalived's own examples, where an instance names no interface. */
const DEFAULT_INTERFACE = 'eth0';
const LOOPBACK = 'lo';

/** What a keepalived.conf says. */
export function sayingsOfKeepalived(config: KeepalivedConfig, mentioned: readonly string[]): Sayings {
  const macvlans = new Set(
    config.instances.flatMap(({ virtualMac }) => (virtualMac === undefined ? [] : [virtualMac.name])),
  );
  const vips: SaidVip[] = [];
  const own: SaidAddress[] = [];
  const peers: SaidAddress[] = [];
  const interfaces: (string | undefined)[] = [];
  for (const instance of config.instances) {
    const { interface: name, sourceAddress } = instance;
    interfaces.push(name);
    if (sourceAddress !== undefined) own.push({ interface: name, address: sourceAddress.address });
    for (const { address } of instance.unicastPeers)
      peers.push({ interface: name, address: address.address });
    for (const { address, prefixLength, interface: given, origin } of [
      ...instance.virtualAddresses,
      ...instance.excludedAddresses,
    ]) {
      const device = given === undefined || macvlans.has(given) ? name : given;
      const cidr = { address: address.address, prefixLength } as IpCidr;
      vips.push({ cidr, interface: device, origin });
      interfaces.push(device);
    }
  }
  interfaces.push(...mentioned.filter((name) => !macvlans.has(name) && name !== LOOPBACK));
  return {
    vips,
    adverts: config.instances.map((instance) => instance.interface),
    own,
    peers,
    interfaces,
    defaultInterface: config.global.defaultInterface ?? DEFAULT_INTERFACE,
  };
}

/** What the files of a BSD kernel say. */
export function sayingsOfCarp({ interfaces }: CarpConfig, nics: readonly ConfiguredNic[]): Sayings {
  return {
    vips: interfaces.flatMap(({ parent, addresses, origin }) =>
      addresses.map((cidr) => ({ cidr, interface: parent, origin: origin['address'] ?? origin['block'] })),
    ),
    adverts: interfaces.map(({ parent }) => parent),
    own: nics.flatMap(({ name, addresses }) =>
      addresses
        // Every interface makes its own.
        .filter(({ address }) => typeof address === 'number' || !isLinkLocalIpv6(address))
        .map(({ address, prefixLength }) => ({ interface: name, address, prefixLength })),
    ),
    peers: interfaces.flatMap(({ parent, peer, peerIpv6 }) =>
      [peer, peerIpv6].flatMap((address) => (address === null ? [] : [{ interface: parent, address }])),
    ),
    interfaces: [...nics.map(({ name }) => name), ...interfaces.map(({ parent }) => parent)],
    defaultInterface: DEFAULT_INTERFACE,
  };
}

/** A virtual address without a length, as ucarp has it. */
const WHOLE = 32;

/** What the ucarp processes of a node say. */
export function sayingsOfUcarp(processes: readonly UcarpConfig[]): Sayings {
  const onInterface = (ucarp: UcarpConfig, name: string | null): string => name ?? ucarp.interface;
  return {
    vips: processes.flatMap((ucarp) => {
      const { address, upScript, origin } = ucarp;
      const added = upScript?.changes.find((change) => change.op === 'add' && change.address === null);
      const cidr = { address, prefixLength: added?.prefixLength ?? WHOLE };
      return [{ cidr, interface: onInterface(ucarp, added?.interface ?? null), origin: origin['a'] }];
    }),
    adverts: processes.map((ucarp) => ucarp.interface),
    own: processes.map((ucarp) => ({ interface: ucarp.interface, address: ucarp.source })),
    peers: [],
    interfaces: processes.flatMap((ucarp) => [
      ucarp.interface,
      ...[ucarp.upScript, ucarp.downScript].flatMap((script) =>
        (script?.changes ?? []).map((change) => onInterface(ucarp, change.interface)),
      ),
    ]),
    defaultInterface: DEFAULT_INTERFACE,
  };
}
