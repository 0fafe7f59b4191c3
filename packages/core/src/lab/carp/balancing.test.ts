import { describe, expect, test } from 'vitest';
import type { CarpBalancing } from '../../host/carp/carp-config.js';
import type { TraceEvent } from '../../trace/index.js';
import type { EthernetFrame } from '../../wire/index.js';
import type { ActionDesign, HostDesign, LabDesign } from '../design.js';
import { defineLab, type Lab } from '../lab.js';
import type { LabPlan } from '../plan.js';
import { carpHolders } from '../plan-carp.js';
import { Simulation } from '../simulation.js';
import { vipsOf } from '../vip-shares.js';
import { type BenchNode, benchPlan, seconds, statesOf } from './carp-lab.testing.js';

const VIP = '192.0.2.10';
const ONE = `${VIP} (1/2)`;
const TWO = `${VIP} (2/2)`;

/** A client that asks the VIP every 100 ms, beyond the router or on the LAN. */
const client = (address: string, from = '4s'): HostDesign => ({
  address: `${address}/24`,
  ...(address.startsWith('192.0.2.') ? {} : { routes: [{ to: 'default', via: '198.51.100.1' }] }),
  client: { request: `${VIP}:8080`, every: '100ms', from: from as '4s' },
});

const server = (
  skews: readonly [number, number],
  balancing: CarpBalancing,
  addresses: readonly string[] = [`${VIP}/24`],
): BenchNode => ({
  system: balancing === 'arp' ? 'openbsd-5.6' : 'openbsd',
  sysctl: { preempt: true },
  vhids: [
    {
      nodes: skews.map((advskew, index) => ({ vhid: index + 1, advskew })),
      balancing,
      addresses,
    },
  ],
  host: {
    echo: 8080,
    routes: [{ to: '198.51.100.0/24', via: '192.0.2.1' }],
  },
});

/** A and B share a VIP; clients sit beyond the router r, on the switch sw9, and on the LAN itself. */
function sharedVip(
  nodes: Record<string, BenchNode>,
  clients: Record<string, HostDesign>,
  schedule: readonly ActionDesign[] = [],
): Simulation {
  const far = Object.entries(clients).filter(
    ([, { address }]) => typeof address === 'string' && address.startsWith('198.'),
  );
  const near = Object.keys(clients).filter((name) => far.every(([other]) => other !== name));
  const lab: Partial<LabDesign> = {
    nodes: {
      sw9: { kind: 'switch' },
      r: {
        interfaces: { lan: { address: '192.0.2.1/24' }, far: { address: '198.51.100.1/24' } },
        sysctl: { ip_forward: 1 },
      },
      ...clients,
    },
    links: [
      { between: ['r:lan', 'sw1'], delay: '500us' },
      { between: ['r:far', 'sw9'], delay: '500us' },
      ...near.map((name) => ({ between: [name, 'sw1'] as const, delay: '500us' as const })),
      ...far.map(([name]) => ({ between: [name, 'sw9'] as const, delay: '500us' as const })),
    ],
  };
  return new Simulation(withVips(benchPlan({ nodes, lab, schedule })));
}

/** The plan of a bench with the VIPs that its CARP configurations make. */
function withVips(plan: LabPlan): LabPlan {
  const held = plan.hosts.flatMap((host) => carpHolders(host));
  const vips = [...new Set(held.map(([address]) => address))].flatMap((address) =>
    vipsOf(
      plan.hosts,
      address,
      held.filter(([other]) => other === address).map(([, holder]) => holder),
    ),
  );
  return { ...plan, vips };
}

const owners = (sim: Simulation, address: string): string[] =>
  sim.trace.events.flatMap((event) =>
    event.name === 'vip.owner' && event.address === address
      ? [`${event.owners.join('+')} ${seconds(event.time)}`]
      : [],
  );

/** By whom a client was answered, run by run: `A 12`, `- 33`. */
function answers(sim: Simulation, name: string): string[] {
  const told: { by: string; count: number }[] = [];
  const results = sim.trace.filter('client.result').filter(({ node }) => node === name);
  for (const event of results.toSorted((one, other) => one.sentAt - other.sentAt)) {
    const by = event.result === 'ok' ? (event.by ?? '?') : '-';
    const last = told.at(-1);
    if (last?.by === by) last.count++;
    else told.push({ by, count: 1 });
  }
  return told.map(({ by, count }) => `${by} ${count}`);
}

