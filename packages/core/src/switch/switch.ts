import {
  bool,
  type Engine,
  EventClass,
  type EventTarget,
  type RecordOf,
  record,
  type Slot,
} from '../engine/index.js';
import type { FrameFate, Trace } from '../trace/index.js';
import {
  BROADCAST_MAC,
  type EthernetFrame,
  type Ipv4Address,
  isGroupMac,
  type MacAddress,
  ZERO_MAC,
} from '../wire/index.js';
import { type CamEntry, CamTable, NO_PORT } from './cam-table.js';
import { type DroppedKind, FrameDrops } from './frame-drops.js';
import { IgmpSnooping } from './igmp-snooping.js';
import { MacMoveDetector } from './mac-move-detector.js';
import { MAC_MOVE_PROFILES } from './mac-move-profiles.js';
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
 * Without spanning tree, as a Linux bridge by default: a loop ends in a {@link BroadcastStormError}.
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
  private readonly latency: number;
  private readonly hasStormControl: boolean;

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
    const capacity = options.capacity ?? null;
    const cam = {
      switchName: name,
      portNames,
      ageing: whole(`${name} ageing`, options.ageing ?? DEFAULT_AGEING, 1),
      capacity: capacity === null ? null : whole(`${name} capacity`, capacity, 0),
    };
    this.cam = new CamTable(engine, trace, cam, this.detector ?? NO_DETECTOR);
    for (const { mac, vlan = DEFAULT_VLAN, port } of options.staticEntries ?? []) {
      this.cam.addStatic(mac, vlan, this.port(port).index);
    }
    this.snooping =
      snooping === undefined || snooping === false
        ? null
        : new IgmpSnooping(engine, name, this.ports, snooping === true ? {} : snooping);
    this.drops = new FrameDrops(engine, name);
    for (const { group, fromPort, toPort } of options.drop ?? [])
      this.dropMulticast(group, true, fromPort, toPort);
    this.guard = stormGuard === null ? null : new StormGuard(engine, name, stormGuard);
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

  /** The port behind which an address is known to be, or null. */
  portOf(mac: MacAddress, vlan: number = DEFAULT_VLAN): SwitchPort | null {
    return this.ports[this.cam.portOf(mac, vlan)] ?? null;
  }

  // ---- a frame's way through

  /** A frame has come in at a port. Called by the port. */
  receive(port: SwitchPort, frame: EthernetFrame): void {
    const { source, destination } = frame;
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
    if (this.hasStormControl && !this.passesStormControl(port, frame, vlan)) {
      this.tell(port, 'blocked', frame);
      return;
    }
    this.cam.learn(source, vlan, port.index);
    if (!port.isUp) {
      // The move of this very frame had the port shut.
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
    if (control.shutsPort) port.disable(null);
    return false;
  }

  private forward(from: SwitchPort, frame: EthernetFrame, vlan: number): void {
    const { destination } = frame;
    if (!isGroupMac(destination)) {
      const index = this.cam.portOf(destination, vlan);
      if (index === NO_PORT) this.flood(from, frame, vlan);
      // No hairpin: who is behind the same port has heard it already (Linux should_deliver).
      else if (index !== from.index) this.sendFrom(from, this.ports[index] as SwitchPort, frame, vlan);
    } else if (this.snooping?.examine(from.index, frame, vlan) === true) {
      this.sendToMembers(from, frame, vlan, this.snooping);
    } else this.flood(from, frame, vlan);
  }

  /** To every port of the VLAN but the one it came from. Each form of the frame is made once. */
  private flood(from: SwitchPort, frame: EthernetFrame, vlan: number): void {
    if (this.guard !== null) this.guard.count(frame, vlan);
    const mayDrop = !this.drops.isEmpty;
    let tagged: EthernetFrame | null = null;
    let untagged: EthernetFrame | null = frame.tag === null ? frame : null;
    for (const port of this.ports) {
      if (port === from || !port.isUp || port.outgoing === null || port.membership.carried[vlan] === 0)
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
    for (const port of this.ports) {
      if (port === from || !port.isUp || port.membership.carried[vlan] === 0) continue;
      if (snooping.admits(frame, vlan, port.index)) this.sendFrom(from, port, frame, vlan);
    }
  }

  private sendFrom(from: SwitchPort, port: SwitchPort, frame: EthernetFrame, vlan: number): void {
    if (!this.drops.isEmpty && this.drops.drops(frame, from.index, port.index))
      this.tell(port, 'filtered', frame);
    else this.send(port, frame, vlan);
  }

  private send(port: SwitchPort, frame: EthernetFrame, vlan: number): void {
    const { membership, outgoing } = port;
    if (!port.isUp || outgoing === null || membership.carried[vlan] === 0) this.tell(port, 'blocked', frame);
    else if (membership.untagged === vlan) outgoing.send(frame.tag === null ? frame : untaggedForm(frame));
    else outgoing.send(taggedForm(frame, vlan));
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
  dropMulticast(group: Ipv4Address | null, on: boolean, fromPort?: string, toPort?: string): void {
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
    for (const port of this.ports) port.settle();
  }

  /** Called by a port. */
  portChanged(port: SwitchPort): void {
    if (this.trace.isOn) this.trace.emit('switch.port', this.name, { port: port.name, up: port.isUp });
    if (port.isUp) return;
    this.cam.flush('port-down', port.index);
    this.snooping?.forgetPort(port.index);
  }
}

function whole(what: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${what}: ${value} is not a whole number from ${least} on`);
  return value;
}
