import { type CarpConfig, type CarpInterfaceConfig, isOpenBsd } from '../../../host/carp/carp-config.js';
import type { CarpDraft, HostDraft } from './host-draft.js';
import type { ConfiguredNic } from './read-carp-files.js';

/** What the kernel is left with when all files are obeyed. */
export function finishConfig(host: HostDraft): CarpConfig {
  const interfaces: CarpInterfaceConfig[] = [];
  for (const carp of host.carps.values()) {
    const finished = finishInterface(host, carp);
    if (finished !== null) interfaces.push(finished);
  }
  return {
    system: host.system,
    sysctl: { ...host.sysctl },
    interfaces,
    groupDemotion: Object.fromEntries(host.groupDemotion),
    origin: { ...host.origin },
  };
}

/** The NICs with addresses of their own and those that carry CARP. */
export function finishNics(host: HostDraft): ConfiguredNic[] {
  const nics: ConfiguredNic[] = [];
  for (const { name, addresses, isParent } of host.interfaces.values()) {
    const own = addresses.filter(({ vhid }) => vhid === null).map(({ cidr }) => cidr);
    if (host.hasNic(name) && (isParent || own.length > 0)) nics.push({ name, addresses: own });
  }
  return nics;
}

function finishInterface(host: HostDraft, carp: CarpDraft): CarpInterfaceConfig | null {
  const addresses = host.addressesOf(carp);
  const block = carp.origin.get('block');
  if (block === undefined) return null;
  const stays = (message: string, means: string): null => {
    // A line that was refused says it all.
    if (!carp.isBroken) host.complaints.warn(block, 'incomplete', message, means);
    return null;
  };
  if (carp.nodes[0]?.vhid === 0)
    return stays(`${carp.name} has no vhid`, 'it stays in INIT and takes no part');
  if (carp.parent === null) {
    const hint = isOpenBsd(host.system) ? 'carpdev' : 'address';
    return stays(`${carp.name} has no ${hint}`, 'it has no parent, stays in INIT and takes no part');
  }
  if (addresses.length === 0) {
    stays(`${carp.name} has no address`, 'it stays in INIT and sends nothing');
    if (carp.isBroken) return null;
  }
  const { version, vrrpPriority, vrrpIntervalCs, nodes, parent } = carp;
  if (version === 2) tellOfUnusedVrrp(host, carp);
  return {
    name: carp.name,
    parent,
    nodes: [...nodes],
    advbase: carp.advbase,
    password: carp.password,
    balancing: carp.balancing,
    addresses: addresses.map(({ cidr }) => cidr),
    peer: carp.peer,
    peerIpv6: carp.peerIpv6,
    initialState: carp.initialState,
    isUp: carp.isUp,
    groups: isOpenBsd(host.system) ? [...carp.groups] : [],
    mac: carp.mac,
    vrrp: version === 3 ? { priority: vrrpPriority, intervalCs: vrrpIntervalCs } : null,
    origin: Object.fromEntries(carp.origin),
  };
}

function tellOfUnusedVrrp(host: HostDraft, carp: CarpDraft): void {
  for (const keyword of ['vrrpprio', 'vrrpinterval']) {
    const place = carp.origin.get(keyword);
    if (place === undefined) continue;
    host.complaints.warn(
      place,
      'no-effect',
      `${keyword} has no effect without carpver 3`,
      `${carp.name} speaks CARP`,
    );
  }
}
