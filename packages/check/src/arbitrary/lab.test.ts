import { defineLab, type Lab } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configuration } from './configuration.js';
import { lab } from './lab.js';
import { topology } from './topology.js';

/** Where shrinking ends for what fails always, or whenever `isBad` says so. */
function simplest<T>(arbitrary: fc.Arbitrary<T>, isBad: (value: T) => boolean = () => true): T | undefined {
  return fc.check(
    fc.property(arbitrary, (value) => !isBad(value)),
    { seed: 3, numRuns: 300 },
  ).counterexample?.[0];
}

const shortest = (state: string): string => `vrrp_instance VI_1 {
    state ${state}
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    virtual_ipaddress {
        192.168.1.100/24
    }
}
`;

describe('arb.configuration', () => {
  test('shrinks to the shortest file, and keeps the one line that matters', () => {
    expect(simplest(configuration())).toBe(shortest('BACKUP'));
    expect(simplest(configuration(), (text) => text.includes('nopreempt'))).toBe(
      shortest('BACKUP').replace('advert_int 1\n', 'advert_int 1\n    nopreempt\n'),
    );
  });

  test('every file is one that the daemon runs with, and none has a keyword that it does not know', () => {
    const options = {
      peers: ['192.168.1.12'],
      daemon: 'haproxy',
      addresses: ['10.1.0.5/16'],
      interface: 'bond0',
    };
    const codes = new Set<string>();
    const texts = fc.sample(configuration(options), { seed: 1, numRuns: 300 });
    for (const conf of texts) {
      const { plan, diagnostics } = defineLab({
        name: 'one',
        nodes: {
          n1: { address: '10.1.0.1/16', keepalived: { conf, likeDaemon: true }, services: { haproxy: 0 } },
        },
      });
      for (const { code } of diagnostics) codes.add(code);
      expect(plan.hosts[0]?.keepalived?.config).toMatchObject({
        fatal: false,
        instances: [{ interface: 'bond0' }],
      });
    }
    // A tired engineer's: `nopreempt` beside `state MASTER`, and a script that anybody may write to.
    expect([...codes].sort()).toEqual(['conf/conflict', 'conf/script-security']);
    const all = texts.join('\n');
    for (const word of [
      'unicast_peer',
      'authentication',
      'track_script',
      'vrrp_version 3',
      'garp_',
      'preempt_delay',
    ])
      expect(all, word).toContain(word);
  });
});

describe('arb.topology', () => {
  test('shrinks to two routers on one switch with quick cables', () => {
    expect(simplest(topology())).toEqual({
      routers: ['n1', 'n2'],
      client: 'c1',
      nodes: {
        sw1: { kind: 'switch' },
        n1: { address: '192.168.1.11/24' },
        n2: { address: '192.168.1.12/24' },
        c1: { address: '192.168.1.50/24' },
      },
      links: [
        ['n1', 'sw1'],
        ['n2', 'sw1'],
        ['c1', 'sw1'],
      ],
    });
  });

  test('is a lab whatever its size; switches that nobody is on are not there', () => {
    const drawn = fc.sample(topology({ routers: { min: 1, max: 6 }, switches: 4 }), {
      seed: 1,
      numRuns: 200,
    });
    for (const { nodes, links, routers } of drawn) {
      const { diagnostics, plan } = defineLab({ name: 'bare', nodes, links });
      expect(diagnostics).toEqual([]);
      expect(plan.hosts).toHaveLength(routers.length + 1);
      for (const { ports } of plan.switches) expect(ports.length).toBeGreaterThan(0);
    }
    expect(new Set(drawn.map(({ routers }) => routers.length))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    expect(
      Math.max(
        ...drawn.map(({ nodes }) => Object.keys(nodes).filter((name) => name.startsWith('sw')).length),
      ),
    ).toBe(4);
  });

  test.each([
    [{ routers: { min: 0, max: 2 } }, /0 to 2 routers: write whole numbers of 1 to 39/],
    [{ routers: { min: 3, max: 2 } }, /3 to 2 routers/],
    [{ routers: { min: 2, max: 40 } }, /2 to 40 routers/],
    [{ switches: 0 }, /0 switches: write a whole number of 1 or more/],
  ])('refuses %o', (options, message) => {
    expect(() => topology(options)).toThrow(message);
  });
});

describe('arb.lab', () => {
  const files = (made: Lab): string[] =>
    Object.values(made.design.nodes).flatMap((node) =>
      node.kind !== 'switch' && typeof node.keepalived === 'object' ? [node.keepalived.conf] : [],
    );

  test('shrinks to two routers with the same shortest file', () => {
    const found = simplest(lab());
    expect(found?.design.nodes).toMatchObject({ sw1: { kind: 'switch' }, c1: {} });
    expect(files(found as Lab)).toEqual([shortest('BACKUP'), shortest('BACKUP')]);
  });

  test('a slip is found and left alone: two masters for ever on a healthy LAN', () => {
    const isDual = (made: Lab): boolean =>
      made.run({ until: '15s' }).report.vip('192.168.1.100').owners.at(-1)?.kind === 'dual';
    const found = simplest(lab(), isDual) as Lab;
    const [one = '', other = ''] = files(found);
    expect(files(found)).toHaveLength(2);
    const lines = (text: string): string[] => text.split('\n').map((line) => line.trim());
    const different = lines(other).filter((line) => !lines(one).includes(line));
    const missing = lines(one).filter((line) => !lines(other).includes(line));
    expect([...different, ...missing].filter((line) => line.startsWith('virtual_router_id')).length).toBe(2);
    expect(one).toContain('priority 100');
    expect(other).toContain('priority 100');
    expect(fc.stringify(found)).toMatch(/^defineLab\(\{\n {2}"name": "drawn"/);
  });

  test('most are sound, and enough are not', () => {
    const words = fc
      .sample(lab(), { seed: 1, numRuns: 40 })
      .map((made) => made.run({ until: '20s' }).report.verdict.words.join());
    const sound = words.filter((word) => word === 'no-flap').length;
    expect(sound).toBeGreaterThan(10);
    expect(sound).toBeLessThan(36);
  });
});

describe('arb.lab with clients', () => {
  const kindOf = ({ plan }: Lab): string => {
    const [client] = plan.hosts.flatMap(({ clients }) => clients);
    return client?.tcp?.kind ?? 'udp';
  };

  test('asks as it is told to, by UDP if it is not', () => {
    const drawn = fc.sample(lab({ clients: ['short', 'held', 'pool'] }), { seed: 1, numRuns: 40 });
    expect(new Set(drawn.map(kindOf))).toEqual(new Set(['short', 'held', 'pool']));
    expect(new Set(fc.sample(lab(), { seed: 1, numRuns: 20 }).map(kindOf))).toEqual(new Set(['udp']));
    expect(() => lab({ clients: [] })).toThrow(RangeError);
  });

  test('runs, connects and is served over TCP', () => {
    const small = { routers: { min: 2, max: 2 }, switches: 1 };
    const drawn = fc.sample(lab({ ...small, clients: ['held'] }), { seed: 2, numRuns: 12 });
    const served = drawn.filter((each) => {
      const { report } = each.run({ until: '12s' });
      return report.client('c1').targets.some(({ ok, connections }) => ok > 0 && connections.opened > 0);
    });
    expect(served.length).toBeGreaterThan(6);
  });
});
