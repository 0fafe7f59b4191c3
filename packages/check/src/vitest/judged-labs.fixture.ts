import { defineLab, type Lab, type LabDesign } from '@viplab/core';
import { designOf } from '../campaign/design-of.js';
import { pairDesign } from '../counterexample/pair.fixture.js';
import { counterexampleWith, scenarioWith, verdictWith } from '../counterexample/verdict.fixture.js';
import { flapFree } from '../property/flap-free.js';
import type { CheckVerdict, WorstCase } from '../verdict.js';

export const VIP = '192.168.1.100';

/** n1 (150) loses power at 10 s and gets it back at 25 s. */
export const FAILS_OVER: LabDesign = {
  ...pairDesign(150, 100),
  schedule: [
    { at: '10s', do: 'power-off', node: 'n1' },
    { at: '25s', do: 'power-on', node: 'n1' },
  ],
  duration: '45s',
};

/** Neither hears the other from 5 s on. */
export const DUAL: LabDesign = {
  ...pairDesign(150, 100),
  schedule: [{ at: '5s', do: 'drop-multicast' }],
  duration: '30s',
};

export const pair: Lab = defineLab(pairDesign(150, 100));

/** A check that was asked for the flap-free family. */
export const checked = (word: CheckVerdict['word'], parts: Partial<CheckVerdict> = {}): CheckVerdict => ({
  ...verdictWith(pair, word),
  properties: flapFree().map(({ name }) => name),
  bounds: ['links 50 µs'],
  ...parts,
});

/** What the check says of {@link DUAL}. */
export const brokenByLostMulticast = (): CheckVerdict => {
  const scenario = scenarioWith({
    actions: [{ at: 5e9, deed: { do: 'drop-multicast', node: pair.plan.switches[0]?.name ?? '' } }],
    until: 9e9,
  });
  const counterexample = counterexampleWith(pair, scenario, {
    property: 'single-owner',
    message: `${VIP} is owned by n1 and n2 for longer than the 0.2 ms allowed`,
    at: 8_084_000_000,
  });
  const design = designOf(pair.design, scenario);
  return checked('broken', { counterexamples: [{ ...counterexample, design }] });
};

/** The longest time without an owner, or from a fault to the next owner. */
export const worstCase = (what: WorstCase['what'], lasted: number): WorstCase => ({
  what,
  address: VIP,
  lasted,
  isStrict: false,
  allowed: null,
  phase: 'settled',
});
