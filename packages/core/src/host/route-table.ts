import { type Ipv4Address, type Ipv4Cidr, inSubnet, network, UNSPECIFIED_IPV4 } from '../wire/index.js';
import { selectSource } from './address-list.js';
import type { Interface } from './interface.js';

/** A static route as it is kept: plain data. */
export interface StaticRoute extends Ipv4Cidr {
  /** 0.0.0.0: the destination is on the link. */
  readonly gateway: Ipv4Address;
  /** Index of the interface it leaves by; 0 for a route that leads nowhere. */
  readonly interfaceIndex: number;
  readonly metric: number;
  /** The source to prefer, or 0.0.0.0. */
  readonly source: Ipv4Address;
  readonly type: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
}

/** One line of the main table, static or derived from an address. */
export interface Route {
  /** The network, host bits cleared. */
  readonly destination: Ipv4Address;
  readonly prefixLength: number;
  readonly type: StaticRoute['type'];
  readonly interface: Interface | null;
  readonly gateway: Ipv4Address;
  readonly metric: number;
  readonly source: Ipv4Address;
}

/**
 * The main table: the subnet of each primary address on an interface that is set up, then what was configured.
 * Longest prefix first, then the lowest metric, then the order of the interfaces (Linux fib_trie).
 */
export function mainTable(interfaces: readonly Interface[], statics: readonly StaticRoute[]): Route[] {
  const routes: Route[] = [];
  for (const face of interfaces) {
    if (!face.adminUp || face.kind === 'loopback') continue;
    for (const entry of face.addressEntries()) {
      // fib_add_ifaddr: no route for a secondary, nor for a /32.
      if (entry.isSecondary || entry.prefixLength === 32 || entry.hasNoPrefixRoute) continue;
      routes.push({
        destination: network(entry),
        prefixLength: entry.prefixLength,
        type: 'unicast',
        interface: face,
        gateway: UNSPECIFIED_IPV4,
        metric: 0,
        source: entry.address,
      });
    }
  }
  for (const route of statics) {
    routes.push({
      destination: network(route),
      prefixLength: route.prefixLength,
      type: route.type,
      interface: interfaces.find((face) => face.index === route.interfaceIndex) ?? null,
      gateway: route.gateway,
      metric: route.metric,
      source: route.source,
    });
  }
  return routes.sort((a, b) => b.prefixLength - a.prefixLength || a.metric - b.metric);
}

/**
 * The route to a destination, or undefined. A route whose interface has lost its carrier ("linkdown") is used all the
 * same, unless ignore_routes_with_linkdown says otherwise.
 *
 * @param only - an interface that it must leave by, or null
 */
export function lookUpRoute(
  table: readonly Route[],
  destination: Ipv4Address,
  only: Interface | null,
): Route | undefined {
  for (const route of table) {
    if (((destination ^ route.destination) & maskOf(route.prefixLength)) !== 0) continue;
    if (route.interface === null) return route;
    if (only !== null && route.interface !== only) continue;
    if (!route.interface.isUp && route.interface.effective('ignore_routes_with_linkdown') !== 0) continue;
    return route;
  }
  return undefined;
}

const maskOf = (prefixLength: number): number => (prefixLength === 0 ? 0 : -1 << (32 - prefixLength));

/**
 * The source that a route suggests: its own, else one of its interface's addresses, else of any other interface
 * (Linux `fib_result_prefsrc`, `inet_select_addr`).
 */
export function sourceOf(
  route: Pick<Route, 'source' | 'gateway' | 'interface'>,
  destination: Ipv4Address,
  interfaces: readonly Interface[],
): Ipv4Address {
  if (route.source !== UNSPECIFIED_IPV4) return route.source;
  const towards = route.gateway === UNSPECIFIED_IPV4 ? destination : route.gateway;
  return route.interface === null ? UNSPECIFIED_IPV4 : interfaceSource(route.interface, towards, interfaces);
}

/** The source for a packet that leaves by an interface, borrowed from another where it has none of its own. */
export function interfaceSource(
  face: Interface,
  towards: Ipv4Address,
  interfaces: readonly Interface[],
): Ipv4Address {
  const own = selectSource(face.addressEntries(), towards);
  if (own !== UNSPECIFIED_IPV4) return own;
  for (const other of interfaces) {
    for (const entry of other.addressEntries()) {
      if (!entry.isSecondary && entry.scope === 'global') return entry.address;
    }
  }
  return UNSPECIFIED_IPV4;
}

/** The interface on whose link an address lies, for a gateway. */
export function interfaceTowards(table: readonly Route[], address: Ipv4Address): Interface | null {
  const route = table.find(
    (candidate) =>
      candidate.gateway === UNSPECIFIED_IPV4 &&
      candidate.type === 'unicast' &&
      inSubnet(address, { address: candidate.destination, prefixLength: candidate.prefixLength }),
  );
  return route?.interface ?? null;
}
