import { describe, expect, test } from 'vitest';
import type { Campaign } from '../campaign/campaign.js';
import { flapFree } from '../property/flap-free.js';
import { type CarpClusterOptions, carpCluster, ucarpCluster } from './carp-clusters.fixture.js';
import type { Exploration, Reductions } from './exploration.js';
import { membershipOf } from './membership.fixture.js';
import {
  closed,
  explorationOf,
  missingFrom,
  NO_CAUSE,
  ONE_POWER_OFF,
  situationsOf,
} from './situation.fixture.js';

const REDUCTIONS = ['inclusion', 'union', 'sameInstant', 'ignored', 'transit'] as const;
const JITTER = { latency: { lo: 50_000, hi: 150_000 } };

/** Explores with all reductions and without each of some: the same situations, no dead end. */
function compare(
  explorationWith: (off: Partial<Reductions>) => Exploration,
  off: readonly (keyof Reductions)[],
): void {
  const reduced = closed(explorationWith({}));
  const situations = situationsOf(reduced);
  expect(reduced.deadEnds).toBe(0);
  for (const name of off) {
    const search = closed(explorationWith({ [name]: false }), 1_000_000);
    const found = situationsOf(search);
    const label = `without ${name}`;
    expect({ label, missing: missingFrom(situations, found) }).toEqual({ label, missing: [] });
    expect({ label, extra: missingFrom(found, situations) }).toEqual({ label, extra: [] });
    expect(search.deadEnds).toBe(0);
  }
}

const carp =
  (skews: readonly number[], campaign: Campaign, options: CarpClusterOptions = {}) =>
  (off: Partial<Reductions>): Exploration =>
    explorationOf(carpCluster(skews, options), campaign, off);

describe('every reduction leaves all situations of CARP', () => {
  test.each(['openbsd', 'freebsd'] as const)(
    '%s: 2 equal nodes, 1 lost frame, starts at any instants',
    (system) => {
      compare(carp([0, 0], { ...NO_CAUSE, lostFrames: 1 }, { system }), REDUCTIONS);
    },
  );

  test('0 and 100 with preempt, a power-off and its repair, booting at once', () => {
    compare(carp([0, 100], { ...ONE_POWER_OFF, startWithin: 0 }, { preempt: true }), REDUCTIONS);
  });

  test('timers first', () => {
    compare(
      carp([0, 0], { ...NO_CAUSE, lostFrames: 1, startWithin: 0 }, { ties: 'timer-first' }),
      REDUCTIONS,
    );
  });

  test('3 nodes that boot at once', () => {
    compare(carp([0, 100, 100], { ...NO_CAUSE, lostFrames: 1, startWithin: 0 }), REDUCTIONS);
  });

  test('latency a range', () => {
    compare(carp([0, 0], { ...NO_CAUSE, ...JITTER, startWithin: 0 }), REDUCTIONS);
  });
});

describe('every concrete state of CARP lies in a class with the same discrete part', () => {
  const clean: Campaign = { ...ONE_POWER_OFF, faults: ['power-off', 'unplug', 'shutdown'] };
  const operator: Campaign = {
    ...ONE_POWER_OFF,
    faults: ['carp-state', 'carp-demote'],
    faultsFrom: 'settled',
  };
  const cases: readonly [string, Exploration][] = [
    ['OpenBSD 0 and 100, faults and repairs', explorationOf(carpCluster([0, 100], { preempt: true }), clean)],
    [
      'OpenBSD equal, the same, and two lost frames',
      explorationOf(carpCluster([0, 0]), { ...clean, lostFrames: 2 }),
    ],
    [
      'FreeBSD 0 and 100, with latency a range',
      explorationOf(carpCluster([0, 100], { system: 'freebsd', preempt: true }), { ...clean, ...JITTER }),
    ],
    ['OpenBSD, forced and demoted', explorationOf(carpCluster([0, 100]), operator)],
    [
      'FreeBSD, forced and demoted',
      explorationOf(carpCluster([0, 100], { system: 'freebsd-13', preempt: true }), operator),
    ],
    [
      'timers first',
      explorationOf(carpCluster([0, 0], { ties: 'timer-first' }), { ...clean, startWithin: 0 }),
    ],
    ['three nodes', explorationOf(carpCluster([0, 100, 100]), { ...clean, startWithin: 0, repairs: false })],
    [
      'ucarp that gets its packets at once',
      explorationOf(ucarpCluster([0, 100], { capture: 'immediate' }), {
        ...clean,
        faults: ['power-off', 'stop', 'kill-9'],
        startWithin: 0,
      }),
    ],
  ];
  for (const [name, exploration] of cases) {
    test(name, { timeout: 60_000 }, () => {
      const search = closed(exploration);
      const found = membershipOf(exploration, search, 60, 250);
      expect(search.deadEnds).toBe(0);
      expect(found.states).toBeGreaterThan(5_000);
      expect(found.outside).toEqual([]);
    });
  }

  test('with the monitors of the flap-free family in the state', () => {
    const campaign: Campaign = { ...clean, ...JITTER, faultsFrom: 'settled', startWithin: 0 };
    const exploration = explorationOf(carpCluster([0, 100], { preempt: true }), campaign, {}, flapFree());
    const found = membershipOf(exploration, closed(exploration), 60, 250);
    expect(found.distinct).toBeGreaterThan(1_000);
    expect(found.outside).toEqual([]);
  });
});
