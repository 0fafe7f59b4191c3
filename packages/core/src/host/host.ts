import {
  bool,
  ClockDomain,
  type Engine,
  type Nanoseconds,
  type RecordOf,
  record,
  SECOND,
  TaggedQueue,
  timer,
  wordIndexOf,
} from '../engine/index.js';
import type { Trace } from '../trace/index.js';
import {
  type EthernetFrame,
  type IpAddress,
  type IpCidr,
  type IpPacket,
  type Ipv4Address,
  type Ipv4Cidr,
  type Ipv4Packet,
  type Ipv6Address,
  type Ipv6Packet,
  ipv4Length,
  ipv4Packet,
  isIpv6Cidr,
  type MacAddress,
  multicastMac,
  rawIpv4Packet,
  UNSPECIFIED_IPV4,
  ZERO_MAC,
} from '../wire/index.js';
import type { AddressOptions } from './address-list.js';
import { solicit } from './arp-output.js';
import { Carp } from './carp/carp.js';
import { FileSystem } from './file-system.js';
import type { HostOptions, SendOptions } from './host-options.js';
import { Icmp } from './icmp.js';
import { Interface } from './interface.js';
import { addIpv4Address, removeIpv4Address } from './ipv4-addresses.js';
import { receiveIpv4 } from './ipv4-input.js';
import type { Ipv6AddressOptions } from './ipv6/ipv6-address-list.js';
import { Ipv6, type Ipv6SendOptions } from './ipv6/ipv6-host.js';
import type { Ipv6Path } from './ipv6/ipv6-routing.js';
import { type AnnouncementOptions, announceIpv6, solicitIpv6 } from './ipv6/nd-output.js';
import type { Ipv6RawSocket, Ipv6RawSocketOptions } from './ipv6/raw-socket-ipv6.js';
import { LoopbackPath } from './loopback.js';
import { type NetlinkEvent, NetlinkListener } from './netlink.js';
import { PacketFilter } from './packet-filter.js';
import type { Process } from './process.js';
import type { RawSocket, RawSocketOptions } from './raw-socket.js';
import type { Route } from './route-table.js';
import { type Path, type RouteOptions, Routing } from './routing.js';
import { SocketTable } from './socket-table.js';
import {
  HostSysctlRecord,
  hostSysctls,
  InterfaceSysctlRecord,
  type InterfaceSysctlState,
  interfaceSysctls,
  type Sysctls,
} from './sysctl.js';
import type { TcpHandlers, TcpSockets } from './tcp/socket-api.js';
import { Tcp } from './tcp/tcp.js';
import type { DatagramListener, UdpSocket, UdpSocketOptions } from './udp-socket.js';

const HostRecord = record('host', {
  isOff: bool,
  /** It is shut down, and its power goes off when everything is written. */
  halt: timer,
});

/** From the last program's end to the power's, at a shutdown: disks are synchronised, buffers run empty. */
const HALT: Nanoseconds = SECOND;

/** Frames that wait for a frozen machine, as in the ring of its network card (256 descriptors, e1000 and virtio-net). */
const RING_SIZE = 256;

/**
 * One machine's kernel, Linux-like: interfaces, addresses, neighbours, routes, sockets and firewall. What is in it
 * outlives its processes; a power cycle brings back what the design says.
 *
 * @example
 * ```ts
 * const host = new Host(engine, trace, {
 *   name: 'n1',
 *   interfaces: [{ name: 'eth0', mac: macAddress(0x02_00_00_00_01_01), addresses: [ipv4Cidr('192.168.1.11/24')] }],
 * });
 * ```
 */
export class Host {
  readonly name: string;
  /** The machine's clock. */
  readonly domain: ClockDomain;
  /** Settings of the machine as a whole. */
  readonly sysctl: RecordOf<typeof HostSysctlRecord.fields>;
  /** `net.ipv4.conf.all`. */
  readonly allSysctl: InterfaceSysctlState;
  readonly loopback: Interface;
  readonly filter: PacketFilter;
  readonly files: FileSystem;
  readonly icmp: Icmp;
  readonly routing: Routing;
  readonly sockets: SocketTable;
  /** Null: there is no IPv6 on this machine, not even link-local addresses. */
  readonly ipv6: Ipv6 | null;
  readonly tcp: Tcp;
  /** Null: its kernel has no CARP. */
  readonly carp: Carp | null;
  private readonly state: RecordOf<typeof HostRecord.fields>;
  private readonly isOffWord: number;
  private readonly ring: TaggedQueue<EthernetFrame>;
  private readonly toSelf: LoopbackPath;
  private readonly machineSysctl: Partial<Sysctls>;
  // Complete once the lab is built:
  private readonly ethernet: Interface[] = [];
  private readonly faces: Interface[] = [];
  private readonly programs: Process[] = [];
  private readonly listeners: NetlinkListener[] = [];
  private readonly processListeners: (() => void)[] = [];
  private isBuilt = false;

