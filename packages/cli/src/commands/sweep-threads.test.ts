import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepalivedConf, viplab } from '../captured-terminal.fixture.js';

const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));
const WORKER = fileURLToPath(new URL('../../dist/workers/sweep-worker.js', import.meta.url));
const execute = promisify(execFile);

/** A process starts in half a second; on a machine that is busy with other things in ten. */
const PATIENCE = 120_000;

let folder = '';
const home = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viplab-threads-'));
  process.chdir(folder);
  writeFileSync('n1.conf', keepalivedConf(150));
  writeFileSync('n2.conf', keepalivedConf(100));
  writeFileSync(
    'flap.yaml',
    `name: pair
nodes:
  n1: { address: 192.168.1.11/24, keepalived: n1.conf }
  n2: { address: 192.168.1.12/24, keepalived: n2.conf }
schedule:
  - { at: 6s, do: drop-multicast }
duration: 12s
`,
  );
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

async function bin(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  try {
    const { stdout, stderr } = await execute(process.execPath, [BIN, ...words], { cwd: folder });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

const text = (name: string): string => readFileSync(name, 'utf8');
const blocksIn = (name: string): number =>
  existsSync(name) ? (text(name).match(/^\{"block"/gm)?.length ?? 0) : 0;

/** Starts a sweep and waits until some of it stands in its file. */
async function startedSweep(
  file: string,
  ...words: string[]
): Promise<{ child: ChildProcess; ended: Promise<{ code: number | null; out: string }> }> {
  const child = spawn(process.execPath, [BIN, 'sweep', ...words, '--out', file], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; out: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out }));
  });
  while (blocksIn(file) < 2 && child.exitCode === null) await setTimeout(5);
  return { child, ended };
}

// The build is somebody else's: without one there is nothing to test.
describe.skipIf(!existsSync(WORKER))('threads', () => {
  test(
    'find the same as one worker, to the last byte',
    async () => {
      const sweep = ['sweep', 'flap.yaml', '--runs', '90', '--seed', '5', '--json'];
      const one = await viplab([...sweep, '--workers', '1', '--out', 'one.jsonl']);
      const two = await bin(...sweep, '--workers', '2', '--out', 'two.jsonl');
      expect([two.code, two.out]).toEqual([one.code, one.out]);
      expect(one.code).toBe(1);
      for (const name of ['one', 'two'])
        await viplab(['merge', `${name}.jsonl`, '--out', `${name}-merged.jsonl`]);
      expect(text('two-merged.jsonl')).toBe(text('one-merged.jsonl'));
    },
    PATIENCE,
  );

  test(
    'find the same under random causes',
    async () => {
      const sweep = ['sweep', 'n1.conf', 'n2.conf', '--runs', '25', '--faults', 'grey', '--json'];
      const one = await viplab([...sweep, '--workers', '1']);
      const two = await bin(...sweep, '--workers', '2');
      expect([two.code, two.out]).toEqual([one.code, one.out]);
      expect(JSON.parse(one.out)).toMatchObject({ done: 25, campaign: { repairs: true } });
    },
    PATIENCE,
  );

  test(
    'may be killed in the middle: typed again it goes on, and finds what it would have found',
    async () => {
      const words = ['flap.yaml', '--runs', '400', '--workers', '2'];
      const { child, ended } = await startedSweep('killed.jsonl', ...words);
      child.kill('SIGKILL');
      await ended;
      expect(blocksIn('killed.jsonl')).toBeLessThan(20);
      const finished = text('killed.jsonl').split('\n').slice(0, -1);
      const resumed = await bin('sweep', ...words, '--out', 'killed.jsonl', '--json');
      expect(text('killed.jsonl').split('\n').slice(0, finished.length)).toEqual(finished);
      expect(blocksIn('killed.jsonl')).toBe(20);
      const whole = await viplab(['sweep', 'flap.yaml', '--runs', '400', '--workers', '1', '--json']);
      expect([resumed.code, resumed.out]).toEqual([whole.code, whole.out]);
    },
    PATIENCE,
  );

  test.each([
    ['SIGINT', '2'],
    ['SIGTERM', '2'],
    ['SIGINT', '1'],
  ] as const)(
    'stopped by %s tell what was found and leave a whole file: %s',
    async (signal, workers) => {
      const file = `${signal}-${workers}.jsonl`;
      const words = ['flap.yaml', '--runs', '100000', '--workers', workers];
      const { child, ended } = await startedSweep(file, ...words);
      child.kill(signal);
      const { code, out } = await ended;
      expect(code).toBe(130);
      const [, done = ''] =
        /^BROKEN {5}[\d ]+ of the ([\d ]+) of 100 000 runs \(interrupted\)/.exec(out) ?? [];
      expect(Number(done.replaceAll(' ', ''))).toBe(20 * blocksIn(file));
      expect(text(file).endsWith('}\n')).toBe(true);
      expect((await viplab(['merge', file])).out).toContain(
        `viplab sweep flap.yaml --runs 100000 --out ${file}`,
      );
    },
    PATIENCE,
  );
});
