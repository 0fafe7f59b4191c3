import { blocksOf, type Shard, WHOLE } from './shard.js';
import { sweepBlock } from './sweep-block.js';
import { blockLines, endLine, headerLine } from './sweep-lines.js';
import type { RunOutcome, Sweeper, SweepPlan } from './sweep-record.js';

export const FAILOVER = 'failover of 192.168.1.100';
export const REPAIR = 'return of 192.168.1.100';

/** The plan of a sweep of nothing in particular. */
export const planOf = (runs: number, changes: Partial<SweepPlan> = {}): SweepPlan => ({
  viplab: '0.1.0',
  lab: { name: 'pair', digest: '7q2mzk4d' },
  campaign: null,
  properties: ['no-flap', 'single-owner'],
  ofInterest: FAILOVER,
  runs,
  seed: 1,
  shard: WHOLE,
  words: ['lab.yaml', '--runs', String(runs)],
  ...changes,
});

/** Runs without a simulator: what each shows is a function of its number. */
export function fakeSweeper(
  runs: number,
  breaks: (run: number) => boolean = (run) => run % 7 === 0,
): Sweeper {
  const { viplab: _, shard: __, words: ___, ...plan } = planOf(runs);
  const outcome = (run: number): RunOutcome => ({
    broken: breaks(run)
      ? {
          property: run % 2 === 0 ? 'no-flap' : 'single-owner',
          causes: `power-off n${run % 3}`,
          token: `vl2-7q2mzk4d-s${run}`,
          message: 'it broke',
          at: (run * 1_234_567_891) % 60_000_000_000,
        }
      : null,
    covered: [
      { what: FAILOVER, happened: run % 2 === 0 },
      { what: REPAIR, happened: run % 5 === 0 },
    ],
    worst: [
      {
        what: 'headless',
        address: '192.168.1.100',
        lasted: ((run * 7919) % 1000) * 3_609_375,
        allowed: 4_000_000_000,
        phase: run % 4 === 0 ? 'boot' : 'settled',
        token: `vl2-7q2mzk4d-s${run}`,
      },
    ],
  });
  return { plan, runOnce: outcome };
}

/** The text of a file that a sweep of a shard leaves, its blocks in the order in which workers happened to finish. */
export function fileOf(
  sweeper: Sweeper,
  shard: Shard,
  order: (blocks: readonly number[]) => readonly number[] = (blocks) => blocks,
): string {
  const blocks = order([...blocksOf(shard, sweeper.plan.runs)]).map((block) => sweepBlock(sweeper, block));
  const finished = blocks.filter((block) => block !== undefined);
  return [
    headerLine(planOf(sweeper.plan.runs, { shard })),
    ...finished.map(blockLines),
    endLine(
      finished.reduce((sum, { runs }) => sum + runs, 0),
      finished.reduce((sum, { broken }) => sum + broken.length, 0),
    ),
  ].join('');
}
