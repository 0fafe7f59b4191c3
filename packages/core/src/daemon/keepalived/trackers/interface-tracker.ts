import { bool, type ClockDomain, type Engine, type RecordOf, record, timer } from '../../../engine/index.js';
import type { Trace } from '../../../trace/index.js';
import * as line from '../log-lines.js';
import type { VrrpMachine } from '../vrrp-machine.js';
import { countAtStart, isBadFor, type Tracking, tellChange } from './tracking.js';

const MICROSECOND = 1_000;

const InterfaceState = record('tracked-interface', {
  isUp: bool,
  /** It was up once since the daemon started: only then changes are delayed. */
  wasUp: bool,
  delayed: timer,
});

/** Where a tracker runs and whom it tells. */
export interface TrackerSurroundings {
  readonly engine: Engine;
  readonly domain: ClockDomain;
  readonly trace: Trace;
  readonly node: string;
  readonly path: string;
  log(line: string): void;
}

/** A limit on delays: they must end before a backup takes over (keepalived `check_debounce_timers`). */
export interface DelayLimit {
  readonly advertIntervalUs: number;
  readonly downTimerAdverts: number;
}

/** keepalived's cap: below (adverts − 1) intervals; none at all where one missed advert is enough. */
export function limitDelay(delayUs: number, limits: readonly DelayLimit[]): number {
  let delay = delayUs;
  for (const { advertIntervalUs, downTimerAdverts } of limits) {
    if (downTimerAdverts === 1) return 0;
    const longest = (downTimerAdverts - 1) * advertIntervalUs;
    if (delay >= longest) delay = longest - Math.floor(advertIntervalUs / 256);
  }
  return delay;
}

/** An interface that instances need or weigh, with `interface_up_down_delays` (keepalived `update_interface_flags`). */
export class InterfaceTracker {
  private readonly state: RecordOf<typeof InterfaceState.fields>;
  private readonly trackings: Tracking[] = [];

  constructor(
    private readonly surroundings: TrackerSurroundings,
    readonly name: string,
    private readonly downDelayUs: number,
    private readonly upDelayUs: number,
    private readonly isUpNow: () => boolean,
  ) {
    const { engine, domain, path } = surroundings;
    this.state = engine.record(path, InterfaceState, domain, {
      delayed: () => this.change(!this.state.isUp),
    });
  }

  /** While the lab is built. Of two interests of one machine the weighted one gives way (`add_vrrp_to_interface`). */
  add(tracking: Tracking): void {
    const at = this.trackings.findIndex(({ machine }) => machine === tracking.machine);
    const known = this.trackings[at];
    if (known === undefined) this.trackings.push(tracking);
    else if (known.weight !== 0) this.trackings[at] = tracking;
  }

  /** Whether a machine watches it and it has been found bad. */
  failsFor(machine: VrrpMachine): boolean {
    return isBadFor(this.trackings, machine, this.state.isUp);
  }

  start(): void {
    this.state.isUp = this.isUpNow();
    this.state.wasUp = this.state.isUp;
    for (const tracking of this.trackings) {
      if (countAtStart(tracking, this.state.isUp)) {
        this.surroundings.log(line.interfaceFault(tracking.machine.name, this.name));
      }
    }
  }

  reset(): void {
    this.state.reset();
  }

  /** The kernel says that it is up or down. */
  linkChanged(up: boolean): void {
    const { state } = this;
    if (state.delayed.isArmed) {
      if (up !== state.isUp) return;
      state.delayed.cancel();
      this.surroundings.log(line.linkDelayCancelled(this.name));
      return;
    }
    if (up === state.isUp) return;
    const delay = up ? this.upDelayUs : this.downDelayUs;
    if (delay > 0 && state.wasUp) state.delayed.arm(delay * MICROSECOND);
    else this.change(up);
  }

  private change(up: boolean): void {
    const { state, surroundings, name } = this;
    state.isUp = up;
    if (up) state.wasUp = true;
    surroundings.log(line.netlinkLink(name, up));
    if (surroundings.trace.isOn) {
      const event = { tracker: name, kind: 'interface', good: up, count: '1/1' } as const;
      surroundings.trace.emit('track.result', surroundings.node, event);
    }
    for (const tracking of this.trackings) tellChange(tracking, up);
  }
}
