import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepalivedConf, viplab, widest } from '../captured-terminal.fixture.js';

let folder = '';
const home = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viplab-sweep-'));
  process.chdir(folder);
  for (const [name, priority] of [
    ['n1', 150],
    ['n2', 100],
  ] as const) {
    mkdirSync(name);
    writeFileSync(`${name}/keepalived.conf`, keepalivedConf(priority));
  }
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  for (const file of ['part.jsonl', 'all.jsonl']) rmSync(file, { force: true });
  rmSync('.viplab', { recursive: true, force: true });
});

const lab = (schedule: string, more = ''): string => {
  const name = `lab-${Buffer.from(schedule + more)
    .toString('hex')
    .slice(-40)}.yaml`;
  writeFileSync(
    name,
    `name: pair
nodes:
  n1: { address: 192.168.1.11/24, keepalived: n1/keepalived.conf }
  n2: { address: 192.168.1.12/24, keepalived: n2/keepalived.conf }
schedule:
  - ${schedule}
duration: 15s
${more}`,
  );
  return name;
};
const POWER_OFF = '{ at: 6s, do: power-off, node: n1 }';
const healthy = (): string => lab(POWER_OFF);
const flapping = (): string => lab('{ at: 6s, do: drop-multicast }');
/** Sweeps in this process: threads need the built command. */
const sweep = (...words: string[]): ReturnType<typeof viplab> =>
  viplab(['sweep', '--workers', '1', ...words]);
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('a sweep', () => {
  test('of a sound pair holds, says how sure that is, what was reached and what was worst', async () => {
    const { code, out } = await sweep(healthy(), '--runs', '60');
    expect(code).toBe(0);
    expect(out).toMatch(/^HELD {7}nothing found in 60 runs; not a proof\n/);
    expect(out).toContain("bounds     the lab's own schedule · seeds 1 to 60\n");
    expect(out).toContain(
      'means      at 95 % confidence fewer than 1 run in 20 is broken under these seeds\n',
    );
    expect(out).toContain('covered    failover of 192.168.1.100 100 %\n');
    expect(out).toMatch(
      /^ +headless +3\.\d+ s +192\.168\.1\.100 {2}\(allowed 3\.61 s, run \d+\) {2}vl2-\w+-s\d+$/m,
    );
    expect(widest(out)).toBeLessThanOrEqual(100);
  });

  test('that breaks tells its stories with a token each, which can be pasted', async () => {
    const name = flapping();
    const { code, out } = await sweep(name, '--runs', '25', '--seed', '7');
    expect(code).toBe(1);
    expect(out).toMatch(/^BROKEN {5}25 of 25 runs in 1 story \(by property and causes\)\n/);
    expect(out).toMatch(/^story 1 {4}single-owner, after drop-multicast\b.*: 25 runs$/m);
    const [, pasted = ''] = /^ +viplab (run --replay vl2-\w+-s7)$/m.exec(out) ?? [];
    expect(existsSync(/\.viplab\/\w+\/lab\.yaml/.exec(out)?.[0] ?? '')).toBe(true);
    const again = await viplab(pasted.split(' '));
    expect([again.code, again.out]).toEqual([1, expect.stringContaining('DUAL')]);
  });

  test('of a lab that expects what happens holds', async () => {
    const expected = lab('{ at: 6s, do: drop-multicast }', 'expect: [dual]\n');
    expect(await sweep(expected, '--runs', '20')).toMatchObject({
      code: 0,
      out: expect.stringContaining('covered    as expected 100 %'),
    });
    expect((await sweep(lab(POWER_OFF, 'expect: [dual]\n'), '--runs', '20')).code).toBe(1);
  });

  test('in which nothing of interest happens is inconclusive', async () => {
    const { code, out } = await sweep(lab('{ at: 6s, do: flush-neighbours, node: n1 }'), '--runs', '20');
    expect([code, out.split('\n')[0]]).toEqual([3, 'INCONCLUSIVE a failover in none of 20 runs']);
  });

  test('prints JSON and nothing else with --json', async () => {
    const { out, err } = await sweep(flapping(), '--runs', '20', '--json');
    expect(err).toBe('');
    expect(json(out)).toMatchObject({
      schema: 'viplab.sweep/1',
      verdict: 'broken',
      asked: 20,
      done: 20,
      broken: 20,
      campaign: null,
      shard: '1/1',
      stories: [
        { property: 'single-owner', runs: 20, first: { run: 1, token: expect.stringMatching(/^vl2-/) } },
      ],
    });
  });

  test('of a lab that leaves nothing to chance says that its runs are all the same', async () => {
    const { err } = await sweep('segregated-vips', '--runs', '20');
    expect(err).toContain('[sweep/no-chance]');
    expect((await sweep(healthy(), '--runs', '20')).err).not.toContain('no-chance');
  });
});

