import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineLab } from '../index.js';
import { PAIR } from './pair.fixture.js';

const INDEX = fileURLToPath(new URL('../index.ts', import.meta.url));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viplab-bundle-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Bundles a module for the browser, its dependencies too, and gives the text. */
async function bundle(code: string): Promise<string> {
  const entry = join(folder, 'entry.js');
  writeFileSync(entry, code);
  const built = await build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { '@viplab/core': INDEX } },
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry, formats: ['es'], fileName: 'entry' },
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (output === undefined || !('output' in output)) throw new Error('nothing was built');
  return output.output.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join('\n');
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').trim();

test('importing the core has no effect: nothing of it is left where nothing is used', async () => {
  expect(withoutComments(await bundle("import '@viplab/core';"))).toBe('');
}, 60_000);

test('without the promise of package.json, nothing but what declares is left either', async () => {
  const text = withoutComments(
    await bundle("import * as core from '@viplab/core'; export const count = core.SECOND;"),
  );
  expect(text.length).toBeLessThan(2_000);
}, 60_000);

test('in a browser: no module of Node is left, and a lab runs', async () => {
  const text = await bundle(
    "import { defineLab } from '@viplab/core'; export const digestOf = (design) => defineLab(design).run().digest;",
  );
  expect(text).not.toMatch(/\bfrom\s*["'](node:)?[a-z]/);
  expect(text).not.toMatch(/\bimport\s*["']/);
  // seedrandom asks for Node's crypto where it has to invent a seed, which is never; its package.json maps it to nothing.
  expect(text.match(/__vite-browser-external/g) ?? []).toHaveLength(1);
  const module = (await import(
    /* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`
  )) as { digestOf: (design: object) => string };
  expect(module.digestOf(PAIR)).toBe(defineLab(PAIR).run().digest);
}, 60_000);
