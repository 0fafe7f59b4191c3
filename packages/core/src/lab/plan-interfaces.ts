import { fingerprint } from '../engine/index.js';
import {
  formatIp,
  formatIpCidr,
  type IpAddress,
  type Ipv4Cidr,
  type Ipv6Cidr,
  ipv6Bytes,
  isIpv6Cidr,
  type MacAddress,
  tryParseIpCidr,
  tryParseMac,
} from '../wire/index.js';
import type { InterfaceDesign } from './design.js';
import type { Problems } from './design-problem.js';
import type { InterfacePlan } from './plan.js';
import type { Draft } from './plan-draft.js';

const DEFAULT_MTU = 1500;
/** 02:00 (locally administered), followed by the bytes of the first address (of IPv6 the last four). */
const LOCAL_MAC_PREFIX = 0x0200_0000_0000;

/** The interface names that a host's configuration uses, in the order in which they appear. */
function interfaceNamesOf({ keepalived, carp, ucarps, nics }: Draft): string[] {
  const names = new Set<string>();
  for (const instance of keepalived?.config.instances ?? [])
    if (instance.interface !== undefined) names.add(instance.interface);
  for (const nic of nics) names.add(nic.name);
  for (const { parent } of carp?.config.interfaces ?? []) names.add(parent);
  for (const { config } of ucarps) names.add(config.interface);
  return [...names];
}

/** Whose configuration names the interfaces. */
const sourceOf = ({ name, design, keepalived, ucarps }: Draft): string =>
  keepalived?.file ??
  ucarps[0]?.file ??
  (typeof design.carp === 'object' ? Object.keys(design.carp.files).join(', ') : `${name}/carp`);

export function planInterfaces(draft: Draft, problems: Problems): InterfacePlan[] {
  const { design, name } = draft;
  const path = ['nodes', name];
  const fromFile = interfaceNamesOf(draft);
  let designs: [string, InterfaceDesign, readonly (string | number)[]][];
  if (design.interfaces !== undefined) {
    if (design.address !== undefined)
      problems.error(
        [...path, 'address'],
        'lab/two-addresses',
        `${name} has 'address' and 'interfaces': give the address inside 'interfaces'`,
      );
    designs = Object.entries(design.interfaces).map(([key, value]) => [
      key,
      value,
      [...path, 'interfaces', key],
    ]);
  } else if (design.address === undefined && draft.nics.some(({ addresses }) => addresses.length > 0)) {
    designs = draft.nics.map((nic) => [nic.name, { address: nic.addresses.map(formatIpCidr) }, path]);
  } else {
    if (design.address === undefined)
      problems.error(path, 'lab/no-address', `${name} has no address: write  address: 192.168.1.11/24`);
    const only: InterfaceDesign = {
      ...(design.address === undefined ? {} : { address: design.address }),
      ...(design.mac === undefined ? {} : { mac: design.mac }),
    };
    designs = [[fromFile.length === 1 ? (fromFile[0] as string) : 'eth0', only, path]];
  }
  const names = new Set(designs.map(([key]) => key));
  for (const wanted of fromFile) {
    if (!names.has(wanted) && wanted !== 'lo') {
      problems.error(
        [...path, 'interfaces'],
        'lab/no-interface',
        `${sourceOf(draft)} uses interface ${wanted}, which ${name} does not have (it has ${[...names].join(', ')})`,
      );
    }
  }
  const taken = new Set<number>();
  return designs.map(([key, value, at]) => {
    const texts =
      value.address === undefined ? [] : typeof value.address === 'string' ? [value.address] : value.address;
    const addresses: Ipv4Cidr[] = [];
    const addressesIpv6: Ipv6Cidr[] = [];
    for (const text of texts) {
      const cidr = tryParseIpCidr(text);
      if (cidr === undefined || !text.includes('/'))
        problems.error(
          [...at, 'address'],
          'lab/bad-address',
          `'${text}' is not an address with its prefix length, such as 192.168.1.11/24 or 2001:db8::11/64`,
        );
      else if (isIpv6Cidr(cidr)) addressesIpv6.push(cidr);
      else addresses.push(cidr);
    }
    let mac = LOCAL_MAC_PREFIX + hostPartOf(addresses[0] ?? addressesIpv6[0], name, key);
    // Addresses of two networks may end alike.
    if (taken.has(mac)) mac = LOCAL_MAC_PREFIX + hostPartOf(undefined, name, key);
    if (value.mac !== undefined) {
      const parsed = tryParseMac(value.mac);
      if (parsed === undefined)
        problems.error(
          [...at, 'mac'],
          'lab/bad-mac',
          `'${value.mac}' is not a MAC address such as 02:00:00:00:01:01`,
        );
      else mac = parsed;
    }
    taken.add(mac);
    return {
      name: key,
      mac: mac as MacAddress,
      addresses,
      addressesIpv6,
      mtu: value.mtu ?? DEFAULT_MTU,
      tellsLinkState: value.linkState !== 'unknown',
    };
  });
}

/** 32 bits that tell an interface from others: of its address, else of its name. */
function hostPartOf(cidr: Ipv4Cidr | Ipv6Cidr | undefined, node: string, name: string): number {
  if (cidr === undefined) return fingerprint(`${node}:${name}`) % 0x1_0000_0000;
  if (!isIpv6Cidr(cidr)) return cidr.address;
  return ipv6Bytes(cidr.address)
    .subarray(12)
    .reduce((sum, byte) => sum * 0x100 + byte, 0);
}

export function checkAddresses(drafts: readonly Draft[], problems: Problems): void {
  const seen = new Map<IpAddress, string>();
  const macs = new Map<number, string>();
  for (const draft of drafts) {
    for (const iface of draft.interfaces) {
      for (const { address } of [...iface.addresses, ...iface.addressesIpv6]) {
        const other = seen.get(address);
        if (other !== undefined)
          problems.warning(
            ['nodes', draft.name, 'address'],
            'lab/duplicate-address',
            `${draft.name} has the address ${formatIp(address)} of ${other} too`,
          );
        seen.set(address, draft.name);
      }
      const twin = macs.get(iface.mac);
      if (twin !== undefined)
        problems.warning(
          ['nodes', draft.name],
          'lab/duplicate-mac',
          `${draft.name} has the MAC address of ${twin}: give it one with 'mac'`,
        );
      macs.set(iface.mac, draft.name);
    }
  }
}
