import { MILLISECOND, type Nanoseconds } from '@viplab/core';
import type { ComparisonRow } from './compare.js';

/** How an event came out in one run. */
export type Outcome =
  | { readonly outcome: 'agrees' }
  /** So near that a hiccup of the recorder's machine explains it, if at least half of the runs agree. */
  | { readonly outcome: 'near'; readonly by: Nanoseconds | null; readonly detail: string }
  /** Simulated minus real, or numbers of advertisements that differ. */
  | { readonly outcome: 'differs'; readonly by: Nanoseconds | null; readonly detail: string }
  /** Real, but not simulated. */
  | { readonly outcome: 'missing' }
  /** Simulated, but not real. */
  | { readonly outcome: 'extra' }
  /** In this run neither happened. */
  | { readonly outcome: 'absent' };

/** How far off something was, judged by what it may be off. */
export function within(
  by: Nanoseconds,
  early: Nanoseconds,
  late: Nanoseconds,
  hiccup: Nanoseconds,
  what = '',
): Outcome {
  if (by >= -early && by <= late) return { outcome: 'agrees' };
  const detail = `${what}${formatDifference(by)}`;
  if (by >= -early - hiccup && by <= late + hiccup) return { outcome: 'near', by, detail };
  return { outcome: 'differs', by, detail };
}

/** `+12 ms`, `-0.31 s`. */
export function formatDifference(by: Nanoseconds): string {
  const sign = by < 0 ? '-' : '+';
  const ms = Math.abs(by) / MILLISECOND;
  return ms < 100 ? `${sign}${ms.toFixed(1)} ms` : `${sign}${(ms / 1000).toFixed(2)} s`;
}

/**
 * The worst of the runs stands for all; how many of them it was is said if it was not every one. Runs that are near
 * count as agreeing as long as at least half of those in which something happened agree in full.
 */
export function summary(outcomes: readonly Outcome[]): Pick<ComparisonRow, 'verdict' | 'detail'> {
  const count = (wanted: Outcome['outcome']): number =>
    outcomes.filter(({ outcome }) => outcome === wanted).length;
  const isNearEnough = count('near') <= count('agrees');
  for (const verdict of ['missing', 'extra', 'differs'] as const) {
    const concerned = outcomes.filter(
      ({ outcome }) => outcome === verdict || (verdict === 'differs' && outcome === 'near' && !isNearEnough),
    );
    if (concerned.length === 0) continue;
    const share =
      concerned.length === outcomes.length ? '' : `${concerned.length} of ${outcomes.length} runs`;
    if (verdict !== 'differs') return { verdict, detail: share };
    const worst = concerned.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
    const by = 'detail' in worst ? worst.detail : '';
    return { verdict, detail: share === '' ? by : `${by}, ${share}` };
  }
  return { verdict: 'agrees', detail: '' };
}

const sizeOf = (outcome: Outcome): number =>
  'by' in outcome ? Math.abs(outcome.by ?? Number.POSITIVE_INFINITY) : 0;
