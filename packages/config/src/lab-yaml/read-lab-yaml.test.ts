import type { Diagnostic } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filesOf } from '../file-source.js';
import { readLabYaml } from './read-lab-yaml.js';

const CONF = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.168.1.100/24
    }
}
`;

const FILES = new Map<string, string | Uint8Array>([
  ['n1/keepalived.conf', CONF],
  ['n2/keepalived.conf', CONF],
  ['bad/keepalived.conf', CONF.replace('100', '300')],
  ['binary.conf', new Uint8Array([0, 1, 2])],
  ['huge.conf', 'x'.repeat(10 * 1024 * 1024)],
]);

const read = (text: string) => readLabYaml(filesOf(FILES), 'lab.yaml', text);

/** `code line:column message` of each complaint. */
const complaints = (text: string): string[] =>
  read(text).diagnostics.map(
    ({ code, range, message, hint }: Diagnostic) =>
      `${code} ${range.start.line}:${range.start.column} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  );

const GOOD = `name: pair
nodes:
  sw1: { kind: switch }
  n1: { address: 192.168.1.11/24, keepalived: n1/keepalived.conf }
  n2: { address: 192.168.1.12/24, keepalived: { file: n2/keepalived.conf, ready: [30ms, 60ms] } }
  c1: { address: 192.168.1.50/24, client: { request: "192.168.1.100:8080", every: 200ms } }
links:
  - [n1:eth0, sw1]
  - { between: [n2:eth0, sw1], delay: 50us, loss: 0.1% }
  - [c1, sw1]
schedule:
  - { at: 10s, do: power-off, node: n1 }
  - 25s power-on n1
duration: 45s
expect: [no-flap, { failover: { within: 4s } }]
`;

/** The good lab with one line changed. */
const withLine = (from: string, to: string): string => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};

