import { type Engine, type Nanoseconds, type RecordOf, SECOND } from '../../engine/index.js';
import { type Bpdu, type BpduRole, configBpdu, rstBpdu, TCN_BPDU } from '../../wire/index.js';
import { compareBridges, compareVectors, vectorOf } from './priority-vector.js';
import { type RstpPort, RstpState, rstpPort, type TreeTimes } from './rstp-port.js';
import { assignRoles, chooseRoot, classify, type RstpPortConstants } from './rstp-roles.js';
import { stepTopology, type TopologyGroup } from './rstp-topology.js';
import { mayAgree, type PortGroup, stepRole } from './rstp-transitions.js';
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
  type TreeState,
} from './spanning-tree.js';

/** MigrateTime of IEEE 802.1D-2004 §17.14. */
const MIGRATE_TIME: Nanoseconds = 3 * SECOND;
/** TxHoldCount of IEEE 802.1D-2004 §17.14: so many BPDUs at once, then one a second. */
const TX_HOLD_COUNT = 6;
const TICK: Nanoseconds = SECOND;
/** BPDUs missed until what they said is no longer believed (IEEE 802.1D-2004 §17.21.23). */
const MISSED_HELLOS = 3;
/** What each hop adds to a message's age, in BPDU units (IEEE 802.1D-2004 §17.21.23). */
const ONE_SECOND = 256;
/** Far beyond what any change needs: the machines settle in a few rounds per port. */
const MOST_STEPS_PER_PORT = 1000;

/**
 * The rapid spanning tree protocol (IEEE 802.1D-2004 clause 17, which is 802.1w corrected). Whenever something has
 * happened, the state machines take their steps until none can, and then what is to be said is sent. All cables are
 * point to point.
 */
export class RstpBridge implements SpanningTree {
  private readonly state: RecordOf<typeof RstpState.fields>;
  private readonly ports: readonly RstpPort[];
  /** What the machines of one port may do to the others and to the switch. */
  private readonly group: PortGroup & TopologyGroup;
  private readonly bridgeTimes: TreeTimes;
  /** IEEE 802.1D-2004 §17.21.18: rapid bridges flush at once, nothing ages faster. */
  readonly shortAgeing = null;

  constructor(
    engine: Engine,
    private readonly bridge: TreeBridge,
    options: SpanningTreeOptions,
  ) {
    this.bridgeTimes = {
      messageAge: 0,
      maxAge: bpduTime(options.maxAge ?? DEFAULT_MAX_AGE),
      helloTime: bpduTime(options.helloTime ?? DEFAULT_HELLO_TIME),
      forwardDelay: bpduTime(options.forwardDelay ?? DEFAULT_FORWARD_DELAY),
    };
    this.state = engine.record(`${bridge.name}/rstp`, RstpState, engine.world, {
      wake: () => this.wake(),
    });
    const settle = (): void => this.settle();
    this.ports = bridge.ports.map(({ name }, port) =>
      rstpPort(engine, `${bridge.name}:${name}`, {
        rcvdInfoWhile: settle,
        fdWhile: settle,
        rrWhile: settle,
        rbWhile: settle,
        edgeDelayWhile: settle,
        tcWhile: settle,
        mdelayWhile: () => this.migrationDue(port),
        helloWhen: () => this.helloDue(port),
        txTick: () => this.tick(port),
      }),
    );
    const { ports } = this;
    this.group = {
      edgeDelay: MIGRATE_TIME,
      ports,
      stateChanged: (port) => this.tell(port),
      flush: (port) => bridge.flushPort(ports.indexOf(port)),
      changed: (port, isOwn) => bridge.topologyChanged(ports.indexOf(port), isOwn),
    };
  }

  // ---- the bridge's life

  start(): void {
    this.state.wake.arm(0);
  }

  /** Begins, and takes in the ports that have come up. */
  private wake(): void {
    const { state, bridge, ports } = this;
    ports.forEach((port, index) => {
      if (!state.isRunning) {
        port.reselect = true;
        // INIT_PORT and CHECKING_RSTP
        port.synced = true;
        port.sendRstp = true;
        port.operEdge = this.isAdminEdge(index);
      }
      if (bridge.ports[index]?.isUp === true && !port.portEnabled) this.enable(index);
    });
    state.isRunning = true;
    this.settle();
  }

