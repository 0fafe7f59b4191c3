import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  defineLab,
  designDigest,
  formatChoiceToken,
  formatRangeToken,
  formatToken,
  parseToken,
} from './index.js';
import { PAIR } from './pair.fixture.js';

describe('a replay token', () => {
  test('says which lab and which seed', () => {
    const token = formatToken(PAIR, 7);
    expect(token).toMatch(/^vl2-[0-9a-z]{8}-s7$/);
    expect(parseToken(token)).toEqual({
      version: 2,
      lab: designDigest(PAIR),
      kind: 'seed',
      seed: 7,
    });
    expect(defineLab(PAIR).run({ seed: 7, until: '1s' }).token).toBe(token);
  });

  test('reads back whatever the seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(parseToken(formatToken(PAIR, seed))).toMatchObject({ kind: 'seed', seed });
        expect(parseToken(formatRangeToken(PAIR, seed))).toMatchObject({ kind: 'range', runs: seed });
      }),
    );
  });

  test('may name the choices of a check, and hold the lab', () => {
    const token = formatChoiceToken(PAIR, '7e2aZ');
    expect(parseToken(token)).toEqual({
      version: 2,
      lab: designDigest(PAIR),
      kind: 'choices',
      path: '7e2aZ',
    });
    expect(parseToken(`${token}-pabc123`)).toMatchObject({ path: '7e2aZ', packedLab: 'abc123' });
    expect(parseToken(`${formatToken(PAIR, 3)}-pabc`)).toMatchObject({ seed: 3, packedLab: 'abc' });
  });

  test('does not depend on what is only said of a lab, and does on what makes a run', () => {
    const digest = designDigest(PAIR);
    expect(designDigest({ ...PAIR, expect: ['no-flap'], inferred: [] })).toBe(digest);
    expect(designDigest({ ...PAIR, duration: '31s' })).not.toBe(digest);
    expect(designDigest({ ...PAIR, schedule: [{ at: '1s', do: 'heal' }] })).not.toBe(digest);
  });

  test.each([
    '',
    'vl1',
    'vl2-7q2mzk4d',
    'vl2-7q2mzk4d-x1',
    'vl2-7Q2MZK4D-s1',
    'vl2-7q2mzk4d-s-1',
    ' vl2-7q2mzk4d-s1',
    'vl2-7q2mzk4d-c',
    'vl2-7q2mzk4d-c7e-2a',
    'vl2-7q2mzk4d-c7e2a-p',
    'vl2-7q2mzk4d-c7e2a-pXY',
    'vl2-7q2mzk4d-r1e9',
  ])('%j is none', (text) => {
    expect(() => parseToken(text)).toThrow(/is not a replay token such as vl2-7q2mzk4d-s1/);
  });

  test('a seed that no number holds is refused', () => {
    expect(() => parseToken('vl2-7q2mzk4d-s9999999999999999')).toThrow(/too large/);
  });

  test('one of other random streams is refused, and says so', () => {
    expect(() => parseToken('vl1-7q2mzk4d-s1')).toThrow(/version 1.*version 2/);
  });
});
