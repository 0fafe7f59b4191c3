import type { Nanoseconds } from '@viplab/core';
import { type ClientSegment, segmentName } from './client-segments.js';
import type { Tolerance } from './tolerance.js';

/** A recorded segment and how far its simulated counterpart may be from it. */
export interface ExpectedSegment extends ClientSegment {
  readonly firstTolerance: Tolerance;
  readonly lastTolerance: Tolerance;
}

/** Which simulated segment belongs to which recorded one. */
export interface SegmentAlignment {
  /** By recorded segment; undefined where none belongs to it. */
  readonly counterparts: readonly (ClientSegment | undefined)[];
  /** Simulated segments that belong to none. */
  readonly extra: readonly ClientSegment[];
}

/**
 * Pairs the segments of one client in one run in their order: the longest common sequence of equal segments (the same
 * result by the same server) that were at the same time, give or take the tolerance. Among equally long ones the one
 * with the most attempts.
 */
export function alignSegments(
  real: readonly ExpectedSegment[],
  simulated: readonly ClientSegment[],
): SegmentAlignment {
  // best[i][j]: the weight of the best pairing of real from i on with simulated from j on.
  const best = Array.from({ length: real.length + 1 }, () => new Float64Array(simulated.length + 1));
  const at = (i: number, j: number): number => best[i]?.[j] ?? 0;
  for (let i = real.length - 1; i >= 0; i--) {
    for (let j = simulated.length - 1; j >= 0; j--) {
      const paired = weight(real[i] as ExpectedSegment, simulated[j] as ClientSegment);
      (best[i] as Float64Array)[j] = Math.max(
        at(i + 1, j),
        at(i, j + 1),
        paired === 0 ? 0 : paired + at(i + 1, j + 1),
      );
    }
  }
  const counterparts: (ClientSegment | undefined)[] = [];
  const extra: ClientSegment[] = [];
  let j = 0;
  real.forEach((segment, i) => {
    while (j < simulated.length && at(i, j) === at(i, j + 1)) extra.push(simulated[j++] as ClientSegment);
    const candidate = simulated[j];
    const paired = candidate === undefined ? 0 : weight(segment, candidate);
    const isPaired = paired > 0 && at(i, j) === paired + at(i + 1, j + 1);
    counterparts.push(isPaired ? candidate : undefined);
    if (isPaired) j++;
  });
  return { counterparts, extra: [...extra, ...simulated.slice(j)] };
}

/** More pairs count more than any number of attempts. */
const PAIR = 1_000_000;

function weight(real: ExpectedSegment, simulated: ClientSegment): number {
  if (segmentName(real) !== segmentName(simulated)) return 0;
  const from: Nanoseconds = real.first - reach(real.firstTolerance.early, real.firstTolerance);
  const to: Nanoseconds = real.last + reach(real.lastTolerance.late, real.lastTolerance);
  if (simulated.last < from || simulated.first > to) return 0;
  return PAIR + Math.min(real.count, simulated.count);
}

const reach = (span: Nanoseconds, { hiccup }: Tolerance): Nanoseconds => span + hiccup;
