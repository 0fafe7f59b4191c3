import { describe, expect, test } from 'vitest';
import { doubledTime, perturb, restoreIntoDirty, sameTwice, walker } from '../engine/guards.testing.js';
import { icmpv6EchoRequest, ipv6Address, NEXT_HEADER_ICMPV6 } from '../wire/index.js';
import type { LabDesign } from './design.js';
import { buildOf, isDerived } from './guarded-lab.testing.js';
import { defineLab } from './index.js';
import { planLab } from './plan-lab.js';

/** Two networks and a router between them, both families on one side. */
const DUAL: LabDesign = {
  name: 'dual-stack',
  nodes: {
    sw1: { kind: 'switch' },
    a: {
      address: ['192.168.1.11/24', '2001:db8::11/64'],
      routes: [{ to: '2001:db8:1::/64', via: '2001:db8::1' }],
      echo: 700,
    },
    b: {
      address: '2001:db8::12/64',
      sysctl: { dad_transmits: 1, ndisc_notify: 1 },
      drop: [{ direction: 'in', protocol: 'udp', source: '2001:db8::99/128' }],
      echo: 700,
    },
    r: {
      interfaces: {
        eth0: { address: '2001:db8::1/64' },
        eth1: { address: ['2001:db8:1::1/64'] },
      },
      sysctl: { ip_forward: 1 },
    },
    far: { address: '2001:db8:1::9/64', routes: [{ to: 'default', via: '2001:db8:1::1' }], start: '900ms' },
  },
  links: [
    ['a', 'sw1'],
    ['b', 'sw1'],
    ['r:eth0', 'sw1'],
    ['r:eth1', 'far'],
  ],
  schedule: [
    { at: '1s', do: 'arping', node: 'a', address: '2001:db8::12' },
    { at: '2s', do: 'add-address', node: 'b', address: '2001:db8::100/64' },
    { at: '2500ms', do: 'arping', node: 'a', address: '2001:db8::100', count: 4 },
    { at: '6s', do: 'remove-address', node: 'b', address: '2001:db8::100' },
    { at: '7s', do: 'add-address', node: 'a', address: '2001:db8::100/64' },
    { at: '7100ms', do: 'add-address', node: 'b', address: '2001:db8::100/64' },
    { at: '10s', do: 'freeze', node: 'a' },
    { at: '11s', do: 'thaw', node: 'a' },
    { at: '12s', do: 'power-off', node: 'b' },
    { at: '13s', do: 'power-on', node: 'b' },
    { at: '14s', do: 'unplug', node: 'b' },
    { at: '15s', do: 'plug', node: 'b' },
    { at: '16s', do: 'lose-next', node: 'a', only: 'arp' },
    { at: '16100ms', do: 'arping', node: 'b', address: '2001:db8::11', count: 3 },
    { at: '18s', do: 'flush-neighbours', node: 'a', address: '2001:db8::12' },
    { at: '19s', do: 'flush-neighbours', node: 'b' },
  ],
  duration: '22s',
};

const lab = defineLab(DUAL);
const build = buildOf(lab.plan);

describe('a lab with IPv6', () => {
  test('has the addresses, MACs and routes of its design', () => {
    const { network } = lab.start().runUntil(5e9);
    expect(network.host('a').interface('eth0')?.mac).toBe(0x0200_c0a8_010b);
    expect(network.host('b').interface('eth0')?.mac).toBe(0x0200_0000_0012);
    const far = ipv6Address('2001:db8:1::9');
    expect(network.host('a').nextHopTowards(far)?.gateway).toBe('2001:db8::1');
    expect(network.host('b').owns(ipv6Address('2001:db8::100'))).toBe(true);
    expect(network.host('far').pathTo6(ipv6Address('2001:db8::11'))?.nextHop).toBe('2001:db8:1::1');
  });

  test('shows what happened under the names of IPv4', () => {
    const { trace } = lab.run();
    const at = (name: 'address.added' | 'address.duplicate') =>
      trace.filter(name).map(({ node, address, time }) => `${Math.floor(time / 1e9)} ${node} ${address}`);
    // Alone it is had, of two at once one has it.
    expect(at('address.added').filter((text) => text.includes('::100'))).toHaveLength(2);
    expect(at('address.duplicate')).toHaveLength(1);
    const asked = trace.filter('arp.requested').filter(({ address }) => address === '2001:db8::100');
    expect(asked.map(({ node }) => node)).toContain('a');
    expect(trace.filter('frame.lost').map(({ kind }) => kind)).toContain('arp');
    // Who is asked learns who asks; an answer to nobody's packet makes no entry.
    const learned = trace.filter('arp.learned').map(({ node, address }) => `${node} ${address}`);
    expect(learned).toContain('b fe80::c0ff:fea8:10b');
  });

  test('nothing mutable but what is declared', () => {
    const simulation = lab.start();
    const run = (look: () => void): void => {
      for (let part = 1; part <= 101; part++) {
        simulation.runUntil(Math.floor((22e9 * part) / 101));
        look();
      }
    };
    expect(walker([simulation], run, isDerived)).toEqual([]);
  });

  test.each([2.3, 5.1, 7.6, 13.4, 16.8])('at %f s each word is in the digest and comes back', (at) => {
    const { engine } = lab.start().runUntil(at * 1e9).network;
    engine.afterRestore.length = 0;
    expect(perturb(engine)).toEqual([]);
  });

  test.each([2.3, 5.1, 7.6, 13.4, 16.8])('restored from %f s into any past it goes on alike', (at) => {
    const simulation = lab.start().runUntil(at * 1e9);
    const snapshot = simulation.save();
    const whole = lab.run();
    for (const past of [0, 8e9, 22e9]) {
      const dirty = lab.start().runUntil(past).restore(snapshot);
      expect(dirty.runUntil(22e9).traceDigest(), `${past}`).toBe(whole.digest);
      expect(dirty.stateDigest).toBe(whole.simulation.stateDigest);
    }
  });

  test('the same twice, at another instant, in doubled time, and as bytes', () => {
    expect(sameTwice(build, { until: 22e9, seed: 2 })).toEqual([]);
    expect(restoreIntoDirty(build, { until: 7.6e9, further: 12e9 })).toEqual([]);
    expect(doubledTime(build, { until: 22e9 })).toEqual([]);
    expect(lab.run({ asBytes: true }).digest).toBe(lab.run().digest);
  });
});