  stop(): void {
    this.state.reset();
    for (const port of this.ports) port.reset();
  }

  portUp(): void {
    // A moment later: what is sent before the other end has its carrier too would be lost.
    if (this.state.isRunning) this.state.wake.arm(0);
  }

  private enable(index: number): void {
    const port = this.port(index);
    port.portEnabled = true;
    port.mdelayWhile.arm(MIGRATE_TIME);
    port.newInfo = true;
    port.helloWhen.arm(this.bridgeTimes.helloTime * BPDU_TIME_UNIT);
  }

  portDown(index: number): void {
    if (!this.state.isRunning) return;
    const port = this.port(index);
    port.portEnabled = false;
    port.helloWhen.cancel();
    port.edgeDelayWhile.cancel();
    port.txTick.cancel();
    port.txCount = 0;
    // NOT_EDGE to EDGE, and back, happens while the port is down (§17.25); so does CHECKING_RSTP (§17.24).
    port.operEdge = this.isAdminEdge(index);
    port.migration = 'checking';
    port.sendRstp = true;
    port.mdelayWhile.cancel();
    this.settle();
  }

  private isAdminEdge(index: number): boolean {
    return this.bridge.ports[index]?.tree.edge === true;
  }

  learns(port: number): boolean {
    return this.port(port).learn;
  }

  forwards(port: number): boolean {
    return this.port(port).forward;
  }

  private port(index: number): RstpPort {
    return this.ports[index] as RstpPort;
  }

  private constants(): RstpPortConstants[] {
    return this.bridge.ports.map((port, index) => ({
      portId: portIdOf(index, port.tree),
      pathCost: pathCost('rstp', port),
    }));
  }

  // ---- the machines

  /** Lets every machine take its steps until none can, then sends what is due. */
  private settle(): void {
    const most = MOST_STEPS_PER_PORT * this.ports.length;
    for (let steps = 0; this.stepAny(); steps++) {
      if (steps > most) throw new Error(`${this.bridge.name}: spanning tree does not settle`);
    }
    this.ports.forEach((port, index) => {
      this.transmit(port, index);
    });
  }

  private stepAny(): boolean {
    let moved = false;
    if (this.ports.some(({ reselect }) => reselect)) {
      this.selectRoles();
      moved = true;
    }
    const group = this.group;
    this.ports.forEach((port, index) => {
      if (this.stepInformation(port) || this.stepEdge(port, index)) moved = true;
      if (stepRole(port, group) || stepTopology(port, group)) moved = true;
    });
    return moved;
  }

  private tell(port: RstpPort): void {
    const state: TreeState =
      port.role === 'disabled'
        ? 'disabled'
        : port.forward
          ? 'forwarding'
          : port.learn
            ? 'learning'
            : 'discarding';
    this.bridge.portSettled(this.ports.indexOf(port), port.role, state);
  }

  /** Port Role Selection (IEEE 802.1D-2004 §17.28) */
  private selectRoles(): void {
    const { bridge, state, ports } = this;
    for (const port of ports) port.reselect = false;
    const constants = this.constants();
    const choice = chooseRoot(ports, constants, bridge.id, this.bridgeTimes);
    const rootPort = choice.port === null ? 0 : choice.port + 1;
    const before = state.rootPriority;
    const isNews =
      before === null ||
      compareBridges(before.root, choice.priority.root) !== 0 ||
      state.rootPort !== rootPort;
    state.rootPort = rootPort;
    state.rootPriority = choice.priority;
    state.rootTimes = choice.times;
    assignRoles(ports, constants, bridge.id, choice);
    for (const port of ports) port.selected = true;
    if (isNews) bridge.rootChanged(choice.priority.root, choice.port, choice.priority.rootPathCost);
  }

