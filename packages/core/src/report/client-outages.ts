import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import type { Interval } from './interval.js';

/** How an attempt failed. */
export type FailureKind = 'timeout' | 'unreachable' | 'refused';

/** A time without service for a client: from its first failed attempt to the next that succeeded. */
export interface Outage extends Interval {
  /** The VIP it asked. */
  readonly target: string;
  readonly attempts: number;
  /** How most of the attempts failed. */
  readonly kind: FailureKind;
  readonly kinds: Readonly<Record<FailureKind, number>>;
  /** False if no attempt succeeded any more. */
  readonly hasEnded: boolean;
}

/** A time in which one node answered. */
export interface Service extends Interval {
  readonly by: string;
  readonly answers: number;
}

/** What one client saw of one VIP. */
export interface ClientTargetReport {
  readonly client: string;
  readonly node: string;
  readonly target: string;
  readonly attempts: number;
  readonly ok: number;
  readonly failed: Readonly<Record<FailureKind, number>>;
  /** Failed attempts before the first success: the service was not there yet. Null if the first attempt succeeded. */
  readonly startup: Outage | null;
  readonly outages: readonly Outage[];
  /** Who answered, from the first answer's sending to the last one's; a failure does not end a service, another node does. */
  readonly served: readonly Service[];
  /** Of the answered attempts, in ns; null if there was none. */
  readonly latency: {
    readonly min: Nanoseconds;
    readonly median: Nanoseconds;
    readonly max: Nanoseconds;
  } | null;
}

type ResultEvent = TraceEvent<'client.result'>;

/** `192.168.1.100:8080` is a server at the address `192.168.1.100`. */
const addressOfServer = (server: string): string => server.split(':')[0] ?? server;

/**
 * Reads the `client.result` events of one client and VIP. Attempts count in the order in which they were sent: a
 * timed-out one ends after later ones have succeeded.
 */
export function clientTargetReportOf(
  events: readonly TraceEvent[],
  client: { readonly name: string; readonly node: string; readonly target: string },
  duration: Nanoseconds,
): ClientTargetReport {
  const results = events
    .filter((event): event is ResultEvent => event.name === 'client.result' && event.client === client.name)
    .filter((event) => event.node === client.node && addressOfServer(event.server) === client.target)
    .sort((one, other) => one.sentAt - other.sentAt || one.attempt - other.attempt);
  const failed: Record<FailureKind, number> = { timeout: 0, unreachable: 0, refused: 0 };
  const outages: Outage[] = [];
  const served: Service[] = [];
  const latencies: Nanoseconds[] = [];
  let startup: Outage | null = null;
  let lost: ResultEvent[] = [];
  const endOutage = (to: Nanoseconds, hasEnded: boolean): void => {
    const outage = outageOf(lost, client.target, to, hasEnded);
    lost = [];
    if (outage === null) return;
    if (latencies.length === 0) startup = outage;
    else outages.push(outage);
  };
  for (const event of results) {
    if (event.result !== 'ok') {
      failed[event.result]++;
      lost.push(event);
      continue;
    }
    endOutage(event.sentAt, true);
    latencies.push(event.time - event.sentAt);
    const last = served.at(-1);
    const by = event.by ?? '?';
    if (last?.by === by) served[served.length - 1] = { ...last, to: event.sentAt, answers: last.answers + 1 };
    else served.push({ by, from: event.sentAt, to: event.sentAt, answers: 1 });
  }
  endOutage(duration, false);
  return {
    client: client.name,
    node: client.node,
    target: client.target,
    attempts: results.length,
    ok: latencies.length,
    failed,
    startup,
    outages,
    served,
    latency: latencyOf(latencies),
  };
}

function outageOf(
  lost: readonly ResultEvent[],
  target: string,
  to: Nanoseconds,
  hasEnded: boolean,
): Outage | null {
  const first = lost[0];
  if (first === undefined) return null;
  const kinds: Record<FailureKind, number> = { timeout: 0, unreachable: 0, refused: 0 };
  for (const { result } of lost) if (result !== 'ok') kinds[result]++;
  let kind: FailureKind = 'timeout';
  for (const other of ['unreachable', 'refused'] as const) if (kinds[other] > kinds[kind]) kind = other;
  return { from: first.sentAt, to, target, attempts: lost.length, kind, kinds, hasEnded };
}

function latencyOf(latencies: readonly Nanoseconds[]): ClientTargetReport['latency'] {
  const sorted = latencies.toSorted((one, other) => one - other);
  const [min, median, max] = [sorted[0], sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  return min === undefined || median === undefined || max === undefined ? null : { min, median, max };
}

/** `15 attempts timed out`, `3 refused, 1 timed out`. */
export function failuresInWords(kinds: Readonly<Record<FailureKind, number>>): string {
  const verbs = { timeout: 'timed out', unreachable: 'unreachable', refused: 'refused' } as const;
  const parts = (['timeout', 'unreachable', 'refused'] as const).filter((kind) => kinds[kind] > 0);
  return parts
    .map(
      (kind, index) =>
        `${kinds[kind]} ${index > 0 ? '' : kinds[kind] === 1 ? 'attempt ' : 'attempts '}${verbs[kind]}`,
    )
    .join(', ');
}
