import type { Campaign, CheckVerdict, Cure, CureSearch } from '@viplab/check';
import type { Diagnostic, Lab } from '@viplab/core';

/** A campaign and what came of it; no verdict if the budget or Ctrl-C ended before its turn. */
export interface CheckedCampaign {
  readonly campaign: Campaign;
  readonly verdict: CheckVerdict | null;
}

/** All that `viplab check` has found. */
export interface CheckResult {
  readonly lab: Lab;
  /** What decides: the clean campaign, or what was asked. */
  readonly deciding: readonly CheckedCampaign[];
  /** What was tried too. */
  readonly beside: readonly CheckedCampaign[];
  /** Both orders of inferred addresses were tried, and this is the worse. */
  readonly triedBothOrders: boolean;
  /** Null: nothing was broken, or nobody looked. */
  readonly cures: CureSearch | null;
  /** Files that were written. */
  readonly wrote: readonly string[];
  /** The patch of the cure that is shown, if it was written. */
  readonly patchFile?: string;
  /** How to get the counterexample again: `viplab run --replay vl2-…`. */
  readonly replay: (token: string) => string;
  /** The same command with a range of runs. */
  readonly replayRuns: (token: string) => string;
  /** Wall time, s; only where Ctrl-C ended it. */
  readonly interruptedAfter?: number;
  readonly diagnostics: readonly Diagnostic[];
}

const RANK = { proved: 0, held: 1, inconclusive: 2, broken: 3 } as const;

/** The worst verdict of some; the first of equals. Undefined if none was reached. */
export function worstOf(checked: readonly CheckedCampaign[]): CheckVerdict | undefined {
  let worst: CheckVerdict | undefined;
  for (const { verdict } of checked) {
    if (verdict !== null && (worst === undefined || RANK[verdict.word] > RANK[worst.word])) worst = verdict;
  }
  return worst;
}

/** The worse of two verdicts about one lab under one campaign. */
export const worse = (one: CheckVerdict, other: CheckVerdict): CheckVerdict =>
  RANK[other.word] > RANK[one.word] ? other : one;

/** The cure that is shown. */
export const cureOf = (result: Pick<CheckResult, 'cures'>): Cure | undefined => result.cures?.cures[0];
