import type { Lab, Nanoseconds } from '@viplab/core';
import { Unexplorable } from '@viplab/core/engine';
import { boundsOf } from '../campaign/bounds-of.js';
import type { Campaign } from '../campaign/campaign.js';
import { faultsOf } from '../campaign/faults-of.js';
import type { Scenario } from '../campaign/scenario.js';
import { counterexampleOf } from '../counterexample/counterexample-of.js';
import { scenarioToken } from '../counterexample/scenario-token.js';
import { budgetsOf } from '../property/budgets.js';
import { coverage } from '../property/coverage.js';
import type { Property, Violation, VipBudgets } from '../property/property.js';
import { settles } from '../property/settles.js';
import type { Pace } from '../sample/pace.js';
import { runScenario } from '../sample/run-scenario.js';
import type { CheckVerdict, Counterexample, Coverage, Progress, WorstCase } from '../verdict.js';
import { Corridor } from './corridor.js';
import type { Exploration } from './exploration.js';
import { NOT_VARIED } from './exploration-plan.js';
import { ExploredLab } from './explored-lab.js';
import { asLasso, findLasso } from './find-lasso.js';
import type { Longest, MeasuredCase } from './measures.js';
import { ownerChangesOnCycles } from './owner-cycles.js';
import { retrace, retraceLongest } from './retrace.js';
import { isWithinBounds, roundInstants } from './round-instants.js';
import { type FoundViolation, SymbolicSearch } from './symbolic-search.js';

/** How a lab is explored. */
export interface ExploreOptions {
  readonly campaign: Campaign;
  readonly properties: readonly Property[];
  readonly pace: Pace;
  /** The most classes that are kept. */
  readonly mostStates: number;
  readonly onProgress?: (progress: Progress) => void;
}

/** Classes expanded between two looks at the clock. */
export const TURN = 64;

/** Seeds under which a path is replayed: they decide only what the exploration leaves to the lab's own chance. */
export const SEEDS = [1, 2, 3, 4, 5] as const;

/**
 * Explores every run of a lab within a campaign, for every instant.
 *
 * @throws Unexplorable if a component computes with time or something is left to chance
 */
export async function explore(lab: Lab, options: ExploreOptions): Promise<CheckVerdict> {
  const { campaign, properties } = options;
  const vips = budgetsWithin(lab, campaign);
  const covering = coverage(vips);
  const exploration: Exploration = {
    design: lab.design,
    plan: lab.plan,
    campaign,
    properties: [...properties, ...covering],
    vips,
    measures: true,
  };
  const search = new SymbolicSearch(new ExploredLab(exploration), MOST_STORIES);
  let endedBy = await run(search, options, () => search.violations.length > 0);
  let counterexamples: Counterexample[] = [];
  let isReal = true;
  if (search.violations.length > 0) {
    counterexamples = await tellStories(lab, exploration, search, options);
    if (counterexamples.length === 0) counterexamples = await tellPlainStories(lab, exploration, options);
    isReal = counterexamples.length > 0;
    const [first] = search.violations;
    endedBy = isReal || first === undefined ? 'a counterexample was found' : notReplayed(first.violation);
  }
  let cycles: 'none' | 'open' = 'none';
  if (endedBy === null && ownerChangesOnCycles(search).length > 0) {
    const lasso = await findLasso(lab, exploration, options.pace);
    if (lasso === 'open') cycles = 'open';
    else if (lasso !== null) {
      counterexamples = [lasso];
      endedBy = 'a counterexample was found';
    }
  }
  const covered: Coverage[] = exploration.properties
    .filter(({ quantifier }) => quantifier === 'sometimes')
    .map(({ name }) => ({ what: name, share: search.reached.has(name) ? 1 : 0 }));
  const isClosed = endedBy === null;
  const word =
    counterexamples.length > 0
      ? 'broken'
      : isClosed && isMeaningful(lab, campaign, properties, search.reached)
        ? 'proved'
        : 'inconclusive';
  return {
    word,
    campaign,
    properties: properties.map(({ name }) => name),
    bounds: boundsOf(lab.plan, campaign),
    exploration: {
      method: 'symbolic',
      states: search.classes.size,
      transitions: search.transitions,
      depth: search.depth,
      isClosed,
      deadEnds: search.deadEnds,
      endedBy: isClosed && word !== 'proved' ? 'nothing of interest happened in any run' : endedBy,
      notVaried: [
        ...NOT_VARIED,
        ...(campaign.driftPpm === 0 ? ['clock drift'] : []),
        ...(campaign.latency === undefined ? ['latency'] : []),
        ...(cycles === 'open' ? ['whether owners can change for ever, each time within the budgets'] : []),
      ],
    },
    covered,
    worst: isClosed ? worstCases(lab, exploration, search) : [],
    counterexamples,
    design: lab.design,
  };
}

