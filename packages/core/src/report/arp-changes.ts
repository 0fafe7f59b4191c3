import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';

/** A client's neighbour entry for a VIP got another MAC. */
export interface ArpChange {
  readonly at: Nanoseconds;
  readonly address: string;
  /** Null: the entry has none any more. */
  readonly mac: string | null;
  readonly was: string | null;
  /** Whose MAC it is; null if nobody's or of several nodes (a shared virtual MAC). */
  readonly owner: string | null;
}

/** Which node uses which MAC addresses, as its own announcements and answers say; null: several do. */
export function macOwnersOf(events: readonly TraceEvent[]): ReadonlyMap<string, string | null> {
  const owners = new Map<string, string | null>();
  for (const event of events) {
    if (event.name !== 'arp.announced' && event.name !== 'arp.replied') continue;
    const known = owners.get(event.mac);
    if (known === undefined) owners.set(event.mac, event.node);
    else if (known !== event.node) owners.set(event.mac, null);
  }
  return owners;
}

/** The changes of the neighbour entries of `client` for the given addresses, in order. */
export function arpChangesOf(
  events: readonly TraceEvent[],
  client: string,
  addresses: ReadonlySet<string>,
  macOwners: ReadonlyMap<string, string | null>,
): ArpChange[] {
  const changes: ArpChange[] = [];
  for (const event of events) {
    if (event.name !== 'arp.learned' || event.node !== client || !addresses.has(event.address)) continue;
    const owner = event.mac === null ? null : (macOwners.get(event.mac) ?? null);
    changes.push({ at: event.time, address: event.address, mac: event.mac, was: event.was, owner });
  }
  return changes;
}
