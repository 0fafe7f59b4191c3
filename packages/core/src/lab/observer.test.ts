import { describe, expect, test } from 'vitest';
import type { LabDesign } from './design.js';
import { defineLab, type Simulation } from './index.js';
import { node, PAIR, VIP } from './pair.fixture.js';

const owners = (simulation: Simulation) =>
  simulation.trace.filter('vip.owner').map(({ owners: names }) => names.join(' '));
const landings = (simulation: Simulation) => simulation.trace.filter('vip.landed').map(({ at }) => at);
const settled = (changes: Partial<LabDesign> = {}) =>
  defineLab({ ...PAIR, ...changes })
    .start()
    .runUntil('10s');

describe('who owns a virtual address', () => {
  test('nobody, then the master', () => {
    const [first] = settled().trace.filter('vip.owner');
    expect(first).toMatchObject({ time: 3_474_062_000, node: 'n1', address: VIP, owners: ['n1'] });
  });

  test('not a machine without power, nor a frozen one, nor one without a cable', () => {
    for (const [away, back] of [
      ['power-off', 'power-on'],
      ['freeze', 'thaw'],
    ] as const) {
      const simulation = settled().perform({ do: away, node: 'n1' });
      expect(owners(simulation)).toEqual(['n1', '']);
      expect(simulation.trace.filter('vip.owner').at(-1)?.node).toBe('');
      simulation.perform({ do: back, node: 'n1' });
      expect(owners(simulation)).toEqual(away === 'freeze' ? ['n1', '', 'n1'] : ['n1', '']);
    }
    expect(owners(settled().perform({ do: 'unplug', node: 'n1' }))).toEqual(['n1', '']);
  });

  test('whoever holds it, keepalived or not, in the order of the lab', () => {
    const simulation = settled().perform({ do: 'add-address', node: 'c1', address: `${VIP}/24` });
    expect(owners(simulation)).toEqual(['n1', 'n1 c1']);
    simulation.perform({ do: 'remove-address', node: 'c1', address: VIP });
    expect(owners(simulation)).toEqual(['n1', 'n1 c1', 'n1']);
  });
});

describe('where a client lands', () => {
  test('nowhere until it knows a MAC address', () => {
    const simulation = settled();
    expect(simulation.trace.filter('vip.landed')).toMatchObject([
      { node: 'c1', at: 'n1', was: null, address: VIP },
    ]);
    simulation.perform({ do: 'flush-neighbours', node: 'c1' });
    expect(landings(simulation)).toEqual(['n1', null]);
  });

  test('nowhere behind a cut, a dead machine or a dead switch', () => {
    for (const action of [
      { do: 'silent-cut', node: 'n1' },
      { do: 'unplug', node: 'n1' },
      { do: 'unplug', node: 'c1' },
      { do: 'power-off', node: 'n1' },
      { do: 'power-off', node: 'c1' },
      { do: 'power-off', node: 'sw1' },
    ] as const)
      expect(landings(settled().perform(action)), `${action.do} ${action.node}`).toEqual(['n1', null]);
  });

  test('where its neighbour entry points, whoever owns the address', () => {
    const simulation = settled().perform({ do: 'kill-9', node: 'n1' }).runUntil('15s');
    expect(landings(simulation)).toEqual(['n1', 'n2']);
    expect(owners(simulation)).toEqual(['n1', 'n1 n2']);
  });

  test('across switches, and at itself where it holds the address', () => {
    const simulation = settled({
      nodes: { ...PAIR.nodes, sw1: { kind: 'switch' }, sw2: { kind: 'switch' } },
      links: [
        ['n1', 'sw1'],
        ['n2', 'sw2'],
        ['c1', 'sw2'],
        ['sw1:up', 'sw2:up'],
      ],
    });
    expect(landings(simulation)).toEqual(['n1']);
    simulation.perform({ do: 'add-address', node: 'c1', address: `${VIP}/24` });
    expect(landings(simulation)).toEqual(['n1', 'c1']);
  });

  test('by the CAM table where the MAC address is shared', () => {
    const simulation = defineLab({
      ...PAIR,
      nodes: { ...PAIR.nodes, n1: node(11, 150, '60ms', 'use_vmac'), n2: node(12, 100, '80ms', 'use_vmac') },
      schedule: [{ at: '10s', do: 'power-off', node: 'n1' }],
    })
      .start()
      .runUntil('20s');
    // The dead port is forgotten at once, frames to the MAC address are flooded, and n2's interface of it takes them.
    expect(landings(simulation)).toEqual(['n1', 'n2']);
    expect(simulation.trace.filter('cam.moved').filter(({ time }) => time > 10e9)).toEqual([]);
  });

  test('a restore brings back what was known', () => {
    const simulation = settled();
    const snapshot = simulation.save();
    simulation.perform({ do: 'power-off', node: 'n1' });
    simulation.restore(snapshot);
    expect([owners(simulation), landings(simulation)]).toEqual([['n1'], ['n1']]);
    expect(owners(simulation.perform({ do: 'power-off', node: 'n1' }))).toEqual(['n1', '']);
  });
});
