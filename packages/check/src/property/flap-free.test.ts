import type { ActionDesign, DurationText, LabDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { pairDesign } from '../counterexample/pair.fixture.js';
import { flapFree } from './flap-free.js';
import { noFlap } from './no-flap.js';
import { notHeadless } from './not-headless.js';
import { watchedRun } from './property-run.fixture.js';
import { singleOwner } from './single-owner.js';

const pair = (
  schedule: readonly ActionDesign[],
  duration: DurationText,
  design = pairDesign(150, 100),
): LabDesign => ({
  ...design,
  schedule,
  duration,
});

const keepalived = { daemon: 'keepalived' };
const VIP = '192.168.1.100';

describe('flap-free', () => {
  test('is what the family says together, each in one sentence', () => {
    const family = flapFree();
    expect(family.map(({ name }) => name)).toEqual([
      'no-flap',
      'no-flux',
      'single-owner',
      'not-headless',
      'settles',
      'every-client-lands',
    ]);
    for (const { means, quantifier } of family) {
      expect(means).toMatch(/^[a-z].*[a-z]$/);
      expect(quantifier).toBe('always');
    }
  });

  test('is a pair of which one loses power and gets it back', () => {
    const schedule: ActionDesign[] = [
      { at: '10s', do: 'power-off', node: 'n1' },
      { at: '25s', do: 'power-on', node: 'n1' },
    ];
    expect(watchedRun(pair(schedule, '45s'), flapFree()).violations).toEqual([]);
  });

  test('is not a pair that cannot hear each other: two owners, to the nanosecond', () => {
    const { violations } = watchedRun(pair([{ at: '5s', do: 'drop-multicast' }], '9s'), [singleOwner()]);
    expect(violations).toEqual([
      {
        property: 'single-owner',
        address: VIP,
        message: `${VIP} is owned by n1 and n2 for longer than the 0.2 ms allowed`,
        // n1's last advert is heard at 4.474162, and n2 waits 3 x 1 s + 156/256 s from then.
        at: expect.any(Number),
      },
    ]);
    expect((violations[0]?.at ?? 0) % 1_000).toBe(1);
  });

  test('is not a pair that is stopped as a whole: nobody owns it', () => {
    const schedule: ActionDesign[] = [
      { at: '10s', do: 'stop', node: 'n1', ...keepalived },
      { at: '10s', do: 'stop', node: 'n2', ...keepalived },
    ];
    const { violations } = watchedRun(pair(schedule, '15s'), [notHeadless()]);
    expect(violations).toMatchObject([
      {
        property: 'not-headless',
        address: VIP,
        message: `${VIP} has no owner for longer than the 3.61 s allowed`,
      },
    ]);
    expect(violations[0]?.at).toBe(13_609_475_001);
  });

  test('waits for the first owner from the first start on', () => {
    const late = pairDesign(150, 100);
    const { n1, n2, ...others } = late.nodes;
    const design = (start: DurationText): LabDesign => ({
      ...late,
      nodes: { ...others, n1: { ...n1, start }, n2: { ...n2, start: '20s' } } as LabDesign['nodes'],
      duration: '30s',
    });
    expect(watchedRun(design('15s'), flapFree()).violations).toEqual([]);
    const never = {
      ...design('15s'),
      schedule: [{ at: '16s', do: 'stop', node: 'n1', ...keepalived }] as const,
    };
    const { violations } = watchedRun({ ...never, duration: '19.9s' }, [notHeadless()]);
    expect(violations.map(({ message }) => message)).toEqual([
      `${VIP} has found no owner within 4.69 s of the first start`,
    ]);
  });
});

describe('a flap', () => {
  /** Adverts towards n2 are lost, so that it takes over, and n1, who hears it, yields only if it is the lower one. */
  const lost = (count: number, at: DurationText): ActionDesign[] =>
    Array.from({ length: count }, () => ({ at, do: 'lose-next', node: 'n2', only: 'vrrp' }));

  test('is a handover that only lost frames have brought about', () => {
    const { violations } = watchedRun(pair(lost(4, '10s'), '30s', pairDesign(100, 100)), flapFree());
    // n2's address is higher: it takes over and keeps it.
    expect(violations).toMatchObject([
      {
        property: 'no-flap',
        address: VIP,
        message: `${VIP} goes from n1 to n2 without a cause: no fault, repair or start in the 4.69 s before that has not moved it already`,
      },
    ]);
  });

  test('is none while a cause is there to pay, and a cause pays once', () => {
    const fault: ActionDesign[] = [{ at: '9s', do: 'unplug', node: 'c1' }];
    const design = pairDesign(100, 100);
    expect(watchedRun(pair([...fault, ...lost(4, '10s')], '30s', design), [noFlap()]).violations).toEqual([]);
    const again: ActionDesign[] = [
      ...fault,
      ...lost(4, '10s'),
      // n1 gets it back by n2's goodbye, and n2 is started again and takes it by its higher address if adverts are lost.
      { at: '16s', do: 'stop', node: 'n2', ...keepalived },
      { at: '18s', do: 'start', node: 'n2', ...keepalived },
      ...lost(4, '24s'),
    ];
    expect(watchedRun(pair(again, '40s', design), [noFlap()]).violations).toHaveLength(1);
  });
});
