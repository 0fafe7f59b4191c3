import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DiagnosticError } from '../diagnostic/diagnostic.js';
import type { LabDesign } from './design.js';
import { defineLab, planLab } from './index.js';
import { conf, node, PAIR, VIP } from './pair.fixture.js';

/** The codes of what is wrong with a design, errors and warnings. */
const codesOf = (design: LabDesign): string[] => planLab(design).problems.list.map(({ code }) => code);
const pairWith = (changes: Partial<LabDesign>): LabDesign => ({ ...PAIR, ...changes });
const withNode = (name: string, design: LabDesign['nodes'][string]): LabDesign =>
  pairWith({ nodes: { ...PAIR.nodes, [name]: design } });
const host = { address: '192.168.1.60/24' } as const;
const at = (action: object): LabDesign =>
  // What a schedule can say wrongly does not compile; a reader of files may still hand it over.
  pairWith({ schedule: [{ at: '10s', do: 'stop', ...action } as never] });
const withClient = (client: object): LabDesign => withNode('x', { ...host, client: client as never });
const echo = { node: 'n1', daemon: 'echo:8080' } as const;
const VHID = 'ifconfig em0 vhid 1 pass x alias 192.168.1.99/32';
const OPENBSD = 'ifconfig carp0 inet 192.168.1.99 netmask 255.255.255.0 vhid 1 carpdev em0 pass x';
const onEth1 = conf(90)
  .replace('VI_1', 'VI_2')
  .replace('eth0', 'eth1')
  .replace('_id 51', '_id 52')
  .replace('.100/', '.101/');
const switches = { sw1: { kind: 'switch' }, sw2: { kind: 'switch' } } as const;
const star = [
  ['n1', 'sw1'],
  ['n2', 'sw1'],
  ['c1', 'sw1'],
] as const;

