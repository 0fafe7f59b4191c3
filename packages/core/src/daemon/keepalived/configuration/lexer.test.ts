import { describe, expect, test } from 'vitest';
import { decomment, findBrace, splitCommand, splitWords } from './lexer.js';
import { rawLine } from './source-line.js';

const line = (text: string) => rawLine(text, 'f', 1);

describe('comments', () => {
  test.each([
    ['  priority 100  ', 'priority 100'],
    ['priority 100 # high', 'priority 100'],
    ['priority 100!high', 'priority 100'],
    ['# all of it', ''],
    ['auth_pass "a#b!c" # quoted', 'auth_pass "a#b!c"'],
    ['auth_pass a\\#b', 'auth_pass a#b'],
    ['auth_pass "a\\#b"', 'auth_pass "a\\#b"'],
    ['auth_pass a\\\\#b', 'auth_pass a\\\\'],
    ['$M= one   \\', '$M= one\\'],
    ['# a comment \\', '\\'],
    ['\t\tx\t', 'x'],
  ])('%j', (text, expected) => {
    expect(decomment(line(text)).text).toBe(expected);
  });

  test('a lost backslash does not move what follows', () => {
    const [, second] = splitWords(decomment(line('a\\#b cd')));
    expect(second?.place.range).toEqual({ start: { line: 1, column: 6 }, end: { line: 1, column: 8 } });
  });

  test('a quotation mark without a partner is told with its place', () => {
    const found: number[] = [];
    decomment(line('auth_pass "abc'), (place) => found.push(place.range.start.column));
    expect(found).toEqual([11]);
  });
});

describe('words', () => {
  test.each([
    ['a b\tc', ['a', 'b', 'c']],
    ['a "b c" d', ['a', 'b c', 'd']],
    ['ab"c d"', ['ab', 'c d']],
    ['"" x', ['', 'x']],
    ['a "b', ['a']],
    ["'a b'", ["'a", "b'"]],
    ['', []],
  ])('%j', (text, expected) => {
    expect(splitWords(line(text)).map((word) => word.text)).toEqual(expected);
  });

  test('columns count characters, not UTF-16 units', () => {
    const [, second] = splitWords(line('"😀😀" x'));
    expect(second?.place.range.start.column).toBe(6);
  });
});

describe('commands', () => {
  test.each([
    ['script "a \\"b\\" c"', ['script', 'a "b" c']],
    ["notify 'it is' \\x41\\101\\n", ['notify', 'it is', 'AA\n']],
    ['x a"b c"d', ['x', 'ab cd']],
    ['x \\cA', ['x', '\x01']],
    ["x 'open", undefined],
    ['x end\\', undefined],
  ])('%j', (text, expected) => {
    expect(splitCommand(line(text))?.map((word) => word.text)).toEqual(expected);
  });
});

test.each([
  ['{', 0],
  ['a {', 2],
  ['a "{" }', 6],
  ['a "{', -1],
  ['a', -1],
])('the first brace of %j is at %i', (text, expected) => {
  expect(findBrace(text)).toBe(expected);
});
