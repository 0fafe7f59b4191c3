import type { Nanoseconds } from '../../engine/index.js';
import { compareVectors } from './priority-vector.js';
import type { RstpPort } from './rstp-port.js';
import { BPDU_TIME_UNIT } from './spanning-tree.js';

/**
 * Port Role Transitions (IEEE 802.1D-2004 §17.29): for each role the states of the standard's diagram as conditions,
 * one after the other, with what each does. A state that changes nothing any more is not entered again.
 */

/** The other ports of a bridge, as far as one of them has to do with them. */
export interface PortGroup {
  readonly ports: readonly RstpPort[];
  /** The standard's MigrateTime. */
  readonly edgeDelay: Nanoseconds;
  /** A port learns or forwards, or no longer. */
  stateChanged(port: RstpPort): void;
}

const forwardDelayOf = ({ designatedTimes }: RstpPort): Nanoseconds =>
  (designatedTimes?.forwardDelay ?? 0) * BPDU_TIME_UNIT;
const helloTimeOf = ({ designatedTimes }: RstpPort): Nanoseconds =>
  (designatedTimes?.helloTime ?? 0) * BPDU_TIME_UNIT;

/** What a port may say is at least as good as what the segment knows: betterorsameinfo of §17.21.1. */
export function mayAgree(port: RstpPort): boolean {
  const { designatedPriority, portPriority } = port;
  return (
    designatedPriority !== null &&
    portPriority !== null &&
    compareVectors(designatedPriority, portPriority) <= 0
  );
}

/** allSynced of §17.20.3: all other ports agree with what this bridge knows, or are blocked. */
const areSynced = (group: PortGroup, except: RstpPort): boolean =>
  group.ports.every(
    (port) =>
      port === except ||
      (port.selected && port.role === port.selectedRole && (port.synced || port.role === 'root')),
  );

/** reRooted of §17.20.10: no other port has been root port lately. */
const isReRooted = (group: PortGroup, except: RstpPort): boolean =>
  group.ports.every((port) => port === except || !port.rrWhile.isArmed);

/** setSyncTree of §17.21.14 */
function syncTree({ ports }: PortGroup): void {
  for (const port of ports) port.sync = true;
}

/** setReRootTree of §17.21.13 */
function reRootTree({ ports }: PortGroup): void {
  for (const port of ports) port.reRoot = true;
}

function discard(port: RstpPort, group: PortGroup): void {
  if (!port.learn && !port.forward) return;
  port.learn = false;
  port.forward = false;
  group.stateChanged(port);
}

function learn(port: RstpPort, group: PortGroup): void {
  port.learn = true;
  // 802.1w waits the forward delay once more; §17.20.5 of 2004 would have it wait a hello time among rapid bridges.
  port.fdWhile.arm(forwardDelayOf(port));
  group.stateChanged(port);
}

function forward(port: RstpPort, group: PortGroup): void {
  port.forward = true;
  port.fdWhile.cancel();
  group.stateChanged(port);
}

/** Takes the next step of a port's role machine; false where there is none to take. */
export function stepRole(port: RstpPort, group: PortGroup): boolean {
  if (!port.selected || port.updtInfo) return false;
  if (port.role !== port.selectedRole) {
    enterRole(port, group);
    return true;
  }
  switch (port.role) {
    case 'root':
      return stepRoot(port, group);
    case 'designated':
      return stepDesignated(port, group);
    case 'alternate':
    case 'backup':
      return stepBlocked(port, group);
    case 'disabled':
      return stepDisabled(port);
  }
}

const isBlocked = ({ role }: RstpPort): boolean =>
  role === 'disabled' || role === 'alternate' || role === 'backup';

/** INIT_PORT, DISABLE_PORT, BLOCK_PORT, ROOT_PORT, DESIGNATED_PORT */
function enterRole(port: RstpPort, group: PortGroup): void {
  const wasBlocked = isBlocked(port);
  if (port.role === 'root') port.rrWhile.arm(forwardDelayOf(port));
  if (port.role === 'backup') port.rbWhile.arm(2 * helloTimeOf(port));
  port.role = port.selectedRole;
  if (isBlocked(port)) {
    port.learn = false;
    port.forward = false;
    settleBlocked(port);
    if (port.role !== 'alternate') port.rbWhile.cancel();
  } else if (wasBlocked) port.fdWhile.arm(forwardDelayOf(port));
  if (port.role === 'root') port.rrWhile.cancel();
  group.stateChanged(port);
}

