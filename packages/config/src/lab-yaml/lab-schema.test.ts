import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { labJsonSchema } from './lab-schema.js';

test('the published JSON Schema is the one of this reader', () => {
  const published: unknown = JSON.parse(
    readFileSync(new URL('../../schema/lab.schema.json', import.meta.url), 'utf8'),
  );
  // If this fails: build, then node packages/config/scripts/write-schema.mjs
  expect(published).toEqual(labJsonSchema());
});

test('the JSON Schema describes every key of a lab', () => {
  const { properties } = labJsonSchema() as { properties: Record<string, { description?: string }> };
  expect(Object.keys(properties)).toEqual([
    'name',
    'nodes',
    'links',
    'ties',
    'schedule',
    'duration',
    'expect',
  ]);
  for (const [key, { description }] of Object.entries(properties)) expect(description, key).toBeTruthy();
});
