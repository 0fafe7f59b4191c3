import { type Nanoseconds, SECOND } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import type { NodeFacts, VipFacts } from './run-facts.js';

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

/** A daemon needs up to 150 ms to its first state, a machine's start comes on top. */
export const STATE_AFTER_CAUSE: Nanoseconds = 2 * SECOND;

/** The host that a cause is done to; null: none, or a switch. */
export function hostOf({ target }: Cause, nodes: readonly NodeFacts[]): string | null {
  const name = target.split(/[\s:/]/)[0] ?? '';
  return nodes.some((node) => node.name === name && node.kind === 'host') ? name : null;
}

/** When the nodes of a lab boot; those that are not named boot when the run starts. */
export type Starts = ReadonlyMap<string, Nanoseconds>;

/** The nodes that boot later than the run starts. */
export const startsOf = (nodes: readonly NodeFacts[]): Starts =>
  new Map(nodes.flatMap(({ name, start = 0 }) => (start === 0 ? [] : [[name, start]])));

/** When the first of a VIP's nodes boots: nobody can own it before. */
export const firstStart = (vip: VipFacts, starts: Starts): Nanoseconds =>
  vip.instances.length === 0 ? 0 : Math.min(...startsOfHolders(vip, starts));

/** When the last of a VIP's nodes boots. */
export const lastStart = (vip: VipFacts, starts: Starts): Nanoseconds =>
  Math.max(0, ...startsOfHolders(vip, starts));

const startsOfHolders = (vip: VipFacts, starts: Starts): Nanoseconds[] =>
  vip.instances.map(({ node }) => starts.get(node) ?? 0);

/**
 * The causes that may pay for handovers of a VIP: the disruptive ones, and the start of each instance but the first,
 * since the first election is no handover and needs one start itself.
 */
export function payingCauses(causes: readonly Cause[], vip: VipFacts, late: Starts = new Map()): Cause[] {
  const starts = vip.instances
    .map(({ node }): Cause => {
      const time = late.get(node) ?? 0;
      return {
        time,
        action: 'start',
        target: node,
        disruptive: true,
        detail: time === 0 ? 'start of the run' : 'its first boot',
        isScheduled: false,
      };
    })
    .sort((one, other) => one.time - other.time)
    .slice(1);
  const paying = [...causes.filter(({ disruptive }) => disruptive), ...starts];
  // Sorting is stable: what the schedule does at 0 pays before what the start itself does.
  return paying.sort((one, other) => one.time - other.time);
}

/**
 * Pays each of a sequence of changes with a cause, each cause for one change at most. A cause pays for what follows
 * within `settling`; taking the oldest one that still can leaves the fewest unpaid.
 */
export class CausePurse {
  private readonly spent = new Set<Cause>();

  constructor(
    private readonly causes: readonly Cause[],
    private readonly settling: Nanoseconds,
  ) {}

  /** A cause has paid for something else. */
  spend(cause: Cause): void {
    this.spent.add(cause);
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
