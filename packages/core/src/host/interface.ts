import {
  bool,
  type ChoiceSite,
  type Engine,
  MILLISECOND,
  type Nanoseconds,
  type RecordOf,
  record,
  SECOND,
  span,
  timer,
  value,
  wordIndexOf,
} from '../engine/index.js';
import type { LinkDirection, Port } from '../link/index.js';
import {
  BROADCAST_MAC,
  type EthernetFrame,
  ethernetFrame,
  formatIpv4,
  formatMac,
  type IpAddress,
  type IpPacket,
  type Ipv4Address,
  type Ipv4Cidr,
  type Ipv4Packet,
  isGratuitousArp,
  isGroupMac,
  type MacAddress,
} from '../wire/index.js';
import { type InterfaceAddress, insertAddress } from './address-list.js';
import { receiveArp } from './arp-input.js';
import { announceAddresses } from './arp-output.js';
import type { Sharing } from './carp/balancing.js';
import type { Host } from './host.js';
import { IgmpHost } from './igmp-host.js';
import { receiveIpv4 } from './ipv4-input.js';
import { receiveIpv6 } from './ipv6/ipv6-input.js';
import type { Ipv6Interface } from './ipv6/ipv6-interface.js';
import type { NeighbourCache } from './neighbour-cache.js';
import { NeighbourTable } from './neighbour-table.js';
import type { PacketCapture } from './packet-capture.js';
import {
  effectiveSysctl,
  InterfaceSysctlRecord,
  type InterfaceSysctlState,
  type InterfaceSysctls,
} from './sysctl.js';

const InterfaceRecord = record('interface', {
  adminUp: bool,
  /** Sending fails: a fault of the driver, which programs are told of. */
  failsToSend: bool,
  /** What the kernel believes of the carrier; a frozen kernel believes what it saw last. */
  carrier: bool,
  addresses: value<readonly InterfaceAddress[]>(),
  /** How long a confirmation holds; drawn again and again. */
  reachableTime: span,
  redraw: timer,
});

/** The kernel draws the reachable time anew when the last draw is older than this (net/core/neighbour.c). */
const REDRAW_PERIOD: Nanoseconds = 300 * SECOND;

/** Bytes of payload that an interface takes if nothing is said (IEEE 802.3). */
const DEFAULT_MTU = 1500;

/** What an interface is made from. */
export interface InterfaceParts {
  readonly name: string;
  readonly mac: MacAddress;
  /** {@link Interface.sourceMac}; its own MAC if left out. */
  readonly sourceMac?: MacAddress;
  readonly index: number;
  readonly kind: 'ethernet' | 'macvlan' | 'carp' | 'loopback';
  readonly parent: Interface | null;
  readonly mtu?: number;
  readonly addresses: readonly Ipv4Cidr[];
  readonly adminUp: boolean;
  readonly sysctl: InterfaceSysctls;
  /** False: its driver says nothing of the link; true if left out. */
  readonly tellsLinkState?: boolean;
}

/**
 * A network interface of a host: `eth0`, a macvlan on it, or `lo`. It has addresses, neighbours and memberships of
 * its own; where frames go from here is up to the cable.
 */
export class Interface implements Port {
  /** `host:name`. */
  readonly path: string;
  readonly name: string;
  readonly mac: MacAddress;
  /** 1 for `lo`, then in order of construction. */
  readonly index: number;
  readonly kind: InterfaceParts['kind'];
  /** What a macvlan sits on. */
  readonly parent: Interface | null;
  /** Bytes of payload per frame. */
  readonly mtu: number;
  /** The interface's own settings; {@link Interface.effective} combines them with those of `all`. */
  readonly sysctl: InterfaceSysctlState;
  readonly neighbours: NeighbourTable;
  readonly igmp: IgmpHost;
  /** The IPv6 side; null where the host has no IPv6. Given by the host while the lab is built. */
  ipv6: Ipv6Interface | null = null;
  /** Macvlans on this interface, in order of construction. */
  readonly macvlans: Interface[] = [];
  /** Programs that capture what comes in here; complete once the lab is built. */
  readonly captures: PacketCapture[] = [];
  /** How its addresses are shared with other hosts; null: they are not. Given by CARP while the lab is built. */
  sharing: Sharing | null = null;
  private readonly tellsLinkState: boolean;
  private readonly state: RecordOf<typeof InterfaceRecord.fields>;
  private readonly adminUpWord: number;
  private readonly reachableSite: ChoiceSite;
  private readonly engine: Engine;
  /** Derived: what every packet is asked about, `rp_filter` and `accept_local` as they hold here. */
  reversePathFilter = 0;
  acceptsLocal = false;
  private cable: LinkDirection | null = null;

