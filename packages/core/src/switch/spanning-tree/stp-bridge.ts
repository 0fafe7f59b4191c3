import { type Engine, type Nanoseconds, type RecordOf, SECOND } from '../../engine/index.js';
import {
  type Bpdu,
  type BpduVector,
  type BridgeId,
  type ConfigBpdu,
  configBpdu,
  TCN_BPDU,
} from '../../wire/index.js';
import { compareBridges, type PriorityVector, vectorOf } from './priority-vector.js';
import {
  BPDU_TIME_UNIT,
  bpduTime,
  DEFAULT_FORWARD_DELAY,
  DEFAULT_HELLO_TIME,
  DEFAULT_MAX_AGE,
  pathCost,
  portIdOf,
  type SpanningTree,
  type SpanningTreeOptions,
  type TreeBridge,
  type TreeRole,
} from './spanning-tree.js';
import { StpPort, type StpPortRecord, StpState, supersedes } from './stp-port.js';

/** BR_HOLD_TIME: at most one configuration BPDU a second per port (IEEE 802.1D-1998 §8.10.2). */
const HOLD_TIME: Nanoseconds = SECOND;
/** The granularity of timers in IEEE 802.1D-1998 §8.5.1.7. */
const AGE_TICK: Nanoseconds = SECOND;
/** MESSAGE_AGE_INCR of br_stp.c, in BPDU units: what a hop adds to a message's age. */
const MESSAGE_AGE_INCREMENT = 1;

/** What 16 bits hold. */
const MOST_AGE = 0xffff;

/**
 * The spanning tree protocol of IEEE 802.1D-1998 clause 8, as the Linux kernel speaks it: the procedures carry the names
 * and the order of net/bridge/br_stp.c, br_stp_if.c and br_stp_timer.c.
 *
 * Beyond the kernel it knows edge ports ("portfast"), as every vendor's switch does.
 */
export class StpBridge implements SpanningTree {
  private readonly state: RecordOf<typeof StpState.fields>;
  private readonly ports: readonly StpPortRecord[];
  private readonly bridgeMaxAge: Nanoseconds;
  private readonly bridgeHelloTime: Nanoseconds;
  private readonly bridgeForwardDelay: Nanoseconds;

  constructor(
    engine: Engine,
    private readonly bridge: TreeBridge,
    options: SpanningTreeOptions,
  ) {
    this.bridgeMaxAge = options.maxAge ?? DEFAULT_MAX_AGE;
    this.bridgeHelloTime = options.helloTime ?? DEFAULT_HELLO_TIME;
    this.bridgeForwardDelay = options.forwardDelay ?? DEFAULT_FORWARD_DELAY;
    this.state = engine.record(`${bridge.name}/stp`, StpState, engine.world, {
      hello: () => this.helloExpired(),
      notification: () => this.notificationExpired(),
      topologyChangeEnd: () => this.topologyChangeExpired(),
      wake: () => this.wake(),
    });
    this.ports = bridge.ports.map(({ name }, port) =>
      engine.record(`${bridge.name}:${name}/stp`, StpPort, engine.world, {
        messageAge: () => this.messageAgeExpired(port),
        ageTick: () => this.ageTicked(port),
        forwardDelay: () => this.forwardDelayExpired(port),
        hold: () => this.holdExpired(port),
      }),
    );
  }

  // ---- the bridge's life

  start(): void {
    this.state.wake.arm(0);
  }

  /** br_stp_enable_bridge, and the ports that have come up. */
  private wake(): void {
    const { state, bridge } = this;
    if (!state.isRunning) {
      state.isRunning = true;
      this.setRoot(bridge.id, 0, 0);
      this.ownTimes();
      state.hello.arm(state.helloTime);
    }
    const fresh = [...bridge.ports.keys()].filter(
      (port) => bridge.ports[port]?.isUp === true && !this.isEnabled(port),
    );
    for (const port of fresh) this.enablePort(port);
    // What the kernel leaves to the next hello, up to 2 s; a switch sends at once (IEEE 802.1D-1998 §8.8.1.2).
    for (const port of fresh) if (this.isDesignated(port)) this.transmitConfig(port);
  }

  stop(): void {
    this.state.reset();
    for (const port of this.ports) port.reset();
  }

  portUp(): void {
    // A moment later: what is sent before the other end has its carrier too would be lost.
    if (this.state.isRunning) this.state.wake.arm(0);
  }

  /** br_stp_enable_port */
  private enablePort(port: number): void {
    const own = this.port(port);
    own.isEdge = this.bridge.ports[port]?.tree.edge === true;
    this.becomeDesignated(port);
    own.state = 'blocking';
    this.portStateSelection();
  }

