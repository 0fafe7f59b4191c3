import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import {
  type ClientTargetReport,
  FAILURE_KINDS,
  type FailureKind,
  NO_FAILURES,
  type Outage,
} from './client-outages.js';
import { type ConnectionCounts, countConnections } from './connection-counts.js';
import type { ConnectionLife } from './connection-life.js';
import { type Interval, lengthOf } from './interval.js';
import { type Latency, latencyOf } from './latency.js';
import { addressOfServer } from './server-address.js';
import { addressOfLabel } from './vip-label.js';

/** What all clients of a VIP together saw of it. */
export interface ServiceReport {
  readonly attempts: number;
  readonly ok: number;
  readonly failed: Readonly<Record<FailureKind, number>>;
  readonly connections: ConnectionCounts;
  /** Of all answered attempts; null if there was none. */
  readonly latency: Latency | null;
  /** When at least one client was without service; apart from each other, in order. */
  readonly outages: readonly Interval[];
  /** The longest that one client was without service, and which; null if none was. */
  readonly worst: { readonly client: string; readonly outage: Outage } | null;
}

/** Sums up the clients of one VIP. */
export function serviceReportOf(
  events: readonly TraceEvent[],
  address: string,
  targets: readonly ClientTargetReport[],
  connections: readonly ConnectionLife[],
): ServiceReport {
  const own = targets.filter(({ target }) => target === address);
  const clients = new Set(own.map(({ node, client }) => `${node} ${client}`));
  const failed: Record<FailureKind, number> = { ...NO_FAILURES };
  for (const target of own) for (const kind of FAILURE_KINDS) failed[kind] += target.failed[kind];
  const times: Nanoseconds[] = [];
  for (const event of events) {
    if (event.name !== 'client.result' || event.result !== 'ok') continue;
    if (
      clients.has(`${event.node} ${event.client}`) &&
      addressOfServer(event.server) === addressOfLabel(address)
    )
      times.push(event.time - event.sentAt);
  }
  let worst: ServiceReport['worst'] = null;
  for (const { client, outages } of own) {
    for (const outage of outages) {
      if (worst === null || lengthOf(outage) > lengthOf(worst.outage)) worst = { client, outage };
    }
  }
  return {
    attempts: own.reduce((sum, { attempts }) => sum + attempts, 0),
    ok: own.reduce((sum, { ok }) => sum + ok, 0),
    failed,
    connections: countConnections(connections.filter(({ target }) => target === address)),
    latency: latencyOf(times),
    outages: unionOf(own.flatMap(({ outages }) => outages)),
    worst,
  };
}

/** The time that at least one of the intervals covers. */
function unionOf(intervals: readonly Interval[]): Interval[] {
  const union: Interval[] = [];
  for (const { from, to } of intervals.toSorted((one, other) => one.from - other.from)) {
    const last = union.at(-1);
    if (last !== undefined && from <= last.to)
      union[union.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else union.push({ from, to });
  }
  return union;
}
