import { type Nanoseconds, SECOND } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import type { InstanceFacts, NodeFacts, VipFacts } from './run-facts.js';

/** An instance of VRRP, or a virtual host of CARP, entered a state. */
export type StateEvent = TraceEvent<'vrrp.state' | 'carp.state'>;
/** It sent an advert. */
export type AdvertEvent = TraceEvent<'vrrp.advert-sent' | 'carp.advert-sent'>;
/** A master stepped down for another. */
export type YieldEvent = TraceEvent<'vrrp.yielded'> | TraceEvent<'carp.state'>;

/**
 * The events that explain elections, sorted out once for a trace.
 */
export class ElectionEvents {
  readonly states: StateEvent[] = [];
  readonly adverts: AdvertEvent[] = [];
  readonly goodbyes: TraceEvent<'vrrp.priority-zero-received'>[] = [];
  readonly yields: YieldEvent[] = [];
  readonly rejections: TraceEvent<'carp.rejected'>[] = [];
  readonly demotions: TraceEvent<'carp.demotion'>[] = [];

  /** @param nodes - who has which address, for the names of those whose adverts were heard */
  constructor(
    events: readonly TraceEvent[],
    private readonly nodes: readonly NodeFacts[] = [],
  ) {
    for (const event of events) {
      if (event.name === 'vrrp.state') this.states.push(event);
      else if (event.name === 'carp.state') {
        this.states.push(event);
        if (event.from === 'MASTER' && event.to === 'BACKUP') this.yields.push(event);
      } else if (event.name === 'vrrp.advert-sent' || event.name === 'carp.advert-sent')
        this.adverts.push(event);
      else if (event.name === 'vrrp.priority-zero-received') this.goodbyes.push(event);
      else if (event.name === 'vrrp.yielded') this.yields.push(event);
      else if (event.name === 'carp.rejected') this.rejections.push(event);
      else if (event.name === 'carp.demotion') this.demotions.push(event);
    }
  }

  /** The node that has an address of its own; null: none of the lab is known to. */
  nodeAt(address: string): string | null {
    return this.nodes.find((node) => node.address === address)?.name ?? null;
  }

  /** The change to MASTER by which a node came to own a VIP at an instant, if there is one. */
  becameMaster(vip: VipFacts, node: string, at: Nanoseconds): StateEvent | null {
    const names = instanceNames(vip, node);
    const state = lastBefore(this.states, at, (event) => event.node === node && names.has(event.instance));
    // The daemon enters MASTER first and then adds its addresses; anything much later is another story.
    return state !== null && state.to === 'MASTER' && at - state.time < SECOND ? state : null;
  }

  /** The last master of a VIP to yield within a second after an instant. */
  yieldAfter(vip: VipFacts, at: Nanoseconds): YieldEvent | null {
    const found = lastBefore(
      this.yields,
      at + SECOND - 1,
      (event) => event.time < at || instanceNames(vip, event.node).has(event.instance),
    );
    return found !== null && found.time >= at ? found : null;
  }

  /** The last advert that a node sent for a VIP up to an instant. */
  lastAdvert(vip: VipFacts, node: string, before: Nanoseconds): AdvertEvent | null {
    const names = instanceNames(vip, node);
    return lastBefore(this.adverts, before, (event) => event.node === node && names.has(event.instance));
  }
}

/** The names of a node's instances that compete for a VIP. */
export function instanceNames(vip: VipFacts, node: string): ReadonlySet<string> {
  return new Set(vip.instances.filter((instance) => instance.node === node).map(({ name }) => name));
}

/** The instance of a VIP that an event is about. */
export const instanceOf = (
  vip: VipFacts,
  event: { readonly node: string; readonly instance: string },
): InstanceFacts | undefined =>
  vip.instances.find(({ node, name }) => node === event.node && name === event.instance);

/** How many events happened up to an instant. */
export function countUntil(events: readonly { readonly time: Nanoseconds }[], time: Nanoseconds): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((events[middle]?.time ?? Number.POSITIVE_INFINITY) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last event at or before an instant that fits. */
export function lastBefore<E extends { readonly time: Nanoseconds }>(
  events: readonly E[],
  time: Nanoseconds,
  fits: (event: E) => boolean,
): E | null {
  for (let index = countUntil(events, time) - 1; index >= 0; index--) {
    const event = events[index];
    if (event !== undefined && fits(event)) return event;
  }
  return null;
}