  /** br_stp_disable_port; what was learned at the port is forgotten by the switch. */
  portDown(port: number): void {
    if (!this.state.isRunning) return;
    const wasRoot = this.isRoot;
    const own = this.port(port);
    const wasPart = own.state === 'forwarding' && !own.isEdge;
    own.reset();
    this.becomeDesignated(port);
    this.settled(port);
    this.configurationUpdate();
    this.portStateSelection();
    if (this.isRoot && !wasRoot) this.becomeRootBridge();
    // IEEE 802.1D-1998 §8.5.1.10 b): a port that ceases to forward has changed the topology.
    if (wasPart) this.topologyChangeDetection(port);
  }

  learns(port: number): boolean {
    const { state } = this.port(port);
    return state === 'learning' || state === 'forwarding';
  }

  forwards(port: number): boolean {
    return this.port(port).state === 'forwarding';
  }

  /** br_private.h hold_time: addresses live as long as a port listens while the topology changes. */
  get shortAgeing(): Nanoseconds | null {
    return this.state.topologyChange ? this.state.forwardDelay : null;
  }

  // ---- who is who

  private port(port: number): StpPortRecord {
    return this.ports[port] as StpPortRecord;
  }

  /** What is known of a port's segment; there is something from the moment at which the port is enabled. */
  private designated(port: number): PriorityVector {
    return this.port(port).designated as PriorityVector;
  }

  private get root(): BridgeId {
    return this.state.root as BridgeId;
  }

  /** br_is_root_bridge */
  private get isRoot(): boolean {
    return compareBridges(this.root, this.bridge.id) === 0;
  }

  private portId(port: number): number {
    return portIdOf(port, this.bridge.ports[port]?.tree ?? {});
  }

  private isEnabled(port: number): boolean {
    return this.port(port).state !== 'disabled';
  }

  /** br_is_designated_port */
  private isDesignated(port: number): boolean {
    const { bridge, portId } = this.designated(port);
    return compareBridges(bridge, this.bridge.id) === 0 && portId === this.portId(port);
  }

  private enabledPorts(): number[] {
    return [...this.ports.keys()].filter((port) => this.isEnabled(port));
  }

  private costAt(port: number): number {
    const own = this.bridge.ports[port];
    return this.designated(port).rootPathCost + (own === undefined ? 0 : pathCost('stp', own));
  }

  /** br_should_become_root_port: whether `port` is a better way to the root than `rival` (null: than none). */
  private isBetterRootPort(port: number, rival: number | null): boolean {
    if (this.isDesignated(port)) return false;
    const heard = this.designated(port);
    if (compareBridges(this.bridge.id, heard.root) <= 0) return false;
    if (rival === null) return true;
    const other = this.designated(rival);
    const order =
      compareBridges(heard.root, other.root) ||
      this.costAt(port) - this.costAt(rival) ||
      compareBridges(heard.bridge, other.bridge) ||
      heard.portId - other.portId ||
      this.portId(port) - this.portId(rival);
    return order < 0;
  }

  /** br_root_selection */
  private rootSelection(): void {
    let best: number | null = null;
    for (const port of this.enabledPorts()) if (this.isBetterRootPort(port, best)) best = port;
    if (best === null) this.setRoot(this.bridge.id, 0, 0);
    else this.setRoot(this.designated(best).root, this.costAt(best), best + 1);
  }

  private setRoot(root: BridgeId, cost: number, rootPort: number): void {
    const { state } = this;
    const isNews =
      state.root === null || compareBridges(root, state.root) !== 0 || state.rootPort !== rootPort;
    state.root = root;
    state.rootPathCost = cost;
    state.rootPort = rootPort;
    if (isNews) this.bridge.rootChanged(root, rootPort === 0 ? null : rootPort - 1, cost);
  }

  private ownTimes(): void {
    this.state.maxAge = this.bridgeMaxAge;
    this.state.helloTime = this.bridgeHelloTime;
    this.state.forwardDelay = this.bridgeForwardDelay;
  }

  /** br_become_root_bridge */
  private becomeRootBridge(): void {
    this.ownTimes();
    this.topologyChangeDetection(null);
    this.state.notification.cancel();
    this.configBpduGeneration();
    this.state.hello.arm(this.state.helloTime);
  }

  /** br_should_become_designated_port */
  private shouldBecomeDesignated(port: number): boolean {
    if (this.isDesignated(port)) return true;
    const heard = this.designated(port);
    if (compareBridges(heard.root, this.root) !== 0) return true;
    const order =
      this.state.rootPathCost - heard.rootPathCost ||
      compareBridges(this.bridge.id, heard.bridge) ||
      this.portId(port) - heard.portId;
    return order < 0;
  }

  /** br_designated_port_selection */
  private designatedPortSelection(): void {
    for (const port of this.enabledPorts())
      if (this.shouldBecomeDesignated(port)) this.becomeDesignated(port);
  }

