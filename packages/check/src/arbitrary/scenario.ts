import { type Lab, type LabPlan, type Nanoseconds, SECOND, vipFactsOf } from '@viplab/core';
import * as fc from 'fast-check';
import type { Campaign } from '../campaign/campaign.js';
import type { Fault } from '../campaign/fault.js';
import { faultsOf } from '../campaign/faults-of.js';
import { allLaunches } from '../campaign/launches.js';
import type { Scenario } from '../campaign/scenario.js';
import { namedRecord } from './named-record.js';
import { timeBetween } from './time-arbitrary.js';

/** More are not put into one run: it would take too long to tell what came of which. */
const MOST_FAULTS = 16;
/** Repairs come within this: a client's wrong ARP entry lives some 55 s, and longer than that nothing new happens. */
export const LONGEST_FAULT: Nanoseconds = 90 * SECOND;
/** How long a run is watched after the last that was done to it: the same 55 s, in which a landing may alternate. */
export const WATCHED: Nanoseconds = 60 * SECOND;
/** One in so many places for a fault, a repair or a loss stays empty. */
const EMPTY_ONE_IN = 8;
/** The largest seed: 2^31 - 1. */
const LAST_SEED = 0x7fff_ffff;

/** What random runs leave out of a campaign, in words. */
export function notSampled(campaign: Campaign): string[] {
  return [
    'the order of what happens at one instant',
    ...(campaign.repairs && campaign.inAll > 0 ? ['repairs later than 90 s after the fault'] : []),
    ...(campaign.inAll > MOST_FAULTS ? [`more than ${MOST_FAULTS} faults in a run`] : []),
    ...(campaign.lostFrames > MOST_FAULTS ? [`more than ${MOST_FAULTS} lost frames in a run`] : []),
    ...(campaign.latency === undefined ? [] : ['delays that differ within a run']),
  ];
}

/** One place for a fault: which, how long after the first instant for faults, and how long it lasts. */
interface FaultLuck {
  readonly fault: Fault;
  readonly after: Nanoseconds;
  /** Null: for good. */
  readonly lasts: Nanoseconds | null;
}

type Loss = Scenario['losses'][number];

/**
 * Where a loss stands in time: at its own instant; at that of the loss before it, for the same node and kind, since one
 * lost advert harms nobody and three in a row do; or at the last deed before it, whose announcement is what is lost.
 */
const LOSS_PLACES = ['alone', 'with the one before', 'at a deed'] as const;

interface LossLuck extends Omit<Loss, 'at'> {
  readonly after: Nanoseconds;
  readonly place: (typeof LOSS_PLACES)[number];
}

/** All the bad luck of a run before it is put in order; so every part of it shrinks by itself. */
interface Luck {
  readonly faults: readonly (FaultLuck | null)[];
  readonly losses: readonly (LossLuck | null)[];
  readonly drifts: Readonly<Record<string, number>>;
  readonly starts: Readonly<Record<string, Nanoseconds>>;
  readonly ready: Readonly<Record<string, Nanoseconds>>;
  readonly latency: Nanoseconds | null;
  readonly seed: number;
}

/** The longest settling time of a lab's VIPs. */
export const settlingOf = (plan: LabPlan): Nanoseconds =>
  Math.max(0, ...vipFactsOf(plan).map((vip) => vip.settlingNs));

/** The next whole second. */
export const wholeSeconds = (time: Nanoseconds): Nanoseconds => Math.ceil(time / SECOND) * SECOND;

/**
 * The first instant for faults and losses: of a campaign that waits, when all have booted and every VIP has had one
 * owner for its settling time; one settling time until there is an owner, one more that it lasts. In whole seconds, so
 * that round offsets make round instants.
 */
export function firstInstant(plan: LabPlan, campaign: Campaign, starts: Luck['starts']): Nanoseconds {
  if (campaign.faultsFrom === 'start') return 0;
  return wholeSeconds(Math.max(0, ...Object.values(starts)) + 2 * settlingOf(plan));
}

/** When the boot is over for a scenario: what happens before it is no failover. */
export function bootEndOf(plan: LabPlan, campaign: Campaign, scenario: Scenario): Nanoseconds {
  return firstInstant(plan, { ...campaign, faultsFrom: 'settled' }, scenario.starts);
}

