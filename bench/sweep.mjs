import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { secondsOf } from './engine-cases.mjs';

const from = (path) => fileURLToPath(new URL(path, import.meta.url));
const bin = from('../packages/cli/dist/bin.js');
const RUNS = 10_000;

/** The pair of `failover`: n1 loses its power at 10 s and gets it back at 25 s; with a client that asks every 200 ms, or none. */
const labOf = (hasClient) => `name: failover
nodes:
  n1: { address: 192.168.1.11/24, keepalived: ${from('../examples/segregated-vips/n1/keepalived.conf')} }
  n2: { address: 192.168.1.12/24, keepalived: ${from('../examples/segregated-vips/n2/keepalived.conf')} }
${hasClient ? '  c1: { address: 192.168.1.50/24, client: { request: 192.168.1.100:8080, every: 200ms } }\n' : ''}schedule:
  - { at: 10s, do: power-off, node: n1 }
  - { at: 25s, do: power-on, node: n1 }
duration: 60s
`;

/** Seconds from typing the command to its last line. */
function sweepSeconds(hasClient, workers) {
  const folder = mkdtempSync(join(tmpdir(), 'viplab-sweep-'));
  try {
    const lab = join(folder, 'lab.yaml');
    writeFileSync(lab, labOf(hasClient));
    const parameters = [bin, 'sweep', lab, '--runs', String(RUNS), '--workers', String(workers), '-q'];
    return secondsOf(() => {
      const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { encoding: 'utf8' });
      if (status !== 0 || !stdout.startsWith('HELD')) throw new Error(`${status}: ${stdout}${stderr}`);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const bench = {
  unit: 's',
  cases: {
    'no client, 2 workers': () => sweepSeconds(false, 2),
    'no client, 1 worker': () => sweepSeconds(false, 1),
    'one client, 2 workers': () => sweepSeconds(true, 2),
  },
  compare: [['no client, 1 worker', 'no client, 2 workers']],
  peers: [],
};
