import { MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import { whyCarpMaster } from './carp-reasons.js';
import {
  type AdvertEvent,
  type ElectionEvents,
  instanceNames,
  instanceOf,
  lastBefore,
  type StateEvent,
} from './election-events.js';
import type { InstanceFacts, VipFacts } from './run-facts.js';
import { exactSeconds, type SecondsFormat } from './spans-of-time.js';

/** Why an instance became master, and which advert mattered. */
export interface MasterReason {
  readonly text: string;
  /** The last advert after which its timer ran, if it was an advert. */
  readonly advert: AdvertEvent | null;
}

/** keepalived's timers end up to 5 ms late (recorded); an advert's way through the LAN comes on top. */
const TOLERANCE = 10 * MILLISECOND;
/** RFC 5798 §5.2.4: skew is (256 - priority) / 256 of an interval. */
const PRIORITIES = 256;
/** How many adverts back a timer may have begun. */
const ADVERTS_BACK = 64;

interface Formula {
  readonly span: Nanoseconds;
  readonly text: string;
}

/** Why a node became master of a VIP. */
export const whyMaster = (
  events: ElectionEvents,
  vip: VipFacts,
  state: StateEvent,
  seconds: SecondsFormat,
): MasterReason =>
  state.name === 'carp.state'
    ? whyCarpMaster(events, vip, state, seconds)
    : whyVrrpMaster(events, vip, state, seconds);

/**
 * Of VRRP: which span had passed since what. The trace does not say which adverts arrived, so the spans of the protocol
 * are laid against what happened: the one that fits is the reason.
 */
function whyVrrpMaster(
  events: ElectionEvents,
  vip: VipFacts,
  state: TraceEvent<'vrrp.state'>,
  seconds: SecondsFormat,
): MasterReason {
  const instance = instanceOf(vip, state);
  if (instance === undefined) return { text: '', advert: null };
  const formulas = masterDownIntervals(instance, state.priority);
  const after = (base: Nanoseconds): string => `${seconds(state.time - base)} s after`;
  const isRival = (event: { readonly node: string; readonly instance: string }): boolean =>
    event.node !== state.node && instanceNames(vip, event.node).has(event.instance);

  const goodbye = lastBefore(
    events.goodbyes,
    state.time,
    (event) => event.node === state.node && event.instance === state.instance,
  );
  for (const { skew } of skews(instance, state.priority)) {
    if (goodbye !== null && isNear(state.time - goodbye.time, skew.span)) {
      return {
        text: `${after(goodbye.time)} ${goodbye.from}'s goodbye (priority 0): ${skew.text}`,
        advert: null,
      };
    }
  }
  const backup = lastBefore(
    events.states,
    state.time,
    (event) => event.node === state.node && event.instance === state.instance && event.to === 'BACKUP',
  );
  const backupAt = backup?.time ?? 0;
  let looked = 0;
  for (let index = events.adverts.length - 1; index >= 0 && looked < ADVERTS_BACK; index--) {
    const advert = events.adverts[index];
    if (
      advert?.name !== 'vrrp.advert-sent' ||
      advert.time > state.time ||
      !isRival(advert) ||
      advert.priority < state.priority
    )
      continue;
    if (advert.time < backupAt) break;
    looked++;
    const formula = formulas.find(({ span }) => isNear(state.time - advert.time, span));
    if (formula === undefined) continue;
    // A lower advert does not restart the timer (keepalived vrrp_state_backup), so the one that counts may be older.
    const isLast = events.lastAdvert(vip, advert.node, state.time) === advert;
    const which = isLast ? 'last advert' : `last ${advert.priority} advert`;
    const text = `${after(advert.time)} ${advert.node}'s ${which} (${seconds(advert.time)}): ${formula.text}`;
    return { text: text + outrankedText(events, vip, state, advert.time, isRival), advert };
  }
  if (backup !== null && formulas.some(({ span }) => isNear(state.time - backup.time, span))) {
    const outranked = outrankedText(events, vip, state, backup.time, isRival);
    return {
      text: `${after(backup.time)} BACKUP${outranked === '' ? ', no advert heard' : outranked}`,
      advert: null,
    };
  }
  return { text: '', advert: null };
}

/** `: 150 beats n2's 100, n2 yields at its advert`, if a lower one was master until then. */
function outrankedText(
  events: ElectionEvents,
  vip: VipFacts,
  state: TraceEvent<'vrrp.state'>,
  since: Nanoseconds,
  isRival: (event: TraceEvent<'vrrp.advert-sent'>) => boolean,
): string {
  const lower = lastBefore(
    events.adverts,
    state.time,
    (event) =>
      event.name === 'vrrp.advert-sent' &&
      event.time > since &&
      isRival(event) &&
      event.priority < state.priority,
  );
  if (lower?.name !== 'vrrp.advert-sent') return '';
  const yields = events.yieldAfter(vip, state.time);
  const end = yields !== null && yields.node === lower.node ? `, ${yields.node} yields at its advert` : '';
  return `: ${state.priority} beats ${lower.node}'s ${lower.priority}${end}`;
}

const isNear = (span: Nanoseconds, wanted: Nanoseconds): boolean => Math.abs(span - wanted) <= TOLERANCE;

/** Skew_Time of VRRP version 2 (of one second, RFC 3768 §6.1) and 3 (of one interval, RFC 5798 §6.1). */
function skews(instance: InstanceFacts, priority: number): { readonly skew: Formula }[] {
  const part = PRIORITIES - priority;
  const interval = instance.advertIntervalNs;
  const two: Formula = { span: Math.floor((part * SECOND) / PRIORITIES), text: `${part}/${PRIORITIES} s` };
  if (interval === SECOND) return [{ skew: two }];
  const three: Formula = {
    span: Math.floor((part * interval) / PRIORITIES),
    text: `${part}/${PRIORITIES} x ${exactSeconds(interval)} s`,
  };
  return [{ skew: two }, { skew: three }];
}

/** Master_Down_Interval = 3 x Advertisement_Interval + Skew_Time (RFC 5798 §6.1). */
function masterDownIntervals(instance: InstanceFacts, priority: number): Formula[] {
  return skews(instance, priority).map(({ skew }) => ({
    span: 3 * instance.advertIntervalNs + skew.span,
    text: `3 x ${exactSeconds(instance.advertIntervalNs)} s + ${skew.text}`,
  }));
}
