import {
  type CarpInterfaceConfig,
  type IpAddress,
  isLinkLocalIpv6,
  type KeepalivedConfig,
  type LabPlan,
  SECOND,
} from '@viplab/core';
import type { Campaign } from '../campaign/campaign.js';
import type { VipBudgets } from '../property/property.js';

type HostPlan = LabPlan['hosts'][number];

/** Neighbours count as reachable for the middle of the range from which Linux draws (base_reachable_time, 30 s). */
const REACHABLE_TIME = 30 * SECOND;

/**
 * The plan that is explored: a lab's own, without what has no part in elections and would only multiply the states.
 *
 * - Clients send nothing: where their frames would land follows from their neighbour entry and the CAM tables.
 * - No IGMP or MLD report for VRRP's group, and no snooping of it, unless a switch filters link-local groups too.
 * - Neighbours are reachable for a fixed time instead of a random one.
 * - No IPv6 where no daemon speaks of it, and no global IPv6 address of a node's own that no daemon's file names: each
 *   would go through duplicate address detection at a random instant after a boot. Adverts come from link-local
 *   addresses, which are kept, and virtual addresses bring their own routes.
 */
export function explorationPlan(plan: LabPlan, campaign: Campaign): LabPlan {
  const holders = new Set(plan.vips.flatMap((vip) => vip.holders.map(({ node }) => node)));
  const snoops = plan.switches.some(
    (part) => part.snooping !== false && part.snooping.snoopLinkLocal === true,
  );
  const named = new Set(
    plan.hosts.flatMap(({ keepalived, carp, ucarps }) => [
      ...addressesOf(keepalived?.config),
      ...(carp?.config.interfaces ?? []).flatMap(carpAddressesOf),
      ...ucarps.flatMap(({ config }) => [config.address, config.source]),
    ]),
  );
  const speaksIpv6 = [...named].some((address) => typeof address === 'string');
  return {
    ...plan,
    schedule: [],
    hosts: plan.hosts.map(
      (host): HostPlan => ({
        ...host,
        start: campaign.startWithin > 0 && holders.has(host.name) ? 1 : 0,
        interfaces: holders.has(host.name)
          ? host.interfaces.map((face) => ({
              ...face,
              addressesIpv6: face.addressesIpv6.filter(
                ({ address }) => isLinkLocalIpv6(address) || named.has(address),
              ),
            }))
          : host.interfaces,
        hasIpv6: host.hasIpv6 && (speaksIpv6 || !holders.has(host.name)),
        clients: [],
        echoPorts: [],
        sysctl: {
          ipv6: { reachable_time: REACHABLE_TIME, ...host.sysctl.ipv6, mld_link_local_reports: 0 },
          // Of interfaces too that are not in the plan: CARP's own, and macvlans.
          machine: {
            reachable_time: REACHABLE_TIME,
            ...host.sysctl.machine,
            ...(snoops ? {} : { igmp_link_local_mcast_reports: 0 }),
          },
          interfaces: Object.fromEntries(
            host.interfaces.map(({ name }) => [
              name,
              { reachable_time: REACHABLE_TIME, ...host.sysctl.interfaces[name] },
            ]),
          ),
        },
      }),
    ),
    switches: plan.switches.map((part) => (snoops ? part : { ...part, snooping: false })),
  };
}

/** All addresses that a daemon's file names. */
function addressesOf(config: KeepalivedConfig | undefined): IpAddress[] {
  if (config === undefined) return [];
  const entries = config.instances.flatMap((instance) => [
    ...instance.virtualAddresses,
    ...instance.excludedAddresses,
    ...instance.unicastPeers,
  ]);
  const sources = config.instances.flatMap(({ sourceAddress, multicastGroup }) =>
    sourceAddress === undefined ? [multicastGroup] : [multicastGroup, sourceAddress],
  );
  return [
    ...[...entries, ...config.staticAddresses].map(({ address }) => address.address),
    ...sources.map(({ address }) => address),
  ];
}

/** All addresses that CARP's files name beside those of NICs. */
const carpAddressesOf = ({ addresses, peer, peerIpv6 }: CarpInterfaceConfig): IpAddress[] => [
  ...addresses.map(({ address }) => address),
  ...[peer, peerIpv6].filter((address) => address !== null),
];

/**
 * What only ages, by the path of its table or word: no answer depends on when a CAM entry is forgotten (300 s), nor,
 * where nobody speaks TCP, on how long ago a machine booted, by which TCP's timestamps go.
 */
export const isAge = (path: string): boolean => path.endsWith('/cam') || path.endsWith('/tcp.boot');

/**
 * Windows of clients' neighbour tables on which nothing depends while a lab is explored, by their table and column. A
 * client sends nothing, so whether it has used an entry lately is not asked; and nobody answers it, so all that comes
 * about a VIP is gratuitous, which is believed within the locktime too (Linux `arp_process`, `is_garp`).
 */
export function idleWindowsOf(vips: readonly VipBudgets[]): (path: string, column: string) => boolean {
  const clients = vips.flatMap((vip) => vip.clients.map((name) => `${name}.`));
  return (path, column) =>
    (column === 'used' || column === 'locked') && clients.some((prefix) => path.startsWith(prefix));
}

/** What {@link explorationPlan} and the explorer leave out, in words. */
export const NOT_VARIED = [
  'CAM ageing',
  'random reachable time of neighbours',
  'late wake-ups of timers',
] as const;