  /** The Ethernet source of what it sends: its own MAC, but on CARP interfaces that send from their parent's. */
  readonly sourceMac: MacAddress;

  /** Made by its host only. */
  constructor(
    readonly host: Host,
    parts: InterfaceParts,
  ) {
    const { engine, domain } = host;
    this.engine = engine;
    this.name = parts.name;
    this.mac = parts.mac;
    this.sourceMac = parts.sourceMac ?? parts.mac;
    this.index = parts.index;
    this.kind = parts.kind;
    this.parent = parts.parent;
    this.tellsLinkState = parts.tellsLinkState ?? true;
    this.mtu = parts.mtu ?? DEFAULT_MTU;
    this.path = `${host.name}:${parts.name}`;
    const path = `${host.name}.${parts.name}`;
    this.sysctl = engine.record(`${path}/sysctl`, InterfaceSysctlRecord, domain, {}, parts.sysctl);
    let addresses: readonly InterfaceAddress[] = [];
    for (const cidr of parts.addresses) {
      const scope = this.kind === 'loopback' ? 'host' : 'global';
      const longer = insertAddress(addresses, cidr, { scope });
      if (longer === null) throw new RangeError(`${this.path}: ${formatIpv4(cidr.address)} is given twice`);
      addresses = longer;
    }
    this.state = engine.record(
      path,
      InterfaceRecord,
      domain,
      { redraw: () => this.drawReachableTime() },
      { adminUp: parts.adminUp, carrier: true, addresses },
    );
    this.adminUpWord = wordIndexOf(this.state, InterfaceRecord, 'adminUp');
    this.neighbours = new NeighbourTable(engine, this);
    this.igmp = new IgmpHost(engine, this);
    this.reachableSite = engine.site(`${path}/reachable-time`);
    this.drawReachableTime();
    this.deriveSettings();
  }

  // ---- settings

  /** What holds here for a setting: the kernel's combination of `all` and the interface's own. */
  effective(name: keyof InterfaceSysctls): number {
    return effectiveSysctl(name, this.host.allSysctl, this.sysctl);
  }

  /** Works the derived settings out again; called by the host's routing with all that is derived. */
  deriveSettings(): void {
    this.reversePathFilter = this.effective('rp_filter');
    this.acceptsLocal = this.effective('accept_local') !== 0;
  }

  /** Sets one of the interface's own settings at run time. */
  setSysctl(name: keyof InterfaceSysctls, setting: number): void {
    this.sysctl[name] = setting;
    if (name === 'reachable_time' || name === 'base_reachable_time') this.drawReachableTime();
    this.host.derive();
  }

  /** How long a neighbour counts as reachable after a confirmation: 0.5 to 1.5 times the base, or as fixed. */
  get reachableTime(): Nanoseconds {
    return this.state.reachableTime;
  }

  private drawReachableTime(): void {
    const { reachable_time: fixed, base_reachable_time: base } = this.sysctl;
    const options = Math.floor(base / MILLISECOND);
    if (fixed > 0 || options === 0 || this.kind === 'loopback') {
      this.state.redraw.cancel();
      this.state.reachableTime = fixed > 0 ? fixed : base;
      return;
    }
    // neigh_rand_reach_time: base/2 + [0, base), here in steps of a millisecond so that the options can be tried.
    const draw = this.engine.choose(this.reachableSite, options);
    this.state.reachableTime = Math.floor(base / 2) + draw * MILLISECOND;
    this.state.redraw.arm(REDRAW_PERIOD);
  }

  // ---- addresses

  /** The addresses with all that is said of them, in the kernel's order. */
  addressEntries(): readonly InterfaceAddress[] {
    return this.state.addresses ?? [];
  }

  /** The addresses in the kernel's order: primaries, then secondaries. */
  addresses(): readonly Ipv4Cidr[] {
    return this.addressEntries();
  }

  /** The first primary address, or null. */
  get primaryAddress(): Ipv4Address | null {
    return this.addressEntries().find((entry) => !entry.isSecondary)?.address ?? null;
  }

