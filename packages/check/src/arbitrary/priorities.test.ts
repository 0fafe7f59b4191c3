import { defineLab } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conf, PAIR } from '../campaign/labs.fixture.js';
import { priorities, withPriorities } from './priorities.js';

const pair = defineLab(PAIR);

describe('arb.priorities', () => {
  test('one for each node, equal ones often enough, anything else too', () => {
    const drawn = fc.sample(priorities(['n1', 'n2']), { seed: 1, numRuns: 1000 });
    for (const each of drawn) expect(Object.keys(each)).toEqual(['n1', 'n2']);
    const all = drawn.flatMap((each) => Object.values(each));
    expect(Math.min(...all)).toBe(1);
    expect(Math.max(...all)).toBe(254);
    expect(new Set(all).size).toBeGreaterThan(100);
    const equal = drawn.filter(({ n1, n2 }) => n1 === n2).length;
    expect(equal).toBeGreaterThan(50);
    expect(equal).toBeLessThan(500);
  });

  test('shrinks to 100 wherever another does not matter', () => {
    const details = fc.check(
      fc.property(priorities(['n1', 'n2', 'n3']), ({ n1 = 0 }) => n1 <= 120),
      { seed: 1 },
    );
    expect(details.counterexample).toEqual([{ n1: 150, n2: 100, n3: 100 }]);
  });
});

describe('withPriorities', () => {
  test('writes them into the files, and the run follows', () => {
    const other = withPriorities(pair, { n1: 90, n2: 110 });
    expect(other.plan.vips[0]?.holders.map(({ node, priority }) => [node, priority])).toEqual([
      ['n1', 90],
      ['n2', 110],
    ]);
    expect(other.run().report.vip('192.168.1.100').owners.at(-1)?.owners).toEqual(['n2']);
    expect(withPriorities(pair, {}).design).toEqual(PAIR);
  });

  test('every instance of the node, also one without a priority or in an included file', () => {
    const other = conf(120).replace('VI_1', 'VI_2').replace('_id 51', '_id 52').replace('.100/', '.101/');
    const bare = conf(100).replace(/ *priority 100\n/, '');
    const lab = defineLab({
      ...PAIR,
      nodes: {
        ...PAIR.nodes,
        n1: {
          address: '192.168.1.11/24',
          keepalived: { conf: `include two.conf\n${bare}`, includes: { 'n1/two.conf': other } },
        },
      },
    });
    const changed = withPriorities(lab, { n1: 77 });
    expect(
      changed.plan.hosts[0]?.keepalived?.config.instances.map(({ basePriority }) => basePriority),
    ).toEqual([77, 77]);
  });

  test.each<[Record<string, number>, RegExp]>([
    [{ n3: 100 }, /no node 'n3' with a vrrp_instance, did you mean n1\? \(there are n1, n2\)/],
    [{ c1: 100 }, /no node 'c1' with a vrrp_instance/],
    [{ n1: 0 }, /the priority of n1 is 0; write a whole number of 1 to 255/],
    [{ n1: 256 }, /is 256/],
    [{ n1: 1.5 }, /is 1.5/],
    [{ n1: Number.NaN }, /is NaN/],
  ])('refuses %o', (wrong, message) => {
    expect(() => withPriorities(pair, wrong)).toThrow(RangeError);
    expect(() => withPriorities(pair, wrong)).toThrow(message);
  });
});
