import {
  type Engine,
  type Nanoseconds,
  type RecordOf,
  record,
  SECOND,
  u32,
  window,
} from '../engine/index.js';
import type { StormControlOptions } from './switch-options.js';

const StormWindow = record('storm-control', {
  broadcasts: u32,
  multicasts: u32,
  unknowns: u32,
  budget: window,
});

/** What storm control tells apart. */
export type StormClass = 'broadcast' | 'multicast' | 'unknownUnicast';

/**
 * Storm control of one port: a budget of frames per class and window. The windows are counted out one after the
 * other, each begun by a frame; once a budget is spent, frames of its class are dropped to the window's end.
 */
export class StormControl {
  private readonly state: RecordOf<typeof StormWindow.fields>;
  private readonly window: Nanoseconds;
  /** Whether the port is shut once a budget is spent. */
  readonly shutsPort: boolean;

  constructor(
    engine: Engine,
    path: string,
    private readonly options: StormControlOptions,
  ) {
    this.state = engine.record(`${path}/storm-control`, StormWindow, engine.world);
    this.window = options.window ?? SECOND;
    this.shutsPort = options.action === 'shutdown';
  }

  /** Counts a frame of a class; false where its budget is spent. */
  admits(kind: StormClass): boolean {
    const limit = this.options[kind];
    if (limit === undefined) return true;
    const { state } = this;
    if (!state.budget.isOpen) {
      this.clear();
      state.budget.open(this.window);
    }
    const name = kind === 'broadcast' ? 'broadcasts' : kind === 'multicast' ? 'multicasts' : 'unknowns';
    if (state[name] >= limit) return false;
    state[name]++;
    return true;
  }

  /** Begins anew. */
  clear(): void {
    this.state.reset();
  }
}
