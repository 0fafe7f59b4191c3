import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, suggest } from './suggest.js';

describe('suggestions', () => {
  const names = [
    'virtual_ipaddress',
    'virtual_ipaddress_excluded',
    'virtual_routes',
    'priority',
    'preempt',
    'state',
  ];
  test.each([
    ['virtual_ipadress', 'virtual_ipaddress'],
    ['pirority', 'priority'],
    ['Priority', 'priority'],
    ['staet', 'state'],
    ['preemt', 'preempt'],
    ['garp', undefined],
    ['x', undefined],
    ['', undefined],
    ['a'.repeat(1000), undefined],
  ])('%s', (word, expected) => {
    expect(suggest(word, names)).toBe(expected);
  });
  test('the first of equally near ones', () => {
    expect(suggest('n4', ['n1', 'n2'])).toBe('n1');
  });
  test('never the word itself', () => {
    expect(suggest('state', ['state'])).toBeUndefined();
  });
});

describe('distance', () => {
  test.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'ab', 1],
    ['abc', 'abxc', 1],
    ['abc', 'axc', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%j to %j is %i', (one, other, expected) => {
    expect(editDistance(one, other, 10)).toBe(expected);
  });
  test('is the same both ways, and 0 only for the same word', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (one, other) => {
        expect(editDistance(one, other, 20)).toBe(editDistance(other, one, 20));
        expect(editDistance(one, other, 20) === 0).toBe(one === other);
      }),
    );
  });
  test('stops at the limit', () => {
    expect(editDistance('abcdefgh', 'zyxwvuts', 2)).toBe(3);
  });
});
