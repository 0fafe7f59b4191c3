import { WORST_KINDS } from '@viplab/check';
import type { JsonObject } from '@viplab/core';
import { CHECK_SCHEMA } from './check-json.js';

const TEXT: JsonObject = { type: 'string' };
const COUNT: JsonObject = { type: 'integer', minimum: 0 };
const FLAG: JsonObject = { type: 'boolean' };
const SECONDS: JsonObject = { type: 'number', minimum: 0, description: 'seconds, up to 9 decimals' };
const WORD: JsonObject = { enum: ['proved', 'held', 'broken', 'inconclusive'] };

const orNull = (schema: JsonObject): JsonObject => ({ anyOf: [schema, { type: 'null' }] });
const list = (items: JsonObject): JsonObject => ({ type: 'array', items });
const byNode = (schema: JsonObject): JsonObject => ({ type: 'object', additionalProperties: schema });

/** An object whose keys are all there; more may come with minor releases. */
const object = (
  properties: { readonly [key: string]: JsonObject },
  optional: readonly string[] = [],
): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
});

const EXPLORED = object(
  {
    method: { enum: ['symbolic', 'concrete', 'random'] },
    states: { ...COUNT, description: 'state classes, concrete states or runs' },
    transitions: COUNT,
    depth: COUNT,
    closed: FLAG,
    horizon: {
      ...SECONDS,
      description: 'of concrete runs made one by one: the last instant that was watched',
    },
    dead_ends: COUNT,
    ended_by: orNull(TEXT),
    not_varied: list(TEXT),
  },
  ['horizon'],
);
const CAMPAIGN = object(
  {
    name: TEXT,
    faults: list(TEXT),
    nodes: list(TEXT),
    at_once: COUNT,
    in_all: COUNT,
    repairs: FLAG,
    faults_from: { enum: ['settled', 'start'] },
    lost_frames: COUNT,
    lost_towards: list(TEXT),
    start_within: SECONDS,
    latency: object({ lo: SECONDS, hi: SECONDS }),
    drift_ppm: COUNT,
  },
  ['nodes', 'lost_towards', 'latency'],
);
const WORST = object(
  {
    what: { enum: [...WORST_KINDS] },
    ip: TEXT,
    client: orNull(TEXT),
    phase: { enum: ['boot', 'settled'] },
    lasted: SECONDS,
    strict: { ...FLAG, description: 'a supremum that no run attains' },
    unbounded: { ...FLAG, description: 'it lasts longer still, and was measured no further' },
    allowed: orNull(SECONDS),
    token: orNull(TEXT),
  },
  ['unbounded'],
);
const COUNTEREXAMPLE = object({
  property: TEXT,
  message: TEXT,
  ip: orNull(TEXT),
  t: { ...SECONDS, description: 'when the property was violated' },
  token: TEXT,
  seed: COUNT,
  starts: byNode(SECONDS),
  ready: byNode(SECONDS),
  actions: list(
    object(
      {
        t: SECONDS,
        do: TEXT,
        node: TEXT,
        from: TEXT,
        to: TEXT,
        only: TEXT,
        daemon: TEXT,
        interface: TEXT,
        address: TEXT,
      },
      ['node', 'from', 'to', 'only', 'daemon', 'interface', 'address'],
    ),
  ),
  losses: list(object({ t: SECONDS, node: TEXT, kind: { enum: ['vrrp', 'arp'] } })),
  latency: orNull(SECONDS),
  until: SECONDS,
  lasso: orNull(object({ from: SECONDS, period: SECONDS })),
  story: list(object({ t: SECONDS, id: orNull(TEXT), text: TEXT })),
});
const CAMPAIGN_RESULT = object({
  campaign: TEXT,
  verdict: { ...orNull(WORD), description: 'null: not tried, the budget was spent before' },
  explored: orNull(EXPLORED),
  property: orNull(TEXT),
  message: orNull(TEXT),
  token: orNull(TEXT),
});

/** What `viplab check --json` prints, as a JSON Schema. */
export const CHECK_JSON_SCHEMA: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'What viplab check found',
  ...object({
    schema: { const: CHECK_SCHEMA },
    viplab: TEXT,
    time_unit: { const: 's' },
    lab: object({
      name: TEXT,
      digest: TEXT,
      inferred: list(object({ what: TEXT, value: TEXT, why: TEXT })),
    }),
    verdict: WORD,
    interrupted: FLAG,
    tried_both_orders: FLAG,
    properties: list(TEXT),
    campaign: orNull(CAMPAIGN),
    bounds: list(TEXT),
    explored: orNull(EXPLORED),
    covered: list(object({ what: TEXT, share: { type: 'number', minimum: 0 } })),
    worst: list(WORST),
    counterexamples: list(COUNTEREXAMPLE),
    cures: list(object({ keyword: TEXT, title: TEXT, verdict: WORD, files: list(TEXT), patch: TEXT })),
    changes_tried: orNull(object({ count: COUNT, keywords: list(TEXT) })),
    deciding: list(CAMPAIGN_RESULT),
    beside: list(CAMPAIGN_RESULT),
    wrote: list(TEXT),
    diagnostics: list({ type: 'object' }),
  }),
};
