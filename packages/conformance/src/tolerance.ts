import { MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import { CLIENT_PACE } from './client-attempt.js';
import { latenessOf } from './lateness.js';
import { fieldOf, keyOf, type ObservedEvent, textField } from './observation.js';
import type { RecordedRun } from './recording.js';

/**
 * What decides when an event happens, and with it how far a simulated instant may be from the recorded one.
 *
 * - `timer`: protocol timers; the start-up phases are taken over, so little remains
 * - `retry`: the kernel asks again for an address, on a timer wheel that is up to an eighth late
 * - `attempt`: a client begins its next attempt, one every 200 ms
 * - `chance`: the kernel draws how long it believes a neighbour entry
 */
export type Pace = 'timer' | 'retry' | 'attempt' | 'chance';

/** How much earlier or later than in the recording an event may happen in the simulator; ns. */
export interface Tolerance {
  readonly pace: Pace;
  readonly early: Nanoseconds;
  readonly late: Nanoseconds;
  /** How much more, either way, a single run may be off if at least half of the runs are not. */
  readonly hiccup: Nanoseconds;
}

/** Of intervals and instants that protocol timers decide: the recordings' own spread is 0.2 to 8 ms. */
export const TIMER_TOLERANCE: Nanoseconds = 10 * MILLISECOND;

/**
 * How late a process can be scheduled, or its output read, on the recorder's machine of two cores: 28 ms between two
 * lines of one action (k08), 25 ms after a timer (k01b), 40 ms for five gratuitous ARPs (k16). A single run may be
 * off by this; the middle one of the runs may not.
 */
export const SCHEDULING_DELAY: Nanoseconds = 45 * MILLISECOND;

/**
 * What a daemon does at one instant of the simulation (it logs a state, adds the address, sends five gratuitous ARPs)
 * took the recorded one 0.1 to 15 ms, at worst 40, and what others make of it is stamped when it is read. Timeouts
 * and advertisements have no such allowance.
 */
const BURST: Nanoseconds = 35 * MILLISECOND;
const BURST_KINDS: ReadonlySet<string> = new Set([
  'state',
  'addr',
  'garp',
  'arp_cache',
  'vip_path',
  'fdb',
  'track_script',
]);

/**
 * From a daemon's first log line to its first frame, the IGMP report: 1 to 84 ms (k21). Part of the start of a
 * process on a busy machine, not of the protocol.
 */
export const FIRST_FRAME: Nanoseconds = 100 * MILLISECOND;

/** Linux's timer wheel rounds up by at most 12.5 % of a span (kernel/time/timer.c). */
export const WHEEL_SLACK = 0.125;

/** Requests of one resolution are a second apart (retrans_time_ms), the slack of the wheel included. */
const SERIES_GAP: Nanoseconds = 1.3 * SECOND;

/**
 * A neighbour entry is believed for 15 to 45 s (half to one and a half of base_reachable_time 30 s, drawn anew every
 * five minutes), then for 5 s and three probes with the slack of the wheel: two runs differ by at most this.
 */
export const NEIGHBOUR_SPREAD: Nanoseconds = 31.2 * SECOND;

/** What follows from a forgotten entry follows within an attempt of a client and a retry. */
export const AFTER_FORGETTING: Nanoseconds = 1.5 * SECOND;

/** A command's effect is noted at most this long after the command has ended. */
const EFFECT_DELAY: Nanoseconds = 60 * MILLISECOND;

/** The kinds whose instants a client's kernel decides. */
const NEIGHBOUR_KINDS: ReadonlySet<string> = new Set(['arp_request', 'arp_reply', 'arp_cache', 'vip_path']);

/** Works out the tolerance of every event of one recorded run, in the order of the run's events. */
export function tolerancesOf(run: RecordedRun): Tolerance[] {
  const lateness = latenessOf(run);
  const series = new Map<string, { first: Nanoseconds; last: Nanoseconds }>();
  let forgottenAt = Number.NEGATIVE_INFINITY;
  return run.events.map((event): Tolerance => {
    const span = TIMER_TOLERANCE + actionSpan(event.time, run);
    const early = span + lateness(event.time) + burst(event, run);
    const timer: Tolerance = { pace: 'timer', early, late: span, hiccup: SCHEDULING_DELAY };
    if (event.kind === 'rst') {
      const slack = WHEEL_SLACK * waitBefore(event, run);
      return { ...timer, pace: 'attempt', early: early + CLIENT_PACE + slack, late: span + CLIENT_PACE };
    }
    if (!NEIGHBOUR_KINDS.has(event.kind)) return timer;
    if (isForgetting(event, run)) forgottenAt = event.time;
    if (event.time - forgottenAt <= AFTER_FORGETTING) {
      return { pace: 'chance', early: NEIGHBOUR_SPREAD, late: NEIGHBOUR_SPREAD, hiccup: 0 };
    }
    if (event.kind !== 'arp_request') return timer;
    const key = `${textField(event, 'node')} ${textField(event, 'ip')}`;
    const current = series.get(key);
    if (current === undefined || event.time - current.last > SERIES_GAP) {
      series.set(key, { first: event.time, last: event.time });
      return timer;
    }
    current.last = event.time;
    return {
      ...timer,
      pace: 'retry',
      // After a resolution has failed the next attempt of a client begins another.
      early: early + WHEEL_SLACK * (event.time - current.first) + CLIENT_PACE,
    };
  });
}

/** An attempt ends at most so long after the reset that ends it was sent. */
const RESET_DELAY: Nanoseconds = 50 * MILLISECOND;

/**
 * For how long the kernel's retransmission timers had run when a reset was sent: an attempt that it ended had waited,
 * or somebody sends what nobody wants again and again, and each time is told so.
 */
function waitBefore(event: ObservedEvent, run: RecordedRun): Nanoseconds {
  let wait = 0;
  for (const attempts of run.clients.values()) {
    for (const { time, took } of attempts)
      if (Math.abs(time + took - event.time) <= RESET_DELAY) wait = Math.max(wait, took);
  }
  if (run.advertsSent.has(textField(event, 'node'))) return wait;
  const first = run.events.find((other) => other.kind === 'rst' && keyOf(other) === keyOf(event));
  return Math.max(wait, event.time - (first ?? event).time);
}

function burst(event: ObservedEvent, run: RecordedRun): Nanoseconds {
  if (!BURST_KINDS.has(event.kind)) return 0;
  const isFirstFrame =
    event.kind === 'fdb' &&
    run.events.some(
      (other) =>
        other.kind === 'state' &&
        fieldOf(other, 'node') === fieldOf(event, 'owner') &&
        fieldOf(other, 'to') === 'BACKUP' &&
        Math.abs(event.time - other.time) <= FIRST_FRAME,
    );
  return isFirstFrame ? FIRST_FRAME : BURST;
}

/** Whether a kernel lost its trust in an entry by itself: it probes the neighbour, or has given it up. */
export function isForgetting(event: ObservedEvent, run: RecordedRun): boolean {
  if (event.kind === 'arp_request') return fieldOf(event, 'unicast') === true;
  if (event.kind === 'arp_reply') return false;
  const isGone =
    event.kind === 'arp_cache' ? fieldOf(event, 'mac') === null : fieldOf(event, 'port') === null;
  return (
    isGone &&
    !run.actions.some((action) => event.time >= action.began && event.time <= action.ended + EFFECT_DELAY)
  );
}

/** How long the recorder took to carry out an action that an event fell into; 0 outside of them. */
function actionSpan(time: Nanoseconds, run: RecordedRun): Nanoseconds {
  let span = 0;
  for (const { action, began, ended } of run.actions) {
    // A command that runs on for seconds has its effects at its own instants.
    if (action === 'sh' || time < began || time > ended + EFFECT_DELAY) continue;
    span = Math.max(span, ended - began);
  }
  return span;
}
