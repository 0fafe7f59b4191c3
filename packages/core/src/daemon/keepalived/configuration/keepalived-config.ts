/**
 * What a running keepalived works with: every value of `keepalived.conf` resolved, defaulted and fixed up.
 *
 * All durations are integer microseconds (keepalived's `timeout_t` in units of `TIMER_HZ` = 10⁶) and say so in their
 * name. Interface names are as written; whether such an interface exists is the host's affair.
 */
import type { SourceRange } from '../../../diagnostic/diagnostic.js';
import type { Ipv4Address } from '../../../wire/address.js';
import type { Ipv6Address } from '../../../wire/ip-address.js';

/** A place in one of the files that were read. */
export interface SourcePlace {
  readonly file: string;
  readonly range: SourceRange;
}

/**
 * Where keywords were written: keyword as in the file (`'priority'`, `'nopreempt'`, `'auth_pass'`) → the place of its
 * value, or of the keyword itself if it has none. `'name'` is the block's name, `'block'` the block's keyword. A
 * keyword that was not written is absent.
 */
export type Origins = Readonly<Record<string, SourcePlace>>;

/** An address as configured. */
export type ConfiguredAddress =
  | { readonly family: 'inet'; readonly address: Ipv4Address }
  | { readonly family: 'inet6'; readonly address: Ipv6Address };

/** One entry of `virtual_ipaddress`, `virtual_ipaddress_excluded` or `static_ipaddress` (keepalived `ip_address_t`). */
export interface ConfiguredInterfaceAddress {
  readonly address: ConfiguredAddress;
  /** 0..32 or 0..128; 32 or 128 if the entry has no `/len`. */
  readonly prefixLength: number;
  /** The interface it is put on: `dev`, else the instance's interface; undefined if neither is known. */
  readonly interface: string | undefined;
  /** Kernel scope number (`RT_SCOPE_*`): 0 global, 200 site, 253 link, 254 host. */
  readonly scope: number;
  readonly broadcast: ConfiguredAddress | '+' | '-' | undefined;
  readonly label: string | undefined;
  readonly peer: ConfiguredAddress | undefined;
  /** `no_track`: its interface does not pull the instance to FAULT, its removal is not noticed. */
  readonly tracked: boolean;
  readonly origin: SourcePlace;
}

/** One peer of `unicast_peer`. TTL limits are checked only with `check_unicast_src`. */
export interface UnicastPeer {
  readonly address: ConfiguredAddress;
  /** 0..255; 0 if not given. */
  readonly minTtl: number;
  /** 0..255; 255 if not given. */
  readonly maxTtl: number;
  readonly origin: SourcePlace;
}

/** A thing that an instance or a sync group watches. */
export interface TrackedBy {
  /** Interface, script, file or process name. */
  readonly name: string;
  /** Weight as written, −253..253 (files and processes ±254; a script's own may be beyond); 0: its failure is FAULT. */
  readonly weight: number;
  /** `reverse`: good and bad change places (for a file: the sign of what is added). */
  readonly reverse: boolean;
  readonly origin: SourcePlace;
}

/** How many gratuitous ARPs and when (keepalived's `garp_*`, resolved). All delays 0: no second burst. */
export interface GarpConfig {
  /** Rounds on becoming MASTER, ≥ 1. */
  readonly masterRepeat: number;
  readonly masterDelayUs: number;
  /** 0: no refresh. */
  readonly masterRefreshUs: number;
  readonly masterRefreshRepeat: number;
  /** Rounds after an advert of lower priority was heard as MASTER; may be 0. */
  readonly lowerPriorityRepeat: number;
  readonly lowerPriorityDelayUs: number;
}

/** A notify command line, as keepalived splits it. */
export interface NotifyScript {
  readonly arguments: readonly string[];
  readonly origin: SourcePlace;
}

/** The notify keywords of an instance or a group. */
export interface NotifyConfig {
  readonly master: NotifyScript | undefined;
  readonly backup: NotifyScript | undefined;
  readonly fault: NotifyScript | undefined;
  readonly stop: NotifyScript | undefined;
  readonly deleted: NotifyScript | undefined;
  readonly masterRxLowerPriority: NotifyScript | undefined;
  readonly any: NotifyScript | undefined;
}

