import { tryParseDuration } from '../engine/index.js';
import {
  DEFAULT_HOST_SYSCTLS,
  DEFAULT_INTERFACE_SYSCTLS,
  DEFAULT_IPV6_SYSCTLS,
  type Host,
  type InterfaceSysctls,
  type Ipv6Sysctls,
  type Sysctls,
} from '../host/index.js';
import type { Problems } from './design-problem.js';

/** A machine's kernel settings: for all of it, and for single interfaces. */
export interface SysctlPlan {
  readonly machine: Partial<Sysctls>;
  readonly interfaces: Readonly<Record<string, Partial<InterfaceSysctls>>>;
  /** What only IPv6 has, for all interfaces. */
  readonly ipv6: Partial<Ipv6Sysctls>;
}

/** Settings whose value is a span of time. */
const TIMES = new Set([
  'base_reachable_time',
  'reachable_time',
  'delay_first_probe_time',
  'retrans_time',
  'locktime',
  'tcp_fin_timeout',
  'tcp_keepalive_time',
  'tcp_keepalive_intvl',
]);

/** The largest value that means something, where that is not "any number" (Linux ip-sysctl.rst). */
const LARGEST: Readonly<Record<string, number>> = {
  arp_accept: 2,
  arp_announce: 2,
  arp_ignore: 8,
  rp_filter: 2,
  force_igmp_version: 3,
  ucast_solicit: 255,
  mcast_solicit: 255,
  mcast_resolicit: 255,
  ip_default_ttl: 255,
  dad_transmits: 255,
  hop_limit: 255,
  igmp_qrv: 255,
  gc_thresh3: 1_000_000,
  unres_qlen: 65_535,
  accept_dad: 2,
  tcp_syn_retries: 127,
  tcp_syn_linear_timeouts: 127,
  tcp_synack_retries: 255,
  tcp_retries2: 255,
  tcp_keepalive_probes: 127,
};

/** Other names under which people know a setting. */
const ALIASES: Readonly<Record<string, string>> = { ip_forward: 'forwarding' };

/** Settings that only IPv6 has. */
const IPV6_NAMES = Object.keys(DEFAULT_IPV6_SYSCTLS).filter((name) => !(name in DEFAULT_INTERFACE_SYSCTLS));

const NAMES = [
  ...IPV6_NAMES,
  ...Object.keys(DEFAULT_INTERFACE_SYSCTLS),
  ...Object.keys(DEFAULT_HOST_SYSCTLS),
  ...Object.keys(ALIASES),
];

/** Reads kernel settings as a design has them: `arp_ignore: 1`, `eth0.arp_accept: 1`, `base_reachable_time: 30s`. */
export function planSysctls(
  given: Readonly<Record<string, number | string | boolean>>,
  interfaces: readonly string[],
  path: readonly (string | number)[],
  problems: Problems,
): SysctlPlan {
  const machine: Record<string, number> = {};
  const ipv6: Record<string, number> = {};
  const single: Record<string, Record<string, number>> = {};
  for (const [key, value] of Object.entries(given)) {
    const dot = key.lastIndexOf('.');
    const iface = dot < 0 ? null : key.slice(0, dot);
    const short = key.slice(dot + 1);
    const name = ALIASES[short] ?? short;
    if (!NAMES.includes(name))
      problems.unknownName([...path, key], 'lab/unknown-sysctl', 'sysctl', short, NAMES);
    else if (iface !== null && !interfaces.includes(iface))
      problems.unknownName([...path, key], 'lab/unknown-interface', 'sysctl', iface, interfaces);
    else if (iface !== null && IPV6_NAMES.includes(name))
      problems.error(
        [...path, key],
        'lab/bad-sysctl',
        `${short} holds for all interfaces: write  ${short}: …`,
      );
    else {
      const number = typeof value === 'string' ? tryParseDuration(value) : Number(value);
      const isTime = TIMES.has(name);
      if (
        number === undefined ||
        !Number.isInteger(number) ||
        number < 0 ||
        (isTime && typeof value !== 'string' && number !== 0)
      ) {
        problems.error(
          [...path, key],
          'lab/bad-sysctl',
          isTime ? `${short} is a time: write 30s or 200ms` : `${short} is a whole number`,
        );
      } else if (!isTime && number > (LARGEST[name] ?? 1)) {
        problems.error([...path, key], 'lab/bad-sysctl', `${short} is ${LARGEST[name] ?? 1} at most`);
      } else if (IPV6_NAMES.includes(name)) ipv6[name] = number;
      else if (iface === null) machine[name] = number;
      else {
        single[iface] ??= {};
        single[iface][name] = number;
      }
    }
  }
  return {
    machine: machine as Partial<Sysctls>,
    ipv6: ipv6 as Partial<Ipv6Sysctls>,
    interfaces: single as Record<string, Partial<InterfaceSysctls>>,
  };
}

/**
 * Sets a kernel setting at run time: `net.inet.carp.allow`, `arp_ignore` of all, `eth0.arp_accept` of one interface.
 *
 * @throws RangeError if there is no such setting
 */
export function setSysctl(host: Host, key: string, value: number): void {
  if (key.startsWith('net.inet.carp.')) {
    if (host.carp === null) throw new RangeError(`${host.name} has no CARP in its kernel: no ${key}`);
    host.carp.setSysctl(key.slice('net.inet.carp.'.length), value);
    return;
  }
  const dot = key.lastIndexOf('.');
  const short = key.slice(dot + 1);
  const name = ALIASES[short] ?? short;
  const faces =
    dot < 0 ? host.allInterfaces : host.allInterfaces.filter((face) => face.name === key.slice(0, dot));
  if (!(name in DEFAULT_INTERFACE_SYSCTLS) || faces.length === 0)
    throw new RangeError(`${host.name} has no setting ${key} that can be changed while it runs`);
  for (const face of faces) face.setSysctl(name as keyof InterfaceSysctls, value);
}
