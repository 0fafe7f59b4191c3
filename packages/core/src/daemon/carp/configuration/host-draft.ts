import { type Complaints, replaceAt } from '../../../diagnostic/complaints.js';
import { suggest } from '../../../diagnostic/suggest.js';
import {
  type CarpBalancing,
  type CarpPlace,
  type CarpSysctls,
  type CarpSystem,
  DEFAULT_CARP_SYSCTLS,
} from '../../../host/carp/carp-config.js';
import type { Word } from '../../../shell/placed-text.js';
import {
  type IpAddress,
  type IpCidr,
  type Ipv4Address,
  type Ipv6Address,
  inSubnet,
  inSubnetIpv6,
  isIpv6,
  isIpv6Cidr,
  type MacAddress,
} from '../../../wire/index.js';

/** An address of an interface, and on FreeBSD 10 and later the vhid that it belongs to. */
export interface AddressDraft {
  readonly cidr: IpCidr;
  readonly vhid: number | null;
  readonly place: CarpPlace;
}

/** An interface as the lines before left it. */
export interface InterfaceDraft {
  readonly name: string;
  addresses: AddressDraft[];
  /** Whether CARP runs on it. */
  isParent: boolean;
}

/** A carp interface, or a vhid on a NIC, as the lines before left it (`struct carp_softc`). */
export interface CarpDraft {
  readonly name: string;
  parent: string | null;
  /** As in the kernel there is always one; vhid 0 is none yet. */
  nodes: { readonly vhid: number; readonly advskew: number }[];
  advbase: number;
  password: string;
  balancing: CarpBalancing;
  peer: Ipv4Address | null;
  peerIpv6: Ipv6Address | null;
  initialState: 'backup' | 'master' | null;
  isUp: boolean;
  groups: string[];
  mac: MacAddress | null;
  /** `carpver`: 2 is CARP, 3 is VRRPv3. */
  version: 2 | 3;
  vrrpPriority: number;
  vrrpIntervalCs: number;
  readonly origin: Map<string, CarpPlace>;
  /** Something about it was refused: what follows from that needs no complaint of its own. */
  isBroken: boolean;
}

/** Names of interfaces that are no carp interface and no NIC either: without Ethernet, or only for this host. */
const NO_NIC =
  /^(lo|pfsync|pflog|pflow|enc|gif|gre|egre|nvgre|etherip|eoip|tun|tap|wg|ppp|pppoe|mpe|mpw|stf|ng|sl|faith|ipsec|usbus|plip)\d*$/;

/** Names of interfaces that stand on others. */
const COMPOSED =
  /^(vlan|svlan|lagg|trunk|aggr|bridge|veb|vport|tpmr|switch|epair|vxlan|carp)\d+[ab]?$|\.\d+$/;

/** Whether a name is a carp interface's. */
export const isCarpName = (name: string): boolean => /^carp\d+$/.test(name);

/** A host whose files are obeyed line by line, as its kernel would be left. */
export class HostDraft {
  readonly system: CarpSystem;
  readonly complaints: Complaints;
  readonly interfaces = new Map<string, InterfaceDraft>();
  readonly carps = new Map<string, CarpDraft>();
  readonly sysctl: { -readonly [Key in keyof CarpSysctls]: CarpSysctls[Key] } = { ...DEFAULT_CARP_SYSCTLS };
  readonly otherSysctls: Record<string, number> = {};
  readonly groupDemotion = new Map<string, number>();
  readonly origin: Record<string, CarpPlace> = {};
  readonly #known: readonly string[] | undefined;
  readonly #told = new Set<string>();

  /** @param known - the host's NICs, if they are known */
  constructor(system: CarpSystem, complaints: Complaints, known: readonly string[] | undefined) {
    this.system = system;
    this.complaints = complaints;
    this.#known = known;
  }

  /** An interface, made at its first mention. */
  interface(name: string): InterfaceDraft {
    let found = this.interfaces.get(name);
    if (found === undefined) {
      found = { name, addresses: [], isParent: false };
      this.interfaces.set(name, found);
    }
    return found;
  }