  /** @throws RangeError for options that contradict themselves */
  constructor(
    readonly engine: Engine,
    readonly trace: Trace,
    options: HostOptions,
  ) {
    this.name = options.name;
    this.machineSysctl = options.sysctl ?? {};
    this.domain = new ClockDomain(engine, `${options.name}/clock`, engine.world);
    this.state = engine.record(options.name, HostRecord, this.domain, { halt: () => this.powerOff() });
    this.isOffWord = wordIndexOf(this.state, HostRecord, 'isOff');
    this.sysctl = engine.record(
      `${options.name}/sysctl`,
      HostSysctlRecord,
      this.domain,
      {},
      hostSysctls(this.machineSysctl),
    );
    const all = interfaceSysctls(this.machineSysctl, null);
    this.allSysctl = engine.record(`${options.name}/sysctl/all`, InterfaceSysctlRecord, this.domain, {}, all);
    this.ring = new TaggedQueue(engine, `${options.name}/ring`, RING_SIZE);
    this.toSelf = new LoopbackPath(engine, this);
    this.filter = new PacketFilter(engine, this, options.filter ?? []);
    this.files = new FileSystem(engine, this, options.files ?? []);
    this.icmp = new Icmp(engine, this);
    this.sockets = new SocketTable(this);
    this.tcp = new Tcp(this, options.variesTcp ?? true);
    this.loopback = new Interface(this, {
      name: 'lo',
      mac: ZERO_MAC,
      index: 1,
      kind: 'loopback',
      parent: null,
      mtu: 65_536,
      addresses: [{ address: LOOPBACK_ADDRESS, prefixLength: 8 }],
      adminUp: true,
      sysctl: interfaceSysctls(this.machineSysctl, {}),
    });
    this.faces.push(this.loopback);
    for (const face of options.interfaces) {
      if (this.interface(face.name) !== undefined)
        throw new RangeError(`${this.name} has two interfaces ${face.name}`);
      const built = new Interface(this, {
        name: face.name,
        mac: face.mac,
        index: this.faces.length + 1,
        kind: 'ethernet',
        parent: null,
        ...(face.mtu === undefined ? {} : { mtu: face.mtu }),
        ...(face.tellsLinkState === undefined ? {} : { tellsLinkState: face.tellsLinkState }),
        addresses: face.addresses,
        adminUp: true,
        sysctl: interfaceSysctls(this.machineSysctl, face.sysctl ?? {}),
      });
      this.faces.push(built);
      this.ethernet.push(built);
    }
    this.routing = new Routing(engine, this, options.routes ?? []);
    this.ipv6 = Ipv6.of(engine, this, options);
    this.carp = options.carp === undefined ? null : new Carp(this, options.carp);
    this.isBuilt = true;
  }

  // ---- interfaces and addresses

  /** Ethernet interfaces and macvlans, in order of construction; `lo` is {@link Host.loopback}. */
  get interfaces(): readonly Interface[] {
    return this.ethernet;
  }

  /** All interfaces, `lo` first. */
  get allInterfaces(): readonly Interface[] {
    return this.faces;
  }

  interface(name: string): Interface | undefined {
    return this.faces.find((face) => face.name === name);
  }

  /** The interface with an index. */
  interfaceAt(index: number): Interface | undefined {
    return this.faces[index - 1];
  }

  /**
   * Makes a second interface with a MAC of its own on the same cable, set down: a macvlan in private mode, or the
   * interface of CARP's addresses. To be called while the lab is built.
   *
   * @param sourceMac - what frames are sent from, where that is not its own MAC
   */
  createChild(
    kind: 'macvlan' | 'carp',
    parent: Interface,
    name: string,
    mac: MacAddress,
    sourceMac: MacAddress = mac,
  ): Interface {
    if (this.interface(name) !== undefined) throw new RangeError(`${this.name} has two interfaces ${name}`);
    const sysctl = interfaceSysctls(this.machineSysctl, {});
    const built = new Interface(this, {
      name,
      mac,
      sourceMac,
      index: this.faces.length + 1,
      kind,
      parent,
      mtu: parent.mtu,
      addresses: [],
      adminUp: false,
      sysctl,
    });
    this.faces.push(built);
    this.ethernet.push(built);
    parent.macvlans.push(built);
    this.ipv6?.adopt(built);
    return built;
  }

