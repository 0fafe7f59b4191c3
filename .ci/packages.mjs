// Packs each published package and asks publint and attw whether its exports and types are right.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'viplab-pack-'));
const node = (file, parameters, cwd = root) =>
  execFileSync(process.execPath, [join(root, 'node_modules', file), ...parameters], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

let failed = false;
for (const name of ['core', 'config', 'check', 'cli']) {
  const folder = join(root, 'packages', name);
  try {
    node('publint/src/cli.js', ['run', folder, '--strict', '--pack', 'npm']);
    execFileSync('npm', ['pack', '--silent', '--pack-destination', scratch], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const tarball = readdirSync(scratch).find((file) => file.endsWith('.tgz')) ?? '';
    node('@arethetypeswrong/cli/dist/index.js', [
      join(scratch, tarball),
      '--profile',
      'esm-only',
      '--no-emoji',
    ]);
    rmSync(join(scratch, tarball));
    console.log(`${name}: exports and types are right`);
  } catch (error) {
    failed = true;
    console.log(`${name}:\n${error.stdout ?? ''}${error.stderr ?? error.message}`);
  }
}
rmSync(scratch, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
