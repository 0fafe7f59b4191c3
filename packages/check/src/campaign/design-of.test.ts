import { defineLab, MICROSECOND, MILLISECOND, SECOND } from '@viplab/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { designOf } from './design-of.js';
import { PAIR, TWO_SWITCHES } from './labs.fixture.js';
import type { Scenario } from './scenario.js';

const QUIET: Scenario = { seed: 1, starts: {}, ready: {}, actions: [], losses: [], until: 20 * SECOND };

describe('designOf', () => {
  test('writes bad luck into the lab: starts, start-up times, deeds, losses, the end', () => {
    const design = designOf(
      { ...PAIR, schedule: [{ at: '1s', do: 'power-off', node: 'n2' }], expect: ['flap'] },
      {
        ...QUIET,
        starts: { n2: 1500 * MILLISECOND },
        ready: { n1: 75 * MILLISECOND },
        actions: [{ at: 6 * SECOND, deed: { do: 'stop', node: 'n1', daemon: 'keepalived' } }],
        losses: [
          { at: 6 * SECOND, node: 'n2', kind: 'vrrp' },
          { at: 7 * SECOND, node: 'c1', kind: 'arp' },
        ],
      },
    );
    expect(design.schedule).toEqual([
      { at: '6s', do: 'lose-next', node: 'n2', only: 'vrrp' },
      { at: '6s', do: 'stop', node: 'n1', daemon: 'keepalived' },
      { at: '7s', do: 'lose-next', node: 'c1', only: 'arp' },
    ]);
    expect(design.nodes['n2']).toMatchObject({ start: '1.5s' });
    expect(design.nodes['n1']).toMatchObject({ keepalived: { ready: '75ms' } });
    expect(design).toMatchObject({ duration: '20s' });
    expect(design).not.toHaveProperty('expect');
    const { trace } = defineLab(design).run();
    expect(trace.events.find(({ name, node }) => name === 'node.power' && node === 'n2')).toBeDefined();
    // The goodbye is what is lost, on its second cable.
    expect(trace.filter('frame.lost')[0]).toMatchObject({
      kind: 'vrrp',
      node: 'n2',
      time: 6 * SECOND + 50 * MICROSECOND,
    });
  });

  test.each([PAIR, TWO_SWITCHES])('in $name: what the lab says already changes nothing', (design) => {
    const lab = defineLab({ ...design, duration: '20s' });
    const written = defineLab(designOf(design, { ...QUIET, latency: 50 * MICROSECOND }));
    expect(written.plan.links).toEqual(lab.plan.links);
    expect(written.run({ seed: 7 }).digest).toBe(lab.run({ seed: 7 }).digest);
  });

  test('one delay on every cable, which keeps what else it is', () => {
    const lossy = {
      ...PAIR,
      nodes: { sw1: { kind: 'switch' as const }, ...PAIR.nodes },
      links: [
        ['n1', 'sw1'] as const,
        { between: ['n2', 'sw1'] as const, loss: '5%' },
        ['c1', 'sw1'] as const,
      ],
    };
    const { plan } = defineLab(designOf(lossy, { ...QUIET, latency: 3 * MILLISECOND }));
    expect(plan.links.map(({ delay, lossPpm }) => [delay.lo, delay.hi, lossPpm])).toEqual([
      [3_000_000, 3_000_000, 0],
      [3_000_000, 3_000_000, 50_000],
      [3_000_000, 3_000_000, 0],
    ]);
  });

  test.each<[Partial<Scenario>, RegExp]>([
    [{ starts: { n9: 0 } }, /no host 'n9', did you mean n1\? \(there are n1, n2, c1\)/],
    [{ ready: { database: 0 } }, /no host 'database'/],
    [{ starts: { n1: -1 } }, /the start of n1 is -1; write whole nanoseconds/],
    [{ ready: { n1: 0.5 } }, /the start-up time of n1 is 0.5/],
    [{ losses: [{ at: 0, node: 'sw1', kind: 'vrrp' }] }, /no host 'sw1'/],
    [{ losses: [{ at: -5, node: 'n1', kind: 'arp' }] }, /the instant of a lost arp frame is -5/],
    [{ actions: [{ at: Number.NaN, deed: { do: 'heal' } }] }, /the instant of heal is NaN/],
    [{ latency: 0 }, /the latency is 0; write whole nanoseconds, 1 or more/],
    [{ until: -1 }, /its end is -1/],
  ])('refuses %o', (wrong, message) => {
    expect(() => designOf(PAIR, { ...QUIET, ...wrong })).toThrow(RangeError);
    expect(() => designOf(PAIR, { ...QUIET, ...wrong })).toThrow(message);
  });

  test('every scenario of instants gives a schedule in order of time that a lab takes', () => {
    const instant = fc.integer({ min: 0, max: 20 * SECOND });
    const scenario = fc.record({
      starts: fc.record({ n1: instant, n2: instant }),
      ready: fc.record({ n1: instant }),
      actions: fc.array(fc.record({ at: instant, deed: fc.constant({ do: 'heal' as const }) })),
      losses: fc.array(
        fc.record({ at: instant, node: fc.constantFrom('n1', 'c1'), kind: fc.constantFrom('vrrp', 'arp') }),
      ),
    });
    fc.assert(
      fc.property(scenario, (luck) => {
        const { plan } = defineLab(designOf(PAIR, { ...QUIET, ...luck }));
        expect(plan.hosts.map(({ start }) => start)).toEqual([luck.starts.n1, luck.starts.n2, 0]);
        const instants = plan.schedule.map(({ at }) => at);
        expect(instants).toEqual([...luck.actions, ...luck.losses].map(({ at }) => at).sort((a, b) => a - b));
      }),
      { numRuns: 50 },
    );
  });
});