const arpsOf = (sim: Simulation, name: 'arp.replied' | 'arp.announced', address: string): string[] =>
  sim.trace.events.flatMap((event: TraceEvent) =>
    event.name === name && event.address === address ? [`${event.node} ${event.mac}`] : [],
  );

const DIES: ActionDesign = { at: '10.0008s', do: 'power-off', node: 'A' };
const PAIR = (balancing: CarpBalancing): Record<string, BenchNode> => ({
  A: server([0, 100], balancing),
  B: server([100, 0], balancing),
});

describe('carpnodes with balancing ip', () => {
  const far = { c7: client('198.51.100.7'), c8: client('198.51.100.8') };

  test('each has its share; the survivor takes the other without a word (acceptance 40)', () => {
    const sim = sharedVip(PAIR('ip'), far, [DIES]).runUntil('20s');
    expect(statesOf(sim).filter((text) => text.includes(' M '))).toEqual([
      'A M 3.000000',
      'B M 3.000000',
      'B M 13.391625',
    ]);
    expect(owners(sim, ONE)).toEqual(['A 3.000000', ' 10.000800', 'B 13.391625']);
    expect(owners(sim, TWO)).toEqual(['B 3.000000']);
    expect(answers(sim, 'c7')[0]).toMatch(/^B 1\d\d$/);
    expect(answers(sim, 'c7')).toHaveLength(1);
    expect(answers(sim, 'c8').map((text) => text.split(' ')[0])).toEqual(['A', '-', 'B']);
    expect(arpsOf(sim, 'arp.announced', VIP)).toEqual([]);
  });

  test('the leader’s master alone answers ARP, with the group MAC, from its own', () => {
    const sim = sharedVip(PAIR('ip'), far).runUntil('6s');
    expect(arpsOf(sim, 'arp.replied', VIP)).toEqual(['A 01:00:5e:00:01:01']);
    const { core } = sim.network.switches.get('sw1')?.port('A') ?? { core: null };
    expect(core).not.toBeNull();
    const learned = sim.trace.filter('cam.learned').filter(({ node }) => node === 'sw1');
    for (const { mac } of learned) expect(mac).not.toMatch(/^0[01]:00:5e/);
  });

  test('without the leader nobody answers: who has no entry is not served, who has one is', () => {
    const late = { c21: client('192.0.2.21'), late: client('192.0.2.23', '11s') };
    const sim = sharedVip(PAIR('ip'), late, [DIES]).runUntil('16s');
    // Both are of share 2, which B serves throughout.
    expect(answers(sim, 'c21')).toHaveLength(1);
    expect(answers(sim, 'late').map((text) => text.split(' ')[0])).toEqual(['-', 'B']);
    expect(owners(sim, TWO)).toEqual(['B 3.000000']);
  });

  test('a client lands on the host that takes its flow', () => {
    const sim = sharedVip(PAIR('ip'), { c20: client('192.0.2.20'), c21: client('192.0.2.21') }, [DIES]);
    sim.runUntil('20s');
    const landed = sim.trace
      .filter('vip.landed')
      .map(({ node, address, at, time }) => `${node} ${address} ${at} ${seconds(time)}`);
    expect(landed.filter((text) => text.startsWith('c20'))).toEqual([
      expect.stringMatching(/^c20 192.0.2.10 \(1\/2\) A 4/),
      'c20 192.0.2.10 (1/2) null 10.000800',
      'c20 192.0.2.10 (1/2) B 13.391625',
    ]);
    expect(landed.filter((text) => text.startsWith('c21'))).toEqual([
      expect.stringMatching(/^c21 192.0.2.10 \(2\/2\) B 4/),
    ]);
  });

  test('a return with preempt moves the share back; both have it for a moment', () => {
    const sim = sharedVip(PAIR('ip'), far, [DIES, { at: '20s', do: 'power-on', node: 'A' }]).runUntil('30s');
    // B's advert of vhid 1 at 20.344750 is the first that A hears.
    expect(owners(sim, ONE).slice(3)).toEqual(['A+B 20.345750', 'A 20.346750']);
    expect(owners(sim, TWO)).toEqual(['B 3.000000']);
  });

  test('over IPv6 too', () => {
    const dual = (skews: readonly [number, number]): BenchNode =>
      server(skews, 'ip', [`${VIP}/24`, '2001:db8::a/64']);
    const c5: HostDesign = {
      address: ['192.0.2.30/24', '2001:db8::5/64'],
      client: { connect: '[2001:db8::a]:8080', every: '500ms', from: '5s' },
    };
    const sim = sharedVip({ A: dual([0, 100]), B: dual([100, 0]) }, { c5 }).runUntil('9s');
    // ...5 XOR ...a is odd: the second share.
    expect(owners(sim, '2001:db8::a (2/2)')).toEqual(['B 3.000000']);
    expect(answers(sim, 'c5')).toEqual([expect.stringMatching(/^B \d+$/)]);
    expect(arpsOf(sim, 'arp.replied', '2001:db8::a')).toEqual(['A 01:00:5e:00:01:01']);
    expect(arpsOf(sim, 'arp.announced', '2001:db8::a')).toEqual([]);
  });
});

