import { MICROSECOND, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { Campaign } from '../campaign/campaign.js';
import { budgetsOf } from '../property/budgets.js';
import { noFlap } from '../property/no-flap.js';
import type { Property } from '../property/property.js';
import { singleOwner } from '../property/single-owner.js';
import { cluster } from './clusters.fixture.js';
import { ExploredLab } from './explored-lab.js';
import { retrace } from './retrace.js';
import { SymbolicSearch } from './symbolic-search.js';

/**
 * Outcomes and suprema that a sketch of the protocol on a broadcast medium gave; here on the full stack: kernels, cables
 * of 100 µs, a learning switch, a client. Starts anywhere in 4 s; no delayed bursts of gratuitous ARP.
 */
const QUIET: Campaign = {
  name: 'acceptance',
  faults: [],
  atOnce: 0,
  inAll: 0,
  repairs: false,
  faultsFrom: 'start',
  lostFrames: 0,
  startWithin: 4 * SECOND,
  driftPpm: 0,
};
const NO_BURSTS = '    garp_master_delay 0\n    garp_lower_prio_delay 0\n';

function explored(priorities: readonly number[], campaign: Campaign, properties: readonly Property[] = []) {
  const { design, plan } = cluster(priorities, NO_BURSTS);
  const vips = budgetsOf(design, plan);
  const exploration = { design, plan, campaign, properties, vips, measures: true };
  const search = new SymbolicSearch(new ExploredLab(exploration));
  while (search.violations.length === 0 && search.expand(200));
  expect(search.deadEnds).toBe(0);
  const longest = (what: string) => {
    const found = (search.lab.measures?.worst ?? []).filter(({ worst }) => worst.what === what);
    const [first] = found.sort((one, other) => other.longest.lasted - one.longest.lasted);
    return first === undefined ? undefined : [first.longest.lasted, first.longest.isStrict ? '<' : '<='];
  };
  return { search, longest, exploration, isProved: search.violations.length === 0 && search.frontier === 0 };
}

const settledFault = (fault: Campaign['faults'][number], latency?: Campaign['latency']): Campaign => ({
  ...QUIET,
  faults: [fault],
  atOnce: 1,
  inAll: 1,
  faultsFrom: 'settled',
  ...(latency === undefined ? {} : { latency }),
});

/** Two cables of 100 µs. */
const D = 200 * MICROSECOND;

describe('every start offset in 4 s', () => {
  test('1: two equal nodes are proved, dual for d at most', () => {
    const { isProved, longest } = explored([100, 100], QUIET, [noFlap()]);
    expect(isProved).toBe(true);
    // Attained: who is master first and has the lower address yields d after the other has become it.
    expect(longest('dual')).toEqual([D, '<=']);
  });

  test('2: three equal nodes are proved, dual for less than 2d', () => {
    const { isProved, longest } = explored([100, 100, 100], QUIET, [noFlap()]);
    expect(isProved).toBe(true);
    expect(longest('dual')).toEqual([2 * D, '<']);
  });

  test('3: three equal nodes with two lost frames never flap, dual for a + 2d at most', () => {
    const { isProved, longest } = explored([100, 100, 100], { ...QUIET, lostFrames: 2 }, [noFlap()]);
    expect(isProved).toBe(true);
    expect(longest('dual')?.[0]).toBe(SECOND + 2 * D);
  }, 120_000);

  test('4: two equal nodes with three lost frames flap, and the story can be walked', () => {
    const { search, exploration } = explored([100, 100], { ...QUIET, lostFrames: 3 }, [noFlap()]);
    const found = search.violations[0];
    expect(found?.violation.property).toBe('no-flap');
    if (found === undefined) return;
    const steps = [...search.classes.stepsTo(found.parent), found.step];
    expect(steps.filter(({ kind }) => kind === 'lost')).toHaveLength(3);
    expect(retrace(exploration, steps)?.losses).toHaveLength(3);
  });

  test('4: so do three, of which one hears too little', () => {
    const campaign = { ...QUIET, lostFrames: 3, lostTowards: ['n3'] };
    const { search } = explored([100, 100, 100], campaign, [noFlap()]);
    expect(search.violations[0]?.violation.property).toBe('no-flap');
  }, 60_000);
});

describe('once settled', () => {
  test('5: power off: headless for MDI(100) + d at most', () => {
    expect(explored([150, 100], settledFault('power-off')).longest('headless')).toEqual([
      3_609_575 * MICROSECOND,
      '<=',
    ]);
    const jitter = { lo: 50 * MICROSECOND, hi: 150 * MICROSECOND };
    expect(explored([150, 100], settledFault('power-off', jitter)).longest('headless')).toEqual([
      3_609_675 * MICROSECOND,
      '<=',
    ]);
  });

  test('6: SIGTERM: headless for the skew and d', () => {
    expect(explored([150, 100], settledFault('stop')).longest('headless')).toEqual([
      609_575 * MICROSECOND,
      '<=',
    ]);
  });

  test('7: kill -9 with a restart at any time: dual over any budget', () => {
    const { search } = explored([150, 100], { ...settledFault('kill-9'), repairs: true }, [singleOwner()]);
    expect(search.violations.map(({ violation }) => violation.property)).toEqual(['single-owner']);
  });

  test('10: two equal nodes, two lost frames, a fault and its repair at any instant: closed, no dead end', () => {
    const campaign: Campaign = {
      ...QUIET,
      lostFrames: 2,
      faults: ['power-off'],
      atOnce: 1,
      inAll: 1,
      repairs: true,
    };
    const { search, isProved } = explored([100, 100], campaign);
    expect(isProved).toBe(true);
    expect(search.classes.size).toBeGreaterThan(500);
  });
});
