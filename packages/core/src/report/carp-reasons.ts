import { MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';
import type { CarpReason, CarpRejection, TraceEvent } from '../trace/index.js';
import {
  type AdvertEvent,
  countUntil,
  type ElectionEvents,
  instanceOf,
  lastBefore,
} from './election-events.js';
import type { InstanceFacts, VipFacts } from './run-facts.js';
import { exactSeconds, type SecondsFormat, spanInWords } from './spans-of-time.js';

/** A virtual host of CARP entered a state. */
export type CarpState = TraceEvent<'carp.state'>;
/** It sent an advert. */
export type CarpAdvert = TraceEvent<'carp.advert-sent'>;

/** Why it became MASTER, and which advert mattered. */
export interface CarpMasterReason {
  readonly text: string;
  readonly advert: AdvertEvent | null;
}

/** A kernel's clock is up to 20 ms off (OpenBSD's two ticks); an advert's way through the LAN comes on top. */
const TOLERANCE = 25 * MILLISECOND;
/** OpenBSD's farewell has both advbase and advskew 255 (`carp_send_ad`, `sc_bow_out`). */
const FAREWELL = 255;
const SKEW_UNITS = 256;
const PRIORITIES = 256;

/** True for the last advert of a virtual host whose interface is being set down. */
export const isFarewell = ({ advbase, advskew }: CarpAdvert): boolean =>
  advbase === FAREWELL && advskew === FAREWELL;

/** What an advert says of its sender: `1/100` for advbase 1 and advskew 100. */
export const advertInWords = ({ advbase, advskew, demotion }: CarpAdvert): string =>
  `${advbase}/${advskew}${demotion === 0 ? '' : `, demoted ${demotion}`}`;

/** Why a virtual host became MASTER of a VIP, in words. */
export function whyCarpMaster(
  events: ElectionEvents,
  vip: VipFacts,
  state: CarpState,
  seconds: SecondsFormat,
): CarpMasterReason {
  const instance = instanceOf(vip, state);
  if (instance === undefined) return { text: '', advert: null };
  if (state.reason === 'timeout') return whyTimedOut(events, vip, state, instance, seconds);
  if (state.reason === 'forced') return { text: 'forced: state master', advert: null };
  const { rival, advert } = rivalOf(events, vip, state);
  if (advert?.name === 'carp.advert-sent' && isFarewell(advert))
    return { text: `${rival} says goodbye (advert ${FAREWELL}/${FAREWELL})`, advert };
  return { text: whyTakenOver(state, instance, rival, advert), advert };
}

function whyTakenOver(
  state: CarpState,
  instance: InstanceFacts,
  rival: string,
  advert: AdvertEvent | null,
): string {
  switch (state.reason) {
    case 'preempts':
      return `preempts ${rival}${advert === null ? '' : `: ${comparedWith(state, instance, advert)}`}`;
    case 'will-time-out':
      return advert === null
        ? `${rival} advertises too rarely`
        : `${rival} advertises every ${exactSeconds(advert.interval)} s only: taken for dead before it times out`;
    case 'demoted-master':
      return advert?.name !== 'carp.advert-sent'
        ? `${rival} is demoted more`
        : `takes over: ${rival} is demoted by ${advert.demotion}, ${state.node} by ${state.demotion}`;
    default:
      return reasonInWords(state.reason);
  }
}

/** `advskew 0 beats its 100`: the virtual host's own settings against an advert that it has heard. */
function comparedWith(state: CarpState, instance: InstanceFacts, heard: AdvertEvent): string {
  if (heard.name === 'vrrp.advert-sent' && heard.priority < instance.priority)
    return `priority ${instance.priority} beats its ${heard.priority}`;
  return heard.name === 'carp.advert-sent' && heard.advbase === state.advbase
    ? `advskew ${state.advskew} beats its ${heard.advskew}`
    : `an advert every ${exactSeconds(instance.advertIntervalNs)} s beats its every ${exactSeconds(heard.interval)} s`;
}

/** Which silence the master-down timer has measured. */
function whyTimedOut(
  events: ElectionEvents,
  vip: VipFacts,
  state: CarpState,
  instance: InstanceFacts,
  seconds: SecondsFormat,
): CarpMasterReason {
  const backup = lastBefore(
    events.states,
    state.time,
    (event) => event.node === state.node && event.instance === state.instance && event.to === 'BACKUP',
  );
  const since = backup?.time ?? 0;
  const sent = rivalAdverts(events, vip, state, since);
  const last = nearestTo(sent, state.time - patienceOf(instance, sent));
  const rejected = rejectedSince(events, state, last?.time ?? since);
  if (last === null) {
    const silence = `${seconds(state.time - since)} s after BACKUP`;
    const rivals = [...new Set(sent.map(({ node }) => node))].join(' and ');
    if (rivals === '') return { text: `${silence}, no advert heard`, advert: null };
    const why =
      rejected === ''
        ? `nothing of ${rivals} has arrived${isDualStack(sent) ? ' over one of its address families' : ''}`
        : `it rejects the adverts of ${rivals} (${rejected})`;
    return { text: `${silence}: ${why}`, advert: null };
  }
  const later = sent.filter(({ time, node }) => node === last.node && time > last.time);
  const which = later.length === 0 ? 'last advert' : 'advert';
  const text = `${seconds(state.time - last.time)} s after ${last.node}'s ${which} (${seconds(last.time)}): ${patienceInWords(instance, sent)}`;
  return { text: text + lostInWords(later, sent, rejected), advert: last };
}

/** What became of the adverts that a master has sent after the one from which the timer ran. */
function lostInWords(later: readonly AdvertEvent[], sent: readonly AdvertEvent[], rejected: string): string {
  if (later.length === 0) return '';
  if (rejected !== '') return `; it rejects what came after (${rejected})`;
  if (isDualStack(sent)) return '; over one of its address families nothing came after';
  return `; ${later.length} more ${later.length === 1 ? 'was' : 'were'} lost`;
}

/** A virtual host with addresses of both families sends two adverts, and each has a timer of its own. */
const isDualStack = (sent: readonly AdvertEvent[]): boolean =>
  new Set(sent.map(({ destination }) => destination.includes(':'))).size > 1;

/** FreeBSD's VRRPv3 counts in these. */
const CENTISECOND = 10 * MILLISECOND;

/** How long it waits: of VRRP by the interval of the last advert that anybody has sent (`vrrp_input_c`), or 1 s. */
function patienceOf(
  { protocol, priority, masterDownNs }: InstanceFacts,
  sent: readonly AdvertEvent[],
): Nanoseconds {
  if (protocol === 'carp') return masterDownNs;
  const interval = (sent.at(-1)?.interval ?? SECOND) / CENTISECOND;
  return (3 * interval + Math.floor(((PRIORITIES - priority) * interval) / PRIORITIES)) * CENTISECOND;
}

/** `3 x 1 s + 100/256 s`. */
function patienceInWords(instance: InstanceFacts, sent: readonly AdvertEvent[]): string {
  const { protocol, priority, advertIntervalNs, masterDownNs } = instance;
  const advbase = Math.floor(advertIntervalNs / SECOND);
  const skew = advertIntervalNs - advbase * SECOND;
  if (protocol !== 'carp' || advbase === 0 || masterDownNs !== 3 * advbase * SECOND + skew)
    return protocol === 'vrrp'
      ? `${exactSeconds(patienceOf(instance, sent))} s`
      : // ucarp looks at the clock when poll(2) ends.
        `at most ${spanInWords(masterDownNs)}`;
  return `3 x ${advbase} s${priority === 0 ? '' : ` + ${priority}/${SKEW_UNITS} s`}`;
}

/** Why a virtual host left MASTER, or came to another state than MASTER, in words. */
export function whyCarpState(events: ElectionEvents, vip: VipFacts, state: CarpState): string {
  const instance = instanceOf(vip, state);
  if (state.to !== 'BACKUP' || state.from !== 'MASTER' || instance === undefined)
    return reasonInWords(state.reason);
  const { rival, advert } = rivalOf(events, vip, state);
  switch (state.reason) {
    case 'better-advert':
      return `yields to ${rival}${advert === null ? '' : `: ${beatenBy(events, state, instance, advert)}`}`;
    case 'equal-advert':
      return instance.name.startsWith('ucarp')
        ? `yields to ${rival}: equal, and its address is the lower`
        : `yields to an equal advert of ${rival}: no address decides between equals`;
    case 'less-demoted':
      return advert?.name !== 'carp.advert-sent'
        ? `yields to ${rival}: it is demoted less`
        : `yields to ${rival}: demoted by ${advert.demotion}, ${state.node} by ${state.demotion}`;
    case 'forced':
      return 'forced: state backup';
    default:
      return reasonInWords(state.reason);
  }
}

/** `its advskew 0 beats 100`. */
function beatenBy(
  events: ElectionEvents,
  state: CarpState,
  instance: InstanceFacts,
  heard: AdvertEvent,
): string {
  if (heard.name === 'vrrp.advert-sent') {
    return heard.interval < instance.advertIntervalNs
      ? `an advert every ${exactSeconds(heard.interval)} s beats every ${exactSeconds(instance.advertIntervalNs)} s`
      : `priority ${heard.priority} beats ${instance.priority}`;
  }
  const own = lastBefore(
    events.adverts,
    state.time,
    (event) => event.node === state.node && event.instance === state.instance,
  );
  const advskew = own?.name === 'carp.advert-sent' ? own.advskew : state.advskew;
  const demoted = advskew > instance.priority ? ' (demoted)' : '';
  return heard.advbase === state.advbase
    ? `its advskew ${heard.advskew} beats ${advskew}${demoted}`
    : `an advert every ${exactSeconds(heard.interval)} s beats every ${exactSeconds(own?.interval ?? instance.advertIntervalNs)} s`;
}

const REASONS: Readonly<Record<CarpReason, string>> = {
  start: 'start',
  'link-up': 'carrier is back',
  'interface-up': 'its interface is set up',
  'address-changed': 'an address came or went: it starts over',
  configured: 'configured anew',
  allowed: 'net.inet.carp.allow is 1 again',
  timeout: 'no advert heard',
  preempts: 'preempts',
  'will-time-out': 'the master advertises too rarely',
  'demoted-master': 'the master is demoted more',
  forced: 'forced',
  'better-advert': 'a better advert',
  'equal-advert': 'an equal advert',
  'less-demoted': 'the other is demoted less',
  signal: 'SIGUSR2',
  'link-down': 'no carrier',
  'interface-down': 'its interface is set down',
  disallowed: 'net.inet.carp.allow is 0',
  stopped: 'shut down',
};

/** A reason of CARP in a few words. */
export const reasonInWords = (reason: CarpReason): string => REASONS[reason];

const REJECTIONS: Readonly<Record<CarpRejection, string>> = {
  badttl: 'TTL is not 255',
  badlen: 'too short for CARP',
  badsum: 'wrong checksum',
  badvhid: 'no such vhid here',
  badver: 'another version',
  badauth: 'another password or other addresses',
  badif: 'no CARP on this interface',
  loop: 'its own advert, in a loop',
  disallowed: 'net.inet.carp.allow is 0',
};

/** A rejected advert by the kernel's counter and in words: `badauth: another password or other addresses`. */
export const rejectionInWords = (reason: CarpRejection): string => `${reason}: ${REJECTIONS[reason]}`;

/** The last rejection at a virtual host since an instant, by its counter; empty if there is none. */
function rejectedSince(events: ElectionEvents, state: CarpState, since: Nanoseconds): string {
  const found = lastBefore(
    events.rejections,
    state.time,
    (event) => event.node === state.node && event.vhid === state.vhid,
  );
  return found === null || found.time < since ? '' : rejectionInWords(found.reason);
}

/** Whose advert made a virtual host change its state. */
function rivalOf(
  events: ElectionEvents,
  vip: VipFacts,
  state: CarpState,
): { readonly rival: string; readonly advert: AdvertEvent | null } {
  const known = state.peer === null ? null : events.nodeAt(state.peer);
  const advert = lastBefore(
    events.adverts,
    // Its way takes time.
    state.time - 1,
    (event) =>
      vhidOf(event) === state.vhid && (known === null ? isRival(vip, state, event) : event.node === known),
  );
  return {
    rival: known ?? advert?.node ?? state.peer ?? 'another',
    advert,
  };
}

const vhidOf = (advert: AdvertEvent): number =>
  advert.name === 'carp.advert-sent' ? advert.vhid : advert.vrid;

/** How many adverts back a timer may have begun: 256 a second with advbase 0. */
const ADVERTS_BACK = 4096;

/** What others have sent since an instant and before a change of state, in order. */
function rivalAdverts(
  events: ElectionEvents,
  vip: VipFacts,
  state: CarpState,
  since: Nanoseconds,
): AdvertEvent[] {
  const found: AdvertEvent[] = [];
  for (let index = countUntil(events.adverts, state.time - 1) - 1; index >= 0; index--) {
    const event = events.adverts[index];
    if (event === undefined || event.time < since || found.length === ADVERTS_BACK) break;
    if (vhidOf(event) === state.vhid && isRival(vip, state, event)) found.push(event);
  }
  return found.reverse();
}

const isRival = (vip: VipFacts, state: CarpState, event: { node: string; instance: string }): boolean =>
  event.node !== state.node && instanceOf(vip, event) !== undefined;

function nearestTo(adverts: readonly AdvertEvent[], time: Nanoseconds): AdvertEvent | null {
  let nearest: AdvertEvent | null = null;
  for (const advert of adverts) {
    const distance = Math.abs(advert.time - time);
    if (distance <= TOLERANCE && (nearest === null || distance <= Math.abs(nearest.time - time)))
      nearest = advert;
  }
  return nearest;
}
