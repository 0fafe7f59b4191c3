import type { Engine } from '../../engine/index.js';
import {
  type Ipv6Address,
  type Ipv6Cidr,
  type Ipv6Packet,
  type Ipv6Payload,
  ipv6Length,
  ipv6Packet,
  type MacAddress,
  multicastMacIpv6,
  rawIpv6Packet,
  type TcpSegment,
  ZERO_MAC,
} from '../../wire/index.js';
import type { Host } from '../host.js';
import type { HostOptions } from '../host-options.js';
import type { Interface } from '../interface.js';
import type { Process } from '../process.js';
import type { InterfaceSysctls } from '../sysctl.js';
import { Icmpv6 } from './icmpv6-host.js';
import type { Ipv6AddressOptions, Ipv6InterfaceAddress } from './ipv6-address-list.js';
import { receiveIpv6 } from './ipv6-input.js';
import { Ipv6Interface } from './ipv6-interface.js';
import { type Ipv6Path, type Ipv6RouteOptions, Ipv6Routing } from './ipv6-routing.js';
import { type Ipv6Sysctls, ipv6Sysctls } from './ipv6-sysctl.js';
import { Ipv6RawSocket, type Ipv6RawSocketOptions } from './raw-socket-ipv6.js';

/** What a host's IPv6 is made from. */
export interface Ipv6Options {
  /** The addresses of each interface by its name. */
  readonly addresses: ReadonlyMap<string, readonly Ipv6Cidr[]>;
  readonly routes: readonly Ipv6RouteOptions[];
  /** Settings that hold for both families. */
  readonly shared: Readonly<Partial<InterfaceSysctls>>;
  /** Settings of IPv6 for all interfaces. */
  readonly sysctl: Readonly<Partial<Ipv6Sysctls>>;
  /** Settings of single interfaces, by name. */
  readonly interfaceSysctls: ReadonlyMap<string, Readonly<Partial<InterfaceSysctls>>>;
}

/** An IPv6 packet to be sent. */
export interface Ipv6SendOptions {
  /** One of our addresses; what suits the destination if left out. */
  readonly source?: Ipv6Address;
  readonly destination: Ipv6Address;
  /** The next header value; belongs to the payload unless that is raw. */
  readonly protocol: number;
  /** What the interface's `hop_limit` says if left out. */
  readonly hopLimit?: number;
  readonly trafficClass?: number;
  readonly payload: Ipv6Payload;
  /** The interface it is to leave by. */
  readonly interface?: Interface;
  /** The source MAC of the frame, where it is not the interface's. */
  readonly sourceMac?: MacAddress;
  /** The sender made the IP header (IP_HDRINCL): the source may be anybody's. */
  readonly headerIncluded?: boolean;
}

/** The IPv6 part of a host's kernel. A host whose design has no IPv6 has none. */
export class Ipv6 {
  readonly routing: Ipv6Routing;
  readonly icmp: Icmpv6;
  private readonly raw: Ipv6RawSocket[] = [];
  private rawCount = 0;

  /** Made by its host only, when the host's interfaces are there. */
  constructor(
    private readonly engine: Engine,
    readonly host: Host,
    private readonly options: Ipv6Options,
  ) {
    for (const face of host.allInterfaces) this.adopt(face);
    this.icmp = new Icmpv6(engine, this);
    this.routing = new Ipv6Routing(engine, host, options.routes);
  }

  /** The IPv6 of a host, or null if its design has none. */
  static of(engine: Engine, host: Host, options: HostOptions): Ipv6 | null {
    const { interfaces, sysctl, sysctlIpv6, routesIpv6 } = options;
    const hasAddress = interfaces.some((face) => (face.addressesIpv6 ?? []).length > 0);
    if (options.ipv6 !== true && !hasAddress) return null;
    return new Ipv6(engine, host, {
      addresses: new Map(interfaces.map((face) => [face.name, face.addressesIpv6 ?? []])),
      routes: routesIpv6 ?? [],
      shared: sysctl ?? {},
      sysctl: sysctlIpv6 ?? {},
      interfaceSysctls: new Map(interfaces.map((face) => [face.name, face.sysctl ?? {}])),
    });
  }

  /** Gives an interface its IPv6 side. */
  adopt(face: Interface): void {
    const { addresses, shared, sysctl, interfaceSysctls } = this.options;
    const settings = ipv6Sysctls({ ...shared, ...interfaceSysctls.get(face.name) }, sysctl);
    face.ipv6 = new Ipv6Interface(this.engine, this, face, addresses.get(face.name) ?? [], settings);
  }

  // ---- addresses

  /** Adds an address (`ip -6 address add`). False if it is there or the host has no power. */
  addAddress(face: Interface, cidr: Ipv6Cidr, options: Ipv6AddressOptions = {}): boolean {
    if (!this.host.isOn || face.ipv6 === null || !face.ipv6.add(cidr, options)) return false;
    this.host.derive();
    return true;
  }

  /** Removes an address. False if it is not there. */
  removeAddress(face: Interface, address: Ipv6Address): boolean {
    return this.host.isOn && face.ipv6?.remove(address) === true;
  }

