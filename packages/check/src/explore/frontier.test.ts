import { expect, test } from 'vitest';
import { Frontier } from './frontier.js';

test('fewest causes first, then first in, first out', () => {
  const frontier = new Frontier();
  frontier.add(1, 1);
  frontier.add(2, 0);
  frontier.add(3, 2);
  expect(frontier.next()).toBe(2);
  frontier.add(4, 0);
  frontier.add(5, 1);
  expect(frontier.size).toBe(4);
  expect([1, 2, 3, 4].map(() => frontier.next())).toEqual([4, 1, 5, 3]);
  expect(frontier.next()).toBeUndefined();
  expect(frontier.size).toBe(0);
});
