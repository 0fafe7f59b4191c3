import { type LabDesign, ms } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filesOf } from './file-source.js';
import { readLabYaml } from './lab-yaml/read-lab-yaml.js';
import { parseScheduleLine, SCHEDULE_LINE_EXAMPLES } from './schedule-line.js';
import { toYaml } from './to-yaml.js';

const readBack = (yaml: string) => readLabYaml(filesOf(new Map()), 'lab.yaml', yaml);

const CONF = `# a comment with trailing blanks   
vrrp_instance VI_1 {
\tinterface eth0
    virtual_router_id 51

    virtual_ipaddress { 192.168.1.100/24 }   # ü
}
`;

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/);
const duration = fc.constantFrom('50us', '1.5ms', '200ms', '10s', '2min');
const address = fc
  .tuple(fc.nat(255), fc.integer({ min: 1, max: 254 }))
  .map(([third, last]) => `10.0.${third}.${last}/16`);
const text = fc.oneof(
  fc.constant(CONF),
  fc.string({ unit: fc.constantFrom(...'a \n\t{}#:"\'|>%é😀-'), maxLength: 40 }).map((inner) => `${inner}\n`),
);
const optional = <T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T)[] = []) =>
  fc.record(shape, { requiredKeys: required });

const host = optional({
  address: fc.oneof(address, fc.array(address, { minLength: 1, maxLength: 3 })),
  keepalived: fc.oneof(
    text.map((conf) => ({ conf })),
    optional(
      {
        conf: text,
        file: fc.constant('n1/keepalived.conf'),
        ready: fc.oneof(duration, fc.tuple(duration, duration)),
        autostart: fc.boolean(),
        includes: fc.dictionary(word, text),
      },
      ['conf'],
    ),
  ),
  client: fc.array(
    fc.oneof(
      optional({ request: fc.constant('192.168.1.100:8080'), every: duration, from: duration }, ['request']),
      optional(
        {
          connect: fc.constantFrom('192.168.1.100:5432', '[2001:db8::100]:80'),
          timeout: duration,
          hold: fc.boolean(),
          speak: fc.constantFrom('line', 'http', 'postgres'),
          path: fc.constantFrom('/', '/a?b=#c'),
          user: word,
          query: fc.constantFrom('select 1', "show 'x': y"),
          pool: optional({ size: fc.integer({ min: 1, max: 9 }), retry: optional({ after: duration }) }, [
            'size',
          ]),
          keepAlive: fc.oneof(
            fc.boolean(),
            optional({ idle: duration, count: fc.integer({ min: 1, max: 9 }) }),
          ),
          userTimeout: duration,
        },
        ['connect'],
      ),
    ),
    { maxLength: 2 },
  ),
  echo: fc.integer({ min: 1, max: 65_535 }),
  postgres: optional({
    port: fc.integer({ min: 1, max: 65_535 }),
    user: word,
    users: fc.dictionary(word, fc.constantFrom('trust', 'scram')),
    databases: fc.array(word, { maxLength: 2 }),
    connections: fc.integer({ min: 4, max: 200 }),
    ready: duration,
  }),
  http: optional({
    port: fc.integer({ min: 1, max: 65_535 }),
    paths: fc.dictionary(fc.constantFrom('/', '/health', '/a: b'), fc.integer({ min: 200, max: 599 })),
    sick: fc.integer({ min: 200, max: 599 }),
    ready: duration,
  }),
  services: fc.dictionary(word, fc.nat(65_535)),
  sysctl: fc.dictionary(
    word,
    fc.oneof(fc.nat(), fc.boolean(), fc.constantFrom('1', 'true', 'null', '~', '0x10', '2', 'eth0')),
  ),
  files: fc.array(fc.constantFrom('/tmp/a b', '- x', '*', '&a', '#', "it's", '"', 'yes', '12', '1e3'), {
    maxLength: 3,
  }),
  drift: fc.integer({ min: -1000, max: 1000 }),
  start: duration,
});
const stormControl = optional({
  broadcast: fc.nat(1000),
  unknownUnicast: fc.nat(1000),
  action: fc.constantFrom('drop', 'shutdown'),
});
const switchNode = optional(
  {
    kind: fc.constant('switch'),
    ageing: duration,
    snooping: fc.oneof(
      fc.constantFrom(true, false, 'link-local'),
      optional({
        querier: fc.constantFrom(true, false, '192.168.1.2'),
        filterWithoutQuerier: fc.boolean(),
        linkLocal: fc.boolean(),
      }),
    ),
    spanningTree: fc.constantFrom('off', 'stp', 'rstp'),
    priority: fc.constantFrom(0, 4096, 61_440),
    forwardDelay: duration,
    stormControl,
    arpInspection: optional({
      bindings: fc.dictionary(fc.constantFrom('192.168.1.1'), fc.constantFrom('0200.0000.0001')),
      rate: fc.integer({ min: 1, max: 100 }),
    }),
    bonds: fc.dictionary(
      word,
      optional({ ports: fc.array(word, { maxLength: 3 }), hash: fc.constantFrom('layer2', 'layer3+4') }, [
        'ports',
      ]),
    ),
    ports: fc.dictionary(
      word,
      optional({
        vlan: fc.integer({ min: 1, max: 4094 }),
        edge: fc.constantFrom(true, false, 'auto'),
        bpduGuard: fc.boolean(),
        cost: fc.integer({ min: 1, max: 1000 }),
        stormControl,
        security: optional({
          maximum: fc.integer({ min: 1, max: 9 }),
          violation: fc.constantFrom('protect'),
        }),
        trusted: fc.boolean(),
      }),
    ),
    static: fc.dictionary(fc.constantFrom('02:00:00:00:00:01', '0200.0000.0001'), word),
  },
  ['kind'],
);
const link = fc.oneof(
  fc.tuple(
    word,
    word.map((name) => `${name}:eth0`),
  ),
  optional(
    {
      between: fc.tuple(word, word),
      delay: fc.oneof(duration, fc.tuple(duration, duration)),
      loss: fc.constantFrom('0.1%', '5%'),
      carrierSeen: fc.boolean(),
    },
    ['between'],
  ),
);
const design = optional(
  {
    name: fc.string({ minLength: 1, maxLength: 20 }),
    nodes: fc.dictionary(word, fc.oneof(host, switchNode), { minKeys: 1, maxKeys: 5 }),
    links: fc.array(link, { maxLength: 4 }),
    schedule: fc.array(
      fc.constantFrom(...SCHEDULE_LINE_EXAMPLES).map((line) => parseScheduleLine(line)),
      { maxLength: 4 },
    ),
    duration,
    expect: fc.array(
      fc.oneof(fc.constantFrom('no-flap', 'flux'), fc.record({ failover: fc.record({ within: duration }) })),
      { maxLength: 2 },
    ),
  },
  ['name', 'nodes'],
) as fc.Arbitrary<LabDesign>;