  /** Called by an interface: an address can be used from now on. */
  addressValid(face: Interface, entry: Ipv6InterfaceAddress): void {
    const { host } = this;
    const { address, prefixLength } = entry;
    host.derive();
    if (host.trace.isOn) {
      host.trace.emit('address.added', host.name, { interface: face.name, address, prefixLength });
    }
    host.tell({ kind: 'address', interface: face, address, prefixLength, op: 'add' });
  }

  /** Called by an interface: an address is gone. */
  addressRemoved(face: Interface, entry: Ipv6InterfaceAddress): void {
    const { host } = this;
    const { address, prefixLength } = entry;
    host.derive();
    if (host.trace.isOn) host.trace.emit('address.removed', host.name, { interface: face.name, address });
    host.tell({ kind: 'address', interface: face, address, prefixLength, op: 'del' });
  }

  // ---- power

  /** The machine loses its power; its interfaces are told by themselves. */
  powerOff(): void {
    this.icmp.reset();
    this.routing.reset();
  }

  // ---- sending

  /** Sends a packet: finds its way and its source, and the next hop's MAC. */
  send(options: Ipv6SendOptions): 'sent' | 'unreachable' {
    const { host } = this;
    if (!host.isOn) return 'unreachable';
    const given = options.source ?? null;
    if (given !== null && options.headerIncluded !== true && !host.mayUseSource(given)) return 'unreachable';
    const { destination, payload } = options;
    const path = this.routing.pathTo(destination, options.interface ?? null, given);
    const source = given ?? path?.source ?? null;
    if (path === null || source === null) return 'unreachable';
    const fields = {
      hopLimit: options.hopLimit ?? path.interface.ipv6?.sysctl.hop_limit ?? DEFAULT_HOP_LIMIT,
      trafficClass: options.trafficClass ?? 0,
    };
    const packet =
      payload.kind === 'raw'
        ? rawIpv6Packet(source, destination, options.protocol, payload.bytes, fields)
        : ipv6Packet(source, destination, payload, fields);
    return this.sendBy(path, packet, options.sourceMac ?? null);
  }

  /** Sends a packet whose way is known. */
  sendBy(path: Ipv6Path, packet: Ipv6Packet, sourceMac: MacAddress | null): 'sent' | 'unreachable' {
    const { host } = this;
    const face = path.interface;
    if (!host.filter.passesIpv6('out', face, packet)) return 'sent';
    if (path.type === 'local') {
      host.sendToSelf(packet);
      return 'sent';
    }
    // EMSGSIZE, ENETDOWN
    const { mtu, adminUp, failsToSend, ipv6 } = face;
    if (ipv6Length(packet) > mtu || !adminUp || failsToSend || ipv6 === null) return 'unreachable';
    if (path.type === 'unicast') ipv6.neighbours.send(path.nextHop, packet, sourceMac);
    else face.transmit(packet, multicastMacIpv6(packet.destination), sourceMac);
    return 'sent';
  }

  /** Sends a TCP segment from one of our addresses. False if it could not leave this host. */
  sendTcp(source: Ipv6Address, destination: Ipv6Address, segment: TcpSegment): boolean {
    if (!this.host.isOn || !this.host.mayUseSource(source)) return false;
    const path = this.routing.pathTo(destination, null, source);
    if (path === null) return false;
    return this.sendBy(path, ipv6Packet(source, destination, segment), null) === 'sent';
  }

  /** What was sent to a destination has arrived, so its next hop is alive (Linux `neigh_confirm`). */
  confirm(destination: Ipv6Address): void {
    const path = this.routing.pathTo(destination);
    if (path?.type === 'unicast') path.interface.ipv6?.neighbours.confirm(path.nextHop);
  }

  // ---- receiving

  /** A packet of ours to ourselves. */
  receiveOwn(packet: Ipv6Packet): void {
    const { loopback } = this.host;
    if (loopback.ipv6 !== null) receiveIpv6(loopback.ipv6, packet, true, ZERO_MAC);
  }

  /** A segment to one of our addresses. @param isToOurMac - not out of a broadcast or multicast frame */
  receiveTcp(packet: Ipv6Packet, segment: TcpSegment, isToOurMac: boolean): void {
    if (isToOurMac) this.host.tcp.receive(packet.source, packet.destination, segment);
  }

  // ---- raw sockets, made while the lab is built

  /** Makes a raw socket of a process (null: of nobody, for tests); it is closed until opened. */
  rawSocket(
    process: Process | null,
    options: Ipv6RawSocketOptions,
    receive: (packet: Ipv6Packet, face: Interface) => void,
  ): Ipv6RawSocket {
    const path = `${this.host.name}/raw-ipv6-${this.rawCount++}`;
    const socket = new Ipv6RawSocket(this, path, process, options, receive);
    this.raw.push(socket);
    return socket;
  }

  /** Gives a packet to every raw socket that wants it; returns whether one did. */
  deliverRaw(packet: Ipv6Packet, face: Interface): boolean {
    let isTaken = false;
    for (const socket of this.raw) {
      if (socket.wants(packet, face)) {
        isTaken = true;
        socket.receive(packet, face);
      }
    }
    return isTaken;
  }
}

/** Linux net.ipv6.conf.default.hop_limit. */
const DEFAULT_HOP_LIMIT = 64;