  /** The MAC that a packet to a neighbour of either family would be sent to now, or null. */
  macOfNeighbour(address: IpAddress): MacAddress | null {
    return this.neighboursFor(address)?.macOf(address) ?? null;
  }

  /** The neighbours of the family of an address; null where there is no IPv6. */
  neighboursFor(address: IpAddress): NeighbourCache<IpAddress, IpPacket> | null {
    return typeof address === 'number' ? this.neighbours : (this.ipv6?.neighbours ?? null);
  }

  /** Called by the host, which tells everybody concerned. */
  replaceAddresses(list: readonly InterfaceAddress[]): void {
    this.state.addresses = list;
  }

  // ---- up and down

  /** Set up by the administrator (IFF_UP). */
  get adminUp(): boolean {
    return this.engine.store.words[this.adminUpWord] !== 0;
  }

  /** Whether sending fails here (ENOBUFS). */
  get failsToSend(): boolean {
    return this.state.failsToSend;
  }

  /** From now on sending fails, or works again. */
  setSendErrors(failing: boolean): void {
    this.state.failsToSend = failing;
  }

  /** What the driver says of the link; `unknown` where it says nothing (LINK_STATE_UNKNOWN). */
  get linkState(): 'up' | 'down' | 'unknown' {
    if (!this.tellsLinkState) return 'unknown';
    return this.state.carrier ? 'up' : 'down';
  }

  get isPowered(): boolean {
    return this.host.isOn;
  }

  /** Set up and with carrier (IFF_UP and IFF_RUNNING), on a host that has power. */
  get isUp(): boolean {
    return this.state.carrier && this.state.adminUp && this.host.isOn;
  }

  /** `ip link set … up` or `down`. */
  setUp(up: boolean): void {
    if (!this.host.isOn || this.state.adminUp === up) return;
    // Carrier that comes or goes with the transmitter is no news of its own.
    if (!up) this.state.adminUp = false;
    this.outgoing?.setTransmitter(up);
    this.state.adminUp = up;
    if (up) {
      this.state.carrier = this.hasPhysicalCarrier();
      this.host.interfaceChanged(this);
      this.igmp.restart();
      if (this.effective('arp_notify') !== 0) announceAddresses(this);
      this.ipv6?.setUp();
    } else {
      this.igmp.pause();
      this.neighbours.forgetAll();
      this.ipv6?.setDown();
      this.host.interfaceSetDown(this);
    }
    for (const child of this.macvlans) child.settleCarrier();
  }

  /** The direction of the cable that leads away, or null. */
  get outgoing(): LinkDirection | null {
    return this.cable;
  }

  set outgoing(direction: LinkDirection | null) {
    this.cable = direction;
    this.state.carrier = this.hasPhysicalCarrier();
    this.cable?.setTransmitter(this.state.adminUp && this.host.isOn);
    this.host.derive();
  }

  private hasPhysicalCarrier(): boolean {
    if (this.parent !== null) return this.parent.isUp;
    return this.cable?.hasCarrier ?? true;
  }

  carrierChanged(): void {
    if (this.host.isOn && !this.host.isFrozen) this.settleCarrier();
  }

  /** Takes note of the carrier as it is (Linux net/core/link_watch.c). */
  settleCarrier(): void {
    const up = this.hasPhysicalCarrier();
    if (this.state.carrier === up) return;
    this.state.carrier = up;
    const { host } = this;
    if (this.state.adminUp) {
      if (host.trace.isOn) host.trace.emit('link.carrier', host.name, { interface: this.name, up });
      if (!up && this.effective('arp_evict_nocarrier') !== 0) this.neighbours.forgetDynamic();
      this.ipv6?.carrierChanged(up);
      // No announcement and no IGMP report when it returns: Linux sends them on admin up only.
      host.interfaceChanged(this);
    }
    for (const child of this.macvlans) child.settleCarrier();
  }

  /** The machine loses its power. */
  powerOff(): void {
    this.neighbours.reset();
    this.igmp.reset();
    this.ipv6?.powerOff();
    this.sysctl.reset();
    this.state.reset();
    this.cable?.setTransmitter(false);
  }

  /** The machine boots. */
  powerOn(): void {
    this.cable?.setTransmitter(this.state.adminUp);
    this.state.carrier = this.hasPhysicalCarrier();
    this.drawReachableTime();
    this.ipv6?.powerOn();
  }

