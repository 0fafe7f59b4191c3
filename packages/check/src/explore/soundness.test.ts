import type { EthernetFrame } from '@viplab/core';
import { isCaught, LinkDirection } from '@viplab/core/network';
import { describe, expect, test } from 'vitest';
import type { Campaign } from '../campaign/campaign.js';
import { flapFree } from '../property/flap-free.js';
import type { Reductions } from './exploration.js';
import { ExploredLab } from './explored-lab.js';
import { membershipOf } from './membership.fixture.js';
import {
  closed,
  closedFrom,
  clusterUnder,
  missingFrom,
  NO_CAUSE,
  ONE_POWER_OFF,
  situationsOf,
} from './situation.fixture.js';

/** Set for the comparisons that take minutes. */
const IS_LONG = process.env['VIPLAB_SOUNDNESS'] === 'long';

type Reduction = keyof Reductions;
const REDUCTIONS: readonly Reduction[] = ['inclusion', 'union', 'sameInstant', 'ignored', 'transit'];

const PAIRS = REDUCTIONS.flatMap((one, at) => REDUCTIONS.slice(at + 1).map((other) => [one, other] as const));
const ALL_SETS: readonly (readonly Reduction[])[] = [...REDUCTIONS.map((one) => [one]), ...PAIRS, REDUCTIONS];

const without = (names: readonly Reduction[]): Partial<Reductions> =>
  Object.fromEntries(names.map((name) => [name, false]));

const JITTER = { latency: { lo: 50_000, hi: 150_000 } };

/** Explores with all reductions and without some of them: the same situations, no dead end. */
function compare(
  priorities: readonly number[],
  campaign: Campaign,
  sets: readonly (readonly Reduction[])[],
  most = 1_000_000,
): void {
  const reduced = closed(clusterUnder(priorities, campaign));
  const situations = situationsOf(reduced);
  expect(reduced.deadEnds).toBe(0);
  for (const names of sets) {
    const search = closed(clusterUnder(priorities, campaign, without(names)), most);
    const found = situationsOf(search);
    const label = `without ${names.join(' and ')}`;
    expect({ label, missing: missingFrom(situations, found) }).toEqual({ label, missing: [] });
    expect({ label, extra: missingFrom(found, situations) }).toEqual({ label, extra: [] });
    expect(search.deadEnds).toBe(0);
  }
}

describe('every reduction leaves all situations, singly, pairwise and all together', () => {
  test('2 equal nodes that boot at once, 2 lost frames, a power-off and its repair', () => {
    const campaign = { ...ONE_POWER_OFF, lostFrames: 2, startWithin: 0 };
    const isQuick = (names: readonly Reduction[]): boolean =>
      names.length < 3 &&
      !names.includes('transit') &&
      !(names.includes('sameInstant') && names.includes('ignored'));
    const sets = ALL_SETS.filter(isQuick);
    compare([100, 100], campaign, sets);
  });

  test('the same without a frame lost, and what is slow without passing frames on at once', () => {
    compare(
      [150, 100],
      { ...ONE_POWER_OFF, startWithin: 0 },
      ALL_SETS.filter((names) => names.includes('transit') && names.length < 3),
    );
  });

  test('2 equal nodes that boot at any instants, 2 lost frames', () => {
    compare([100, 100], { ...NO_CAUSE, lostFrames: 2 }, [
      ['inclusion'],
      ['union'],
      ['sameInstant'],
      ['ignored'],
      ['transit'],
    ]);
  });

  test('3 nodes that boot at once, 1 lost frame', () => {
    compare([100, 150, 100], { ...NO_CAUSE, lostFrames: 1, startWithin: 0 }, ALL_SETS);
  });

  test('3 equal nodes that boot at any instants, 1 lost frame', () => {
    compare([100, 100, 100], { ...NO_CAUSE, lostFrames: 1 }, [
      ['inclusion'],
      ['union'],
      ['sameInstant'],
      ['inclusion', 'sameInstant'],
    ]);
  });

  test('latency a range: 2 equal nodes, 2 lost frames; 3 nodes', () => {
    compare([100, 100], { ...NO_CAUSE, ...JITTER, lostFrames: 2, startWithin: 0 }, [
      ['inclusion'],
      ['union'],
      ['sameInstant'],
      ['inclusion', 'sameInstant'],
    ]);
    compare([150, 100, 50], { ...NO_CAUSE, ...JITTER, startWithin: 0 }, [
      ...REDUCTIONS.map((one) => [one]),
      ['inclusion', 'sameInstant'],
    ]);
  });

  test('what passing frames on at once changes: nobody dies in the midst of what it sends in one instant', () => {
    const campaign = { ...ONE_POWER_OFF, lostFrames: 1, startWithin: 0 };
    const reduced = situationsOf(closed(clusterUnder([150, 100], campaign)));
    const found = situationsOf(closed(clusterUnder([150, 100], campaign, { transit: false })));
    expect(missingFrom(found, reduced)).toEqual([]);
    // The advert of n1 has made n2 a backup, and its gratuitous ARP has died with it: the client still has n2's address.
    const missing = missingFrom(reduced, found);
    expect(missing.length).toBeLessThanOrEqual(2);
    for (const situation of missing) expect(situation).toMatch(/BACKUP \d+$/);
  });

  test.runIf(IS_LONG)('at length', { timeout: 3_600_000 }, () => {
    const campaign = { ...ONE_POWER_OFF, lostFrames: 2 };
    compare([100, 100], campaign, [
      ...REDUCTIONS.filter((name) => name !== 'transit').map((one) => [one]),
      ['inclusion', 'sameInstant'],
      ['inclusion', 'ignored'],
      ['union', 'sameInstant'],
    ]);
    compare([100, 100], { ...campaign, ...JITTER }, [['inclusion'], ['union'], ['sameInstant']]);
    compare([100, 100, 100], { ...NO_CAUSE, lostFrames: 1 }, [
      ...REDUCTIONS.filter((name) => name !== 'transit').map((one) => [one]),
      ['inclusion', 'sameInstant'],
    ]);
    compare([100, 100, 100], { ...NO_CAUSE, ...JITTER, startWithin: 0 }, [['sameInstant']]);
  });
});

