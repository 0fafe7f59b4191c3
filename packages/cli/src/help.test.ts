import { ACTION_NAMES } from '@viplab/config';
import { describe, expect, test } from 'vitest';
import { viplab, widest } from './captured-terminal.fixture.js';
import { table, wrap } from './help.js';

const COMMANDS = ['check', 'run', 'lint', 'sweep', 'merge', 'init', 'explain', 'examples'];

describe('help', () => {
  test('is the answer to nothing, --help and -h', async () => {
    const screens = await Promise.all([[], ['--help'], ['-h'], ['--no-color']].map((words) => viplab(words)));
    for (const { code, out, err } of screens) expect([code, out, err]).toEqual([0, screens[0]?.out, '']);
  });

  test('lists the commands that exist and no others', async () => {
    const { out } = await viplab(['--help']);
    const section = out.slice(out.indexOf('Commands'), out.indexOf('LAB:'));
    expect([...section.matchAll(/^ {2}viplab (\w+)/gm)].map(([, name]) => name)).toEqual(COMMANDS);
    const tried = await Promise.all(COMMANDS.map((name) => viplab([name, '--help'])));
    expect(tried.map(({ code }) => code)).toEqual(COMMANDS.map(() => 0));
  });

  test.each(COMMANDS)(
    'of %s has three examples first, then options and exit codes, on stdout',
    async (name) => {
      const { code, out, err } = await viplab([name, '--help']);
      expect([code, err]).toEqual([0, '']);
      expect(out.match(/^ {2}viplab /gm)).toHaveLength(3);
      const places = ['Examples', 'Usage:', 'Options', 'Exit codes'].map((title) =>
        out.indexOf(`\n${title}`),
      );
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(places[0]).toBeGreaterThan(0);
      expect(out).toMatch(/^ {2}70 {3}a bug in viplab/m);
    },
  );

  test('is never wider than 100 columns', async () => {
    for (const words of [['--help'], ...COMMANDS.map((name) => [name, '--help'])]) {
      expect(widest((await viplab(words)).out)).toBeLessThanOrEqual(100);
    }
  });

  test('of run names every action of --at', async () => {
    const { out } = await viplab(['run', '--help']);
    expect(ACTION_NAMES.filter((name) => !new RegExp(`\\b${name}\\b`).test(out))).toEqual([]);
  });
});

test('tables break their second column', () => {
  expect(table([['-a', 'word '.repeat(30).trim()]]).every((line) => line.length <= 100)).toBe(true);
  expect(
    table([
      ['-a', 'x'],
      ['--long-option <value-with-a-name>', 'y'],
    ]),
  ).toEqual([`  -a${' '.repeat(26)}x`, '  --long-option <value-with-a-name>', `${' '.repeat(30)}y`]);
});

test('a word that is longer than a line stands on its own', () => {
  expect(wrap('a bbbbbbbb c', 4)).toEqual(['a', 'bbbbbbbb', 'c']);
});
