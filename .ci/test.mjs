// Everything that must hold before a change lands, in the order in which it fails fastest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'viplab-test-'));
const results = join(scratch, 'results.json');
const bin = (name, file) => join(root, 'node_modules', name, file);

const steps = [
  ['formatting and lint', bin('@biomejs/biome', 'bin/biome'), ['check', '.']],
  [
    'layering',
    bin('dependency-cruiser', 'bin/dependency-cruise.mjs'),
    ['--config', '.dependency-cruiser.cjs', 'packages'],
  ],
  ['types', bin('typescript', 'bin/tsc'), ['-p', 'tsconfig.check.json']],
  ['published packages', join(root, '.ci', 'packages.mjs'), []],
  ['documentation', bin('typedoc', 'bin/typedoc'), ['--treatWarningsAsErrors', '--logLevel', 'Warn']],
  [
    'tests and examples',
    bin('vitest', 'vitest.mjs'),
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`],
  ],
];

let failed = 0;
for (const [title, file, parameters] of steps) {
  console.log(`\n== ${title}`);
  const { status } = spawnSync(process.execPath, [file, ...parameters], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    failed++;
    console.log(`== ${title}: FAILED`);
  }
}

let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
try {
  counts = JSON.parse(readFileSync(results, 'utf8'));
} catch {
  console.log('the test runner left no results');
  failed++;
}
rmSync(scratch, { recursive: true, force: true });
console.log(
  `\n${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${counts.numPendingTests} skipped`,
);
process.exit(failed === 0 ? 0 : 1);