/** `use_vmac` and its relatives. */
export interface VirtualMacConfig {
  /** `vmac`: a macvlan with its own MAC; `ipvlan`: shares the base interface's MAC. */
  readonly kind: 'vmac' | 'ipvlan';
  /** Interface name, `vrrp.<vrid>` if not given. */
  readonly name: string;
  /** 48-bit MAC as a number if one was given, else derived from the VRID. */
  readonly mac: number | undefined;
  /** Adverts leave by the base interface with the base MAC. Forced by unicast. */
  readonly transmitFromBase: boolean;
}

/** A `vrrp_instance` block with all fix-ups of `vrrp_complete_instance` applied. */
export interface VrrpInstanceConfig {
  readonly name: string;
  readonly origin: Origins;
  /** 1..255. */
  readonly virtualRouterId: number;
  readonly version: 2 | 3;
  readonly family: 'inet' | 'inet6';
  /** Undefined only where keepalived allows it (unicast without `interface`). */
  readonly interface: string | undefined;
  /** The word after `state` as written; undefined if absent. */
  readonly configuredState: 'MASTER' | 'BACKUP' | undefined;
  /** keepalived's `wantstate` after fix-ups. It starts as BACKUP in any case; only 255 becomes MASTER at once. */
  readonly initialState: 'MASTER' | 'BACKUP';
  /** 1..255; 255 if omitted beside `state MASTER`, else 100. */
  readonly basePriority: number;
  /** Address owner: `basePriority` is 255. */
  readonly owner: boolean;
  /** Rounded as the version wants: v2 whole seconds, v3 multiples of 10 ms up to 40.95 s. */
  readonly advertIntervalUs: number;
  /** `down_timer_adverts`, 1..100, default 3. */
  readonly downTimerAdverts: number;
  readonly nopreempt: boolean;
  readonly preemptDelayUs: number;
  readonly strict: boolean;
  /** False: frames to the VIPs are dropped while MASTER (firewall); an owner always accepts. */
  readonly accept: boolean;
  readonly garp: GarpConfig;
  readonly lowerPriorityNoAdvert: boolean;
  readonly higherPrioritySendAdvert: boolean;
  readonly skipCheckAdvertAddress: boolean;
  readonly checkUnicastSource: boolean;
  /** PASS: at most 8 bytes, not padded. */
  readonly authentication:
    | { readonly type: 'none' }
    | { readonly type: 'PASS'; readonly password: string }
    | { readonly type: 'AH'; readonly password: string };
  /** `mcast_src_ip` or `unicast_src_ip`: the same field. Undefined: the interface's primary address. */
  readonly sourceAddress: ConfiguredAddress | undefined;
  /** `mcast_dst_ip`, else the global group. Without meaning if `unicast`. */
  readonly multicastGroup: ConfiguredAddress;
  /** True: adverts go to `unicastPeers` and nowhere else. */
  readonly unicast: boolean;
  readonly unicastPeers: readonly UnicastPeer[];
  /** `unicast_fault_no_peer` without a peer: the instance is held in FAULT. */
  readonly faultWithoutPeer: boolean;
  /**
   * TTL of the adverts it sends: 255, or `unicast_ttl`. The quirk is in it: `unicast_ttl` without peers is reset to 0
   * and then used for multicast too (`vrrp_end_handler`).
   */
  readonly advertTtl: number;
  /** Adverts carry these, in this order; at most what fits. */
  readonly virtualAddresses: readonly ConfiguredInterfaceAddress[];
  /** Never advertised; VIPs beyond the limit are moved here. */
  readonly excludedAddresses: readonly ConfiguredInterfaceAddress[];
  readonly trackSourceAddress: boolean;
  /** `dont_track_primary` negated: its own interface going down is FAULT. */
  readonly trackPrimaryInterface: boolean;
  readonly trackInterfaces: readonly TrackedBy[];
  readonly trackScripts: readonly TrackedBy[];
  readonly trackFiles: readonly TrackedBy[];
  readonly trackProcesses: readonly TrackedBy[];
  readonly virtualMac: VirtualMacConfig | undefined;
  readonly notify: NotifyConfig;
  readonly notifyPriorityChanges: boolean;
  readonly promoteSecondaries: boolean;
  /** Name of the sync group it is in. */
  readonly syncGroup: string | undefined;
}

