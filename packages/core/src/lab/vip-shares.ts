import { flowIndex } from '../host/carp/balancing.js';
import { carpInstanceName, isOpenBsd } from '../host/carp/carp-config.js';
import { shareLabel } from '../report/vip-label.js';
import {
  formatIp,
  type IpAddress,
  inSubnet,
  inSubnetIpv6,
  isLinkLocalIpv6,
  tryParseIp,
} from '../wire/index.js';
import type { HolderPlan, HostPlan, VipPlan } from './plan.js';
import type { Draft } from './plan-draft.js';

/** An address of which nothing is known but that somebody may own it. */
export const ordinaryVip = (address: IpAddress): VipPlan => ({
  address,
  label: formatIp(address),
  share: null,
  holders: [],
});

/** What is to be known of a host. */
type CarpHost = Pick<Draft, 'name' | 'carp'>;

/** A virtual host, and how the clients of its address are told apart. */
interface SharingNode {
  readonly vhid: number;
  readonly by: 'flow' | 'arp';
}

/** The virtual host behind a holder, if it shares its addresses with others of its host: by `balancing`, or arpbalance. */
function sharingNode(
  drafts: readonly CarpHost[],
  { node, instance }: HolderPlan,
  address: IpAddress,
): SharingNode | null {
  const carp = drafts.find(({ name }) => name === node)?.carp ?? null;
  if (carp === null) return null;
  const { system, sysctl, interfaces } = carp.config;
  for (const iface of interfaces)
    for (const virtual of iface.nodes) {
      if (carpInstanceName(iface, virtual) !== instance) continue;
      const { vhid } = virtual;
      if (isOpenBsd(system))
        return iface.balancing === 'none' ? null : { vhid, by: iface.balancing === 'arp' ? 'arp' : 'flow' };
      const others = interfaces.filter(({ addresses }) => addresses.some((cidr) => cidr.address === address));
      return system === 'freebsd-9' && sysctl.arpBalance && others.length > 1 ? { vhid, by: 'arp' } : null;
    }
  return null;
}

/**
 * A virtual address as what is owned of it: the whole, or its shares, one for each vhid in their order, where CARP
 * spreads its clients over several virtual hosts.
 */
export function vipsOf(
  drafts: readonly CarpHost[],
  address: IpAddress,
  holders: readonly HolderPlan[],
): VipPlan[] {
  const nodes = holders.map((holder) => sharingNode(drafts, holder, address));
  const vhids = [...new Set(nodes.map((node) => node?.vhid ?? 0))].sort((one, other) => one - other);
  const text = formatIp(address);
  const [first] = nodes;
  if (first == null || vhids.includes(0) || vhids.length < 2)
    return [{ address, label: text, share: null, holders }];
  return vhids.map((vhid, index) => ({
    address,
    label: shareLabel(text, index, vhids.length),
    share: { index, count: vhids.length, by: first.by },
    holders: holders.filter((_, at) => nodes[at]?.vhid === vhid),
  }));
}

/**
 * The virtual address, or the share of it, that a client's questions are for; undefined where it asks another address,
 * or one whose share is told at run time by who answers its ARP.
 */
export function askedVip(
  vips: readonly VipPlan[],
  client: Pick<HostPlan, 'interfaces'>,
  target: IpAddress,
): VipPlan | undefined {
  return vips.find(({ address, share }) => {
    if (address !== target) return false;
    if (share === null) return true;
    const source = share.by === 'flow' ? sourceTowards(client, target) : undefined;
    return source !== undefined && flowIndex(source, target, share.count) === share.index;
  });
}

/** The address that a host asks a target from: one of its subnet, else its first. */
function sourceTowards(
  { interfaces }: Pick<HostPlan, 'interfaces'>,
  target: IpAddress,
): IpAddress | undefined {
  if (typeof target === 'number') {
    const own = interfaces.flatMap(({ addresses }) => addresses);
    return (own.find((cidr) => inSubnet(target, cidr)) ?? own[0])?.address;
  }
  const own = interfaces.flatMap(({ addressesIpv6 }) => addressesIpv6);
  return (
    own.find((cidr) => inSubnetIpv6(target, cidr)) ?? own.find(({ address }) => !isLinkLocalIpv6(address))
  )?.address;
}

/** The hosts with clients that ask a virtual address, or a share of it. */
export const clientsAsking = (
  hosts: readonly HostPlan[],
  vips: readonly VipPlan[],
  vip: VipPlan,
): HostPlan[] =>
  hosts.filter((host) => host.clients.some(({ target }) => askedVip(vips, host, target) === vip));

/** The virtual address, or the share, of a label; or any other address. @throws RangeError if it is neither */
export function vipOf(vips: readonly VipPlan[], label: string): VipPlan {
  const vip = vips.find((candidate) => candidate.label === label);
  if (vip !== undefined) return vip;
  const address = tryParseIp(label);
  if (address === undefined)
    throw new RangeError(`'${label}' is not an address, nor a VIP of this lab (${labelsOf(vips)})`);
  return ordinaryVip(address);
}

const labelsOf = (vips: readonly VipPlan[]): string => vips.map(({ label }) => label).join(', ');
