import { type RecordOf, record, SECOND, span, u8, u16, u32 } from '../engine/index.js';

/**
 * The settings of one interface (and of `all`), under the names they have in `net.ipv4.conf.<interface>` and
 * `net.ipv4.neigh.<interface>` (Linux Documentation/networking/ip-sysctl.rst). They can change at run time: a daemon that makes
 * a macvlan sets some.
 *
 * Times are nanoseconds here, whatever unit the kernel's file has.
 */
export const InterfaceSysctlRecord = record('sysctl', {
  // ---- conf
  /** 0: an unknown sender is not entered; 1: gratuitous ARP and replies create an entry; 2: only on-link ones. */
  arp_accept: u8,
  arp_announce: u8,
  /** Flush the neighbours of an interface that lost its carrier; combined by AND. */
  arp_evict_nocarrier: u8,
  arp_filter: u8,
  arp_ignore: u8,
  /** Announce the addresses when the interface is set up. */
  arp_notify: u8,
  drop_gratuitous_arp: u8,
  /** Not combined: each interface has its own. */
  forwarding: u8,
  ignore_routes_with_linkdown: u8,
  promote_secondaries: u8,
  rp_filter: u8,
  send_redirects: u8,
  /** A packet from one of our own addresses is accepted. */
  accept_local: u8,
  /** 0: the newest version that the querier speaks; else 1, 2 or 3. */
  force_igmp_version: u8,
  // ---- neigh
  base_reachable_time: span,
  /** Not a kernel setting: the exact reachable time, or 0 for a random one of 0.5 to 1.5 times the base. */
  reachable_time: span,
  delay_first_probe_time: span,
  retrans_time: span,
  ucast_solicit: u8,
  mcast_solicit: u8,
  mcast_resolicit: u8,
  locktime: span,
});

/** The settings of an interface as values. */
export type InterfaceSysctls = {
  -readonly [K in keyof typeof InterfaceSysctlRecord.fields]: number;
};

/** One interface's settings, live. */
export type InterfaceSysctlState = RecordOf<typeof InterfaceSysctlRecord.fields>;

/** What Linux 6.12 starts with (net/ipv4/devinet.c ipv4_devconf, net/ipv4/arp.c arp_tbl). */
export const DEFAULT_INTERFACE_SYSCTLS: Readonly<InterfaceSysctls> = {
  arp_accept: 0,
  arp_announce: 0,
  arp_evict_nocarrier: 1,
  arp_filter: 0,
  arp_ignore: 0,
  arp_notify: 0,
  drop_gratuitous_arp: 0,
  forwarding: 0,
  ignore_routes_with_linkdown: 0,
  promote_secondaries: 0,
  rp_filter: 0,
  send_redirects: 1,
  accept_local: 0,
  force_igmp_version: 0,
  base_reachable_time: 30 * SECOND,
  reachable_time: 0,
  delay_first_probe_time: 5 * SECOND,
  retrans_time: SECOND,
  ucast_solicit: 3,
  mcast_solicit: 3,
  mcast_resolicit: 0,
  locktime: SECOND,
};

/** Settings of the machine as a whole. */
export const HostSysctlRecord = record('host-sysctl', {
  ip_nonlocal_bind: u8,
  ip_default_ttl: u8,
  icmp_echo_ignore_all: u8,
  icmp_echo_ignore_broadcasts: u8,
  /** Whether memberships of 224.0.0.x are reported. */
  igmp_link_local_mcast_reports: u8,
  /** How often a change of membership is reported (RFC 3376 §8.1). */
  igmp_qrv: u8,
  /** Entries per interface at which no more are made. */
  gc_thresh3: u32,
  /** Full frames that wait for one unresolved neighbour: the kernel's 212 992 bytes hold 101. */
  unres_qlen: u16,
  /** How often a SYN is sent again, beyond the linear ones. */
  tcp_syn_retries: u8,
  /** How many first retransmissions of a SYN come at the same distance (since Linux 6.5; 0 before). */
  tcp_syn_linear_timeouts: u8,
  tcp_synack_retries: u8,
  /** As many doublings of 200 ms an established connection lives without an answer. */
  tcp_retries2: u8,
  tcp_fin_timeout: span,
  tcp_keepalive_time: span,
  tcp_keepalive_intvl: span,
  tcp_keepalive_probes: u8,
  tcp_timestamps: u8,
  tcp_sack: u8,
  tcp_window_scaling: u8,
  /** Not a kernel setting by this name: 1 for tcp_congestion_control=reno instead of cubic. */
  tcp_reno: u8,
});

