import { bool, type RecordOf, record, timer } from '../../../engine/index.js';
import type { TrackProcessConfig } from '../configuration/keepalived-config.js';
import * as line from '../log-lines.js';
import type { VrrpMachine } from '../vrrp-machine.js';
import type { TrackerSurroundings } from './interface-tracker.js';
import { countAtStart, isBadFor, type LocalSystem, type Tracking, tellChange } from './tracking.js';

const MICROSECOND = 1_000;

const ProcessState = record('tracked-process', {
  running: bool,
  hasQuorum: bool,
  /** Word from the kernel that waits to be read. */
  news: timer,
  fork: timer,
  terminate: timer,
});

/** A `vrrp_track_process` (keepalived track_process.c): enough of them, but not too many, must run. */
export class ProcessTracker {
  private readonly state: RecordOf<typeof ProcessState.fields>;
  private readonly trackings: Tracking[] = [];

  constructor(
    private readonly surroundings: TrackerSurroundings,
    readonly config: TrackProcessConfig,
    private readonly system: LocalSystem,
  ) {
    const { engine, domain, path } = surroundings;
    this.state = engine.record(path, ProcessState, domain, {
      news: () => this.count(),
      fork: () => this.decide(),
      terminate: () => this.decide(),
    });
  }

  /** While the lab is built. */
  add(tracking: Tracking): void {
    this.trackings.push(tracking);
  }

  /** Whether a machine watches it and it has been found bad. */
  failsFor(machine: VrrpMachine): boolean {
    return isBadFor(this.trackings, machine, this.state.hasQuorum);
  }

  start(): void {
    this.state.running = true;
    this.state.hasQuorum = this.isQuorate();
    for (const tracking of this.trackings) {
      if (countAtStart(tracking, this.state.hasQuorum)) {
        this.surroundings.log(line.processFault(tracking.machine.name, this.config.name));
      }
    }
  }

  reset(): void {
    this.state.reset();
  }

  /** A process of this machine has started or ended. Read at once, or when the daemon runs again. */
  processesChanged(): void {
    if (this.state.running) this.state.news.arm(0);
  }

  private isQuorate(): boolean {
    const { process, quorum, quorumMax } = this.config;
    const count = this.system.countProcesses(process);
    return count >= quorum && (quorumMax === undefined || count <= quorumMax);
  }

  /** A change that is undone within its delay was none. */
  private count(): void {
    const { state, config } = this;
    const quorate = this.isQuorate();
    if (quorate === state.hasQuorum) {
      state.fork.cancel();
      state.terminate.cancel();
      return;
    }
    const delay = (quorate ? config.forkDelayUs : config.terminateDelayUs) * MICROSECOND;
    const timer = quorate ? state.fork : state.terminate;
    if (delay === 0) this.decide();
    else if (!timer.isArmed) timer.arm(delay);
  }

  /** keepalived `process_update_track_process_status`. */
  private decide(): void {
    const { state, surroundings, config } = this;
    const quorate = this.isQuorate();
    if (quorate === state.hasQuorum) return;
    state.hasQuorum = quorate;
    surroundings.log(line.quorum(config.name, quorate));
    if (surroundings.trace.isOn) {
      const count = `${this.system.countProcesses(config.process)}/${config.quorum}`;
      const event = { tracker: config.name, kind: 'process', good: quorate, count } as const;
      surroundings.trace.emit('track.result', surroundings.node, event);
    }
    for (const tracking of this.trackings) tellChange(tracking, quorate);
  }
}