/** What the lab's own timers allow where frames take as long, and clocks go as wrong, as a campaign lets them. */
export function budgetsWithin({ design, plan }: Lab, { latency, driftPpm }: Campaign): VipBudgets[] {
  const within =
    latency === undefined
      ? plan
      : { ...plan, links: plan.links.map((link) => ({ ...link, delay: latency })) };
  const slowly = (span: Nanoseconds): Nanoseconds => Math.ceil((span * 1_000_000) / (1_000_000 - driftPpm));
  return budgetsOf(design, within).map((vip) => ({
    ...vip,
    settling: slowly(vip.settling),
    dual: slowly(vip.dual),
    headless: slowly(vip.headless),
  }));
}

/** What is said of a violation that no scenario can show: one in which frames differ in their delay, or clocks drift. */
const notReplayed = ({ message }: Violation): string => `${message}, ${NOT_REPLAYED}`;

/** How a violation ends that was found and cannot be shown as a run. */
export const NOT_REPLAYED =
  'found in a run in which each frame has a delay of its own, or clocks drift, or two things happen at one instant: none that can be written down shows it';

/** What there was to find was found. */
const DONE = 'done';

/** Expands classes until none are left (null), or says why it ended. */
async function run(
  search: SymbolicSearch,
  { campaign, pace, mostStates, onProgress }: ExploreOptions,
  isDone: () => boolean,
): Promise<string | null> {
  for (;;) {
    const goesOn = search.expand(TURN);
    if (search.deadEnds > 0)
      throw new Error(`${search.deadEnds} classes with pending events have no successor: a bug in viplab`);
    if (isDone()) return DONE;
    if (!goesOn) return null;
    if (search.classes.size > mostStates) return `more than ${mostStates} state classes`;
    const why = pace.endedBy;
    if (why !== null) return why === 'budget' ? 'the budget was spent' : 'interrupted';
    if (pace.isTurnOver) {
      onProgress?.({
        phase: 'exploring',
        campaign: campaign.name,
        states: search.classes.size,
        frontier: search.frontier,
      });
      await pace.rest();
    }
  }
}

/** Whether what the campaign is about happened: a fault that moved a VIP, and every `sometimes` that was asked for. */
export function isMeaningful(
  lab: Lab,
  campaign: Campaign,
  properties: readonly Property[],
  reached: ReadonlySet<string>,
): boolean {
  const wasAsked = properties
    .filter(({ quantifier }) => quantifier === 'sometimes')
    .every(({ name }) => reached.has(name));
  const hasFaults = Math.min(campaign.atOnce, campaign.inAll, faultsOf(lab.plan, campaign).length) > 0;
  const canMove = lab.plan.vips.some(({ holders }) => new Set(holders.map(({ node }) => node)).size > 1);
  const hasMoved = [...reached].some((name) => name.startsWith('failover of '));
  return wasAsked && (!hasFaults || !canMove || hasMoved);
}

/**
 * How many violations of a property are tried for one that replays. The first may be such that two nodes must do
 * something at one and the same instant, where a run has an order of its own; with a nanosecond between them it is another
 * path, which comes soon.
 */
const MOST_STORIES = 200;

/** How many steps along a corridor are tried for one violation, and how many of its paths are replayed. */
const MOST_CORRIDOR_STEPS = 20_000;
const MOST_PATHS = 5;

/** The counterexamples of the violations that were found, one for each property, re-executed. */
async function tellStories(
  lab: Lab,
  exploration: Exploration,
  search: SymbolicSearch,
  options: ExploreOptions,
): Promise<Counterexample[]> {
  const told: Counterexample[] = [];
  const names = [...new Set(search.violations.map(({ violation }) => violation.property))];
  for (const name of names) {
    const property = exploration.properties.find((each) => each.name === name);
    if (property === undefined) continue;
    const counterexample =
      (await tellStory(lab, exploration, search, property, options)) ??
      (await searchAgain(lab, exploration, property, options));
    if (counterexample === null) continue;
    // What never settles may come round and round: then that is what is told.
    const isEndless =
      name === settles().name ||
      search.violations.some(({ violation }) => violation.property === name && violation.recurs === true);
    told.push(isEndless ? await asLasso(lab, exploration, counterexample, options.pace) : counterexample);
  }
  return told;
}

/**
 * What is found where all frames take as long as the lab says, if no violation under a range of latencies can be told: a
 * scenario has one delay for all, and another property may be violated at that.
 */
async function tellPlainStories(
  lab: Lab,
  exploration: Exploration,
  options: ExploreOptions,
): Promise<Counterexample[]> {
  const { latency, ...campaign } = exploration.campaign;
  if (latency === undefined) return [];
  const plainly: Exploration = { ...exploration, campaign, measures: false };
  const search = new SymbolicSearch(new ExploredLab(plainly), MOST_STORIES);
  const ended = await run(search, options, () => search.violations.length > 0);
  if (search.violations.length > 0) return tellStories(lab, plainly, search, options);
  if (ended !== null || ownerChangesOnCycles(search).length === 0) return [];
  const lasso = await findLasso(lab, plainly, options.pace);
  return lasso === null || lasso === 'open' ? [] : [lasso];
}

