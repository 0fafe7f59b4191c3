import { CARP_SYSTEMS, type CarpSystem, type HostDesign, type LabDesign } from '@viplab/core';
import fc from 'fast-check';
import { carpFiles } from '../explore/carp-clusters.fixture.js';
import { actionsOf, type Deed } from './random-lab.fixture.js';

const VIP = '192.168.1.100';

/** What a node's files say. */
interface Taste {
  readonly system: CarpSystem;
  readonly skew: number;
  readonly preempt: boolean;
}

const taste: fc.Arbitrary<Taste> = fc.record({
  system: fc.constantFrom(...CARP_SYSTEMS),
  skew: fc.constantFrom(0, 0, 100, 100, 200, 254),
  preempt: fc.boolean(),
});

/** A fault and its repair, or one alone. */
const deeds = (nodes: readonly string[]): fc.Arbitrary<readonly Deed[]> => {
  const node = fc.constantFrom(...nodes);
  const two = fc.shuffledSubarray([...nodes], { minLength: 2, maxLength: 2 });
  const pair = (one: Deed['do'], other: Deed['do']) =>
    node.map((name): Deed[] => [
      { do: one, node: name },
      { do: other, node: name },
    ]);
  return fc.oneof(
    pair('power-off', 'power-on'),
    pair('shutdown', 'power-on'),
    pair('unplug', 'plug'),
    pair('freeze', 'thaw'),
    node.map((name): Deed[] => [{ do: 'silent-cut', node: name }, { do: 'heal' }]),
    two.map(([from, to]): Deed[] => [
      { do: 'one-way-loss', from: from ?? '', to: to ?? '', only: 'vrrp' },
      { do: 'heal' },
    ]),
    fc.constant<Deed[]>([{ do: 'drop-multicast', node: 'sw1' }, { do: 'heal' }]),
    node.map((name): Deed[] => [
      { do: 'carp-state', node: name, state: 'backup' },
      { do: 'carp-state', node: name, state: 'master' },
    ]),
    // Not taken back: after a loss of power there is nothing to take back, and OpenBSD refuses.
    node.map((name): Deed[] => [{ do: 'carp-demote', node: name, by: 1 }]),
    node.map((name): Deed[] => [{ do: 'carp-demote', node: name, by: 60 }]),
    node.map((name): Deed[] => [
      { do: 'send-errors', node: name },
      { do: 'send-errors', node: name, failing: false },
    ]),
    fc
      .tuple(node, fc.constantFrom('vrrp', 'arp'))
      .map(([name, only]): Deed[] => Array(4).fill({ do: 'lose-next', node: name, only })),
    fc.constant<Deed[]>([{ do: 'flush-neighbours', node: 'c1' }]),
  );
};

/** A pair or a triple of kernels with a client, and faults of all kinds at random instants. */
export const randomCarpDesign: fc.Arbitrary<LabDesign> = fc
  .tuple(
    fc.array(taste, { minLength: 2, maxLength: 3 }),
    fc.boolean(),
    fc.array(fc.constantFrom(0, 0, 1, 400, 2000, 4000), { maxLength: 3 }),
    fc.constantFrom<('packet-first' | 'timer-first')[]>('packet-first', 'packet-first', 'timer-first'),
  )
  .chain(([tastes, isEqual, starts, ties]) => {
    const names = tastes.map((_, index) => `n${index + 1}`);
    const nodes = Object.fromEntries(
      tastes.map(({ system, skew, preempt }, index): [string, HostDesign] => {
        const name = names[index] as string;
        const start = starts[index] ?? 0;
        return [
          name,
          {
            system,
            carp: {
              files: carpFiles(name, `192.168.1.${11 + index}`, isEqual ? 0 : skew, { system, preempt }),
            },
            ...(start === 0 ? {} : { start: `${start}ms` as const }),
          },
        ];
      }),
    );
    return actionsOf(deeds(names)).map(
      (schedule): LabDesign => ({
        name: 'random-carp',
        ties,
        nodes: {
          ...nodes,
          sw1: { kind: 'switch' },
          c1: { address: '192.168.1.50/24', client: { request: `${VIP}:8080`, every: '230ms' } },
        },
        schedule,
        duration: '50s',
      }),
    );
  });
