import { formatSeconds, MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import type { InstanceFacts, VipFacts } from './run-facts.js';
import { exactSeconds } from './spans-of-time.js';

/** Why an instance became master, and which advert mattered. */
export interface MasterReason {
  readonly text: string;
  /** The last advert after which its timer ran, if it was an advert. */
  readonly advert: TraceEvent<'vrrp.advert-sent'> | null;
}

/** keepalived's timers end up to 5 ms late (recorded); an advert's way through the LAN comes on top. */
const TOLERANCE = 10 * MILLISECOND;
/** RFC 5798 §5.2.4: skew is (256 - priority) / 256 of an interval. */
const PRIORITIES = 256;
/** How many adverts back a timer may have begun. */
const ADVERTS_BACK = 64;

/** Seconds with as many decimals as the reader asked for. */
export type SecondsFormat = (time: Nanoseconds) => string;

interface Formula {
  readonly span: Nanoseconds;
  readonly text: string;
}

/**
 * The events that explain elections, sorted out once for a trace.
 */
export class ElectionEvents {
  readonly states: TraceEvent<'vrrp.state'>[] = [];
  readonly adverts: TraceEvent<'vrrp.advert-sent'>[] = [];
  readonly goodbyes: TraceEvent<'vrrp.priority-zero-received'>[] = [];
  readonly yields: TraceEvent<'vrrp.yielded'>[] = [];

  constructor(events: readonly TraceEvent[]) {
    for (const event of events) {
      if (event.name === 'vrrp.state') this.states.push(event);
      else if (event.name === 'vrrp.advert-sent') this.adverts.push(event);
      else if (event.name === 'vrrp.priority-zero-received') this.goodbyes.push(event);
      else if (event.name === 'vrrp.yielded') this.yields.push(event);
    }
  }

  /** The change to MASTER by which a node came to own a VIP at an instant, if there is one. */
  becameMaster(vip: VipFacts, node: string, at: Nanoseconds): TraceEvent<'vrrp.state'> | null {
    const names = instanceNames(vip, node);
    const state = lastBefore(this.states, at, (event) => event.node === node && names.has(event.instance));
    // The daemon enters MASTER first and then adds its addresses; anything much later is another story.
    return state !== null && state.to === 'MASTER' && at - state.time < SECOND ? state : null;
  }

  /** The last master of a VIP to yield within a second after an instant. */
  yieldAfter(vip: VipFacts, at: Nanoseconds): TraceEvent<'vrrp.yielded'> | null {
    const found = lastBefore(
      this.yields,
      at + SECOND - 1,
      (event) => event.time < at || instanceNames(vip, event.node).has(event.instance),
    );
    return found !== null && found.time >= at ? found : null;
  }

  /** The last advert that a node sent for a VIP before an instant. */
  lastAdvert(vip: VipFacts, node: string, before: Nanoseconds): TraceEvent<'vrrp.advert-sent'> | null {
    const names = instanceNames(vip, node);
    return lastBefore(this.adverts, before, (event) => event.node === node && names.has(event.instance));
  }
}

/**
 * Why a node became master of a VIP: which span had passed since what. The trace does not say which adverts arrived, so
 * the spans of the protocol are laid against what happened: the one that fits is the reason.
 */
export function whyMaster(
  events: ElectionEvents,
  vip: VipFacts,
  state: TraceEvent<'vrrp.state'>,
  seconds: SecondsFormat,
): MasterReason {
  const instance = vip.instances.find(({ node, name }) => node === state.node && name === state.instance);
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
      advert === undefined ||
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
    (event) => event.time > since && isRival(event) && event.priority < state.priority,
  );
  if (lower === null) return '';
  const yields = events.yieldAfter(vip, state.time);
  const end = yields !== null && yields.node === lower.node ? `, ${yields.node} yields at its advert` : '';
  return `: ${state.priority} beats ${lower.node}'s ${lower.priority}${end}`;
}

function instanceNames(vip: VipFacts, node: string): ReadonlySet<string> {
  return new Set(vip.instances.filter((instance) => instance.node === node).map(({ name }) => name));
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

/** The last event at or before an instant that fits. */
export function lastBefore<E extends { readonly time: Nanoseconds }>(
  events: readonly E[],
  time: Nanoseconds,
  fits: (event: E) => boolean,
): E | null {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((events[middle]?.time ?? Number.POSITIVE_INFINITY) <= time) low = middle + 1;
    else high = middle;
  }
  for (let index = low - 1; index >= 0; index--) {
    const event = events[index];
    if (event !== undefined && fits(event)) return event;
  }
  return null;
}

/** Instants and spans with three decimals, or six where the reader wants to see more. */
export const secondsFormat =
  (decimals: number): SecondsFormat =>
  (time) =>
    formatSeconds(time, decimals);
