import {
  type Campaign,
  checkedProperties,
  clientOutageWithin,
  type FaultKind,
  faultsOf,
  GREY_FAULTS,
  greyCampaigns,
  keepsConnections,
  oneFaultAndRepair,
  type Property,
} from '@viplab/check';
import { type DurationText, type Lab, type Nanoseconds, suggest, tryParseDuration } from '@viplab/core';
import { badOption } from '../bad-input.js';
import { campaignOf } from '../sweep/campaign-option.js';

/** The options of `viplab check`, as they are typed. */
export interface CheckOptions {
  readonly faults?: string;
  readonly lose?: string;
  readonly latency?: string;
  readonly nodes?: string;
  readonly connections?: boolean;
  readonly clientOutage?: string;
  readonly budget?: string;
  readonly seed?: number;
  readonly runs?: string;
  readonly require?: 'proved' | 'held';
  readonly strict?: boolean;
  readonly json?: boolean;
  readonly out?: string;
  readonly emit?: 'vitest';
  readonly replay?: string;
  readonly portable?: boolean;
  readonly quiet?: boolean;
  readonly ascii?: boolean;
  readonly color: boolean;
  readonly likeDaemon?: boolean;
}

/** The options, read. */
export interface CheckSettings {
  /** Wall time for all, ns. */
  readonly budget: Nanoseconds;
  readonly seed: number;
  readonly runs: number;
  /** What must hold; undefined: what is asked of every lab. */
  readonly properties?: readonly Property[];
  /** What decides. */
  readonly deciding: readonly Campaign[];
  /** What is tried too, as far as the budget goes. */
  readonly beside: readonly Campaign[];
}

const DEFAULT_BUDGET: DurationText = '60s';
/** What random sampling does where exploration is not possible; `prove` has the same default. */
const DEFAULT_RUNS = 2000;
const DEFAULT_SEED = 1;
/** More single frames are lost by a broken network, not by bad luck. */
const MOST_LOST = 20;
const MOST_RUNS = 100_000_000;

/** What was asked, beside the lab. @throws BadInput saying what is wrong with an option */
export function readSettings(lab: Lab, options: CheckOptions): CheckSettings {
  const budget = durationOf('--budget', options.budget ?? DEFAULT_BUDGET);
  const runs = wholeOf('--runs', options.runs, 1, MOST_RUNS) ?? DEFAULT_RUNS;
  const properties = propertiesOf(lab, options);
  return {
    budget,
    runs,
    seed: options.seed ?? DEFAULT_SEED,
    ...(properties === undefined ? {} : { properties }),
    ...campaignsOf(lab, options),
  };
}

/** What is asked of every lab, and what of its clients. Undefined where nothing is asked of clients. */
function propertiesOf({ plan }: Lab, options: CheckOptions): readonly Property[] | undefined {
  const { connections = false, clientOutage } = options;
  if (!connections && clientOutage === undefined) return undefined;
  const option = connections ? '--connections' : '--client-outage';
  if (plan.hosts.every(({ clients }) => clients.length === 0))
    throw badOption(
      option,
      clientOutage ?? '',
      'this lab has no client',
      "give a node of lab.yaml one: client: { connect: '192.168.1.100:5432', hold: true }",
    );
  if (clientOutage !== undefined) durationOf('--client-outage', clientOutage);
  return [
    ...checkedProperties(plan),
    ...(connections ? [keepsConnections()] : []),
    ...(clientOutage === undefined ? [] : [clientOutageWithin(clientOutage as DurationText)]),
  ];
}