/** Settings of the machine as values. */
export type HostSysctls = { -readonly [K in keyof typeof HostSysctlRecord.fields]: number };

/** What Linux 6.12 starts with (net/ipv4/af_inet.c, igmp.c, icmp.c, arp.c, tcp_ipv4.c). */
export const DEFAULT_HOST_SYSCTLS: Readonly<HostSysctls> = {
  ip_nonlocal_bind: 0,
  ip_default_ttl: 64,
  icmp_echo_ignore_all: 0,
  icmp_echo_ignore_broadcasts: 1,
  igmp_link_local_mcast_reports: 1,
  igmp_qrv: 2,
  gc_thresh3: 1024,
  unres_qlen: 101,
  tcp_syn_retries: 6,
  tcp_syn_linear_timeouts: 4,
  tcp_synack_retries: 5,
  tcp_retries2: 15,
  tcp_fin_timeout: 60 * SECOND,
  tcp_keepalive_time: 7200 * SECOND,
  tcp_keepalive_intvl: 75 * SECOND,
  tcp_keepalive_probes: 9,
  tcp_timestamps: 1,
  tcp_sack: 1,
  tcp_window_scaling: 1,
  tcp_reno: 0,
};

/**
 * What a design sets for a machine: for the machine as a whole, and for all its interfaces (`net.ipv4.conf.all`
 * where the kernel combines `all` with the interface's own, and every interface's own where it does not).
 */
export type Sysctls = InterfaceSysctls & HostSysctls;

const isHostSysctl = (name: string): name is keyof HostSysctls => name in DEFAULT_HOST_SYSCTLS;
const isInterfaceSysctl = (name: string): name is keyof InterfaceSysctls => name in DEFAULT_INTERFACE_SYSCTLS;

/** The machine's part of a design's settings, completed with the defaults. @throws RangeError for an unknown name */
export function hostSysctls(given: Partial<Sysctls>): HostSysctls {
  const values: HostSysctls = { ...DEFAULT_HOST_SYSCTLS };
  for (const [name, value] of Object.entries(given)) {
    if (isHostSysctl(name)) values[name] = value;
    else if (!isInterfaceSysctl(name)) throw new RangeError(`there is no sysctl '${name}'`);
  }
  return values;
}

/** Settings the kernel combines from `all` and the interface (include/linux/inetdevice.h): how. */
const COMBINED: Readonly<Partial<Record<keyof InterfaceSysctls, 'max' | 'or' | 'and'>>> = {
  arp_accept: 'max',
  arp_announce: 'max',
  arp_ignore: 'max',
  arp_notify: 'max',
  rp_filter: 'max',
  arp_filter: 'or',
  drop_gratuitous_arp: 'or',
  promote_secondaries: 'or',
  send_redirects: 'or',
  arp_evict_nocarrier: 'and',
  accept_local: 'or',
};

/** Settings of `all`, or of one interface: a design's for the whole machine, then the interface's own. */
export function interfaceSysctls(
  machine: Partial<Sysctls>,
  own: Partial<InterfaceSysctls> | null,
): InterfaceSysctls {
  const values: InterfaceSysctls = { ...DEFAULT_INTERFACE_SYSCTLS };
  for (const [name, value] of Object.entries(machine))
    if (isInterfaceSysctl(name)) {
      // What is only `all`'s must not come twice: it would outvote the interface's own lower value either way, but
      // an OR or maximum of an interface shows as its own in a printed state.
      if (own === null || COMBINED[name] === undefined || COMBINED[name] === 'and') values[name] = value;
    }
  for (const [name, value] of Object.entries(own ?? {})) {
    if (!isInterfaceSysctl(name)) throw new RangeError(`there is no sysctl '${name}' of an interface`);
    values[name] = value;
  }
  return values;
}

/** What holds for an interface: its own setting, combined with that of `all` where the kernel does. */
export function effectiveSysctl(
  name: keyof InterfaceSysctls,
  all: InterfaceSysctlState,
  own: InterfaceSysctlState,
): number {
  switch (COMBINED[name]) {
    case 'max':
      return Math.max(all[name], own[name]);
    case 'or':
      return all[name] !== 0 || own[name] !== 0 ? 1 : 0;
    case 'and':
      return all[name] !== 0 && own[name] !== 0 ? 1 : 0;
    default:
      return own[name];
  }
}
