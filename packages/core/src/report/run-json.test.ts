import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { carpLockstepStory, carpPowerOffStory } from './hand-made-carp.fixture.js';
import { keptConnectionStory } from './hand-made-connection.fixture.js';
import { at, multicastLostStory, powerOffStory } from './hand-made-trace.fixture.js';
import { anyRun } from './random-trace.fixture.js';
import { reportOf } from './report.js';
import { runJson, VERSION } from './run-json.js';
import { type JsonObject, type JsonValue, jsonSeconds } from './run-json-events.js';
import { RUN_JSON_SCHEMA } from './run-json-schema.js';

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

interface SchemaNode {
  readonly const?: JsonValue;
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly minimum?: number;
  readonly pattern?: string;
  readonly anyOf?: readonly JsonValue[];
  readonly items?: JsonValue;
  readonly properties?: JsonObject;
  readonly required?: readonly string[];
}

/** The part of JSON Schema that the schema uses. An object may have no key that the schema does not name, in this test. */
function complaints(node: JsonValue | undefined, value: unknown, path: string, isOpen = false): string[] {
  if (!isObject(node)) return [`${path}: no schema`];
  const schema: SchemaNode = node;
  const found: string[] = [];
  if (schema.const !== undefined && value !== schema.const) found.push(`${path}: not ${schema.const}`);
  if (schema.enum?.includes(value) === false) found.push(`${path}: ${value} is none of the words`);
  if (schema.type !== undefined && TYPES[schema.type]?.(value) !== true)
    return [...found, `${path}: not ${schema.type}`];
  if (schema.minimum !== undefined && Number(value) < schema.minimum) found.push(`${path}: too small`);
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(String(value)))
    found.push(`${path}: pattern`);
  const options = schema.anyOf?.map((option) => complaints(option, value, path, isOpen)) ?? [];
  if (options.length > 0 && options.every((list) => list.length > 0)) found.push(...(options[0] ?? []));
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      found.push(...complaints(schema.items, item, `${path}[${index}]`, isOpen || path === 'run.events'));
    });
  }
  if (isObject(value) && schema.properties !== undefined) {
    for (const key of schema.required ?? []) if (!(key in value)) found.push(`${path}.${key}: missing`);
    for (const [key, item] of Object.entries(value)) {
      if (key in schema.properties) found.push(...complaints(schema.properties[key], item, `${path}.${key}`));
      else if (!isOpen) found.push(`${path}.${key}: not in the schema`);
    }
  }
  return found;
}

const check = (value: unknown): string[] =>
  complaints(RUN_JSON_SCHEMA, JSON.parse(JSON.stringify(value)), 'run');

