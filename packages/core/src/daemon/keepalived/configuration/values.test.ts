import { describe, expect, test } from 'vitest';
import { formatSeconds, readBoolean, readDecimal, readInteger } from './values.js';

describe('whole numbers', () => {
  const range = { minimum: 1, maximum: 255, lenient: true };
  test.each([
    ['1', { value: 1, problem: undefined }],
    [' 255', { value: 255, problem: undefined }],
    ['+7', { value: 7, problem: undefined }],
    ['0', { value: undefined, problem: 'out-of-range' }],
    ['256', { value: undefined, problem: 'out-of-range' }],
    ['99999999999999999999999', { value: undefined, problem: 'out-of-range' }],
    ['-1', { value: undefined, problem: 'out-of-range' }],
    ['100abc', { value: 100, problem: 'not-a-number' }],
    ['300abc', { value: undefined, problem: 'not-a-number' }],
    ['abc', { value: undefined, problem: 'not-a-number' }],
    ['', { value: undefined, problem: 'not-a-number' }],
    ['1.5', { value: 1, problem: 'not-a-number' }],
  ])('%j', (text, expected) => {
    expect(readInteger(text, range)).toEqual(expected);
  });

  test('rubbish behind the number makes a strict keyword ignore it', () => {
    expect(readInteger('100abc', { ...range, lenient: false }).value).toBeUndefined();
  });
});

describe('decimals', () => {
  const range = { minimum: 0, maximum: 255_000_000, lenient: true };
  test.each([
    ['1', 1_000_000, undefined],
    ['0.01', 10_000, undefined],
    ['.5', 500_000, undefined],
    ['5.', 5_000_000, undefined],
    ['1.2345678', 1_234_568, 'too-precise'],
    ['1.2345674', 1_234_567, 'too-precise'],
    ['300', undefined, 'out-of-range'],
    ['-1', undefined, 'out-of-range'],
    // The zeros that scale the number end up behind the rubbish: 5 µs.
    ['5s', 5, 'not-a-number'],
    ['x', 0, 'not-a-number'],
  ])('%j seconds', (text, value, problem) => {
    expect(readDecimal(text, 6, range)).toEqual({ value, problem });
  });
});

test('booleans', () => {
  expect(['true', 'on', 'yes', 'false', 'off', 'no', 'TRUE', '1', ''].map(readBoolean)).toEqual([
    ...[true, true, true, false, false, false],
    ...[undefined, undefined, undefined],
  ]);
});

test('microseconds are printed as seconds', () => {
  expect([0, 10_000, 1_000_000, 1_500_000, 4_294_967_295].map(formatSeconds)).toEqual([
    '0',
    '0.01',
    '1',
    '1.5',
    '4294.967295',
  ]);
});
