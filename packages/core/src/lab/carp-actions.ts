import type { Carp } from '../host/carp/carp.js';
import { type IpCidr, tryParseIpCidr } from '../wire/index.js';
import type { ActionDesign } from './design.js';
import type { Network } from './network.js';

/** The CARP of an action's node. @throws RangeError if its kernel has none */
function carpOf(network: Network, action: ActionDesign): Carp {
  const { carp } = network.host(action.node ?? '');
  if (carp === null) throw new RangeError(`${action.do}: ${action.node} has no CARP in its kernel`);
  return carp;
}

const cidrOf = ({ address = '' }: ActionDesign): IpCidr => {
  const cidr = tryParseIpCidr(address);
  if (cidr === undefined) throw new RangeError(`'${address}' is not an address`);
  return cidr;
};

/** `ifconfig carp0 down`, `ip link set eth0 down`: an interface is set down or up. */
export function setInterface(network: Network, action: ActionDesign, up: boolean): void {
  const host = network.host(action.node ?? '');
  const name =
    action.interface ?? network.plan.hosts.find((plan) => plan.name === host.name)?.interfaces[0]?.name;
  if (host.carp?.setUp(name ?? '', up) === true) return;
  const face = host.interface(name ?? '');
  if (face === undefined) throw new RangeError(`${host.name} has no interface ${name}`);
  face.setUp(up);
}

/** `ifconfig … state`. */
export function forceState(network: Network, action: ActionDesign): void {
  carpOf(network, action).force(action.vhid ?? null, action.interface ?? null, action.state ?? 'backup');
}

/** `ifconfig -g carp carpdemote`, `sysctl net.inet.carp.demotion`. */
export function demote(network: Network, action: ActionDesign): void {
  carpOf(network, action).demote(action.by ?? 1, action.group ?? 'carp');
}

/** An address comes to a virtual host, or leaves it. True if it is CARP's affair. */
export function changeAddress(network: Network, action: ActionDesign, isAdded: boolean): boolean {
  if (action.vhid === undefined) return false;
  const carp = carpOf(network, action);
  const iface = action.interface ?? null;
  if (isAdded) carp.addAddress(action.vhid, iface, cidrOf(action));
  else carp.removeAddress(action.vhid, iface, cidrOf(action).address);
  return true;
}
