import type { Nanoseconds } from '../../engine/index.js';
import { SECOND } from '../../engine/index.js';
import type { RstpPort } from './rstp-port.js';
import { BPDU_TIME_UNIT } from './spanning-tree.js';

/** What a topology change does to the other ports and to the switch. */
export interface TopologyGroup {
  readonly ports: readonly RstpPort[];
  flush(port: RstpPort): void;
  /** `isOwn`: this port has begun to forward; else a neighbour said so. */
  changed(port: RstpPort, isOwn: boolean): void;
}

/** How much longer than a hello time a change is told among rapid bridges (IEEE 802.1D-2004 §17.21.7). */
const TELLING_EXCESS: Nanoseconds = SECOND;

/** newTcWhile of IEEE 802.1D-2004 §17.21.7 */
function beginTelling(port: RstpPort): void {
  if (port.tcWhile.isArmed) return;
  const { designatedTimes } = port;
  if (designatedTimes === null) return;
  const { helloTime, maxAge, forwardDelay } = designatedTimes;
  if (port.sendRstp) {
    port.tcWhile.arm(helloTime * BPDU_TIME_UNIT + TELLING_EXCESS);
    port.newInfo = true;
  } else port.tcWhile.arm((maxAge + forwardDelay) * BPDU_TIME_UNIT);
}

/** setTcPropTree of IEEE 802.1D-2004 §17.21.18 */
function propagate(from: RstpPort, { ports }: TopologyGroup): void {
  for (const port of ports) if (port !== from) port.tcProp = true;
}

const takesPart = ({ role }: RstpPort): boolean => role === 'root' || role === 'designated';

function clearNews(port: RstpPort): void {
  port.rcvdTc = false;
  port.rcvdTcn = false;
  port.rcvdTcAck = false;
  port.tcProp = false;
}

const hasNews = ({ rcvdTc, rcvdTcn, rcvdTcAck, tcProp }: RstpPort): boolean =>
  rcvdTc || rcvdTcn || rcvdTcAck || tcProp;

/** Topology Change (IEEE 802.1D-2004 §17.31): the next step, or false. */
export function stepTopology(port: RstpPort, group: TopologyGroup): boolean {
  switch (port.topology) {
    case 'inactive':
      if (!port.learn) return false;
      clearNews(port);
      port.topology = 'learning';
      return true;
    case 'learning':
      return stepLearning(port, group);
    case 'active':
      return stepActive(port, group);
  }
}

function stepLearning(port: RstpPort, group: TopologyGroup): boolean {
  if (takesPart(port) && port.forward && !port.operEdge) {
    // DETECTED
    beginTelling(port);
    propagate(port, group);
    port.newInfo = true;
    port.topology = 'active';
    group.changed(port, true);
    return true;
  }
  if (hasNews(port)) {
    clearNews(port);
    return true;
  }
  if (takesPart(port) || port.learn) return false;
  // INACTIVE
  group.flush(port);
  port.tcWhile.cancel();
  port.tcAck = false;
  port.topology = 'inactive';
  return true;
}

function stepActive(port: RstpPort, group: TopologyGroup): boolean {
  if (!takesPart(port) || port.operEdge) {
    clearNews(port);
    port.topology = 'learning';
  } else if (port.rcvdTcn || port.rcvdTc) {
    // NOTIFIED_TCN, NOTIFIED_TC
    if (port.rcvdTcn) beginTelling(port);
    port.rcvdTcn = false;
    port.rcvdTc = false;
    if (port.role === 'designated') port.tcAck = true;
    group.changed(port, false);
    propagate(port, group);
  } else if (port.rcvdTcAck) {
    // ACKNOWLEDGED
    port.tcWhile.cancel();
    port.rcvdTcAck = false;
  } else if (port.tcProp) {
    // PROPAGATING
    beginTelling(port);
    group.flush(port);
    port.tcProp = false;
  } else return false;
  return true;
}
