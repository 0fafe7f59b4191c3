import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Lab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import {
  doubledTime,
  perturb,
  restoreIntoDirty,
  walker,
} from '../packages/core/src/engine/guards.testing.js';
import { buildOf, isDerived } from '../packages/core/src/lab/guarded-lab.testing.js';
import { EXAMPLES, loadExample, pathOf } from './labs.testing.js';

/** Where a run is cut in two: no request of a client is under way then, whatever its pace. */
const OFF_BEAT = 77_700_000;

const middleOf = (lab: Lab): number => Math.floor(lab.plan.duration / 2) + OFF_BEAT;

/** The instant of the newest source file that is built, ms since 1970. */
function newestSource(folder: string): number {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (
      !entry.isFile() ||
      !entry.name.endsWith('.ts') ||
      /\.(test|testing|fixture|arbitrary)\.ts$/.test(entry.name)
    )
      continue;
    newest = Math.max(newest, statSync(`${entry.parentPath ?? folder}/${entry.name}`).mtimeMs);
  }
  return newest;
}

/** Why the built packages cannot be compared with the sources, or undefined. */
function whyNotBuilt(): string | undefined {
  for (const name of ['core', 'config']) {
    const folder = fileURLToPath(new URL(`../packages/${name}/`, import.meta.url));
    const stamp = `${folder}tsconfig.tsbuildinfo`;
    if (!existsSync(`${folder}dist/index.js`) || !existsSync(stamp)) return `packages/${name} is not built`;
    if (statSync(stamp).mtimeMs < newestSource(`${folder}src`))
      return `packages/${name} is older built than written`;
  }
  return undefined;
}

const notBuilt = whyNotBuilt();

const inWorker = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./run-in-worker.mjs', import.meta.url), { workerData: { path } });
    worker.once('message', ({ digest }: { digest: string }) => resolve(digest));
    worker.once('error', reject);
  });

test('there are examples to test', () => {
  expect(EXAMPLES.length).toBeGreaterThanOrEqual(11);
});

describe.each(EXAMPLES)('%s', (example) => {
  test('shows what its author expects', async () => {
    const { report } = (await loadExample(example)).run();
    expect(report.verdict.words).toSatisfy(() => report.verdict.isExpected);
  });

  test('twice: the same events, the same text, the same state', async () => {
    const [one, other] = [(await loadExample(example)).run(), (await loadExample(example)).run()];
    expect(other.digest).toBe(one.digest);
    expect(other.text({ level: 'vv' })).toBe(one.text({ level: 'vv' }));
    expect(other.simulation.stateDigest).toBe(one.simulation.stateDigest);
    expect(other.token).toBe(one.token);
  });

  test.skipIf(notBuilt !== undefined)(
    `in a thread of its own, with the built packages${notBuilt === undefined ? '' : ` (skipped: ${notBuilt})`}`,
    async () => {
      expect(await inWorker(pathOf(example))).toBe((await loadExample(example)).run().digest);
    },
  );

  test('beside a host that has nothing to do with it', async () => {
    const lab = await loadExample(example);
    const { links } = lab.design;
    const [lan] = lab.plan.switches;
    const more = lab.with({
      nodes: { ...lab.design.nodes, stranger: { address: '192.168.1.200/24', files: ['/etc/motd'] } },
      ...(links === undefined || lan === undefined ? {} : { links: [...links, ['stranger', lan.name]] }),
    });
    // A switch that speaks spanning tree has something to say of the stranger's port too.
    const speakers = lab.plan.switches.filter((part) => part.spanningTree !== null).map(({ name }) => name);
    // A VIP without an owner is at no node.
    const nodes = [...Object.keys(lab.design.nodes).filter((name) => !speakers.includes(name)), ''];
    expect(more.plan.hosts.map((host) => host.name)).toContain('stranger');
    const [alone, beside] = [lab.run().simulation, more.run().simulation];
    expect(beside.traceDigest(nodes)).toBe(alone.traceDigest(nodes));
    if (speakers.length === 0) expect(alone.traceDigest(nodes)).toBe(alone.traceDigest());
  });

  test('with every frame as bytes at every hop', async () => {
    const lab = await loadExample(example);
    expect(lab.run({ asBytes: true }).digest).toBe(lab.run().digest);
  });

  test('with doubled time: the same events in the same order at doubled instants', async () => {
    const lab = await loadExample(example);
    expect(doubledTime(buildOf(lab.plan), { until: lab.plan.duration })).toEqual([]);
  });

  test('saved in the middle and restored, also into simulations that have had another past', async () => {
    const lab = await loadExample(example);
    const middle = middleOf(lab);
    expect(
      restoreIntoDirty(buildOf(lab.plan), { until: middle, further: lab.plan.duration - middle }),
    ).toEqual([]);
  });

  test('rewound and forked: each goes on to the same end', async () => {
    const lab = await loadExample(example);
    const whole = lab.run();
    const simulation = lab.start().runUntil(middleOf(lab));
    const snapshot = simulation.save();
    const fork = simulation.fork();
    const ends = [
      simulation.runUntil(whole.until),
      fork.runUntil(whole.until),
      lab.start({ seed: 1 }).restore(snapshot).runUntil(whole.until),
    ];
    for (const end of [...ends, simulation.restore(snapshot).runUntil(whole.until)]) {
      expect(end.traceDigest()).toBe(whole.digest);
      expect(end.stateDigest).toBe(whole.simulation.stateDigest);
    }
  });

  test('no mutable state but the declared', async () => {
    const lab = await loadExample(example);
    const simulation = lab.start();
    const parts = 97;
    const run = (look: () => void): void => {
      for (let part = 1; part <= parts; part++) {
        simulation.runUntil(Math.floor((lab.plan.duration * part) / parts));
        look();
      }
    };
    expect(walker([simulation], run, isDerived)).toEqual([]);
  });

  test('each word of its state is in the digest, and comes back from a snapshot', async () => {
    const lab = await loadExample(example);
    const { engine } = lab.start().runUntil(middleOf(lab)).network;
    // The made-up words are no routes and no cables, so nothing is worked out of them.
    engine.afterRestore.length = 0;
    expect(perturb(engine)).toEqual([]);
  });
});
