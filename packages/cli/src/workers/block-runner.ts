import { setImmediate } from 'node:timers/promises';
import { type Sweeper, type SweptBlock, sweepSteps } from '@viplab/check';

/** Makes blocks of runs, here or in threads. */
export interface BlockRunner {
  /** How many blocks it can make at once. */
  readonly workers: number;
  /** Makes a block; undefined if it was stopped first. */
  run(block: number): Promise<SweptBlock | undefined>;
  /** Runs that were made so far, also in blocks that are not finished. */
  readonly runsMade: number;
  /** Blocks are left at their next run. */
  stop(): void;
  close(): Promise<void>;
}

/** How long the process may be deaf, ms: a key or a signal is answered at once all the same. */
const DEAF_MS = 20;

/** Makes blocks in this thread, and looks around now and then. */
export class OwnThread implements BlockRunner {
  readonly workers = 1;
  runsMade = 0;
  private isStopped = false;
  private lookedAround = performance.now();

  constructor(private readonly sweeper: Sweeper) {}

  async run(block: number): Promise<SweptBlock | undefined> {
    const steps = sweepSteps(this.sweeper, block);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (performance.now() - this.lookedAround >= DEAF_MS) {
        await setImmediate();
        this.lookedAround = performance.now();
      }
      if (this.isStopped) return undefined;
      this.runsMade++;
    }
  }

  stop(): void {
    this.isStopped = true;
  }

  async close(): Promise<void> {
    this.stop();
  }
}
