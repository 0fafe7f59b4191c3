import { defineLab, type LabDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { scheduleSweeper } from './schedule-sweeper.js';

const conf = (priority: number): string => `vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  virtual_ipaddress {
    192.168.1.100/24
  }
}
`;

const pair = (changes: Partial<LabDesign>): LabDesign => ({
  name: 'pair',
  nodes: {
    n1: { address: '192.168.1.11/24', keepalived: conf(150) },
    n2: { address: '192.168.1.12/24', keepalived: conf(100) },
  },
  schedule: [{ at: '6s', do: 'power-off', node: 'n1' }],
  duration: '15s',
  ...changes,
});

describe('a run of a sweep', () => {
  test('is the run of the lab with that seed, the first and any other', () => {
    const lab = defineLab(pair({ schedule: [{ at: '6s', do: 'drop-multicast' }] }));
    const sweeper = scheduleSweeper(lab, 100, 7);
    for (const run of [1, 2, 3, 60]) {
      const { report } = lab.run({ seed: 6 + run });
      const finding = report.verdict.findings[0];
      expect(sweeper.runOnce(run)).toMatchObject({
        broken: { property: 'single-owner', token: report.facts.token, at: finding?.at },
        worst: report.vips[0]?.headless
          .map(({ from, to }) => ({ lasted: to - from }))
          .concat((report.vips[0]?.dual ?? []).map(({ from, to }) => ({ lasted: to - from }))),
      });
    }
  });

  test('does not depend on those before it', () => {
    const lab = defineLab(pair({}));
    const forward = scheduleSweeper(lab, 10, 1);
    const backward = scheduleSweeper(lab, 10, 1);
    const up = [1, 2, 3, 4].map((run) => forward.runOnce(run));
    const down = [4, 3, 2, 1].map((run) => backward.runOnce(run));
    expect(down.reverse()).toEqual(up);
    expect(new Set(up.map(({ worst }) => JSON.stringify(worst.map(({ lasted }) => lasted)))).size).toBe(4);
  });

  test('says what happened: a failover for the cause in the schedule', () => {
    const sweeper = scheduleSweeper(defineLab(pair({})), 10, 1);
    expect(sweeper.plan).toMatchObject({ campaign: null, ofInterest: 'a failover' });
    expect(sweeper.runOnce(1)).toMatchObject({
      broken: null,
      covered: [
        { what: 'a failover', happened: true },
        { what: 'failover of 192.168.1.100', happened: true },
      ],
    });
    const calm = scheduleSweeper(defineLab(pair({ schedule: [] })), 10, 1);
    expect(calm.plan.ofInterest).toBeNull();
    expect(calm.runOnce(1).covered).toContainEqual({ what: 'a failover', happened: false });
  });

  test('is measured by what the lab expects, if it says so', () => {
    const flux = defineLab(pair({ expect: ['dual'] }));
    const sweeper = scheduleSweeper(flux, 10, 1);
    expect(sweeper.plan.properties).toEqual(['as expected']);
    expect(sweeper.runOnce(1)).toMatchObject({
      broken: {
        property: 'as expected',
        causes: 'power-off n1',
        message: 'it shows no-flap; expected is dual',
      },
      covered: [{ what: 'as expected', happened: false }],
    });
  });
});
