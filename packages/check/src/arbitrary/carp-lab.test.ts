import { defineLab } from '@viplab/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { carpLab } from './carp-lab.js';
import { arb } from './index.js';

test('every lab is one that runs, with an owner or two, and many systems are among them', () => {
  const systems = new Set<string>();
  let owned = 0;
  fc.assert(
    fc.property(arb.carpLab(), fc.nat(1000), (lab, seed) => {
      for (const { carp } of lab.plan.hosts) if (carp !== null) systems.add(carp.config.system);
      expect(lab.plan.vips).toHaveLength(1);
      const [vip] = lab.run({ seed, until: '12s' }).report.vips;
      if (vip?.owners.at(-1)?.kind === 'single') owned++;
      // It is printed as what makes it again.
      expect(defineLab(lab.design).digest).toBe(lab.digest);
    }),
    { numRuns: 60, seed: 5 },
  );
  expect(systems.size).toBe(5);
  expect(owned).toBeGreaterThan(20);
});

test('shrinks to two OpenBSD kernels of equal skews', () => {
  const failure = fc.check(
    fc.property(carpLab(), (lab) => lab.plan.hosts.length < 3),
    { seed: 3 },
  );
  const [found] = failure.counterexample ?? [];
  expect(found?.plan.vips[0]?.holders.map(({ node, priority }) => [node, priority])).toEqual([
    ['n1', 0],
    ['n2', 0],
  ]);
  expect(found?.plan.hosts[0]?.carp?.config.system).toBe('openbsd');
});

test('a lab of no system is refused', () => {
  expect(() => carpLab({ systems: [] })).toThrow(/systems is empty: name openbsd/);
});