  /**
   * Adds an address (`ip address add`); nothing is announced. False if it is there, the host has no power or no IPv6.
   * An IPv6 address is ours after duplicate address detection, unless that is left out.
   */
  addAddress(face: Interface, cidr: IpCidr, options: AddressOptions & Ipv6AddressOptions = {}): boolean {
    if (isIpv6Cidr(cidr)) return this.ipv6?.addAddress(face, cidr, options) === true;
    return this.isOn && addIpv4Address(this, face, cidr, options);
  }

  /** Removes an address; with a primary its secondaries go unless promote_secondaries is set. False if it is not there. */
  removeAddress(face: Interface, address: IpAddress, prefixLength: number | null = null): boolean {
    if (typeof address === 'string') return this.ipv6?.removeAddress(face, address) === true;
    return this.isOn && removeIpv4Address(this, face, address, prefixLength);
  }

  /** Whether the kernel holds an address and can use it, on whatever interface; never without power. */
  owns(address: IpAddress): boolean {
    if (typeof address === 'string') return this.ipv6?.routing.isLocal(address) === true;
    return this.routing.localInterface(address) !== undefined;
  }

  /** The interface that an address is configured on. */
  ownerInterface(address: IpAddress): Interface | undefined {
    if (typeof address === 'string') return this.ipv6?.routing.localInterface(address);
    return this.routing.localInterface(address);
  }

  /** Like {@link Host.owns}, and true for 127.0.0.0/8. */
  isLocalAddress(address: IpAddress): boolean {
    if (typeof address === 'string') return this.owns(address);
    return this.routing.isLocal(address);
  }

  isBroadcastAddress(address: Ipv4Address): boolean {
    return this.routing.isBroadcast(address);
  }

  /** Whether a socket may send from an address (ip_nonlocal_bind lets it be anybody's). */
  mayUseSource(address: IpAddress): boolean {
    return this.isLocalAddress(address) || this.sysctl.ip_nonlocal_bind !== 0;
  }

  // ---- power

  /** Whether it has power. */
  get isOn(): boolean {
    return this.engine.store.words[this.isOffWord] === 0;
  }

  /** Paused as a whole: a frozen virtual machine. */
  get isFrozen(): boolean {
    return this.domain.isFrozen;
  }

  /** Whether it has power and is not frozen. */
  get isRunning(): boolean {
    return this.isOn && !this.isFrozen;
  }

  /** Pulls the plug: processes end, the kernel forgets everything, the other ends of the cables lose carrier. */
  powerOff(): void {
    if (!this.isOn) return;
    if (this.trace.isOn) this.trace.emit('node.power', this.name, { on: false });
    this.state.isOff = true;
    this.state.halt.cancel();
    this.ring.clear();
    // Before the programs end: without power nobody says goodbye.
    this.tcp.powerOff();
    this.carp?.powerOff();
    for (const process of this.programs) process.kill();
    for (const face of this.faces) face.powerOff();
    this.icmp.reset();
    this.filter.reset();
    this.sysctl.reset();
    this.allSysctl.reset();
    this.routing.reset();
    this.ipv6?.powerOff();
    this.domain.thaw();
  }

  /** Boots it: the design's addresses and routes, and the programs that start by themselves. */
  powerOn(): void {
    if (this.isOn) return;
    this.state.isOff = false;
    this.tcp.powerOn();
    if (this.trace.isOn) this.trace.emit('node.power', this.name, { on: true });
    for (const face of this.faces) face.powerOn();
    this.derive();
    this.boot();
  }

  /** shutdown(8): the programs are told to end, CARP takes its leave, and a second later there is no power. */
  shutdown(): void {
    if (!this.isRunning) return;
    for (const process of this.programs) process.stop();
    this.carp?.shutdown();
    this.state.halt.arm(HALT);
  }

  /** Starts the programs that start by themselves. A lab calls it once; after that {@link Host.powerOn} does. */
  boot(): void {
    this.carp?.boot();
    for (const process of this.programs) if (process.isAutostarted) process.start();
  }

  /** Freezes it: frames wait, timers are held. The outside clock goes on. */
  freeze(): void {
    if (!this.isRunning) return;
    if (this.trace.isOn) this.trace.emit('node.frozen', this.name, { frozen: true });
    this.domain.freeze();
  }

