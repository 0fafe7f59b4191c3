import type { BridgeId } from '../../wire/index.js';
import { compareBridges, compareVectors, type PriorityVector } from './priority-vector.js';
import type { RstpPort, TreeTimes } from './rstp-port.js';
import type { TreeRole } from './spanning-tree.js';

/** What role selection finds: the way to the root. */
export interface RootChoice {
  /** Index of the root port, or null at the root. */
  readonly port: number | null;
  readonly priority: PriorityVector;
  readonly times: TreeTimes;
}

/** What a hop adds to a message's age: 1 s, in BPDU units (IEEE 802.1D-2004 §17.21.25). */
const MESSAGE_AGE_INCREMENT = 256;

/** What is constant about a port. */
export interface RstpPortConstants {
  readonly portId: number;
  readonly pathCost: number;
}

/** The best way to the root among what the ports have heard and the bridge itself (IEEE 802.1D-2004 §17.21.25 a to c). */
export function chooseRoot(
  ports: readonly RstpPort[],
  constants: readonly RstpPortConstants[],
  bridge: BridgeId,
  bridgeTimes: TreeTimes,
): RootChoice {
  let best: RootChoice = {
    port: null,
    priority: { root: bridge, rootPathCost: 0, bridge, portId: 0 },
    times: bridgeTimes,
  };
  let bestPortId = 0;
  ports.forEach(({ infoIs, portPriority, portTimes }, port) => {
    const { portId = 0, pathCost = 0 } = constants[port] ?? {};
    if (infoIs !== 'received' || portPriority === null || portTimes === null) return;
    if (compareBridges(portPriority.bridge, bridge) === 0) return;
    const priority = { ...portPriority, rootPathCost: portPriority.rootPathCost + pathCost };
    const order = compareVectors(priority, best.priority);
    if (order > 0 || (order === 0 && portId >= bestPortId)) return;
    best = {
      port,
      priority,
      times: { ...portTimes, messageAge: portTimes.messageAge + MESSAGE_AGE_INCREMENT },
    };
    bestPortId = portId;
  });
  return best;
}

const sameTimes = (a: TreeTimes | null, b: TreeTimes): boolean =>
  a !== null &&
  a.messageAge === b.messageAge &&
  a.maxAge === b.maxAge &&
  a.helloTime === b.helloTime &&
  a.forwardDelay === b.forwardDelay;

/** Sets what each port is to be, and what it is to say if it is designated (IEEE 802.1D-2004 §17.21.25 d to l). */
export function assignRoles(
  ports: readonly RstpPort[],
  constants: readonly RstpPortConstants[],
  bridge: BridgeId,
  choice: RootChoice,
): void {
  ports.forEach((port, index) => {
    const designated: PriorityVector = {
      root: choice.priority.root,
      rootPathCost: choice.priority.rootPathCost,
      bridge,
      portId: constants[index]?.portId ?? 0,
    };
    port.designatedPriority = designated;
    port.designatedTimes = choice.times;
    const { role, updates } = selectedRole(port, index, designated, bridge, choice);
    port.selectedRole = role;
    port.updtInfo = updates;
  });
}

function selectedRole(
  port: RstpPort,
  index: number,
  designated: PriorityVector,
  bridge: BridgeId,
  choice: RootChoice,
): { readonly role: TreeRole; readonly updates: boolean } {
  const { infoIs, portPriority, portTimes } = port;
  if (infoIs === 'disabled') return { role: 'disabled', updates: false };
  if (infoIs === 'aged' || portPriority === null) return { role: 'designated', updates: true };
  const order = compareVectors(designated, portPriority);
  if (infoIs === 'mine')
    return { role: 'designated', updates: order !== 0 || !sameTimes(portTimes, choice.times) };
  if (choice.port === index) return { role: 'root', updates: false };
  if (order < 0) return { role: 'designated', updates: true };
  const isOwn = compareBridges(portPriority.bridge, bridge) === 0;
  return { role: isOwn ? 'backup' : 'alternate', updates: false };
}

/** How a message compares with what is known of its segment (IEEE 802.1D-2004 §17.21.8). */
export type ReceivedInfo =
  | 'superior-designated'
  | 'repeated-designated'
  | 'inferior-designated'
  | 'inferior-root-alternate'
  | 'other';

/** The number of a port without its priority (IEEE 802.1D-2004 §9.2.7). */
const PORT_NUMBER = 0xfff;

/** Classifies a message: rcvInfo of IEEE 802.1D-2004 §17.21.8. */
export function classify(
  port: RstpPort,
  message: PriorityVector,
  times: TreeTimes,
  isDesignated: boolean,
): ReceivedInfo {
  const known = port.portPriority;
  const order = known === null ? -1 : compareVectors(message, known);
  if (!isDesignated) return order >= 0 ? 'inferior-root-alternate' : 'other';
  // The same bridge by the same port may take back what it has said (§17.6).
  const isSameSender =
    known !== null &&
    message.bridge.mac === known.bridge.mac &&
    (message.portId & PORT_NUMBER) === (known.portId & PORT_NUMBER);
  if (order < 0) return 'superior-designated';
  const isSame = order === 0 && sameTimes(port.portTimes, times);
  if (isSame) return 'repeated-designated';
  return isSameSender ? 'superior-designated' : 'inferior-designated';
}
