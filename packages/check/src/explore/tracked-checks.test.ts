import { defineLab } from '@viplab/core';
import { expect, test } from 'vitest';
import { oneFaultAndRepair } from '../campaign/ready-made.js';
import { budgetsOf } from '../property/budgets.js';
import { checkedProperties } from '../property/checked-properties.js';
import { conf } from './clusters.fixture.js';
import type { Exploration } from './exploration.js';
import { ExploredLab } from './explored-lab.js';
import { membershipOf } from './membership.fixture.js';
import { SymbolicSearch } from './symbolic-search.js';

const CHECK = `vrrp_script chk {
    script "/usr/bin/killall -0 haproxy"
    interval 2
    weight -60
    fall 2
    rise 2
}
`;

const node = (last: number, priority: number) => ({
  address: `192.168.1.${last}/24`,
  keepalived: {
    conf: `${CHECK}${conf(priority, '    track_script {\n        chk\n    }\n')}`,
    ready: ['30ms', '150ms'] as const,
  },
  services: { haproxy: 8080 },
});

test('timers of scripts, whatever their phase: closed, no dead end, and sampled runs stay inside', () => {
  const { design, plan } = defineLab({
    name: 'tracked',
    nodes: {
      n1: node(11, 150),
      n2: node(12, 100),
      c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } },
    },
  });
  const exploration: Exploration = {
    design,
    plan,
    campaign: oneFaultAndRepair({ of: ['check-fails'] }),
    properties: checkedProperties(plan),
    vips: budgetsOf(design, plan),
  };
  const search = new SymbolicSearch(new ExploredLab(exploration));
  while (search.expand(500));
  expect([search.violations.length, search.deadEnds]).toEqual([0, 0]);
  const { outside, distinct } = membershipOf(exploration, search, 20, 300);
  expect(outside).toEqual([]);
  expect(distinct).toBeGreaterThan(1000);
}, 60_000);
