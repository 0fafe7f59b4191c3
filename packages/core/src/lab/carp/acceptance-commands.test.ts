import { describe, expect, test } from 'vitest';
import { CARP_SYSTEMS, type CarpSystem } from '../../host/carp/carp-config.js';
import type { ActionDesign } from '../design.js';
import type { Simulation } from '../simulation.js';
import { type BenchNode, benchLab, instantsOf, statesOf } from './carp-lab.testing.js';

const pair = (system: CarpSystem): Record<string, BenchNode> => ({
  A: { system },
  B: { system, advskew: 100 },
});
/** What happened after an instant. */
const after = (lines: readonly string[], from: number): string[] =>
  lines.filter((line) => Number(line.split(' ').at(-1)) >= from);
const advertsOf = (sim: Simulation): string[] => instantsOf(sim, 'carp.advert-sent', 'A');
/** When the advert of 10 s has left its sender's cable. */
const DIES: ActionDesign = { at: '10.0008s', do: 'power-off', node: 'A' };

describe('net.inet.carp.allow', () => {
  const schedule = (node: string): ActionDesign[] => [
    { at: '10.5s', do: 'set-sysctl', node, sysctl: 'net.inet.carp.allow', value: 0 },
    { at: '20.5s', do: 'set-sysctl', node, sysctl: 'net.inet.carp.allow', value: 1 },
  ];

  test.each(['openbsd', 'openbsd-5.6', 'freebsd-13', 'freebsd-9'] as const)(
    '%s: 0 makes it deaf, and a backup becomes MASTER',
    (system) => {
      const sim = benchLab({ nodes: pair(system), schedule: schedule('B') }).runUntil('40s');
      expect(after(statesOf(sim), 4)).toEqual(['B M 13.391625', 'B bk 21.001000']);
      expect(sim.trace.filter('carp.demotion')).toEqual([]);
      const deaf = benchLab({ nodes: pair(system), schedule: schedule('A') }).runUntil('40s');
      expect(after(statesOf(deaf), 4)).toEqual([]);
    },
  );

  test.each(['openbsd', 'freebsd-13', 'freebsd-9'] as const)(
    '%s: deaf, it takes part in everything else',
    (system) => {
      const sim = benchLab({
        nodes: { A: { system } },
        schedule: [
          ...schedule('A'),
          { at: '12s', do: 'unplug', node: 'A', interface: 'em0' },
          { at: '13s', do: 'plug', node: 'A', interface: 'em0' },
        ],
      }).runUntil('19s');
      expect(after(statesOf(sim), 4)).toEqual(['A in 12.000000', 'A bk 13.000000', 'A M 16.000000']);
    },
  );

  test('freebsd: 0 takes it out altogether', () => {
    const sim = benchLab({ nodes: pair('freebsd'), schedule: schedule('A') }).runUntil('40s');
    expect(after(statesOf(sim), 4)).toEqual(['A in 10.500000', 'B M 13.391625', 'A bk 20.500000']);
    expect(sim.trace.filter('carp.demotion').map(({ to }) => to)).toEqual([240, 0]);
  });

  test('freebsd: what the cable does meanwhile counts only once', () => {
    const sim = benchLab({
      nodes: { A: { system: 'freebsd' } },
      schedule: [
        ...schedule('A'),
        { at: '12s', do: 'unplug', node: 'A', interface: 'em0' },
        { at: '13s', do: 'plug', node: 'A', interface: 'em0' },
        { at: '14s', do: 'unplug', node: 'A', interface: 'em0' },
        { at: '25s', do: 'plug', node: 'A', interface: 'em0' },
      ],
    }).runUntil('40s');
    expect(after(statesOf(sim), 4)).toEqual(['A in 10.500000', 'A bk 25.000000', 'A M 28.000000']);
    expect(sim.trace.filter('carp.demotion').map(({ time, to }) => [time / 1e9, to])).toEqual([
      [10.5, 240],
      [25, 0],
    ]);
  });
});

