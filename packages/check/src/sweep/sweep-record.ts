import type { Nanoseconds } from '@viplab/core';
import type { Campaign } from '../campaign/campaign.js';
import type { WorstCase } from '../verdict.js';
import type { Shard } from './shard.js';

/** The form of a sweep's file: lines of JSON. */
export const SWEEP_SCHEMA = 'viplab.sweep/1';

/** What a sweep is about. Files belong together if all of it but the shard and the words is equal. */
export interface SweepPlan {
  /** The version that runs it: another one may draw or simulate otherwise. */
  readonly viplab: string;
  readonly lab: { readonly name: string; readonly digest: string };
  /** What may happen; null: the lab's own schedule, and every run differs by its seed alone. */
  readonly campaign: Campaign | null;
  readonly properties: readonly string[];
  /** Without which nothing was shown: one of what is `covered`, such as `a failover`; null: the runs themselves say enough. */
  readonly ofInterest: string | null;
  /** Runs of the whole sweep, all shards together; they are numbered from 1. */
  readonly runs: number;
  readonly seed: number;
  readonly shard: Shard;
  /** What was typed after `viplab sweep`, without what concerns this machine and shard only. For the command that fills a gap. */
  readonly words: readonly string[];
}

/** What a run showed. */
export interface RunOutcome {
  readonly broken: Omit<BrokenRun, 'run'> | null;
  /** What can happen, and whether it did: the same things in every run. */
  readonly covered: readonly { readonly what: string; readonly happened: boolean }[];
  readonly worst: readonly Omit<WorstRun, 'run'>[];
}

/** Makes runs by their numbers. A run depends on its number and the plan alone. */
export interface Sweeper {
  readonly plan: Omit<SweepPlan, 'viplab' | 'shard' | 'words'>;
  runOnce(run: number): RunOutcome;
}

/** A run that violates a property. */
export interface BrokenRun {
  readonly run: number;
  readonly property: string;
  /** What had gone wrong by then, in the order of their names: `power-off n1, unplug n2`. With the property it names the story. */
  readonly causes: string;
  readonly token: string;
  readonly message: string;
  /** When the property was violated. */
  readonly at: Nanoseconds;
}

/** The longest that something lasted, and the first run in which it did. */
export interface WorstRun
  extends Pick<WorstCase, 'what' | 'address' | 'client' | 'lasted' | 'isUnbounded' | 'allowed' | 'phase'> {
  readonly run: number;
  readonly token: string;
}

/** A finished block of runs. */
export interface SweptBlock {
  readonly block: number;
  readonly runs: number;
  readonly broken: readonly BrokenRun[];
  /** In how many runs each thing of interest happened, by name; 0 where it never did. */
  readonly covered: ReadonlyMap<string, number>;
  /** One for each thing, address, client and phase. */
  readonly worst: readonly WorstRun[];
}
