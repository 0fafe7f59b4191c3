import { planLab } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keepalivedNode } from '../configured-node.js';
import { filesOf } from '../file-source.js';
import { readKeepalivedFile } from '../keepalived-file.js';
import { readLabYaml } from '../lab-yaml/read-lab-yaml.js';
import { toYaml } from '../to-yaml.js';
import { inferLab } from './infer-lab.js';

interface Instance {
  readonly vips: readonly string[];
  readonly interface?: string;
  readonly more?: string;
}

const conf = (priority: number, instances: readonly Instance[], before = ''): string =>
  before +
  instances
    .map(
      ({ vips, interface: name = 'eth0', more = '' }, index) =>
        `vrrp_instance VI_${index + 1} {\n    interface ${name}\n    virtual_router_id ${51 + index}\n    priority ${priority}\n    ${more}\n    virtual_ipaddress {\n        ${vips.join('\n        ')}\n    }\n}\n`,
    )
    .join('');

const infer = (...texts: readonly string[]) =>
  inferLab(
    texts.map((text, index) =>
      keepalivedNode(readKeepalivedFile(filesOf(new Map()), `n${index + 1}/keepalived.conf`, text)),
    ),
  );

describe('two files', () => {
  const { design, diagnostics } = infer(
    conf(150, [{ vips: ['192.168.1.100', '192.168.1.101'] }]),
    conf(100, [{ vips: ['192.168.1.100', '192.168.1.101'] }]),
  );

  test('make two nodes, a switch and a client', () => {
    expect(design?.nodes).toEqual({
      sw1: { kind: 'switch' },
      n1: {
        interfaces: { eth0: { address: '192.168.1.11/24' } },
        keepalived: expect.objectContaining({ file: 'n1/keepalived.conf' }),
      },
      n2: {
        interfaces: { eth0: { address: '192.168.1.12/24' } },
        keepalived: expect.objectContaining({ file: 'n2/keepalived.conf' }),
      },
      c1: {
        address: '192.168.1.50/24',
        client: [
          { connect: '192.168.1.100:8080', every: '200ms' },
          { connect: '192.168.1.101:8080', every: '200ms' },
          { connect: '192.168.1.100:8080', every: '200ms', hold: true },
          { connect: '192.168.1.101:8080', every: '200ms', hold: true },
        ],
      },
    });
    expect(design?.links).toEqual([
      ['n1:eth0', 'sw1'],
      ['n2:eth0', 'sw1'],
      ['c1', 'sw1'],
    ]);
  });

  test('say all that was inferred', () => {
    expect(design?.inferred).toEqual([
      {
        what: 'nodes',
        value: 'n1 192.168.1.11, n2 192.168.1.12',
        why: "named by folder, addresses from the VIPs' /24",
      },
      { what: 'network', value: 'one switch sw1, links 50 µs, no loss, carrier seen', why: '' },
      {
        what: 'client',
        value: 'c1 192.168.1.50, tcp to .100 and .101 port 8080, one every 200 ms, one kept open',
        why: '',
      },
      { what: 'daemon', value: 'keepalived 2.2.7, ready 30 to 150 ms after start, by seed', why: '' },
    ]);
    expect(diagnostics).toEqual([
      expect.objectContaining({
        severity: 'note',
        code: 'lab/inferred',
        message: '192.168.1.100/32 tells no subnet: /24 inferred; viplab init states it',
      }),
    ]);
  });
});

test('a VIP that says its prefix length decides the subnet', () => {
  const { design, diagnostics } = infer(conf(150, [{ vips: ['10.1.2.3/20'] }]));
  expect(design?.nodes['n1']).toMatchObject({ interfaces: { eth0: { address: '10.1.0.11/20' } } });
  expect(diagnostics).toEqual([]);
});

