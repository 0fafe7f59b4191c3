import { type LabDesign, planLab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { Lan } from './lan.js';

const MS = 1_000_000;

const DESIGN: LabDesign = {
  name: 'two switches',
  nodes: {
    sw1: { kind: 'switch', latency: '1ms', ports: { sw2: { trunk: [20] }, n3: { vlan: 20 } } },
    sw2: { kind: 'switch', latency: '2ms', ports: { sw1: { trunk: [20] }, n4: { vlan: 20 } } },
    n1: { address: '10.0.0.1/24' },
    n2: { address: '10.0.0.2/24' },
    n3: { address: '10.0.0.3/24' },
    n4: { address: '10.0.0.4/24' },
    router: { interfaces: { eth0: { address: '10.0.0.9/24' }, eth1: { address: '10.9.0.9/24' } } },
    far: { address: '10.9.0.1/24' },
  },
  links: [
    { between: ['n1', 'sw1'], delay: ['1ms', '4ms'] },
    { between: ['sw1:sw2', 'sw2:sw1'], delay: '10ms' },
    { between: ['n2', 'sw2'], delay: '1ms' },
    ['n3', 'sw1'],
    ['n4', 'sw2'],
    ['router:eth0', 'sw1'],
    ['router:eth1', 'far'],
  ],
};

const { plan, problems } = planLab(DESIGN);
const lan = new Lan(plan);
const segment = (node: string, port = 'eth0'): string => lan.segmentOf(node, port);

test('the lab is one that can be built', () => {
  expect(problems.list).toEqual([]);
});

describe('the segment', () => {
  test('goes through switches, untagged and by trunk', () => {
    expect(segment('n1')).toBe(segment('n2'));
    expect(segment('n3')).toBe(segment('n4'));
  });

  test('ends at VLANs and at hosts', () => {
    expect(segment('n1')).not.toBe(segment('n3'));
    expect(segment('n1')).toBe(segment('router'));
    expect(segment('router', 'eth1')).toBe(segment('far'));
    expect(segment('far')).not.toBe(segment('n1'));
  });

  test('of what has no cable is its own', () => {
    expect(segment('nobody')).toBe('nobody:eth0');
  });
});

describe('the delay', () => {
  const between = (one: string, other: string) =>
    lan.delayBetween({ node: one, port: 'eth0' }, { node: other, port: 'eth0' });

  test('is the sum of cables and switches, the same both ways', () => {
    expect(between('n1', 'n2')).toEqual({ lo: 15 * MS, hi: 18 * MS });
    expect(between('n2', 'n1')).toEqual(between('n1', 'n2'));
  });

  test('is not known where there is no way', () => {
    expect(between('n1', 'n3')).toBeUndefined();
    expect(between('n1', 'far')).toBeUndefined();
  });
});
