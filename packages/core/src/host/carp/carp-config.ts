/**
 * What a kernel's CARP works with: every setting of the files (hostname.if(5), rc.conf, sysctl.conf, `ifconfig` lines)
 * resolved and defaulted.
 */
import type { SourceRange } from '../../diagnostic/diagnostic.js';
import type { IpCidr, Ipv4Address, Ipv6Address, MacAddress } from '../../wire/index.js';

/**
 * Whose CARP. The numbered ones are for what later releases no longer have, or do differently:
 *
 * - `openbsd`: ip_carp.c of OpenBSD 6 and 7; `openbsd-5.6`: with `balancing arp`
 * - `freebsd`: with unicast peers, DSCP and VRRPv3 (15.0); `freebsd-13`: as in 10 to 13, and in pfSense and OPNsense;
 *   `freebsd-9`: pseudo-interfaces `carpN`, one suppression for all, `net.inet.carp.arpbalance`
 */
export const CARP_SYSTEMS = ['openbsd', 'openbsd-5.6', 'freebsd', 'freebsd-13', 'freebsd-9'] as const;

/** One of {@link CARP_SYSTEMS}. */
export type CarpSystem = (typeof CARP_SYSTEMS)[number];

/** Whether a system is one of OpenBSD's. */
export const isOpenBsd = (system: CarpSystem): boolean => system.startsWith('openbsd');

/** A place in one of the files that were read. */
export interface CarpPlace {
  readonly file: string;
  readonly range: SourceRange;
}

/** `net.inet.carp.*` and what belongs to it, as it is at boot. */
export interface CarpSysctls {
  /** `allow`; default true. */
  readonly allow: boolean;
  /** `preempt`; default false in every kernel. */
  readonly preempt: boolean;
  /** `log`: how much the kernel writes; null: as it boots (OpenBSD 2, FreeBSD 1). */
  readonly log: number | null;
  /** FreeBSD `demotion`: what the files add to it at boot; default 0. */
  readonly demotion: number;
  /** FreeBSD `ifdown_demotion_factor`; default 240. */
  readonly ifdownDemotionFactor: number;
  /** FreeBSD `senderr_demotion_factor`; default 240. */
  readonly senderrDemotionFactor: number;
  /** FreeBSD `dscp`, 0..63; default 56. */
  readonly dscp: number;
  /** FreeBSD 9 `arpbalance`; default false. */
  readonly arpBalance: boolean;
}

/** What holds where the files say nothing (ip_carp.c of both kernels). */
export const DEFAULT_CARP_SYSCTLS: CarpSysctls = {
  allow: true,
  preempt: false,
  log: null,
  demotion: 0,
  ifdownDemotionFactor: 240,
  senderrDemotionFactor: 240,
  dscp: 56,
  arpBalance: false,
};

/** How several nodes share one address (ifconfig(8) of OpenBSD, `balancing`). */
export type CarpBalancing = 'none' | 'ip' | 'ip-stealth' | 'ip-unicast' | 'arp';

/** One virtual host of a CARP interface: a `vhid` with its skew. */
export interface CarpNodeConfig {
  /** 1..255. */
  readonly vhid: number;
  /** 0..254, as configured. */
  readonly advskew: number;
}

/** FreeBSD `carpver 3`: VRRPv3 instead of CARP. */
export interface CarpVrrpConfig {
  /** `vrrpprio`, 1..255; default 100. */
  readonly priority: number;
  /** `vrrpinterval`, 1..4095 centiseconds; default 100. */
  readonly intervalCs: number;
}

/** A `carpN` interface of OpenBSD or FreeBSD 9, or a vhid on a NIC of FreeBSD. */
export interface CarpInterfaceConfig {
  /** As the kernel's log has it: `carp0`, or `1@em0` for vhid 1 on em0 of FreeBSD. */
  readonly name: string;
  /** `carpdev`, or the NIC. */
  readonly parent: string;
  /** In order of vhid, at least one; several only with OpenBSD's `carpnodes`. The first is the leader. */
  readonly nodes: readonly CarpNodeConfig[];
  /** Seconds, 0..255 (FreeBSD 1..255); default 1. */
  readonly advbase: number;
  /** At most 19 characters are left of it (strlcpy into 20 bytes); empty is allowed. */
  readonly password: string;
  readonly balancing: CarpBalancing;
  /** In the order in which they are configured. */
  readonly addresses: readonly IpCidr[];
  /** `carppeer` (OpenBSD) or `peer` (FreeBSD): adverts go to this address; null: to 224.0.0.18. */
  readonly peer: Ipv4Address | null;
  /** FreeBSD `peer6`; null: to ff02::12. */
  readonly peerIpv6: Ipv6Address | null;
  /** `state …`, forced when the interface is configured; null where it is not given. */
  readonly initialState: 'init' | 'backup' | 'master' | null;
  /** `up` or `down`; configuring a vhid or an address sets it up. */
  readonly isUp: boolean;
  /** OpenBSD: interface groups whose demotion counters concern it; every carp is in `carp`. */
  readonly groups: readonly string[];
  /** OpenBSD `lladdr`; null: the virtual MAC. */
  readonly mac: MacAddress | null;
  /** Null: CARP. */
  readonly vrrp: CarpVrrpConfig | null;
  /**
   * Where settings were written, by keyword (`vhid`, `advskew`, `advbase`, `pass`, `carpnodes`, `balancing`, `carpdev`,
   * `address`, `peer`, `state`, `vrrpprio`, `vrrpinterval`); `block` is where the interface is first named.
   */
  readonly origin: Readonly<Record<string, CarpPlace>>;
}

/** Everything that a host's files say of CARP. */
export interface CarpConfig {
  readonly system: CarpSystem;
  readonly sysctl: CarpSysctls;
  /** In the order in which they are configured. */
  readonly interfaces: readonly CarpInterfaceConfig[];
  /** OpenBSD: what the files set group counters to (`ifconfig -g carp carpdemote 1`), by group. */
  readonly groupDemotion: Readonly<Record<string, number>>;
  /** Where sysctls were written, by their short name (`preempt`, `allow`, …). */
  readonly origin: Readonly<Record<string, CarpPlace>>;
}

/**
 * What one virtual host is called in events and reports: the interface's name, with the vhid where there are several
 * (`carp0`, `carp0:2`, `1@em0`).
 */
export const carpInstanceName = (config: CarpInterfaceConfig, node: CarpNodeConfig): string =>
  config.nodes.length === 1 ? config.name : `${config.name}:${node.vhid}`;
