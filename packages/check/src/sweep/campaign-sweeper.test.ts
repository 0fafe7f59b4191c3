import { defineLab } from '@viplab/core';
import { expect, test } from 'vitest';
import { oneFaultAndRepair } from '../campaign/ready-made.js';
import { flapFree } from '../property/flap-free.js';
import { scenarioOfSeed } from '../sample/holds-in-runs.js';
import { runScenario } from '../sample/run-scenario.js';
import { campaignSweeper } from './campaign-sweeper.js';

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

const lab = defineLab({
  name: 'pair',
  nodes: {
    n1: { address: '192.168.1.11/24', keepalived: conf(150) },
    n2: { address: '192.168.1.12/24', keepalived: conf(100) },
  },
});

test('a run is the scenario of its seed, whatever was run before', () => {
  const campaign = oneFaultAndRepair({ of: ['drop-multicast', 'power-off'] });
  const sweeper = campaignSweeper(lab, campaign, flapFree(), 50, 11);
  const there = [1, 2, 3, 4, 5, 6, 7, 8].map((run) => sweeper.runOnce(run));
  const back = [8, 7, 6, 5, 4, 3, 2, 1].map((run) => sweeper.runOnce(run)).reverse();
  expect(back).toEqual(there);
  const broken = there.findIndex((outcome) => outcome.broken !== null);
  expect(broken).toBeGreaterThanOrEqual(0);
  const scenario = scenarioOfSeed(lab, campaign, 11 + broken);
  const { violation, at, token } = runScenario(lab, scenario, flapFree());
  expect(there[broken]?.broken).toMatchObject({ property: violation?.property, at, token });
  expect(there[broken]?.broken?.causes).toMatch(/^drop-multicast sw1/);
});

test('what can happen is named in every run, and what must first of all', () => {
  const sweeper = campaignSweeper(lab, oneFaultAndRepair(), flapFree(), 50, 1);
  const names = [1, 2, 3].map((run) => sweeper.runOnce(run).covered.map(({ what }) => what));
  expect(names[0]).toEqual(['a failover', 'failover of 192.168.1.100', 'power-off', 'unplug', 'stop']);
  expect(names[1]).toEqual(names[0]);
  expect(sweeper.plan.ofInterest).toBe('a failover');
});
