import { matchesName } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchFiles } from './file-pattern.js';
import { filesOf } from './file-source.js';

/** The same as a regular expression: slow on hostile patterns, but plainly right. */
function expected(name: string, pattern: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(name);
}

describe('a name and a pattern', () => {
  test('match as a regular expression says', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 6 }),
        (name, pattern) => {
          expect(matchesName(name, pattern)).toBe(expected(name, pattern));
        },
      ),
    );
  });

  test.each([
    ['a.conf', '[ab].conf', true],
    ['c.conf', '[ab].conf', false],
    ['5.conf', '[0-9].conf', true],
    ['a.conf', '[!0-9].conf', true],
    ['5.conf', '[^0-9].conf', false],
    ['[', '[', true],
    ['.hidden', '*', false],
  ])('%s, %s: %s', (name, pattern, match) => {
    expect(matchesName(name, pattern)).toBe(match);
  });

  test('with many stars end soon', () => {
    expect(matchesName('a'.repeat(250), `${'*a'.repeat(120)}b`)).toBe(false);
  });
});

test('files of an include are found beside the file that has it, in their order', () => {
  const files = filesOf(
    new Map(
      ['n1/conf.d/b.conf', 'n1/conf.d/a.conf', 'n1/conf.d/x.txt', 'n1/extra.conf'].map((path) => [path, '']),
    ),
  );
  expect(matchFiles(files, 'conf.d/*.conf', 'n1/keepalived.conf')).toEqual([
    'n1/conf.d/a.conf',
    'n1/conf.d/b.conf',
  ]);
  expect(matchFiles(files, '{extra,none}.conf', 'n1/keepalived.conf')).toEqual([
    'n1/extra.conf',
    'n1/none.conf',
  ]);
  expect(matchFiles(files, '*/../extra.conf', 'n1/keepalived.conf')).toEqual(['n1/extra.conf']);
});
