import { readFileSync } from 'node:fs';
import { defineLab } from '../packages/core/dist/index.js';
import { secondsOf } from './engine-cases.mjs';

const REPEATS = 400;
const WARM_UP = 400;

const configuration = (node) =>
  readFileSync(new URL(`../examples/segregated-vips/${node}/keepalived.conf`, import.meta.url), 'utf8');

const SCHEDULE = [
  { at: '10s', do: 'power-off', node: 'n1' },
  { at: '25s', do: 'power-on', node: 'n1' },
];

/** The same with two vhids of OpenBSD's kernel: a digest is made for each advert, and one to compare it with. */
function carpPair() {
  const carp = (first, second) => ({
    files: {
      'hostname.carp0': `inet 192.168.1.100 255.255.255.0 NONE vhid 1 carpdev em0 advskew ${first} pass secret\n`,
      'hostname.carp1': `inet 192.168.1.101 255.255.255.0 NONE vhid 2 carpdev em0 advskew ${second} pass secret\n`,
      'sysctl.conf': 'net.inet.carp.preempt=1\n',
    },
  });
  return defineLab({
    name: 'failover',
    nodes: {
      n1: { address: '192.168.1.11/24', carp: carp(0, 100) },
      n2: { address: '192.168.1.12/24', carp: carp(100, 0) },
    },
    schedule: SCHEDULE,
  });
}

/** Two routers with segregated virtual addresses; n1 loses its power at 10 s and gets it back at 25 s. */
function pair(hasClient) {
  const client = {
    c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080', every: '200ms' } },
  };
  return defineLab({
    name: 'failover',
    nodes: {
      n1: { address: '192.168.1.11/24', keepalived: configuration('n1') },
      n2: { address: '192.168.1.12/24', keepalived: configuration('n2') },
      ...(hasClient ? client : {}),
    },
    schedule: SCHEDULE,
  });
}

function median(samples) {
  return samples.sort((a, b) => a - b)[samples.length >> 1];
}

/** Milliseconds for building the network, and for 60 simulated seconds, in a process that has done it often before. */
function measure(lab, part) {
  const builds = [];
  const runs = [];
  for (let round = 0; round < WARM_UP + REPEATS; round++) {
    let simulation;
    const build = secondsOf(() => {
      simulation = lab.start({ seed: 1 });
    });
    const run = secondsOf(() => simulation.runUntil('60s'));
    if (round < WARM_UP) continue;
    builds.push(build * 1000);
    runs.push(run * 1000);
  }
  if (part === 'build') return median(builds);
  if (part === 'run') return median(runs);
  return median(builds.map((build, index) => build + runs[index]));
}

export const bench = {
  unit: 'ms',
  cases: Object.fromEntries(
    [
      ['no client', () => pair(false)],
      ['one client', () => pair(true)],
      ['CARP, no client', carpPair],
    ].flatMap(([title, lab]) =>
      ['build', 'run', 'build and run'].map((part) => [`${title}, ${part}`, () => measure(lab(), part)]),
    ),
  ),
  peers: [],
};
