import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const sources = readdirSync(here).filter((file) => /^[a-z-]+\.ts$/.test(file));

test('no monitor reads the clock', () => {
  const reads = sources.filter((file) => /\.now\b|deadline/.test(readFileSync(join(here, file), 'utf8')));
  expect(reads).toEqual([]);
  expect(sources.length).toBeGreaterThan(15);
});
