import { type DurationInput, type LabPlan, MILLISECOND, type Nanoseconds, parseDuration } from '@viplab/core';
import { type Campaign, CLEAN_FAULTS, type FaultKind, GREY_FAULTS, OPERATOR_FAULTS } from './campaign.js';
import { faultsOf } from './faults-of.js';
import { daemonsOf, electorsInWords } from './launches.js';

/** What a ready-made campaign can be told. */
export interface CampaignOptions {
  /** Which kinds of fault; default the clean ones: power-off, unplug, stop, check-fails, shutdown. */
  readonly of?: readonly FaultKind[];
  /** Which nodes; default those with an instance of a VIP. */
  readonly nodes?: readonly string[];
  /** `settled` (default): once every VIP has had one owner for its settling time; `start`: at any instant. */
  readonly from?: Campaign['faultsFrom'];
  /** Nodes begin to boot at any instants within this span; default 0s: all at once. */
  readonly startWithin?: DurationInput;
}

/** Nothing happens but the boot. */
const QUIET = {
  name: 'no cause',
  faults: [],
  atOnce: 0,
  inAll: 0,
  repairs: false,
  faultsFrom: 'settled',
  lostFrames: 0,
  startWithin: 0,
  driftPpm: 0,
} as const satisfies Campaign;

/** How far apart nodes come up after a power cut: firmware, disks and file systems differ by some ten seconds. */
const STORM: DurationInput = '30s';

/** Lost adverts that are tried one after the other; three in a row are what a backup waits for (RFC 5798 §6.1). */
const LOST_ADVERTS = [1, 2, 3] as const;

function withFaults(name: string, options: CampaignOptions, rest: Partial<Campaign>): Campaign {
  const { of = CLEAN_FAULTS, nodes, from = 'settled', startWithin } = options;
  const isUsual = of.length === CLEAN_FAULTS.length && CLEAN_FAULTS.every((kind) => of.includes(kind));
  const which = isUsual ? '' : `: ${of.join(', ')}`;
  const whose = nodes === undefined ? '' : ` of ${nodes.join(', ')}`;
  return {
    ...QUIET,
    name: `${name}${which}${whose}`,
    faults: of,
    ...(nodes === undefined ? {} : { nodes }),
    atOnce: 1,
    inAll: 1,
    faultsFrom: from,
    ...(startWithin === undefined ? {} : { startWithin: parseDuration(startWithin) }),
    ...rest,
  };
}

/**
 * One fault, for good.
 *
 * @example
 * ```ts
 * await prove(pair, { causes: oneFault({ of: ['power-off'] }) });
 * ```
 */
export function oneFault(options: CampaignOptions = {}): Campaign {
  return withFaults('one fault', options, {});
}

/**
 * One fault and, at any instant after it, its repair.
 *
 * @example
 * ```ts
 * await prove(pair, { causes: oneFaultAndRepair({ of: ['power-off', 'unplug', 'stop'] }), budget: '2s' });
 * ```
 */
export function oneFaultAndRepair(options: CampaignOptions = {}): Campaign {
  return withFaults('one fault and its repair', options, { repairs: true });
}

/**
 * Up to so many control frames (adverts, ARP) are lost, at any instants from the start, and nothing else goes wrong.
 *
 * @param towards only copies on their way to these nodes; default: to any
 * @throws RangeError unless the count is a whole number of 1 or more
 */
export function lossyLan(lostFrames: number, towards?: readonly string[]): Campaign {
  if (!Number.isSafeInteger(lostFrames) || lostFrames < 1)
    throw new RangeError(`lossyLan: ${lostFrames} frames cannot be lost; write a whole number of 1 or more`);
  const to = towards === undefined ? '' : ` on the way to ${towards.join(', ')}`;
  return {
    ...QUIET,
    name: `${lostFrames === 1 ? '1 lost control frame' : `up to ${lostFrames} lost control frames`}${to}`,
    faultsFrom: 'start',
    lostFrames,
    ...(towards === undefined ? {} : { lostTowards: towards }),
  };
}

