import { type RecordOf, record, SECOND, span, u8 } from '../../engine/index.js';
import type { InterfaceSysctls } from '../sysctl.js';

/**
 * The settings of one interface under the names they have in `net.ipv6.conf.<interface>` and
 * `net.ipv6.neigh.<interface>` (Linux Documentation/networking/ip-sysctl.rst). Times are nanoseconds.
 */
export const Ipv6SysctlRecord = record('sysctl-ipv6', {
  // ---- conf
  /** 0: no duplicate address detection. */
  accept_dad: u8,
  /** Solicitations of duplicate address detection; 0: none, addresses are valid at once. */
  dad_transmits: u8,
  /** 0: a link-local address of the MAC (EUI-64); 1: none. */
  addr_gen_mode: u8,
  forwarding: u8,
  hop_limit: u8,
  /** Announce an address when it becomes usable and when the interface is set up. */
  ndisc_notify: u8,
  drop_unsolicited_na: u8,
  /** An advertisement makes an entry (RFC 9131); only where `forwarding` is on. */
  accept_untracked_na: u8,
  /** Global addresses survive that the interface is set down. */
  keep_addr_on_down: u8,
  /** Not a kernel setting: 0 leaves out reports of groups of link-local scope, which Linux always sends. */
  mld_link_local_reports: u8,
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
export type Ipv6Sysctls = { -readonly [K in keyof typeof Ipv6SysctlRecord.fields]: number };

/** One interface's settings, live. */
export type Ipv6SysctlState = RecordOf<typeof Ipv6SysctlRecord.fields>;

/** What Linux 6.12 starts with (net/ipv6/addrconf.c ipv6_devconf, net/ipv6/ndisc.c nd_tbl). */
export const DEFAULT_IPV6_SYSCTLS: Readonly<Ipv6Sysctls> = {
  accept_dad: 1,
  dad_transmits: 1,
  addr_gen_mode: 0,
  forwarding: 0,
  hop_limit: 64,
  ndisc_notify: 0,
  drop_unsolicited_na: 0,
  accept_untracked_na: 0,
  keep_addr_on_down: 0,
  mld_link_local_reports: 1,
  base_reachable_time: 30 * SECOND,
  reachable_time: 0,
  delay_first_probe_time: 5 * SECOND,
  retrans_time: SECOND,
  ucast_solicit: 3,
  mcast_solicit: 3,
  mcast_resolicit: 0,
  locktime: 0,
};

/** Settings that a design gives once for both families. */
const SHARED = [
  'forwarding',
  'base_reachable_time',
  'reachable_time',
  'delay_first_probe_time',
  'retrans_time',
  'ucast_solicit',
  'mcast_solicit',
  'mcast_resolicit',
] as const satisfies readonly (keyof InterfaceSysctls & keyof Ipv6Sysctls)[];

/**
 * An interface's settings: the defaults, what the design says for IPv4 under the same name, and what it says for IPv6.
 *
 * @throws RangeError for an unknown name
 */
export function ipv6Sysctls(
  shared: Readonly<Partial<InterfaceSysctls>>,
  own: Readonly<Partial<Ipv6Sysctls>>,
): Ipv6Sysctls {
  const values: Ipv6Sysctls = { ...DEFAULT_IPV6_SYSCTLS };
  for (const name of SHARED) {
    const value = shared[name];
    if (value !== undefined) values[name] = value;
  }
  for (const [name, value] of Object.entries(own)) {
    if (!(name in DEFAULT_IPV6_SYSCTLS)) throw new RangeError(`there is no sysctl '${name}' of IPv6`);
    values[name as keyof Ipv6Sysctls] = value;
  }
  return values;
}