  /** Lets it go on: first the frames that waited, then what it missed of its links, then the timers. */
  thaw(): void {
    if (!this.isOn || !this.isFrozen) return;
    if (this.trace.isOn) this.trace.emit('node.frozen', this.name, { frozen: false });
    this.domain.thaw();
    const waiting = this.ring.entries();
    this.ring.clear();
    for (const { tag, item } of waiting) this.interfaceAt(tag)?.accept(item);
    for (const face of this.faces) if (face.parent === null) face.settleCarrier();
    for (const process of this.programs) process.resume();
  }

  /** Keeps a frame for the thaw; a full ring loses it. */
  holdFrame(face: Interface, frame: EthernetFrame): void {
    if (this.ring.length < RING_SIZE) this.ring.push(face.index, frame);
  }

  // ---- links

  /** Works out again what follows from addresses and interfaces. */
  derive(): void {
    if (!this.isBuilt) return;
    this.routing.derive();
    this.ipv6?.routing.derive();
  }

  interfaceSetDown(face: Interface): void {
    this.routing.interfaceSetDown(face);
    this.ipv6?.routing.interfaceSetDown(face);
    this.interfaceChanged(face);
  }

  interfaceChanged(face: Interface): void {
    this.derive();
    this.carp?.linkChanged(face);
    this.tell({ kind: 'link', interface: face, up: face.isUp });
  }

  /** Tells everybody who listens of a link or an address. */
  tell(event: NetlinkEvent): void {
    for (const listener of this.listeners) listener.receive(event);
  }

  /** Tells a process of links and addresses that come and go. To be called while the lab is built. */
  onNetlink(process: Process, listener: (event: NetlinkEvent) => void): void {
    this.listeners.push(new NetlinkListener(this, process, listener));
  }

  // ---- sending

  /** The main table, for whoever looks a route up. */
  get mainRoutes(): readonly Route[] {
    return this.routing.main;
  }

  addRoute(route: RouteOptions): boolean {
    return this.isOn && this.routing.add(route);
  }

  removeRoute(destination: Ipv4Cidr, metric?: number): boolean {
    return this.isOn && this.routing.remove(destination, metric);
  }

  /** Where a packet to a destination goes, or null. */
  routeTo(destination: Ipv4Address, only: Interface | null, source: Ipv4Address | null = null): Path | null {
    return this.routing.pathTo(destination, only, source);
  }

  /**
   * By which interface, through whose MAC and from which of our addresses an address is reached now; null for one of our
   * own and for none.
   */
  nextHopTowards(destination: IpAddress): {
    readonly interface: Interface;
    readonly gateway: IpAddress;
    readonly source: IpAddress | null;
  } | null {
    const path =
      typeof destination === 'number' ? this.routeTo(destination, null) : this.pathTo6(destination);
    if (path?.type !== 'unicast') return null;
    return { interface: path.interface, gateway: path.nextHop, source: path.source };
  }

  /** Where an IPv6 packet to a destination goes, or null. Link-local destinations need the interface. */
  pathTo6(
    destination: Ipv6Address,
    only: Interface | null = null,
    source: Ipv6Address | null = null,
  ): Ipv6Path | null {
    return this.ipv6?.routing.pathTo(destination, only, source) ?? null;
  }

  /** Sends an IPv6 packet: finds its way and its source, and the next hop's MAC. */
  sendIpv6(options: Ipv6SendOptions): 'sent' | 'unreachable' {
    return this.ipv6?.send(options) ?? 'unreachable';
  }

  /** Announces that an IPv6 address is here, by an unsolicited neighbour advertisement. */
  announceIpv6(face: Interface, address: Ipv6Address, options: AnnouncementOptions = {}): void {
    if (this.isRunning) announceIpv6(face, address, options);
  }

  /** Asks everybody on an interface's link for an address, without a packet that waits for it (arping(8)). */
  requestArp(face: Interface, target: Ipv4Address): void {
    if (this.isRunning) solicit(face, target, null, null);
  }

  /** Asks everybody on an interface's link for an address of either family (arping(8), ndisc6(8)). */
  requestNeighbour(face: Interface, target: IpAddress): void {
    if (typeof target === 'number') this.requestArp(face, target);
    else if (this.isRunning && face.ipv6 !== null) solicitIpv6(face.ipv6, target, null, null);
  }

  /** The interface on which a group is joined if nobody says which. */
  defaultInterface(group: Ipv4Address): Interface | null {
    return this.routing.groupInterface(group, null);
  }

