import {
  bool,
  type Engine,
  EventClass,
  type EventTarget,
  fingerprint,
  type Nanoseconds,
  type RecordOf,
  record,
  type Slot,
} from '../engine/index.js';
import type { ErrDisableReason, FrameFate, Trace } from '../trace/index.js';
import {
  BROADCAST_MAC,
  bpduFrame,
  type EthernetFrame,
  ethernetFrame,
  formatMac,
  type IpAddress,
  type Ipv4Packet,
  isGroupMac,
  type MacAddress,
  macAddress,
  multicastMac,
  ZERO_MAC,
} from '../wire/index.js';
import { ArpInspection } from './arp-inspection.js';
import { Bonds } from './bonds.js';
import { type CamEntry, CamTable, NO_PORT } from './cam-table.js';
import { type DroppedKind, FrameDrops } from './frame-drops.js';
import { IgmpSnooping } from './igmp-snooping.js';
import { loopThrough } from './loop-finder.js';
import { MacMoveDetector } from './mac-move-detector.js';
import { MAC_MOVE_PROFILES } from './mac-move-profiles.js';
import { PortSecurity } from './port-security.js';
import {
  DEFAULT_BRIDGE_PRIORITY,
  type SpanningTree,
  type SpanningTreeOptions,
  spanningTree,
  type TreePort,
} from './spanning-tree/index.js';
import type { StormClass } from './storm-control.js';
import { StormGuard } from './storm-guard.js';
import { DEFAULT_AGEING, DEFAULT_STORM_GUARD, type SwitchOptions } from './switch-options.js';
import { type SwitchCore, SwitchPort } from './switch-port.js';
import { DEFAULT_VLAN, ingressVlan, NO_VLAN, taggedForm, untaggedForm } from './vlan.js';

const SwitchState = record('switch', { isOff: bool });

/** 01:80:c2:00:00:00, the first address that bridges keep to themselves: spanning tree (IEEE 802.1D §7.12.6). */
const FIRST_RESERVED = 0x0180_c200_0000;
/** 01:80:c2:00:00:0f, the last one. */
const LAST_RESERVED = 0x0180_c200_000f;

/** What a frame meets on its way, where no rule about moves is set. */
const NO_DETECTOR = { mayLearn: () => true, mayMove: () => true, moved: () => {} };

/** Ports and VLANs of a frame inside the switch, packed into one number. */
const VLANS = 0x1000;

/**
 * A learning switch with VLANs: frames come in at a port, the source's address is learned, and the frame leaves where
 * its destination was learned, or everywhere else.
 *
 * Without spanning tree, as a Linux bridge by default, a loop ends in a {@link BroadcastStormError}.
 *
 * @example
 * ```ts
 * const sw1 = new Switch(engine, trace, 'sw1', { ports: ['p1', 'p2', 'p3'], macMove: 'catalyst' });
 * new Link(engine, trace, 'l1', n1.eth0, sw1.port('p1'));
 * ```
 */
export class Switch implements SwitchCore, EventTarget {
  readonly id: number;
  readonly path: string;
  readonly isDerived = false;
  readonly keepsSlot = false;
  readonly ports: readonly SwitchPort[];
  /** The MAC-move detector, if there is one. */
  readonly detector: MacMoveDetector | null;
  private readonly state: RecordOf<typeof SwitchState.fields>;
  private readonly cam: CamTable;
  private readonly snooping: IgmpSnooping | null;
  private readonly drops: FrameDrops;
  private readonly guard: StormGuard | null;
  private readonly ageing: Nanoseconds;
  private readonly latency: number;
  /** This switch's part in the spanning tree, or null. */
  readonly tree: SpanningTree | null;
  /** The switch's own address. */
  readonly mac: MacAddress;
  private readonly hasStormControl: boolean;
  private readonly hasSecurity: boolean;
  private readonly security: PortSecurity | null;
  private readonly inspection: ArpInspection | null;
  /** Null where no port is in a bundle. */
  private readonly bonds: Bonds | null;

