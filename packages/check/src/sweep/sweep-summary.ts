import type { Coverage, VerdictName } from '../verdict.js';
import { oneInAtLeast } from './bound.js';
import type { Sweep } from './merge-sweeps.js';
import { runCountOf } from './shard.js';
import { brokenRunJson, planJson, worstRunJson } from './sweep-lines.js';
import type { BrokenRun, SweepPlan, WorstRun } from './sweep-record.js';
import { worstOf } from './worst-run.js';

/** Broken runs that tell the same: the same property is violated after the same causes. */
export interface Story {
  readonly property: string;
  readonly causes: string;
  /** In how many runs. */
  readonly runs: number;
  /** The one with the lowest number. */
  readonly first: BrokenRun;
}

/** What a sweep, or as much of it as there is, says. */
export interface SweepSummary {
  readonly plan: SweepPlan;
  /** `held`: all runs of the shard were made and none is broken; never `proved`. */
  readonly word: Exclude<VerdictName, 'proved'>;
  /** Why it is inconclusive. */
  readonly why: string | null;
  /** Runs of the shard. */
  readonly asked: number;
  /** Runs that were made. */
  readonly done: number;
  readonly broken: number;
  /** Of runs that were made, fewer than 1 in so many breaks, at 95 % confidence; null if one did or none was made. */
  readonly oneIn: number | null;
  /** In the order of their names. */
  readonly covered: readonly Coverage[];
  readonly worst: readonly WorstRun[];
  /** Those with the most runs first. */
  readonly stories: readonly Story[];
}

/** Counts a sweep together. The order of its blocks does not matter. */
export function summaryOf({ plan, blocks }: Sweep): SweepSummary {
  const asked = runCountOf(plan.shard, plan.runs);
  const inOrder = [...blocks.values()].sort((one, other) => one.block - other.block);
  const done = inOrder.reduce((sum, { runs }) => sum + runs, 0);
  const broken = inOrder.reduce((sum, { broken: runs }) => sum + runs.length, 0);
  const counts = new Map<string, number>();
  for (const { covered } of inOrder) {
    for (const [what, times] of covered) counts.set(what, (counts.get(what) ?? 0) + times);
  }
  const covered = [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([what, times]) => ({ what, share: times / done }));
  const why =
    done < asked
      ? `${asked - done} of ${asked} runs are missing`
      : // What a part did not happen to meet, another one may have.
        plan.shard.of === 1 && plan.ofInterest !== null && (counts.get(plan.ofInterest) ?? 0) === 0
        ? `${plan.ofInterest} in none of ${done} runs`
        : null;
  return {
    plan,
    word: broken > 0 ? 'broken' : why === null ? 'held' : 'inconclusive',
    why: broken > 0 ? null : why,
    asked,
    done,
    broken,
    oneIn: broken > 0 ? null : (oneInAtLeast(done) ?? null),
    covered,
    worst: worstOf(inOrder.flatMap(({ worst }) => worst)),
    stories: storiesOf(inOrder.flatMap((block) => block.broken)),
  };
}

/** @param runs - in the order of their numbers */
function storiesOf(runs: readonly BrokenRun[]): Story[] {
  const stories = new Map<string, { first: BrokenRun; runs: number }>();
  for (const run of runs) {
    const key = JSON.stringify([run.property, run.causes]);
    const known = stories.get(key);
    if (known === undefined) stories.set(key, { first: run, runs: 1 });
    else known.runs++;
  }
  // Sorting is stable: of stories with as many runs the one that comes first in the sweep stands first.
  return [...stories.values()]
    .map(({ first, runs: times }) => ({
      property: first.property,
      causes: first.causes,
      runs: times,
      first,
    }))
    .sort((one, other) => other.runs - one.runs);
}

/** A summary as data; `schema` and the sweep's own keys are those of its file's first line. */
export function summaryJson(summary: SweepSummary): object {
  const { plan, word, why, asked, done, broken, oneIn, covered, worst, stories } = summary;
  return {
    ...planJson(plan),
    verdict: word,
    why,
    asked,
    done,
    broken,
    confidence: oneIn === null ? null : { level: 0.95, fewer_than_one_in: oneIn },
    covered,
    worst: worst.map(worstRunJson),
    stories: stories.map(({ property, causes, runs, first }) => ({
      property,
      causes,
      runs,
      first: brokenRunJson(first),
    })),
  };
}
