import {
  defineLab,
  formatDuration,
  type Lab,
  type LabPlan,
  type Nanoseconds,
  ownersOf,
  SECOND,
} from '@viplab/core';
import {
  bootEndOf,
  firstInstant,
  LONGEST_FAULT,
  settlingOf,
  WATCHED,
  wholeSeconds,
} from '../arbitrary/scenario.js';
import type { Campaign } from '../campaign/campaign.js';
import { designOf } from '../campaign/design-of.js';
import type { Deed, Fault } from '../campaign/fault.js';
import { faultsOf } from '../campaign/faults-of.js';
import { allLaunches } from '../campaign/launches.js';
import type { Scenario } from '../campaign/scenario.js';
import { explorationPlan } from './exploration-plan.js';
import { RepresentativeSpans } from './representative-spans.js';

/** The most instants at which the only fault of a run begins. */
const MOST_INSTANTS = 240;
/** The same where more is done in the run. */
const MOST_FIRST_OF_MANY = 8;
/** The most spans from a fault to its repair, and from one deed to the next where there are more than two. */
const MOST_SPANS = 16;
const MOST_SPANS_OF_MANY = 4;
/** Runs with one deed more are left out where there would be more than this. */
const MOST_RUNS = 20_000;
/** Advert intervals and what clients do come again within their common period; a longer one is cut off here. */
const LONGEST_PERIOD: Nanoseconds = 10 * SECOND;
/** Which of all runs that chance allows: every run has the same. */
const SEED = 1;

type Action = Scenario['actions'][number];

/** A boot that comes to owners of its own, and when something happens in it once faults may begin. */
interface Situation {
  readonly boot: Scenario;
  readonly from: Nanoseconds;
  /** When the only fault of a run begins. */
  readonly instants: readonly Nanoseconds[];
  /** When the first of several deeds is done. */
  readonly fewInstants: readonly Nanoseconds[];
}

/**
 * The runs that stand for all of a campaign where each run is made for itself: every boot at representative offsets; from
 * each distribution of owners that boots come to, every fault at the instants between two events of one period; then
 * every fault with every repair, and so on, at fewer instants.
 */
export class RepresentativeRuns {
  private readonly faults: readonly Fault[];
  private readonly spans: RepresentativeSpans;
  private readonly repairSpans: readonly Nanoseconds[];
  private readonly fewSpans: readonly Nanoseconds[];
  private readonly period: Nanoseconds;
  private mostInstants = 0;
  /** Ways to be owned that have been met, each by its owners and delays. */
  private readonly situations = new Map<string, Situation>();
  /** How many deeds the longest runs have. */
  private deepest = 0;
  /** How many deeds the runs have where there would be too many with more. */
  private shallowest = Number.POSITIVE_INFINITY;

  constructor(
    private readonly lab: Lab,
    private readonly campaign: Campaign,
  ) {
    const { plan } = lab;
    this.faults = faultsOf(plan, campaign);
    const explored = explorationPlan(plan, campaign);
    this.spans = new RepresentativeSpans(explored, plan, campaign);
    const long = new RepresentativeSpans(explored, plan, { ...campaign, startWithin: LONGEST_FAULT });
    this.repairSpans = long.within(1, LONGEST_FAULT, MOST_SPANS);
    this.fewSpans = long.within(1, wholeSeconds(2 * settlingOf(plan)), MOST_SPANS_OF_MANY);
    this.period = periodOf(plan);
  }

  /** The most deeds that a run of the campaign has: each fault, and its repair. */
  private get mostDeeds(): number {
    const { atOnce, inAll, repairs } = this.campaign;
    if (atOnce === 0 || this.faults.length === 0) return 0;
    return inAll * (repairs ? 2 : 1);
  }

  /**
   * All runs, in parts: boots of all nodes at once, and what may be done after them; then late boots, and what may be done
   * after those of them that come to owners of their own. So what a late boot brings about is told only where nothing
   * else does.
   */
  *parts(): Generator<readonly Scenario[]> {
    const boots = this.boots();
    const isLate = ({ starts }: Scenario): boolean => Object.keys(starts).length > 0;
    for (const part of [boots.filter((boot) => !isLate(boot)), boots.filter(isLate)]) {
      if (part.length > 0) yield part;
      yield* this.withDeeds(part);
    }
  }

