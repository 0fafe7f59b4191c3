import { type IpAddress, type LabPlan, linkLocalOf } from '@viplab/core';

/** The IPv6 addresses whose duplicates a host looks for, and those that it may defend (RFC 4862 §5.4). */
export interface Detection {
  readonly looked: ReadonlySet<IpAddress>;
  readonly defended: ReadonlySet<IpAddress>;
}

/**
 * keepalived gives its addresses to the kernel without detection (`IFA_F_NODAD`), and CARP has its own without it: they are
 * defended only.
 */
export function detectionOf({ interfaces, keepalived, carp }: LabPlan['hosts'][number]): Detection {
  const own = interfaces.flatMap(({ mac, addressesIpv6 }) => [
    linkLocalOf(mac),
    ...addressesIpv6.map(({ address }) => address),
  ]);
  const instances = keepalived?.config.instances ?? [];
  const given = [
    ...instances.flatMap(({ virtualAddresses, excludedAddresses }) => [
      ...virtualAddresses,
      ...excludedAddresses,
    ]),
    ...(keepalived?.config.staticAddresses ?? []),
  ];
  const shared = (carp?.config.interfaces ?? []).flatMap(({ addresses }) => addresses);
  return {
    looked: new Set<IpAddress>(own),
    defended: new Set<IpAddress>([
      ...own,
      ...given.map(({ address }) => address.address),
      ...shared.map(({ address }) => address),
    ]),
  };
}
