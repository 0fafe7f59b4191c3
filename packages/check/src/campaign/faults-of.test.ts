import { ACTIONS, defineLab, type LabDesign, planLab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { type Campaign, CLEAN_FAULTS, GREY_FAULTS } from './campaign.js';
import { FAULT_KINDS } from './check-campaign.js';
import { designOf } from './design-of.js';
import type { Fault } from './fault.js';
import { faultsOf } from './faults-of.js';
import { BACK_TO_BACK, PAIR, TWO_SWITCHES } from './labs.fixture.js';
import { oneFaultAndRepair } from './ready-made.js';

const ANY = oneFaultAndRepair({ of: FAULT_KINDS });
const labels = (design: LabDesign, campaign: Campaign): string[] =>
  faultsOf(planLab(design).plan, campaign).map((fault) => fault.label);

describe('faultsOf', () => {
  test('lists what may befall a pair, the clean ones first, whatever the order in the campaign', () => {
    const all = [
      ...['power-off n1', 'power-off n2', 'unplug n1', 'unplug n2', 'stop n1', 'stop n2'],
      ...['kill-9 n1', 'kill-9 n2', 'freeze n1', 'freeze n2', 'stall n1', 'stall n2'],
      ...['silent-cut n1', 'silent-cut n2'],
      ...['one-way-loss n1 to n2', 'one-way-loss n2 to n1'],
      ...['one-way-loss adverts to n1', 'one-way-loss adverts to n2', 'drop-multicast sw1'],
    ];
    expect(labels(PAIR, ANY)).toEqual(all);
    const shuffled = { ...ANY, faults: [...GREY_FAULTS, ...CLEAN_FAULTS].reverse(), nodes: ['n2', 'n1'] };
    expect(labels(PAIR, shuffled)).toEqual(all);
    const { plan } = defineLab(PAIR);
    expect(faultsOf(plan, ANY).map(({ index }) => index)).toEqual(all.map((_, index) => index));
  });

  test('takes the interfaces on which VRRP depends: those of instances, of addresses, and tracked ones', () => {
    const unplugs = labels(TWO_SWITCHES, oneFaultAndRepair({ of: ['unplug'] }));
    expect(unplugs).toEqual(['unplug n1:eth0', 'unplug n1:eth1', 'unplug n2:eth0', 'unplug n3']);
  });

  test('knows one-way loss only where one switch or cable joins two nodes', () => {
    const paths = (design: LabDesign): string[] =>
      labels(design, oneFaultAndRepair({ of: ['one-way-loss'] })).filter(
        (label) => !label.includes('adverts'),
      );
    expect(paths(TWO_SWITCHES)).toEqual(['one-way-loss n1 to n2', 'one-way-loss n2 to n1']);
    expect(paths(BACK_TO_BACK)).toEqual(['one-way-loss n1 to n2', 'one-way-loss n2 to n1']);
  });

  test('befalls named nodes only, also a client or a switch', () => {
    const only = (nodes: string[]): string[] => labels(PAIR, { ...ANY, nodes });
    expect(only(['n2'])).toEqual([
      ...['power-off n2', 'unplug n2', 'stop n2', 'kill-9 n2', 'freeze n2', 'stall n2'],
      'silent-cut n2',
      ...['one-way-loss adverts to n2', 'drop-multicast sw1'],
    ]);
    expect(only(['c1'])).toEqual([
      ...['power-off c1', 'unplug c1', 'freeze c1', 'silent-cut c1', 'drop-multicast sw1'],
    ]);
    expect(labels({ ...TWO_SWITCHES }, { ...ANY, nodes: ['right'] })).toEqual([
      'power-off right',
      'drop-multicast right',
    ]);
    expect(only([])).toEqual([]);
  });

  test('loses the group that the instances use', () => {
    const keepalived = 'global_defs {\n vrrp_mcast_group4 224.0.0.99\n}\n';
    const nodes = Object.fromEntries(
      Object.entries(PAIR.nodes).map(([name, node]) =>
        node.kind !== 'switch' && typeof node.keepalived === 'object'
          ? [name, { ...node, keepalived: { ...node.keepalived, conf: keepalived + node.keepalived.conf } }]
          : [name, node],
      ),
    );
    const faults = faultsOf(
      defineLab({ ...PAIR, nodes }).plan,
      oneFaultAndRepair({ of: ['drop-multicast'] }),
    );
    expect(faults.map(({ label, begin }) => [label, begin])).toEqual([
      ['drop-multicast sw1 224.0.0.99', { do: 'drop-multicast', node: 'sw1', address: '224.0.0.99' }],
    ]);
  });

  test.each([PAIR, TWO_SWITCHES, BACK_TO_BACK])(
    'in $name makes only deeds that a schedule takes',
    (design) => {
      const faults = faultsOf(planLab(design).plan, ANY);
      expect(faults.length).toBeGreaterThan(10);
      for (const { begin, end } of faults) {
        const schedule = [
          { at: '1s', ...begin },
          { at: '2s', ...end },
        ] as const;
        expect(
          planLab({ ...design, schedule }).problems.list.filter(({ severity }) => severity === 'error'),
        ).toEqual([]);
        expect(ACTIONS[begin.do].disruptive).toBe(true);
      }
    },
  );

  test.each(faultsOf(defineLab(PAIR).plan, ANY))(
    '$label can be repaired: n1 has the address in the end',
    ({ begin, end }) => {
      const second = 1_000_000_000;
      const scenario = {
        ...{ seed: 1, starts: {}, ready: {}, losses: [], until: 150 * second },
        actions: [
          { at: 10 * second, deed: begin },
          { at: 30 * second, deed: end },
        ],
      };
      const [vip] = defineLab(designOf(PAIR, scenario)).run().report.vips;
      expect(vip?.owners.at(-1)).toMatchObject({ kind: 'single', owners: ['n1'] });
    },
  );
});

describe('silent faults', () => {
  const silent = ({ end }: Fault): boolean => end.do === 'heal';

  test.each([PAIR, TWO_SWITCHES, BACK_TO_BACK])(
    'in $name: a repair ends its fault and no other',
    (design) => {
      const lab = defineLab(design);
      const faults = faultsOf(lab.plan, ANY).filter(silent);
      const digestAfter = (...deeds: Fault['begin'][]): string => {
        const sim = lab.start();
        for (const deed of deeds) sim.perform(deed);
        return sim.stateDigest;
      };
      const healthy = digestAfter();
      let pairs = 0;
      for (const one of faults) {
        expect(digestAfter(one.begin)).not.toBe(healthy);
        expect(digestAfter(one.begin, one.end), one.label).toBe(healthy);
        for (const other of faults) {
          if (one.nodes.some((node) => other.nodes.includes(node))) continue;
          pairs++;
          expect(digestAfter(other.begin, one.begin, one.end), `${one.label}, ${other.label}`).toBe(
            digestAfter(other.begin),
          );
        }
      }
      // At one switch or cable all overlap; between two switches there are pairs that do not.
      expect(pairs > 0).toBe(design === TWO_SWITCHES);
    },
  );
});
