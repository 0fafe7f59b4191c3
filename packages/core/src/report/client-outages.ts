import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import { type ConnectionCounts, countConnections } from './connection-counts.js';
import type { ConnectionLife } from './connection-life.js';
import type { Interval } from './interval.js';
import { type Latency, latencyOf } from './latency.js';
import { addressOfServer } from './server-address.js';
import { addressOfLabel } from './vip-label.js';

/** How an attempt failed; `eof`: the server hung up without an answer, `error`: it answered with one. */
export type FailureKind = 'timeout' | 'unreachable' | 'refused' | 'reset' | 'eof' | 'error';

/** No failure of any kind. */
export const NO_FAILURES: Readonly<Record<FailureKind, number>> = {
  timeout: 0,
  unreachable: 0,
  refused: 0,
  reset: 0,
  eof: 0,
  error: 0,
};

/** Every way to fail, in the order in which they are told. */
export const FAILURE_KINDS = Object.keys(NO_FAILURES) as FailureKind[];

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
  /** Of the answered attempts; null if there was none. */
  readonly latency: Latency | null;
  /** Its connections; all 0 for a client that has none (UDP). */
  readonly connections: ConnectionCounts;
}

type ResultEvent = TraceEvent<'client.result'>;

/**
 * Reads the `client.result` events of one client and VIP. Attempts count in the order in which they were sent: a
 * timed-out one ends after later ones have succeeded.
 */
export function clientTargetReportOf(
  events: readonly TraceEvent[],
  client: { readonly name: string; readonly node: string; readonly target: string },
  duration: Nanoseconds,
  connections: readonly ConnectionLife[] = [],
): ClientTargetReport {
  const address = addressOfLabel(client.target);
  const results = events
    .filter((event): event is ResultEvent => event.name === 'client.result' && event.client === client.name)
    .filter((event) => event.node === client.node && addressOfServer(event.server) === address)
    .sort((one, other) => one.sentAt - other.sentAt || one.attempt - other.attempt);
  const failed: Record<FailureKind, number> = { ...NO_FAILURES };
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
    connections: countConnections(connections),
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
  const kinds: Record<FailureKind, number> = { ...NO_FAILURES };
  for (const { result } of lost) if (result !== 'ok') kinds[result]++;
  let kind: FailureKind = 'timeout';
  for (const other of FAILURE_KINDS) if (kinds[other] > kinds[kind]) kind = other;
  return { from: first.sentAt, to, target, attempts: lost.length, kind, kinds, hasEnded };
}

/** `15 attempts timed out`, `3 attempts refused, 1 timed out`, `2 resets`. */
export function failuresInWords(kinds: Readonly<Record<FailureKind, number>>): string {
  let saidOfWhat = false;
  return FAILURE_KINDS.filter((kind) => kinds[kind] > 0)
    .map((kind) => {
      const count = kinds[kind];
      if (kind === 'reset') return `${count} ${count === 1 ? 'reset' : 'resets'}`;
      const what = saidOfWhat ? '' : count === 1 ? 'attempt ' : 'attempts ';
      saidOfWhat = true;
      return `${count} ${what}${VERBS[kind]}`;
    })
    .join(', ');
}

const VERBS: Readonly<Record<Exclude<FailureKind, 'reset'>, string>> = {
  timeout: 'timed out',
  unreachable: 'unreachable',
  refused: 'refused',
  eof: 'hung up on',
  error: 'answered with an error',
};