/** A code, a design that deserves it, and words of the complaint. */
const CASES: readonly [string, LabDesign, string][] = [
  ['lab/bad-name', withNode('a b', host), 'a b'],
  ['lab/no-hosts', { name: 'empty', nodes: {} }, 'at least one host'],
  ['lab/no-address', withNode('x', {}), 'address: 192.168.1.11/24'],
  ['lab/two-addresses', withNode('x', { ...host, interfaces: { eth0: host } }), "inside 'interfaces'"],
  ['lab/bad-address', withNode('x', { address: '192.168.1.60' }), 'prefix length'],
  ['lab/bad-address', withNode('x', { ...host, routes: [{ to: '10/8' }] }), 'not a network'],
  ['lab/bad-address', withNode('x', { ...host, routes: [{ to: 'default', via: 'gw' }] }), "'gw'"],
  ['lab/bad-address', withNode('x', { ...host, drop: [{ direction: 'in', source: 'n1' }] }), "'n1'"],
  ['lab/bad-mac', withNode('x', { ...host, mac: '02:00' }), '02:00'],
  ['lab/bad-mac', withNode('sw1', { kind: 'switch', static: { zz: 'n1' } }), "'zz'"],
  ['lab/duplicate-address', withNode('x', { address: '192.168.1.11/24', mac: '02:00:00:00:00:09' }), 'of n1'],
  ['lab/duplicate-mac', withNode('x', { ...host, mac: '02:00:c0:a8:01:0b' }), 'of n1'],
  ['lab/no-interface', withNode('x', { ...host, keepalived: conf(90) + onEth1 }), 'uses interface eth1'],
  [
    'lab/bad-duration',
    withNode('x', { ...host, client: { request: '10.0.0.1:80', every: '5' as never } }),
    "'5'",
  ],
  ['lab/bad-duration', withNode('x', { ...host, client: { request: '10.0.0.1:80', every: '0s' } }), '0s'],
  ['lab/bad-target', withNode('x', { ...host, client: { request: 'www' } }), 'address:port'],
  ['lab/bad-target', withNode('x', { ...host, client: { request: '10.0.0.1:70000' } }), '70000'],
  [
    'lab/bad-range',
    withNode('x', { ...host, keepalived: { conf: conf(90), ready: ['2s', '1s'] } }),
    'ends before',
  ],
  ['lab/bad-drift', withNode('x', { ...host, drift: 300_000 }), '100000 at most'],
  ['lab/bad-drift', at({ do: 'clock-drift', node: 'n1', ppm: 2_000_000 }), '100000 at most'],
  ['lab/same-node', at({ do: 'one-way-loss', from: 'n1', to: 'n1' }), 'loses nothing'],
  ['lab/bad-gateway', withNode('x', { ...host, routes: [{ to: 'default', via: '9.9.9.9' }] }), '9.9.9.9'],
  [
    'lab/unknown-interface',
    withNode('x', { ...host, routes: [{ to: 'default', interface: 'eth9' }] }),
    'eth9',
  ],
  ['lab/bad-sysctl', withNode('x', { ...host, sysctl: { arp_ignore: 99 } }), '8 at most'],
  ['lab/no-route', withNode('x', { ...host, client: { request: '172.16.0.1:80' } }), 'no route'],
  ['lab/no-instance', withNode('x', { ...host, keepalived: 'global_defs {\n}\n' }), 'does nothing'],
  ['lab/unknown-sysctl', withNode('x', { ...host, sysctl: { arp_ignor: 1 } }), 'arp_ignore'],
  ['lab/unknown-interface', withNode('x', { ...host, sysctl: { 'eth9.arp_ignore': 1 } }), 'eth9'],
  [
    'lab/unknown-interface',
    withNode('x', { ...host, drop: [{ direction: 'in', interface: 'eth9' }] }),
    'eth9',
  ],
  ['lab/bad-sysctl', withNode('x', { ...host, sysctl: { locktime: 1 } }), '200ms'],
  ['lab/bad-sysctl', withNode('x', { ...host, sysctl: { arp_ignore: -1 } }), 'whole number'],
  ['lab/bad-sysctl', withNode('x', { ...host, sysctl: { tcp_retries2: 256 } }), '255 at most'],
  ['lab/bad-sysctl', withNode('x', { ...host, sysctl: { tcp_fin_timeout: 30 } }), '200ms'],
  ['lab/unknown-protocol', withNode('x', { ...host, drop: [{ direction: 'in', protocol: 'upd' }] }), 'udp'],
  ['lab/bad-filter', withNode('x', { ...host, drop: [{ direction: 'in', protocol: 256 }] }), '0..255'],
  ['lab/bad-filter', withNode('x', { ...host, drop: [{ direction: 'in', port: -1 }] }), '0..65535'],
  ['lab/unknown-profile', withNode('sw1', { kind: 'switch', macMove: 'catalist' }), 'catalyst'],
  ['lab/unknown-port', withNode('sw1', { kind: 'switch', ports: { n9: { vlan: 2 } } }), 'n9'],
  ['lab/unknown-port', withNode('sw1', { kind: 'switch', static: { '02:00:00:00:00:01': 'n9' } }), 'n9'],
  ['lab/out-of-range', withNode('sw1', { kind: 'switch', spanningTree: 'stp', priority: 5 }), '4096'],
  ['lab/out-of-range', withNode('sw1', { kind: 'switch', forwardDelay: '1s' }), '2s to 30s'],
  [
    'lab/no-spanning-tree',
    withNode('sw1', { kind: 'switch', ports: { n1: { edge: true } } }),
    'ports.n1.edge',
  ],
  ['lab/no-arp-inspection', withNode('sw1', { kind: 'switch', ports: { n1: { trusted: true } } }), 'trusted'],
  ['lab/bad-address', withNode('sw1', { kind: 'switch', snooping: { querier: 'sw1' } }), "'sw1'"],
  [
    'lab/bad-mac',
    withNode('sw1', { kind: 'switch', arpInspection: { bindings: { '10.0.0.1': 'x' } } }),
    "'x'",
  ],
  ['lab/bad-address', withNode('sw1', { kind: 'switch', arpInspection: { bindings: { n1: 'x' } } }), "'n1'"],
  ['lab/small-bond', withNode('sw1', { kind: 'switch', bonds: { b: { ports: ['n1'] } } }), 'two ports'],
  ['lab/unknown-port', withNode('sw1', { kind: 'switch', bonds: { b: { ports: ['n1', 'n9'] } } }), 'n9'],
  [
    'lab/port-taken',
    withNode('sw1', { kind: 'switch', bonds: { a: { ports: ['n1', 'n2'] }, b: { ports: ['n1', 'c1'] } } }),
    'two bundles',
  ],
  ['lab/no-links', pairWith({ nodes: { ...PAIR.nodes, ...switches } }), '2 switches'],
  [
    'lab/unknown-node',
    pairWith({ nodes: { ...PAIR.nodes, ...switches }, links: [['n1', 'sw3'], ...star] }),
    'sw3',
  ],
  [
    'lab/unknown-interface',
    pairWith({ nodes: { ...PAIR.nodes, ...switches }, links: [['n1:eth1', 'sw1']] }),
    'eth1',
  ],
  [
    'lab/port-taken',
    pairWith({ nodes: { ...PAIR.nodes, ...switches }, links: [...star, ['n1', 'sw2']] }),
    'two cables',
  ],
  [
    'lab/no-common-switch',
    pairWith({
      nodes: { ...PAIR.nodes, ...switches },
      links: [
        ['n1', 'sw1'],
        ['n2', 'sw2'],
        ['c1', 'sw1'],
        ['sw1', 'sw2'],
      ],
      schedule: [{ at: '1s', do: 'one-way-loss', from: 'n1', to: 'n2' }],
    }),
    'joins n1 and n2',
  ],
  ['lab/no-link', pairWith({ nodes: { ...PAIR.nodes, ...switches }, links: star.slice(0, 2) }), 'c1:eth0'],
  [
    'lab/loop',
    pairWith({
      nodes: { ...PAIR.nodes, ...switches },
      links: [...star, ['sw1:a', 'sw2:a'], ['sw2:b', 'sw1:b']],
    }),
    'loop',
  ],
  ['lab/bad-share', pairWith({ links: [{ between: ['n1', 'n2'], loss: '101%' }] }), '101%'],
  ['lab/bad-bandwidth', pairWith({ links: [{ between: ['n1', 'n2'], bandwidth: 'fast' }] }), 'fast'],
  ['lab/bad-delay', pairWith({ links: [{ between: ['n1', 'n2'], delay: '0s' }] }), '1ns'],
  ['lab/bad-delay', pairWith({ links: [{ between: ['n1', 'n2'], delay: ['2ms', '1ms'] }] }), '1ns'],
  ['lab/unknown-action', at({ do: 'explode' }), 'explode'],
  ['lab/unknown-node', at({ node: 'n3' }), 'n3'],
  ['lab/incomplete-action', at({}), "'node'"],
  ['lab/incomplete-action', at({ do: 'one-way-loss', from: 'n1' }), "'to'"],
  ['lab/incomplete-action', at({ do: 'set-loss', node: 'n1' }), "'loss'"],
  ['lab/unknown-interface', at({ do: 'unplug', node: 'n1', interface: 'eth5' }), 'eth5'],
  ['lab/unknown-daemon', at({ node: 'n1', daemon: 'keepalive' }), 'keepalived'],
  ['lab/unknown-daemon', at({ do: 'thaw', node: 'n1', daemon: 'nginx' }), 'nginx'],
  ['lab/unknown-script', at({ do: 'script-result', node: 'n1', script: 'chk', good: true }), 'chk'],
  ['lab/unknown-kind', at({ do: 'one-way-loss', from: 'n1', to: 'n2', only: 'vrp' }), 'vrrp'],
  ['lab/bad-share', at({ do: 'set-loss', node: 'n1', loss: 'much' }), 'much'],
  ['lab/bad-duration', at({ do: 'set-delay', node: 'n1', delay: '5' }), "'5'"],
  ['lab/bad-duration', at({ at: 'soon', node: 'n1' }), 'soon'],
  ['lab/bad-address', at({ do: 'arping', node: 'c1', address: 'n1' }), "'n1'"],
  ['lab/after-the-end', at({ at: '90s', node: 'n1' }), 'after the end'],
  ['lab/bad-target', withClient({ connect: '2001:db8::1:80' }), '[2001:db8::100]:5432'],
  ['lab/bad-target', withClient({ connect: '[2001:db8::g]:80' }), '2001:db8::g'],
  ['lab/bad-target', withClient({ request: '[2001:db8::1]:80' }), '192.168.1.100:8080'],
  ['lab/bad-target', withClient({}), "'connect'"],
  ['lab/two-targets', withClient({ connect: '10.0.0.1:80', request: '10.0.0.1:80' }), 'not both'],
  ['lab/no-route', withClient({ connect: '10.0.0.1:80' }), 'no route to 10.0.0.1'],
  ['lab/no-route', withClient({ connect: '[2001:db8::1]:80' }), 'no route to 2001:db8::1'],
  ['lab/bad-duration', withClient({ connect: `${VIP}:80`, timeout: '0s' }), '0s'],
  ['lab/bad-duration', withClient({ connect: `${VIP}:80`, userTimeout: '1us' }), '1ms'],
  ['lab/bad-duration', withClient({ connect: `${VIP}:80`, keepAlive: { idle: '1ms' } }), '32767s'],
  ['lab/out-of-range', withClient({ connect: `${VIP}:80`, keepAlive: { count: 0 } }), '1 to 127'],
  ['lab/out-of-range', withClient({ connect: `${VIP}:80`, pool: { size: 0 } }), '1 to 1000'],
  [
    'lab/out-of-range',
    withClient({ connect: `${VIP}:80`, pool: { size: 1, retry: { factor: 0 } } }),
    'factor',
  ],
  [
    'lab/bad-pool',
    withClient({ connect: `${VIP}:80`, pool: { size: 1, retry: { after: '2s', most: '1s' } } }),
    'not sooner',
  ],
  ['lab/bad-pool', withClient({ connect: `${VIP}:80`, hold: false, pool: { size: 1 } }), 'leave hold out'],
  ['lab/unknown-word', withClient({ connect: `${VIP}:80`, speak: 'htp' }), 'http'],
  ['lab/other-protocol', withClient({ connect: `${VIP}:80`, path: '/' }), 'speak: http'],
  ['lab/bad-path', withClient({ connect: `${VIP}:80`, speak: 'http', path: 'x y' }), "'x y'"],
  ['lab/bad-word', withClient({ connect: `${VIP}:80`, speak: 'postgres', user: '' }), "'user'"],
  ['lab/port-in-use', withNode('x', { ...host, http: {}, services: { nginx: 80 } }), 'which nginx has'],
  ['lab/duplicate-daemon', withNode('x', { ...host, http: {}, services: { http: 0 } }), 'a name of its own'],
  ['lab/two-users', withNode('x', { ...host, postgres: { user: 'a', users: { b: 'trust' } } }), 'everybody'],
  ['lab/unknown-word', withNode('x', { ...host, postgres: { users: { b: 'md5' as never } } }), 'scram'],
  ['lab/out-of-range', withNode('x', { ...host, postgres: { connections: 3 } }), '4 at least'],
  ['lab/out-of-range', withNode('x', { ...host, http: { port: 0 } }), '1 to 65535'],
  ['lab/out-of-range', withNode('x', { ...host, http: { sick: 99 } }), '200 to 599'],
  ['lab/out-of-range', withNode('x', { ...host, http: { paths: { '/': 600 } } }), '200 to 599'],
  ['lab/bad-path', withNode('x', { ...host, http: { paths: { health: 200 } } }), 'begin it with /'],
  ['lab/unknown-health', at({ do: 'set-health', ...echo, health: 'slick' }), 'did you mean sick?'],
  [
    'lab/unknown-daemon',
    at({ do: 'set-health', node: 'n1', daemon: 'keepalived', health: 'sick' }),
    'echo:8080',
  ],
  ['lab/incomplete-action', at({ do: 'set-health', ...echo }), "'health'"],
  ['lab/no-carp', withNode('x', { ...host, system: 'linux', carp: VHID }), 'run ucarp'],
  ['lab/no-carp', at({ do: 'carp-demote', node: 'n1' }), 'n1 has no CARP'],
  ['lab/no-carp', at({ do: 'set-sysctl', node: 'n1', sysctl: 'net.inet.carp.allow', value: 0 }), 'no CARP'],
  [
    'lab/unknown-vhid',
    pairWith({
      nodes: { ...PAIR.nodes, x: { ...host, carp: VHID } },
      schedule: [{ at: '1s', do: 'carp-state', node: 'x', state: 'master', vhid: 2 }],
    }),
    'it has 1',
  ],
  [
    'lab/unknown-group',
    pairWith({
      nodes: { ...PAIR.nodes, x: { ...host, carp: OPENBSD } },
      schedule: [{ at: '1s', do: 'carp-demote', node: 'x', group: 'carb' }],
    }),
    'did you mean carp?',
  ],
  ['lab/unknown-word', pairWith({ ties: 'packet' as never }), 'packet-first'],
  ['lab/unknown-word', withNode('x', { ...host, system: 'freebds' as never, carp: VHID }), 'freebsd'],
  [
    'lab/no-source',
    withNode('x', {
      ...host,
      ucarp: 'ucarp -i eth0 -s 192.168.1.61 -v 1 -p x -a 192.168.1.99 -u up -d down',
    }),
    '192.168.1.61',
  ],
];

