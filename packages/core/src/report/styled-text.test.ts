import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactSeconds, spanInWords, timesInWords } from './spans-of-time.js';
import { clipped, inAscii, plainText, span, spansOf, textWidth, wrapped } from './styled-text.js';
import { VipNames } from './vip-names.js';

test('lines are joined without styles and without blanks at their ends', () => {
  expect(plainText([[span('a ', 'bad'), span('b  ')], []])).toBe('a b\n\n');
});

test('wrapping keeps every word and no line is too wide', () => {
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapped('incomprehensible', 6)).toEqual(['incomp', 'rehens', 'ible']);
  expect(wrapped('', 7)).toEqual(['']);
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 12 }).map((word) => word.replace(/\s/g, '_'))),
      fc.integer({ min: 3, max: 30 }),
      (words, width) => {
        const lines = wrapped(words.join(' '), width);
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
      },
    ),
  );
});

test('clipping leaves an ellipsis; ASCII keeps each glyph its column', () => {
  expect(clipped('keepalived', 6)).toBe('keepa…');
  expect(clipped('frr', 6)).toBe('frr');
  expect(inAscii([[span('█▒─╳↯→·µ', 'bad')]])).toEqual([[span('#=-x!>.u', 'bad')]]);
});

test('neighbours of one style become one span', () => {
  expect(spansOf([span('a', 'bad'), span('b', 'bad'), span('c')])).toEqual([span('ab', 'bad'), span('c')]);
});

describe('spans of time in words', () => {
  test.each([
    [0, '0.00 s'],
    [1, '1 ns'],
    [40_000, '40 µs'],
    [50_500, '51 µs'],
    [1_500, '1.5 µs'],
    [100_000, '0.1 ms'],
    [200_000, '0.2 ms'],
    [999_960_000, '1000 ms'],
    [18_000_000, '18 ms'],
    [3_084_437_500, '3.08 s'],
    [26_497_937_500, '26.50 s'],
  ])('%d ns is %s', (nanoseconds, words) => expect(spanInWords(nanoseconds)).toBe(words));

  test('exact and counted', () => {
    expect([750_000_000, 1_000_000_000, 20_000_000_000, 1].map(exactSeconds)).toEqual([
      '0.75',
      '1',
      '20',
      '0.000000001',
    ]);
    expect([1, 2, 3].map(timesInWords)).toEqual(['once', 'twice', '3 times']);
  });
});

test('a VIP is called by its last number, unless two end alike', () => {
  const names = new VipNames(['10.0.0.1', '10.0.1.1', '10.0.0.2', 'fd00::1']);
  expect(['10.0.0.1', '10.0.0.2', '10.9.9.9', 'fd00::1'].map((address) => names.short(address))).toEqual([
    '10.0.0.1',
    '.2',
    '10.9.9.9',
    'fd00::1',
  ]);
});