function campaignsOf(lab: Lab, options: CheckOptions): Pick<CheckSettings, 'deciding' | 'beside'> {
  const lose = wholeOf('--lose', options.lose, 0, MOST_LOST);
  const latency = latencyOf(options.latency);
  const nodes = nodesOf(lab, options.nodes);
  const bounded = (campaign: Campaign): Campaign => ({
    ...campaign,
    ...(latency === undefined ? {} : { latency }),
    ...(nodes === undefined ? {} : { nodes }),
  });
  const grey = greyCampaigns(lab.plan).map(bounded);
  if (options.faults === 'grey' && lose === undefined) return { deciding: suffered(lab, grey), beside: [] };
  const named = campaignOf(lab, options.faults ?? 'clean', lose);
  // campaignOf has a campaign for whatever is named.
  const deciding = named === null ? [] : [bounded(named)];
  // Whoever names the faults has asked for these.
  const isOwnChoice = options.faults !== undefined || lose !== undefined;
  return { deciding, beside: isOwnChoice ? [] : suffered(lab, grey) };
}

/** Without those that cannot happen where nodes are named. */
const suffered = (lab: Lab, campaigns: readonly Campaign[]): Campaign[] =>
  campaigns.filter((campaign) => campaign.lostFrames > 0 || faultsOf(lab.plan, campaign).length > 0);

function latencyOf(text: string | undefined): Campaign['latency'] {
  if (text === undefined) return undefined;
  const [low = '', high = low, ...rest] = text.split('..');
  const hi = tryParseDuration(high);
  // `50..500us`: the unit of the end is that of the beginning too.
  const lo = tryParseDuration(low) ?? tryParseDuration(low + high.replace(/^[\d.]+/, ''));
  if (lo === undefined || hi === undefined || rest.length > 0)
    throw badOption('--latency', text, `'${text}' is no range of delays`, 'such as 50us..500us');
  if (lo < 1 || hi < lo) throw badOption('--latency', text, `from ${low} to ${high} there is nothing`);
  return { lo, hi };
}

function nodesOf(lab: Lab, text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const known = [...lab.plan.hosts, ...lab.plan.switches].map(({ name }) => name);
  return text.split(',').map((word) => {
    const name = word.trim();
    if (known.includes(name)) return name;
    const near = suggest(name, known);
    throw badOption(
      '--nodes',
      text,
      `there is no node '${name}' (${known.join(' ')})`,
      near && `did you mean ${near}?`,
    );
  });
}

function durationOf(option: string, text: string): Nanoseconds {
  const span = tryParseDuration(text);
  if (span === undefined)
    throw badOption(option, text, `'${text}' is not a duration with its unit`, 'such as 60s or 10min');
  if (span === 0) throw badOption(option, text, 'nothing can be found in no time');
  return span;
}

function wholeOf(option: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text.replaceAll('_', ''));
  if (/^[\d_]+$/.test(text) && number >= least && number <= most) return number;
  throw badOption(option, text, `'${text}' is not a whole number from ${least} to ${most}`);
}

/** The words of `--faults`, for what was not asked; DAEMON is what runs the elections. */
const GREY_WORDS: Readonly<Partial<Record<FaultKind, string>>> = {
  'kill-9': 'kill -9',
  freeze: 'freeze',
  stall: 'stalled DAEMON',
  'silent-cut': 'silent cut',
  'one-way-loss': 'one-way loss',
  'drop-multicast': 'lost multicast',
};

/** What none of some campaigns asks of a lab that could suffer it, in words. */
export function notAsked(lab: Lab, campaigns: readonly Campaign[]): string[] {
  const asked = new Set(campaigns.flatMap(({ faults }) => faults));
  const suffered = new Set(
    faultsOf(lab.plan, oneFaultAndRepair({ of: GREY_FAULTS })).map(({ kind }) => kind),
  );
  const daemon = lab.plan.hosts.some(({ keepalived }) => keepalived !== null) ? 'keepalived' : 'ucarp';
  const faults = Object.entries(GREY_WORDS).flatMap(([kind, word]) =>
    asked.has(kind as FaultKind) || !suffered.has(kind as FaultKind) ? [] : [word.replace('DAEMON', daemon)],
  );
  return [
    ...faults,
    ...(campaigns.some(({ lostFrames }) => lostFrames > 0) ? [] : ['lost adverts']),
    ...(campaigns.some(({ inAll }) => inAll > 1) ? [] : ['two faults at once']),
    ...(campaigns.some(({ driftPpm }) => driftPpm > 0) ? [] : ['clock drift']),
  ];
}
