import { defineLab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { flapFree } from '../property/index.js';
import { counterexampleOf, runOfCounterexample } from './counterexample-of.js';
import { pairDesign } from './pair.fixture.js';
import { scenarioOfToken } from './scenario-token.js';
import { scenarioWith } from './verdict.fixture.js';

const lab = defineLab(pairDesign(150, 100));
const singleOwner = flapFree().find(({ name }) => name === 'single-owner');

describe('a counterexample', () => {
  test('is executed again, and replays by its token alone', () => {
    if (singleOwner === undefined) throw new Error('no such property');
    const lost = scenarioWith({ actions: [{ at: 4e9, deed: { do: 'drop-multicast', node: 'sw1' } }] });
    const found = counterexampleOf(lab, lost, singleOwner, undefined, { from: 1, period: 2 });
    expect(found).toMatchObject({
      property: 'single-owner',
      address: '192.168.1.100',
      lasso: { from: 1, period: 2 },
    });
    expect(found?.at).toBeGreaterThan(7e9);
    expect(found?.at).toBeLessThan(7.2e9);
    expect(scenarioOfToken(lab, found?.token ?? '')).toEqual(found?.scenario);
    if (found !== null) expect(runOfCounterexample(found).report.verdict.words).toContain('dual');
  });

  test('is none where the run does not violate the property', () => {
    if (singleOwner === undefined) throw new Error('no such property');
    expect(counterexampleOf(lab, scenarioWith({}), singleOwner)).toBeNull();
  });
});