  /** Port Information (IEEE 802.1D-2004 §17.27), but for what is received. */
  private stepInformation(port: RstpPort): boolean {
    if (!port.portEnabled && port.infoIs !== 'disabled') {
      // DISABLED
      port.proposing = false;
      port.proposed = false;
      port.agree = false;
      port.agreed = false;
      port.rcvdInfoWhile.cancel();
      port.infoIs = 'disabled';
    } else if (
      (port.portEnabled && port.infoIs === 'disabled') ||
      (port.infoIs === 'received' && !port.rcvdInfoWhile.isArmed && !port.updtInfo)
    ) {
      // AGED
      port.infoIs = 'aged';
    } else if (port.selected && port.updtInfo) {
      // UPDATE
      port.proposing = false;
      port.proposed = false;
      port.agreed = port.agreed && port.infoIs === 'mine' && mayAgree(port);
      port.synced = port.synced && port.agreed;
      port.portPriority = port.designatedPriority;
      port.portTimes = port.designatedTimes;
      port.updtInfo = false;
      port.infoIs = 'mine';
      port.newInfo = true;
      return true;
    } else return false;
    port.reselect = true;
    port.selected = false;
    return true;
  }

  /** Bridge Detection (IEEE 802.1D-2004 §17.25) */
  private stepEdge(port: RstpPort, index: number): boolean {
    const isAuto = this.bridge.ports[index]?.tree.edge === 'auto';
    const becomes =
      isAuto &&
      !port.operEdge &&
      port.portEnabled &&
      !port.edgeDelayWhile.isArmed &&
      port.sendRstp &&
      port.proposing;
    if (becomes) port.operEdge = true;
    return becomes;
  }

  // ---- receiving

  receive(index: number, bpdu: Bpdu): void {
    const port = this.port(index);
    if (!this.state.isRunning || !port.portEnabled) return;
    if (this.bridge.ports[index]?.tree.bpduGuard === true) {
      this.bridge.guardTripped(index);
      return;
    }
    // Port Receive (§17.23)
    port.operEdge = false;
    port.edgeDelayWhile.arm(MIGRATE_TIME);
    this.migrate(port, bpdu.message === 'rst');
    if (bpdu.message === 'tcn') port.rcvdTcn = true;
    else this.hear(port, bpdu);
    this.settle();
  }

  /** The RECEIVE states of Port Information (IEEE 802.1D-2004 §17.27). */
  private hear(port: RstpPort, bpdu: Exclude<Bpdu, { message: 'tcn' }>): void {
    const { messageAge, maxAge, forwardDelay } = bpdu;
    // No faster than the standard allows (§17.14, table 17-1), whatever the neighbour says.
    const helloTime = Math.max(bpdu.helloTime, ONE_SECOND);
    const times: TreeTimes = { messageAge, maxAge, helloTime, forwardDelay };
    const isDesignated = bpdu.message === 'config' || bpdu.role === 'designated';
    if (!isDesignated && bpdu.message === 'rst' && bpdu.role === 'unknown') return;
    const info = classify(port, vectorOf(bpdu), times, isDesignated);
    switch (info) {
      case 'superior-designated': {
        port.agreed = false;
        port.proposing = false;
        this.recordProposal(port, bpdu);
        this.setTcFlags(port, bpdu);
        const before = port.portPriority;
        port.portPriority = vectorOf(bpdu);
        port.agree =
          port.agree &&
          port.infoIs === 'received' &&
          before !== null &&
          compareVectors(port.portPriority, before) <= 0;
        port.portTimes = times;
        this.believe(port, times);
        port.infoIs = 'received';
        port.reselect = true;
        port.selected = false;
        break;
      }
      case 'repeated-designated':
        this.recordProposal(port, bpdu);
        this.setTcFlags(port, bpdu);
        this.believe(port, times);
        break;
      case 'inferior-designated':
        // recordDispute: the other end forwards what it should not (§17.21.10, as corrected in IEEE 802.1Q).
        if (bpdu.message === 'rst' && bpdu.learning) {
          port.disputed = true;
          port.agreed = false;
        }
        break;
      case 'inferior-root-alternate':
        // recordAgreement
        port.agreed = bpdu.message === 'rst' && bpdu.agreement;
        if (port.agreed) port.proposing = false;
        this.setTcFlags(port, bpdu);
        break;
      case 'other':
        break;
    }
  }

