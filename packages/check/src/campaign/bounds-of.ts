import { formatDuration, type LabPlan, type Nanoseconds } from '@viplab/core';
import { type Campaign, type FaultKind, LONGEST_FREEZE } from './campaign.js';
import { checkCampaign, FAULT_KINDS } from './check-campaign.js';
import { faultsOf } from './faults-of.js';

/** A fault with its repair, as an operator would say it. */
const PAIRS: Readonly<Record<FaultKind, string>> = {
  'power-off': 'power-off/on',
  unplug: 'unplug/plug',
  stop: 'stop/start keepalived',
  'check-fails': 'a tracked check fails/recovers',
  'kill-9': 'kill -9/start keepalived',
  freeze: 'freeze/thaw',
  stall: 'stall/resume keepalived',
  'silent-cut': 'silent cut/heal',
  'one-way-loss': 'one-way loss/heal',
  'drop-multicast': 'multicast lost/heal',
};

/** The same without a repair. */
const ALONE: Readonly<Record<FaultKind, string>> = {
  'power-off': 'power-off',
  unplug: 'unplug',
  stop: 'stop keepalived',
  'check-fails': 'a tracked check fails',
  'kill-9': 'kill -9 keepalived',
  freeze: 'freeze',
  stall: 'stall keepalived',
  'silent-cut': 'silent cut',
  'one-way-loss': 'one-way loss',
  'drop-multicast': 'multicast lost',
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
  // Where nothing is tracked there is no check to fail, and nothing to say of it.
  const tracks = faultsOf(plan, campaign).some(({ kind }) => kind === 'check-fails');
  const kinds = FAULT_KINDS.filter((kind) => campaign.faults.includes(kind))
    .filter((kind) => kind !== 'check-fails' || tracks || campaign.faults.length === 1)
    .map((kind) => (repairs ? PAIRS : ALONE)[kind])
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
  const launches = plan.hosts.flatMap((host) => (host.keepalived === null ? [] : [host.keepalived.launch]));
  const ready = { lo: least(launches.map(({ min }) => min)), hi: most(launches.map(({ max }) => max)) };
  return [
    startWithin === 0 ? 'all nodes boot at once' : `any start order, offsets up to ${spell(startWithin)}`,
    ...(launches.length === 0 ? [] : [`keepalived ready ${spellRange(ready)} after its launch`]),
    ...(driftPpm === 0 ? [] : [`clocks off by up to ${driftPpm} ppm either way`]),
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