  /** br_become_designated_port */
  private becomeDesignated(port: number): void {
    const { root, rootPathCost } = this.state;
    const { id } = this.bridge;
    this.port(port).designated = { root: root ?? id, rootPathCost, bridge: id, portId: this.portId(port) };
  }

  /** br_configuration_update */
  private configurationUpdate(): void {
    this.rootSelection();
    this.designatedPortSelection();
  }

  // ---- port states

  /** br_port_state_selection */
  private portStateSelection(): void {
    for (const port of this.enabledPorts()) {
      const own = this.port(port);
      if (port === this.state.rootPort - 1) {
        own.configPending = false;
        own.topologyChangeAck = false;
        this.makeForwarding(port);
      } else if (this.isDesignated(port)) {
        own.messageAge.cancel();
        this.makeForwarding(port);
      } else {
        own.configPending = false;
        own.topologyChangeAck = false;
        this.makeBlocking(port);
      }
    }
  }

  /** br_make_forwarding */
  private makeForwarding(port: number): void {
    const own = this.port(port);
    if (own.state !== 'blocking') return;
    if (own.isEdge) this.enter(port, 'forwarding');
    else {
      this.enter(port, 'listening');
      own.forwardDelay.arm(this.state.forwardDelay);
    }
  }

  /** br_make_blocking */
  private makeBlocking(port: number): void {
    const own = this.port(port);
    if (own.state === 'disabled' || own.state === 'blocking') return;
    const wasPart = own.state === 'learning' || own.state === 'forwarding';
    own.forwardDelay.cancel();
    this.enter(port, 'blocking');
    if (wasPart) this.topologyChangeDetection(port);
  }

  /** br_forward_delay_timer_expired */
  private forwardDelayExpired(port: number): void {
    const own = this.port(port);
    if (own.state === 'listening') {
      this.enter(port, 'learning');
      own.forwardDelay.arm(this.state.forwardDelay);
    } else if (own.state === 'learning') {
      this.enter(port, 'forwarding');
      if (this.enabledPorts().some((other) => this.isDesignated(other))) this.topologyChangeDetection(port);
    }
  }

  private enter(port: number, state: 'blocking' | 'listening' | 'learning' | 'forwarding'): void {
    this.port(port).state = state;
    this.settled(port);
  }

  private settled(port: number): void {
    this.bridge.portSettled(port, this.roleOf(port), this.port(port).state);
  }

  private roleOf(port: number): TreeRole {
    if (!this.isEnabled(port)) return 'disabled';
    if (port === this.state.rootPort - 1) return 'root';
    return this.isDesignated(port) ? 'designated' : 'alternate';
  }

  // ---- what is heard

  receive(port: number, bpdu: Bpdu): void {
    if (!this.state.isRunning || !this.isEnabled(port)) return;
    if (this.bridge.ports[port]?.tree.bpduGuard === true) {
      this.bridge.guardTripped(port);
      return;
    }
    this.leaveEdge(port);
    if (bpdu.message === 'tcn') this.receiveTcn(port);
    // A rapid BPDU is of a later version and read as a configuration (IEEE 802.1D-2004 §9.3.4).
    else this.receiveConfig(port, bpdu.message === 'config' ? bpdu : configBpdu(bpdu, bpdu));
  }

  /** Where a bridge speaks there is no edge: the port goes through listening and learning like others. */
  private leaveEdge(port: number): void {
    const own = this.port(port);
    if (!own.isEdge) return;
    own.isEdge = false;
    this.enter(port, 'blocking');
    this.portStateSelection();
  }

  /** br_received_config_bpdu */
  private receiveConfig(port: number, bpdu: ConfigBpdu): void {
    const wasRoot = this.isRoot;
    if (supersedes(bpdu, this.designated(port), this.bridge.id)) {
      this.recordConfigInformation(port, bpdu);
      this.configurationUpdate();
      this.portStateSelection();
      if (!this.isRoot && wasRoot) {
        const { state } = this;
        state.hello.cancel();
        if (state.topologyChangeDetected) {
          state.topologyChangeEnd.cancel();
          this.transmitTcn();
          state.notification.arm(this.bridgeHelloTime);
        }
      }
      if (port === this.state.rootPort - 1) {
        this.recordConfigTimeoutValues(port, bpdu);
        this.configBpduGeneration();
        if (bpdu.topologyChangeAck) this.topologyChangeAcknowledged();
      }
    } else if (this.isDesignated(port)) this.transmitConfig(port);
  }

  /** br_record_config_information */
  private recordConfigInformation(port: number, bpdu: BpduVector): void {
    const own = this.port(port);
    own.designated = vectorOf(bpdu);
    own.age = bpdu.messageAge;
    own.ageTick.arm(AGE_TICK);
    own.messageAge.arm(Math.max(0, bpdu.maxAge - bpdu.messageAge) * BPDU_TIME_UNIT);
  }

