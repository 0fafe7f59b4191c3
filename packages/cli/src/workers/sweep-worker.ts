import { type Sweeper, type SweptBlock, sweepBlock } from '@viplab/check';
import { Tinypool } from 'tinypool';
import { sweeperOf } from './sweep-job.js';
import { SHARED, type ThreadStart } from './thread-runner.js';

let prepared: { readonly sweeper: Sweeper; readonly shared: Int32Array } | undefined;

/** What a thread does: makes one block after the other of the job that it was started with. */
export function sweepBlockOf(block: number): SweptBlock | undefined {
  prepared ??= prepare(Tinypool.workerData as ThreadStart);
  const { sweeper, shared } = prepared;
  return sweepBlock(sweeper, block, () => {
    if (Atomics.load(shared, SHARED.isStopped) !== 0) return false;
    Atomics.add(shared, SHARED.runsMade, 1);
    return true;
  });
}

function prepare({ job, shared }: ThreadStart): { readonly sweeper: Sweeper; readonly shared: Int32Array } {
  return { sweeper: sweeperOf(job), shared: new Int32Array(shared) };
}
