import type { Host, Interface } from '../host/index.js';
import type { Port } from '../link/index.js';
import { Switch, SwitchPort } from '../switch/index.js';
import { type IpAddress, isGroupMac, type MacAddress } from '../wire/index.js';
import type { Network } from './network.js';
import type { VipPlan } from './plan.js';

/** Hosts that {@link ownerMaskOf} can tell apart: the bits of a 32-bit number without its sign. */
export const MOST_MASKED_HOSTS = 31;

/** What is owned: an address, or one share of it. */
export type OwnedVip = Pick<VipPlan, 'address' | 'share' | 'holders'>;

/**
 * Whether a host owns an address now: it runs, and its kernel holds the address with the interface up. A share of an
 * address is owned by the hosts that are MASTER of its virtual host.
 */
export function owns(host: Host, vip: OwnedVip): boolean {
  if (host.ownerInterface(vip.address)?.isUp !== true || !host.isRunning) return false;
  if (vip.share === null) return true;
  for (const { node, instance } of vip.holders)
    if (node === host.name && host.carp?.machine(instance)?.state === 'MASTER') return true;
  return false;
}

/** The names of the hosts that own an address, or a share of one, now, in the order of the lab. */
export function ownersOf(network: Network, vip: OwnedVip): string[] {
  const owners: string[] = [];
  for (const host of network.hosts.values()) if (owns(host, vip)) owners.push(host.name);
  return owners;
}

/**
 * Those of some hosts that own an address, or a share of one, now, as the sum of `1 << index`. It allocates nothing, for those who look after
 * every event.
 *
 * @param hosts {@link MOST_MASKED_HOSTS} at most
 */
export function ownerMaskOf(hosts: readonly Host[], vip: OwnedVip): number {
  let mask = 0;
  for (let index = 0; index < hosts.length; index++) {
    if (owns(hosts[index] as Host, vip)) mask |= 1 << index;
  }
  return mask;
}

/**
 * The host at which a frame from a client to an address would arrive now, by its neighbour entry and the CAM tables, or
 * null. Of those that a frame reaches by flooding it is the one that takes it, which is not all where they share an
 * address, and one that runs before one that is frozen.
 */
export function landingOf(client: Host, address: IpAddress): Host | null {
  if (!client.isRunning) return null;
  if (client.owns(address)) return client;
  const hop = client.nextHopTowards(address);
  if (hop === null) return null;
  const { interface: face, gateway, source } = hop;
  const mac = face.macOfNeighbour(gateway);
  return mac === null ? null : across(face, { mac, source, destination: address }, null);
}

/** A frame that a client would send, with a packet in it. */
interface Probe {
  readonly mac: MacAddress;
  readonly source: IpAddress | null;
  readonly destination: IpAddress;
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

/** Where a frame that leaves by a port ends. */
function across(port: Port, probe: Probe, trail: Trail | null): Host | null {
  const direction = port.outgoing;
  if (direction === null || !direction.carriesNow) return null;
  const { to } = direction;
  if (!(to instanceof SwitchPort)) return accepts(to as Interface, probe);
  const at = to.core;
  if (!(at instanceof Switch) || !to.forwards || isOn(trail, to)) return null;
  const vlan = to.membership.untagged;
  const known = isGroupMac(probe.mac) ? null : at.portOf(probe.mac, vlan);
  if (known !== null) {
    return at.leadOf(known.index) === at.leadOf(to.index) ? null : onward(known, probe, to, trail);
  }
  let frozen: Host | null = null;
  for (const other of at.ports) {
    if (
      at.leadOf(other.index) === at.leadOf(to.index) ||
      !other.forwards ||
      other.membership.carried[vlan] !== 1
    )
      continue;
    const end = onward(other, probe, to, trail);
    if (end?.isRunning === true) return end;
    frozen ??= end;
  }
  return frozen;
}

/** On from a switch; that the frame was there is remembered only if the next stop is another switch. */
function onward(port: SwitchPort, probe: Probe, cameIn: Port, trail: Trail | null): Host | null {
  const isLast = !(port.outgoing?.to instanceof SwitchPort);
  return across(port, probe, isLast ? trail : { port: cameIn, before: trail });
}

/** The host behind an interface, if the interface or another one on it takes the frame, and the packet in it. */
function accepts(iface: Interface, probe: Probe): Host | null {
  const { host } = iface;
  if (!host.isOn || !iface.isUp) return null;
  if (iface.mac === probe.mac) return host;
  for (const child of iface.macvlans)
    if (child.takes(probe.mac) && child.isUp && takesPacket(child, probe)) return host;
  return null;
}

const takesPacket = ({ sharing }: Interface, { source, destination }: Probe): boolean =>
  sharing === null || (source !== null && sharing.takesFlow(source, destination));