describe('the file of a sweep', () => {
  test('has a first line, a line for each block and a last line, and its summary is that of the sweep', async () => {
    const name = flapping();
    const { out } = await sweep(name, '--runs', '45', '--out', 'part.jsonl', '--json');
    const lines = readFileSync('part.jsonl', 'utf8').trimEnd().split('\n').map(json);
    expect(lines[0]).toMatchObject({ schema: 'viplab.sweep/1', runs: 45, words: [name, '--runs', '45'] });
    expect(
      lines.filter((line) => 'block' in line).map(({ block, runs, broken }) => [block, runs, broken]),
    ).toEqual([
      [0, 20, 20],
      [1, 20, 20],
      [2, 5, 5],
    ]);
    expect(lines.at(-1)).toEqual({ complete: true, runs: 45, broken: 45 });
    const merged = json((await viplab(['merge', 'part.jsonl', '--json'])).out);
    expect(merged).toEqual({ ...json(out), gaps: [] });
  });

  test('is not made again when it is complete', async () => {
    const first = await sweep(healthy(), '--runs', '45', '--out', 'part.jsonl');
    const text = readFileSync('part.jsonl', 'utf8');
    expect(await sweep(healthy(), '--runs', '45', '--out', 'part.jsonl')).toEqual(first);
    expect(readFileSync('part.jsonl', 'utf8')).toBe(text);
  });

  test('is resumed where it was cut off, whatever is left of it', async () => {
    const whole = await sweep(healthy(), '--runs', '45', '--out', 'part.jsonl');
    const text = readFileSync('part.jsonl', 'utf8');
    for (const cut of [
      0,
      1,
      30,
      text.indexOf('\n') - 1,
      text.indexOf('\n'),
      text.length >> 1,
      text.length - 2,
      text.length - 1,
    ]) {
      writeFileSync('part.jsonl', text.slice(0, cut));
      expect(await sweep(healthy(), '--runs', '45', '--out', 'part.jsonl')).toEqual(whole);
      expect(readFileSync('part.jsonl', 'utf8')).toBe(text);
    }
  });

  test.each([
    ['--seed', '2', 'seed 1, not 2'],
    ['--runs', '46', 'runs 45, not 46'],
    ['--shard', '1/2', 'shard 1/1, not 1/2'],
    ['--faults', 'power-off', 'campaign '],
  ])('of another sweep is refused and left alone: %s %s', async (option, value, difference) => {
    await sweep(healthy(), '--runs', '45', '--out', 'part.jsonl');
    const text = readFileSync('part.jsonl', 'utf8');
    const { code, err } = await sweep(healthy(), '--runs', '45', option, value, '--out', 'part.jsonl');
    expect([code, err.replace(/\s+/g, ' ')]).toEqual([2, expect.stringContaining(difference)]);
    expect(err).toContain('[sweep/another]');
    expect(readFileSync('part.jsonl', 'utf8')).toBe(text);
  });

  test('of another lab is refused', async () => {
    await sweep(healthy(), '--runs', '45', '--out', 'part.jsonl');
    const { code, err } = await sweep(flapping(), '--runs', '45', '--out', 'part.jsonl');
    expect([code, err.replace(/\s+/g, ' ')]).toEqual([
      2,
      expect.stringMatching(/of another sweep: lab \w+, not \w+/),
    ]);
  });

  test('is never written over another file', async () => {
    for (const text of ['nodes: {}\n', 'x', '{"schema":"viplab.run/1"}', '{}\n']) {
      writeFileSync('part.jsonl', text);
      const { code, err } = await sweep(healthy(), '--runs', '20', '--out', 'part.jsonl');
      expect([code, err]).toEqual([2, expect.stringContaining('[sweep/damaged]')]);
      expect(readFileSync('part.jsonl', 'utf8')).toBe(text);
    }
  });

  test('names the damaged line', async () => {
    await sweep(healthy(), '--runs', '45', '--out', 'part.jsonl');
    const lines = readFileSync('part.jsonl', 'utf8').split('\n');
    writeFileSync('part.jsonl', lines.map((line, index) => (index === 2 ? line.slice(5) : line)).join('\n'));
    for (const words of [
      ['sweep', healthy(), '--runs', '45', '--out', 'part.jsonl'],
      ['merge', 'part.jsonl'],
    ]) {
      const { code, err } = await viplab(words);
      expect([code, err]).toEqual([2, expect.stringMatching(/^part\.jsonl:3:1: error: the line is damaged/)]);
    }
  });

  test('that cannot be written is bad input', async () => {
    mkdirSync('a-folder', { recursive: true });
    for (const out of ['a-folder', 'n1/keepalived.conf/x.jsonl']) {
      const { code, err } = await sweep(healthy(), '--runs', '20', '--out', out);
      expect([code, err]).toEqual([2, expect.stringMatching(/\[file\/(unreadable|not-written)\]/)]);
    }
  });
});

