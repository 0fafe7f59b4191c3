// Copies the repository's examples into this package, so that the installed command has them.
import { cpSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const from = fileURLToPath(new URL('../../../examples', import.meta.url));
const to = fileURLToPath(new URL('../examples', import.meta.url));
const left = new Set(['node_modules', 'out', '.viplab', 'package.json', 'tsconfig.json']);

rmSync(to, { recursive: true, force: true });
cpSync(from, to, {
  recursive: true,
  filter: (path) => !left.has(basename(path)) && !path.endsWith('.test.ts'),
});
