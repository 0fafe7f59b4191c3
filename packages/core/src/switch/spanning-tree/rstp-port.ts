import {
  bool,
  type Engine,
  enumOf,
  type RecordOf,
  record,
  timer,
  u8,
  u16,
  value,
} from '../../engine/index.js';
import type { PriorityVector } from './priority-vector.js';

/** The times of a BPDU, in its units (IEEE 802.1D-2004 §17.19.22). */
export interface TreeTimes {
  readonly messageAge: number;
  readonly maxAge: number;
  readonly helloTime: number;
  readonly forwardDelay: number;
}

/**
 * The variables of a port (IEEE 802.1D-2004 §17.19), under the names of the standard. `learning` and `forwarding` are
 * not there beside `learn` and `forward`: the port does at once what it is told, so they would be the same.
 *
 * A timer variable of the standard that counts seconds is a timer here, "= 0" is "not armed". Those that a state keeps
 * at their full value as long as it lasts (`rrWhile` of a root port, `rbWhile` of a backup port, `fdWhile` of a
 * blocked one) are armed where the port leaves that state.
 */
const PortFields = {
  portEnabled: bool,
  // Port information
  infoIs: enumOf('disabled', 'aged', 'mine', 'received'),
  portPriority: value<PriorityVector>(),
  portTimes: value<TreeTimes>(),
  designatedPriority: value<PriorityVector>(),
  designatedTimes: value<TreeTimes>(),
  reselect: bool,
  selected: bool,
  updtInfo: bool,
  rcvdInfoWhile: timer,
  // Port roles
  role: enumOf('disabled', 'root', 'designated', 'alternate', 'backup'),
  selectedRole: enumOf('disabled', 'root', 'designated', 'alternate', 'backup'),
  learn: bool,
  forward: bool,
  agree: bool,
  agreed: bool,
  proposed: bool,
  proposing: bool,
  sync: bool,
  synced: bool,
  reRoot: bool,
  disputed: bool,
  fdWhile: timer,
  rrWhile: timer,
  rbWhile: timer,
  // Bridge detection
  operEdge: bool,
  edgeDelayWhile: timer,
  // Topology change
  topology: enumOf('inactive', 'learning', 'active'),
  rcvdTc: bool,
  rcvdTcn: bool,
  rcvdTcAck: bool,
  tcProp: bool,
  tcAck: bool,
  tcWhile: timer,
  // Protocol migration
  migration: enumOf('checking', 'sensing', 'selecting'),
  sendRstp: bool,
  rcvdRstp: bool,
  rcvdStp: bool,
  mdelayWhile: timer,
  // Port transmit
  newInfo: bool,
  txCount: u8,
  helloWhen: timer,
  txTick: timer,
};

const RstpPortType = record('rstp-port', PortFields);

/** The names of a port's timers. */
type RstpTimer =
  | 'rcvdInfoWhile'
  | 'fdWhile'
  | 'rrWhile'
  | 'rbWhile'
  | 'edgeDelayWhile'
  | 'tcWhile'
  | 'mdelayWhile'
  | 'helloWhen'
  | 'txTick';

/** The variables of one port. */
export type RstpPort = RecordOf<typeof PortFields>;

/** Declares the variables of a port. */
export const rstpPort = (
  engine: Engine,
  path: string,
  handlers: Readonly<Record<RstpTimer, () => void>>,
): RstpPort => engine.record(`${path}/rstp`, RstpPortType, engine.world, handlers);

/** The variables of a bridge: where its root is. */
export const RstpState = record('rstp', {
  isRunning: bool,
  /** Index of the root port plus one; 0 at the root. */
  rootPort: u16,
  rootPriority: value<PriorityVector>(),
  rootTimes: value<TreeTimes>(),
  /** Due at once where the bridge begins, or a port has come up. */
  wake: timer,
});