describe('the other modes', () => {
  const near = { c20: client('192.0.2.20'), c21: client('192.0.2.21') };

  test.each<[CarpBalancing, boolean]>([
    ['ip', true],
    ['ip-stealth', true],
    ['ip-unicast', false],
    ['none', false],
  ])('%s: a third machine hears the clients’ requests: %s', (balancing, isHeard) => {
    const nodes = balancing === 'none' ? { A: server([0, 100], 'ip-unicast') } : PAIR(balancing);
    const sim = sharedVip(nodes, { ...near, idle: { address: '192.0.2.99/24' } }).runUntil('5.05s');
    let heard = 0;
    sim.trace.frames = {
      onFrame: (_time, port, fate, frame) => {
        const { payload } = frame as EthernetFrame;
        if (
          port === 'sw1:idle' &&
          fate === 'sent' &&
          payload.kind === 'ipv4' &&
          payload.payload.kind === 'udp'
        )
          heard++;
      },
    };
    sim.runUntil('8.05s');
    expect(heard).toBe(isHeard ? 60 : 0);
  });

  test('ip-stealth: nobody sends from the virtual MAC, so its frames flood', () => {
    const sim = sharedVip(PAIR('ip-stealth'), near).runUntil('10s');
    expect(arpsOf(sim, 'arp.replied', VIP)).toEqual(['A 00:00:5e:00:01:01', 'A 00:00:5e:00:01:01']);
    const learned = sim.trace.filter('cam.learned').map(({ mac }) => mac);
    expect(learned.filter((mac) => mac.startsWith('00:00:5e'))).toEqual([]);
    expect(answers(sim, 'c20').map((text) => text[0])).toEqual(['A']);
    expect(answers(sim, 'c21').map((text) => text[0])).toEqual(['B']);
  });

  test('ip-unicast: the switch takes the virtual MAC for that of the last who sent from it', () => {
    const sim = sharedVip(PAIR('ip-unicast'), near).runUntil('10s');
    const moves = sim.trace.filter('cam.moved').filter(({ mac }) => mac === '00:00:5e:00:01:01');
    // Both send adverts from it every second.
    expect(moves.length).toBeGreaterThan(5);
    const by = [...answers(sim, 'c20'), ...answers(sim, 'c21')].map((text) => text[0]);
    expect(by).toContain('-');
  });
});

describe('ARP balancing', () => {
  test('OpenBSD: the requester’s MAC chooses the node, its master’s answer names its MAC', () => {
    const clients = Object.fromEntries(
      [20, 21, 22, 23].map((last) => [`c${last}`, client(`192.0.2.${last}`)]),
    );
    const sim = sharedVip(PAIR('arp'), clients, [DIES]).runUntil('20s');
    const replies = arpsOf(sim, 'arp.replied', VIP);
    for (const reply of replies.slice(0, 4)) {
      const { mac } = sim.network.host('c20').interface('eth0') ?? { mac: null };
      expect(mac).not.toBeNull();
      expect(reply).toMatch(/^(A 00:00:5e:00:01:01|B 00:00:5e:00:01:02)$/);
    }
    expect(new Set(replies.slice(0, 4)).size).toBe(2);
    for (const [name, { by, ok }] of Object.entries(firstAndLast(sim))) {
      expect(by.at(-1), name).toBe('B');
      expect(ok, name).toBe(true);
    }
    // The survivor takes frames to both MACs: nobody learns anything new.
    expect(owners(sim, ONE)).toEqual(['A 3.000000', ' 10.000800', 'B 13.391625']);
    expect(arpsOf(sim, 'arp.announced', VIP)).toEqual([]);
  });

  test('FreeBSD 9: on one LAN all clients choose the same of two', () => {
    const node = (one: number, other: number): BenchNode => ({
      system: 'freebsd-9',
      sysctl: { preempt: true, arpBalance: true },
      vhids: [
        { vhid: 1, advskew: one, addresses: [`${VIP}/24`] },
        { vhid: 2, advskew: other, addresses: [`${VIP}/24`] },
      ],
      host: { echo: 8080 },
    });
    const clients = Object.fromEntries([20, 21, 22].map((last) => [`c${last}`, client(`192.0.2.${last}`)]));
    const sim = sharedVip({ A: node(0, 100), B: node(100, 0) }, clients).runUntil('8s');
    // 192 is even: the first of the two.
    expect([...new Set(arpsOf(sim, 'arp.replied', VIP))]).toEqual(['A 00:00:5e:00:01:01']);
    for (const name of Object.keys(clients)) expect(answers(sim, name)[0], name).toMatch(/^A/);
    expect(owners(sim, ONE)).toEqual(['A 3.000000']);
    expect(owners(sim, TWO)).toEqual(['B 3.000000']);
  });
});

