/**
 * Runs benches: `node bench/run.mjs [NAME...] [--rounds N] [--json] [--date ISO] [--no-history]`.
 *
 * Every round runs each case and each peer once, in turn (A B A B ...), each in a process of its own, so that what
 * else the machine does falls on all of them alike. Figures are medians with the least and the greatest; compare
 * only within one run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));
const ALL = [
  'hold',
  'timers',
  'lan-chatter',
  'vip-heartbeat',
  'tcp-bulk',
  'idle-connections',
  'tracing',
  'failover',
  'thousand-instances',
  'cold-start',
  'sweep',
  'closed-proof',
  'classes',
];
const NS3 = [
  'core',
  'network',
  'internet',
  'csma',
  'bridge',
  'point-to-point',
  'applications',
  'traffic-control',
  'stats',
];

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    date: { type: 'string' },
    'no-history': { type: 'boolean', default: false },
    case: { type: 'string' },
  },
});

const load = async (name) => (await import(`./${name}.mjs`)).bench;

/** Builds a peer if its toolkit is installed. Returns the command that runs it, or the reason why there is none. */
function peerCommand(program) {
  if (program.endsWith('.py')) {
    for (const python of ['python3', '/usr/bin/python3']) {
      if (spawnSync(python, ['-c', 'import simpy']).status === 0)
        return { command: [python, `${here}peers/${program}`] };
    }
    return { missing: 'SimPy is not installed (python3-simpy3)' };
  }
  const source = `${here}peers/${program}.cc`;
  const binary = `${here}peers/out/${program}`;
  if (existsSync(binary) && statSync(binary).mtimeMs >= statSync(source).mtimeMs)
    return { command: [binary] };
  mkdirSync(`${here}peers/out`, { recursive: true });
  const libraries = NS3.map((name) => `-lns3-${name}`);
  const built = spawnSync('g++', ['-O3', '-std=c++17', source, '-o', binary, ...libraries]);
  return built.status === 0
    ? { command: [binary] }
    : { missing: 'ns-3 is not installed (ns3 libns3-dev g++)' };
}

const lastJson = (text) => JSON.parse(text.trim().split('\n').at(-1) ?? '');

/** One run of one case in a process of its own. */
function runCase(name, title) {
  const output = execFileSync(process.execPath, [`${here}run.mjs`, name, '--case', title], {
    encoding: 'utf8',
  });
  return lastJson(output).value;
}

function summary(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1), rounds: sorted.length };
}

const figure = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(3);
const row = (title, { median, min, max }, unit) =>
  `  ${title.padEnd(34)} ${figure(median).padStart(8)} ${unit}  [${figure(min)} ${figure(max)}]`;

/** Runs one bench with its peers, interleaved. */
async function measure(name, rounds) {
  const { unit, cases, peers, compare = [] } = await load(name);
  const missing = new Set();
  const ready = peers
    .filter(({ skip }) => !skip)
    .map((peer) => ({ ...peer, ...peerCommand(peer.program) }))
    .filter((peer) => {
      if (peer.missing !== undefined) missing.add(peer.missing);
      return peer.missing === undefined;
    });
  const samples = new Map();
  const add = (title, value) => samples.set(title, [...(samples.get(title) ?? []), value]);
  for (let round = 0; round < rounds; round++) {
    for (const title of Object.keys(cases)) {
      add(title, runCase(name, title));
      for (const peer of ready.filter(({ against }) => against[0] === title)) {
        const [program, ...first] = peer.command;
        const output = execFileSync(program, [...first, ...peer.arguments], { encoding: 'utf8' });
        add(peer.name, peer.value(lastJson(output)));
      }
    }
  }
  const figures = Object.fromEntries([...samples].map(([title, list]) => [title, summary(list)]));
  const ratios = {};
  for (const [one, other] of compare) {
    const pairs = samples.get(one).map((value, index) => value / samples.get(other)[index]);
    ratios[`${one} : ${other}`] = summary(pairs);
  }
  for (const { name: peer, against } of ready) {
    for (const title of against) {
      const pairs = samples.get(title).map((value, index) => value / samples.get(peer)[index]);
      ratios[`${title} : ${peer}`] = summary(pairs);
    }
  }
  return { name, unit, figures, ratios, missing: [...missing] };
}

function print({ name, unit, figures, ratios, missing }) {
  console.log(`${name} (${unit}; medians [min max])`);
  for (const [title, each] of Object.entries(figures)) console.log(row(title, each, unit));
  for (const [title, each] of Object.entries(ratios)) console.log(row(title, each, 'x'));
  for (const reason of missing) console.log(`  no peer: ${reason}`);
}

async function main() {
  if (flags.case !== undefined) {
    const { cases } = await load(positionals[0] ?? '');
    console.log(JSON.stringify({ value: await cases[flags.case]() }));
    return;
  }
  const unknown = positionals.filter((name) => !ALL.includes(name));
  if (unknown.length > 0)
    throw new RangeError(`no bench called ${unknown.join(', ')}: there are ${ALL.join(', ')}`);
  const rounds = Number(flags.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError(`'${flags.rounds}' is not a number of rounds`);
  for (const name of positionals.length > 0 ? positionals : ALL) {
    const result = await measure(name, rounds);
    if (flags.json) console.log(JSON.stringify(result));
    else print(result);
    if (flags['no-history']) continue;
    mkdirSync(`${here}history`, { recursive: true });
    const line = { date: flags.date ?? new Date().toISOString(), node: process.version, ...result };
    appendFileSync(`${here}history/${name}.jsonl`, `${JSON.stringify(line)}\n`);
  }
}

await main();