  /** updtRcvdInfoWhile of IEEE 802.1D-2004 §17.21.23 */
  private believe(port: RstpPort, { messageAge, maxAge, helloTime }: TreeTimes): void {
    if (messageAge + ONE_SECOND <= maxAge) port.rcvdInfoWhile.arm(MISSED_HELLOS * helloTime * BPDU_TIME_UNIT);
    else port.rcvdInfoWhile.cancel();
  }

  private recordProposal(port: RstpPort, bpdu: Bpdu): void {
    if (bpdu.message === 'rst' && bpdu.proposal) port.proposed = true;
  }

  private setTcFlags(port: RstpPort, bpdu: Exclude<Bpdu, { message: 'tcn' }>): void {
    if (bpdu.topologyChange) port.rcvdTc = true;
    if (bpdu.message === 'config' && bpdu.topologyChangeAck) port.rcvdTcAck = true;
  }

  // ---- neighbours that speak the old protocol

  /** Port Protocol Migration (IEEE 802.1D-2004 §17.24) on a BPDU. */
  private migrate(port: RstpPort, isRapid: boolean): void {
    if (port.migration !== 'sensing' || port.sendRstp === isRapid) return;
    // SELECTING_STP, or CHECKING_RSTP again
    port.sendRstp = isRapid;
    port.migration = isRapid ? 'checking' : 'selecting';
    port.mdelayWhile.arm(MIGRATE_TIME);
  }

  private migrationDue(index: number): void {
    this.port(index).migration = 'sensing';
    this.settle();
  }

  // ---- sending: Port Transmit (IEEE 802.1D-2004 §17.26)

  /** TRANSMIT_PERIODIC */
  private helloDue(index: number): void {
    const port = this.port(index);
    if (port.role === 'designated' || (port.role === 'root' && port.tcWhile.isArmed)) port.newInfo = true;
    port.helloWhen.arm(this.helloTime(port));
    this.settle();
  }

  private helloTime({ designatedTimes }: RstpPort): Nanoseconds {
    return (designatedTimes ?? this.bridgeTimes).helloTime * BPDU_TIME_UNIT;
  }

  private tick(index: number): void {
    const port = this.port(index);
    port.txCount--;
    if (port.txCount > 0) port.txTick.arm(TICK);
    this.settle();
  }

  /** TRANSMIT_RSTP, TRANSMIT_TCN, TRANSMIT_CONFIG */
  private transmit(port: RstpPort, index: number): void {
    if (!port.newInfo || !port.portEnabled || !port.selected || port.txCount >= TX_HOLD_COUNT) return;
    const bpdu = this.bpduOf(port);
    if (bpdu === null) {
      if (port.sendRstp === false) port.newInfo = false;
      return;
    }
    port.newInfo = false;
    port.tcAck = false;
    if (port.txCount === 0) port.txTick.arm(TICK);
    port.txCount++;
    port.helloWhen.arm(this.helloTime(port));
    this.bridge.sendBpdu(index, bpdu);
  }

  private bpduOf(port: RstpPort): Bpdu | null {
    const { designatedPriority, designatedTimes, role } = port;
    if (designatedPriority === null || designatedTimes === null || role === 'disabled') return null;
    const vector = { ...designatedPriority, ...designatedTimes };
    const topologyChange = port.tcWhile.isArmed;
    if (port.sendRstp)
      return rstBpdu(vector, {
        role: roleOnWire(role),
        topologyChange,
        proposal: port.proposing,
        agreement: port.agree,
        learning: port.learn,
        forwarding: port.forward,
      });
    if (role === 'root') return TCN_BPDU;
    if (role === 'designated') return configBpdu(vector, { topologyChange, topologyChangeAck: port.tcAck });
    return null;
  }
}

const roleOnWire = (role: 'root' | 'designated' | 'alternate' | 'backup'): BpduRole =>
  role === 'backup' ? 'alternate' : role;
