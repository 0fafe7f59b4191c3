import type { SweptBlock } from '@viplab/check';
import type { BlockRunner } from '../workers/block-runner.js';

/** A worker that finishes a block finds the next one waiting. */
const IN_HAND_PER_WORKER = 2;

/**
 * Makes blocks until there are no more or it is stopped.
 *
 * @param finished - called for each as it is done, in the order in which workers happen to be done
 */
export async function makeBlocks(
  blocks: Iterable<number>,
  runner: BlockRunner,
  stop: AbortSignal,
  finished: (block: SweptBlock) => void,
): Promise<void> {
  const queue = blocks[Symbol.iterator]();
  const stopRunner = (): void => runner.stop();
  if (stop.aborted) return;
  stop.addEventListener('abort', stopRunner, { once: true });
  const takeTurns = async (): Promise<void> => {
    for (;;) {
      const next = stop.aborted ? undefined : queue.next();
      if (next === undefined || next.done === true) return;
      const block = await runner.run(next.value);
      if (block !== undefined) finished(block);
    }
  };
  const hands = runner.workers === 1 ? 1 : runner.workers * IN_HAND_PER_WORKER;
  try {
    await Promise.all(Array.from({ length: hands }, takeTurns));
  } finally {
    stop.removeEventListener('abort', stopRunner);
  }
}