  /** @throws RangeError if two ports share a name, or an option names a port that is not there or is out of range. */
  constructor(
    private readonly engine: Engine,
    private readonly trace: Trace,
    readonly name: string,
    options: SwitchOptions,
  ) {
    this.path = name;
    this.id = engine.register(this);
    this.latency = whole(`${name} latency`, options.latency ?? 0, 0);
    this.state = engine.record(name, SwitchState, engine.world);
    this.ports = options.ports.map(
      (port, index) =>
        new SwitchPort(engine, name, index, this, typeof port === 'string' ? { name: port } : port),
    );
    const portNames = this.ports.map((port) => port.name);
    if (new Set(portNames).size < portNames.length)
      throw new RangeError(`${name}: two ports have the same name`);
    this.hasStormControl = this.ports.some((port) => port.stormControl !== null);
    const { macMove, snooping, stormGuard = DEFAULT_STORM_GUARD } = options;
    const profile = typeof macMove === 'string' ? MAC_MOVE_PROFILES[macMove] : macMove;
    this.detector =
      profile === undefined
        ? null
        : new MacMoveDetector(engine, trace, name, portNames, profile, (port, hold) =>
            this.ports[port]?.disable(hold),
          );
    const { bonds = [], arpInspection } = options;
    this.bonds = bonds.length === 0 ? null : new Bonds(name, this.ports, bonds);
    const hasSecurePorts = this.ports.some((port) => port.options.security !== undefined);
    this.security = hasSecurePorts ? new PortSecurity(engine, name) : null;
    this.inspection =
      arpInspection === undefined ? null : new ArpInspection(engine, name, this.ports.length, arpInspection);
    this.hasSecurity = hasSecurePorts || arpInspection !== undefined;
    this.mac = options.mac ?? ownMac(name);
    this.tree = options.spanningTree === undefined ? null : this.growTree(options.spanningTree);
    const capacity = options.capacity ?? null;
    const ageing = whole(`${name} ageing`, options.ageing ?? DEFAULT_AGEING, 1);
    this.ageing = ageing;
    const cam = {
      switchName: name,
      portNames,
      ageing: () => this.tree?.shortAgeing ?? ageing,
      capacity: capacity === null ? null : whole(`${name} capacity`, capacity, 0),
    };
    this.cam = new CamTable(engine, trace, cam, this.detector ?? NO_DETECTOR);
    for (const { mac, vlan = DEFAULT_VLAN, port } of options.staticEntries ?? []) {
      this.cam.addStatic(mac, vlan, this.port(port).index);
    }
    this.snooping =
      snooping === undefined || snooping === false
        ? null
        : new IgmpSnooping(
            engine,
            name,
            this.ports,
            snooping === true ? {} : snooping,
            (packet, vlan, port) => this.sendOwn(packet, vlan, port),
          );
    this.drops = new FrameDrops(engine, name);
    for (const { group, fromPort, toPort } of options.drop ?? [])
      this.dropMulticast(group, true, fromPort, toPort);
    this.guard =
      stormGuard === null
        ? null
        : new StormGuard(engine, name, stormGuard, (vlan, floods) => {
            const loop = loopThrough(this, vlan);
            if (trace.isOn) trace.emit('switch.storm', name, { vlan, floods, loop });
            return loop;
          });
  }

  /**
   * The port of a name.
   *
   * @throws RangeError listing the ports if there is none.
   */
  port(name: string): SwitchPort {
    const found = this.ports.find((port) => port.name === name);
    if (found === undefined) {
      throw new RangeError(
        `${this.name} has no port '${name}'; it has ${this.ports.map((port) => port.name).join(', ')}`,
      );
    }
    return found;
  }

  /** What the switch has learned, by address and VLAN. */
  entries(): CamEntry[] {
    return this.cam.entries();
  }

  /** The port behind which an address is known to be, or null; of a bundle one that is up. */
  portOf(mac: MacAddress, vlan: number = DEFAULT_VLAN): SwitchPort | null {
    const port = this.ports[this.cam.portOf(mac, vlan)] ?? null;
    if (port === null || this.bonds === null) return port;
    return this.bonds.membersOf(port).find(({ isUp }) => isUp) ?? port;
  }

  /** The index of the port that stands for a port's bundle; its own where it is in none. */
  leadOf(index: number): number {
    return this.bonds === null ? index : this.bonds.leadOf(index);
  }

  // ---- a frame's way through

