import { type ClientTargetReport, type FailureKind, NO_FAILURES, type Outage } from './client-outages.js';
import type { ConnectionCounts } from './connection-counts.js';
import type { ConnectionLife, SentReset } from './connection-life.js';
import type { Interval } from './interval.js';
import type { Latency } from './latency.js';
import { lifeSteps } from './life-steps.js';
import type { Report } from './report.js';
import { type JsonObject, jsonSeconds } from './run-json-events.js';
import type { ServiceReport } from './service-report.js';
import type { Surroundings } from './surroundings.js';

/** From and to in seconds. */
export const intervalJson = ({ from, to }: Interval): { from: number; to: number } => ({
  from: jsonSeconds(from),
  to: jsonSeconds(to),
});

const secondsOrNull = (time: number | null): number | null => (time === null ? null : jsonSeconds(time));

function outageJson(outage: Outage): JsonObject {
  return {
    ...intervalJson(outage),
    attempts: outage.attempts,
    kind: outage.kind,
    failed: { ...outage.kinds },
    ended: outage.hasEnded,
  };
}

function latencyJson(latency: Latency | null): JsonObject | null {
  return latency === null
    ? null
    : {
        min: jsonSeconds(latency.min),
        median: jsonSeconds(latency.median),
        p90: jsonSeconds(latency.p90),
        p99: jsonSeconds(latency.p99),
        max: jsonSeconds(latency.max),
      };
}

function countsJson(counts: ConnectionCounts): JsonObject {
  return {
    asked: counts.asked,
    opened: counts.opened,
    broken: counts.broken,
    broken_by: { ...counts.brokenBy },
    reset_by: { ...counts.resetBy },
    open: counts.open,
    retransmissions: counts.retransmissions,
    longest_hang: secondsOrNull(counts.longestHang),
    hangs_since: secondsOrNull(counts.hangsSince),
  };
}

/** What one client saw of one target. */
export function targetJson(target: ClientTargetReport): JsonObject {
  return {
    name: target.client,
    node: target.node,
    target: target.target,
    attempts: target.attempts,
    ok: target.ok,
    failed: { ...target.failed },
    startup: target.startup === null ? null : outageJson(target.startup),
    outages: target.outages.map(outageJson),
    served: target.served.map((service) => ({
      node: service.by,
      ...intervalJson(service),
      answers: service.answers,
    })),
    latency: latencyJson(target.latency),
    connections: countsJson(target.connections),
  };
}

/** What all clients of a VIP saw of it. */
export function serviceJson(service: ServiceReport): JsonObject {
  return {
    attempts: service.attempts,
    ok: service.ok,
    failed: { ...service.failed },
    connections: countsJson(service.connections),
    latency: latencyJson(service.latency),
    outages: service.outages.map(intervalJson),
    worst:
      service.worst === null ? null : { client: service.worst.client, ...intervalJson(service.worst.outage) },
  };
}

const resetJson = ({ at, by, reason }: SentReset): JsonObject => ({ t: jsonSeconds(at), node: by, reason });

/** The life of one connection. */
export function connectionJson(report: Report, life: ConnectionLife, surroundings: Surroundings): JsonObject {
  const failed: Record<FailureKind, number> = { ...NO_FAILURES };
  for (const { result } of life.requests) if (result !== 'ok') failed[result]++;
  return {
    name: life.name,
    client: life.client,
    node: life.node,
    number: life.number,
    server: life.server,
    local: life.local,
    opened: jsonSeconds(life.openedAt),
    established: secondsOrNull(life.establishedAt),
    with: life.with,
    kept: life.isKept,
    requests: { ok: life.requests.filter(({ result }) => result === 'ok').length, failed },
    retransmissions: life.retransmissions.map(({ at, by, kind, sequence, length, count }) => ({
      t: jsonSeconds(at),
      node: by,
      kind,
      sequence,
      length,
      count,
    })),
    resets: life.resets.map(resetJson),
    end: {
      how: life.end.how,
      t: jsonSeconds(life.end.at),
      error: life.end.error,
      reset: life.end.reset === null ? null : resetJson(life.end.reset),
    },
    broken:
      life.broken === null
        ? null
        : {
            by: life.broken.by,
            t: jsonSeconds(life.broken.at),
            node: life.broken.node,
            hung: secondsOrNull(life.broken.hung),
          },
    hangs_since: secondsOrNull(life.hangsSince),
    life: lifeSteps(report, life, undefined, surroundings).map(({ time, node, kind, text }) => ({
      t: jsonSeconds(time),
      node,
      kind,
      text,
    })),
  };
}