describe('every reduction leaves the same answers', () => {
  const answers = (
    priorities: readonly number[],
    campaign: Campaign,
    off: readonly Reduction[],
  ): string[] => {
    const search = closed(clusterUnder(priorities, campaign, without(off), flapFree()), 1_000_000);
    expect(search.deadEnds).toBe(0);
    return search.violations.map(({ violation }) => violation.property).sort();
  };

  for (const [name, priorities, campaign, broken] of [
    ['2 lost frames', [150, 100], { ...NO_CAUSE, lostFrames: 2, faultsFrom: 'settled', startWithin: 0 }, []],
    [
      '4 lost frames',
      [150, 100],
      { ...NO_CAUSE, lostFrames: 4, faultsFrom: 'settled', startWithin: 0 },
      ['single-owner'],
    ],
    [
      'keepalived killed',
      [150, 100],
      { ...ONE_POWER_OFF, faults: ['kill-9'], faultsFrom: 'settled', startWithin: 0 },
      ['single-owner'],
    ],
  ] satisfies [string, number[], Campaign, string[]][]) {
    test(name, () => {
      const wanted = answers(priorities, campaign, []);
      expect(wanted).toEqual(expect.arrayContaining(broken));
      if (broken.length === 0) expect(wanted).toEqual([]);
      for (const off of REDUCTIONS.map((one) => [one])) {
        expect({ off, broken: answers(priorities, campaign, off) }).toEqual({ off, broken: wanted });
      }
    });
  }
});