describe('a run as JSON', () => {
  test('is what the schema says', () => {
    const stories = [powerOffStory(), multicastLostStory(), keptConnectionStory()];
    for (const { events, facts } of [...stories, carpPowerOffStory(), carpLockstepStory()])
      expect(check(runJson(reportOf(events, facts)))).toEqual([]);
    fc.assert(
      fc.property(anyRun, ({ events, facts }) => {
        expect(check(runJson(reportOf(events, facts)))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test('the check finds what is wrong', () => {
    const { events, facts } = powerOffStory();
    const json = runJson(reportOf(events, facts));
    expect(check({ ...json, schema: 'viplab.run/2' })).toEqual(['run.schema: not viplab.run/1']);
    expect(check({ ...json, extra: 1 })).toEqual(['run.extra: not in the schema']);
    expect(check({ ...json, verdict: { ...json.verdict, word: 'fine' } })).toEqual([
      'run.verdict.word: fine is none of the words',
    ]);
    expect(check({ ...json, causes: [{ id: 'a' }] })).toContain('run.causes[0].t: missing');
  });

  test('names, keys and times are those of the recordings', () => {
    const { events, facts } = powerOffStory();
    const json = runJson(reportOf(events, facts), { digest: '0123456789abcdef' });
    expect(json.digest).toBe('0123456789abcdef');
    const find = (name: string, time: number) =>
      json.events.find(({ event, t }) => event === name && t === time);
    expect(find('state', 13.0844375)).toEqual({
      t: 13.0844375,
      event: 'state',
      node: 'n2',
      instance: 'VI_WRITE',
      from: 'BACKUP',
      to: 'MASTER',
      priority: 100,
      cause: 'b',
    });
    expect(find('vip_path', 13.0844875)).toEqual({
      t: 13.0844875,
      event: 'vip_path',
      node: 'c1',
      ip: '192.168.1.100',
      port: 'n2',
      was: null,
    });
    expect(find('addr', 13.0844375)).toMatchObject({ op: 'add', ip: '192.168.1.100', dev: 'eth0' });
    expect(find('arp_cache', 13.0844875)).toMatchObject({ mac: '02:00:00:00:01:02', owner: 'n2' });
    expect(find('fdb', 10)).toMatchObject({ port: null, was: 'n1', owner: 'n1' });
    expect(find('client_result', 11.145)).toMatchObject({ result: 'timeout', sent_at: 10.145 });
    expect(json.vips[0]).toMatchObject({
      owners: [
        { node: 'n1', from: 3.4750625, to: 10 },
        { node: 'n2', from: 13.0844375, to: 28.5121625 },
        { node: 'n1', from: 28.5120625, to: 45 },
      ],
      handovers: [
        { t: 13.0844375, from: 'n1', to: 'n2', cause: { id: 'b', action: 'power-off' } },
        { cause: { id: 'd' } },
      ],
      flaps: [],
      headless: [{ from: 10, to: 13.0844375, over: false }],
    });
    expect(json.verdict).toMatchObject({ word: 'no-flap', expected: true });
  });

  test('connections, with their lives in words', () => {
    const { events, facts } = keptConnectionStory();
    const json = runJson(reportOf(events, facts));
    expect(json.clients[0]).toMatchObject({
      failed: { reset: 2, timeout: 0 },
      connections: { opened: 3, broken: 2, reset_by: { n1: 1, n2: 1 }, longest_hang: 3.329 },
      latency: { p90: 0.0002, p99: 0.0002 },
    });
    expect(json.vips[0]).toMatchObject({
      service: { attempts: 194, connections: { opened: 3 }, worst: { client: 'c1', from: 10.145 } },
    });
    expect(json.connections.map(({ name }) => name)).toEqual(['c1#1', 'c1#2', 'c1#3']);
    expect(json.connections[0]).toMatchObject({
      opened: 3.545,
      established: 3.5452,
      with: 'n1',
      kept: true,
      requests: { ok: 33, failed: { reset: 1 } },
      end: { how: 'reset', t: 13.474, error: 'ECONNRESET', reset: { node: 'n2', reason: 'no-connection' } },
      broken: { by: 'reset', t: 13.474, node: 'n2', hung: 3.329 },
    });
    const { life } = json.connections[0] ?? {};
    expect((life as JsonObject[] | undefined)?.at(-1)).toEqual({
      t: 13.474,
      node: 'c1',
      kind: 'end',
      text: "n2's kernel has no such connection and answers with RST; c1 sees ECONNRESET after 3.33 s of silence",
    });
    const rst = json.events.filter(({ event }) => event === 'rst');
    expect(rst[0]).toEqual({
      t: 13.474,
      event: 'rst',
      node: 'c1',
      local: '192.168.1.50:40001',
      remote: '192.168.1.100:5432',
      state: 'ESTABLISHED',
    });
  });

  test('seconds give back the nanosecond, up to 26 days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 51 }), (time) => {
        expect(Math.round(jsonSeconds(time) * 1e9)).toBe(time);
      }),
      { numRuns: 2000 },
    );
    expect(JSON.stringify(jsonSeconds(at('13.084375')))).toBe('13.084375');
  });

  test('the version is the package’s', () => {
    expect(VERSION).toBe(packageJson.version);
  });

  test('of CARP it has advskew in the place of a priority, and the causes of its states', () => {
    const { events, facts } = carpPowerOffStory();
    const { vips, events: told } = runJson(reportOf(events, facts));
    expect(vips[0]?.['instances']).toEqual([
      {
        node: 'fw1',
        name: 'carp0',
        protocol: 'carp',
        vhid: 1,
        priority: null,
        advskew: 0,
        advert_interval: 1,
        master_down: 3,
      },
      {
        node: 'fw2',
        name: 'carp0',
        protocol: 'carp',
        vhid: 1,
        priority: null,
        advskew: 100,
        advert_interval: 1.390625,
        master_down: 3.390625,
      },
    ]);
    expect(told.filter(({ event, to }) => event === 'carp_state' && to === 'MASTER')).toMatchObject([
      { node: 'fw1', reason: 'timeout', peer: null },
      { node: 'fw2', reason: 'timeout', cause: 'b' },
      { node: 'fw1', reason: 'preempts', peer: '192.0.2.12', cause: 'd' },
    ]);
  });
});