describe('a shard', () => {
  test('without runs has nothing to do, and is complete', async () => {
    const { code, out } = await sweep(healthy(), '--runs', '45', '--shard', '4/8', '--out', 'part.jsonl');
    expect([code, out.split('\n')[0]]).toEqual([0, expect.stringMatching(/^HELD {7}this shard has no runs/)]);
    expect(readFileSync('part.jsonl', 'utf8')).toMatch(/\n\{"complete":true,"runs":0,"broken":0\}\n$/);
  });

  test('in which nothing of interest happened is no failure: another may have it', async () => {
    const dull = lab('{ at: 6s, do: flush-neighbours, node: n1 }');
    expect((await sweep(dull, '--runs', '45', '--shard', '1/8', '--out', 'part.jsonl')).code).toBe(0);
    expect((await sweep(dull, '--runs', '20')).code).toBe(3);
  });
});

describe('a budget', () => {
  test('ends a sweep with what it has: a file that can be resumed, and no claim', async () => {
    const { code, out } = await sweep(
      healthy(),
      '--runs',
      '100000',
      '--budget',
      '300ms',
      '--out',
      'part.jsonl',
    );
    expect([code, out.split('\n')[0]]).toEqual([
      3,
      expect.stringMatching(
        /^INCONCLUSIVE nothing found in [\d ]+ of 100 000 runs \(--budget 0\.3s\); HELD is not claimed$/,
      ),
    ]);
    expect((await viplab(['merge', 'part.jsonl'])).out).toMatch(
      /^missing +1\/1 is unfinished\n +viplab sweep \S+ --runs 100000 --out part\.jsonl$/m,
    );
  });
});

describe('options that make no sense are refused with a caret:', () => {
  test.each([
    [['--runs', '0'], "'0' is no whole number of 1 to 2000000000"],
    [['--runs', '1e4'], "'1e4' is no whole number"],
    [['--runs', '9999999999'], 'is no whole number'],
    [['--shard', '9/8'], "'9/8' is no shard"],
    [['--shard', '0/8'], "'0/8' is no shard"],
    [['--shard', 'x'], 'such as 3/8'],
    [['--workers', '0'], 'is no whole number of 1 to 1024'],
    [['--budget', '60'], 'is not a duration with its unit'],
    [['--budget', '0s'], 'a sweep cannot take no time'],
    [['--seed', '9007199254740991'], 'not be exact numbers'],
    [['--faults', 'power-of'], 'did you mean power-off?'],
    [['--faults', ''], "'' is no fault"],
    [['--lose', '-1'], 'is no whole number of 0 to 1000'],
  ])('%j', async (words, message) => {
    const { code, err, out } = await viplab(['sweep', healthy(), ...words]);
    expect([code, out]).toEqual([2, '']);
    expect(err.replace(/\n? +\| /g, ' ')).toContain(message);
  });

  test('a seed that is none', async () => {
    expect((await viplab(['sweep', healthy(), '--seed', 'x'])).code).toBe(2);
  });

  test('files that do not exist', async () => {
    expect((await viplab(['sweep', 'none.yaml'])).code).toBe(2);
  });
});
