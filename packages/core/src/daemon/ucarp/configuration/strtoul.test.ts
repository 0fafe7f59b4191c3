import { expect, test } from 'vitest';
import { lowBits, strtoul } from './strtoul.js';

test.each([
  ['7', 7, true],
  [' +7', 7, true],
  ['0x1f', 31, true],
  ['017', 15, true],
  ['0', 0, true],
  ['08', 0, false],
  ['0x', 0, false],
  ['12abc', 12, false],
  ['', 0, false],
  ['abc', 0, false],
])('%s', (text, value, isWhole) => {
  expect(strtoul(text)).toEqual({ value, isWhole });
});

test('negative numbers wrap around, in as many bits as are kept', () => {
  expect(strtoul('-1').value).toBe(2 ** 64 - 1);
  expect([lowBits('-1', 8), lowBits('-256', 8), lowBits('-2', 32), lowBits('300', 8)]).toEqual([
    255, 0, 4_294_967_294, 44,
  ]);
  expect(lowBits('99999999999999999999999', 8)).toBe(255);
});
