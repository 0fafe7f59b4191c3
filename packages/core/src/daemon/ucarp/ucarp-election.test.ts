import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Ipv4Address, ipv4Address } from '../../wire/index.js';
import { advertisedSkew, type Candidate, compareWords, judgeAdvert } from './ucarp-election.js';

const OWN = '10.0.0.5';
const own = (more: Partial<Candidate['config']> = {}, rest: Partial<Candidate> = {}): Candidate => ({
  config: {
    advbase: 1,
    advskew: 100,
    deadRatio: 3,
    preempt: false,
    source: ipv4Address(OWN),
    ...more,
  },
  byteOrder: 'little',
  isSuppressed: false,
  ...rest,
});
const heard = (advskew: number, source = '10.0.0.9', advbase = 1) => ({
  advbase,
  advskew,
  source: ipv4Address(source),
});

describe('a master', () => {
  test.each([
    [heard(99), { deed: 'yield', reason: 'better-advert' }],
    [heard(101), { deed: 'reassert' }],
    [heard(100, '10.0.0.4'), { deed: 'yield', reason: 'equal-advert' }],
    [heard(100, '10.0.0.6'), { deed: 'reassert' }],
    [heard(100, OWN), { deed: 'none' }],
    [heard(200, '10.0.0.4', 0), { deed: 'yield', reason: 'better-advert' }],
    [heard(0, '10.0.0.4', 2), { deed: 'reassert' }],
    // 2.0 s is more than 1.99 s, and 255/256 s less than one.
    [heard(255, '10.0.0.4'), { deed: 'reassert' }],
  ] as const)('%o', (advert, verdict) => {
    expect(judgeAdvert('MASTER', own(), advert)).toEqual(verdict);
  });

  test('that cannot send yields to skews below 240', () => {
    const suppressed = own({}, { isSuppressed: true });
    expect(judgeAdvert('MASTER', suppressed, heard(239)).deed).toBe('yield');
    expect(judgeAdvert('MASTER', suppressed, heard(240)).deed).toBe('reassert');
    expect(judgeAdvert('MASTER', own({ advskew: 250 }, { isSuppressed: true }), heard(249)).deed).toBe(
      'yield',
    );
  });
});

describe('a backup', () => {
  test('waits, whatever the other is, unless it preempts', () => {
    expect(judgeAdvert('BACKUP', own(), heard(0))).toEqual({ deed: 'wait' });
    expect(judgeAdvert('BACKUP', own(), heard(100, '10.0.0.4'))).toEqual({ deed: 'wait' });
    expect(judgeAdvert('BACKUP', own(), heard(254))).toEqual({ deed: 'wait' });
  });

  test('preempts what advertises more rarely, not what is equal', () => {
    const preempting = own({ preempt: true });
    expect(judgeAdvert('BACKUP', preempting, heard(101))).toEqual({ deed: 'take-over', reason: 'preempts' });
    expect(judgeAdvert('BACKUP', preempting, heard(100, '10.0.0.9'))).toEqual({ deed: 'wait' });
    expect(judgeAdvert('BACKUP', preempting, heard(99))).toEqual({ deed: 'wait' });
  });

  test('takes what would time out for dead at once', () => {
    expect(judgeAdvert('BACKUP', own(), heard(100, '10.0.0.9', 3))).toEqual({ deed: 'wait' });
    expect(judgeAdvert('BACKUP', own(), heard(101, '10.0.0.9', 3))).toEqual({
      deed: 'take-over',
      reason: 'will-time-out',
    });
  });
});

test('the skew of who cannot send is 240, or its own if that is more', () => {
  expect([0, 240, 241, 255].map((skew) => advertisedSkew(skew, true))).toEqual([240, 240, 241, 255]);
  expect(advertisedSkew(7, false)).toBe(7);
});

describe('words in network order', () => {
  test('on a little-endian machine the last octet decides first', () => {
    const [one, other] = [ipv4Address('10.0.1.1'), ipv4Address('10.0.0.2')];
    expect(compareWords(one, other, 'little')).toBeLessThan(0);
    expect(compareWords(one, other, 'big')).toBeGreaterThan(0);
    expect(compareWords(ipv4Address('10.0.0.255'), ipv4Address('10.0.0.1'), 'little')).toBeGreaterThan(0);
  });

  const word = fc.integer({ min: 0, max: 0xffff_ffff }).map((value) => value as Ipv4Address);
  test.each(['little', 'big'] as const)('%s: an order', (byteOrder) => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(compareWords(a, b, byteOrder)).toBe(-compareWords(b, a, byteOrder) + 0);
        expect(compareWords(a, b, byteOrder) === 0).toBe(a === b);
        if (compareWords(a, b, byteOrder) < 0 && compareWords(b, c, byteOrder) < 0)
          expect(compareWords(a, c, byteOrder)).toBeLessThan(0);
      }),
    );
  });
});
