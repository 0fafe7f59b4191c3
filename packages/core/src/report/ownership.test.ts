import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HandMadeTrace, READ, WRITE } from './hand-made-trace.fixture.js';
import { lengthOf, totalOf } from './interval.js';
import { ownedBy, ownershipOf, ownersOf } from './ownership.js';
import { anyRun } from './random-trace.fixture.js';

describe('who owns a VIP', () => {
  test('before its first owner it is unowned, later headless', () => {
    const { events } = new HandMadeTrace().owners(10, WRITE, 'n1').owners(20, WRITE).owners(30, WRITE, 'n2');
    const ownership = ownershipOf(events, WRITE, 40);
    expect(ownership.intervals.map(({ kind }) => kind)).toEqual(['unowned', 'single', 'headless', 'single']);
    expect(ownership.headless).toEqual([{ from: 20, to: 30 }]);
    expect(ownersOf(ownership)).toEqual(['n1', 'n2']);
  });

  test('a dual in which the owners change is one dual', () => {
    const { events } = new HandMadeTrace()
      .owners(1, WRITE, 'n1', 'n2')
      .owners(2, WRITE, 'n2', 'n3')
      .owners(3, WRITE, 'n3');
    const ownership = ownershipOf(events, WRITE, 4);
    expect(ownership.dual).toEqual([{ from: 1, to: 3, owners: ['n1', 'n2', 'n3'] }]);
    expect(ownedBy(ownership, 'n2')).toEqual([{ from: 1, to: 3 }]);
  });

  test('a change of hands within one instant is neither dual nor headless', () => {
    const { events } = new HandMadeTrace().owners(0, WRITE, 'n1').owners(5, WRITE).owners(5, WRITE, 'n2');
    const { dual, headless } = ownershipOf(events, WRITE, 9);
    expect({ dual, headless }).toEqual({ dual: [], headless: [] });
  });

  test('another VIP is another matter', () => {
    const { events } = new HandMadeTrace().owners(1, READ, 'n1');
    expect(ownershipOf(events, WRITE, 9).intervals).toEqual([
      { from: 0, to: 9, kind: 'unowned', owners: [] },
    ]);
  });

  test('owner intervals tile the run; unowned, single, dual and headless tile it too', () => {
    fc.assert(
      fc.property(anyRun, ({ events, facts }) => {
        const ownership = ownershipOf(events, WRITE, facts.duration);
        let end = 0;
        for (const interval of ownership.intervals) {
          expect(interval.from).toBe(end);
          expect(lengthOf(interval)).toBeGreaterThan(0);
          end = interval.to;
        }
        expect(end).toBe(facts.duration);
        const others = ownership.intervals.filter(({ kind }) => kind === 'single' || kind === 'unowned');
        expect(totalOf(ownership.dual) + totalOf(ownership.headless) + totalOf(others)).toBe(facts.duration);
        expect(ownership.intervals.slice(1).every(({ kind }) => kind !== 'unowned')).toBe(true);
      }),
    );
  });
});