describe('what is wrong with a design', () => {
  test.each(CASES)('%s', (code, design, words) => {
    const found = planLab(design).problems.list.filter((problem) => problem.code === code);
    expect(found.map(({ message }) => message).join('\n')).toContain(words);
  });

  test('every code has a case', () => {
    const folder = new URL('.', import.meta.url);
    const sources = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.includes('.test.'));
    const codes = sources.flatMap(
      (file) => readFileSync(new URL(file, folder), 'utf8').match(/(?<=')lab\/[a-z-]+(?=')/g) ?? [],
    );
    expect(codes.length).toBeGreaterThan(30);
    expect([...new Set(codes)].toSorted()).toEqual(
      [...new Set([...CASES.map(([code]) => code), 'lab/no-daemon'])].toSorted(),
    );
  });

  test('nothing runs on it', () => {
    expect(
      codesOf(pairWith({ nodes: { x: host }, schedule: [{ at: '1s', do: 'stop', node: 'x' }] })),
    ).toContain('lab/no-daemon');
  });

  test('a placeholder without a port runs, so that a script finds it, and listens nowhere', () => {
    const lab = defineLab(withNode('x', { ...host, services: { haproxy: 0 } }));
    const sim = lab.start().runUntil('1s');
    expect(sim.network.host('x').hasProcess('haproxy')).toBe(true);
    expect(sim.node('x').stop('haproxy').name).toBe('x');
    expect(sim.network.host('x').hasProcess('haproxy')).toBe(false);
  });

  test('a good design has nothing to complain about', () => {
    expect(codesOf(PAIR)).toEqual([]);
    expect(defineLab(PAIR).diagnostics).toEqual([]);
  });

  test('everything wrong is said at once, and a wrong configuration too', () => {
    const design = pairWith({
      nodes: { ...PAIR.nodes, x: {}, y: { ...host, keepalived: 'vrrp_instance V {\n  prioritie 7\n}\n' } },
      schedule: [{ at: '1s', do: 'stop', node: 'n7' }],
    });
    try {
      defineLab(design);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DiagnosticError);
      const { diagnostics } = error as DiagnosticError;
      expect(diagnostics.map(({ code }) => code)).toEqual(
        expect.arrayContaining(['lab/no-address', 'lab/unknown-node']),
      );
      expect(diagnostics.find(({ file }) => file === 'y/keepalived.conf')?.severity).toBe('error');
    }
  });

  test('the message of the error is that of an error, not of a warning before it', () => {
    const design = pairWith({
      nodes: { ...PAIR.nodes, x: { ...host, mac: '02:00:c0:a8:01:0b' } },
      schedule: [{ at: '1s', do: 'stop', node: 'n7' }],
    });
    expect(codesOf(design)[0]).toBe('lab/duplicate-mac');
    expect(() => defineLab(design)).toThrow('[lab/unknown-node] (and 1 more)');
  });

  test('a warning does not keep a lab from being made', () => {
    const lab = defineLab(at({ at: '90s', node: 'n1' }));
    expect(lab.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ['lab/after-the-end', 'warning'],
    ]);
  });
});

