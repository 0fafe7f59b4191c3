import type { VrrpMachine } from '../vrrp-machine.js';

/** One machine's interest in a thing that is good or bad (keepalived `tracking_obj_t`). */
export interface Tracking {
  readonly machine: VrrpMachine;
  /** 0: bad means FAULT; w > 0: +w while good; w < 0: −|w| while bad. */
  readonly weight: number;
  /** Turns the effect round. */
  readonly reverse: boolean;
}

/** What the trackers ask of the machine that they run on. */
export interface LocalSystem {
  /** How many processes of that name run. */
  countProcesses(name: string): number;
  hasFile(path: string): boolean;
  /** Whether a service listens on that port. */
  isListening(port: number): boolean;
  /** Whether this host name or dotted quad means this machine. */
  isLocal(host: string): boolean;
}

const signOf = (tracking: Tracking): number => (tracking.reverse ? -1 : 1);

/** Whether one of the trackings is of a machine that takes what has been found for bad. */
export function isBadFor(trackings: readonly Tracking[], machine: VrrpMachine, good: boolean): boolean {
  return trackings.some((tracking) => tracking.machine === machine && good === tracking.reverse);
}

/** Counts what is found when the daemon starts (keepalived `initialise_tracking_priorities`). Returns whether it is a failure. */
export function countAtStart(tracking: Tracking, good: boolean): boolean {
  const { machine, weight, reverse } = tracking;
  if (weight === 0) {
    if (good !== reverse) return false;
    machine.state.failures++;
    return true;
  }
  if (weight > 0 === good) machine.state.totalPriority += weight * signOf(tracking);
  return false;
}

/** Tells a machine that the thing has become good or bad (keepalived `process_if_status_change` and its likes). */
export function tellChange(tracking: Tracking, good: boolean): void {
  const { machine, weight, reverse } = tracking;
  if (weight !== 0) machine.changePriority((good ? 1 : -1) * Math.abs(weight) * signOf(tracking));
  else if (good !== reverse) machine.endFailure();
  else machine.beginFailure();
}