  /** Every boot: offsets, start-up times, delays of cables. Nothing else is done. */
  boots(): Scenario[] {
    const { plan } = this.lab;
    const starts = this.spans.starts();
    const launches = startUpsOf(plan);
    return this.spans.latencies.flatMap(({ delays }) =>
      starts.flatMap((offsets) =>
        launches.map(
          (ready): Scenario =>
            this.endAfter({
              seed: SEED,
              starts: Object.fromEntries(
                plan.hosts.flatMap(({ name }, index) => {
                  const at = offsets[index] ?? 0;
                  return at > 0 ? [[name, at] as const] : [];
                }),
              ),
              ready,
              actions: [],
              losses: [],
              ...(this.spans.latencies.length > 1 && delays[0] !== undefined ? { latency: delays[0] } : {}),
              until: 0,
            }),
        ),
      ),
    );
  }

  /**
   * The runs with something done in them after some boots, by the number of deeds; from each way to be owned that no
   * earlier boot came to.
   */
  *withDeeds(boots: readonly Scenario[]): Generator<readonly Scenario[]> {
    if (this.mostDeeds === 0 || boots.length === 0) return;
    const situations = this.situationsOf(boots);
    let made = 0;
    for (let deeds = 1; deeds <= this.mostDeeds; deeds++) {
      const runs: Scenario[] = [];
      for (const situation of situations) {
        const first = deeds === 1 ? situation.instants : situation.fewInstants;
        const spans = deeds === 2 ? this.repairSpans : this.fewSpans;
        for (const actions of this.sequences(deeds, first, spans)) {
          if (made + runs.length >= MOST_RUNS) {
            this.shallowest = Math.min(this.shallowest, deeds - 1);
            return;
          }
          runs.push(this.endAfter({ ...situation.boot, actions }));
        }
      }
      made += runs.length;
      this.deepest = Math.max(this.deepest, deeds);
      yield runs;
    }
  }

  /** When the boot is over for a run: what happens before it is no failover. */
  bootEndOf(scenario: Scenario): Nanoseconds {
    return bootEndOf(this.lab.plan, this.campaign, scenario);
  }

  /** Every order of so many deeds, at every combination of instants. */
  private *sequences(
    deeds: number,
    first: readonly Nanoseconds[],
    spans: readonly Nanoseconds[],
  ): Generator<Action[]> {
    for (const order of this.orders(deeds, [], [])) for (const at of first) yield* timed(order, at, spans);
  }

  /** Every order of so many deeds that a campaign allows: faults that may begin, repairs of those that last. */
  private *orders(
    left: number,
    done: readonly Deed[],
    lasting: readonly Fault[],
    begun = 0,
  ): Generator<Deed[]> {
    if (left === 0) {
      yield [...done];
      return;
    }
    const { atOnce, inAll, repairs } = this.campaign;
    const taken = new Set(lasting.flatMap(({ nodes }) => nodes));
    if (begun < inAll && lasting.length < atOnce)
      for (const fault of this.faults)
        if (!fault.nodes.some((node) => taken.has(node)))
          yield* this.orders(left - 1, [...done, fault.begin], [...lasting, fault], begun + 1);
    if (!repairs) return;
    for (const fault of lasting) {
      const others = lasting.filter((other) => other !== fault);
      yield* this.orders(left - 1, [...done, fault.end], others, begun);
    }
  }

  private endAfter(scenario: Scenario): Scenario {
    const { plan } = this.lab;
    const last = Math.max(
      firstInstant(plan, this.campaign, scenario.starts),
      ...Object.values(scenario.starts),
      ...scenario.actions.map(({ at }) => at),
    );
    return { ...scenario, until: wholeSeconds(last) + Math.max(WATCHED, 2 * settlingOf(plan)) };
  }

  /** Boots that come to the same owners stand for each other: the first of them. */
  private situationsOf(boots: readonly Scenario[]): Situation[] {
    const { situations } = this;
    const known = situations.size;
    for (const boot of boots) {
      const { plan } = this.lab;
      const settled = this.bootEndOf(boot);
      const from = this.campaign.faultsFrom === 'start' ? 0 : settled;
      const simulation = defineLab(designOf(this.lab.design, boot)).start({ seed: boot.seed, record: false });
      const events: Nanoseconds[] = [];
      simulation.runUntil(from);
      const note = (): boolean => {
        if (simulation.now !== events.at(-1)) events.push(simulation.now);
        return true;
      };
      simulation.runWhile(note, settled);
      const owners = plan.vips.map((vip) => ownersOf(simulation.network, vip).join(' and '));
      simulation.runWhile(note, settled + this.period);
      const key = `${owners.join(', ')} ${boot.latency ?? ''}`;
      if (situations.has(key)) continue;
      const instants = thinned(betweenEvents(events, from), MOST_INSTANTS);
      this.mostInstants = Math.max(this.mostInstants, instants.length);
      situations.set(key, { boot, from, instants, fewInstants: thinned(instants, MOST_FIRST_OF_MANY) });
    }
    return [...situations.values()].slice(known);
  }