describe('what is worked out', () => {
  test('who may hold a VIP serves what its clients speak, where they ask for it', () => {
    const { plan } = defineLab(
      pairWith({
        nodes: {
          ...PAIR.nodes,
          n2: { ...node(12, 100, '80ms'), http: { port: 8000 }, services: { nginx: 9000 } },
          x: {
            ...host,
            client: [
              { connect: `${VIP}:9000` },
              { connect: `${VIP}:9001`, hold: true },
              { connect: `${VIP}:5432`, speak: 'postgres', user: 'me' },
              { connect: `${VIP}:80`, speak: 'http' },
              { connect: '192.168.1.50:7000' },
            ],
          },
        },
      }),
    );
    const served = plan.hosts.map(({ name, echoPorts, postgres, http }) => [
      name,
      echoPorts,
      postgres?.port ?? null,
      http?.port ?? null,
    ]);
    expect(served).toEqual([
      ['n1', [8080, 9000, 9001], 5432, 80],
      // It has something on 9000, and a web server of its own.
      ['n2', [8080, 9001], 5432, 8000],
      ['c1', [], null, null],
      ['x', [], null, null],
    ]);
    expect(plan.hosts[0]?.postgres?.users).toEqual({ postgres: 'trust', me: 'trust' });
  });

  test('a client over TCP with everything that can be said of it', () => {
    const { plan } = defineLab(
      withClient({
        connect: `${VIP}:5432`,
        speak: 'postgres',
        pool: { size: 5, retry: { after: '50ms' } },
        keepAlive: { idle: '10s' },
        userTimeout: '5s',
      }),
    );
    expect(plan.hosts.at(-1)?.clients[0]).toMatchObject({
      port: 5432,
      timeout: 1e9,
      tcp: {
        kind: 'pool',
        size: 5,
        retry: { after: 50e6, most: 10e9, factor: 2 },
        speak: { protocol: 'postgres' },
        keepAlive: { idle: 10e9 },
        userTimeout: 5e9,
      },
    });
    const held = defineLab(withClient({ connect: `${VIP}:80`, hold: true, keepAlive: true })).plan.hosts.at(
      -1,
    );
    expect(held?.clients[0]).toMatchObject({ timeout: null, tcp: { kind: 'held', keepAlive: {} } });
    const ipv6 = defineLab(withClient({ connect: '[2001:DB8::0:100]:80' })).plan.hosts.at(-1);
    expect(ipv6?.clients[0]).toMatchObject({ target: '2001:db8::100', port: 80 });
  });

  test('one switch, the MAC address from the IP address, the schedule in order of time', () => {
    const { plan } = defineLab(
      pairWith({
        schedule: [
          { at: '20s', do: 'power-on', node: 'n1' },
          { at: '10s', do: 'power-off', node: 'n1' },
        ],
      }),
    );
    expect(plan.switches.map(({ name, ports }) => [name, ports.map((port) => port.name)])).toEqual([
      ['sw1', ['n1', 'n2', 'c1']],
    ]);
    expect(plan.hosts[0]?.interfaces[0]?.mac).toBe(0x0200_c0a8_010b);
    expect(plan.schedule.map(({ action }) => action.do)).toEqual(['power-off', 'power-on']);
    expect(plan.inferred.map(({ what }) => what)).toEqual(['network']);
  });

  test('the same lab with something changed', () => {
    const lab = defineLab(PAIR);
    const other = lab.with({ nodes: { ...PAIR.nodes, n2: node(12, 200, '80ms') } });
    expect(lab.run().report.vip('192.168.1.100').owners.at(-1)?.owners).toEqual(['n1']);
    expect(other.run().report.vip('192.168.1.100').owners.at(-1)?.owners).toEqual(['n2']);
    expect(other.digest).not.toBe(lab.digest);
  });
});
