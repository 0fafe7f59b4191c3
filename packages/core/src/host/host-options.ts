import type { Ipv4Address, Ipv4Cidr, Ipv4Payload, Ipv6Cidr, MacAddress } from '../wire/index.js';
import type { CarpOptions } from './carp/carp.js';
import type { Interface } from './interface.js';
import type { Ipv6RouteOptions } from './ipv6/ipv6-routing.js';
import type { Ipv6Sysctls } from './ipv6/ipv6-sysctl.js';
import type { DropRule } from './packet-filter.js';
import type { RouteOptions } from './routing.js';
import type { InterfaceSysctls, Sysctls } from './sysctl.js';

/** One interface of a host to be built. */
export interface InterfaceOptions {
  readonly name: string;
  readonly mac: MacAddress;
  readonly addresses: readonly Ipv4Cidr[];
  /** None if left out. One on any interface gives the whole host IPv6, with link-local addresses everywhere. */
  readonly addressesIpv6?: readonly Ipv6Cidr[];
  /** Bytes of payload per frame; 1500 if left out. */
  readonly mtu?: number;
  /** False: its driver says nothing of the link; true if left out. */
  readonly tellsLinkState?: boolean;
  /** The interface's own settings. */
  readonly sysctl?: Partial<InterfaceSysctls>;
}

/** A host to be built: what it has after every boot. */
export interface HostOptions {
  readonly name: string;
  readonly interfaces: readonly InterfaceOptions[];
  /** Settings of the machine and of all its interfaces. */
  readonly sysctl?: Partial<Sysctls>;
  readonly routes?: readonly RouteOptions[];
  /** Whether it has IPv6 though none of its interfaces is given an address: for virtual ones to come. */
  readonly ipv6?: boolean;
  /** Settings of IPv6; those that both families have are taken from `sysctl`. */
  readonly sysctlIpv6?: Partial<Ipv6Sysctls>;
  readonly routesIpv6?: readonly Ipv6RouteOptions[];
  /** Rules of the firewall. */
  readonly filter?: readonly DropRule[];
  /** Names of files that exist. */
  readonly files?: readonly string[];
  /** CARP in its kernel; none if left out. */
  readonly carp?: CarpOptions;
  /** False: TCP's numbers (initial sequence, ephemeral ports) are always the same, for those who compare states. */
  readonly variesTcp?: boolean;
}

/** A packet to be sent. */
export interface SendOptions {
  /** One of our addresses; what the route suggests if left out. */
  readonly source?: Ipv4Address;
  readonly destination: Ipv4Address;
  readonly protocol: number;
  readonly ttl?: number;
  readonly tos?: number;
  readonly identification?: number;
  readonly dontFragment?: boolean;
  readonly options?: Uint8Array;
  readonly payload: Ipv4Payload;
  /** The interface it is to leave by. */
  readonly interface?: Interface;
  /** The source MAC of the frame, where it is not the interface's. */
  readonly sourceMac?: MacAddress;
  /** The sender made the IP header (IP_HDRINCL): the source may be anybody's. */
  readonly headerIncluded?: boolean;
}
