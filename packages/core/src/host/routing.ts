import { type Engine, type RecordOf, record, value } from '../engine/index.js';
import {
  directedBroadcast,
  type Ipv4Address,
  type Ipv4Cidr,
  isLoopback,
  isMulticast,
  LIMITED_BROADCAST_IPV4,
  network,
  UNSPECIFIED_IPV4,
} from '../wire/index.js';
import type { Host } from './host.js';
import type { Interface } from './interface.js';
import {
  interfaceSource,
  interfaceTowards,
  lookUpRoute,
  mainTable,
  type Route,
  type StaticRoute,
  sourceOf,
} from './route-table.js';

/** A static route as it is asked for. */
export interface RouteOptions {
  readonly destination: Ipv4Cidr;
  /** The gateway; left out where the destination is on the link. */
  readonly via?: Ipv4Address;
  /** Name of the interface; found by the gateway if left out. */
  readonly interface?: string;
  /** 0 if left out; the lower wins. */
  readonly metric?: number;
  /** The source address to prefer (`src`). */
  readonly source?: Ipv4Address;
  /** `unicast` if left out. */
  readonly type?: StaticRoute['type'];
}

/** Where a packet of ours goes. */
export interface Path {
  readonly type: 'local' | 'broadcast' | 'multicast' | 'unicast';
  readonly interface: Interface;
  /** Whose MAC is needed: the gateway or the destination itself. */
  readonly nextHop: Ipv4Address;
  /** The source that suits, or 0.0.0.0. */
  readonly source: Ipv4Address;
}

/** So many looked-up paths are remembered; then the memory begins anew. */
const MOST_PATHS = 4096;

const RoutesRecord = record('routes', { statics: value<readonly StaticRoute[]>() });

/**
 * Which addresses are ours and where everything else goes. All but the static routes is derived from the interfaces,
 * and worked out again when they change.
 */
export class Routing {
  private readonly state: RecordOf<typeof RoutesRecord.fields>;
  private locals = new Map<number, Interface>();
  private broadcasts = new Map<number, Interface>();
  private paths = new Map<number, Path | null>();
  /** Linux's main table, in the order of the lookup. */
  main: readonly Route[] = [];

  constructor(
    engine: Engine,
    private readonly host: Host,
    boot: readonly RouteOptions[],
  ) {
    this.deriveFrom([]);
    const statics: StaticRoute[] = [];
    for (const options of boot) {
      const route = this.resolve(options);
      if (route === null) throw new RangeError(`${host.name}: a route's gateway is on no link`);
      statics.push(route);
    }
    this.state = engine.record(`${host.name}/routes`, RoutesRecord, host.domain, {}, { statics });
    this.derive();
    engine.afterRestore.push(() => this.derive());
  }

  /** Works everything derived out again. */
  derive(): void {
    this.deriveFrom(this.state.statics ?? []);
  }

  private deriveFrom(statics: readonly StaticRoute[]): void {
    const { host } = this;
    this.locals = new Map();
    this.broadcasts = new Map();
    this.paths = new Map();
    this.main = [];
    for (const face of host.allInterfaces) face.deriveSettings();
    if (!host.isOn) return;
    for (const face of host.allInterfaces) {
      // Addresses of an interface that is set down stay in the local table.
      for (const entry of face.addressEntries()) {
        if (!this.locals.has(entry.address)) this.locals.set(entry.address, face);
        const broadcast = directedBroadcast(entry);
        if (broadcast === undefined || entry.isSecondary || !face.adminUp || face.kind === 'loopback')
          continue;
        if (!this.broadcasts.has(broadcast)) this.broadcasts.set(broadcast, face);
      }
    }
    this.main = mainTable(host.allInterfaces, statics);
  }

  // ---- static routes

  private resolve(options: RouteOptions): StaticRoute | null {
    const type = options.type ?? 'unicast';
    const gateway = options.via ?? UNSPECIFIED_IPV4;
    let face: Interface | null = null;
    if (options.interface !== undefined) {
      face = this.host.interface(options.interface) ?? null;
      if (face === null) throw new RangeError(`${this.host.name} has no interface ${options.interface}`);
    } else if (gateway !== UNSPECIFIED_IPV4) face = interfaceTowards(this.main, gateway);
    if (face === null && type === 'unicast') return null;
    return {
      address: network(options.destination),
      prefixLength: options.destination.prefixLength,
      gateway,
      interfaceIndex: face?.index ?? 0,
      metric: options.metric ?? 0,
      source: options.source ?? UNSPECIFIED_IPV4,
      type,
    };
  }

  /** Adds a route. Refuses one whose gateway is on no link, and one that is there with the same metric. */
  add(options: RouteOptions): boolean {
    const route = this.resolve(options);
    if (route === null) return false;
    const statics = this.state.statics ?? [];
    if (statics.some((other) => isSame(other, route))) return false;
    this.state.statics = [...statics, route];
    this.derive();
    return true;
  }

