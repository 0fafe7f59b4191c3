import {
  type Ipv6Address,
  type Ipv6Cidr,
  ipv6Bytes,
  isLinkLocalIpv6,
  isLinkLocalMulticastIpv6,
  LOOPBACK_IPV6,
} from '../../wire/index.js';

/**
 * How far an address has come: it is asked for whether somebody else has it, it is ours, or somebody else has it
 * (IFA_F_TENTATIVE, none, IFA_F_DADFAILED).
 */
export type AddressState = 'tentative' | 'valid' | 'duplicate';

/** One IPv6 address of an interface, as `ip -6 address show` lists it. */
export interface Ipv6InterfaceAddress extends Ipv6Cidr {
  readonly state: AddressState;
  /** Not chosen as a source if there is another (preferred_lft 0). */
  readonly isDeprecated: boolean;
  /** Whether it comes without a route to its subnet (`noprefixroute`). */
  readonly hasNoPrefixRoute: boolean;
}

/** What may be said of an IPv6 address when it is added. */
export interface Ipv6AddressOptions {
  /** Ours at once, nobody is asked (`nodad`). */
  readonly noDad?: boolean;
  /** `preferred_lft 0`: no source of new connections if there is another. */
  readonly deprecated?: boolean;
  readonly noPrefixRoute?: boolean;
}

/** The scope of an address as a number, larger is wider (RFC 4007 §5; `ipv6_addr_src_scope`). */
export function scopeOf(address: Ipv6Address): number {
  if (address === LOOPBACK_IPV6) return 1;
  if (isLinkLocalIpv6(address)) return 2;
  const bytes = ipv6Bytes(address);
  return bytes[0] === 0xff ? (bytes[1] as number) & 0x0f : 14;
}

/**
 * Adds an address before those of its scope: the widest scope first, within it the newest
 * (Linux `ipv6_link_dev_addr`).
 *
 * @returns the new list, or null if the address is there
 */
export function insertIpv6(
  list: readonly Ipv6InterfaceAddress[],
  added: Ipv6InterfaceAddress,
): readonly Ipv6InterfaceAddress[] | null {
  if (list.some(({ address }) => address === added.address)) return null;
  const scope = scopeOf(added.address);
  const found = list.findIndex(({ address }) => scope >= scopeOf(address));
  const at = found < 0 ? list.length : found;
  return [...list.slice(0, at), added, ...list.slice(at)];
}

/** How many leading bits two addresses share. */
export function commonPrefixLength(a: Ipv6Address, b: Ipv6Address): number {
  const first = ipv6Bytes(a);
  const second = ipv6Bytes(b);
  for (let index = 0; index < first.length; index++) {
    const difference = (first[index] as number) ^ (second[index] as number);
    if (difference !== 0) return index * 8 + Math.clz32(difference) - 24;
  }
  return first.length * 8;
}

/**
 * The source for a destination among the addresses that could be it, in the order of the kernel's lists: the
 * destination itself, the scope that fits, not deprecated, on the interface it leaves by, the longest match within
 * the address's own prefix (RFC 6724 §5; Linux `ipv6_get_saddr_eval`). Of equals the first.
 *
 * @param outgoing - the addresses of the interface the packet leaves by
 * @param others - those of the other interfaces; not used for destinations on the link
 * @returns null if there is none
 */
export function selectSourceIpv6(
  destination: Ipv6Address,
  outgoing: readonly Ipv6InterfaceAddress[],
  others: readonly Ipv6InterfaceAddress[],
): Ipv6Address | null {
  const isOfLink = isLinkLocalIpv6(destination) || isLinkLocalMulticastIpv6(destination);
  const wanted = scopeOf(destination);
  let best: Ipv6InterfaceAddress | null = null;
  let bestIsOutgoing = false;
  const consider = (candidate: Ipv6InterfaceAddress, isOutgoing: boolean): void => {
    if (candidate.state !== 'valid') return;
    if (best !== null && !isBetter(candidate, isOutgoing, best, bestIsOutgoing, destination, wanted)) return;
    best = candidate;
    bestIsOutgoing = isOutgoing;
  };
  for (const candidate of outgoing) consider(candidate, true);
  if (!isOfLink) for (const candidate of others) consider(candidate, false);
  return (best as Ipv6InterfaceAddress | null)?.address ?? null;
}

function isBetter(
  a: Ipv6InterfaceAddress,
  aIsOutgoing: boolean,
  b: Ipv6InterfaceAddress,
  bIsOutgoing: boolean,
  destination: Ipv6Address,
  wanted: number,
): boolean {
  if (b.address === destination) return false;
  if (a.address === destination) return true;
  const aScope = scopeOf(a.address);
  const bScope = scopeOf(b.address);
  // Rule 2: the smallest scope that is wide enough.
  if (aScope !== bScope) return aScope < bScope ? aScope >= wanted : bScope < wanted;
  if (a.isDeprecated !== b.isDeprecated) return b.isDeprecated;
  if (aIsOutgoing !== bIsOutgoing) return aIsOutgoing;
  return matchOf(a, destination) > matchOf(b, destination);
}

const matchOf = ({ address, prefixLength }: Ipv6Cidr, destination: Ipv6Address): number =>
  Math.min(prefixLength, commonPrefixLength(address, destination));
