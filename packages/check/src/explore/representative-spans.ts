import { formatDuration, type LabPlan, MICROSECOND, type Nanoseconds } from '@viplab/core';
import type { Campaign } from '../campaign/campaign.js';
import { allLaunches, electorsInWords } from '../campaign/launches.js';

/** How many values stand for a range of start-up times or delays, and for the start of a node, at most. */
const MOST_IN_RANGE = 3;
const MOST_STARTS_OF_NODE = 64;
/** How many combinations of starts are tried, at most. */
const MOST_STARTS = 400;
/** How many times a timer's constant goes into a sum, at most. */
const MOST_TIMES = 4;

/**
 * The instants that stand for all, where a lab is explored in concrete time: those at which the order of two events
 * changes lie at sums of the protocols' timers, more or less a frame's way.
 */
export class RepresentativeSpans {
  /** Sums of timers, the simplest first, each with what lies a frame's way and half of one to either side. */
  private readonly sums: readonly Nanoseconds[];
  /** The delays of the cables that are tried, the same for all frames of a run. */
  readonly latencies: readonly Latency[];

  /**
   * @param plan as it is explored: whose hosts boot late
   * @param given as the lab says: whose cables have their ranges
   */
  constructor(
    private readonly plan: LabPlan,
    given: LabPlan,
    private readonly campaign: Campaign,
  ) {
    this.latencies = latenciesOf(given, campaign);
    const ways = [...new Set(this.latencies.map(({ delays }) => longestWay(delays)))];
    const sums = new Set<Nanoseconds>();
    for (const base of timerSums(plan, campaign.startWithin)) {
      sums.add(base);
      for (const way of ways)
        for (const aside of [way, Math.floor(way / 2)]) sums.add(base + aside).add(base - aside);
    }
    this.sums = [...sums];
  }

  /** What stands for a range: its ends, and sums of timers inside it, the simplest first; in order. */
  within(lo: Nanoseconds, hi: Nanoseconds, most = MOST_IN_RANGE): Nanoseconds[] {
    const found = new Set([lo, hi]);
    for (const sum of this.sums) {
      if (found.size >= most) break;
      if (sum > lo && sum < hi) found.add(sum);
    }
    if (found.size < most) found.add(Math.floor((lo + hi) / 2));
    return [...found].sort((one, other) => one - other);
  }

  /**
   * When the nodes that boot late do so: every combination of what stands for 0 .. startWithin in which one is the first,
   * at 0. By the index of the host.
   */
  starts(): Nanoseconds[][] {
    const late = this.plan.hosts.flatMap(({ start }, index) => (start > 0 ? [index] : []));
    if (late.length === 0) return [[]];
    const values = this.startValues(late.length);
    let combinations: Nanoseconds[][] = [[]];
    for (const index of late)
      combinations = combinations.flatMap((begun) =>
        values.map((value) => {
          const starts = [...begun];
          starts[index] = value;
          return starts;
        }),
      );
    return combinations.filter((starts) => late.some((index) => starts[index] === 0));
  }

  private startValues(nodes: number): Nanoseconds[] {
    const { startWithin } = this.campaign;
    let most = MOST_STARTS_OF_NODE;
    while (most > 2 && most ** nodes - (most - 1) ** nodes > MOST_STARTS) most--;
    return this.within(0, startWithin, most);
  }

  /** What the instants are, in words, one phrase each: the bounds of a verdict. */
  inWords(): string[] {
    const { plan } = this;
    const late = plan.hosts.filter(({ start }) => start > 0).length;
    const list = (spans: readonly Nanoseconds[]): string =>
      spans.map((span) => formatDuration(span)).join(', ');
    const launches = new Map(
      allLaunches(plan).flatMap(({ program, min, max }) =>
        min === max
          ? []
          : [
              [
                `${electorsInWords([program])} ${min} ${max}`,
                { program, spans: this.within(min, max) },
              ] as const,
            ],
      ),
    );
    return [
      ...(late === 0
        ? []
        : [`start offsets (${this.starts().length} combinations): ${list(this.startValues(late))}`]),
      ...[...launches.values()].map(
        ({ program, spans }) => `start-up of ${electorsInWords([program])}: ${list(spans)}`,
      ),
      ...(this.latencies.length === 1
        ? []
        : [`cables, the same for all frames of a run: ${this.latencies.map(({ name }) => name).join(', ')}`]),
      'faults, repairs: 1 ns after an event, half way to the next, and at the instant of the next, before it',
    ];
  }
}

/** One setting of all cables. */
export interface Latency {
  readonly name: string;
  /** By the index of the cable. */
  readonly delays: readonly Nanoseconds[];
}

function latenciesOf({ links }: LabPlan, { latency }: Campaign): Latency[] {
  const ranges = links.map(({ delay }) => latency ?? delay);
  if (ranges.every(({ lo, hi }) => lo === hi))
    return [{ name: 'as given', delays: ranges.map(({ lo }) => lo) }];
  const setting = (name: string, pick: (lo: number, hi: number) => number): Latency => ({
    name,
    delays: ranges.map(({ lo, hi }) => pick(lo, hi)),
  });
  return [
    setting('all at their shortest', (lo) => lo),
    setting('half way', (lo, hi) => Math.floor((lo + hi) / 2)),
    setting('all at their longest', (_, hi) => hi),
  ];
}

/** How long a frame takes over the two slowest cables. */
function longestWay(delays: readonly Nanoseconds[]): Nanoseconds {
  const [first = MICROSECOND, second = 0] = [...delays].sort((one, other) => other - one);
  return first + second;
}

/** Sums of timers up to a limit, those of the fewest terms first. */
function timerSums({ vips }: LabPlan, limit: Nanoseconds): Nanoseconds[] {
  const timers = new Set(
    vips.flatMap(({ holders }) =>
      holders.flatMap(({ advertInterval, masterDownInterval }) => [masterDownInterval, advertInterval]),
    ),
  );
  const known = new Set<Nanoseconds>([0]);
  let last: Nanoseconds[] = [0];
  for (let terms = 0; terms < MOST_TIMES; terms++) {
    const longer = new Set<Nanoseconds>();
    for (const sum of last)
      for (const timer of timers)
        for (const next of [sum + timer, sum - timer])
          if (next > 0 && next <= limit && !known.has(next)) longer.add(next);
    last = [...longer];
    for (const sum of last) known.add(sum);
  }
  return [...known];
}
