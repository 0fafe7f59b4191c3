import {
  type Campaign,
  campaignSweeper,
  checkedProperties,
  type Sweeper,
  scheduleSweeper,
} from '@viplab/check';
import { defineLab, type LabDesign } from '@viplab/core';

/** What a worker is told: plain data, from which it makes runs by their numbers. */
export interface SweepJob {
  readonly design: LabDesign;
  /** What may happen; null: the lab's own schedule. */
  readonly campaign: Campaign | null;
  readonly runs: number;
  readonly seed: number;
}

/** The sweeper of a job. The same job makes the same runs, wherever it is. */
export function sweeperOf({ design, campaign, runs, seed }: SweepJob): Sweeper {
  const lab = defineLab(design);
  return campaign === null
    ? scheduleSweeper(lab, runs, seed)
    : campaignSweeper(lab, campaign, checkedProperties(lab.plan), runs, seed);
}
