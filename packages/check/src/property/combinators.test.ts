import type { LabDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { pairDesign } from '../counterexample/pair.fixture.js';
import { always } from './always.js';
import { coverage } from './coverage.js';
import { eventually } from './eventually.js';
import { failoverWithin } from './failover-within.js';
import { watchedRun } from './property-run.fixture.js';
import { sometimes } from './sometimes.js';

const VIP = '192.168.1.100';
/** n1 masters from 3.474, n2 from 13.084, n1 again from 28.474. */
const FAILS_OVER: LabDesign = {
  ...pairDesign(150, 100),
  schedule: [
    { at: '10s', do: 'power-off', node: 'n1' },
    { at: '25s', do: 'power-on', node: 'n1' },
  ],
  duration: '45s',
};

const higherWins = (when: 'ever' | 'settled') =>
  always(
    'the highest priority alive owns the VIP',
    (net) => net.vip(VIP).owner?.priority === net.best('VI_1') || `${net.vip(VIP).owner ?? 'nobody'} owns it`,
    { when },
  );

describe('always', () => {
  test('is asked after every event, or when the network has settled', () => {
    expect(watchedRun(FAILS_OVER, [higherWins('settled')]).violations).toEqual([]);
    expect(watchedRun(FAILS_OVER, [higherWins('ever')]).violations).toEqual([
      {
        property: 'the highest priority alive owns the VIP',
        message: 'the highest priority alive owns the VIP: nobody owns it',
        at: 60_000_000,
      },
    ]);
  });

  test('says what is wrong where the predicate only says no', () => {
    const never = always('n2 does not own it', (net) => !net.vip(VIP).owners.includes('n2'));
    expect(watchedRun(FAILS_OVER, [never]).violations).toMatchObject([
      { message: 'not so: n2 does not own it', at: expect.closeTo(13_083_850_000, -6) },
    ]);
    expect(watchedRun({ ...FAILS_OVER, duration: '13s' }, [never]).violations).toEqual([]);
  });
});

describe('eventually', () => {
  const owns = (name: string, within: '3s' | '4s') =>
    eventually(`${name} owns it`, (net) => net.vip(VIP).owner?.name === name, { within });

  test('begins anew with each cause', () => {
    const n1 = (within: '3s' | '4s') => watchedRun(FAILS_OVER, [owns('n1', within)]).violations;
    // After 10 s n1 is off, and owns nothing for longer than any of these.
    expect(n1('4s')).toMatchObject([
      { message: 'not within 4.00 s of the start or the last cause: n1 owns it', at: 14_000_000_001 },
    ]);
    expect(n1('3s')).toMatchObject([{ at: 3_000_000_001 }]);
    expect(watchedRun({ ...FAILS_OVER, duration: '13s' }, [owns('n1', '4s')]).violations).toEqual([]);
  });

  test('the next cause may come first', () => {
    const design: LabDesign = {
      ...FAILS_OVER,
      schedule: [
        { at: '10s', do: 'power-off', node: 'n1' },
        { at: '13.5s', do: 'unplug', node: 'c1' },
      ],
      duration: '17s',
    };
    expect(watchedRun(design, [owns('n1', '4s')]).violations).toEqual([]);
  });
});

describe('sometimes', () => {
  test('holds where it happens in a run, however short', () => {
    const served = (node: string) => sometimes(`${node} serves c1`, (net) => net.client('c1').servedBy(node));
    const asked = [served('n1'), served('n2')];
    expect(watchedRun(FAILS_OVER, asked).happened).toEqual(['n1 serves c1', 'n2 serves c1']);
    expect(watchedRun({ ...FAILS_OVER, duration: '13s' }, asked).happened).toEqual(['n1 serves c1']);
    expect(watchedRun(FAILS_OVER, asked).violations).toEqual([]);
  });
});

describe('failoverWithin', () => {
  test('holds from the slowest handover on', () => {
    expect(watchedRun(FAILS_OVER, [failoverWithin('3.5s')]).violations).toEqual([]);
    expect(watchedRun(FAILS_OVER, [failoverWithin('3.4s')]).violations).toMatchObject([
      {
        property: 'failover-within-3.4s',
        message: `${VIP} goes from n2 to n1 more than 3.40 s after the fault, repair or start that it follows, or without one`,
      },
    ]);
    expect(watchedRun(FAILS_OVER, [failoverWithin('3s')]).violations).toMatchObject([
      { message: `${VIP} has no owner for longer than 3.00 s`, at: 13_000_000_001 },
    ]);
  });
});

describe('coverage', () => {
  const vips = [
    { address: VIP, holders: ['n1', 'n2'], settling: 1, dual: 1, headless: 1, clients: [] },
    { address: '192.168.1.101', holders: ['n1'], settling: 1, dual: 1, headless: 1, clients: [] },
  ];
  const asked = coverage(vips);

  test('asks for what several nodes can do', () => {
    expect(asked.map(({ name }) => name)).toEqual([
      `failover of ${VIP} to n1`,
      `failover of ${VIP} to n2`,
      `${VIP} without an owner`,
      `two owners of ${VIP}`,
    ]);
    expect(new Set(asked.map(({ quantifier }) => quantifier))).toEqual(new Set(['sometimes']));
  });

  test('is met by a failover and back, and the boot is none', () => {
    expect(new Set(watchedRun(FAILS_OVER, asked).happened)).toEqual(new Set(asked.map(({ name }) => name)));
    expect(watchedRun({ ...FAILS_OVER, duration: '9s' }, asked).happened).toEqual([]);
    expect(watchedRun({ ...FAILS_OVER, duration: '20s' }, asked).happened).toEqual([
      `${VIP} without an owner`,
      `failover of ${VIP} to n2`,
    ]);
  });
});
