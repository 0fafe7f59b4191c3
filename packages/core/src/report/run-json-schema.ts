import { FAILURE_KINDS } from './client-outages.js';
import { BREAK_KINDS } from './connection-life.js';
import { JSON_EVENT_NAMES, type JsonObject } from './run-json-events.js';
import { VERDICT_WORDS } from './verdict-word.js';

const SECONDS: JsonObject = {
  type: 'number',
  description: 'seconds since the start of the run, up to 9 decimals',
};
const SPAN: JsonObject = { type: 'number', minimum: 0, description: 'seconds' };
const TEXT: JsonObject = { type: 'string' };
const COUNT: JsonObject = { type: 'integer', minimum: 0 };
const FLAG: JsonObject = { type: 'boolean' };

const orNull = (schema: JsonObject): JsonObject => ({ anyOf: [schema, { type: 'null' }] });
const list = (items: JsonObject, description?: string): JsonObject => ({
  type: 'array',
  items,
  ...(description === undefined ? {} : { description }),
});

/** An object whose keys are all there; more may come with minor releases. */
const object = (
  properties: { readonly [key: string]: JsonObject },
  optional: readonly string[] = [],
): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
});

const INTERVAL = { from: SECONDS, to: SECONDS } as const;
const CAUSE = object({
  id: {
    ...orNull(TEXT),
    description: 'its letter in the text report; null for the starts at the beginning of a run',
  },
  t: SECONDS,
  action: TEXT,
  target: TEXT,
  disruptive: FLAG,
  scheduled: FLAG,
});
const FAILURES = object(Object.fromEntries(FAILURE_KINDS.map((kind) => [kind, COUNT])));
const OUTAGE = object({
  ...INTERVAL,
  attempts: COUNT,
  kind: { enum: FAILURE_KINDS },
  failed: FAILURES,
  ended: FLAG,
});
const LATENCY = orNull(object({ min: SPAN, median: SPAN, p90: SPAN, p99: SPAN, max: SPAN }));
const COUNTS_BY_NODE: JsonObject = { type: 'object', additionalProperties: COUNT };
const CONNECTION_COUNTS = object({
  asked: COUNT,
  opened: COUNT,
  broken: COUNT,
  broken_by: object(Object.fromEntries(BREAK_KINDS.map((kind) => [kind, COUNT]))),
  reset_by: { ...COUNTS_BY_NODE, description: 'by the node that sent the RST; ?: none of the lab' },
  open: COUNT,
  retransmissions: COUNT,
  longest_hang: orNull(SPAN),
  hangs_since: orNull(SECONDS),
});
const SERVICE = object({
  attempts: COUNT,
  ok: COUNT,
  failed: FAILURES,
  connections: CONNECTION_COUNTS,
  latency: LATENCY,
  outages: list(object(INTERVAL), 'when at least one client was without service'),
  worst: orNull(object({ client: TEXT, ...INTERVAL })),
});
const RESET = object({ t: SECONDS, node: TEXT, reason: TEXT });
const CONNECTION = object({
  name: TEXT,
  client: TEXT,
  node: TEXT,
  number: { ...orNull(COUNT), description: "the client's own count" },
  server: TEXT,
  local: TEXT,
  opened: SECONDS,
  established: orNull(SECONDS),
  with: { ...orNull(TEXT), description: 'the node that answered the SYN' },
  kept: { ...FLAG, description: 'whether its client sends more than one request over a connection' },
  requests: object({ ok: COUNT, failed: FAILURES }),
  retransmissions: list(
    object({ t: SECONDS, node: TEXT, kind: TEXT, sequence: COUNT, length: COUNT, count: COUNT }),
  ),
  resets: list(RESET),
  end: object({
    how: { enum: ['open', 'closed', 'goodbye', 'reset', 'silence', 'unreachable', 'refused'] },
    t: SECONDS,
    error: orNull(TEXT),
    reset: orNull(RESET),
  }),
  broken: orNull(object({ by: { enum: BREAK_KINDS }, t: SECONDS, node: orNull(TEXT), hung: orNull(SPAN) })),
  hangs_since: orNull(SECONDS),
  life: list(object({ t: SECONDS, node: TEXT, kind: TEXT, text: TEXT })),
});
const HANDOVER = object({ t: SECONDS, from: TEXT, to: TEXT, settled: SECONDS, cause: orNull(CAUSE) });
const MOVE = object({
  t: SECONDS,
  client: TEXT,
  from: TEXT,
  to: TEXT,
  follows: { ...orNull(SECONDS), description: 't of the handover that it follows' },
  cause: orNull(CAUSE),
});

