import { bool, enumOf, type RecordOf, record, span, timer, u16, u32, value } from '../../engine/index.js';
import type { BpduVector, BridgeId } from '../../wire/index.js';
import { compareBridges, type PriorityVector } from './priority-vector.js';

/** What IEEE 802.1D-1998 §8.5.5 has a port remember, as struct net_bridge_port does. */
export const StpPort = record('stp-port', {
  state: enumOf('disabled', 'blocking', 'listening', 'learning', 'forwarding'),
  /** Forwards at once and is no part of the topology, until a BPDU comes. */
  isEdge: bool,
  /** The best that was heard on the segment, or what this bridge says there itself. */
  designated: value<PriorityVector>(),
  /** How old that is, in BPDU units: grows by a second each second, as bridges without finer clocks have it. */
  age: u16,
  topologyChangeAck: bool,
  configPending: bool,
  messageAge: timer,
  ageTick: timer,
  forwardDelay: timer,
  hold: timer,
});

/** What IEEE 802.1D-1998 §8.5.3 has a bridge remember, as struct net_bridge does. */
export const StpState = record('stp', {
  isRunning: bool,
  root: value<BridgeId>(),
  rootPathCost: u32,
  /** Index of the root port plus one; 0 at the root. */
  rootPort: u16,
  // What the root says; a root says what it was told by its administrator.
  maxAge: span,
  helloTime: span,
  forwardDelay: span,
  topologyChange: bool,
  topologyChangeDetected: bool,
  hello: timer,
  notification: timer,
  topologyChangeEnd: timer,
  /** Due at once where the bridge begins, or a port has come up. */
  wake: timer,
});

/** The variables of one port. */
export type StpPortRecord = RecordOf<typeof StpPort.fields>;

/** Whether a message is at least as good as what is known of its segment: br_supersedes_port_info. */
export function supersedes(message: BpduVector, known: PriorityVector, own: BridgeId): boolean {
  const order =
    compareBridges(message.root, known.root) ||
    message.rootPathCost - known.rootPathCost ||
    compareBridges(message.bridge, known.bridge);
  if (order !== 0) return order < 0;
  return compareBridges(message.bridge, own) !== 0 || message.portId <= known.portId;
}
