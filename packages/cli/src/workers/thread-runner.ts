import type { SweptBlock } from '@viplab/check';
import { Tinypool } from 'tinypool';
import type { BlockRunner } from './block-runner.js';
import type { SweepJob } from './sweep-job.js';

/** Words of the memory that all threads share. */
export const SHARED = { isStopped: 0, runsMade: 1 } as const;

/** What a thread is started with. */
export interface ThreadStart {
  readonly job: SweepJob;
  readonly shared: SharedArrayBuffer;
}

/** Makes blocks in threads. Each builds the lab for itself from its design; only blocks of counts come back. */
export class Threads implements BlockRunner {
  private readonly shared = new Int32Array(
    new SharedArrayBuffer(Object.keys(SHARED).length * Int32Array.BYTES_PER_ELEMENT),
  );
  private readonly pool: Tinypool;

  constructor(
    job: SweepJob,
    readonly workers: number,
  ) {
    const start: ThreadStart = { job, shared: this.shared.buffer as SharedArrayBuffer };
    this.pool = new Tinypool({
      filename: new URL('./sweep-worker.js', import.meta.url).href,
      name: 'sweepBlockOf',
      minThreads: workers,
      maxThreads: workers,
      workerData: start,
    });
  }

  async run(block: number): Promise<SweptBlock | undefined> {
    return (await this.pool.run(block)) as SweptBlock | undefined;
  }

  get runsMade(): number {
    return Atomics.load(this.shared, SHARED.runsMade);
  }

  stop(): void {
    Atomics.store(this.shared, SHARED.isStopped, 1);
  }

  async close(): Promise<void> {
    this.stop();
    await this.pool.destroy();
  }
}
