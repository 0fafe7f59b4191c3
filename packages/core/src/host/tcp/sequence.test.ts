import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance, distance, isAfter, isBefore, later } from './sequence.js';

const number = fc.integer({ min: 0, max: 0xffff_ffff });

describe('sequence numbers', () => {
  test.each([
    [0, 1, true],
    [1, 0, false],
    [5, 5, false],
    [0xffff_ffff, 0, true],
    [0, 0xffff_ffff, false],
    [0xffff_fff0, 0x10, true],
    [0, 0x7fff_ffff, true],
    [0x8000_0001, 0, true],
  ])('%i before %i: %s', (one, other, expected) => {
    expect(isBefore(one, other)).toBe(expected);
    expect(isAfter(other, one)).toBe(expected);
  });

  test('go round at 2^32', () => {
    expect(advance(0xffff_ffff, 1)).toBe(0);
    expect(advance(0xffff_fff0, 0x20)).toBe(0x10);
    expect(distance(0xffff_fff0, 0x10)).toBe(0x20);
    expect(later(0xffff_fff0, 0x10)).toBe(0x10);
  });

  test('keep their order wherever they begin, as long as they are less than half the circle apart', () => {
    fc.assert(
      fc.property(number, fc.integer({ min: 1, max: 0x7fff_ffff }), (start, count) => {
        const end = advance(start, count);
        expect(isBefore(start, end)).toBe(true);
        expect(isAfter(start, end)).toBe(false);
        expect(distance(start, end)).toBe(count);
        expect([later(start, end), later(end, start)]).toEqual([end, end]);
      }),
    );
  });
});
