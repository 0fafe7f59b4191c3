import {
  bool,
  enumOf,
  NO_ROW,
  type RecordOf,
  type Row,
  record,
  span,
  type Table,
  table,
  timer,
  u8,
  u32,
} from '../../../engine/index.js';
import type { VrrpScriptConfig } from '../configuration/keepalived-config.js';
import * as line from '../log-lines.js';
import type { VrrpMachine } from '../vrrp-machine.js';
import type { TrackerSurroundings } from './interface-tracker.js';
import { resultOf, type ScriptCommand, tryParseScriptCommand } from './script-command.js';
import { isBadFor, type LocalSystem, type Tracking, tellChange } from './tracking.js';

const MICROSECOND = 1_000;

/** What the lab's schedule says of a script whose command means nothing here. Survives the daemon. */
const ScriptFate = record('script-fate', {
  good: bool,
  /** How long each run takes. */
  duration: span,
});

const ScriptState = record('tracked-script', {
  /** Whether it has ever given a result; `failed`: not, and `init_fail` says that it counts as bad until then. */
  phase: enumOf('pending', 'failed', 'done'),
  /** 0 .. rise + fall − 1; good from `rise` on. */
  result: u32,
  /** Exit status of the last run that exited. */
  status: u8,
  interval: timer,
});

/** Children that run: key is the lowest free number. `outcome`: exit status, or {@link TIMED_OUT}. */
const RunTable = table('script-runs', { outcome: u8, end: timer });
const TIMED_OUT = 255;

/** A `vrrp_script` (keepalived `vrrp_script_thread`, `vrrp_script_child_thread`). */
export class ScriptTracker {
  private readonly state: RecordOf<typeof ScriptState.fields>;
  private readonly fate: RecordOf<typeof ScriptFate.fields>;
  private readonly runs: Table<typeof RunTable.fields>;
  private readonly trackings: Tracking[] = [];
  /** What its command means here, if anything. */
  readonly command: ScriptCommand | undefined;

  constructor(
    private readonly surroundings: TrackerSurroundings,
    readonly config: VrrpScriptConfig,
    private readonly system: LocalSystem,
  ) {
    const { engine, domain, path } = surroundings;
    this.command = tryParseScriptCommand(config.arguments);
    this.fate = engine.record(`${path}.fate`, ScriptFate, engine.world, {}, { good: true });
    this.state = engine.record(path, ScriptState, domain, { interval: () => this.run() });
    this.runs = engine.table(`${path}.runs`, RunTable, domain, { end: (row) => this.ended(row) });
  }

  /** While the lab is built. */
  add(tracking: Tracking): void {
    this.trackings.push(tracking);
  }

  /** Whether a machine watches it and it has been found bad; before its first result it has not. */
  failsFor(machine: VrrpMachine): boolean {
    const { phase, result } = this.state;
    const good = phase === 'pending' || (phase === 'done' && result >= this.config.rise);
    return isBadFor(this.trackings, machine, good);
  }

  /** The result from now on, of a script that the simulation does not understand. */
  setResult(good: boolean): void {
    this.fate.good = good;
  }

  /** How long each run takes from now on; longer than its timeout: it is killed, which is a failure. */
  setDuration(duration: number): void {
    this.fate.duration = duration;
  }

  /** Counts what the script means before its first run (keepalived `initialise_track_script_state`). */
  prepare(): void {
    this.state.phase = this.config.initFail ? 'failed' : 'pending';
    this.state.result = this.config.initFail ? 0 : this.config.rise - 1;
    for (const { machine, weight } of this.trackings) {
      if (weight !== 0) {
        if (this.config.initFail && weight < 0) machine.state.totalPriority += weight;
      } else if (this.config.initFail) {
        machine.state.failures++;
        this.surroundings.log(line.scriptFault(machine.name, this.config.name));
      } else machine.state.pendingScripts++;
    }
  }

  /** The first run. The next ones begin one interval after the beginning of the last. */
  run(): void {
    const { config, fate, runs } = this;
    this.state.interval.arm(config.intervalUs * MICROSECOND);
    // keepalived 2.2.7 says that it skips the run, and does not.
    if (runs.size > 0) this.surroundings.log(line.scriptStillRuns(config.name));
    const known = this.command === undefined ? undefined : resultOf(this.command, this.system);
    const status = (known ?? fate.good) ? 0 : 1;
    if (fate.duration === 0) {
      this.book(status);
      return;
    }
    const timeout = config.timeoutUs * MICROSECOND;
    let number = 0;
    while (runs.find(number) !== NO_ROW) number++;
    const row = runs.insert(number);
    runs.columns.outcome[row] = fate.duration > timeout ? TIMED_OUT : status;
    runs.timers.end.arm(row, Math.min(fate.duration, timeout));
  }

  reset(): void {
    this.runs.clear();
    this.state.reset();
  }

  private ended(row: Row): void {
    const outcome = this.runs.columns.outcome[row] as number;
    this.runs.delete(row);
    this.book(outcome);
  }

  /** Counts a result; only where the count crosses `rise` anybody is told. */
  private book(outcome: number): void {
    const { state, config, surroundings } = this;
    const { rise, fall, name } = config;
    if (outcome !== TIMED_OUT && outcome !== state.status) {
      surroundings.log(line.scriptReturns(name, outcome));
      state.status = outcome;
    }
    const best = rise + fall - 1;
    const before = state.result;
    if (outcome === 0) {
      state.result = before < rise - 1 ? before + 1 : best;
      if (before < rise && state.result === best) {
        surroundings.log(line.scriptSucceeded(name));
        this.traceCount(true, before);
        this.tell(true);
      } else if (state.result !== before) this.traceCount(true, before);
    } else {
      state.result = before > rise ? before - 1 : 0;
      if (before === rise || state.phase === 'pending') {
        surroundings.log(
          outcome === TIMED_OUT ? line.scriptTimedOut(name) : line.scriptFailed(name, outcome),
        );
        this.traceCount(false, before);
        this.tell(false);
      } else if (state.result !== before) this.traceCount(false, before);
    }
    state.phase = 'done';
  }

  private traceCount(good: boolean, before: number): void {
    const { trace, node } = this.surroundings;
    if (!trace.isOn) return;
    const { rise, fall, name } = this.config;
    const needed = good ? rise : fall;
    const counted = good ? Math.min(before + 1, rise) : Math.min(rise + fall - before, fall);
    trace.emit('track.result', node, { tracker: name, kind: 'script', good, count: `${counted}/${needed}` });
  }

  /** keepalived `process_script_update_priority`. */
  private tell(good: boolean): void {
    for (const tracking of this.trackings) {
      if (tracking.weight === 0) this.tellUnweighted(tracking, good);
      else if (this.state.phase !== 'pending') tellChange(tracking, good);
      // A first result: only what it adds to having had none.
      else if (tracking.weight > 0 === good) {
        tracking.machine.changePriority(tracking.reverse ? -tracking.weight : tracking.weight);
      }
    }
  }

  private tellUnweighted({ machine, reverse }: Tracking, good: boolean): void {
    const { state, group } = machine;
    let leavesInit = false;
    if (this.state.phase === 'pending') {
      state.pendingScripts--;
      leavesInit = state.pendingScripts === 0;
      if (leavesInit) group?.memberNoLongerPending();
    }
    if (good === reverse) machine.beginFailure();
    else if (state.pendingScripts === 0 && (group?.state.pending ?? 0) === 0) machine.endFailure(leavesInit);
  }
}
