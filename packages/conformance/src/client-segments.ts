import type { Nanoseconds } from '@viplab/core';
import type { ClientAttempt } from './client-attempt.js';

/** Attempts of one client, one after the other, that came out the same way. */
export interface ClientSegment {
  readonly result: string;
  /** Who answered; null if nobody did. */
  readonly server: string | null;
  /** When the first of them began. */
  readonly first: Nanoseconds;
  /** When the last of them began. */
  readonly last: Nanoseconds;
  readonly count: number;
  /** How long the shortest and the longest of them took. */
  readonly shortest: Nanoseconds;
  readonly longest: Nanoseconds;
  /** How long the last of them took. */
  readonly lastTook: Nanoseconds;
}

/** What two segments must have in common to be the same experience: `ok n1`, `timeout`. */
export function segmentName({ result, server }: Pick<ClientSegment, 'result' | 'server'>): string {
  return server === null ? result : `${result} ${server}`;
}

/** Runs of equal results. Each opening of a connection stands alone, as the recorder has it. */
export function clientSegments(attempts: readonly ClientAttempt[]): ClientSegment[] {
  const segments: ClientSegment[] = [];
  for (const { time, took, result, server } of attempts) {
    const open = segments.at(-1);
    if (open !== undefined && open.result === result && open.server === server && result !== 'open') {
      segments[segments.length - 1] = {
        ...open,
        last: time,
        count: open.count + 1,
        shortest: Math.min(open.shortest, took),
        longest: Math.max(open.longest, took),
        lastTook: took,
      };
    } else
      segments.push({
        result,
        server,
        first: time,
        last: time,
        count: 1,
        shortest: took,
        longest: took,
        lastTook: took,
      });
  }
  return segments;
}
