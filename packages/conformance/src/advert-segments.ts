import { type Nanoseconds, SECOND } from '@viplab/core';
import type { AdvertRow } from './observation.js';

/** Advertisements of one sender that follow each other without a gap: same VRID, priority and interval. */
export interface AdvertSegment {
  /** Who sent them, or `sender>port`. */
  readonly who: string;
  readonly vrid: number;
  readonly priority: number;
  readonly interval: number;
  /** 1 for the first segment of its kind. */
  readonly nth: number;
  first: Nanoseconds;
  last: Nanoseconds;
  count: number;
}

/** Two and a half intervals and 0.3 s without an advertisement end a segment, as the recorder counts them. */
const GAP_INTERVALS = 2.5;
const GAP_MORE: Nanoseconds = 0.3 * SECOND;
const SHORTEST_INTERVAL = 0.1;

/** Groups advertisements as the recordings' timeline does. */
export function advertSegments(adverts: ReadonlyMap<string, readonly AdvertRow[]>): AdvertSegment[] {
  const segments: AdvertSegment[] = [];
  for (const [who, rows] of adverts) {
    const open = new Map<string, AdvertSegment>();
    for (const { time, vrid, priority, interval } of rows) {
      const key = `${vrid} ${priority} ${interval}`;
      const current = open.get(key);
      const patience = GAP_INTERVALS * Math.max(interval, SHORTEST_INTERVAL) * SECOND + GAP_MORE;
      if (current !== undefined && time - current.last <= patience) {
        current.last = time;
        current.count++;
        continue;
      }
      const segment = {
        who,
        vrid,
        priority,
        interval,
        nth: (current?.nth ?? 0) + 1,
        first: time,
        last: time,
        count: 1,
      };
      open.set(key, segment);
      segments.push(segment);
    }
  }
  return segments;
}