test('addresses keep clear of VIPs, and of the ends of a small subnet', () => {
  const { design } = infer(
    ...[1, 2, 3].map((priority) => conf(priority, [{ vips: ['192.168.1.11/28', '192.168.1.12/28'] }])),
  );
  const addresses = ['n1', 'n2', 'n3'].map((name) => design?.nodes[name]);
  expect(addresses).toMatchObject([
    { interfaces: { eth0: { address: '192.168.1.13/28' } } },
    { interfaces: { eth0: { address: '192.168.1.14/28' } } },
    { interfaces: { eth0: { address: '192.168.1.1/28' } } },
  ]);
});

test('addresses that the files tell are used', () => {
  const peers = (own: number, ...others: number[]) =>
    `unicast_src_ip 192.168.1.${own}\n unicast_peer {\n ${others.map((other) => `192.168.1.${other}`).join('\n')}\n }`;
  const vips = ['192.168.1.100/24'];
  const { design } = infer(
    conf(150, [{ vips, more: peers(21, 22) }]),
    conf(100, [{ vips, more: 'unicast_peer {\n 192.168.1.21\n }' }]),
  );
  expect(design?.nodes['n1']).toMatchObject({ interfaces: { eth0: { address: '192.168.1.21/24' } } });
  expect(design?.nodes['n2']).toMatchObject({ interfaces: { eth0: { address: '192.168.1.22/24' } } });
  expect(design?.inferred).toContainEqual({
    what: 'nodes',
    value: 'n1 192.168.1.21, n2 192.168.1.22',
    why: 'named by folder, source addresses from the files, addresses from unicast_peer',
  });
});

test('VIPs of two interfaces are on two switches, each with a client', () => {
  const instances = [{ vips: ['192.168.1.100/24'] }, { vips: ['10.0.0.100/24'], interface: 'eth1' }];
  const { design } = infer(conf(150, instances), conf(100, instances));
  expect(Object.keys(design?.nodes ?? {})).toEqual(['sw1', 'sw2', 'n1', 'n2', 'c1', 'c2']);
  expect(design?.nodes['n2']).toMatchObject({
    interfaces: { eth0: { address: '192.168.1.12/24' }, eth1: { address: '10.0.0.12/24' } },
  });
  expect(design?.links).toContainEqual(['n2:eth1', 'sw2']);
});

test('two subnets on one interface are on one switch', () => {
  const { design } = infer(conf(150, [{ vips: ['192.168.1.100/24'] }, { vips: ['10.0.0.100/24'] }]));
  expect(design?.nodes['n1']).toMatchObject({
    interfaces: { eth0: { address: ['192.168.1.11/24', '10.0.0.11/24'] } },
  });
  expect(design?.nodes['c1']).toMatchObject({ address: ['192.168.1.50/24', '10.0.0.50/24'] });
  expect(design?.nodes['sw2']).toBeUndefined();
});

