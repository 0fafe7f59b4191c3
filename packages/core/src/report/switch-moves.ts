import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';

/** A MAC address appeared on another port of a switch. */
export interface SwitchMove {
  readonly at: Nanoseconds;
  readonly vlan: number;
  readonly mac: string;
  readonly from: string;
  readonly to: string;
}

/** A MAC-move detector raised its alarm. */
export interface SwitchAlarm {
  readonly at: Nanoseconds;
  /** The vendor's rule. */
  readonly profile: string;
  readonly vlan: number;
  readonly mac: string;
  readonly moves: number;
  readonly action: string;
  /** What the switch would log. */
  readonly line: string;
}

/** What one switch's CAM table went through. */
export interface SwitchReport {
  readonly name: string;
  readonly moves: readonly SwitchMove[];
  readonly alarms: readonly SwitchAlarm[];
}

/** Reads the `cam.moved` and `cam.alarm` events of a switch. */
export function switchReportOf(events: readonly TraceEvent[], name: string): SwitchReport {
  const moves: SwitchMove[] = [];
  const alarms: SwitchAlarm[] = [];
  for (const event of events) {
    if (event.node !== name) continue;
    if (event.name === 'cam.moved') {
      const { time, vlan, mac, from, to } = event;
      moves.push({ at: time, vlan, mac, from, to });
    } else if (event.name === 'cam.alarm') {
      const { time, profile, vlan, mac, moves: count, action, line } = event;
      alarms.push({ at: time, profile, vlan, mac, moves: count, action, line });
    }
  }
  return { name, moves, alarms };
}
