import type { Host, Interface } from '../host/index.js';
import type { Port } from '../link/index.js';
import { Switch, SwitchPort } from '../switch/index.js';
import { BROADCAST_MAC, type IpAddress, type MacAddress } from '../wire/index.js';
import type { Network } from './network.js';

/** Hosts that {@link ownerMaskOf} can tell apart: the bits of a 32-bit number without its sign. */
export const MOST_MASKED_HOSTS = 31;

/** Whether a host owns an address now: it runs, and its kernel holds the address with the interface up. */
export function owns(host: Host, address: IpAddress): boolean {
  return host.ownerInterface(address)?.isUp === true && host.isRunning;
}

/** The names of the hosts that own an address now, in the order of the lab. */
export function ownersOf(network: Network, address: IpAddress): string[] {
  const owners: string[] = [];
  for (const host of network.hosts.values()) if (owns(host, address)) owners.push(host.name);
  return owners;
}

/**
 * Those of some hosts that own an address now, as the sum of `1 << index`. It allocates nothing, for those who look after
 * every event.
 *
 * @param hosts {@link MOST_MASKED_HOSTS} at most
 */
export function ownerMaskOf(hosts: readonly Host[], address: IpAddress): number {
  let mask = 0;
  for (let index = 0; index < hosts.length; index++) {
    if (owns(hosts[index] as Host, address)) mask |= 1 << index;
  }
  return mask;
}

/** The host at which a frame from a client to an address would arrive now, by its neighbour entry and the CAM tables, or null. */
export function landingOf(client: Host, address: IpAddress): Host | null {
  if (!client.isRunning) return null;
  if (client.owns(address)) return client;
  const hop = client.nextHopTowards(address);
  if (hop === null) return null;
  const { interface: face, gateway } = hop;
  const mac = face.macOfNeighbour(gateway);
  return mac === null ? null : across(face, mac, null);
}

/** Whether a host has an entry for the neighbour through whom it reaches an address, in whatever state. */
export function hasNeighbourEntry(host: Host, address: IpAddress): boolean {
  const hop = host.nextHopTowards(address);
  return hop?.interface.neighboursFor(hop.gateway)?.has(hop.gateway) === true;
}

/** The ports that a frame has come in at, the last one first: a frame that comes back has found a loop. */
interface Trail {
  readonly port: Port;
  readonly before: Trail | null;
}

function isOn(trail: Trail | null, port: Port): boolean {
  for (let at = trail; at !== null; at = at.before) if (at.port === port) return true;
  return false;
}

/** Where a frame that leaves by a port for a MAC address ends. */
function across(port: Port, mac: MacAddress, trail: Trail | null): Host | null {
  const direction = port.outgoing;
  if (direction === null || !direction.carriesNow) return null;
  const { to } = direction;
  if (!(to instanceof SwitchPort)) return accepts(to as Interface, mac);
  const at = to.core;
  if (!(at instanceof Switch) || !to.forwards || isOn(trail, to)) return null;
  const vlan = to.membership.untagged;
  const known = at.portOf(mac, vlan);
  if (known !== null && mac !== BROADCAST_MAC) {
    return at.leadOf(known.index) === at.leadOf(to.index) ? null : onward(known, mac, to, trail);
  }
  for (const other of at.ports) {
    if (
      at.leadOf(other.index) === at.leadOf(to.index) ||
      !other.forwards ||
      other.membership.carried[vlan] !== 1
    )
      continue;
    const end = onward(other, mac, to, trail);
    if (end !== null) return end;
  }
  return null;
}

/** On from a switch; that the frame was there is remembered only if the next stop is another switch. */
function onward(port: SwitchPort, mac: MacAddress, cameIn: Port, trail: Trail | null): Host | null {
  const isLast = !(port.outgoing?.to instanceof SwitchPort);
  return across(port, mac, isLast ? trail : { port: cameIn, before: trail });
}

/** The host behind an interface, if the interface or a macvlan on it takes frames for this address. */
function accepts(iface: Interface, mac: MacAddress): Host | null {
  const { host } = iface;
  if (!host.isOn || !iface.isUp) return null;
  if (iface.mac === mac) return host;
  for (const macvlan of iface.macvlans) if (macvlan.mac === mac && macvlan.isUp) return host;
  return null;
}
