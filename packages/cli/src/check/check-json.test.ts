import { type JsonObject, type JsonValue, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { checkJson } from './check-json.js';
import { CHECK_JSON_SCHEMA } from './check-json-schema.js';
import {
  BROKEN,
  CLEAN,
  CURED,
  GREY,
  HELD,
  INCONCLUSIVE,
  PROVED,
  resultOf,
} from './hand-made-verdicts.fixture.js';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: isObject,
};

/** The part of JSON Schema that the schema uses. An object may have no key that the schema does not name, in this test. */
function complaints(schema: JsonValue | undefined, value: unknown, path: string): string[] {
  if (!isObject(schema)) return [`${path}: no schema`];
  const { type, minimum, anyOf, items, properties, required, additionalProperties } = schema;
  const found: string[] = [];
  if ('const' in schema && value !== schema['const']) found.push(`${path}: not ${String(schema['const'])}`);
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value))
    found.push(`${path}: ${String(value)} is none of the words`);
  if (typeof type === 'string' && TYPES[type]?.(value) !== true) return [...found, `${path}: not ${type}`];
  if (typeof minimum === 'number' && Number(value) < minimum) found.push(`${path}: too small`);
  if (Array.isArray(anyOf)) {
    const options = anyOf.map((option: JsonValue) => complaints(option, value, path));
    if (options.every((list) => list.length > 0)) found.push(...(options[0] ?? []));
  }
  if (Array.isArray(value))
    value.forEach((item, index) => {
      found.push(...complaints(items, item, `${path}[${index}]`));
    });
  else if (isObject(value)) {
    if (Array.isArray(required))
      for (const key of required) if (!(String(key) in value)) found.push(`${path}.${String(key)}: missing`);
    for (const [key, item] of Object.entries(value)) {
      if (isObject(properties) && key in properties)
        found.push(...complaints(properties[key], item, `${path}.${key}`));
      else if (additionalProperties !== undefined)
        found.push(...complaints(additionalProperties, item, `${path}.${key}`));
      else if (isObject(properties)) found.push(`${path}.${key}: not in the schema`);
    }
  }
  return found;
}

const check = (value: unknown): string[] =>
  complaints(CHECK_JSON_SCHEMA, JSON.parse(JSON.stringify(value)) as unknown, 'check');

describe('a check as JSON', () => {
  test.each([
    ['proved', resultOf(PROVED, { beside: GREY })],
    ['held', resultOf(HELD)],
    ['broken', resultOf(BROKEN, { cures: CURED, wrote: ['.viplab/x/lab.yaml'] })],
    ['inconclusive', resultOf(INCONCLUSIVE, { interruptedAfter: 3 })],
    ['inconclusive', resultOf(PROVED, { deciding: [{ campaign: CLEAN, verdict: null }] })],
  ] as const)('%s is what the schema says', (word, result) => {
    expect(check(checkJson(result))).toEqual([]);
    expect(checkJson(result)).toMatchObject({ schema: 'viplab.check/1', verdict: word });
  });

  test('has times in seconds, and the story', () => {
    expect(checkJson(resultOf(BROKEN, { cures: CURED }))).toMatchObject({
      counterexamples: [
        {
          property: 'single-owner',
          t: 7.084,
          actions: [{ t: 4, do: 'drop-multicast', node: 'sw1' }],
          story: [{ id: null }, { id: 'a', t: 4 }, { id: null }, { id: null }],
        },
        { property: 'no-flap' },
      ],
      cures: [
        { keyword: 'unicast_peer', verdict: 'proved', files: ['n1/keepalived.conf', 'n2/keepalived.conf'] },
      ],
      changes_tried: { count: 2, keywords: ['priority', 'unicast_peer'] },
      lab: { name: 'pair', digest: expect.stringMatching(/^[0-9a-z]{8}$/) },
    });
    expect(checkJson(resultOf(PROVED))).toMatchObject({
      worst: [{ lasted: 3.609, strict: true }, { phase: 'boot' }, { client: 'c1' }],
    });
  });

  test('has the horizon of runs made one by one, and what clients lived through', () => {
    const json = checkJson(
      resultOf({
        ...HELD,
        exploration: { ...HELD.exploration, method: 'concrete', horizon: 72 * SECOND },
        worst: [
          {
            what: 'client outage',
            address: '192.168.1.100',
            client: 'c1',
            lasted: 60 * SECOND,
            isStrict: false,
            isUnbounded: true,
            allowed: null,
            phase: 'settled',
          },
        ],
      }),
    );
    expect(check(json)).toEqual([]);
    expect(json).toMatchObject({
      explored: { method: 'concrete', horizon: 72 },
      worst: [{ what: 'client outage', client: 'c1', lasted: 60, unbounded: true }],
    });
  });

  test('the check finds what is wrong', () => {
    const json = checkJson(resultOf(PROVED));
    expect(check({ ...json, extra: 1 })).toEqual(['check.extra: not in the schema']);
    expect(check({ ...json, verdict: 'fine' })).toEqual(['check.verdict: fine is none of the words']);
    expect(check({ ...json, worst: [{ what: 'dual' }] })).toContain('check.worst[0].ip: missing');
    expect(check({ ...json, schema: 'viplab.check/2' })).toEqual(['check.schema: not viplab.check/1']);
  });
});
