import { bool, type Engine, type Nanoseconds, type RecordOf, record, timer } from '../engine/index.js';
import type { LinkDirection, Port } from '../link/index.js';
import type { EthernetFrame } from '../wire/index.js';
import type { PortTreeOptions, SpanningTree } from './spanning-tree/index.js';
import { StormControl } from './storm-control.js';
import type { SwitchPortOptions } from './switch-options.js';
import { DEFAULT_VLAN, type VlanMembership, vlanMembership } from './vlan.js';

const PortState = record('switch-port', {
  /** By the administrator. */
  isShut: bool,
  /** By the switch itself ("err-disabled"). */
  isDisabled: bool,
  recovery: timer,
});

const NO_TREE_OPTIONS: PortTreeOptions = {};

/** What a port needs of its switch. */
export interface SwitchCore {
  readonly isOn: boolean;
  readonly ports: readonly SwitchPort[];
  /** Says which ports learn and forward; null where all that are up do. */
  readonly tree: SpanningTree | null;
  /** The index of the port that stands for a port's bundle; its own where it is in none. */
  leadOf(index: number): number;
  receive(port: SwitchPort, frame: EthernetFrame): void;
  /** The port has begun or ceased to forward. */
  portChanged(port: SwitchPort): void;
}

/** A socket of a switch. */
export class SwitchPort implements Port {
  readonly path: string;
  readonly passesBytes = true;
  readonly membership: VlanMembership;
  readonly stormControl: StormControl | null;
  private readonly state: RecordOf<typeof PortState.fields>;
  private direction: LinkDirection | null = null;
  /** Derived: powered, not shut, and with carrier. */
  isUp = false;

  /** Made by its switch only. */
  constructor(
    engine: Engine,
    switchName: string,
    /** Its place in the order of construction. */
    readonly index: number,
    /** The switch. */
    readonly core: SwitchCore,
    readonly options: SwitchPortOptions,
  ) {
    this.path = `${switchName}:${options.name}`;
    const { vlan = DEFAULT_VLAN } = options;
    this.membership = vlanMembership(this.path, vlan, options.tagged ?? []);
    this.state = engine.record(
      this.path,
      PortState,
      engine.world,
      { recovery: () => this.recover() },
      { isShut: options.adminUp === false },
    );
    this.stormControl =
      options.stormControl === undefined ? null : new StormControl(engine, this.path, options.stormControl);
    engine.afterRestore.push(() => {
      this.isUp = this.canForward;
    });
  }

  get name(): string {
    return this.options.name;
  }

  /** What spanning tree makes of it. */
  get tree(): PortTreeOptions {
    return this.options.tree ?? NO_TREE_OPTIONS;
  }

  /** Of its cable, bit/s; null without a limit or a cable. */
  get bandwidth(): number | null {
    return this.direction?.bandwidth ?? null;
  }

  /** Whether frames from here, and to here, pass: the port is up and spanning tree does not block it. */
  get forwards(): boolean {
    return this.isUp && (this.core.tree === null || this.core.tree.forwards(this.core.leadOf(this.index)));
  }

  /** Whether the sources of frames that come in are learned. */
  get learns(): boolean {
    return this.isUp && (this.core.tree === null || this.core.tree.learns(this.core.leadOf(this.index)));
  }

  get outgoing(): LinkDirection | null {
    return this.direction;
  }

  set outgoing(direction: LinkDirection | null) {
    this.direction = direction;
    if (direction === null) return;
    if (!this.isEnabled) direction.setTransmitter(false);
    this.isUp = this.canForward;
  }

  receive(frame: EthernetFrame): void {
    this.core.receive(this, frame);
  }

  carrierChanged(): void {
    this.settle();
  }

  /** Whether nobody has shut the port. */
  get isEnabled(): boolean {
    return this.core.isOn && !this.state.isShut && !this.state.isDisabled;
  }

  private get canForward(): boolean {
    return this.isEnabled && this.direction?.hasCarrier === true;
  }

  /** Shuts the port, or opens it again also after {@link SwitchPort.disable}. The other end's carrier follows. */
  setAdmin(isUp: boolean): void {
    this.state.isShut = !isUp;
    if (isUp) {
      this.state.isDisabled = false;
      this.state.recovery.cancel();
    }
    this.settle();
  }

  /** Shuts the port as the switch itself does ("err-disable"), until somebody sets it up or `hold` ns have passed. */
  disable(hold: Nanoseconds | null): void {
    this.state.isDisabled = true;
    if (hold !== null) this.state.recovery.arm(hold);
    this.settle();
  }

  private recover(): void {
    this.state.isDisabled = false;
    this.settle();
  }

  /** Makes transmitter and forwarding follow what is set; called by the switch when its power changes. */
  settle(): void {
    const isUp = this.canForward;
    if (isUp !== this.isUp) {
      this.isUp = isUp;
      this.core.portChanged(this);
    }
    // Last: it may bring carrier back within this call, and that settles the port again.
    this.direction?.setTransmitter(this.isEnabled);
  }

  /** What a reboot leaves: the configuration. */
  reboot(): void {
    this.state.isDisabled = false;
    this.state.recovery.cancel();
    this.stormControl?.clear();
  }
}