/**
 * Random runs of a lab within a campaign. They shrink to the fewest faults, without repair if that is enough, the fewest
 * lost frames, nodes that boot at once, the shortest start-up times and latency, and seed 1; instants to the roundest
 * and earliest.
 *
 * @throws RangeError if the campaign names what the lab does not have.
 * @example
 * ```ts
 * test.prop([arb.scenario(pair, oneFaultAndRepair())])('one owner in the end', (scenario) => {
 *   const run = defineLab(designOf(pair.design, scenario)).run({ seed: scenario.seed });
 *   expect(run.report.vip('192.168.1.100').owners.at(-1)?.kind).toBe('single');
 * });
 * ```
 */
export function scenarios(lab: Pick<Lab, 'plan'>, campaign: Campaign): fc.Arbitrary<Scenario> {
  const { plan } = lab;
  const faults = faultsOf(plan, campaign);
  const luck: fc.Arbitrary<Luck> = fc.record({
    faults: faultLuck(plan, campaign, faults),
    losses: lossLuck(plan, campaign),
    drifts: driftLuck(plan, campaign),
    starts: startLuck(plan, campaign),
    ready: readyLuck(plan),
    latency:
      campaign.latency === undefined
        ? fc.constant(null)
        : timeBetween(campaign.latency.lo, campaign.latency.hi),
    seed: fc.integer({ min: 1, max: LAST_SEED }),
  });
  return luck.map((drawn) => scenarioOf(plan, campaign, drawn));
}

/** For how long from the first instant on faults may begin: as many settling times as there are faults, and one more. */
const windowOf = (plan: LabPlan, campaign: Campaign): Nanoseconds =>
  wholeSeconds(campaign.startWithin + settlingOf(plan) * (Math.min(campaign.inAll, MOST_FAULTS) + 1));

function faultLuck(
  plan: LabPlan,
  campaign: Campaign,
  faults: readonly Fault[],
): fc.Arbitrary<(FaultLuck | null)[]> {
  const places = Math.min(campaign.inAll, MOST_FAULTS, campaign.atOnce === 0 ? 0 : MOST_FAULTS);
  if (faults.length === 0 || places === 0) return fc.constant([]);
  const settling = settlingOf(plan);
  const lasts = timeBetween(1, Math.max(LONGEST_FAULT, 2 * settling), [
    { lo: 1, hi: SECOND },
    { lo: 1, hi: settling },
  ]);
  const fault = fc.record({
    fault: fc.nat(faults.length - 1).map((index) => faults[index] as Fault),
    lasts: campaign.repairs ? fc.option(lasts, { nil: null, freq: EMPTY_ONE_IN }) : fc.constant(null),
    after: timeBetween(0, windowOf(plan, campaign)),
  });
  return fc.tuple(
    ...Array.from({ length: places }, () => fc.option(fault, { nil: null, freq: EMPTY_ONE_IN })),
  );
}

function lossLuck(plan: LabPlan, campaign: Campaign): fc.Arbitrary<Luck['losses'][number][]> {
  const holders = holdersOf(plan);
  const targets = plan.hosts
    .map((host) => host.name)
    .filter((name) => campaign.lostTowards?.includes(name) ?? true)
    .flatMap((node) => [
      ...(holders.has(node) ? [{ node, kind: 'vrrp' as const }] : []),
      { node, kind: 'arp' as const },
    ]);
  const places = Math.min(campaign.lostFrames, MOST_FAULTS);
  if (targets.length === 0 || places === 0) return fc.constant([]);
  const loss = fc
    .record({
      target: fc.constantFrom(...targets),
      after: timeBetween(0, windowOf(plan, campaign)),
      place: fc.constantFrom(...LOSS_PLACES),
    })
    .map(({ target, ...rest }) => ({ ...target, ...rest }));
  return fc.tuple(
    ...Array.from({ length: places }, () => fc.option(loss, { nil: null, freq: EMPTY_ONE_IN })),
  );
}

const holdersOf = (plan: LabPlan): Set<string> =>
  new Set(plan.vips.flatMap((vip) => vip.holders.map((holder) => holder.node)));

