import { formatDuration, type LabPlan, type Nanoseconds } from '@viplab/core';
import { type Campaign, type FaultKind, LONGEST_FREEZE } from './campaign.js';
import { checkCampaign, FAULT_KINDS } from './check-campaign.js';
import { faultsOf } from './faults-of.js';
import { allLaunches, daemonsOf, electorsInWords, type Launch } from './launches.js';

/** A fault with its repair, as an operator would say it; DAEMON stands for what runs the elections. */
const PAIRS: Readonly<Record<FaultKind, string>> = {
  'power-off': 'power-off/on',
  unplug: 'unplug/plug',
  stop: 'stop/start DAEMON',
  'check-fails': 'a tracked check fails/recovers',
  shutdown: 'shutdown/power-on',
  'kill-9': 'kill -9/start DAEMON',
  freeze: 'freeze/thaw',
  stall: 'stall/resume DAEMON',
  'silent-cut': 'silent cut/heal',
  'one-way-loss': 'one-way loss/heal',
  'drop-multicast': 'multicast lost/heal',
  'carp-state': 'CARP state forced/forced back',
  'carp-demote': 'CARP demoted/promoted again',
};

/** The same without a repair. */
const ALONE: Readonly<Record<FaultKind, string>> = {
  'power-off': 'power-off',
  unplug: 'unplug',
  stop: 'stop DAEMON',
  'check-fails': 'a tracked check fails',
  shutdown: 'shutdown',
  'kill-9': 'kill -9 DAEMON',
  freeze: 'freeze',
  stall: 'stall DAEMON',
  'silent-cut': 'silent cut',
  'one-way-loss': 'one-way loss',
  'drop-multicast': 'multicast lost',
  'carp-state': 'CARP state forced',
  'carp-demote': 'CARP demoted',
};

/**
 * What a check of a lab under a campaign covers, in words, one phrase each.
 *
 * @throws RangeError if the campaign names what the lab does not have.
 * @example
 * ```ts
 * boundsOf(pair.plan, defaultCampaign(pair.plan));
 * // ['at most 1 fault and its repair: power-off/on, unplug/plug, stop/start keepalived',
 * //  'any node and instant once settled', 'any start order, offsets up to 4.61 s',
 * //  'keepalived ready 30 to 150 ms after its launch', 'links 50 µs, no loss']
 * ```
 */
export function boundsOf(plan: LabPlan, campaign: Campaign): string[] {
  checkCampaign(plan, campaign);
  return [...faultBounds(plan, campaign), ...startBounds(plan, campaign), ...frameBounds(plan, campaign)];
}

function faultBounds(plan: LabPlan, campaign: Campaign): string[] {
  const { atOnce, inAll, repairs, nodes } = campaign;
  const most = Math.min(atOnce, inAll);
  if (most === 0 || campaign.faults.length === 0) return ['no fault'];
  // Where nothing is tracked there is no check to fail, and nothing to say of it; and so on.
  const suffered = new Set(faultsOf(plan, campaign).map(({ kind }) => kind));
  const daemon = electorsInWords(plan.hosts.flatMap(daemonsOf));
  const kinds = FAULT_KINDS.filter((kind) => campaign.faults.includes(kind))
    .filter((kind) => suffered.has(kind) || suffered.size === 0)
    .map((kind) => (repairs ? PAIRS : ALONE)[kind].replace('DAEMON', daemon).trim())
    .join(', ');
  const holds = campaign.faults.some((kind) => kind === 'freeze' || kind === 'stall');
  const counted = (count: number): string => (count === 1 ? '1 fault' : `${count} faults`);
  const many =
    inAll === 1
      ? counted(1)
      : most === inAll
        ? counted(inAll)
        : `${counted(most)} at a time, ${inAll} in all,`;
  const repaired = repairs ? (inAll === 1 ? ' and its repair' : ' with their repairs') : ', no repair';
  const whose = nodes === undefined ? 'any node' : nodes.join(', ');
  return [
    `at most ${many}${repaired}: ${kinds}`.replace(',, ', ', '),
    `${whose}, any instant${campaign.faultsFrom === 'settled' ? ' once settled' : ''}`.replace(
      'any node, any instant',
      'any node and instant',
    ),
    ...(repairs && holds ? [`frozen or stalled for up to ${spell(LONGEST_FREEZE)}`] : []),
  ];
}

