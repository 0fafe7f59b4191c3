import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import type { VipFacts } from './run-facts.js';

/** Something that was done to the network, or a daemon's start at the beginning of the run. */
export interface Cause {
  readonly time: Nanoseconds;
  /** The word of the schedule, `power-off`. */
  readonly action: string;
  readonly target: string;
  /** Whether it can make a VIP move; only such causes pay for handovers. */
  readonly disruptive: boolean;
  readonly detail: string;
  /** False for the starts at the beginning of a run, which nobody put into the schedule. */
  readonly isScheduled: boolean;
}

/** The faults and repairs that happened, in order. */
export function causesOf(events: readonly TraceEvent[]): Cause[] {
  const causes: Cause[] = [];
  for (const event of events) {
    if (event.name !== 'cause.began') continue;
    const { time, action, target, disruptive, detail } = event;
    causes.push({ time, action, target, disruptive, detail, isScheduled: true });
  }
  return causes;
}

/**
 * The causes that may pay for handovers of a VIP: the disruptive ones, and at the beginning of the run the start of
 * each instance but one, since the first election is no handover and needs one start itself.
 */
export function payingCauses(causes: readonly Cause[], vip: VipFacts): Cause[] {
  const starts = vip.instances.slice(1).map(
    ({ node }): Cause => ({
      time: 0,
      action: 'start',
      target: node,
      disruptive: true,
      detail: 'start of the run',
      isScheduled: false,
    }),
  );
  const paying = [...causes.filter(({ disruptive }) => disruptive), ...starts];
  // Sorting is stable: what the schedule does at 0 pays before what the start itself does.
  return paying.sort((one, other) => one.time - other.time);
}

/**
 * Pays each of a sequence of changes with a cause, each cause for one change at most. A cause pays for what follows
 * within `settling`; taking the oldest one that still can leaves the fewest unpaid.
 */
export class CausePurse {
  private readonly spent: Set<Cause>;

  constructor(
    private readonly causes: readonly Cause[],
    private readonly settling: Nanoseconds,
    alreadySpent: Iterable<Cause> = [],
  ) {
    this.spent = new Set(alreadySpent);
  }

  /**
   * The cause that pays for a change that began at `at` and was settled at `settledAt`, or null. A cause in between
   * does not pay for its beginning, but for its end.
   */
  payFor(at: Nanoseconds, settledAt: Nanoseconds): Cause | null {
    for (const cause of this.causes) {
      if (cause.time > settledAt) break;
      const effect = cause.time <= at ? at : settledAt;
      if (this.spent.has(cause) || effect - cause.time > this.settling) continue;
      this.spent.add(cause);
      return cause;
    }
    return null;
  }
}
