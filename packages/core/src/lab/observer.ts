import { type RecordOf, record, value } from '../engine/index.js';
import type { Host, Interface } from '../host/index.js';
import type { Port } from '../link/index.js';
import { Switch, SwitchPort } from '../switch/index.js';
import type { EventName } from '../trace/index.js';
import { BROADCAST_MAC, formatIpv4, type Ipv4Address, type MacAddress } from '../wire/index.js';
import type { Network } from './network.js';

const OwnerState = record('vip-owners', { owners: value<readonly string[]>() });
const LandingState = record('vip-landing', { at: value<string>() });

/**
 * Events after which an owner or a landing may be another one, and what is to be looked at again: everything, the
 * landings of whoever there is, one address, or one address from one client.
 */
const MATTERS: ReadonlyMap<EventName, 'all' | 'landings' | 'address' | 'neighbour'> = new Map([
  ['address.added', 'address'],
  ['address.removed', 'address'],
  ['arp.learned', 'neighbour'],
  ['arp.state', 'neighbour'],
  ['cam.learned', 'landings'],
  ['cam.moved', 'landings'],
  ['cam.forgotten', 'landings'],
  ['switch.port', 'landings'],
  ['link.carrier', 'all'],
  ['node.power', 'all'],
  ['node.frozen', 'all'],
  ['cause.began', 'all'],
]);

interface WatchedVip {
  readonly address: Ipv4Address;
  readonly text: string;
  readonly state: RecordOf<typeof OwnerState.fields>;
  readonly landings: readonly {
    readonly client: Host;
    readonly state: RecordOf<typeof LandingState.fields>;
  }[];
}

/**
 * Watches who owns each virtual address and where the clients' frames to it would land, and says in the trace when
 * that changes (`vip.owner`, `vip.landed`).
 *
 * - owner: a running host whose kernel holds the address with its interface up;
 * - landing: the host that a frame from the client would reach now, by the client's neighbour entry and the CAM tables.
 */
export class Observer {
  private readonly vips: readonly WatchedVip[];
  /** Set by events and cleared after each; never due between two events, so neither is state. */
  private isAllDue = false;
  private readonly dueAddresses = new Set<string>();

  constructor(private readonly network: Network) {
    const { engine, trace, plan } = network;
    const addresses = new Set<Ipv4Address>(plan.vips.map((vip) => vip.address));
    const owned = new Set(
      plan.hosts.flatMap((host) =>
        host.interfaces.flatMap((iface) => iface.addresses.map((cidr) => cidr.address)),
      ),
    );
    for (const client of plan.hosts.flatMap((host) => host.clients))
      if (!owned.has(client.target)) addresses.add(client.target);
    this.vips = [...addresses].map((address): WatchedVip => {
      const text = formatIpv4(address);
      const clients = plan.hosts.filter((host) => host.clients.some((client) => client.target === address));
      return {
        address,
        text,
        state: engine.record(`vip ${text}`, OwnerState, engine.world),
        landings: clients.map((client) => ({
          client: network.host(client.name),
          state: engine.record(`vip ${text} from ${client.name}`, LandingState, engine.world),
        })),
      };
    });
    const watched = new Set(this.vips.map(({ text }) => text));
    const clients = new Set(this.vips.flatMap(({ landings }) => landings.map(({ client }) => client.name)));
    trace.listen((event) => {
      const matters = MATTERS.get(event.name);
      if (matters === undefined) return;
      if (matters === 'landings') this.isAllDue ||= clients.size > 0;
      else if (matters === 'neighbour' && !clients.has(event.node)) return;
      else if ('address' in event && watched.has(event.address)) this.dueAddresses.add(event.address);
      // Another address may be the gateway on a client's way, or be owned by nobody who matters.
      else if (matters !== 'address') this.isAllDue = true;
    });
    engine.afterEvent = () => {
      if (this.isAllDue || this.dueAddresses.size > 0) this.observeDue();
    };
  }

  /** Looks at everything once more and traces what has changed. */
  observe(): void {
    this.isAllDue = true;
    this.observeDue();
  }

  private observeDue(): void {
    for (const vip of this.vips) if (this.isAllDue || this.dueAddresses.has(vip.text)) this.look(vip);
    this.isAllDue = false;
    this.dueAddresses.clear();
  }

  private look(vip: WatchedVip): void {
    const { trace } = this.network;
    const owners = this.ownersOf(vip.address);
    const known = vip.state.owners ?? [];
    if (owners.length !== known.length || owners.some((owner, index) => owner !== known[index])) {
      vip.state.owners = owners;
      trace.emit('vip.owner', owners[0] ?? '', { address: vip.text, owners });
    }
    for (const { client, state } of vip.landings) {
      const at = this.landingOf(client, vip.address);
      const was = state.at;
      if (at === was) continue;
      state.at = at;
      trace.emit('vip.landed', client.name, { address: vip.text, at, was });
    }
  }

  private ownersOf(address: Ipv4Address): string[] {
    const owners: string[] = [];
    for (const host of this.network.hosts.values()) {
      if (host.isRunning && host.ownerInterface(address)?.isUp === true) owners.push(host.name);
    }
    return owners;
  }

  /** The host that a frame from this client to the address reaches now, or null. */
  private landingOf(client: Host, address: Ipv4Address): string | null {
    if (!client.isRunning) return null;
    if (client.owns(address)) return client.name;
    const hop = client.nextHopOf(address);
    const mac = hop === null ? null : hop.interface.neighbours.macOf(hop.gateway);
    return hop === null || mac === null ? null : follow(hop.interface, mac);
  }
}

/** Where a frame that leaves by an interface for a MAC address ends. */
function follow(from: Interface, mac: MacAddress): string | null {
  return across(from, mac, new Set());
}

function across(port: Port, mac: MacAddress, seen: Set<Port>): string | null {
  const direction = port.outgoing;
  if (direction === null || !direction.carriesNow || seen.has(direction.to)) return null;
  const { to } = direction;
  seen.add(to);
  if (!(to instanceof SwitchPort)) return accepts(to as Interface, mac);
  const at = to.core;
  if (!(at instanceof Switch) || !to.isUp) return null;
  const vlan = to.membership.untagged;
  const known = at.portOf(mac, vlan);
  if (known !== null && mac !== BROADCAST_MAC) return known === to ? null : across(known, mac, seen);
  for (const other of at.ports) {
    if (other === to || !other.isUp || other.membership.carried[vlan] !== 1) continue;
    const end = across(other, mac, seen);
    if (end !== null) return end;
  }
  return null;
}

/** The host behind an interface, if the interface or a macvlan on it takes frames for this address. */
function accepts(iface: Interface, mac: MacAddress): string | null {
  const { host } = iface;
  if (!host.isOn || !iface.isUp) return null;
  const takes = iface.mac === mac || iface.macvlans.some((macvlan) => macvlan.mac === mac && macvlan.isUp);
  return takes ? host.name : null;
}
