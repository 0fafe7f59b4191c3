import { type Diagnostic, defineLab, type LabDesign, planLab } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { smallConf, smallLab } from './explanation/smallest-lab.js';
import { inFileOrder, lintLab, sourcesOf } from './lint-lab.js';
import { lintDesign, placed } from './pair.testing.js';

const withTexts = (n1: string, n2: string, includes: Readonly<Record<string, string>> = {}): LabDesign => ({
  name: 'texts',
  nodes: {
    n1: { address: '192.168.1.11/24', keepalived: { conf: n1, file: 'n1/keepalived.conf' } },
    n2: { address: '192.168.1.12/24', keepalived: { conf: n2, file: 'n2/keepalived.conf', includes } },
    c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } },
  },
});

describe('places', () => {
  test('are in the included file', () => {
    const inner = smallConf({ priority: 150 });
    const found = lintDesign(
      withTexts(smallConf({ priority: 150 }), 'include vrrp.conf\n', { 'n2/vrrp.conf': inner }),
    );
    expect(placed(found)).toEqual(['n2/vrrp.conf:4:14 vrrp/equal-priority']);
    expect(found[0]?.related?.[0]).toMatchObject({
      file: 'n1/keepalived.conf',
      range: { start: { line: 4 } },
    });
  });

  test('in a file that two nodes include are given once', () => {
    const shared = '/etc/keepalived/garp.conf';
    const includes = { [shared]: 'garp_master_repeat 1\ngarp_master_delay 0\n' };
    const node = (priority: number, address: string) => ({
      address,
      keepalived: { conf: smallConf({ priority, lines: [`include ${shared}`] }), includes },
    });
    const design = {
      name: 'shared',
      nodes: { n1: node(150, '192.168.1.11/24'), n2: node(100, '192.168.1.12/24') },
    };
    expect(placed(lintDesign(design))).toEqual([`${shared}:2:19 vrrp/one-garp-only`]);
  });

  test('are the same with CRLF, tabs count as one column', () => {
    const text = smallConf({
      priority: 150,
      before: ['vrrp_script c {', 'script "/bin/true"', '}'],
      lines: ['track_script {', '\tc weight -20', '}'],
    });
    const crlf = text.replaceAll('\n', '\r\n');
    const other = smallConf({ priority: 100 });
    const [one, two] = [
      lintDesign(withTexts(text, other)),
      lintDesign(withTexts(crlf, other.replaceAll('\n', '\r\n'))),
    ];
    expect(placed(one)).toEqual(['n1/keepalived.conf:9:15 vrrp/weight-too-light']);
    expect(two).toEqual(one);
  });

  test('count characters, not bytes, behind other scripts', () => {
    const name = 'Ⓥ𝕀';
    const [found] = lintDesign(
      withTexts(
        smallConf({ priority: 150, name }),
        smallConf({ priority: 150, name, vips: ['192.168.1.100/24'] }),
      ),
    );
    expect(found?.range.start).toEqual({ line: 4, column: 14 });
  });

  test('follow a definition to where it is used', () => {
    const used = `$P=150\n${smallConf({}).replace('priority 100', 'priority $P')}`;
    expect(placed(lintDesign(withTexts(smallConf({ priority: 150 }), used)))).toEqual([
      'n2/keepalived.conf:5:14 vrrp/equal-priority',
    ]);
  });
});

describe('which routers compete', () => {
  const pair = { n1: { priority: 150 }, n2: { priority: 150 } };

  test('not those in different VLANs of one switch', () => {
    const design = smallLab({ name: 'vlans', nodes: pair });
    const sw1 = { kind: 'switch', ports: { n2: { vlan: 20 } } } as const;
    expect(lintDesign({ ...design, nodes: { ...design.nodes, sw1 } })).toEqual([]);
    expect(lintDesign(design)).toHaveLength(1);
    const twice = smallLab({
      name: 'vlans',
      nodes: { n1: { priority: 150 }, n2: { priority: 150, vrid: 52 } },
    });
    expect(lintDesign({ ...twice, nodes: { ...twice.nodes, sw1 } })).toEqual([]);
    expect(lintDesign(twice)).toHaveLength(1);
  });

  test('those behind several switches, if a trunk joins them', () => {
    const design = smallLab({ name: 'trunk', nodes: pair });
    const trunked = (trunk: readonly number[]): LabDesign => ({
      ...design,
      nodes: {
        ...design.nodes,
        sw1: { kind: 'switch', ports: { n1: { vlan: 20 }, sw2: { trunk } } },
        sw2: { kind: 'switch', ports: { n2: { vlan: 20 }, sw1: { trunk } } },
      },
      links: [
        ['n1', 'sw1'],
        ['n2', 'sw2'],
        ['sw1:sw2', 'sw2:sw1'],
        ['c1', 'sw1'],
      ],
    });
    expect(lintDesign(trunked([20]))).toHaveLength(1);
    expect(lintDesign(trunked([]))).toEqual([]);
  });

  test('those that name each other from different LANs', () => {
    const peer = (address: string): readonly string[] => ['unicast_peer {', address, '}'];
    const nodes = {
      n1: { priority: 150, lines: peer('192.168.1.12') },
      n2: { priority: 150, lines: peer('192.168.1.11') },
    };
    const design = smallLab({ name: 'routed', nodes });
    const sw1 = { kind: 'switch', ports: { n2: { vlan: 20 } } } as const;
    expect(placed(lintDesign({ ...design, nodes: { ...design.nodes, sw1 } }))).toEqual([
      'n2/keepalived.conf:4:14 vrrp/equal-priority',
    ]);
  });

  test('the way between two nodes is the sum of its cables', () => {
    const near = { n1: { priority: 102 }, n2: { priority: 100 } };
    // Two steps of priority are 7.8 ms; two cables of 3 ms are less, of 4 ms more.
    expect(lintDesign(smallLab({ name: 'near', nodes: near, delay: '3ms' }))).toEqual([]);
    expect(lintDesign(smallLab({ name: 'near', nodes: near, delay: '4ms' }))).toHaveLength(1);
  });
});