/** By whom each client was answered first and last, and whether it was at the end. */
function firstAndLast(sim: Simulation): Record<string, { by: string[]; ok: boolean }> {
  const names = [...sim.network.hosts.keys()].filter((name) => name.startsWith('c'));
  return Object.fromEntries(
    names.map((name) => {
      const told = answers(sim, name).map((text) => text.split(' ')[0] ?? '');
      return [name, { by: told.filter((by) => by !== '-'), ok: told.at(-1) !== '-' }];
    }),
  );
}

describe('from their files', () => {
  const lan = (
    system: 'openbsd-5.6' | 'freebsd-9',
    files: (name: 'A' | 'B') => Record<string, string>,
  ): Lab =>
    defineLab({
      name: 'lan',
      nodes: {
        sw1: { kind: 'switch' },
        A: { system, carp: { files: files('A') } },
        B: { system, carp: { files: files('B') } },
        c20: client('192.0.2.20'),
        c21: client('192.0.2.21'),
      },
      schedule: [{ at: '10s', do: 'power-off', node: 'A' }],
      duration: '20s',
    });

  test('OpenBSD 5.6, carpnodes with balancing arp', () => {
    const run = lan('openbsd-5.6', (name) => ({
      'hostname.em0': `inet 192.0.2.${name === 'A' ? 11 : 12} 255.255.255.0\n`,
      'hostname.carp0': `inet ${VIP} 255.255.255.0 NONE carpdev em0 carpnodes ${
        name === 'A' ? '1:0,2:100' : '1:100,2:0'
      } balancing arp pass mekmitasdigoat\n`,
    })).run();
    expect(run.report.vips.map(({ address }) => address)).toEqual([ONE, TWO]);
    expect(run.report.verdict.words).toEqual(['no-flap']);
    for (const { targets } of run.report.clients) expect(targets[0]?.served.at(-1)?.by).toBe('B');
    expect(run.report.vip(ONE).handovers.map(({ from, to }) => `${from} ${to}`)).toEqual(['A B']);
    expect(run.report.vip(TWO).handovers).toEqual([]);
  });

  test('FreeBSD 9, two interfaces with one address and arpbalance', () => {
    const run = lan('freebsd-9', (name) => ({
      'rc.conf': [
        `ifconfig_em0="inet 192.0.2.${name === 'A' ? 11 : 12} netmask 255.255.255.0"`,
        'cloned_interfaces="carp0 carp1"',
        `ifconfig_carp0="vhid 1 advskew ${name === 'A' ? 0 : 100} pass mekmitasdigoat ${VIP}/24"`,
        `ifconfig_carp1="vhid 2 advskew ${name === 'A' ? 100 : 0} pass mekmitasdigoat ${VIP}/24"`,
        '',
      ].join('\n'),
      'sysctl.conf': 'net.inet.carp.arpbalance=1\n',
    })).run();
    expect(run.report.vips.map(({ address }) => address)).toEqual([ONE, TWO]);
    // 192 is even: whoever asks is told the MAC of the first, whose master serves all.
    for (const { targets } of run.report.clients)
      expect(targets[0]?.served.map(({ by }) => by)).toEqual(['A', 'B']);
    expect(run.report.vip(ONE).dual).toEqual([]);
  });
});