  /** A frame has come in at a port. Called by the port. */
  receive(port: SwitchPort, frame: EthernetFrame): void {
    const { source, destination } = frame;
    if (destination === FIRST_RESERVED && this.tree !== null) {
      if (frame.payload.kind === 'bpdu' && port.isUp)
        this.tree.receive(this.leadOf(port.index), frame.payload);
      else this.tell(port, 'blocked', frame);
      return;
    }
    const { membership } = port;
    const vlan = frame.tag === null ? membership.untagged : ingressVlan(membership, frame);
    if (!port.isUp || vlan === NO_VLAN || source === ZERO_MAC || isGroupMac(source)) {
      this.tell(port, 'blocked', frame);
      return;
    }
    if (destination <= LAST_RESERVED && destination > FIRST_RESERVED) {
      // Linux br_handle_frame: -00 floods while spanning tree is off; pause, LACP, LLDP and the rest go no further.
      this.tell(port, 'blocked', frame);
      return;
    }
    if (this.tree !== null && !port.learns) {
      this.tell(port, 'blocked', frame);
      return;
    }
    if (this.hasStormControl && !this.passesStormControl(port, frame, vlan)) {
      this.tell(port, 'blocked', frame);
      return;
    }
    if (this.hasSecurity && !this.passesSecurity(port, frame, vlan)) {
      this.tell(port, 'blocked', frame);
      return;
    }
    this.cam.learn(source, vlan, this.leadOf(port.index));
    if (!port.forwards) {
      // It is still learning, or the move of this very frame had it shut.
      this.tell(port, 'blocked', frame);
      return;
    }
    if (this.latency === 0) this.forward(port, frame, vlan);
    else {
      const slot = this.engine.post(this, this.latency, EventClass.DELIVERY, frame);
      this.engine.row[slot] = port.index * VLANS + vlan;
    }
  }

  /** Called by the engine only: a frame has been inside for the latency. */
  fire(slot: Slot): void {
    const frame = this.engine.payload[slot] as EthernetFrame;
    const packed = this.engine.row[slot] as number;
    this.engine.releaseSlot(slot);
    this.forward(this.ports[(packed / VLANS) | 0] as SwitchPort, frame, packed % VLANS);
  }

  keyOf(slot: Slot): readonly [number, number] {
    return [this.engine.row[slot] as number, 0];
  }

  adopt(packed: number): Slot {
    const slot = this.engine.allocateSlot(this);
    this.engine.row[slot] = packed;
    return slot;
  }

  private passesStormControl(port: SwitchPort, frame: EthernetFrame, vlan: number): boolean {
    const control = port.stormControl;
    const { destination } = frame;
    if (control === null || destination === FIRST_RESERVED) return true;
    let kind: StormClass = 'unknownUnicast';
    if (destination === BROADCAST_MAC) kind = 'broadcast';
    else if (isGroupMac(destination)) kind = 'multicast';
    else if (this.cam.portOf(destination, vlan) !== NO_PORT) return true;
    if (control.admits(kind)) return true;
    if (control.shutsPort) this.errDisable(port.index, 'storm-control');
    return false;
  }

  /** The port by which a frame leaves that goes to the bundle for which a port stands. */
  private cableTo(index: number, frame: EthernetFrame): SwitchPort {
    const port = this.ports[index] as SwitchPort;
    return this.bonds === null ? port : this.bonds.choose(port, frame);
  }

  private passesSecurity(port: SwitchPort, frame: EthernetFrame, vlan: number): boolean {
    const verdict = this.security?.judge(port, frame.source, vlan) ?? 'admit';
    if (verdict !== 'admit') {
      const { name, trace } = this;
      if (verdict !== 'drop' && trace.isOn)
        trace.emit('switch.violation', name, { port: port.name, vlan, mac: formatMac(frame.source) });
      if (verdict === 'shut') this.errDisable(port.index, 'port-security');
      return false;
    }
    if (this.inspection === null || port.options.isTrusted === true || frame.payload.kind !== 'arp')
      return true;
    const inspected = this.inspection.judge(port.index, frame.payload);
    if (inspected === 'shut') this.errDisable(port.index, 'arp-inspection');
    return inspected === 'admit';
  }

  private forward(from: SwitchPort, frame: EthernetFrame, vlan: number): void {
    const { destination } = frame;
    if (!isGroupMac(destination)) {
      const index = this.cam.portOf(destination, vlan);
      if (index === NO_PORT) this.flood(from, frame, vlan);
      // No hairpin: who is behind the same port has heard it already (Linux should_deliver).
      else if (index !== this.leadOf(from.index))
        this.sendFrom(from, this.cableTo(index, frame), frame, vlan);
    } else if (this.snooping?.examine(this.leadOf(from.index), frame, vlan) === true) {
      this.sendToMembers(from, frame, vlan, this.snooping);
    } else this.flood(from, frame, vlan);
  }