  // ---- receiving

  /** A frame has arrived from the cable. */
  receive(frame: EthernetFrame): void {
    const { host } = this;
    if (!host.isOn) return;
    if (host.isFrozen) host.holdFrame(this, frame);
    else this.accept(frame);
  }

  /** Takes a frame in: for this interface, for macvlans on it, or for neither. */
  accept(frame: EthernetFrame): void {
    // There are no VLAN interfaces; a priority tag (VID 0) changes nothing (IEEE 802.1Q §6.9).
    if (!this.adminUp || (frame.tag !== null && frame.tag.vlan !== 0)) return;
    const { destination } = frame;
    if (this.captures.length > 0) this.capture(frame);
    if (destination === this.mac) this.input(frame);
    else if (isGroupMac(destination)) {
      const sharer = this.macvlans.find((child) => child.sharing !== null && child.takes(destination));
      if (sharer !== undefined) {
        sharer.input(frame);
        return;
      }
      this.input(frame);
      for (const child of this.macvlans) if (child.adminUp) child.input(frame);
    } else {
      for (const child of this.macvlans) if (child.takes(destination)) child.input(frame);
    }
  }

  /** Whether frames to a MAC are for this interface alone, be it a group's: so it is with CARP's `balancing ip`. */
  takes(destination: MacAddress): boolean {
    if (!this.adminUp) return false;
    return this.sharing === null ? this.mac === destination : this.sharing.takesFrame(destination);
  }

  /** Packet sockets come first, and the card passes on what is not for others (net/core/dev.c `__netif_receive_skb_core`). */
  private capture({ destination, payload }: EthernetFrame): void {
    if (destination !== this.mac && !isGroupMac(destination)) return;
    if (payload.kind === 'ipv4' || payload.kind === 'ipv6')
      for (const capture of this.captures) capture.receive(payload);
  }

  private input(frame: EthernetFrame): void {
    const { payload, destination } = frame;
    const isToOurMac = !isGroupMac(destination) || destination === this.mac;
    if (payload.kind === 'ipv4') {
      receiveIpv4(this, payload, isToOurMac);
    } else if (payload.kind === 'arp') {
      if (this.host.filter.passes('in', this, frame)) receiveArp(this, frame, payload);
    } else if (payload.kind === 'ipv6' && this.ipv6 !== null) {
      receiveIpv6(this.ipv6, payload, isToOurMac, frame.source);
    }
  }

  // ---- sending

  /** Sends a frame as it is, like a packet socket: no filter, no routing. */
  sendFrame(frame: EthernetFrame): void {
    const { host } = this;
    if (!host.isOn || !this.adminUp) return;
    const { payload } = frame;
    if (payload.kind === 'arp') {
      if (!host.filter.passes('out', this, frame)) return;
      if (host.trace.isOn && isGratuitousArp(payload)) {
        host.trace.emit('arp.announced', host.name, {
          interface: this.name,
          address: formatIpv4(payload.senderIp),
          mac: formatMac(payload.senderMac),
          op: payload.operation,
        });
      }
    } else if (payload.kind === 'ipv6' && host.trace.isOn) {
      const message = payload.payload;
      if (
        message.kind === 'icmpv6' &&
        message.message === 'neighbour-advertisement' &&
        !message.isSolicited
      ) {
        host.trace.emit('arp.announced', host.name, {
          interface: this.name,
          address: message.target,
          mac: formatMac(message.linkLayer ?? frame.source),
          op: 'reply',
        });
      }
    }
    this.emit(frame);
  }

  /** Sends a packet in a frame to a MAC that is known. */
  transmit(packet: IpPacket, destination: MacAddress, sourceMac: MacAddress | null): void {
    if (this.adminUp) this.emit(ethernetFrame(destination, sourceMac ?? this.sourceMac, packet));
  }

  /** Sends a packet to everybody on the link. */
  broadcast(packet: Ipv4Packet, sourceMac: MacAddress | null): void {
    this.transmit(packet, BROADCAST_MAC, sourceMac);
  }

  private emit(frame: EthernetFrame): void {
    // A macvlan in private mode hands its frames to the cable of its parent and to nobody else.
    const { cable } = this.parent ?? this;
    const sender = this.parent ?? this;
    if (cable !== null && sender.adminUp && !sender.state.failsToSend) cable.send(frame);
  }
}
