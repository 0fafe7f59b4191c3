import { MICROSECOND, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { boundsOf } from '../campaign/bounds-of.js';
import type { Campaign } from '../campaign/campaign.js';
import { budgetsOf } from '../property/budgets.js';
import { Pace } from '../sample/pace.js';
import { type CarpClusterOptions, carpCluster } from './carp-clusters.fixture.js';
import type { Exploration } from './exploration.js';
import { ExploredLab } from './explored-lab.js';
import { findLasso } from './find-lasso.js';
import { ownerChangesOnCycles } from './owner-cycles.js';
import { SymbolicSearch } from './symbolic-search.js';

/**
 * CARP on the full stack: kernels, cables of 100 µs, a learning switch, a client. There is no tie-break by address: an
 * equal advert always makes a MASTER yield (ip_carp.c `carp_proto_input_c`, `carp_input_c`), and two that become MASTER
 * within a frame's way of each other do so for ever.
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

/** Two cables of 100 µs. */
const D = 200 * MICROSECOND;
/** A backup of advbase 1 waits so long: three intervals and the skew once, in whole µs (`carp_setrun`). */
const waitOf = (skew: number): number => 3 * SECOND + Math.floor((skew * 1_000_000) / 256) * MICROSECOND;

function explorationOf(
  skews: readonly number[],
  campaign: Partial<Campaign> = {},
  options: CarpClusterOptions = {},
): { readonly lab: ReturnType<typeof carpCluster>; readonly exploration: Exploration } {
  const lab = carpCluster(skews, options);
  const { design, plan } = lab;
  const vips = budgetsOf(design, plan);
  return {
    lab,
    exploration: {
      ...{ design, plan, properties: [], vips, measures: true },
      campaign: { ...QUIET, ...campaign },
    },
  };
}

/** Explores until nothing is left. */
function closed(exploration: Exploration): SymbolicSearch {
  const search = new SymbolicSearch(new ExploredLab(exploration));
  while (search.expand(200));
  expect(search.deadEnds).toBe(0);
  return search;
}

const longest = ({ lab }: SymbolicSearch, what: string): number | undefined =>
  Math.max(
    ...(lab.measures?.worst ?? [])
      .filter(({ worst }) => worst.what === what)
      .map((each) => each.longest.lasted),
  );

const once = (fault: Campaign['faults'][number]): Partial<Campaign> => ({
  ...{ faults: [fault], atOnce: 1, inAll: 1 },
  ...{ faultsFrom: 'settled', startWithin: 0 },
});

/** The lasso of a cluster: where it begins and how long it takes; null if there is none. */
async function lassoOf({ lab, exploration }: ReturnType<typeof explorationOf>) {
  const found = await findLasso(lab, exploration, new Pace(60 * SECOND, undefined));
  return found === null || found === 'open' ? found : found.lasso;
}

const SYSTEMS = ['openbsd', 'freebsd', 'freebsd-13', 'freebsd-9'] as const;

describe.each(SYSTEMS)('%s, every start offset in 4 s', (system) => {
  test('8: two equal nodes: exactly equal starts are a lasso, stem and period M + d', async () => {
    for (const preempt of [false, true]) {
      const given = explorationOf([0, 0], {}, { system, preempt });
      expect(ownerChangesOnCycles(closed(given.exploration)).length).toBeGreaterThan(0);
      expect(await lassoOf(given)).toEqual({ from: waitOf(0) + D, period: waitOf(0) + D });
    }
  });

  test('9: 0 and 100: no cycle changes owners', () => {
    for (const preempt of [false, true])
      expect(
        ownerChangesOnCycles(closed(explorationOf([0, 100], {}, { system, preempt }).exploration)),
      ).toEqual([]);
  });
});

test('8: other skews, cables and intervals: M + d', async () => {
  const slow = explorationOf([50, 50], {}, { cable: '250us' });
  expect(await lassoOf(slow)).toMatchObject({ period: waitOf(50) + 500 * MICROSECOND });
  const often = explorationOf([10, 10], {}, { advbase: 0 });
  // OpenBSD without a base: thrice the skew.
  expect(await lassoOf(often)).toMatchObject({ period: 117_187 * MICROSECOND + D });
});

test('8: FreeBSD advertises no more than 240: skews of 254 and 250 are equal once both are MASTER', async () => {
  // 254 waits 15,625 µs longer than 250, more than a frame's way: the first to be MASTER stays it.
  expect(await lassoOf(explorationOf([254, 250], { startWithin: 0 }, { system: 'freebsd' }))).toBeNull();
  // With starts that far apart both are MASTER at the same time, and yield to each other; then the shorter wait wins.
  const search = closed(explorationOf([254, 250], {}, { system: 'freebsd' }).exploration);
  expect(ownerChangesOnCycles(search)).toEqual([]);
});

test('8: delays that may differ do not end it: an adversary may choose them so that both yield again', () => {
  const campaign = { startWithin: 0, latency: { lo: 100 * MICROSECOND, hi: 300 * MICROSECOND } };
  expect(ownerChangesOnCycles(closed(explorationOf([0, 0], campaign).exploration)).length).toBeGreaterThan(0);
});

test('9: 0, 100 and 200 with a power-off and a restart at any instant: closed, no cycle changes owners', () => {
  const { exploration } = explorationOf([0, 100, 200], {
    ...{ faults: ['power-off'], atOnce: 1, inAll: 1 },
    repairs: true,
  });
  const search = closed(exploration);
  expect(search.frontier).toBe(0);
  expect(ownerChangesOnCycles(search)).toEqual([]);
}, 120_000);

describe('an owner that goes, OpenBSD', () => {
  test('18: says goodbye to two equal backups: both take over, yield, and so on; period M(100) + d', async () => {
    expect(await lassoOf(explorationOf([0, 100, 100], once('shutdown')))).toMatchObject({
      period: waitOf(100) + D,
    });
  });

  test('20: is demoted beside two equal backups: they and it take turns; period M(0) + 2d', async () => {
    expect(await lassoOf(explorationOf([0, 100, 100], once('carp-demote')))).toMatchObject({
      period: waitOf(0) + 2 * D,
    });
  });

  test('19: says goodbye to 100 and 101: an outage of d, and nothing comes again', () => {
    for (const skews of [
      [0, 100],
      [0, 100, 101],
    ]) {
      const search = closed(explorationOf(skews, once('shutdown')).exploration);
      expect(ownerChangesOnCycles(search)).toEqual([]);
      expect(longest(search, 'headless')).toBe(D);
    }
  });

  test.each(SYSTEMS)('%s: loses power: headless for M(100) + d at most', (system) => {
    const search = closed(explorationOf([0, 100], once('power-off'), { system }).exploration);
    expect(longest(search, 'headless')).toBe(waitOf(100) + D);
  });

  test('FreeBSD: nobody says goodbye at a shutdown, so there is no such fault', () => {
    const { exploration } = explorationOf([0, 100], once('shutdown'), { system: 'freebsd' });
    expect(new ExploredLab(exploration).faults).toEqual([]);
  });
});

describe('15: the order of one instant is the lab’s: two adverts are lost, the third comes as the backup has waited', () => {
  const campaign: Partial<Campaign> = {
    ...{ lostFrames: 2, lostTowards: ['n2'] },
    ...{ faultsFrom: 'settled', startWithin: 0 },
  };
  // Far enough apart that n1 alone is MASTER: at +0.4 s all timers of an equal backup lie on the arrivals of adverts.
  const apart = (ties: 'packet-first' | 'timer-first') =>
    explorationOf([0, 0], campaign, { ties, ready: ['0ms', '400ms'] });

  test('adverts first: nothing happens', async () => {
    const given = apart('packet-first');
    const search = closed(given.exploration);
    expect(ownerChangesOnCycles(search)).toEqual([]);
    expect(longest(search, 'dual')).toBe(Number.NEGATIVE_INFINITY);
    expect(boundsOf(given.lab.plan, given.exploration.campaign)).toContain(
      'at one instant adverts before CARP timers',
    );
  });

  test('timers first: both are MASTER, yield, and flap for ever', async () => {
    const given = apart('timer-first');
    expect(await lassoOf(given)).toMatchObject({ period: 2 * (waitOf(0) + D) });
    expect(boundsOf(given.lab.plan, given.exploration.campaign)).toContain(
      'at one instant CARP timers before adverts',
    );
  });
});