describe('addresses that come and go', () => {
  const add = (at: '10.3s' | '11s' | '12s' | '14s', address = '192.0.2.9/32'): ActionDesign => ({
    at,
    do: 'add-address',
    node: 'A',
    vhid: 1,
    address,
  });
  const remove = (at: '10.3s' | '11s' | '12s', address: string, node = 'A'): ActionDesign => ({
    at,
    do: 'remove-address',
    node,
    vhid: 1,
    address,
  });

  test.each(CARP_SYSTEMS)('%s: one that is added costs a master its time', (system) => {
    const sim = benchLab({ nodes: { A: { system } }, schedule: [add('10.3s')] }).runUntil('20s');
    expect(after(statesOf(sim), 4)).toEqual(['A in 10.300000', 'A bk 10.300000', 'A M 13.300000']);
    expect(after(instantsOf(sim, 'arp.announced', 'A'), 13.2).slice(0, 2)).toEqual([
      '13.300000',
      '13.300000',
    ]);
  });

  test.each(['openbsd', 'freebsd-13', 'freebsd'] as const)('%s: so does one that is removed', (system) => {
    const sim = benchLab({
      nodes: { A: { system, vhids: [{ addresses: ['192.0.2.1/24', '192.0.2.9/32'] }] } },
      schedule: [remove('10.3s', '192.0.2.9/32')],
    }).runUntil('20s');
    expect(after(statesOf(sim), 4)).toEqual(['A in 10.300000', 'A bk 10.300000', 'A M 13.300000']);
  });

  test.each(CARP_SYSTEMS)('%s: without any it is in INIT', (system) => {
    const sim = benchLab({
      nodes: { A: { system } },
      schedule: [remove('10.3s', '192.0.2.1/24'), add('14s')],
    }).runUntil('20s');
    expect(after(statesOf(sim), 4)).toEqual(['A in 10.300000', 'A bk 14.000000', 'A M 17.000000']);
  });

  test.each(CARP_SYSTEMS)('%s: changed while the cable is out', (system) => {
    const sim = benchLab({
      nodes: { A: { system } },
      schedule: [
        { at: '10.3s', do: 'unplug', node: 'A', interface: 'em0' },
        add('11s'),
        remove('12s', '192.0.2.1/24'),
        { at: '13s', do: 'plug', node: 'A', interface: 'em0' },
      ],
    }).runUntil('17s');
    expect(after(statesOf(sim), 4)).toEqual(['A in 10.300000', 'A bk 13.000000', 'A M 16.000000']);
    expect(
      sim.network.host('A').interfaces.flatMap((face) => (face.kind === 'carp' ? face.addresses : [])),
    ).toHaveLength(1);
    expect(sim.trace.filter('carp.demotion')).toHaveLength(2);
  });

  test.each(['openbsd', 'freebsd-9'] as const)('%s: an address sets the interface up', (system) => {
    const sim = benchLab({
      nodes: { A: { system } },
      schedule: [{ at: '10.3s', do: 'interface-down', node: 'A', interface: 'carp0' }, add('12s')],
    }).runUntil('17s');
    expect(after(statesOf(sim), 4)).toEqual(['A in 10.300000', 'A bk 12.000000', 'A M 15.000000']);
  });

  test.each(['openbsd', 'freebsd-13', 'freebsd'] as const)(
    '%s: the timer of a family that has no address any more still fires, once',
    (system) => {
      const dual = (advskew: number): BenchNode => ({
        system,
        vhids: [{ advskew, addresses: ['192.0.2.1/24', '2001:db8::1/64'] }],
      });
      const sim = benchLab({
        nodes: { A: dual(0), B: dual(100) },
        schedule: [remove('10.3s', '2001:db8::1/64'), remove('11s', '2001:db8::1/64', 'B')],
      }).runUntil('30s');
      // B heard IPv6 at 10.001; A's first advert with the same digest comes at 13.301 and is of IPv4.
      expect(after(statesOf(sim), 4)).toEqual([
        'A in 10.300000',
        'A bk 10.300000',
        'B in 11.000000',
        'B bk 11.000000',
        'A M 13.300000',
        'B M 13.391625',
        'B bk 14.301000',
      ]);
    },
  );
});