  /** To every port of the VLAN but the one it came from. Each form of the frame is made once. */
  private flood(from: SwitchPort, frame: EthernetFrame, vlan: number): void {
    if (this.guard !== null) this.guard.count(frame, vlan);
    const mayDrop = !this.drops.isEmpty;
    let tagged: EthernetFrame | null = null;
    let untagged: EthernetFrame | null = frame.tag === null ? frame : null;
    for (const each of this.ports) {
      const port = this.bonds === null ? each : this.chosen(each, from, frame);
      if (port === from || !port.forwards || port.outgoing === null || port.membership.carried[vlan] === 0)
        continue;
      if (mayDrop && this.drops.drops(frame, from.index, port.index)) {
        this.tell(port, 'filtered', frame);
      } else if (port.membership.untagged === vlan) {
        if (untagged === null) untagged = untaggedForm(frame);
        port.outgoing.send(untagged);
      } else {
        if (tagged === null) tagged = taggedForm(frame, vlan);
        port.outgoing.send(tagged);
      }
    }
  }

  private sendToMembers(from: SwitchPort, frame: EthernetFrame, vlan: number, snooping: IgmpSnooping): void {
    this.guard?.count(frame, vlan);
    for (const each of this.ports) {
      const port = this.bonds === null ? each : this.chosen(each, from, frame);
      if (port === from || !port.forwards || port.membership.carried[vlan] === 0) continue;
      if (snooping.admits(frame, vlan, each.index)) this.sendFrom(from, port, frame, vlan);
    }
  }

  /** Of each bundle one port is sent to, in place of the one that stands for it; `from` where there is nothing to send. */
  private chosen(port: SwitchPort, from: SwitchPort, frame: EthernetFrame): SwitchPort {
    const lead = this.leadOf(port.index);
    if (lead !== port.index || lead === this.leadOf(from.index)) return from;
    return this.bonds?.choose(port, frame) ?? port;
  }

  private sendFrom(from: SwitchPort, port: SwitchPort, frame: EthernetFrame, vlan: number): void {
    if (!this.drops.isEmpty && this.drops.drops(frame, from.index, port.index))
      this.tell(port, 'filtered', frame);
    else this.send(port, frame, vlan);
  }

  private send(port: SwitchPort, frame: EthernetFrame, vlan: number): void {
    const { membership, outgoing } = port;
    if (!port.forwards || outgoing === null || membership.carried[vlan] === 0)
      this.tell(port, 'blocked', frame);
    else if (membership.untagged === vlan) outgoing.send(frame.tag === null ? frame : untaggedForm(frame));
    else outgoing.send(taggedForm(frame, vlan));
  }

  /** Sends what the switch itself has to say, to every port of a VLAN or to one. */
  private sendOwn(packet: Ipv4Packet, vlan: number, only: number | null): void {
    const frame = ethernetFrame(multicastMac(packet.destination), this.mac, packet);
    for (const port of this.ports) {
      if (port.index !== this.leadOf(port.index) || (only !== null && only !== port.index)) continue;
      const cable = this.cableTo(port.index, frame);
      if (cable.forwards && cable.membership.carried[vlan] === 1) this.send(cable, frame, vlan);
    }
  }

  private tell(port: SwitchPort, fate: FrameFate, frame: EthernetFrame): void {
    if (this.trace.frames === null) return;
    const index = this.trace.portIndex(port.path);
    this.trace.frames.onFrame(this.engine.now, port.path, fate, frame, index);
  }

  // ---- faults and repairs

  /**
   * Makes the switch lose a group's frames, or no longer: between two ports, from one, to one, or everywhere.
   *
   * @param group null for every IPv4 group
   * @throws RangeError if a port is not there
   * @example
   * ```ts
   * sw1.dropMulticast(VRRP_GROUP, true, 'p1', 'p2'); // adverts from p1 no longer reach p2
   * ```
   */
  dropMulticast(group: IpAddress | null, on: boolean, fromPort?: string, toPort?: string): void {
    const index = (name: string | undefined): number | null =>
      name === undefined ? null : this.port(name).index;
    this.drops.setGroup(group, on, index(fromPort), index(toPort));
  }

  /**
   * Makes the switch lose one kind of frame from a port to another, or no longer; the other way round is not touched.
   *
   * @throws RangeError if a port is not there
   */
  dropBetween(kind: DroppedKind, on: boolean, fromPort: string, toPort: string): void {
    this.drops.setKind(kind, on, this.port(fromPort).index, this.port(toPort).index);
  }

  /** Ends every {@link Switch.dropMulticast} and {@link Switch.dropBetween}. */
  clearDrops(): void {
    this.drops.clear();
  }

  /** Forgets every learned address, as an administrator or a topology change does. */
  flush(): void {
    this.cam.flush('flushed');
  }

  /** Enters an address that neither ages nor moves. */
  addStatic(mac: MacAddress, port: string, vlan: number = DEFAULT_VLAN): void {
    this.cam.addStatic(mac, vlan, this.port(port).index);
  }