describe('a design as lab.yaml', () => {
  test('is read back as it was', () => {
    fc.assert(
      fc.property(design, (given) => {
        const { design: back, diagnostics } = readBack(toYaml(given));
        // fast-check's dictionaries have no prototype, which equality of values does not mind.
        expect(back, diagnostics.map(({ message }) => message).join('\n')).toEqual(given);
      }),
      { numRuns: 200 },
    );
  });

  test('has durations as texts, and no programs', () => {
    const given: LabDesign = {
      name: 'x',
      nodes: {
        c1: {
          address: '10.0.0.1/24',
          programs: [{ name: 'beacon' }],
          client: { request: '10.0.0.2:80', every: ms(1500) },
        },
      },
    };
    const yaml = toYaml(given);
    expect(yaml).toContain('every: 1.5s');
    expect(yaml).not.toContain('beacon');
  });

  test('names files instead of holding their texts, if asked', () => {
    const given: LabDesign = {
      name: 'x',
      nodes: {
        n1: { keepalived: { conf: CONF, file: 'n1/keepalived.conf', ready: '61ms' } },
        n2: { keepalived: { conf: CONF, file: 'n2/keepalived.conf' } },
      },
    };
    expect(toYaml(given, { files: true })).toBe(
      'name: x\nnodes:\n  n1: { keepalived: { file: n1/keepalived.conf, ready: 61ms } }\n  n2: { keepalived: n2/keepalived.conf }\n',
    );
  });

  test('says what was inferred', () => {
    const given: LabDesign = {
      name: 'x',
      nodes: { n1: { address: '10.0.0.1/24' } },
      inferred: [{ what: 'n1.address', value: '10.0.0.1/24', why: "VIPs' subnet" }],
    };
    expect(toYaml(given, { header: ['A lab.'] })).toBe(
      "# A lab.\n\nname: x\nnodes:\n  # inferred: n1.address 10.0.0.1/24 (VIPs' subnet)\n  n1: { address: 10.0.0.1/24 }\n",
    );
    expect(toYaml(given, { notes: false })).not.toContain('#');
  });
});
