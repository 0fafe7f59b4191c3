import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepalivedConf, viplab } from '../captured-terminal.fixture.js';

let folder = '';
const home = process.cwd();
const SWEEP = ['sweep', 'lab.yaml', '--runs', '130', '--workers', '1'];
const part = (index: number): string => `part${index}.jsonl`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'viplab-merge-'));
  process.chdir(folder);
  writeFileSync('n1.conf', keepalivedConf(150));
  writeFileSync('n2.conf', keepalivedConf(100));
  writeFileSync(
    'lab.yaml',
    `name: pair
nodes:
  n1: { address: 192.168.1.11/24, keepalived: n1.conf }
  n2: { address: 192.168.1.12/24, keepalived: n2.conf }
schedule:
  - { at: 6s, do: power-off, node: n1 }
duration: 12s
`,
  );
  for (const index of [1, 2, 3]) {
    expect((await viplab([...SWEEP, '--shard', `${index}/3`, '--out', part(index)])).code).toBe(0);
  }
  // A machine that is busy with other things takes its time.
}, 60_000);
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});
beforeEach(() => rmSync('all.jsonl', { force: true }));

describe('merging', () => {
  test('all shards gives what the sweep without shards gives', async () => {
    const merged = await viplab(['merge', part(3), part(1), part(2)]);
    expect(merged.code).toBe(0);
    expect(merged.out).toContain(' · all 3 shards\n');
    const whole = await viplab(SWEEP);
    expect(merged.out.replace(' · all 3 shards', '')).toBe(whole.out);
  });

  test('with one missing claims nothing, and says what is typed to fill the gap', async () => {
    const { code, out } = await viplab(['merge', part(1), part(3)]);
    expect(code).toBe(3);
    expect(out).toMatch(/^INCONCLUSIVE nothing found in 90 of 130 runs; HELD is not claimed\n/);
    expect(out).toContain(' · 2 of 3 shards\n');
    expect(out).toContain(
      'missing    2/3 is missing\n           viplab sweep lab.yaml --runs 130 --shard 2/3 --out part2.jsonl\n',
    );
    const command = /viplab (sweep .* --out) part2\.jsonl/.exec(out)?.[1]?.split(' ') ?? [];
    expect((await viplab([...command, 'filled.jsonl', '--workers', '1'])).code).toBe(0);
    expect((await viplab(['merge', part(1), 'filled.jsonl', part(3)])).code).toBe(0);
  });

  test('the same file twice counts it once', async () => {
    const once = await viplab(['merge', part(1)]);
    expect(await viplab(['merge', part(1), part(1)])).toEqual(once);
  });

  test('writes one file, the same for any order, which can be merged again', async () => {
    await viplab(['merge', part(2), part(3), part(1), '--out', 'all.jsonl']);
    const text = readFileSync('all.jsonl', 'utf8');
    await viplab(['merge', part(1), part(2), part(3), '--out', 'all.jsonl', '--force']);
    expect(readFileSync('all.jsonl', 'utf8')).toBe(text);
    await viplab([...SWEEP, '--out', 'whole.jsonl']);
    expect(readFileSync('whole.jsonl', 'utf8')).toBe(text);
    expect((await viplab(['merge', 'all.jsonl', part(2)])).code).toBe(0);
  });

  test('as JSON has the gaps with their commands', async () => {
    const { out } = await viplab(['merge', part(2), '--json']);
    expect(JSON.parse(out)).toMatchObject({
      schema: 'viplab.sweep/1',
      verdict: 'inconclusive',
      done: 40,
      gaps: [
        {
          shard: '1/3',
          runs: 50,
          file: null,
          command: expect.stringContaining('--shard 1/3 --out part1.jsonl'),
        },
        { shard: '3/3', runs: 40, file: null },
      ],
    });
  });
});

describe('refused are', () => {
  const complaint = async (...files: string[]): Promise<string> => {
    const { code, out, err } = await viplab(['merge', ...files]);
    expect([code, out]).toEqual([2, '']);
    return err.replace(/\s+/g, ' ');
  };

  test('no files, and files that do not exist or cannot be read', async () => {
    mkdirSync('folder', { recursive: true });
    expect(await complaint()).toContain('[file/none]');
    expect(await complaint(part(1), 'none.jsonl')).toContain('none.jsonl does not exist [file/missing]');
    expect(await complaint('folder')).toContain('[file/unreadable]');
  });

  test('files that are none of a sweep', async () => {
    expect(await complaint('lab.yaml')).toContain('lab.yaml:1:1: error: the line is damaged');
    writeFileSync('empty.jsonl', '');
    expect(await complaint('empty.jsonl')).toContain('[sweep/empty]');
  });

  test('files of different sweeps, saying in what they differ', async () => {
    await viplab([
      'sweep',
      'lab.yaml',
      '--runs',
      '20',
      '--seed',
      '3',
      '--workers',
      '1',
      '--out',
      'other.jsonl',
    ]);
    expect(await complaint(part(1), 'other.jsonl')).toContain(
      'other.jsonl:1:1: error: it is of another sweep than part1.jsonl: runs 20, not 130; seed 3, not 1',
    );
  });

  test('an --out that exists or is one of the files', async () => {
    const before = readFileSync(part(1), 'utf8');
    expect(await complaint(part(1), '--out', 'lab.yaml')).toContain('[file/exists]');
    expect(await complaint(part(1), '--out', part(1), '--force')).toContain('[file/exists]');
    expect(readFileSync(part(1), 'utf8')).toBe(before);
    expect(await complaint(part(1), '--out', 'none/all.jsonl')).toContain('[file/not-written]');
    expect(existsSync('all.jsonl')).toBe(false);
  });
});