  /** A carp interface or a vhid, made at its first mention with a kernel's defaults (`carp_clone_create`, `carp_alloc`). */
  carp(name: string, block: CarpPlace): CarpDraft {
    let found = this.carps.get(name);
    if (found === undefined) {
      found = {
        name,
        parent: null,
        nodes: [{ vhid: 0, advskew: 0 }],
        advbase: 1,
        password: '',
        balancing: 'none',
        peer: null,
        peerIpv6: null,
        initialState: null,
        isUp: false,
        groups: ['carp'],
        mac: null,
        version: 2,
        vrrpPriority: 100,
        vrrpIntervalCs: 100,
        origin: new Map([['block', block]]),
        isBroken: false,
      };
      this.carps.set(name, found);
    }
    return found;
  }

  /** The addresses of a carp interface (its own), or of a vhid (those of its NIC that belong to it). */
  addressesOf(carp: CarpDraft): readonly AddressDraft[] {
    const own = this.interfaces.get(carp.name);
    if (own !== undefined) return own.addresses;
    const vhid = carp.nodes[0]?.vhid;
    const parent = carp.parent === null ? undefined : this.interfaces.get(carp.parent);
    return parent?.addresses.filter((address) => address.vhid === vhid) ?? [];
  }

  /** The first interface beside carp's own that has an address in whose subnet another one lies. */
  interfaceInSubnetOf(address: IpAddress): InterfaceDraft | undefined {
    for (const face of this.interfaces.values()) {
      if (isCarpName(face.name) || NO_NIC.test(face.name)) continue;
      if (face.addresses.some(({ cidr, vhid }) => vhid === null && isInSubnet(address, cidr))) return face;
    }
    return undefined;
  }

  /**
   * Takes an interface as one that CARP runs on; says so if it is not there or not modelled.
   *
   * @param message - what ifconfig(8) says of one that is not there
   */
  useAsParent(name: string, word: Word, message: string): boolean {
    if (this.#known !== undefined && !this.#known.includes(name)) {
      const near = suggest(name, this.#known);
      this.complaints.add(word.place, 'unknown-interface', message, {
        hint: near === undefined ? `there is no ${name}` : `there is no ${name}: did you mean ${near}?`,
        means: 'ifconfig(8) stops here: the rest of the line is not done',
        cures: near === undefined ? undefined : [replaceAt(word.place, near)],
      });
      return false;
    }
    this.interface(name).isParent = true;
    this.tellOfComposed(name, word.place);
    return true;
  }

  /** Says once of an interface that stands on others that they are not modelled. */
  tellOfComposed(name: string, place: CarpPlace): void {
    if (!COMPOSED.test(name) || isCarpName(name) || this.#told.has(name)) return;
    this.#told.add(name);
    this.complaints.warn(
      place,
      'not-modelled',
      `${name} stands on other interfaces, which is not modelled`,
      `${name} is taken for a NIC with a cable of its own`,
    );
  }

  /** Says once of an interface that carries addresses and is no NIC that it is left out. */
  tellOfNoNic(name: string, place: CarpPlace): void {
    if (!NO_NIC.test(name) || /^lo\d*$/.test(name) || this.#told.has(name)) return;
    this.#told.add(name);
    this.complaints.warn(place, 'not-modelled', `${name} is not modelled`, 'its addresses are left out');
  }

  /** Says once of a NIC with an address that the lab does not have it. */
  tellOfUnknownNic(name: string, place: CarpPlace): void {
    if (this.#known === undefined || this.#known.includes(name) || !this.isNic(name) || this.#told.has(name))
      return;
    this.#told.add(name);
    this.complaints.warn(
      place,
      'unknown-interface',
      `there is no interface ${name}`,
      'its addresses are left out',
    );
  }

  /** Whether an interface is a NIC of the lab: those without Ethernet are not. */
  isNic(name: string): boolean {
    return !isCarpName(name) && !NO_NIC.test(name);
  }

  /** Whether the host has a NIC, as far as that is known. */
  hasNic(name: string): boolean {
    return this.isNic(name) && (this.#known === undefined || this.#known.includes(name));
  }
}

const isInSubnet = (address: IpAddress, cidr: IpCidr): boolean => {
  if (isIpv6(address)) return isIpv6Cidr(cidr) && inSubnetIpv6(address, cidr);
  return !isIpv6Cidr(cidr) && inSubnet(address, cidr);
};
