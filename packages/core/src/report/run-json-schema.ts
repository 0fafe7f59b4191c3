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
const FAILURES = object({ timeout: COUNT, unreachable: COUNT, refused: COUNT });
const OUTAGE = object({
  ...INTERVAL,
  attempts: COUNT,
  kind: { enum: ['timeout', 'unreachable', 'refused'] },
  failed: FAILURES,
  ended: FLAG,
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
  instances: list(object({ node: TEXT, name: TEXT, priority: COUNT, advert_interval: SPAN })),
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
  dual: list(object({ ...INTERVAL, owners: list(TEXT), over: FLAG })),
  headless: list(object({ ...INTERVAL, over: FLAG })),
  convergence: list(object({ cause: CAUSE, settled: orNull(SECONDS), took: orNull(SPAN) })),
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
  latency: orNull(object({ min: SPAN, median: SPAN, max: SPAN })),
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
    switches: list(SWITCH),
    verdict: VERDICT,
    diagnostics: list({ type: 'object' }),
  }),
};
