import { MILLISECOND, SECOND } from '@viplab/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { align, type Occurrence } from './alignment.js';

const at = (...seconds: number[]): Occurrence[] =>
  seconds.map((time) => ({
    time: time * SECOND,
    tolerance: { pace: 'timer', early: 10 * MILLISECOND, late: 10 * MILLISECOND, hiccup: 40 * MILLISECOND },
  }));

const instants = fc
  .array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 12 })
  .map((times) => times.sort((a, b) => a - b).map((ms) => ms * MILLISECOND));

describe('the nth recorded event and its simulated counterpart', () => {
  test('equally many are paired as they come, however far apart', () => {
    expect(align(at(1, 2), [5 * SECOND, 6 * SECOND])).toEqual({
      counterparts: [5 * SECOND, 6 * SECOND],
      extra: [],
    });
  });

  test('one too many does not push the later ones away', () => {
    const simulated = [1, 1.5, 2, 3].map((time) => time * SECOND);
    expect(align(at(1, 2, 3), simulated)).toEqual({
      counterparts: [1, 2, 3].map((time) => time * SECOND),
      extra: [1.5 * SECOND],
    });
  });

  test('one that is missing is missing at its place', () => {
    expect(align(at(1, 2, 3), [SECOND, 3 * SECOND])).toEqual({
      counterparts: [SECOND, undefined, 3 * SECOND],
      extra: [],
    });
  });

  test('nothing is lost, and order is kept', () => {
    fc.assert(
      fc.property(instants, instants, (real, simulated) => {
        const { counterparts, extra } = align(at(...real.map((time) => time / SECOND)), simulated);
        const paired = counterparts.filter((time) => time !== undefined);
        expect(counterparts).toHaveLength(real.length);
        expect(paired).toEqual([...paired].sort((a, b) => a - b));
        expect([...paired, ...extra].sort((a, b) => a - b)).toEqual(simulated);
      }),
    );
  });
});