const VIP = object({
  ip: TEXT,
  instances: list(
    object({
      node: TEXT,
      name: TEXT,
      protocol: { enum: ['vrrp', 'carp'] },
      vhid: { ...orNull(COUNT), description: 'the virtual host of CARP; null: keepalived' },
      priority: { ...orNull(COUNT), description: 'null: CARP' },
      advskew: { ...orNull(COUNT), description: 'null: VRRP' },
      advert_interval: SPAN,
      master_down: { ...SPAN, description: 'how long it waits for an advert as a backup' },
    }),
  ),
  budgets: object({ settling: SPAN, dual: SPAN, headless: SPAN }),
  owners: list(object({ node: TEXT, ...INTERVAL }), 'when each node owned it, alone or not'),
  landing: list(
    object({ client: TEXT, node: orNull(TEXT), ...INTERVAL }),
    'where frames arrived; node null: nowhere',
  ),
  astray: list(object({ client: TEXT, ...INTERVAL }), 'it had an owner, and frames did not arrive there'),
  handovers: list(HANDOVER),
  flaps: list(HANDOVER, 'the handovers without a cause'),
  landing_moves: list(MOVE),
  landing_flaps: list(MOVE, 'the moves without a cause that do not alternate'),
  flux: list(object({ client: TEXT, ...INTERVAL, moves: COUNT, between: list(TEXT), stopped: FLAG })),
  flutters: list(
    object({
      ...INTERVAL,
      owners: list(TEXT),
      times: COUNT,
      uncaused: { ...COUNT, description: 'of these, without a cause' },
      since: { ...SECONDS, description: 'the first of them' },
      period: SPAN,
      held: { ...SPAN, description: 'the longest time for which one had it' },
      owned: { ...SPAN, description: 'for how long it had an owner from `from` to `to`' },
      stopped: FLAG,
    }),
    'taken and lost again before anybody settled in it, time after time',
  ),
  dual: list(object({ ...INTERVAL, owners: list(TEXT), over: FLAG })),
  headless: list(object({ ...INTERVAL, over: FLAG })),
  convergence: list(object({ cause: CAUSE, settled: orNull(SECONDS), took: orNull(SPAN) })),
  service: SERVICE,
});

const CLIENT = object({
  name: TEXT,
  node: TEXT,
  target: TEXT,
  attempts: COUNT,
  ok: COUNT,
  failed: FAILURES,
  startup: orNull(OUTAGE),
  outages: list(OUTAGE),
  served: list(object({ node: TEXT, ...INTERVAL, answers: COUNT })),
  latency: LATENCY,
  connections: CONNECTION_COUNTS,
  arp_changes: list(object({ t: SECONDS, mac: orNull(TEXT), was: orNull(TEXT), owner: orNull(TEXT) })),
});

const SWITCH = object({
  node: TEXT,
  moves: list(object({ t: SECONDS, vlan: COUNT, mac: TEXT, from: TEXT, to: TEXT })),
  alarms: list(
    object({ t: SECONDS, profile: TEXT, vlan: COUNT, mac: TEXT, moves: COUNT, action: TEXT, line: TEXT }),
  ),
});

const VERDICT = object({
  word: { enum: VERDICT_WORDS },
  words: list({ enum: VERDICT_WORDS }, 'gravest first'),
  expected: FLAG,
  expectation: orNull(
    object({ words: list({ enum: VERDICT_WORDS }), failover_within: orNull(SPAN), where: TEXT }),
  ),
  slowest_failover: orNull(object({ ip: TEXT, t: SECONDS, took: SPAN })),
  ends_early: FLAG,
  findings: list(
    object({
      word: { enum: VERDICT_WORDS },
      ip: TEXT,
      t: SECONDS,
      client: orNull(TEXT),
      moves: orNull(COUNT),
      loop: orNull(list(TEXT, 'the ports that frames circle through')),
      lasted: orNull(SPAN),
      allowed: orNull(SPAN),
    }),
  ),
});

/** The JSON Schema of what `viplab run --json` prints. New keys come with minor releases; a renamed one is `/2`. */
export const RUN_JSON_SCHEMA: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'viplab.run/1',
  description: 'One run of viplab. Times are seconds; Math.round(t * 1e9) is the nanosecond.',
  ...object({
    schema: { const: 'viplab.run/1' },
    viplab: TEXT,
    token: TEXT,
    digest: { type: 'string', pattern: '^[0-9a-f]{16}$' },
    seed: { type: 'integer' },
    duration: SPAN,
    time_unit: { const: 's' },
    lab: object({
      name: orNull(TEXT),
      nodes: {
        type: 'object',
        additionalProperties: object({ kind: { enum: ['host', 'switch'] }, address: orNull(TEXT) }),
      },
      inferred: list(object({ what: TEXT, value: TEXT, why: TEXT })),
      latency: SPAN,
      schedule: list(object({ t: SECONDS, action: TEXT, target: TEXT })),
    }),
    causes: list(CAUSE),
    events: list(
      object(
        {
          t: SECONDS,
          event: { enum: [...new Set(Object.values(JSON_EVENT_NAMES))] },
          node: TEXT,
          cause: TEXT,
        },
        ['cause'],
      ),
    ),
    vips: list(VIP),
    clients: list(CLIENT),
    connections: list(CONNECTION),
    switches: list(SWITCH),
    verdict: VERDICT,
    diagnostics: list({ type: 'object' }),
  }),
};
