import { type Nanoseconds, SECOND } from '../engine/index.js';
import type { Ipv4Address, MacAddress } from '../wire/index.js';
import type { MacMoveProfile, MacMoveProfileName } from './mac-move-profiles.js';
import type { PortTreeOptions, SpanningTreeOptions } from './spanning-tree/index.js';

/** Limits on what one port may bring in; a class that is left out is not limited. */
export interface StormControlOptions {
  /** Frames per window. */
  readonly broadcast?: number;
  /** Frames per window, spanning tree excepted. */
  readonly multicast?: number;
  /** Frames per window to addresses that the switch does not know. */
  readonly unknownUnicast?: number;
  /** How long a window is, ns; 1 s if left out. */
  readonly window?: Nanoseconds;
  /** What happens once a window's budget is spent: `drop` (default) to its end, or `shutdown` of the port. */
  readonly action?: 'drop' | 'shutdown';
}

/** Which source addresses a port admits: the first ones it hears (Cisco port security). */
export interface PortSecurityOptions {
  /** How many; 1. */
  readonly maximum?: number;
  /** `protect` drops, `restrict` drops and tells, `shutdown` (default) shuts the port. */
  readonly violation?: 'protect' | 'restrict' | 'shutdown';
}

/** Dynamic ARP inspection: on ports that are not trusted, ARP must say what is known to be true. */
export interface ArpInspectionOptions {
  /** Which MAC addresses may say that they have an IP address. */
  readonly bindings: readonly { readonly ip: Ipv4Address; readonly mac: MacAddress }[];
  /** Packets per second of a port; the next one shuts it. 15. */
  readonly rate?: number;
}

/** What a bundle of cables chooses the cable of a frame by (Linux bonding.rst, xmit_hash_policy). */
export type BondHash = 'layer2' | 'layer2+3' | 'layer3+4';

/** Static link aggregation: ports to one other node that are used as one. */
export interface BondOptions {
  readonly name: string;
  /** Names of ports, at least two. */
  readonly ports: readonly string[];
  /** `layer2` if left out. */
  readonly hash?: BondHash;
}

/** One port of a switch. */
export interface SwitchPortOptions {
  readonly name: string;
  /** The VLAN of untagged frames; 1 if left out, null where untagged frames are dropped. */
  readonly vlan?: number | null;
  /** VLANs that are carried with a tag; none if left out, which makes an access port. */
  readonly tagged?: readonly number[] | 'all';
  readonly stormControl?: StormControlOptions;
  /** A port towards a multicast router, whether or not one is heard. */
  readonly isMulticastRouter?: boolean;
  /** False: shut by the administrator from the start. */
  readonly adminUp?: boolean;
  readonly security?: PortSecurityOptions;
  /** True: ARP that comes in here is not inspected. */
  readonly isTrusted?: boolean;
  /** What spanning tree makes of the port, where the switch speaks it. */
  readonly tree?: PortTreeOptions;
}

/** IGMP snooping; what is left out is as in a Linux bridge (br_multicast.c). */
export interface IgmpSnoopingOptions {
  /** How long a report keeps a port in a group; 260 s. */
  readonly membershipInterval?: Nanoseconds;
  /** How long a query marks its querier as present and its port as leading to a multicast router; 255 s. */
  readonly otherQuerierInterval?: Nanoseconds;
  /** How long a leaving member's group stays when nobody queries, and after a specific query per 1 s of it; 1 s. */
  readonly lastMemberInterval?: Nanoseconds;
  /** How often a leaving member is asked for; 2. */
  readonly lastMemberCount?: number;
  /** True: switches that filter even though nobody queries, so that unreported groups starve. */
  readonly filterWithoutQuerier?: boolean;
  /** The switch queries itself, from this address, unless somebody lower does. Nobody queries if left out. */
  readonly querier?: Ipv4Address;
  /** True: the fault of treating 224.0.0.0/24 like any group. VRRP dies 260 s after the last report. */
  readonly snoopLinkLocal?: boolean;
}

/** An address that is always behind one port. */
export interface StaticCamEntry {
  readonly mac: MacAddress;
  readonly port: string;
  /** 1 if left out. */
  readonly vlan?: number;
}

/** Multicast that is lost from the start; see `Switch.dropMulticast`. */
export interface MulticastDrop {
  /** Null for every group. */
  readonly group: Ipv4Address | null;
  readonly fromPort?: string;
  readonly toPort?: string;
}

/** When floods count as a storm that no network survives, so that the run ends. */
export interface StormGuardOptions {
  /** How many floods of frames that look the same are a storm. */
  readonly floods: number;
  /** Within this time, ns. */
  readonly within: Nanoseconds;
}

/** How a switch is made. */
export interface SwitchOptions {
  /** Names, or names with what is special about the port. */
  readonly ports: readonly (string | SwitchPortOptions)[];
  /** How long an address is remembered; 300 s if left out (IEEE 802.1D, Linux, most vendors; 1800 s on NX-OS). */
  readonly ageing?: Nanoseconds;
  /** The most addresses that are learned; null (default) for any number. */
  readonly capacity?: number | null;
  /** From a frame's arrival to its leaving, ns. At 0 (default) it leaves within the same event. */
  readonly latency?: Nanoseconds;
  readonly staticEntries?: readonly StaticCamEntry[];
  /** MAC-move detection: a vendor's profile by name, or one's own. None if left out, as a Linux bridge. */
  readonly macMove?: MacMoveProfileName | MacMoveProfile;
  /** IGMP snooping; false (default) floods all multicast. */
  readonly snooping?: IgmpSnoopingOptions | boolean;
  readonly drop?: readonly MulticastDrop[];
  readonly arpInspection?: ArpInspectionOptions;
  readonly bonds?: readonly BondOptions[];
  /** Spanning tree; none if left out, as a Linux bridge. */
  readonly spanningTree?: SpanningTreeOptions;
  /** The switch's own address: its bridge identifier and the source of what it sends itself. One of its name if left out. */
  readonly mac?: MacAddress;
  /** Null turns it off. */
  readonly stormGuard?: StormGuardOptions | null;
}

/** IEEE 802.1D §7.9.2; Linux BR_DEFAULT_AGEING_TIME. */
export const DEFAULT_AGEING: Nanoseconds = 300 * SECOND;

/**
 * 500 look-alikes a second. One broadcast in a loop of two 50 µs cables makes 20000; nobody repeats the very same
 * frame so often on purpose.
 */
export const DEFAULT_STORM_GUARD: StormGuardOptions = { floods: 2500, within: 5 * SECOND };
