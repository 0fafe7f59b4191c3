import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import type {
  Breakage,
  ConnectionEnd,
  ConnectionLife,
  ConnectionRequest,
  Retransmission,
  SentReset,
} from './connection-life.js';
import type { ClientFacts } from './run-facts.js';
import { addressOfServer } from './server-address.js';
import { exactSeconds } from './spans-of-time.js';
import { addressOfLabel } from './vip-label.js';

type ConnectionEvent = TraceEvent<'client.connection'>;
type ResultEvent = TraceEvent<'client.result'>;

/** What is known of a connection while the trace is read. */
interface Draft {
  readonly node: string;
  readonly local: string;
  readonly server: string;
  readonly openedAt: Nanoseconds;
  client: string | null;
  number: number | null;
  readonly requests: ConnectionRequest[];
  readonly events: TraceEvent[];
}

const ENDS: Readonly<Record<Exclude<ConnectionEvent['change'], 'opened'>, ConnectionEnd>> = {
  closed: 'closed',
  eof: 'goodbye',
  reset: 'reset',
  timeout: 'silence',
  unreachable: 'unreachable',
};

const ENDS_OF_RESULTS: Readonly<Record<ConnectionRequest['result'], ConnectionEnd>> = {
  ok: 'closed',
  error: 'closed',
  timeout: 'silence',
  unreachable: 'unreachable',
  refused: 'refused',
  reset: 'refused',
  eof: 'goodbye',
};

const ENDS_OF_ERRORS: Readonly<Record<string, ConnectionEnd>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'silence',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOPROTOOPT: 'unreachable',
};

/**
 * Reads the lives of all connections that clients asked for, in the order in which they began.
 *
 * @param events in the order in which they happened
 */
export function connectionsOf(
  events: readonly TraceEvent[],
  clients: readonly ClientFacts[],
  duration: Nanoseconds,
): ConnectionLife[] {
  const reader = new ConnectionReader(clients);
  for (const event of events) reader.read(event);
  const drafts = reader.finish();
  const keepers = new Set<string>();
  for (const draft of drafts) if (draft.requests.length > 1) keepers.add(`${draft.node} ${draft.client}`);
  const nameOf = namesGiven();
  return drafts.map((draft) => {
    const isKept = keepers.has(`${draft.node} ${draft.client}`);
    const facts = clients.find(({ name, node }) => name === draft.client && node === draft.node);
    const target = clientAt(clients, draft.node, draft.server)?.target ?? addressOfServer(draft.server);
    return lifeOf(draft, nameOf(draft), target, isKept, duration, facts?.asksEvery ?? null);
  });
}

/** Gives each connection a name of its own: `c1#3`; `c1@10.145` and `c1@10.145/2` where there is no number. */
function namesGiven(): (draft: Draft) => string {
  const given = new Map<string, number>();
  return ({ node, client, number, openedAt }) => {
    const whose = client ?? node;
    const when = exactSeconds(openedAt);
    const numbered = `${whose}#${number}`;
    // A client that has started anew counts anew.
    const name =
      number === null ? `${whose}@${when}` : given.has(numbered) ? `${numbered}@${when}` : numbered;
    const count = (given.get(name) ?? 0) + 1;
    given.set(name, count);
    return count === 1 ? name : `${name}/${count}`;
  };
}

/** Sorts the events of a trace by the connection to which they belong. */
class ConnectionReader {
  private readonly nodes: ReadonlySet<string>;
  private readonly drafts: Draft[] = [];
  /** The latest connection between two ends: the client's, the server's. */
  private readonly byEnds = new Map<string, Draft>();
  private readonly byNumber = new Map<string, Draft>();
  /** What became of attempts that have no connection to their name. */
  private readonly unnumbered: ResultEvent[] = [];

  constructor(private readonly clients: readonly ClientFacts[]) {
    this.nodes = new Set(clients.map(({ node }) => node));
  }

  read(event: TraceEvent): void {
    switch (event.name) {
      case 'tcp.opened':
        if (event.side === 'active' && this.nodes.has(event.node))
          this.begin(event.node, event.local, event.remote, event.time);
        this.add(event, event.local, event.remote);
        break;
      case 'tcp.established':
      case 'tcp.retransmitted':
      case 'tcp.reset-sent':
      case 'tcp.reset':
      case 'tcp.challenged':
      case 'tcp.failed':
      case 'tcp.closed':
      case 'tcp.queue-full':
        this.add(event, event.local, event.remote);
        break;
      case 'client.connection':
        this.told(event);
        break;
      case 'client.result':
        if (event.connection === null) this.unnumbered.push(event);
        else this.byNumber.get(keyOf(event))?.requests.push(requestOf(event));
        break;
    }
  }

