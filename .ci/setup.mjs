// Installs and builds what is missing. Used by `npm run demo`, `npm test` and `npm run setup`; needs Node and npm only.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const PNPM = 'pnpm@12.21.0';
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`viplab needs Node 20 or newer; this is ${process.version}.`);
  process.exit(2);
}

const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
const run = (command, parameters) =>
  execFileSync(command, parameters, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });

/** Runs a step and shows its output only where it fails. */
function step(title, command, parameters) {
  console.error(title);
  try {
    run(command, parameters);
  } catch (error) {
    process.stderr.write(error.stdout ?? '');
    process.stderr.write(error.stderr ?? '');
    console.error(`failed: ${command} ${parameters.join(' ')}`);
    process.exit(1);
  }
}

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'pnpm-lock.yaml')))
  .digest('hex');
const stamp = join(root, 'node_modules', '.viplab-installed');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  step('viplab: installing dependencies (once, about half a minute)', npx, [
    '--yes',
    PNPM,
    'install',
    '--frozen-lockfile',
  ]);
  writeFileSync(stamp, lock);
}
if (process.argv.includes('--build')) {
  const fresh = !existsSync(join(root, 'packages', 'cli', 'dist', 'bin.js'));
  if (fresh) console.error('viplab: building (once, about ten seconds)');
  try {
    run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  } catch (error) {
    process.stderr.write(error.stdout ?? '');
    console.error('viplab: the build failed');
    process.exit(1);
  }
}
