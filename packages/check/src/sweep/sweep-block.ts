import { runsOfBlock } from './shard.js';
import type { BrokenRun, RunOutcome, Sweeper, SweptBlock, WorstRun } from './sweep-record.js';
import { worstOf } from './worst-run.js';

/** Makes the runs of a block, and pauses before each of them: whoever drives it may look around, or leave it unfinished. */
export function* sweepSteps(sweeper: Sweeper, block: number): Generator<void, SweptBlock> {
  const { from, to } = runsOfBlock(block, sweeper.plan.runs);
  const broken: BrokenRun[] = [];
  const covered = new Map<string, number>();
  let worst: WorstRun[] = [];
  for (let run = from; run <= to; run++) {
    yield;
    const outcome = made(sweeper, run);
    if (outcome.broken !== null) broken.push({ run, ...outcome.broken });
    for (const { what, happened } of outcome.covered)
      covered.set(what, (covered.get(what) ?? 0) + Number(happened));
    worst = worstOf([...worst, ...outcome.worst.map((each) => ({ run, ...each }))]);
  }
  return { block, runs: to - from + 1, broken, covered, worst };
}

/** One run; what goes wrong in it says how to have it alone. */
function made(sweeper: Sweeper, run: number): RunOutcome {
  try {
    return sweeper.runOnce(run);
  } catch (error) {
    const failed = new Error(`run ${run} failed; alone it is --runs 1 --seed ${sweeper.plan.seed + run - 1}`);
    // Threads hand over message and stack; the cause would be lost where only these are printed.
    failed.stack = `${failed.message}\n${error instanceof Error ? error.stack : String(error)}`;
    throw failed;
  }
}

/**
 * Makes the runs of a block.
 *
 * @param goOn - asked before each run; where it says no, the block is left unfinished
 * @returns undefined if it was left unfinished
 */
export function sweepBlock(
  sweeper: Sweeper,
  block: number,
  goOn: () => boolean = () => true,
): SweptBlock | undefined {
  const steps = sweepSteps(sweeper, block);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (!goOn()) return undefined;
  }
}
