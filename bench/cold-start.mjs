import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { secondsOf } from './engine-cases.mjs';

const from = (path) => fileURLToPath(new URL(path, import.meta.url));
const bin = from('../packages/cli/dist/bin.js');
const pair = ['n1', 'n2'].map((node) => from(`../examples/segregated-vips/${node}/keepalived.conf`));

/** Milliseconds of wall time from starting a process to its end. */
function milliseconds(...parameters) {
  const seconds = secondsOf(() => {
    const { status, stderr } = spawnSync(process.execPath, parameters);
    if (status !== 0) throw new Error(`${parameters.join(' ')}: ${stderr}`);
  });
  return seconds * 1000;
}

/** From typing to the last line: what a person waits for. An empty Node process stands beside it. */
export const bench = {
  unit: 'ms',
  cases: {
    'viplab run n1.conf n2.conf': () => milliseconds(bin, 'run', ...pair, '--until', '45s'),
    'viplab run segregated-vips': () => milliseconds(bin, 'run', 'segregated-vips'),
    'viplab --help': () => milliseconds(bin, '--help'),
    'node -e 0': () => milliseconds('-e', '0'),
  },
  peers: [],
};