/** DISABLED_PORT, ALTERNATE_PORT, BACKUP_PORT */
function settleBlocked(port: RstpPort): void {
  port.fdWhile.cancel();
  port.synced = true;
  port.rrWhile.cancel();
  port.sync = false;
  port.reRoot = false;
}

const needsSettling = ({ sync, reRoot, synced }: RstpPort): boolean => sync || reRoot || !synced;

function stepDisabled(port: RstpPort): boolean {
  if (!needsSettling(port)) return false;
  settleBlocked(port);
  return true;
}

function stepBlocked(port: RstpPort, group: PortGroup): boolean {
  if (port.proposed && !port.agree) {
    // ALTERNATE_PROPOSED
    syncTree(group);
    port.proposed = false;
    return true;
  }
  if ((areSynced(group, port) && !port.agree) || (port.proposed && port.agree)) {
    // ALTERNATE_AGREED
    port.proposed = false;
    port.agree = true;
    port.newInfo = true;
    return true;
  }
  return stepDisabled(port);
}

function stepRoot(port: RstpPort, group: PortGroup): boolean {
  if (port.proposed && !port.agree) {
    // ROOT_PROPOSED
    syncTree(group);
    port.proposed = false;
  } else if ((areSynced(group, port) && !port.agree) || (port.proposed && port.agree)) {
    // ROOT_AGREED
    port.proposed = false;
    port.sync = false;
    port.agree = true;
    port.newInfo = true;
  } else if (!port.forward && !port.reRoot) {
    // REROOT
    reRootTree(group);
  } else if (port.reRoot && port.forward) {
    // REROOTED
    port.reRoot = false;
  } else if ((port.agreed && !port.synced) || (port.sync && port.synced)) {
    // ROOT_SYNCED (IEEE 802.1Q-2005 §13.34)
    port.synced = true;
    port.sync = false;
  } else if (!port.forward && (!port.fdWhile.isArmed || (isReRooted(group, port) && !port.rbWhile.isArmed))) {
    // ROOT_LEARN, ROOT_FORWARD
    if (port.learn) forward(port, group);
    else learn(port, group);
  } else return false;
  return true;
}

function stepDesignated(port: RstpPort, group: PortGroup): boolean {
  const passes = port.learn || port.forward;
  if (!port.forward && !port.agreed && !port.proposing && !port.operEdge) {
    // DESIGNATED_PROPOSE
    port.proposing = true;
    port.edgeDelayWhile.arm(group.edgeDelay);
    port.newInfo = true;
  } else if (
    (!passes && !port.synced) ||
    (port.agreed && !port.synced) ||
    (port.operEdge && !port.synced) ||
    (port.sync && port.synced)
  ) {
    // DESIGNATED_SYNCED
    port.rrWhile.cancel();
    port.synced = true;
    port.sync = false;
  } else if (!port.rrWhile.isArmed && port.reRoot) {
    // DESIGNATED_RETIRED
    port.reRoot = false;
  } else if (
    ((port.sync && !port.synced) || (port.reRoot && port.rrWhile.isArmed) || port.disputed) &&
    !port.operEdge &&
    passes
  ) {
    // DESIGNATED_DISCARD
    port.disputed = false;
    discard(port, group);
    port.fdWhile.arm(forwardDelayOf(port));
  } else if (
    !port.forward &&
    (!port.fdWhile.isArmed || port.agreed || port.operEdge) &&
    (!port.rrWhile.isArmed || !port.reRoot) &&
    !port.sync
  ) {
    // DESIGNATED_LEARN, DESIGNATED_FORWARD
    if (!port.learn) learn(port, group);
    else {
      forward(port, group);
      port.agreed = port.sendRstp;
    }
  } else return false;
  return true;
}
