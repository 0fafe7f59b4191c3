import { type FixUpContext, placeOfKeyword } from './fix-up-context.js';
import type {
  ConfiguredInterfaceAddress,
  VirtualMacConfig,
  VrrpInstanceConfig,
} from './keepalived-config.js';

/** Ethernet's payload limit, which keepalived asks the interface for. */
const MTU = 1500;
/** The advert's count is one byte (RFC 5798 §5.2.5). */
const MAX_VIPS = 255;
/** Ethernet and VRRP headers; IPv4 and IPv6 headers; authentication data of VRRPv2; IPsec AH. */
const HEADER = { ethernet: 14, vrrp: 8, inet: 20, inet6: 40, authentication: 8, ah: 24 } as const;

/** Moves VIPs that no advert has room for to the excluded ones, and gives each address its interface. */
export function completeAddresses(
  { draft, complaints }: FixUpContext,
  version: 2 | 3,
  family: 'inet' | 'inet6',
  authentication: 'none' | 'PASS' | 'AH',
): Pick<VrrpInstanceConfig, 'virtualAddresses' | 'excludedAddresses'> {
  const extra =
    family === 'inet' && version === 2
      ? HEADER.authentication + (authentication === 'AH' ? HEADER.ah : 0)
      : 0;
  const room = MTU - HEADER.ethernet - HEADER.vrrp - HEADER[family] - extra;
  const limit = Math.min(MAX_VIPS, Math.floor(room / (family === 'inet' ? 4 : 16)));
  const placed = (entry: ConfiguredInterfaceAddress): ConfiguredInterfaceAddress => ({
    ...entry,
    interface: entry.interface ?? draft.interface,
  });
  const vips = draft.virtualAddresses.map(placed);
  const first = vips[limit];
  if (first !== undefined) {
    complaints.add(
      first.origin,
      'too-many-vips',
      `${vips.length} virtual addresses are too many for an advert, which takes ${limit}`,
      {
        means: 'keepalived logs this and treats the rest as virtual_ipaddress_excluded',
      },
    );
  }
  const excluded = draft.excludedAddresses.map(placed);
  return { virtualAddresses: vips.slice(0, limit), excludedAddresses: [...excluded, ...vips.slice(limit)] };
}

/** `use_vmac` and `use_ipvlan` with what goes with them. */
export function completeVirtualMac(
  { draft, complaints }: FixUpContext,
  strict: boolean,
): VirtualMacConfig | undefined {
  const complain = (keyword: string, code: string, message: string, means: string): void =>
    complaints.add(placeOfKeyword(draft, keyword), code, message, { means });
  let mac = draft.vmacAddress;
  if (mac !== undefined && strict) {
    complain(
      'use_vmac',
      'strict',
      'strict mode wants the MAC of RFC 5798',
      'keepalived logs this and uses it',
    );
    mac = undefined;
  }
  if (mac !== undefined && draft.vmacUsesVrid) mac += draft.virtualRouterId;
  let transmitFromBase = draft.vmacTransmitFromBase;
  if (transmitFromBase && draft.useVmac && strict) {
    complain(
      'vmac_xmit_base',
      'strict',
      'strict mode has no vmac_xmit_base',
      'keepalived logs this and drops it',
    );
    transmitFromBase = false;
  }
  if (transmitFromBase && !draft.useVmac) {
    complain(
      'vmac_xmit_base',
      'conflict',
      'vmac_xmit_base without use_vmac',
      'keepalived logs this and drops it',
    );
    transmitFromBase = false;
  }
  if (draft.useIpvlan && draft.family !== 'inet6' && draft.sourceAddress === undefined) {
    complain(
      'use_ipvlan',
      'incomplete',
      'use_ipvlan needs an IPv4 address',
      'keepalived logs this and holds the instance in FAULT',
    );
  }
  if (!draft.useVmac && !draft.useIpvlan) return undefined;
  const prefix = draft.family === 'inet6' ? 'vrrp6' : 'vrrp';
  return {
    kind: draft.useIpvlan ? 'ipvlan' : 'vmac',
    name: draft.vmacName ?? `${prefix}.${draft.virtualRouterId}`,
    mac,
    transmitFromBase,
  };
}
