import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('only one file needs Node, and nothing loads it unless a path is given', () => {
  const root = new URL('.', import.meta.url);
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  );
  const texts = new Map(sources.map((name) => [name, readFileSync(new URL(name, root), 'utf8')]));
  const importing = (pattern: RegExp): string[] =>
    [...texts].filter(([, text]) => pattern.test(text)).map(([name]) => name);
  expect(importing(/from 'node:|\bprocess\.|\bBuffer\b/)).toEqual(['node-files.ts']);
  expect(importing(/^import .*node-files\.js'/m)).toEqual([]);
  expect(importing(/import\('\.\/node-files\.js'\)/)).toEqual(['load-lab.ts']);
});