describe('a good lab', () => {
  const { design, diagnostics, sources, expectedAt } = read(GOOD);

  test('has nothing to complain about', () => {
    expect(diagnostics.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });

  test('becomes a design with the texts of its files', () => {
    expect(design?.name).toBe('pair');
    expect(design?.nodes['n1']).toEqual({
      address: '192.168.1.11/24',
      keepalived: { conf: CONF, file: 'n1/keepalived.conf' },
    });
    expect(design?.nodes['n2']).toEqual({
      address: '192.168.1.12/24',
      keepalived: { conf: CONF, file: 'n2/keepalived.conf', ready: ['30ms', '60ms'] },
    });
    expect(design?.schedule).toEqual([
      { at: '10s', do: 'power-off', node: 'n1' },
      { at: '25s', do: 'power-on', node: 'n1' },
    ]);
  });

  test('says where its expectation stands, and which texts were read', () => {
    expect(expectedAt).toBe('lab.yaml:15:10');
    expect([...sources.keys()]).toEqual(['lab.yaml', 'n1/keepalived.conf', 'n2/keepalived.conf']);
  });

  test('may use anchors and merged keys', () => {
    const text = withLine('every: 200ms } }', 'every: 200ms } }\n  c2: { <<: *c, address: 192.168.1.51/24 }')
      .replace('c1: {', 'c1: &c {')
      .replace('- [c1, sw1]', '- [c1, sw1]\n  - [c2, sw1]');
    const result = read(text);
    expect(result.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(result.design?.nodes['c2']).toMatchObject({
      address: '192.168.1.51/24',
      client: { request: '192.168.1.100:8080' },
    });
  });
});

describe('a complaint stands at its place and says what to type:', () => {
  test.each([
    [
      'an unknown key',
      'every: 200ms',
      'evry: 200ms',
      "lab/unknown-key 6:76 unknown key 'evry' | did you mean every?",
    ],
    [
      'an unknown key at the top',
      'duration: 45s',
      'durations: 45s',
      "lab/unknown-key 14:1 unknown key 'durations' | did you mean duration?",
    ],
    [
      'a key of labs to come',
      'request: "192.168.1.100:8080"',
      'request: "192.168.1.100:8080", haproxy: haproxy.cfg',
      "lab/not-modelled 6:76 'haproxy': HAProxy is not modelled yet",
    ],
    [
      'a wrong type',
      '- [c1, sw1]',
      '- c1',
      "lab/bad-link 10:5 expected two ends such as [n1:eth0, sw1], or keys such as between and delay, got 'c1'",
    ],
    [
      'an unknown key of a port',
      'sw1: { kind: switch }',
      'sw1: { kind: switch, ports: { n1: { edgee: true } } }',
      "lab/unknown-key 3:39 unknown key 'edgee' | did you mean edge?",
    ],
    [
      'spanning tree that does not exist',
      'sw1: { kind: switch }',
      'sw1: { kind: switch, spanningTree: mstp }',
      'lab/unknown-word 3:38',
    ],
    [
      'a duration without unit',
      'at: 10s',
      'at: 10',
      'lab/bad-duration 12:11 expected a duration with its unit, such as 200ms, 1.5s or 2min, got 10 | 10s or 10ms?',
    ],
    [
      'a duration with a wrong unit',
      'delay: 50us',
      'delay: 50 parsecs',
      "lab/bad-duration 9:39 '50 parsecs' is not a duration with its unit, such as 200ms, 1.5s or 2min",
    ],
    [
      'an address that is none',
      '192.168.1.11/24',
      '192.168.1.256/24',
      "lab/bad-address 4:18 '192.168.1.256/24' is not an address with its prefix length, such as 192.168.1.11/24",
    ],
    [
      'an address without prefix',
      '192.168.1.11/24',
      '192.168.1.11',
      "lab/bad-address 4:18 '192.168.1.11' is not an address with its prefix length, such as 192.168.1.11/24",
    ],
    [
      'a share without percent',
      'loss: 0.1%',
      'loss: 0.001',
      'lab/bad-share 9:51 expected a share such as 0.1%, got 0.001',
    ],
    ['a share above all', 'loss: 0.1%', 'loss: 101%', 'lab/bad-share'],
    [
      'an unknown action',
      'do: power-off',
      'do: poweroff',
      "lab/unknown-word 12:20 'do' cannot be 'poweroff' | did you mean power-off?",
    ],
    [
      'an unknown node',
      'node: n1 }',
      'node: n3 }',
      "lab/unknown-node 12:37 schedule names 'n3', did you mean n1?",
    ],
    ['an unknown node in a line', '25s power-on n1', '25s power-on n7', 'lab/unknown-node 13:5'],
    [
      'a broken line',
      '25s power-on n1',
      '25s power-on',
      "lab/bad-action 13:5 power-on needs its node: for example '25s power-on n1'",
    ],
    ['a link to nowhere', '- [c1, sw1]', '- [c1, sw2]', 'lab/unknown-node 10:5'],
    ['an address on no link', '  - [c1, sw1]\n', '', 'lab/no-link 6:3'],
    ['an address twice', '192.168.1.12/24', '192.168.1.11/24', 'lab/duplicate-address'],
    [
      'a node twice',
      '  n2: { address',
      '  n1: { address',
      'lab/duplicate-key 5:3 this key stands here twice',
    ],
    [
      'a missing file',
      'n1/keepalived.conf',
      'n1/keepalive.conf',
      'file/missing 4:47 there is no file n1/keepalive.conf | did you mean n1/keepalived.conf?',
    ],
    ['a binary file', 'n1/keepalived.conf', 'binary.conf', 'file/binary 4:47 binary.conf is not a text file'],
    [
      'a huge file',
      'n1/keepalived.conf',
      'huge.conf',
      'file/too-large 4:47 huge.conf is too large: 10.0 MiB, at most 4 MiB is read',
    ],
    [
      'an expectation that is none',
      'expect: [no-flap',
      'expect: [no-flip',
      "lab/unknown-word 15:10 'expect' cannot be 'no-flip' | did you mean no-flap?",
    ],
    [
      'a bad expectation',
      'failover: { within',
      'failovr: { within',
      "lab/unknown-key 15:21 unknown key 'failovr' | did you mean failover?",
    ],
    [
      'a kind that is none',
      'kind: switch',
      'kind: swich',
      "lab/unknown-word 3:16 'kind' cannot be 'swich' | did you mean switch?",
    ],
    ['a bad name', '  c1: {', '  c 1: {', "lab/bad-name 6:3 'c 1' cannot name a node"],
    ['a configuration with an error', 'n1/keepalived.conf', 'bad/keepalived.conf', 'conf/out-of-range'],
    ['a tab', '  sw1:', '\tsw1:', 'lab/yaml-syntax 3:1'],
    ['an unclosed bracket', 'loss: 0.1% }', 'loss: 0.1%', 'lab/yaml-syntax'],
  ])('%s', (_what, from, to, expected) => {
    const found = complaints(withLine(from, to));
    expect(
      found.some((line) => line.startsWith(expected)),
      found.join('\n'),
    ).toBe(true);
    expect(read(withLine(from, to)).diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
  });

  test('an action after the end is only warned of', () => {
    const { diagnostics } = read(withLine('duration: 45s', 'duration: 20s'));
    expect(diagnostics.find(({ code }) => code === 'lab/after-the-end')).toMatchObject({
      severity: 'warning',
      range: { start: { line: 13 } },
    });
    expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(false);
  });

  test('a configuration that uses an interface which the node does not have', () => {
    const found = complaints(
      withLine(
        'n1: { address: 192.168.1.11/24,',
        'n1: { interfaces: { eth1: { address: 192.168.1.11/24 } },',
      ).replace('n1:eth0', 'n1:eth1'),
    );
    expect(found.filter((line) => line.startsWith('conf/unknown-interface'))).toHaveLength(1);
  });

  test('a loop of switches', () => {
    const looped = withLine(
      'sw1: { kind: switch }',
      'sw1: { kind: switch }\n  sw2: { kind: switch }\n  sw3: { kind: switch }',
    ).replace('- [c1, sw1]', '- [c1, sw1]\n  - [sw1, sw2]\n  - [sw2, sw3]\n  - [sw3, sw1]');
    expect(complaints(looped).filter((line) => line.startsWith('lab/loop'))).toHaveLength(1);
  });

  test('what is missing', () => {
    expect(complaints('name: x\n')).toEqual([
      expect.stringContaining("lab/missing-key 1:1 'nodes' is missing"),
    ]);
    expect(complaints('')).toEqual(['lab/empty 1:1 this lab is empty: it needs nodes']);
    expect(complaints('# only a comment\n')).toEqual(['lab/empty 1:1 this lab is empty: it needs nodes']);
    expect(complaints('- a\n')).toEqual([expect.stringContaining('lab/wrong-type 1:1')]);
    expect(complaints('nodes: {}\n')[0]).toContain('lab/no-hosts');
  });

  test('several are reported at once', () => {
    expect(
      complaints(GOOD.replace('45s', 'soon').replace('50us', '50').replace('kind:', 'kin:')).length,
    ).toBeGreaterThanOrEqual(3);
  });

  test('columns count characters', () => {
    const [first] = complaints('name: "😀"\nnodes: { n1: { "😀": 1, address: 192.168.1.1/24 } }\n');
    expect(first).toMatch(/^lab\/unknown-key 2:16 /);
    const [second] = complaints('nodes: { n1: { files: ["😀😀"], adress: 192.168.1.1/24 } }\n');
    expect(second).toMatch(/^lab\/unknown-key 1:31 /);
  });
});

describe('hostile YAML', () => {
  test('aliases that unfold without end are refused', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefghi'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(', ')}]`),
    ].join('\n');
    expect(complaints(bomb)).toEqual(['lab/yaml-syntax 1:1 aliases unfold more than 100 times']);
  });

  test('brackets nested without end are refused', () => {
    expect(complaints('['.repeat(100_000))[0]).toMatch(/^lab\/yaml-syntax/);
    expect(complaints(`nodes: ${'{ a: '.repeat(50_000)}`)[0]).toMatch(/^lab\/yaml-syntax/);
  });

  test('an alias of itself is refused', () => {
    expect(complaints('nodes: &a { n1: *a }')[0]).toMatch(/^lab\//);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a node may be called %s', (name) => {
    const found = complaints(
      `nodes: { ${name}: { address: 192.168.1.1/24 } }\nschedule: [{ at: 1s, do: power-off, node: valueOf }]\n`,
    );
    expect(found.every((line) => line.startsWith('lab/'))).toBe(true);
    expect(({} as Record<string, unknown>)['address']).toBeUndefined();
  });

  test('random bytes give complaints and never throw', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'abn1 \n\t:-{}[],&*#!|>"\'%@`?~0\u0000é😀'), maxLength: 80 }),
        (text) => {
          expect(Array.isArray(read(text).diagnostics)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('random data in place of anything give complaints and never throw', () => {
    const { design } = read(GOOD);
    const whole = JSON.parse(
      JSON.stringify({
        ...design,
        nodes: { ...design?.nodes, n1: { address: '192.168.1.11/24', keepalived: 'n1/keepalived.conf' } },
      }),
    ) as Record<string, unknown>;
    fc.assert(
      fc.property(
        fc.array(fc.nat(12), { minLength: 1, maxLength: 6 }),
        fc.jsonValue({ maxDepth: 3 }),
        (route, value) => {
          const changed = structuredClone(whole);
          let here: Record<string, unknown> = changed;
          for (const [index, step] of route.entries()) {
            const keys = Object.keys(here);
            const key = keys[step % Math.max(1, keys.length)];
            if (key === undefined) break;
            const next = here[key];
            if (index === route.length - 1 || typeof next !== 'object' || next === null) {
              here[key] = value;
              break;
            }
            here = next as Record<string, unknown>;
          }
          const { diagnostics, design: made } = read(JSON.stringify(changed));
          expect(made !== undefined || diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