describe('every concrete state lies in a class with the same discrete part', () => {
  const cases: readonly [string, readonly number[], Campaign][] = [
    ['2 nodes, 2 lost frames, a power-off and its repair', [150, 100], { ...ONE_POWER_OFF, lostFrames: 2 }],
    ['the same with latency a range', [150, 100], { ...ONE_POWER_OFF, ...JITTER, lostFrames: 2 }],
    ['2 equal nodes that boot at once', [100, 100], { ...NO_CAUSE, lostFrames: 2, startWithin: 0 }],
    ['3 equal nodes, 1 lost frame', [100, 100, 100], { ...NO_CAUSE, lostFrames: 1 }],
    [
      '3 nodes that boot at once, latency a range',
      [150, 100, 50],
      { ...NO_CAUSE, ...JITTER, startWithin: 0 },
    ],
    ['cables pulled and plugged', [150, 100], { ...ONE_POWER_OFF, faults: ['unplug'] }],
    ['keepalived stopped, killed and started', [150, 100], { ...ONE_POWER_OFF, faults: ['stop', 'kill-9'] }],
    ['a frozen node', [150, 100], { ...ONE_POWER_OFF, faults: ['freeze'], faultsFrom: 'settled' }],
    [
      'silent losses',
      [150, 100],
      { ...ONE_POWER_OFF, faults: ['silent-cut', 'one-way-loss', 'drop-multicast'], startWithin: 0 },
    ],
  ];
  for (const [name, priorities, campaign] of cases) {
    test(name, { timeout: IS_LONG ? 3_600_000 : 60_000 }, () => {
      const exploration = clusterUnder(priorities, campaign);
      const search = closed(exploration);
      const found = membershipOf(exploration, search, IS_LONG ? 2_000 : 60, 250);
      expect(search.deadEnds).toBe(0);
      expect(found.states).toBeGreaterThan(5_000);
      expect(found.outside).toEqual([]);
    });
  }

  test('with the monitors of the flap-free family in the state', () => {
    const campaign = {
      ...ONE_POWER_OFF,
      ...JITTER,
      lostFrames: 1,
      faultsFrom: 'settled' as const,
      startWithin: 0,
    };
    const exploration = clusterUnder([150, 100], campaign, {}, flapFree());
    const search = closed(exploration);
    const found = membershipOf(exploration, search, 60, 250);
    expect(search.deadEnds).toBe(0);
    expect(found.distinct).toBeGreaterThan(2_000);
    expect(found.outside).toEqual([]);
  });

  test('with all frames modelled and every hop', () => {
    const exploration = clusterUnder(
      [150, 100],
      { ...ONE_POWER_OFF, startWithin: 0 },
      { transit: false, ignored: false },
    );
    const found = membershipOf(exploration, closed(exploration), 60, 250);
    expect(found.distinct).toBeGreaterThan(200);
    expect(found.outside).toEqual([]);
  });
});

describe('a wrong reduction is caught', () => {
  const situationsBy = (
    priorities: readonly number[],
    campaign: Campaign,
    spoil: (lab: ExploredLab) => void,
  ) => {
    const honest = clusterUnder(priorities, campaign);
    const lab = new ExploredLab(honest);
    spoil(lab);
    const search = closedFrom(lab);
    const all = situationsOf(closed(honest));
    return {
      missing: missingFrom(situationsOf(search), all).length,
      deadEnds: search.deadEnds,
      outside: membershipOf(honest, search, 30, 200).outside.length,
    };
  };

  test('two that each put off what the other allows: an event that nothing may come before', () => {
    const { deadEnds } = situationsBy([100, 100], { ...NO_CAUSE, startWithin: 0 }, (lab) => {
      const honest = lab.precedes;
      Object.assign(lab, {
        precedes: (other: number, row: number) => other !== row && (honest(other, row) || other > row),
      });
    });
    expect(deadEnds).toBeGreaterThan(0);
  });

  test('a timer before the frame of its instant, and never after', () => {
    const { outside, deadEnds, missing } = situationsBy(
      [100, 150, 100],
      { ...NO_CAUSE, lostFrames: 1, startWithin: 0 },
      (lab) => {
        const honest = lab.precedes;
        Object.assign(lab, { precedes: (other: number, row: number) => honest(row, other) });
      },
    );
    expect(outside + deadEnds + missing).toBeGreaterThan(0);
  });

  test('an advert that matters is ignored', () => {
    const { missing, outside } = situationsBy([150, 100], { ...NO_CAUSE, lostFrames: 1 }, (lab) => {
      const honest = lab.engine.ignores;
      lab.engine.ignores = (target, payload) =>
        honest?.(target, payload) === true ||
        (target instanceof LinkDirection &&
          target.to.path === 'n2:eth0' &&
          isCaught('vrrp', payload as EthernetFrame));
    });
    expect(missing).toBeGreaterThan(0);
    expect(outside).toBeGreaterThan(0);
  });

  test('a cable that keeps the order of sending between different senders', () => {
    const campaign = { ...NO_CAUSE, ...JITTER, startWithin: 0 };
    const { outside } = situationsBy([150, 150, 100], campaign, (lab) => {
      lab.engine.wayOf = () => 0;
    });
    expect(outside).toBeGreaterThan(0);
  });

  test('a tie that counts as none', () => {
    const { outside, missing, deadEnds } = situationsBy([100, 100], { ...NO_CAUSE, lostFrames: 1 }, (lab) => {
      const honest = lab.engine.bounds.isFirst.bind(lab.engine.bounds);
      // Every tie is lost: "before" instead of "not after".
      lab.engine.bounds.isFirst = (row, others, bounds, count) =>
        honest(
          row,
          others,
          Array.from({ length: count }, (_, at) => (bounds[at] as number) - 1),
          count,
        );
    });
    expect(outside + missing + deadEnds).toBeGreaterThan(0);
  });
});