  /** What was tried, in words, one phrase each. */
  get inWords(): string[] {
    const list = (spans: readonly Nanoseconds[]): string =>
      spans.map((span) => formatDuration(span)).join(', ');
    // What it says of faults is about states, which have no place here.
    const boots = this.spans.inWords().slice(0, -1);
    if (this.mostInstants === 0) return boots;
    const period = formatDuration(this.period);
    const where =
      this.campaign.faultsFrom === 'start' ? `the boot and ${period} after it` : `${period} once settled`;
    return [
      ...boots,
      `fault instants: ${this.mostInstants} in ${where}, 1 ns after each event and at that of the next, before it`,
      ...(this.deepest < 2
        ? []
        : [
            `with a second deed: ${MOST_FIRST_OF_MANY} of these, the next deed after ${list(this.repairSpans)}`,
          ]),
      ...(this.deepest < 3 ? [] : [`with more deeds: the next after ${list(this.fewSpans)}`]),
    ];
  }

  /** What the campaign allows and was left out, in words. */
  get leftOut(): string[] {
    const { startWithin } = this.campaign;
    return [
      'other instants than those listed',
      'the order of what happens at one instant',
      'what is left to chance (initial sequence numbers, ports): as seed 1 has it',
      ...(startWithin > 0 && this.mostDeeds > 0
        ? ['start offsets together with faults, beyond one boot for each way to be owned']
        : []),
      ...(this.shallowest < this.mostDeeds
        ? [`more than ${this.shallowest} faults and repairs in a run`]
        : []),
    ];
  }
}

/** Deeds at every combination of spans between them. */
function* timed(
  order: readonly Deed[],
  first: Nanoseconds,
  spans: readonly Nanoseconds[],
): Generator<Action[]> {
  const [deed, ...others] = order;
  if (deed === undefined) {
    yield [];
    return;
  }
  if (others.length === 0) {
    yield [{ at: first, deed }];
    return;
  }
  for (const span of spans)
    for (const rest of timed(others, first + span, spans)) yield [{ at: first, deed }, ...rest];
}

/** A nanosecond after each event, and at the instant of the next: an action comes before what else happens then. */
function betweenEvents(events: readonly Nanoseconds[], from: Nanoseconds): Nanoseconds[] {
  const instants = new Set<Nanoseconds>([from]);
  for (const event of events) {
    instants.add(event);
    instants.add(event + 1);
  }
  return [...instants].sort((one, other) => one - other);
}

/** So many of some at the most, at even distances, the first among them. */
const thinned = <T>(all: readonly T[], most: number): T[] =>
  all.length <= most
    ? [...all]
    : Array.from({ length: most }, (_, nth) => all[Math.floor((nth * all.length) / most)] as T);

/** After what time adverts and clients stand to each other as before, as far as that is not too long. */
function periodOf({ vips, hosts }: LabPlan): Nanoseconds {
  const spans = [
    ...vips.flatMap(({ holders }) => holders.map(({ advertInterval }) => advertInterval)),
    ...hosts.flatMap(({ clients }) => clients.map(({ every }) => every)),
  ].filter((span) => span > 0);
  let period = 1;
  for (const span of spans) {
    const common = (period / greatestDivisor(period, span)) * span;
    if (common > LONGEST_PERIOD) return Math.max(...spans.filter((each) => each <= LONGEST_PERIOD), SECOND);
    period = common;
  }
  return Math.max(period, SECOND);
}

const greatestDivisor = (one: number, other: number): number =>
  other === 0 ? one : greatestDivisor(other, one % other);

/** Start-up times: all the shortest, all the longest, and each alone the longest. */
function startUpsOf(plan: LabPlan): Record<string, Nanoseconds>[] {
  const open = allLaunches(plan).filter(({ min, max }) => min < max);
  const setting = (isLong: (key: string) => boolean): Record<string, Nanoseconds> =>
    Object.fromEntries(open.map(({ key, min, max }) => [key, isLong(key) ? max : min]));
  if (open.length === 0) return [{}];
  return [
    setting(() => false),
    ...(open.length > 1 ? open.map(({ key }) => setting((other) => other === key)) : []),
    setting(() => true),
  ];
}
