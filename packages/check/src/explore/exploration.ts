import type { LabDesign, LabPlan } from '@viplab/core';
import { int, record, timer, u8 } from '@viplab/core/engine';
import type { Campaign } from '../campaign/campaign.js';
import type { Property, VipBudgets } from '../property/property.js';

/** Which of the ways to make the space smaller are taken. All, except where a test compares. */
export interface Reductions {
  /** A class inside another of the same situation is not looked at again. */
  readonly inclusion: boolean;
  /** Two classes of one situation whose union is a class are looked at as that. */
  readonly union: boolean;
  /** What happens at one instant on different machines happens in one order. */
  readonly sameInstant: boolean;
  /** A frame that its receiver ignores, whatever its state, is not sent. */
  readonly ignored: boolean;
  /** A switch passes a frame on at once, and the time of its cable is reckoned to the next. */
  readonly transit: boolean;
}

/** All reductions. */
export const ALL_REDUCTIONS: Reductions = {
  inclusion: true,
  union: true,
  sameInstant: true,
  ignored: true,
  transit: true,
};

/** What is being explored. */
export interface Exploration {
  readonly design: LabDesign;
  readonly plan: LabPlan;
  readonly campaign: Campaign;
  readonly properties: readonly Property[];
  readonly vips: readonly VipBudgets[];
  readonly reductions?: Reductions;
  /** Whether worst cases are measured. */
  readonly measures?: boolean;
}

/** What the explorer itself has to remember of a run. */
export const Spent = record('explorer', {
  faultsLeft: u8,
  framesLeft: u8,
  /** Faults that last, by bits of their index. */
  lasting: int,
  /** Every VIP has had one owner for long enough: faults may begin. */
  isSettled: u8,
  settling: timer,
  /** Ends a freeze that has lasted for the longest time that is asked. */
  thaw: timer,
});
