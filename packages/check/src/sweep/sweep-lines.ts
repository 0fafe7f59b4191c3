import { type Nanoseconds, RANDOM_STREAM_VERSION } from '@viplab/core';
import { campaignJson, seconds } from './campaign-json.js';
import { blockSizeOf, formatShard } from './shard.js';
import {
  type BrokenRun,
  SWEEP_SCHEMA,
  type SweepPlan,
  type SweptBlock,
  type WorstRun,
} from './sweep-record.js';

const lineOf = (record: object): string => `${JSON.stringify(record)}\n`;

/** What a sweep is about, with the keys of its file's first line. */
export function planJson(plan: SweepPlan): object {
  const { viplab, lab, campaign, properties, ofInterest, runs, seed, shard, words } = plan;
  return {
    schema: SWEEP_SCHEMA,
    viplab,
    streams: RANDOM_STREAM_VERSION,
    lab: { name: lab.name, digest: lab.digest },
    campaign: campaign === null ? null : campaignJson(campaign),
    properties,
    of_interest: ofInterest,
    runs,
    seed,
    shard: formatShard(shard),
    block_size: blockSizeOf(runs),
    words,
  };
}

/** A broken run with the keys of its line. */
export const brokenRunJson = ({ run, property, causes, token, message, at }: BrokenRun): object => ({
  run,
  property,
  causes,
  token,
  message,
  t: seconds(at),
});

/** A worst case with the keys that it has in a block's line. */
export const worstRunJson = ({
  what,
  address,
  client,
  lasted,
  isUnbounded,
  allowed,
  phase,
  run,
  token,
}: WorstRun): object => ({
  what,
  ip: address,
  ...(client === undefined ? {} : { client }),
  lasted: seconds(lasted),
  ...(isUnbounded === true ? { unbounded: true } : {}),
  allowed: secondsOrNull(allowed),
  phase,
  run,
  token,
});

const secondsOrNull = (time: Nanoseconds | null): number | null => (time === null ? null : seconds(time));

/** The first line of a file. */
export const headerLine = (plan: SweepPlan): string => lineOf(planJson(plan));

/**
 * The lines of a finished block: its broken runs, then its counts. The last of them finishes it, so what a crash leaves of
 * them counts for nothing.
 */
export function blockLines({ block, runs, broken, covered, worst }: SweptBlock): string {
  const counts = {
    block,
    runs,
    broken: broken.length,
    covered: Object.fromEntries(covered),
    worst: worst.map(worstRunJson),
  };
  return [...broken.map((each) => lineOf(brokenRunJson(each))), lineOf(counts)].join('');
}

/** The last line of a file whose shard is complete. */
export const endLine = (runs: number, broken: number): string => lineOf({ complete: true, runs, broken });