  /** The connections, each with the name of its client. */
  finish(): readonly Draft[] {
    const begun = new Map<string, Draft[]>();
    for (const draft of this.drafts) {
      if (draft.client !== null) continue;
      const key = `${draft.node} ${draft.server} ${draft.openedAt}`;
      const same = begun.get(key);
      if (same === undefined) begun.set(key, [draft]);
      else same.push(draft);
    }
    for (const event of this.unnumbered) {
      const draft = begun.get(`${event.node} ${event.server} ${event.sentAt}`)?.shift();
      if (draft === undefined) continue;
      draft.client = event.client;
      draft.requests.push(requestOf(event));
    }
    for (const draft of this.drafts) draft.client ??= this.clientOf(draft);
    return this.drafts;
  }

  private clientOf({ node, server }: Draft): string {
    return clientAt(this.clients, node, server)?.name ?? node;
  }

  private begin(node: string, local: string, server: string, openedAt: Nanoseconds): Draft {
    const draft: Draft = {
      node,
      local,
      server,
      openedAt,
      client: null,
      number: null,
      requests: [],
      events: [],
    };
    this.drafts.push(draft);
    this.byEnds.set(`${local} ${server}`, draft);
    return draft;
  }

  private add(event: TraceEvent, local: string, remote: string): void {
    const draft = this.byEnds.get(`${local} ${remote}`) ?? this.byEnds.get(`${remote} ${local}`);
    draft?.events.push(event);
  }

  private told(event: ConnectionEvent): void {
    const draft =
      this.byEnds.get(`${event.local} ${event.server}`) ??
      this.begin(event.node, event.local, event.server, event.time);
    draft.client = event.client;
    draft.number = event.connection;
    draft.events.push(event);
    this.byNumber.set(keyOf(event), draft);
  }
}

const keyOf = ({ node, client, connection }: ConnectionEvent | ResultEvent): string =>
  `${node} ${client} ${connection}`;

const requestOf = (event: ResultEvent): ConnectionRequest => ({
  attempt: event.attempt,
  sentAt: event.sentAt,
  endedAt: event.time,
  result: event.result,
  stage: event.stage,
  by: event.by,
  detail: event.detail,
});

/** The client of a node that asks a server. */
function clientAt(clients: readonly ClientFacts[], node: string, server: string): ClientFacts | undefined {
  const address = addressOfServer(server);
  return clients.find((client) => client.node === node && addressOfLabel(client.target) === address);
}

function lifeOf(
  draft: Draft,
  name: string,
  target: string,
  isKept: boolean,
  duration: Nanoseconds,
  asksEvery: Nanoseconds | null,
): ConnectionLife {
  const { node, events, requests } = draft;
  const client = draft.client ?? node;
  const resets = events.flatMap((event): SentReset[] =>
    event.name === 'tcp.reset-sent' ? [{ at: event.time, by: event.node, reason: event.reason }] : [],
  );
  const retransmissions = events.flatMap((event): Retransmission[] =>
    event.name === 'tcp.retransmitted'
      ? [
          {
            at: event.time,
            by: event.node,
            kind: event.kind,
            sequence: event.sequence,
            length: event.length,
            count: event.count,
          },
        ]
      : [],
  );
  const establishedAt = establishedAtOf(draft);
  const answerer = establishedAt === null ? null : answererOf(draft, establishedAt);
  const end = endOf(draft, resets, establishedAt !== null, duration);
  return {
    name,
    client,
    node,
    number: draft.number,
    server: draft.server,
    target,
    local: draft.local,
    openedAt: draft.openedAt,
    establishedAt,
    with: answerer,
    isKept,
    requests,
    retransmissions,
    resets,
    end,
    broken: establishedAt === null ? null : breakageOf(draft, end, answerer, isKept),
    hangsSince:
      establishedAt !== null && end.how === 'open'
        ? (hangsSinceOf(draft) ?? unansweredSince(draft, establishedAt, asksEvery, duration))
        : null,
    events,
  };
}

function establishedAtOf({ node, events, requests }: Draft): Nanoseconds | null {
  for (const event of events) {
    if (event.name === 'tcp.established' && event.node === node) return event.time;
  }
  // A trace without the kernel's events tells it by what the program did.
  const isKernelSilent = events.every(({ name }) => name === 'client.connection');
  if (!isKernelSilent) return null;
  const told = events.find((event) => event.name === 'client.connection' && event.change === 'opened');
  return told?.time ?? requests.find(({ result }) => result === 'ok')?.sentAt ?? null;
}

