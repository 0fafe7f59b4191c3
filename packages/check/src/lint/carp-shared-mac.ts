import { carpGroupMac, type MacAddress, virtualRouterMac } from '@viplab/core';
import type { KernelRouter } from './carp-router.js';

/** The MAC address that ARP replies of a kernel's CARP give (ip_carp.c `carp_set_enaddr`). */
export function sharedMacOf({ iface, vhid }: KernelRouter): MacAddress {
  const leader = iface.nodes[0]?.vhid ?? vhid;
  if (iface.mac !== null) return iface.mac;
  // ARP balancing answers with the MAC address of the virtual host that was chosen.
  if (iface.balancing === 'arp') return virtualRouterMac(vhid);
  return iface.balancing === 'ip' ? carpGroupMac(leader) : virtualRouterMac(leader);
}
