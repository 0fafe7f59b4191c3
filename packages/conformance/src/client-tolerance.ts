import { MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import type { ExpectedSegment } from './align-clients.js';
import { CLIENT_PACE, isHeld } from './client-attempt.js';
import { clientSegments } from './client-segments.js';
import { latenessOf } from './lateness.js';
import type { RecordedRun } from './recording.js';
import {
  AFTER_FORGETTING,
  isForgetting,
  NEIGHBOUR_SPREAD,
  SCHEDULING_DELAY,
  TIMER_TOLERANCE,
  type Tolerance,
  WHEEL_SLACK,
} from './tolerance.js';

/**
 * Between doubt and despair of a neighbour entry: DELAY 5 s and three probes a second apart. The doubt is taken over
 * from the recording where it shows, what follows has the slack of the wheel.
 */
const DESPAIR: Nanoseconds = 8 * SECOND;

/** What an attempt takes a recorded client and server beyond the network: Python on two cores. */
const PROGRAM_TIME: Nanoseconds = 35 * MILLISECOND;

/**
 * The segments of a recorded client with their tolerances.
 *
 * A boundary lies between two attempts, so it may be one attempt off. Where an attempt waited for the kernel's timers,
 * which are up to an eighth late, everything up to the next long segment inherits what it may have been late.
 *
 * @param isReachableTimeKnown - whether the replay has the reachable time of the recorded kernel
 */
export function expectedSegments(
  run: RecordedRun,
  client: string,
  isReachableTimeKnown: boolean,
): ExpectedSegment[] {
  const lateness = latenessOf(run);
  const forgetting = run.events
    .filter(
      (event) =>
        (event.kind === 'arp_request' || event.kind === 'arp_cache' || event.kind === 'vip_path') &&
        isForgetting(event, run),
    )
    .map((event) => event.time);
  const afterForgetting = (time: Nanoseconds): Nanoseconds => {
    if (!forgetting.some((at) => Math.abs(time - at) <= AFTER_FORGETTING)) return 0;
    return isReachableTimeKnown ? WHEEL_SLACK * DESPAIR : NEIGHBOUR_SPREAD;
  };
  const tolerance = (time: Nanoseconds, slack: Nanoseconds): Tolerance => {
    const forgotten = afterForgetting(time);
    return {
      pace: forgotten > 0 && !isReachableTimeKnown ? 'chance' : 'attempt',
      early: CLIENT_PACE + TIMER_TOLERANCE + lateness(time) + slack + forgotten,
      late: CLIENT_PACE + TIMER_TOLERANCE + (isReachableTimeKnown ? 0 : forgotten),
      hiccup: SCHEDULING_DELAY,
    };
  };
  let inherited = 0;
  return clientSegments(run.clients.get(client) ?? []).map((segment) => {
    const firstTolerance = tolerance(segment.first, inherited);
    const lastTolerance = segment.count === 1 ? firstTolerance : tolerance(segment.last, 0);
    // Attempts of a short client do not wait for one another.
    inherited = isHeld(client) ? (segment.count === 1 ? inherited : 0) + WHEEL_SLACK * segment.lastTook : 0;
    return { ...segment, firstTolerance, lastTolerance };
  });
}

/** How far the longest attempt of a segment may be from the recorded one. */
export function durationTolerance({ longest, lastTolerance }: ExpectedSegment): Tolerance {
  return {
    pace: 'attempt',
    early: PROGRAM_TIME + WHEEL_SLACK * longest,
    late: TIMER_TOLERANCE,
    // An attempt that ends with an event is as much longer as the event is later.
    hiccup: lastTolerance.hiccup,
  };
}