  /** Removes the first route to a destination, with that metric if it is given. */
  remove(destination: Ipv4Cidr, metric?: number): boolean {
    const statics = this.state.statics ?? [];
    const at = statics.findIndex(
      (route) =>
        route.address === network(destination) &&
        route.prefixLength === destination.prefixLength &&
        (metric === undefined || route.metric === metric),
    );
    if (at < 0) return false;
    this.state.statics = statics.filter((_, index) => index !== at);
    this.derive();
    return true;
  }

  /** An interface was set down: its static routes go for good (Linux `fib_disable_ip`). */
  interfaceSetDown(face: Interface): void {
    const statics = this.state.statics ?? [];
    this.state.statics = statics.filter((route) => route.interfaceIndex !== face.index);
    this.derive();
  }

  /** An address went: routes that prefer it as their source go too (Linux `fib_sync_down_addr`). */
  addressRemoved(address: Ipv4Address): void {
    const statics = this.state.statics ?? [];
    if (statics.some((route) => route.source === address)) {
      this.state.statics = statics.filter((route) => route.source !== address);
    }
    this.derive();
  }

  /** Back to the routes of the design, for a power cycle. */
  reset(): void {
    this.state.reset();
    this.derive();
  }

  // ---- lookup

  /** Whether an address is one of ours, on whatever interface. */
  isLocal(address: Ipv4Address): boolean {
    return this.locals.has(address) || isLoopback(address);
  }

  /** The interface that an address of ours is configured on. */
  localInterface(address: Ipv4Address): Interface | undefined {
    return this.locals.get(address);
  }

  /** Whether it is the broadcast address of one of our subnets. */
  isBroadcast(address: Ipv4Address): boolean {
    return this.broadcasts.has(address);
  }

  /**
   * Where a packet to a destination goes, or null (Linux `ip_route_output_key_hash_rcu`).
   *
   * @param only - the interface it is to leave by, or null
   * @param source - our address that it comes from, which chooses the interface of a group
   */
  pathTo(destination: Ipv4Address, only: Interface | null, source: Ipv4Address | null = null): Path | null {
    if (only !== null || isMulticast(destination) || destination === LIMITED_BROADCAST_IPV4) {
      return this.findPath(destination, only, source);
    }
    const known = this.paths.get(destination);
    if (known !== undefined) return known;
    const path = this.findPath(destination, null, source);
    if (this.paths.size >= MOST_PATHS) this.paths.clear();
    this.paths.set(destination, path);
    return path;
  }

  private findPath(
    destination: Ipv4Address,
    only: Interface | null,
    source: Ipv4Address | null,
  ): Path | null {
    const { host } = this;
    if (!host.isOn || destination === UNSPECIFIED_IPV4) return null;
    if (isMulticast(destination) || destination === LIMITED_BROADCAST_IPV4) {
      const face = only ?? this.groupInterface(destination, source);
      if (face === null || !face.adminUp) return null;
      const type = destination === LIMITED_BROADCAST_IPV4 ? 'broadcast' : 'multicast';
      return this.path(type, face, destination, interfaceSource(face, destination, host.allInterfaces));
    }
    if (this.isLocal(destination)) {
      return this.path('local', this.locals.get(destination) ?? host.loopback, destination, destination);
    }
    const subnet = this.broadcasts.get(destination);
    if (subnet !== undefined && (only === null || only === subnet)) {
      return this.path(
        'broadcast',
        subnet,
        destination,
        interfaceSource(subnet, destination, host.allInterfaces),
      );
    }
    const route = lookUpRoute(this.main, destination, only);
    if (route === undefined) {
      // Bound to an interface, a packet goes out there as if its destination were on the link.
      if (only === null || !only.adminUp) return null;
      return this.path('unicast', only, destination, interfaceSource(only, destination, host.allInterfaces));
    }
    if (route.type !== 'unicast' || route.interface === null) return null;
    const nextHop = route.gateway === UNSPECIFIED_IPV4 ? destination : route.gateway;
    return this.path('unicast', route.interface, nextHop, sourceOf(route, destination, host.allInterfaces));
  }

  /** By source address, else by route, else the first. */
  groupInterface(group: Ipv4Address, source: Ipv4Address | null): Interface | null {
    const own = source === null ? undefined : this.locals.get(source);
    return own ?? lookUpRoute(this.main, group, null)?.interface ?? this.host.interfaces[0] ?? null;
  }

  private path(type: Path['type'], face: Interface, nextHop: Ipv4Address, source: Ipv4Address): Path {
    return { type, interface: face, nextHop, source };
  }
}

const isSame = (a: StaticRoute, b: StaticRoute): boolean =>
  a.address === b.address && a.prefixLength === b.prefixLength && a.metric === b.metric;
