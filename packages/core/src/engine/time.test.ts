import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  END_OF_TIME,
  formatDuration,
  formatSeconds,
  ms,
  parseDuration,
  s,
  tryParseDuration,
  us,
} from './time.js';

describe('reading durations', () => {
  test.each([
    ['0s', 0],
    ['1ns', 1],
    ['1.1ms', 1_100_000],
    ['0.1us', 100],
    ['0.000000001s', 1],
    ['3.609375s', 3_609_375_000],
    ['1.10000000000000000000000s', 1_100_000_000],
    ['0.29s', 290_000_000],
    ['2min', 120_000_000_000],
    ['1.5h', 5_400_000_000_000],
    ['0.0000000000025h', 9],
    [' 10 µs ', 10_000],
    ['9007199254740991ns', END_OF_TIME],
    ['2501.9997929836086h', undefined],
    ['9007199254740992ns', undefined],
    ['0.3333333330000000000001s', undefined],
    ['0.0000000001s', undefined],
    ['0.5ns', undefined],
    ['1', undefined],
    ['-1s', undefined],
    ['1e3s', undefined],
    ['.5s', undefined],
    ['1 s s', undefined],
    ['1S', undefined],
    ['', undefined],
    [`${'9'.repeat(100_000)}s`, undefined],
  ])('%s', (text, nanoseconds) => {
    expect(tryParseDuration(text)).toBe(nanoseconds);
  });

  test('spans say their unit', () => {
    expect([us(1.1), ms(1.1), s(1.1)].map(parseDuration)).toEqual([1_100, 1_100_000, 1_100_000_000]);
  });

  test('what is no duration is named', () => {
    expect(() => parseDuration('5' as '5s')).toThrow("'5' is not a duration");
  });

  test('formatDuration is exact and reads back', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.nat(),
          fc.maxSafeNat(),
          fc.nat(100).chain((n) => fc.constantFrom(n * 1e6, n * 1e9, n * 6e10, n * 1000)),
        ),
        (time) => {
          expect(tryParseDuration(formatDuration(time))).toBe(time);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test.each([
    [50_000, '50us'],
    [1_500_000_000, '1.5s'],
    [120_000_000_000, '2min'],
    [3_609_375_000, '3609.375ms'],
    [1_001, '1.001us'],
    [1, '1ns'],
    [0, '0s'],
  ])('formatDuration(%d)', (time, text) => expect(formatDuration(time)).toBe(text));
});

describe('formatSeconds', () => {
  test.each([
    [13_084_000_000, 3, '13.084'],
    [13_084_499_999, 3, '13.084'],
    [13_084_500_000, 3, '13.085'],
    [999_999_999, 3, '1.000'],
    [-1_500_000, 3, '-0.002'],
    [-1, 3, '0.000'],
    [1, 9, '0.000000001'],
    [END_OF_TIME, 9, '9007199.254740991'],
    [1_500_000_000, 0, '2'],
  ])('%d with %d decimals', (time, decimals, text) => expect(formatSeconds(time, decimals)).toBe(text));

  test('nine decimals lose nothing', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (time) => {
        expect(tryParseDuration(`${formatSeconds(time, 9)}s`)).toBe(time);
      }),
    );
  });

  test('is the nearest text, ties upwards', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 9 }), (time, decimals) => {
        const unit = 10n ** BigInt(9 - decimals);
        const shown = BigInt(formatSeconds(time, decimals).replace('.', '')) * unit;
        const off = BigInt(time) - shown;
        expect(off * 2n < unit && off * 2n >= -unit).toBe(true);
      }),
    );
  });
});
