import { describe, expect, test } from 'vitest';
import { addressOfLabel, shareLabel } from '../report/vip-label.js';
import { parseIp } from '../wire/index.js';
import { type BenchNode, benchPlan } from './carp/carp-lab.testing.js';
import { owns } from './ownership-now.js';
import type { VipPlan } from './plan.js';
import { carpHolders } from './plan-carp.js';
import { Simulation } from './simulation.js';
import { askedVip, clientsAsking, ordinaryVip, vipOf, vipsOf } from './vip-shares.js';

const VIP = parseIp('192.0.2.10');
const NODES = [
  { vhid: 1, advskew: 0 },
  { vhid: 2, advskew: 100 },
] as const;
const shared = (nodes: readonly { vhid: number; advskew: number }[]): BenchNode => ({
  system: 'openbsd',
  vhids: [{ nodes, balancing: 'ip', addresses: ['192.0.2.10/24'] }],
});
const client = (address: string): object => ({ address, client: { request: '192.0.2.10:8080' } });

function vipsOfBench(nodes: Record<string, BenchNode>): {
  vips: VipPlan[];
  plan: ReturnType<typeof benchPlan>;
} {
  const plan = benchPlan({
    nodes,
    lab: {
      nodes: { c20: client('192.0.2.20/24'), c21: client('192.0.2.21/24'), far: client('198.51.100.7/24') },
      links: [['c20', 'sw1'], ['c21', 'sw1'], { between: ['far', 'sw1'] }],
    },
  });
  const held = plan.hosts.flatMap((host) => carpHolders(host));
  return {
    vips: vipsOf(
      plan.hosts,
      VIP,
      held.map(([, holder]) => holder),
    ),
    plan,
  };
}

const told = (vips: readonly VipPlan[]): string[] =>
  vips.map(
    ({ label, holders }) =>
      `${label}: ${holders.map(({ node, instance }) => `${node} ${instance}`).join(', ')}`,
  );

describe('what is owned of an address', () => {
  test('with carpnodes, a share for each vhid, with those who may have it', () => {
    const { vips } = vipsOfBench({ A: shared(NODES), B: shared(NODES) });
    expect(told(vips)).toEqual([
      '192.0.2.10 (1/2): A carp0:1, B carp0:1',
      '192.0.2.10 (2/2): A carp0:2, B carp0:2',
    ]);
    expect(vips.map(({ share }) => share)).toEqual([
      { index: 0, count: 2, by: 'flow' },
      { index: 1, count: 2, by: 'flow' },
    ]);
  });

  test('a host that lacks a vhid has no part in that share', () => {
    const { vips } = vipsOfBench({ A: shared(NODES), B: shared([...NODES, { vhid: 9, advskew: 0 }]) });
    expect(told(vips)).toEqual([
      '192.0.2.10 (1/3): A carp0:1, B carp0:1',
      '192.0.2.10 (2/3): A carp0:2, B carp0:2',
      '192.0.2.10 (3/3): B carp0:9',
    ]);
  });

  test('one vhid, or a host that does not share: the whole address', () => {
    const one = vipsOfBench({ A: shared([{ vhid: 1, advskew: 0 }]), B: shared([{ vhid: 1, advskew: 9 }]) });
    expect(told(one.vips)).toEqual(['192.0.2.10: A carp0, B carp0']);
    const plain: BenchNode = { system: 'openbsd', vhids: [{ vhid: 1, addresses: ['192.0.2.10/24'] }] };
    const mixed = vipsOfBench({ A: shared(NODES), B: plain });
    expect(told(mixed.vips)).toEqual(['192.0.2.10: A carp0:1, A carp0:2, B carp0']);
  });

  test('FreeBSD 9: two vhids with one address are shares with arpbalance, without it they are two owners', () => {
    const node = (arpBalance: boolean): BenchNode => ({
      system: 'freebsd-9',
      sysctl: { arpBalance },
      vhids: [
        { vhid: 1, addresses: ['192.0.2.10/24'] },
        { vhid: 2, addresses: ['192.0.2.10/24'] },
      ],
    });
    const { vips } = vipsOfBench({ A: node(true), B: node(true) });
    expect(vips.map(({ label, share }) => [label, share?.by])).toEqual([
      ['192.0.2.10 (1/2)', 'arp'],
      ['192.0.2.10 (2/2)', 'arp'],
    ]);
    expect(vipsOfBench({ A: node(false), B: node(false) }).vips.map(({ label }) => label)).toEqual([
      '192.0.2.10',
    ]);
  });
});

describe('who asks which', () => {
  test('a client asks the share of its own address, wherever it is', () => {
    const { vips, plan } = vipsOfBench({ A: shared(NODES), B: shared(NODES) });
    const [first, second] = vips as [VipPlan, VipPlan];
    expect(clientsAsking(plan.hosts, vips, first).map(({ name }) => name)).toEqual(['c20']);
    // .7 XOR .10 is odd as well.
    expect(clientsAsking(plan.hosts, vips, second).map(({ name }) => name)).toEqual(['c21', 'far']);
    const [c20] = plan.hosts.filter(({ name }) => name === 'c20');
    expect(askedVip(vips, c20 ?? { interfaces: [] }, parseIp('192.0.2.99'))).toBeUndefined();
  });

  test('labels are found again; any other address is itself; nonsense is told', () => {
    const { vips } = vipsOfBench({ A: shared(NODES), B: shared(NODES) });
    expect(vipOf(vips, '192.0.2.10 (2/2)')).toBe(vips[1]);
    expect(vipOf(vips, '192.0.2.99')).toEqual(ordinaryVip(parseIp('192.0.2.99')));
    expect(() => vipOf(vips, '192.0.2.10 (3/2)')).toThrow(/nor a VIP of this lab \(192.0.2.10 \(1\/2\), /);
    expect(addressOfLabel(shareLabel('2001:db8::a', 0, 2))).toBe('2001:db8::a');
    expect(addressOfLabel('192.0.2.1')).toBe('192.0.2.1');
  });

  test('who has the address but is not master of the vhid does not own the share', () => {
    const { vips, plan } = vipsOfBench({ A: shared(NODES), B: shared(NODES) });
    const [first] = vips as [VipPlan, VipPlan];
    const { network } = new Simulation({ ...plan, vips }).runUntil('1s');
    const host = network.host('A');
    expect(owns(host, ordinaryVip(VIP))).toBe(true);
    expect(owns(host, first)).toBe(false);
    expect(owns(network.host('c20'), first)).toBe(false);
  });
});