describe('the result', () => {
  const broken = (): { readonly design: LabDesign; readonly found: readonly Diagnostic[] } => {
    const design = smallLab({
      name: 'broken',
      nodes: {
        n2: { priority: 150, lines: ['advert_int 2', 'garp_master_repeat 1', 'garp_master_delay 0'] },
        n1: { priority: 150, vips: ['192.168.1.100/24', '192.168.1.101/24'] },
        db: { priority: 90, vips: ['192.168.1.150/24'] },
      },
    });
    return { design, found: lintDesign(design) };
  };

  test('is in the order of the files, lines and columns', () => {
    const { design, found } = broken();
    expect(found).toEqual(inFileOrder([...found].reverse(), [...sourcesOf(design).keys()]));
    expect([...new Set(found.map(({ file }) => file))]).toEqual([
      'n2/keepalived.conf',
      'n1/keepalived.conf',
      'db/keepalived.conf',
    ]);
  });

  test('is data: it comes back from JSON as it was', () => {
    const { found } = broken();
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect(found.length).toBeGreaterThan(3);
  });

  test('has places inside the files, with a text of one line', () => {
    const { design, found } = broken();
    const sources = sourcesOf(design);
    for (const { file, range } of [...found, ...found.flatMap(({ related = [] }) => related)]) {
      const line = sources.get(file)?.split('\n')[range.start.line - 1] ?? '';
      expect(range.end.line).toBe(range.start.line);
      expect(range.end.column - 1).toBeLessThanOrEqual(line.length);
      expect(line.slice(range.start.column - 1, range.end.column - 1)).toMatch(/^\S(.*\S)?$/);
    }
  });

  test('is the same when asked twice', () => {
    expect(broken().found).toEqual(broken().found);
  });
});

test('nodes without keepalived, without an interface or with a refused file are no routers', () => {
  const pair = withTexts(smallConf({ priority: 150 }), 'vrrp_instance VI_1 {\n');
  expect(lintDesign(pair)).toEqual([]);
  expect(lintDesign(withTexts('', ''))).toEqual([]);
});

test('whatever stands in the files, it neither throws nor points outside of them', () => {
  const words = fc.constantFrom(
    'vrrp_instance VI_1',
    '{',
    '}',
    'priority 150',
    'priority 300',
    'priority',
    'virtual_router_id 51',
    'interface eth0',
    'advert_int 2',
    'nopreempt',
    'state MASTER',
    'version 3',
    'virtual_ipaddress',
    '192.168.1.100/24',
    'unicast_peer',
    'track_script',
    'chk weight -20',
    'chk weight',
    'vrrp_script chk',
    'script "/bin/true"',
    'weight -20',
    'fall 9',
    '# viplab: accept vrrp/equal-priority because x',
    '# viplab: accept',
    '! viplab: accept because',
    '\u0000',
    '𝕀"',
    'garp_master_repeat 1',
    'garp_master_delay 0',
    'use_vmac',
    'native_ipv6',
    'fe80::1',
    'include *',
  );
  const text = fc.array(words, { maxLength: 40 }).map((lines) => lines.join('\n'));
  const whole = fc
    .array(words, { maxLength: 12 })
    .map((lines) => smallConf({ priority: 150, lines: lines.filter((line) => !/[{}]|instance/.test(line)) }));
  fc.assert(
    fc.property(fc.oneof(text, whole), fc.oneof(text, whole), (n1, n2) => {
      const design = withTexts(n1, n2);
      const { plan } = planLab(design);
      const sources = sourcesOf(design);
      for (const { file, range } of lintLab(design, plan)) {
        const lines = sources.get(file)?.split('\n') ?? [];
        expect(range.start.line).toBeLessThanOrEqual(lines.length);
        expect(range.start.column).toBeLessThanOrEqual([...(lines[range.start.line - 1] ?? '')].length);
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('a hundred routers are one cluster, judged at once', () => {
  const nodes = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`n${index}`, { priority: 100 }]),
  );
  const { design, plan } = defineLab(smallLab({ name: 'many', nodes }));
  expect(lintLab(design, plan)).toHaveLength(99);
});