  /** br_record_config_timeout_values */
  private recordConfigTimeoutValues(port: number, bpdu: ConfigBpdu): void {
    const { state } = this;
    const before = this.shortAgeing;
    state.maxAge = bpdu.maxAge * BPDU_TIME_UNIT;
    state.helloTime = bpdu.helloTime * BPDU_TIME_UNIT;
    state.forwardDelay = bpdu.forwardDelay * BPDU_TIME_UNIT;
    if (bpdu.topologyChange && !state.topologyChange) this.bridge.topologyChanged(port, false);
    state.topologyChange = bpdu.topologyChange;
    if (this.shortAgeing !== before) this.bridge.ageingChanged(before);
  }

  /** br_received_tcn_bpdu */
  private receiveTcn(port: number): void {
    if (!this.isDesignated(port)) return;
    this.topologyChangeDetection(port, false);
    this.port(port).topologyChangeAck = true;
    this.transmitConfig(port);
  }

  private ageTicked(port: number): void {
    const own = this.port(port);
    if (!own.messageAge.isArmed) return;
    own.age = Math.min(own.age + bpduTime(AGE_TICK), MOST_AGE);
    own.ageTick.arm(AGE_TICK);
  }

  /** br_message_age_timer_expired: the root, or the way to it, has fallen silent. */
  private messageAgeExpired(port: number): void {
    const wasRoot = this.isRoot;
    this.becomeDesignated(port);
    this.configurationUpdate();
    this.portStateSelection();
    if (this.isRoot && !wasRoot) this.becomeRootBridge();
  }

  // ---- what is sent

  /** br_config_bpdu_generation */
  private configBpduGeneration(): void {
    for (const port of this.enabledPorts()) if (this.isDesignated(port)) this.transmitConfig(port);
  }

  /** br_transmit_config */
  private transmitConfig(port: number): void {
    const { state } = this;
    const own = this.port(port);
    if (own.hold.isArmed) {
      own.configPending = true;
      return;
    }
    const rootPort = state.rootPort - 1;
    const age = this.isRoot || rootPort < 0 ? 0 : this.port(rootPort).age + MESSAGE_AGE_INCREMENT;
    if (age >= bpduTime(state.maxAge)) return;
    const vector = {
      root: this.root,
      rootPathCost: state.rootPathCost,
      bridge: this.bridge.id,
      portId: this.portId(port),
      messageAge: age,
      maxAge: bpduTime(state.maxAge),
      helloTime: bpduTime(state.helloTime),
      forwardDelay: bpduTime(state.forwardDelay),
    };
    const { topologyChange } = state;
    const { topologyChangeAck } = own;
    own.topologyChangeAck = false;
    own.configPending = false;
    own.hold.arm(HOLD_TIME);
    this.bridge.sendBpdu(port, configBpdu(vector, { topologyChange, topologyChangeAck }));
  }

  /** br_hold_timer_expired */
  private holdExpired(port: number): void {
    if (this.port(port).configPending) this.transmitConfig(port);
  }

  /** br_hello_timer_expired */
  private helloExpired(): void {
    this.configBpduGeneration();
    this.state.hello.arm(this.state.helloTime);
  }

  /** br_transmit_tcn */
  private transmitTcn(): void {
    if (this.state.rootPort > 0) this.bridge.sendBpdu(this.state.rootPort - 1, TCN_BPDU);
  }

  /** br_tcn_timer_expired */
  private notificationExpired(): void {
    if (this.isRoot) return;
    this.transmitTcn();
    this.state.notification.arm(this.bridgeHelloTime);
  }

  // ---- topology changes

  /** br_topology_change_detection; null where the bridge itself is the reason. */
  private topologyChangeDetection(port: number | null, isOwn = true): void {
    const { state } = this;
    if (port !== null) this.bridge.topologyChanged(port, isOwn);
    if (this.isRoot) {
      this.setTopologyChange(true);
      state.topologyChangeEnd.arm(this.bridgeForwardDelay + this.bridgeMaxAge);
    } else if (!state.topologyChangeDetected) {
      this.transmitTcn();
      state.notification.arm(this.bridgeHelloTime);
    }
    state.topologyChangeDetected = true;
  }

  /** br_topology_change_acknowledged */
  private topologyChangeAcknowledged(): void {
    this.state.topologyChangeDetected = false;
    this.state.notification.cancel();
  }

  /** br_topology_change_timer_expired */
  private topologyChangeExpired(): void {
    this.state.topologyChangeDetected = false;
    this.setTopologyChange(false);
  }

  /** __br_set_topology_change */
  private setTopologyChange(isOn: boolean): void {
    const before = this.shortAgeing;
    this.state.topologyChange = isOn;
    if (this.shortAgeing !== before) this.bridge.ageingChanged(before);
  }
}
