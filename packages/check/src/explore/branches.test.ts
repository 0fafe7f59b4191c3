import { describe, expect, test } from 'vitest';
import { Branches } from './branches.js';

/** All ways through something that asks. */
function ways(ask: (branches: Branches) => string): string[] {
  const branches = new Branches();
  const found: string[] = [];
  branches.begin();
  do found.push(ask(branches));
  while (branches.next());
  return found;
}

describe('what may happen in a step', () => {
  test('every combination, once, in order', () => {
    expect(ways((branches) => `${branches.take(2)}${branches.take(3)}`)).toEqual([
      '00',
      '01',
      '02',
      '10',
      '11',
      '12',
    ]);
  });

  test('what is asked may depend on what was answered', () => {
    expect(ways((branches) => (branches.take(2) === 0 ? 'none' : `some ${branches.take(2)}`))).toEqual([
      'none',
      'some 0',
      'some 1',
    ]);
  });

  test('what has one outcome is no choice', () => {
    const branches = new Branches();
    expect(ways((asked) => `${asked.take(1)}${asked.take(0)}`)).toEqual(['00']);
    branches.begin();
    branches.take(1);
    expect(branches.choices).toEqual([]);
  });

  test('choices are repeated, and end there', () => {
    const branches = new Branches();
    branches.repeat([1, 2]);
    expect([branches.take(2), branches.take(3)]).toEqual([1, 2]);
    expect(branches.choices).toEqual([1, 2]);
    expect(branches.next()).toBe(false);
  });
});
