export { oneInAtLeast } from './bound.js';
export { campaignJson } from './campaign-json.js';
export { campaignSweeper } from './campaign-sweeper.js';
export { describeGap, type Gap, gapsOf } from './gaps.js';
export { mergeSweeps, type NamedSweep, planDifference, type Sweep, SweepMismatch } from './merge-sweeps.js';
export { readSweep, type SweepFile, SweepFileError, type SweepPart } from './read-sweep.js';
export { scheduleSweeper } from './schedule-sweeper.js';
export {
  blockCountOf,
  blockOfRun,
  blockSizeOf,
  blocksOf,
  formatShard,
  isInShard,
  MOST_RUNS,
  runCountOf,
  runsOfBlock,
  type Shard,
  tryParseShard,
  WHOLE,
} from './shard.js';
export { sweepBlock, sweepSteps } from './sweep-block.js';
export { blockLines, endLine, headerLine } from './sweep-lines.js';
export {
  type BrokenRun,
  type RunOutcome,
  SWEEP_SCHEMA,
  type Sweeper,
  type SweepPlan,
  type SweptBlock,
  type WorstRun,
} from './sweep-record.js';
export { type Story, type SweepSummary, summaryJson, summaryOf } from './sweep-summary.js';
