import { type Engine, type RecordOf, record, value } from '../../engine/index.js';
import {
  type Ipv6Address,
  type Ipv6Cidr,
  inSubnetIpv6,
  isLinkLocalIpv6,
  isMulticastIpv6,
  networkIpv6,
  sharePrefix,
  UNSPECIFIED_IPV6,
} from '../../wire/index.js';
import type { Host } from '../host.js';
import type { Interface } from '../interface.js';
import { type Ipv6InterfaceAddress, selectSourceIpv6 } from './ipv6-address-list.js';

/** A static IPv6 route as it is asked for. */
export interface Ipv6RouteOptions {
  readonly destination: Ipv6Cidr;
  /** The gateway; left out where the destination is on the link. A link-local one needs the interface. */
  readonly via?: Ipv6Address;
  /** Name of the interface; found by the gateway if left out. */
  readonly interface?: string;
  /** 1024 if left out; the lower wins. */
  readonly metric?: number;
}

/** A static route as it is kept: plain data. */
export interface Ipv6StaticRoute {
  readonly address: Ipv6Address;
  readonly prefixLength: number;
  /** Null: the destination is on the link. */
  readonly gateway: Ipv6Address | null;
  readonly interfaceIndex: number;
  readonly metric: number;
}

/** One line of the main table, static or derived from an address. */
interface Ipv6Route {
  readonly destination: Ipv6Address;
  readonly prefixLength: number;
  readonly interface: Interface;
  readonly gateway: Ipv6Address | null;
  readonly metric: number;
}

/** Where an IPv6 packet of ours goes. */
export interface Ipv6Path {
  readonly type: 'local' | 'multicast' | 'unicast';
  readonly interface: Interface;
  /** Whose MAC is needed: the gateway or the destination itself. */
  readonly nextHop: Ipv6Address;
  /** The source that suits, or null. */
  readonly source: Ipv6Address | null;
}

/** IP6_RT_PRIO_USER, of routes that somebody configured; those of addresses have IP6_RT_PRIO_ADDRCONF. */
const STATIC_METRIC = 1024;
const ADDRESS_METRIC = 256;
/** So many looked-up paths are remembered; then the memory begins anew. */
const MOST_PATHS = 4096;
const NO_ADDRESSES: readonly Ipv6InterfaceAddress[] = [];

const Ipv6RoutesRecord = record('routes-ipv6', { statics: value<readonly Ipv6StaticRoute[]>() });

/**
 * Which IPv6 addresses are ours and where everything else goes. All but the static routes is derived from the
 * interfaces, and worked out again when they change.
 */
export class Ipv6Routing {
  private readonly state: RecordOf<typeof Ipv6RoutesRecord.fields>;
  private locals = new Map<Ipv6Address, Interface>();
  private paths = new Map<Ipv6Address, Ipv6Path | null>();
  private main: readonly Ipv6Route[] = [];

  /** @throws RangeError for a route whose gateway is on no link */
  constructor(
    engine: Engine,
    private readonly host: Host,
    boot: readonly Ipv6RouteOptions[],
  ) {
    this.deriveFrom([]);
    const statics: Ipv6StaticRoute[] = [];
    for (const options of boot) {
      const route = this.resolve(options);
      if (route === null) throw new RangeError(`${host.name}: the gateway of an IPv6 route is on no link`);
      statics.push(route);
    }
    this.state = engine.record(`${host.name}/routes-ipv6`, Ipv6RoutesRecord, host.domain, {}, { statics });
    this.derive();
    engine.afterRestore.push(() => this.derive());
  }

  /** Works everything derived out again. */
  derive(): void {
    this.deriveFrom(this.state.statics ?? []);
  }

  private deriveFrom(statics: readonly Ipv6StaticRoute[]): void {
    const { host } = this;
    this.locals = new Map();
    this.paths = new Map();
    const main: Ipv6Route[] = [];
    if (host.isOn) {
      for (const face of host.allInterfaces) {
        for (const entry of face.ipv6?.addressEntries() ?? NO_ADDRESSES) {
          if (entry.state === 'valid' && !this.locals.has(entry.address))
            this.locals.set(entry.address, face);
          if (!face.adminUp || face.kind === 'loopback' || entry.hasNoPrefixRoute) continue;
          const destination = networkIpv6(entry);
          const { prefixLength } = entry;
          const isKnown = main.some(
            (route) =>
              route.interface === face &&
              route.destination === destination &&
              route.prefixLength === prefixLength,
          );
          if (isKnown || prefixLength === 128) continue;
          main.push({ destination, prefixLength, interface: face, gateway: null, metric: ADDRESS_METRIC });
        }
      }
      for (const route of statics) {
        const face = host.interfaceAt(route.interfaceIndex);
        if (face === undefined || !face.adminUp) continue;
        const { address: destination, prefixLength, gateway, metric } = route;
        main.push({ destination, prefixLength, interface: face, gateway, metric });
      }
    }
    // The sort is stable: of equals the one of the earlier interface wins.
    this.main = main.sort((a, b) => b.prefixLength - a.prefixLength || a.metric - b.metric);
  }

  // ---- static routes

  private resolve(options: Ipv6RouteOptions): Ipv6StaticRoute | null {
    const gateway = options.via ?? null;
    const face =
      options.interface === undefined
        ? gateway === null || isLinkLocalIpv6(gateway)
          ? undefined
          : this.linkTowards(gateway)
        : this.host.interface(options.interface);
    if (face === undefined) return null;
    return {
      address: networkIpv6(options.destination),
      prefixLength: options.destination.prefixLength,
      gateway,
      interfaceIndex: face.index,
      metric: options.metric ?? STATIC_METRIC,
    };
  }