test('a switch that passes no frames of a group cuts resolution off, and heals', () => {
  const simulation = lab.start().runUntil(1.5e9);
  const { network } = simulation;
  const target = ipv6Address('2001:db8::12');
  const ask = (): void => {
    network.host('a').sendIpv6({
      destination: target,
      protocol: NEXT_HEADER_ICMPV6,
      payload: icmpv6EchoRequest(1, 1, Uint8Array.of(1)),
    });
  };
  const failed = () => simulation.trace.filter('arp.failed').map(({ node, address }) => `${node} ${address}`);
  simulation.perform({ do: 'drop-multicast', address: 'ff02::1:ff00:12' });
  ask();
  simulation.runUntil(4.6e9);
  expect(failed()).toContain('a 2001:db8::12');
  simulation.perform({ do: 'heal' });
  ask();
  simulation.runUntil(4.7e9);
  expect(network.host('a').interface('eth0')?.macOfNeighbour(target)).toBe(0x0200_0000_0012);
});

describe('a design with IPv6 that cannot be', () => {
  const problems = (nodes: LabDesign['nodes']): string[] => {
    try {
      defineLab({ name: 'x', nodes: { sw1: { kind: 'switch' }, ...nodes } });
      return [];
    } catch (error) {
      return [String(error)];
    }
  };

  test.each<[string, LabDesign['nodes'], string]>([
    ['no prefix', { a: { address: '2001:db8::1' } }, 'is not an address with its prefix length'],
    ['a prefix of 129', { a: { address: '2001:db8::1/129' } }, 'is not an address with its prefix length'],
    [
      'a gateway on no link',
      { a: { address: '2001:db8::1/64', routes: [{ to: '::/0', via: '2001:db8:9::1' }] } },
      'in one subnet with the gateway',
    ],
    [
      'a gateway of the other family',
      { a: { address: '2001:db8::1/64', routes: [{ to: '10.0.0.0/8', via: '2001:db8::2' }] } },
      'not of one family',
    ],
    [
      'a route without gateway and interface',
      { a: { address: '2001:db8::1/64', routes: [{ to: '2001:db8:9::/48' }] } },
      "needs 'via' or 'interface'",
    ],
    [
      'a setting of one interface',
      { a: { address: '2001:db8::1/64', sysctl: { 'eth0.dad_transmits': 0 } } },
      'holds for all interfaces',
    ],
  ])('%s', (_name, nodes, expected) => {
    expect(problems(nodes).join('\n')).toContain(expected);
  });

  test('two hosts with one address are a warning', () => {
    const nodes = { a: { address: '2001:db8::1/64' }, b: { address: '2001:db8:0::1/64' } };
    const { problems: found } = planLab({ name: 'x', nodes });
    expect(found.list.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'lab/duplicate-address b has the address 2001:db8::1 of a too',
      expect.stringContaining('lab/duplicate-mac'),
    ]);
  });
});

describe('a lab without IPv6', () => {
  test('says nothing of it', () => {
    const plain = defineLab({
      name: 'plain',
      nodes: { a: { address: '192.168.1.11/24' }, b: { address: '192.168.1.12/24' } },
      duration: '5s',
    });
    expect([...plain.start().network.hosts.values()].map(({ ipv6 }) => ipv6)).toEqual([null, null]);
  });
});