describe('ifconfig … state', () => {
  const own = ['openbsd', 'openbsd-5.6', 'freebsd-9'] as const;
  const shared = ['freebsd-13', 'freebsd'] as const;
  const say = (node: string, state: 'init' | 'backup' | 'master'): ActionDesign => ({
    at: '10.5s',
    do: 'carp-state',
    node,
    state,
  });

  for (const state of ['init', 'master'] as const) {
    test.each(own)(`%s: ${state} to a MASTER only arms its timer anew`, (system) => {
      const sim = benchLab({ nodes: { A: { system } }, schedule: [say('A', state)] }).runUntil('13s');
      expect(after(statesOf(sim), 4)).toEqual([]);
      expect(after(advertsOf(sim), 9.5)).toEqual(['10.000000', '11.500000', '12.500000']);
    });
    test.each(shared)(`%s: ${state} to a MASTER does nothing`, (system) => {
      const sim = benchLab({ nodes: { A: { system } }, schedule: [say('A', state)] }).runUntil('12.5s');
      expect(after(statesOf(sim), 4)).toEqual([]);
      expect(after(advertsOf(sim), 9.5)).toEqual(['10.000000', '11.000000', '12.000000']);
    });
  }

  for (const state of ['init', 'backup'] as const) {
    test.each(own)(`%s: ${state} to a BACKUP lets it wait from now`, (system) => {
      const sim = benchLab({ nodes: pair(system), schedule: [DIES, say('B', state)] }).runUntil('20s');
      expect(after(statesOf(sim), 4)).toEqual(['B M 13.890625']);
    });
    test.each(shared)(`%s: ${state} to a BACKUP does nothing`, (system) => {
      const sim = benchLab({ nodes: pair(system), schedule: [DIES, say('B', state)] }).runUntil('20s');
      expect(after(statesOf(sim), 4)).toEqual(['B M 13.391625']);
    });
  }

  test.each(CARP_SYSTEMS)('%s: master in INIT is nothing', (system) => {
    const sim = benchLab({
      nodes: { A: { system } },
      schedule: [{ at: '10.3s', do: 'unplug', node: 'A', interface: 'em0' }, say('A', 'master')],
    }).runUntil('20s');
    expect(after(statesOf(sim), 4)).toEqual(['A in 10.300000']);
  });

  test('OpenBSD: the leader decides, and all its virtual hosts do it', () => {
    const nodes = (one: number, two: number): BenchNode => ({
      system: 'openbsd',
      vhids: [
        {
          balancing: 'ip',
          nodes: [
            { vhid: 1, advskew: one },
            { vhid: 2, advskew: two },
          ],
        },
      ],
    });
    const run = (node: string, state: 'backup' | 'master'): string[] => {
      const sim = benchLab({
        nodes: { A: nodes(0, 100), B: nodes(100, 0) },
        schedule: [{ ...say(node, state), vhid: 2 }],
      }).runUntil('10.6s');
      return sim.trace
        .filter('carp.state')
        .filter(({ time }) => time > 4e9)
        .map(({ instance, node: at, to, time }) => `${at} ${instance} ${to} ${(time / 1e9).toFixed(3)}`);
    };
    // A is MASTER of the leader: it gives that up, whichever vhid was meant. Its second is BACKUP already.
    expect(run('A', 'backup')).toEqual(['A carp0:1 BACKUP 10.500']);
    // B's leader is BACKUP already: its second stays MASTER.
    expect(run('B', 'backup')).toEqual([]);
    expect(run('B', 'master')).toEqual(['B carp0:1 MASTER 10.500']);
  });

  test('FreeBSD: two vhids of a NIC are forced one by one', () => {
    const sim = benchLab({
      nodes: { A: { system: 'freebsd', vhids: [{ vhid: 1 }, { vhid: 2 }] } },
      schedule: [{ ...say('A', 'backup'), vhid: 2 }],
    }).runUntil('12s');
    expect(after(statesOf(sim, '1@em0'), 4)).toEqual([]);
    expect(after(statesOf(sim, '2@em0'), 4)).toEqual(['A bk 10.500000']);
  });
});