function startBounds(plan: LabPlan, { startWithin, driftPpm }: Campaign): string[] {
  return [
    startWithin === 0 ? 'all nodes boot at once' : `any start order, offsets up to ${spell(startWithin)}`,
    ...readyBounds(plan),
    ...kernelBounds(plan),
    ...(driftPpm === 0 ? [] : [`clocks off by up to ${driftPpm} ppm either way`]),
  ];
}

/** How long what runs the elections takes to come up. CARP in a kernel does so at once, unless the lab says otherwise. */
function readyBounds(plan: LabPlan): string[] {
  const ranges = new Map<string, Launch[]>();
  for (const launch of allLaunches(plan)) {
    const word = electorsInWords([launch.program]);
    ranges.set(word, [...(ranges.get(word) ?? []), launch]);
  }
  return [...ranges].flatMap(([word, launches]) => {
    const ready = { lo: least(launches.map(({ min }) => min)), hi: most(launches.map(({ max }) => max)) };
    if (word === 'CARP') return ready.hi === 0 ? [] : [`CARP configured ${spellRange(ready)} after the boot`];
    return [`${word} ready ${spellRange(ready)} after its launch`];
  });
}

/** What decides between equal kernels: the order of one instant, and when timers fire. */
function kernelBounds({ hosts, timersFirst }: LabPlan): string[] {
  const kernels = hosts.flatMap(({ carp }) => (carp === null ? [] : [carp]));
  if (kernels.length === 0) return [];
  return [
    `at one instant ${timersFirst ? 'CARP timers before adverts' : 'adverts before CARP timers'}`,
    ...(kernels.some(({ timers }) => timers === 'ticks')
      ? ["CARP timers by the ticks of the kernel's clock"]
      : []),
  ];
}

function frameBounds(plan: LabPlan, { latency, lostFrames, lostTowards, faultsFrom }: Campaign): string[] {
  const delays = plan.links.map((link) => link.delay);
  const range = latency ?? { lo: least(delays.map(({ lo }) => lo)), hi: most(delays.map(({ hi }) => hi)) };
  const links = plan.links.length === 0 ? 'no links' : `links ${spellRange(range)}`;
  const towards = lostTowards === undefined ? '' : ` on the way to ${lostTowards.join(', ')}`;
  const when = faultsFrom === 'settled' ? ' once settled' : '';
  const random = plan.links.some((link) => link.lossPpm > 0) ? 'random loss as the lab says' : '';
  const chosen =
    lostFrames === 0
      ? ''
      : `at most ${lostFrames} lost control frame${lostFrames === 1 ? '' : 's'} (adverts, ARP)${towards}${when}`;
  const loss = [chosen, random].filter((text) => text !== '').join(' and ');
  return [`${links}, ${loss === '' ? 'no loss' : loss}`];
}

const least = (spans: readonly Nanoseconds[]): Nanoseconds => (spans.length === 0 ? 0 : Math.min(...spans));
const most = (spans: readonly Nanoseconds[]): Nanoseconds => Math.max(0, ...spans);

/** `50us` → `50 µs`. */
const spell = (span: Nanoseconds): string =>
  formatDuration(span).replace(/[a-z]+$/, (unit) => ` ${unit === 'us' ? 'µs' : unit}`);

/** `50 to 500 µs`, `500 µs to 2 ms`, or `50 µs`. */
function spellRange({ lo, hi }: { readonly lo: Nanoseconds; readonly hi: Nanoseconds }): string {
  if (lo === hi) return spell(lo);
  const [low = '', lowUnit] = spell(lo).split(' ');
  const [high, highUnit] = spell(hi).split(' ');
  return lowUnit === highUnit ? `${low} to ${high} ${highUnit}` : `${low} ${lowUnit} to ${high} ${highUnit}`;
}