  /** The interface on whose link a gateway lies. */
  private linkTowards(gateway: Ipv6Address): Interface | undefined {
    return this.main.find(
      (route) => route.gateway === null && sharePrefix(gateway, route.destination, route.prefixLength),
    )?.interface;
  }

  /** Adds a route. Refuses one whose gateway is on no link, and one that is there with the same metric. */
  add(options: Ipv6RouteOptions): boolean {
    const route = this.resolve(options);
    if (route === null) return false;
    const statics = this.state.statics ?? [];
    const isSame = (other: Ipv6StaticRoute): boolean =>
      other.address === route.address &&
      other.prefixLength === route.prefixLength &&
      other.metric === route.metric;
    if (statics.some(isSame)) return false;
    this.state.statics = [...statics, route];
    this.derive();
    return true;
  }

  /** Removes the first route to a destination. */
  remove(destination: Ipv6Cidr): boolean {
    const statics = this.state.statics ?? [];
    const wanted = networkIpv6(destination);
    const at = statics.findIndex(
      ({ address, prefixLength }) => address === wanted && prefixLength === destination.prefixLength,
    );
    if (at < 0) return false;
    this.state.statics = statics.filter((_, index) => index !== at);
    this.derive();
    return true;
  }

  /** An interface was set down: its static routes go for good (Linux `rt6_disable_ip`). */
  interfaceSetDown(face: Interface): void {
    const statics = this.state.statics ?? [];
    if (statics.some(({ interfaceIndex }) => interfaceIndex === face.index)) {
      this.state.statics = statics.filter(({ interfaceIndex }) => interfaceIndex !== face.index);
    }
    this.derive();
  }

  /** Back to the routes of the design, for a power cycle. */
  reset(): void {
    this.state.reset();
    this.derive();
  }

  // ---- lookup

  /** Whether an address is one of ours that can be used. */
  isLocal(address: Ipv6Address): boolean {
    return this.locals.has(address);
  }

  /** The interface that an address of ours is configured on. */
  localInterface(address: Ipv6Address): Interface | undefined {
    return this.locals.get(address);
  }

  /** The route to a destination: longest prefix, lowest metric, first interface. */
  lookUp(
    destination: Ipv6Address,
    only: Interface | null,
  ): { readonly interface: Interface; readonly gateway: Ipv6Address | null } | undefined {
    return this.main.find(
      (route) =>
        (only === null || route.interface === only) &&
        sharePrefix(destination, route.destination, route.prefixLength),
    );
  }

  /** Whether an address lies in a subnet of an interface. */
  isOnLink(face: Interface, address: Ipv6Address): boolean {
    return (face.ipv6?.addressEntries() ?? NO_ADDRESSES).some((entry) => inSubnetIpv6(address, entry));
  }

  /**
   * Where a packet to a destination goes, or null (Linux `ip6_route_output`).
   *
   * @param only - the interface it is to leave by, or null; link-local destinations need it where there are several
   * @param source - our address that it comes from, which chooses the link of a link-local destination
   */
  pathTo(
    destination: Ipv6Address,
    only: Interface | null = null,
    source: Ipv6Address | null = null,
  ): Ipv6Path | null {
    if (only !== null || isMulticastIpv6(destination) || isLinkLocalIpv6(destination)) {
      return this.findPath(destination, only, source);
    }
    const known = this.paths.get(destination);
    if (known !== undefined) return known;
    const path = this.findPath(destination, null, null);
    if (this.paths.size >= MOST_PATHS) this.paths.clear();
    this.paths.set(destination, path);
    return path;
  }

  private findPath(
    destination: Ipv6Address,
    only: Interface | null,
    source: Ipv6Address | null,
  ): Ipv6Path | null {
    const { host } = this;
    if (!host.isOn || destination === UNSPECIFIED_IPV6) return null;
    if (isMulticastIpv6(destination)) {
      const face = only ?? this.linkOf(source) ?? host.interfaces[0] ?? null;
      if (face === null || !face.adminUp) return null;
      return this.path('multicast', face, destination, destination);
    }
    const own = this.locals.get(destination);
    if (own !== undefined && (only === null || only === own || !isLinkLocalIpv6(destination))) {
      return { type: 'local', interface: host.loopback, nextHop: destination, source: destination };
    }
    if (isLinkLocalIpv6(destination)) {
      const face = only ?? this.linkOf(source) ?? this.onlyInterface();
      if (face === null || !face.adminUp) return null;
      return this.path('unicast', face, destination, destination);
    }
    const route = this.lookUp(destination, only);
    if (route === undefined) return null;
    return this.path('unicast', route.interface, route.gateway ?? destination, destination);
  }

  /** The link that a link-local source is of. */
  private linkOf(source: Ipv6Address | null): Interface | null {
    return source === null ? null : (this.locals.get(source) ?? null);
  }

  private onlyInterface(): Interface | null {
    const { interfaces } = this.host;
    return interfaces.length === 1 ? (interfaces[0] ?? null) : null;
  }

  private path(
    type: Ipv6Path['type'],
    face: Interface,
    nextHop: Ipv6Address,
    destination: Ipv6Address,
  ): Ipv6Path {
    return { type, interface: face, nextHop, source: this.sourceFor(destination, face) };
  }

  private sourceFor(destination: Ipv6Address, face: Interface): Ipv6Address | null {
    const others = this.host.interfaces.flatMap((other) =>
      other === face ? [] : (other.ipv6?.addressEntries() ?? []),
    );
    return selectSourceIpv6(destination, face.ipv6?.addressEntries() ?? NO_ADDRESSES, others);
  }
}