function answererOf({ node, events, requests }: Draft, establishedAt: Nanoseconds): string | null {
  let answerer: string | null = null;
  for (const event of events) {
    if (event.node === node) continue;
    if (event.name === 'tcp.opened' && event.side === 'passive' && event.time <= establishedAt)
      answerer = event.node;
  }
  const passive = events.find((event) => event.name === 'tcp.established' && event.node !== node);
  return answerer ?? passive?.node ?? requests.find(({ by }) => by !== null)?.by ?? null;
}

function endOf(
  { node, events, requests }: Draft,
  resets: readonly SentReset[],
  isEstablished: boolean,
  duration: Nanoseconds,
): ConnectionLife['end'] {
  let kernel: { readonly how: ConnectionEnd; readonly at: Nanoseconds } | null = null;
  let program: { readonly how: ConnectionEnd; readonly at: Nanoseconds } | null = null;
  let error: string | null = null;
  for (const event of events) {
    if (event.node !== node) continue;
    if (event.name === 'client.connection' && event.change !== 'opened')
      program ??= { how: ENDS[event.change], at: event.time };
    else if (event.name === 'tcp.failed') {
      error ??= event.error;
      // The error's own name says more than that a RST came.
      if (kernel === null || kernel.how === 'reset')
        kernel = { how: ENDS_OF_ERRORS[event.error] ?? 'silence', at: event.time };
    } else if (event.name === 'tcp.reset') kernel ??= { how: 'reset', at: event.time };
    else if (event.name === 'tcp.closed') kernel ??= { how: 'closed', at: event.time };
  }
  // A program that gives up while connecting says so in its result only.
  const given = isEstablished ? undefined : requests.at(-1);
  const givenUp = given === undefined ? null : { how: ENDS_OF_RESULTS[given.result], at: given.endedAt };
  const found = program ?? kernel ?? givenUp;
  const at = found?.at ?? duration;
  let how = found?.how ?? 'open';
  if (!isEstablished) {
    if (how === 'reset' || kernel?.how === 'refused') how = 'refused';
    else if (how === 'closed') how = 'silence';
  }
  const wasReset = how === 'reset' || how === 'refused';
  if (wasReset) error ??= how === 'refused' ? 'ECONNREFUSED' : 'ECONNRESET';
  const reset = wasReset ? (resets.findLast((sent) => sent.by !== node && sent.at <= at) ?? null) : null;
  return { how, at, error, reset };
}

function breakageOf(
  { requests }: Draft,
  end: ConnectionLife['end'],
  answerer: string | null,
  isKept: boolean,
): Breakage | null {
  const last = requests.at(-1);
  const lost = last !== undefined && last.result !== 'ok' && last.result !== 'error' ? last : null;
  const hung = lost === null ? null : lost.endedAt - lost.sentAt;
  switch (end.how) {
    case 'reset':
      return { by: 'reset', at: end.at, node: end.reset?.by ?? null, hung };
    case 'silence':
    case 'unreachable':
      return { by: end.how, at: end.at, node: null, hung };
    case 'goodbye':
      // A server that hangs up after the only answer breaks nothing.
      return isKept || lost !== null ? { by: 'goodbye', at: end.at, node: answerer, hung } : null;
    case 'closed':
      return lost?.result === 'timeout' ? { by: 'silence', at: end.at, node: null, hung } : null;
    default:
      return null;
  }
}

/** What the client's kernel sends again has not been acknowledged; after the last answer that is what hangs. */
function hangsSinceOf({ node, events, requests }: Draft): Nanoseconds | null {
  const answered = requests.at(-1)?.endedAt ?? 0;
  const again = events.find(
    (event) =>
      event.name === 'tcp.retransmitted' &&
      event.node === node &&
      event.kind !== 'keepalive' &&
      event.time > answered,
  );
  return again?.time ?? null;
}

/** A client that asks at a steady pace has asked again by now; what it has heard nothing of for a whole pace hangs. */
function unansweredSince(
  { requests }: Draft,
  establishedAt: Nanoseconds,
  asksEvery: Nanoseconds | null,
  duration: Nanoseconds,
): Nanoseconds | null {
  if (asksEvery === null) return null;
  const last = requests.at(-1);
  const askedAt = last === undefined ? establishedAt : Math.max(last.sentAt + asksEvery, last.endedAt);
  return duration - askedAt > asksEvery ? askedAt : null;
}