describe('IPv6', () => {
  const pair = (vips: readonly string[], more = '') =>
    infer(conf(150, [{ vips, more }]), conf(100, [{ vips, more }]));
  const nodes = (design: ReturnType<typeof infer>['design']) => [
    design?.nodes['n1'],
    design?.nodes['n2'],
    design?.nodes['c1'],
  ];

  test('a pair has the addresses ::11 and ::12 of its subnet, its client ::50', () => {
    const { design, diagnostics } = pair(['2001:db8:1::100/64']);
    expect(nodes(design)).toMatchObject([
      { interfaces: { eth0: { address: '2001:db8:1::11/64' } } },
      { interfaces: { eth0: { address: '2001:db8:1::12/64' } } },
      {
        address: '2001:db8:1::50/64',
        client: [{ connect: '[2001:db8:1::100]:8080' }, { connect: '[2001:db8:1::100]:8080', hold: true }],
      },
    ]);
    expect(diagnostics).toEqual([]);
    expect(design?.inferred?.[0]).toEqual({
      what: 'nodes',
      value: 'n1 2001:db8:1::11, n2 2001:db8:1::12',
      why: "named by folder, addresses from the VIPs' /64",
    });
  });

  test('a VIP without a prefix length is in a /64, and a note says so; one with a longer one in that', () => {
    const { design, diagnostics } = pair(['2001:db8:1::100']);
    expect(nodes(design)).toMatchObject([
      { interfaces: { eth0: { address: '2001:db8:1::11/64' } } },
      {},
      { address: '2001:db8:1::50/64' },
    ]);
    expect(diagnostics).toMatchObject([
      {
        severity: 'note',
        message: '2001:db8:1::100/128 tells no subnet: /64 inferred; viplab init states it',
      },
    ]);
    expect(nodes(pair(['2001:db8:1::a:1/112']).design)).toMatchObject([
      { interfaces: { eth0: { address: '2001:db8:1::a:11/112' } } },
      {},
      { address: '2001:db8:1::a:50/112' },
    ]);
  });

  test('in a small subnet addresses keep clear of VIPs and of its end', () => {
    const { design } = pair(['2001:db8::11/124', '2001:db8::12/124']);
    expect(nodes(design)).toMatchObject([
      { interfaces: { eth0: { address: '2001:db8::13/124' } } },
      { interfaces: { eth0: { address: '2001:db8::14/124' } } },
      { address: '2001:db8::15/124' },
    ]);
  });

  test('instances of both families on one interface give it addresses of both, on one switch', () => {
    const dual = [{ vips: ['192.168.1.100/24'] }, { vips: ['2001:db8:1::100/64'] }];
    const { design } = infer(conf(150, dual), conf(100, dual));
    expect(Object.keys(design?.nodes ?? {})).toEqual(['sw1', 'n1', 'n2', 'c1']);
    expect(nodes(design)).toMatchObject([
      { interfaces: { eth0: { address: ['192.168.1.11/24', '2001:db8:1::11/64'] } } },
      { interfaces: { eth0: { address: ['192.168.1.12/24', '2001:db8:1::12/64'] } } },
      { address: ['192.168.1.50/24', '2001:db8:1::50/64'] },
    ]);
    expect(design?.inferred).toContainEqual({
      what: 'client',
      value:
        'c1 192.168.1.50, 2001:db8:1::50, tcp to 192.168.1.100 and 2001:db8:1::100 port 8080, one every 200 ms, one kept open',
      why: '',
    });
  });

  test('a link-local VIP tells no subnet, and is a VIP all the same', () => {
    const both = pair(['fe80::100', '2001:db8:1::100/64']).design;
    expect(nodes(both)).toMatchObject([
      { interfaces: { eth0: { address: '2001:db8:1::11/64' } } },
      {},
      { address: '2001:db8:1::50/64' },
    ]);
    const alone = pair(['fe80::100']).design;
    expect(alone?.nodes['n1']).toBeDefined();
    expect(alone?.nodes['c1']).toBeUndefined();
    if (alone !== undefined)
      expect(planLab(alone).problems.list.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('addresses that the files tell are used, those of the link too', () => {
    const peers = (own: string, other: string) => `unicast_src_ip ${own}\n unicast_peer {\n ${other}\n }`;
    const told = (own: string, other: string) =>
      infer(
        conf(150, [{ vips: ['2001:db8:1::100/64'], more: peers(own, other) }]),
        conf(100, [{ vips: ['2001:db8:1::100/64'], more: peers(other, own) }]),
      ).design;
    expect(nodes(told('2001:db8:1::a', '2001:db8:1::b'))).toMatchObject([
      { interfaces: { eth0: { address: '2001:db8:1::a/64' } } },
      { interfaces: { eth0: { address: '2001:db8:1::b/64' } } },
      {},
    ]);
    expect(nodes(told('fe80::a', 'fe80::b'))).toMatchObject([
      { interfaces: { eth0: { address: ['2001:db8:1::11/64', 'fe80::a/64'] } } },
      { interfaces: { eth0: { address: ['2001:db8:1::12/64', 'fe80::b/64'] } } },
      {},
    ]);
  });

  test('what is inferred can be written as lab.yaml and read back', () => {
    const dual = [{ vips: ['192.168.1.100/24'] }, { vips: ['2001:db8:1::100/64', 'fe80::100'] }];
    const { design } = infer(conf(150, dual), conf(100, dual));
    if (design === undefined) throw new Error('no design');
    const { design: again } = readLabYaml(filesOf(new Map()), 'lab.yaml', toYaml(design));
    expect(again?.nodes).toEqual(design.nodes);
    expect(again?.links).toEqual(design.links);
  });
});

test('adverts on a wire of their own get a subnet of their own', () => {
  const text =
    'vrrp_instance VI_1 {\n interface eth1\n virtual_router_id 51\n virtual_ipaddress {\n 192.168.1.100/24 dev eth0\n }\n}\n';
  const { design } = infer(text, text);
  expect(design?.nodes['n1']).toMatchObject({
    interfaces: { eth1: { address: '10.255.1.11/24' }, eth0: { address: '192.168.1.11/24' } },
  });
});

test('interfaces that are only spoken of are there, without an address', () => {
  const { design } = infer(conf(150, [{ vips: ['192.168.1.100/24'], more: 'track_interface {\n eth7\n }' }]));
  expect(design?.nodes['n1']).toMatchObject({
    interfaces: { eth0: { address: '192.168.1.11/24' }, eth7: {} },
  });
  expect(design?.links).toContainEqual(['n1:eth7', 'sw1']);
  if (design !== undefined)
    expect(planLab(design).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('programs and files that scripts look for are there', () => {
  const scripts =
    'vrrp_script chk {\n script "/usr/bin/killall -0 haproxy"\n}\nvrrp_script port {\n script "nc -z 127.0.0.1 5432"\n}\nvrrp_script up {\n script "/usr/bin/test -e /run/up"\n}\n';
  const { design } = infer(
    conf(150, [{ vips: ['192.168.1.100/24'], more: 'track_script {\n chk\n port\n up\n }' }], scripts),
  );
  expect(design?.nodes['n1']).toMatchObject({
    services: { haproxy: 0, 'port-5432': 5432 },
    files: ['/run/up'],
  });
});

test('files without a VIP make no lab', () => {
  const { design, diagnostics } = infer('global_defs {\n}\n');
  expect(design).toBeUndefined();
  expect(diagnostics).toMatchObject([{ severity: 'error', code: 'lab/no-vip', file: 'n1/keepalived.conf' }]);
});

test('whatever the VIPs are, the lab can be planned', () => {
  const vip = fc
    .tuple(
      fc.constantFrom('10.0', '192.168', '172.16'),
      fc.nat(3),
      fc.integer({ min: 1, max: 254 }),
      fc.constantFrom('', '/32', '/24', '/29', '/16', '/8'),
    )
    .map(([net, third, last, prefix]) => `${net}.${third}.${last}${prefix}`);
  const vipIpv6 = fc
    .tuple(
      fc.constantFrom('2001:db8', 'fd00', 'fe80'),
      fc.nat(3),
      fc.integer({ min: 1, max: 0xffff }),
      fc.constantFrom('', '/128', '/127', '/124', '/112', '/64', '/48'),
    )
    .map(([net, third, last, prefix]) => `${net}:${third}::${last.toString(16)}${prefix}`);
  const instance = fc.record({
    vips: fc.oneof(...[vip, vipIpv6].map((each) => fc.array(each, { minLength: 1, maxLength: 4 }))),
    interface: fc.constantFrom('eth0', 'eth1', 'bond0.7'),
  });
  fc.assert(
    fc.property(
      fc.array(instance, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 4 }),
      (instances, nodes) => {
        const { design } = infer(
          ...Array.from({ length: nodes }, (_, index) => conf(100 + index, instances)),
        );
        if (design === undefined) throw new Error('no design');
        const { problems } = planLab(design);
        // A /29 full of VIPs has no room for nodes; what is left must be planned without complaint.
        expect(
          problems.list.filter(({ severity, code }) => severity === 'error' && code !== 'lab/no-address'),
        ).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});