/** A `vrrp_sync_group` block. */
export interface SyncGroupConfig {
  readonly name: string;
  readonly origin: Origins;
  /** Names of instances that exist, in order. */
  readonly members: readonly string[];
  /** `sync_group_tracking_weight`: false: weights of the members' trackers were taken away already. */
  readonly trackingWeight: boolean;
  readonly trackInterfaces: readonly TrackedBy[];
  readonly trackScripts: readonly TrackedBy[];
  readonly trackFiles: readonly TrackedBy[];
  readonly trackProcesses: readonly TrackedBy[];
  readonly notify: NotifyConfig;
  readonly notifyPriorityChanges: boolean;
}

/** A `vrrp_script` block that somebody uses. */
export interface VrrpScriptConfig {
  readonly name: string;
  readonly origin: Origins;
  /** Command and arguments. Never run by the simulator: a lab says when it fails. */
  readonly arguments: readonly string[];
  readonly intervalUs: number;
  /** Equal to the interval if not given. */
  readonly timeoutUs: number;
  readonly rise: number;
  readonly fall: number;
  readonly weight: number;
  readonly reverse: boolean;
  readonly initFail: boolean;
}

/** A `track_file` (`vrrp_track_file`) block. */
export interface TrackFileConfig {
  readonly name: string;
  readonly origin: Origins;
  readonly path: string;
  readonly weight: number;
  readonly reverse: boolean;
  /** `init_file`: written at start, with this value; undefined: not written. */
  readonly initialValue: number | undefined;
  readonly overwrite: boolean;
}

/** A `vrrp_track_process` block. */
export interface TrackProcessConfig {
  readonly name: string;
  readonly origin: Origins;
  readonly process: string;
  readonly arguments: readonly string[];
  readonly weight: number;
  readonly reverse: boolean;
  readonly quorum: number;
  readonly quorumMax: number | undefined;
  /** Before a loss counts (`terminate_delay` or `delay`). */
  readonly terminateDelayUs: number;
  /** Before a gain counts (`fork_delay` or `delay`). */
  readonly forkDelayUs: number;
}

/** A `garp_group` block: the smallest gap between two gratuitous ARPs on one interface. */
export interface GarpGroupConfig {
  readonly interfaces: readonly string[];
  readonly garpIntervalUs: number;
  readonly gnaIntervalUs: number;
  readonly origin: SourcePlace;
}

/** One line of `interface_up_down_delays`. */
export interface InterfaceDelayConfig {
  readonly interface: string;
  readonly downDelayUs: number;
  readonly upDelayUs: number;
}

/** What of `global_defs` the simulation uses. */
export interface GlobalConfig {
  readonly routerId: string | undefined;
  readonly version: 2 | 3;
  readonly multicastGroup4: Ipv4Address;
  readonly startupDelayUs: number;
  /** `dynamic_interfaces`: an unknown interface is waited for. */
  readonly dynamicInterfaces: boolean;
  readonly defaultInterface: string | undefined;
  readonly logUnknownVrids: boolean;
  readonly strict: boolean;
  readonly garpIntervalUs: number;
  readonly gnaIntervalUs: number;
  readonly garp: GarpConfig;
  readonly downTimerAdverts: number;
  readonly notifyPriorityChanges: boolean;
}

/** All of a configuration as the daemon would run it. */
export interface KeepalivedConfig {
  readonly global: GlobalConfig;
  readonly instances: readonly VrrpInstanceConfig[];
  readonly syncGroups: readonly SyncGroupConfig[];
  readonly scripts: readonly VrrpScriptConfig[];
  readonly trackFiles: readonly TrackFileConfig[];
  readonly trackProcesses: readonly TrackProcessConfig[];
  readonly staticAddresses: readonly ConfiguredInterfaceAddress[];
  readonly garpGroups: readonly GarpGroupConfig[];
  readonly interfaceDelays: readonly InterfaceDelayConfig[];
  /** `virtual_server` blocks by what follows the keyword; they are not modelled. */
  readonly virtualServers: readonly string[];
  /** True: keepalived would refuse to run this (its VRRP process exits with code 2); `instances` is what it had read. */
  readonly fatal: boolean;
}
