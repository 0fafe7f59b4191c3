import { type RecordOf, record, value } from '../engine/index.js';
import type { Host } from '../host/index.js';
import type { EventName } from '../trace/index.js';
import { formatIp, type IpAddress } from '../wire/index.js';
import type { Network } from './network.js';
import { landingOf, type OwnedVip, ownersOf } from './ownership-now.js';
import { clientsAsking, ordinaryVip } from './vip-shares.js';

const OwnerState = record('vip-owners', { owners: value<readonly string[]>() });
const LandingState = record('vip-landing', { at: value<string>() });

/**
 * Events after which an owner or a landing may be another one, and what is to be looked at again: everything, the
 * landings of whoever there is, one address, or one address from one client.
 */
const MATTERS: ReadonlyMap<EventName, 'all' | 'landings' | 'address' | 'neighbour'> = new Map([
  ['address.added', 'address'],
  ['address.removed', 'address'],
  ['carp.state', 'all'],
  ['arp.learned', 'neighbour'],
  ['arp.state', 'neighbour'],
  ['cam.learned', 'landings'],
  ['cam.moved', 'landings'],
  ['cam.forgotten', 'landings'],
  ['switch.port', 'landings'],
  ['stp.port', 'landings'],
  ['link.carrier', 'all'],
  ['node.power', 'all'],
  ['node.frozen', 'all'],
  ['cause.began', 'all'],
]);

interface WatchedVip {
  readonly vip: OwnedVip;
  readonly address: string;
  readonly label: string;
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
    const addresses = new Set<IpAddress>(plan.vips.map((vip) => vip.address));
    const others = new Set<IpAddress>();
    const owned = new Set<IpAddress>(
      plan.hosts.flatMap((host) =>
        host.interfaces.flatMap((iface) =>
          [...iface.addresses, ...iface.addressesIpv6].map((cidr) => cidr.address),
        ),
      ),
    );
    for (const client of plan.hosts.flatMap((host) => host.clients))
      if (!owned.has(client.target) && !addresses.has(client.target)) others.add(client.target);
    const targets = [...plan.vips, ...[...others].map(ordinaryVip)];
    this.vips = targets.map((vip): WatchedVip => {
      const { label } = vip;
      const clients = clientsAsking(plan.hosts, targets, vip);
      return {
        vip,
        address: formatIp(vip.address),
        label,
        state: engine.record(`vip ${label}`, OwnerState, engine.world),
        landings: clients.map((client) => ({
          client: network.host(client.name),
          state: engine.record(`vip ${label} from ${client.name}`, LandingState, engine.world),
        })),
      };
    });
    const watched = new Set(this.vips.map(({ address }) => address));
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
    for (const vip of this.vips) if (this.isAllDue || this.dueAddresses.has(vip.address)) this.look(vip);
    this.isAllDue = false;
    this.dueAddresses.clear();
  }

  private look(vip: WatchedVip): void {
    const { trace } = this.network;
    const owners = ownersOf(this.network, vip.vip);
    const known = vip.state.owners ?? [];
    if (owners.length !== known.length || owners.some((owner, index) => owner !== known[index])) {
      vip.state.owners = owners;
      trace.emit('vip.owner', owners[0] ?? '', { address: vip.label, owners });
    }
    for (const { client, state } of vip.landings) {
      const at = landingOf(client, vip.vip.address)?.name ?? null;
      const was = state.at;
      if (at === was) continue;
      state.at = at;
      trace.emit('vip.landed', client.name, { address: vip.label, at, was });
    }
  }
}