  get isOn(): boolean {
    return !this.state.isOff;
  }

  /** Takes the power away: carrier drops at the other ends, what was learned is lost, frames inside too. */
  powerOff(): void {
    if (this.state.isOff) return;
    this.state.isOff = true;
    if (this.trace.isOn) this.trace.emit('node.power', this.name, { on: false });
    for (const slot of this.engine.pendingSlots()) {
      if (this.engine.targetOfSlot(slot) !== this) continue;
      this.engine.remove(slot);
      this.engine.releaseSlot(slot);
    }
    this.tree?.stop();
    for (const port of this.ports) {
      port.reboot();
      port.settle();
    }
    this.cam.flush('flushed');
    this.snooping?.clear();
    this.detector?.clear();
  }

  /** Gives the power back. Ports that were shut by the administrator stay so; there is no time to boot. */
  powerOn(): void {
    if (!this.state.isOff) return;
    this.state.isOff = false;
    if (this.trace.isOn) this.trace.emit('node.power', this.name, { on: true });
    this.tree?.start();
    for (const port of this.ports) port.settle();
    this.snooping?.start();
  }

  /** Called by a port. */
  portChanged(port: SwitchPort): void {
    if (this.trace.isOn) this.trace.emit('switch.port', this.name, { port: port.name, up: port.isUp });
    const lead = this.leadOf(port.index);
    if (port.isUp) {
      if (this.tree === null) this.snooping?.portForwards(lead);
      else this.tree.portUp(lead);
      return;
    }
    this.security?.forgetPort(port.index);
    this.inspection?.forgetPort(port.index);
    if (this.bonds?.isUp(port) === true) return;
    this.cam.flush('port-down', lead);
    this.snooping?.forgetPort(lead);
    this.tree?.portDown(lead);
  }

  // ---- spanning tree

  private growTree(options: SpanningTreeOptions): SpanningTree {
    const { engine, trace, name, mac, ports } = this;
    const { priority = DEFAULT_BRIDGE_PRIORITY } = options;
    const portName = (index: number): string => ports[index]?.name ?? '';
    const tree = spanningTree(engine, options, {
      name,
      id: { priority, mac },
      ports: ports.map((port) => this.treePort(port)),
      sendBpdu: (index, bpdu) => {
        const port = ports[index] as SwitchPort;
        const cable = this.bonds?.membersOf(port).find(({ isUp }) => isUp) ?? port;
        cable.outgoing?.send(bpduFrame(macAddress(mac + index + 1), bpdu));
      },
      portSettled: (index, role, state) => {
        if (trace.isOn) trace.emit('stp.port', name, { port: portName(index), role, state });
        if (state === 'forwarding') this.snooping?.portForwards(index);
      },
      rootChanged: (root, index, cost) => {
        if (!trace.isOn) return;
        const port = index === null ? null : portName(index);
        trace.emit('stp.root', name, { root: formatMac(root.mac), priority: root.priority, port, cost });
      },
      topologyChanged: (index, isOwn) => {
        if (trace.isOn) trace.emit('stp.topology-change', name, { port: portName(index), isOwn });
      },
      flushPort: (index) => this.cam.flush('topology-change', index),
      ageingChanged: (before) =>
        this.cam.ageAsIf(before ?? this.ageing, this.tree?.shortAgeing ?? this.ageing),
      guardTripped: (index) => this.errDisable(index, 'bpdu-guard'),
    });
    tree.start();
    return tree;
  }

  /** A port as the tree has it: of a bundle only the one that stands for it, as long as any of its cables is up. */
  private treePort(port: SwitchPort): TreePort {
    const { bonds } = this;
    if (bonds === null) return port;
    return {
      name: port.name,
      tree: port.tree,
      get isUp() {
        return bonds.leadOf(port.index) === port.index && bonds.isUp(port);
      },
      get bandwidth() {
        return port.bandwidth;
      },
    };
  }

  /** Shuts a port because of what came in at it, until somebody sets it up again. */
  private errDisable(index: number, reason: ErrDisableReason): void {
    const port = this.ports[index];
    if (port === undefined) return;
    if (this.trace.isOn) this.trace.emit('switch.err-disabled', this.name, { port: port.name, reason });
    port.disable(null);
  }
}

/** 02:0b and four bytes made from the name: room for a port's number is left at the end. */
const OWN_MACS = 0x020b_0000_0000;

const ownMac = (name: string): MacAddress => macAddress(OWN_MACS + (fingerprint(name) % 0x100_0000) * 0x100);

function whole(what: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${what}: ${value} is not a whole number from ${least} on`);
  return value;
}