/** All nodes boot, in any order and at any instants within a span, as after a power cut. */
export function bootStorm({ within = STORM }: { readonly within?: DurationInput } = {}): Campaign {
  return { ...QUIET, name: 'boot storm', faultsFrom: 'start', startWithin: parseDuration(within) };
}

/** What is done to a node in maintenance, as far as the lab can suffer it. */
const MAINTENANCE: readonly FaultKind[] = ['stop', 'power-off', 'shutdown', ...OPERATOR_FAULTS];

/** What `maintenance` can be told beside the rest. */
export interface MaintenanceOptions extends CampaignOptions {
  /** How many times something is taken down; default once per node that is named, or twice: a pair. */
  readonly times?: number;
}

/**
 * Nodes are taken down and brought back one after the other: keepalived or ucarp is stopped, the machine is shut down or
 * loses power, CARP in its kernel is demoted or forced into a state.
 *
 * @throws RangeError unless `times` is a whole number of 1 or more
 */
export function maintenance(options: MaintenanceOptions = {}): Campaign {
  const { of = MAINTENANCE, nodes, times = nodes?.length ?? 2 } = options;
  if (!Number.isSafeInteger(times) || times < 1)
    throw new RangeError(`maintenance: times is ${times}; write a whole number of 1 or more`);
  const name = `maintenance, ${times === 1 ? 'once' : times === 2 ? 'twice' : `${times} times`}`;
  return { ...withFaults(name, { ...options, of }, { repairs: true, inAll: times }), name };
}

/** A boot span is rounded up to this, so that it reads well. */
const BOOT_SPAN_GRAIN: Nanoseconds = 10 * MILLISECOND;

/** The longest Master_Down_Interval of a lab and an advert interval: within it, one node's boot meets another's. */
function bootSpanOf(plan: LabPlan): Nanoseconds {
  const holders = plan.vips.flatMap((vip) => vip.holders);
  const exact = Math.max(0, ...holders.map((holder) => holder.masterDownInterval + holder.advertInterval));
  return Math.ceil(exact / BOOT_SPAN_GRAIN) * BOOT_SPAN_GRAIN;
}

/**
 * What `viplab check` decides on if nothing else is said: one clean fault (power, carrier, graceful stop, a tracked check
 * that fails) and its repair, once settled; nodes start in any order within a Master_Down_Interval and an advert; no frame is lost.
 */
export function defaultCampaign(plan: LabPlan): Campaign {
  return { ...oneFaultAndRepair(), startWithin: bootSpanOf(plan) };
}

/** How the grey campaigns are called in output, by what daemon runs the elections. */
const GREY_NAMES: Readonly<Record<(typeof GREY_FAULTS)[number], (daemon: string) => string>> = {
  'kill-9': (daemon) => `${daemon} killed (kill -9) and started again`,
  freeze: () => 'a node frozen and thawed',
  stall: (daemon) => `${daemon} stalled (SIGSTOP) and resumed`,
  'silent-cut': () => 'a silent cut and its healing',
  'one-way-loss': () => 'one-way loss and its healing',
  'drop-multicast': () => 'multicast lost at a switch and its healing',
};

/**
 * The campaigns that every plain pair breaks under in part, and its owner should know in which: one for each grey fault
 * that the lab can suffer, and one, two and three lost frames.
 */
export function greyCampaigns(plan: LabPlan): readonly Campaign[] {
  const daemon = electorsInWords(plan.hosts.flatMap(daemonsOf));
  const faults = GREY_FAULTS.map((kind): Campaign => {
    const campaign = oneFaultAndRepair({ of: [kind] });
    return { ...campaign, name: GREY_NAMES[kind](daemon) };
  }).filter((campaign) => faultsOf(plan, campaign).length > 0);
  const losses = plan.vips.length === 0 ? [] : LOST_ADVERTS;
  return [...faults, ...losses.map((count): Campaign => ({ ...lossyLan(count), faultsFrom: 'settled' }))];
}
