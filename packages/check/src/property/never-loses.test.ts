import { expect, test } from 'vitest';
import { pairDesign } from '../counterexample/pair.fixture.js';
import { SaidByClient, silentClient } from './client-events.fixture.js';
import { type NeverLosesOptions, neverLoses } from './never-loses.js';

const DESIGN = silentClient(pairDesign(150, 100));
const said = (options?: NeverLosesOptions): SaidByClient => new SaidByClient(DESIGN, [neverLoses(options)]);

test('what fails before the first answer is not lost: the service was not there yet', () => {
  const client = said().at(2000).result('refused', 1000).at(3000).result('ok', 2900);
  // Sent before the answered one, and found lost after it.
  expect(client.at(3500).result('timeout', 2500).violations).toEqual([]);
});

test('a lost request is told with its fate', () => {
  const client = said().at(3000).result('ok', 2900);
  expect(client.at(4000).result('reset', 3900).violations).toEqual([
    {
      property: 'never-loses',
      message: 'c1 loses request 2 to 192.168.1.100:5432: its connection was reset',
    },
  ]);
});

test('so many may be lost, and not one more', () => {
  const client = said({ atMost: 2 }).at(3000).result('ok', 2900).at(5000).result('timeout', 3000);
  expect(client.result('timeout', 3200).violations).toEqual([]);
  expect(client.result('timeout', 3400).violations).toMatchObject([
    {
      property: 'never-loses-more-than-2',
      message: expect.stringMatching(/request 4 .*, and 2 may be lost$/),
    },
  ]);
});

test.each([-1, 0.5, Number.NaN])('%s is no number of requests', (atMost) => {
  expect(() => neverLoses({ atMost })).toThrow(RangeError);
});
