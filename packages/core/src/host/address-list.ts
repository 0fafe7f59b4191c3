import { type Ipv4Address, type Ipv4Cidr, inSubnet, UNSPECIFIED_IPV4 } from '../wire/index.js';

/** How far an address is valid (RFC 1122 has no name for it; `ip address add … scope`). */
export type AddressScope = 'global' | 'link' | 'host';

/** The kernel's numbers: RT_SCOPE_UNIVERSE, RT_SCOPE_LINK, RT_SCOPE_HOST; larger is narrower. */
const SCOPE_NUMBERS: Readonly<Record<AddressScope, number>> = { global: 0, link: 253, host: 254 };

/** One address of an interface, as `ip address show` lists it. */
export interface InterfaceAddress extends Ipv4Cidr {
  readonly scope: AddressScope;
  /** A secondary lies in the subnet of an earlier address with the same mask, and falls with it. */
  readonly isSecondary: boolean;
  readonly label: string | null;
  /** Whether it comes without a route to its subnet (`noprefixroute`). */
  readonly hasNoPrefixRoute: boolean;
}

/** What may be said of an address when it is added. */
export interface AddressOptions {
  /** `global` if left out. */
  readonly scope?: AddressScope;
  readonly label?: string;
  readonly noPrefixRoute?: boolean;
}

/**
 * Adds an address: a primary goes behind the last primary of its scope or wider, a secondary to the end
 * (Linux `__inet_insert_ifa`).
 *
 * @returns the new list, or null if the address is there with that prefix length, or its subnet with another scope
 */
export function insertAddress(
  list: readonly InterfaceAddress[],
  cidr: Ipv4Cidr,
  options: AddressOptions = {},
): readonly InterfaceAddress[] | null {
  const scope = options.scope ?? 'global';
  let afterLastPrimary = 0;
  let isSecondary = false;
  for (const [index, other] of list.entries()) {
    if (!other.isSecondary && SCOPE_NUMBERS[scope] <= SCOPE_NUMBERS[other.scope])
      afterLastPrimary = index + 1;
    if (other.prefixLength === cidr.prefixLength && inSubnet(cidr.address, other)) {
      if (other.address === cidr.address || other.scope !== scope) return null;
      isSecondary = true;
    }
  }
  const added: InterfaceAddress = {
    address: cidr.address,
    prefixLength: cidr.prefixLength,
    scope,
    isSecondary,
    label: options.label ?? null,
    hasNoPrefixRoute: options.noPrefixRoute ?? false,
  };
  const at = isSecondary ? list.length : afterLastPrimary;
  return [...list.slice(0, at), added, ...list.slice(at)];
}

/** What a deletion did. */
export interface AddressDeletion {
  readonly list: readonly InterfaceAddress[];
  /** Everything that is gone, in the order in which the kernel announces it. */
  readonly removed: readonly InterfaceAddress[];
}

/**
 * Deletes an address. With a primary its secondaries go, unless the first of them is promoted in its place
 * (Linux `__inet_del_ifa`).
 *
 * @param prefixLength - null: the first entry of that address, whatever its prefix
 * @returns null if there is no such address
 */
export function deleteAddress(
  list: readonly InterfaceAddress[],
  address: Ipv4Address,
  prefixLength: number | null,
  promoteSecondaries: boolean,
): AddressDeletion | null {
  const found = list.find(
    (entry) => entry.address === address && (prefixLength === null || entry.prefixLength === prefixLength),
  );
  if (found === undefined) return null;
  if (found.isSecondary) return { list: list.filter((entry) => entry !== found), removed: [found] };
  const secondaries = list.filter(
    (entry) =>
      entry.isSecondary && entry.prefixLength === found.prefixLength && inSubnet(entry.address, found),
  );
  const heir = secondaries[0];
  if (heir === undefined || !promoteSecondaries) {
    const removed = [...secondaries, found];
    return { list: list.filter((entry) => !removed.includes(entry)), removed };
  }
  const kept = list.filter((entry) => entry !== found && entry !== heir);
  const firstSecondary = kept.findIndex((entry) => entry.isSecondary);
  const at = firstSecondary < 0 ? kept.length : firstSecondary;
  return {
    list: [...kept.slice(0, at), { ...heir, isSecondary: false }, ...kept.slice(at)],
    removed: [found],
  };
}

/**
 * The source that an interface offers towards a destination: the first primary whose subnet holds it, else the first
 * primary (Linux `inet_select_addr`, the part on one device).
 *
 * @param narrowest - addresses of a narrower scope are passed over
 * @returns 0.0.0.0 if there is none
 */
export function selectSource(
  list: readonly InterfaceAddress[],
  destination: Ipv4Address,
  narrowest: AddressScope = 'link',
): Ipv4Address {
  let first = UNSPECIFIED_IPV4;
  for (const entry of list) {
    if (entry.isSecondary || SCOPE_NUMBERS[entry.scope] > SCOPE_NUMBERS[narrowest]) continue;
    if (inSubnet(destination, entry)) return entry.address;
    if (first === UNSPECIFIED_IPV4) first = entry.address;
  }
  return first;
}

/**
 * Whether a list holds `local` in a scope no narrower than `narrowest`, and, where `sender` is given, has some prefix
 * that contains both (Linux `confirm_addr_indev`; arp_ignore 1, 2 and 3 are this question).
 */
export function confirmsAddress(
  list: readonly InterfaceAddress[],
  local: Ipv4Address,
  sender: Ipv4Address | null,
  narrowest: AddressScope,
): boolean {
  const isHeld = list.some(
    (entry) => entry.address === local && SCOPE_NUMBERS[entry.scope] <= SCOPE_NUMBERS[narrowest],
  );
  return (
    isHeld && (sender === null || list.some((entry) => inSubnet(local, entry) && inSubnet(sender, entry)))
  );
}

/** Whether some prefix of a list contains both addresses (Linux `inet_addr_onlink`). */
export function isOnLink(list: readonly InterfaceAddress[], a: Ipv4Address, b: Ipv4Address): boolean {
  return list.some((entry) => inSubnet(a, entry) && inSubnet(b, entry));
}