function driftLuck(plan: LabPlan, { driftPpm }: Campaign): fc.Arbitrary<Luck['drifts']> {
  if (driftPpm === 0) return fc.constant({});
  return namedRecord([...holdersOf(plan)], () => fc.integer({ min: -driftPpm, max: driftPpm }));
}

function startLuck(plan: LabPlan, { startWithin }: Campaign): fc.Arbitrary<Luck['starts']> {
  if (startWithin === 0) return fc.constant({});
  return namedRecord([...holdersOf(plan)], () => timeBetween(0, startWithin));
}

function readyLuck(plan: LabPlan): fc.Arbitrary<Luck['ready']> {
  const launches = new Map(allLaunches(plan).map((launch) => [launch.key, launch]));
  const open = [...launches.values()].filter(({ min, max }) => min < max);
  return namedRecord(
    open.map(({ key }) => key),
    (key) => timeBetween(launches.get(key)?.min ?? 0, launches.get(key)?.max ?? 0),
  );
}

function scenarioOf(plan: LabPlan, campaign: Campaign, luck: Luck): Scenario {
  // Before the first node boots nothing happens: the run begins with it.
  const earliest = Math.min(...Object.values(luck.starts));
  const starts = Object.fromEntries(
    Object.entries(luck.starts).map(([node, start]) => [node, start - earliest] as const),
  );
  const first = firstInstant(plan, campaign, starts);
  const drifts = Object.entries(luck.drifts)
    .filter(([, ppm]) => ppm !== 0)
    .map(([node, ppm]) => ({ at: 0, deed: { do: 'clock-drift', node, ppm } as const }));
  const actions = [...drifts, ...actionsOf(campaign, luck.faults, first)];
  const losses = lossesOf(luck.losses, actions, first);
  const last = Math.max(first, ...Object.values(starts), ...[...actions, ...losses].map(({ at }) => at));
  return {
    seed: luck.seed,
    starts: Object.fromEntries(Object.entries(starts).filter(([, start]) => start > 0)),
    ready: luck.ready,
    actions,
    losses,
    ...(luck.latency === null ? {} : { latency: luck.latency }),
    until: wholeSeconds(last) + Math.max(WATCHED, 2 * settlingOf(plan)),
  };
}

/** Losses in order of time. */
function lossesOf(
  drawn: Luck['losses'],
  actions: Scenario['actions'],
  first: Nanoseconds,
): Scenario['losses'] {
  const losses: Loss[] = [];
  for (const loss of drawn) {
    if (loss === null) continue;
    const { node, kind, place } = loss;
    const own = first + loss.after;
    const before = losses.at(-1);
    const deed = actions.findLast(({ at }) => at >= first && at <= own);
    if (place === 'with the one before' && before !== undefined) losses.push(before);
    else losses.push({ at: place === 'at a deed' ? (deed?.at ?? own) : own, node, kind });
  }
  return losses.sort((one, other) => one.at - other.at);
}

/** Faults with their repairs in order of time. One that the campaign does not allow beside those that last is left out. */
function actionsOf(campaign: Campaign, drawn: Luck['faults'], first: Nanoseconds): Scenario['actions'] {
  const wanted = drawn.filter((fault) => fault !== null).sort((one, other) => one.after - other.after);
  let lasting: { readonly nodes: readonly string[]; readonly end: Nanoseconds }[] = [];
  const actions: Scenario['actions'][number][] = [];
  for (const { fault, after, lasts } of wanted) {
    const at = first + after;
    lasting = lasting.filter(({ end }) => end > at);
    const overlaps = lasting.some(({ nodes }) => nodes.some((node) => fault.nodes.includes(node)));
    if (overlaps || lasting.length >= campaign.atOnce) continue;
    const end = lasts === null ? Number.POSITIVE_INFINITY : at + lasts;
    lasting.push({ nodes: fault.nodes, end });
    actions.push({ at, deed: fault.begin });
    if (lasts !== null) actions.push({ at: end, deed: fault.end });
  }
  // Stable: of one instant a repair comes before the fault that had to wait for it.
  return actions.sort((one, other) => one.at - other.at);
}
