import { defineLab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { boundsOf } from './bounds-of.js';
import type { Campaign } from './campaign.js';
import { checkCampaign } from './check-campaign.js';
import { faultsOf } from './faults-of.js';
import { PAIR } from './labs.fixture.js';
import { oneFaultAndRepair } from './ready-made.js';

const { plan } = defineLab(PAIR);

describe('checkCampaign', () => {
  test.each<[Partial<Campaign>, RegExp]>([
    [{ nodes: ['n1', 'n22'] }, /no node 'n22', did you mean n2\? \(there are n1, n2, c1, sw1\)/],
    [{ nodes: ['database'] }, /no node 'database' \(there are/],
    [{ lostTowards: ['sw1'] }, /no host 'sw1'/],
    [{ faults: ['power-of'] as never }, /no kind of fault 'power-of', did you mean power-off\?/],
    [{ atOnce: -1 }, /atOnce is -1; write a whole number of 0 or more/],
    [{ inAll: 1.5 }, /inAll is 1.5/],
    [{ inAll: Number.POSITIVE_INFINITY }, /inAll is Infinity/],
    [{ lostFrames: -3 }, /lostFrames is -3/],
    [{ startWithin: -1 }, /startWithin is -1; write whole nanoseconds, 0 or more/],
    [{ startWithin: Number.NaN }, /startWithin is NaN/],
    [{ latency: { lo: 0, hi: 5 } }, /latency.lo is 0; write whole nanoseconds, 1 or more/],
    [{ latency: { lo: 9, hi: 5 } }, /ends \(5 ns\) before it begins \(9 ns\): swap lo and hi/],
    [{ driftPpm: -5 }, /driftPpm is -5; write a whole number of 0 to 100000, it counts both ways/],
  ])('%o', (wrong, message) => {
    const campaign = { ...oneFaultAndRepair(), ...wrong };
    for (const use of [checkCampaign, faultsOf, boundsOf]) {
      expect(() => use(plan, campaign)).toThrow(RangeError);
      expect(() => use(plan, campaign)).toThrow(message);
      expect(() => use(plan, campaign)).toThrow("campaign 'one fault and its repair'");
    }
  });
});
