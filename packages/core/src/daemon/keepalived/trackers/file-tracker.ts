import { bool, int, type RecordOf, record, timer } from '../../../engine/index.js';
import type { TrackFileConfig } from '../configuration/keepalived-config.js';
import * as line from '../log-lines.js';
import type { TrackerSurroundings } from './interface-tracker.js';
import type { Tracking } from './tracking.js';

/** What is written in the file. Survives the daemon. */
const FileContent = record('file-content', { value: int });
const FileState = record('tracked-file', { running: bool, value: int, news: timer });

/** From here down a status is a failure, and from here up it counts as the most (keepalived track_file.c). */
const FAILURE = -254;
const MOST = 253;

/** A `track_file`: the number in a file, weighed. */
export class FileTracker {
  private readonly content: RecordOf<typeof FileContent.fields>;
  private readonly state: RecordOf<typeof FileState.fields>;
  private readonly trackings: Tracking[] = [];

  constructor(
    private readonly surroundings: TrackerSurroundings,
    readonly config: TrackFileConfig,
  ) {
    const { engine, domain, path } = surroundings;
    this.content = engine.record(
      `${path}.content`,
      FileContent,
      engine.world,
      {},
      { value: config.initialValue ?? 0 },
    );
    this.state = engine.record(path, FileState, domain, { news: () => this.read() });
  }

  /** While the lab is built. */
  add(tracking: Tracking): void {
    this.trackings.push(tracking);
  }

  /** Somebody writes a number into the file. Read at once, or when the daemon runs again. */
  setValue(value: number): void {
    this.content.value = value;
    if (this.state.running) this.state.news.arm(0);
  }

  start(): void {
    const { state, content, config } = this;
    if (config.overwrite && config.initialValue !== undefined) content.value = config.initialValue;
    state.running = true;
    state.value = content.value;
    for (const tracking of this.trackings) {
      const status = statusOf(tracking, state.value);
      if (status <= FAILURE) {
        tracking.machine.state.failures++;
        this.surroundings.log(line.fileFault(tracking.machine.name, config.name, status));
      } else tracking.machine.state.totalPriority += status;
    }
  }

  reset(): void {
    this.state.reset();
  }

  private read(): void {
    const { state, surroundings, config } = this;
    const before = state.value;
    const now = this.content.value;
    if (now === before) return;
    state.value = now;
    if (surroundings.trace.isOn) {
      const event = { tracker: config.name, kind: 'file', good: now === 0, count: String(now) } as const;
      surroundings.trace.emit('track.result', surroundings.node, event);
    }
    for (const tracking of this.trackings) {
      const { machine } = tracking;
      const was = statusOf(tracking, before);
      const is = statusOf(tracking, now);
      const change = (is <= FAILURE ? 0 : is) - (was <= FAILURE ? 0 : was);
      if (is <= FAILURE && was > FAILURE) machine.beginFailure();
      else if (is > FAILURE && was <= FAILURE) machine.endFailure();
      if (change !== 0) machine.changePriority(change);
    }
  }
}

/** keepalived `initialise_vrrp_file_tracking_priorities`: the value times the weight, or failure unless it is 0. */
function statusOf({ weight, reverse }: Tracking, value: number): number {
  const sign = reverse ? -1 : 1;
  if (weight === 0) return (value !== 0) === !reverse ? FAILURE : 0;
  return Math.max(FAILURE, Math.min(MOST, value * weight * sign));
}
