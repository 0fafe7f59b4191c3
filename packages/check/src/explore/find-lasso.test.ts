import { defineLab, type Lab } from '@viplab/core';
import { expect, test } from 'vitest';
import { lossyLan } from '../campaign/ready-made.js';
import { prove } from '../prove.js';
import { cluster } from './clusters.fixture.js';

const QUIET = { ...lossyLan(1), name: 'nothing', lostFrames: 0 };

const conf = (priority: number, vip: string, password: string) => `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority ${priority}
    authentication {
        auth_type PASS
        auth_pass ${password}
    }
    virtual_ipaddress {
        ${vip}/24
    }
}
`;

/** Two clusters with one VRID and different passwords: rejected adverts make one master at a time fall silent. */
function collision(): Lab {
  const node = (host: number, priority: number, vip: number, password: string, ready: '0s' | '100ms') => ({
    address: `192.168.1.${host}/24`,
    keepalived: { conf: conf(priority, `192.168.1.${vip}`, password), ready },
  });
  return defineLab({
    name: 'collision',
    nodes: {
      sw1: { kind: 'switch' },
      n1: node(11, 150, 100, 'ours', '0s'),
      n2: node(12, 100, 100, 'ours', '0s'),
      d1: node(21, 150, 150, 'theirs', '100ms'),
      d2: node(22, 100, 150, 'theirs', '100ms'),
    },
  });
}

test('two clusters on one VRID change owners for ever, each time within the budgets: a stem and a cycle', async () => {
  const lab = collision();
  const verdict = await prove(lab, { causes: QUIET });
  expect(verdict.word).toBe('broken');
  const [found] = verdict.counterexamples;
  expect(found).toMatchObject({ property: 'settles', lasso: { period: expect.any(Number) } });
  if (found?.lasso === undefined) return;
  const { from, period } = found.lasso;
  const { trace } = defineLab(found.design).run({ seed: found.seed, until: found.scenario.until });
  const changes = trace.filter('vip.owner').filter(({ address }) => address === found.address);
  const inRound = (round: number) =>
    changes
      .map(({ time, owners }) => ({ time: time - from - round * period, owners }))
      .filter(({ time }) => time >= 0 && time < period);
  expect(inRound(0).length).toBeGreaterThan(0);
  expect(inRound(1)).toEqual(inRound(0));
  expect(inRound(2)).toEqual(inRound(0));
});

test.each([
  ['two equal nodes', [100, 100]],
  ['a pair', [150, 100]],
  ['three equal nodes', [100, 100, 100]],
])(
  '%s do not, whatever two lost frames do',
  async (_, priorities) => {
    const causes = { ...lossyLan(2), startWithin: 4_000_000_000 };
    const verdict = await prove(cluster(priorities), { causes, properties: [] });
    expect(verdict.word).toBe('proved');
    expect(verdict.exploration.notVaried.join()).not.toContain('change for ever');
  },
  60_000,
);