  /** Sends a packet: finds its way and its source, and the next hop's MAC. */
  send(options: SendOptions): 'sent' | 'unreachable' {
    if (!this.isOn) return 'unreachable';
    const given = options.source ?? null;
    if (
      given !== null &&
      given !== UNSPECIFIED_IPV4 &&
      options.headerIncluded !== true &&
      !this.mayUseSource(given)
    ) {
      return 'unreachable';
    }
    const path = this.routeTo(options.destination, options.interface ?? null, given);
    if (path === null) return 'unreachable';
    const fields = {
      ttl: options.ttl ?? this.sysctl.ip_default_ttl,
      typeOfService: options.tos ?? 0,
      identification: options.identification ?? 0,
      dontFragment: options.dontFragment ?? false,
      ...(options.options === undefined ? {} : { options: options.options }),
    };
    const source = given ?? path.source;
    const { destination, payload } = options;
    const packet =
      payload.kind === 'raw'
        ? rawIpv4Packet(source, destination, options.protocol, payload.bytes, fields)
        : ipv4Packet(source, destination, payload, fields);
    return this.sendBy(path, packet, options.sourceMac ?? null);
  }

  /** Sends a packet whose way is known. */
  sendBy(path: Path, packet: Ipv4Packet, sourceMac: MacAddress | null): 'sent' | 'unreachable' {
    const face = path.interface;
    if (!this.filter.passesPacket('out', face, packet)) return 'sent';
    if (path.type === 'local') {
      this.sendToSelf(packet);
      return 'sent';
    }
    // EMSGSIZE, ENETDOWN, ENOBUFS
    if (ipv4Length(packet) > face.mtu || !face.adminUp || face.failsToSend) return 'unreachable';
    if (path.type === 'unicast') face.neighbours.send(path.nextHop, packet, sourceMac);
    else if (path.type === 'multicast') face.transmit(packet, multicastMac(packet.destination), sourceMac);
    else face.broadcast(packet, sourceMac);
    return 'sent';
  }

  /** Sends a packet of ours to ourselves. */
  sendToSelf(packet: IpPacket): void {
    this.toSelf.send(packet);
  }

  // ---- receiving

  /** A packet of ours to ourselves. */
  receiveOwn(packet: IpPacket): void {
    if (packet.kind === 'ipv6') this.ipv6?.receiveOwn(packet);
    else receiveIpv4(this.loopback, packet, true);
  }

  // ---- sockets and processes, made while the lab is built

  /** Makes a raw socket of a process (null: of nobody, for tests); it is closed until opened. */
  rawSocket(
    process: Process | null,
    options: RawSocketOptions,
    receive: (packet: Ipv4Packet, face: Interface) => void,
  ): RawSocket {
    return this.sockets.addRaw(process, options, receive);
  }

  /**
   * Makes a raw IPv6 socket of a process (null: of nobody, for tests); it is closed until opened.
   *
   * @throws RangeError if the host has no IPv6
   */
  rawSocketIpv6(
    process: Process | null,
    options: Ipv6RawSocketOptions,
    receive: (packet: Ipv6Packet, face: Interface) => void,
  ): Ipv6RawSocket {
    if (this.ipv6 === null) throw new RangeError(`${this.name} has no IPv6`);
    return this.ipv6.rawSocket(process, options, receive);
  }

  /** Makes a UDP socket of a process; it is closed until opened. @throws RangeError for an impossible port */
  udpSocket(process: Process | null, options: UdpSocketOptions, receive: DatagramListener): UdpSocket {
    return this.sockets.addUdp(process, options, receive);
  }

  /** Makes the TCP sockets of a process (null: of nobody, for tests). */
  tcpSockets(process: Process | null, handlers: TcpHandlers): TcpSockets {
    return this.tcp.addOwner(process, handlers);
  }

  /** Enters a process; called by its constructor. */
  register(process: Process): void {
    if (this.programs.some((other) => other.name === process.name)) {
      throw new RangeError(`${this.name} runs two processes named ${process.name}`);
    }
    this.programs.push(process);
  }

  get processes(): readonly Process[] {
    return this.programs;
  }

  /** Calls `listener` whenever a process has begun or ended, like the proc connector. To be called while the lab is built. */
  onProcesses(listener: () => void): void {
    this.processListeners.push(listener);
  }

  /** Called by a process that has begun or ended. */
  processChanged(): void {
    for (const listener of this.processListeners) listener();
  }

  /** Whether a process of a name is running. */
  hasProcess(name: string): boolean {
    return this.programs.some((process) => process.name === name && process.isRunning);
  }

  /** Whether a UDP or TCP socket is open on a port. */
  isListening(port: number): boolean {
    return this.isOn && (this.sockets.isListening(port) || this.tcp.isListening(port));
  }
}

/** 127.0.0.1 (RFC 1122 §3.2.1.3). */
const LOOPBACK_ADDRESS = 0x7f00_0001 as Ipv4Address;