/** The first violation of a property that can be told as a run; goes on searching where the first ones cannot. */
async function tellStory(
  lab: Lab,
  exploration: Exploration,
  search: SymbolicSearch,
  property: Property,
  options: ExploreOptions,
): Promise<Counterexample | null> {
  const found = (): readonly FoundViolation[] =>
    search.violations.filter(({ violation }) => violation.property === property.name);
  for (let tried = 0; tried < MOST_STORIES; ) {
    for (const each of found().slice(tried)) {
      tried++;
      options.onProgress?.({
        phase: 'replaying',
        campaign: options.campaign.name,
        states: search.classes.size,
        frontier: search.frontier,
      });
      const counterexample = replayOne(lab, exploration, search, each, property);
      if (counterexample !== null) return counterexample;
    }
    if ((await run(search, options, () => found().length > tried)) !== DONE) return null;
  }
  return null;
}

function replayOne(
  lab: Lab,
  exploration: Exploration,
  search: SymbolicSearch,
  found: FoundViolation,
  property: Property,
): Counterexample | null {
  const told = replay(lab, exploration, [...search.classes.stepsTo(found.parent), found.step], property);
  if (told !== null) return told;
  let tried = 0;
  const { parent, step } = found;
  const corridor = new Corridor(search, parent, (bounds) => {
    const isViolated = search.walk(parent, bounds, step, null) !== null && search.lab.violation() !== null;
    search.lab.codec.forget();
    return isViolated;
  });
  for (const steps of corridor.paths(MOST_CORRIDOR_STEPS)) {
    const counterexample = replay(lab, exploration, [...steps, step], property);
    if (counterexample !== null || ++tried >= MOST_PATHS) return counterexample;
  }
  return null;
}

/** Looks for the same violation where all frames take as long as the lab says: a scenario has one delay for all. */
async function searchAgain(
  lab: Lab,
  exploration: Exploration,
  property: Property,
  options: ExploreOptions,
): Promise<Counterexample | null> {
  const { latency, ...campaign } = exploration.campaign;
  if (latency === undefined) return null;
  const plainly: Exploration = { ...exploration, campaign, properties: [property], measures: false };
  const search = new SymbolicSearch(new ExploredLab(plainly), MOST_STORIES);
  return tellStory(lab, plainly, search, property, options);
}

function replay(
  lab: Lab,
  exploration: Exploration,
  steps: Parameters<typeof retrace>[1],
  property: Property,
): Counterexample | null {
  const scenario = retrace(exploration, steps);
  if (scenario === null) return null;
  for (const seed of SEEDS) {
    const found = counterexampleOf(lab, { ...scenario, seed }, property);
    if (found === null) continue;
    const rounder = roundInstants(found.scenario, (candidate) => {
      if (!isWithinBounds(lab.plan, exploration.campaign, candidate)) return false;
      const { violation } = runScenario(lab, candidate, [property], { stopAtViolation: true });
      return violation !== null && violation.address === found.address;
    });
    return counterexampleOf(lab, rounder, property) ?? found;
  }
  return null;
}

/** The worst cases, each with a run that attains it where one could be made. */
const worstCases = (lab: Lab, exploration: Exploration, search: SymbolicSearch): WorstCase[] =>
  (search.lab.measures?.worst ?? []).map(
    ({ of, longest, worst }) => attain(lab, exploration, search, of, longest, worst) ?? worst,
  );

/** A run in which something lasts exactly as long as it ever does. */
function attain(
  lab: Lab,
  exploration: Exploration,
  search: SymbolicSearch,
  of: MeasuredCase,
  longest: Longest,
  worst: WorstCase,
): WorstCase | null {
  const place = search.longestAt.get(`${of.measure} ${of.phase}`);
  // What has no length, or no end, needs no run.
  if (place === undefined || longest.lasted === 0 || worst.isUnbounded === true) return null;
  const { parent, move } = place;
  const corridor = new Corridor(search, parent, (bounds) => {
    search.load(parent, bounds);
    const lasts =
      search.passTo(move) && search.lab.measures?.demand(of, longest, search.lab.nearness) === true;
    search.lab.codec.forget();
    return lasts;
  });
  let tried = 0;
  for (const steps of corridor.paths(MOST_CORRIDOR_STEPS)) {
    const scenario = retraceLongest(exploration, steps, move, of, longest);
    if (scenario !== null && shows(lab, scenario, worst, search.lab.nearness))
      return { ...worst, scenario, token: scenarioToken(lab, scenario) };
    if (++tried >= MOST_PATHS) break;
  }
  return null;
}

/**
 * Whether something lasts as long in a run as it is said to, or nearly. A client's frames go astray while nobody owns the
 * VIP, too, which a report of a run counts as headless; the client learns of the end of it a way through the network later.
 */
function shows(lab: Lab, scenario: Scenario, worst: WorstCase, nearness: Nanoseconds): boolean {
  const { what, address, client, lasted } = worst;
  return runScenario(lab, scenario, [], { stopAtViolation: false }).worst.some((span) => {
    if (span.address !== address) return false;
    if (what === 'astray' && span.what === 'headless') return Math.abs(span.lasted - lasted) <= 2 * nearness;
    return span.what === what && span.client === client && Math.abs(span.lasted - lasted) <= nearness;
  });
}

export { Unexplorable };
