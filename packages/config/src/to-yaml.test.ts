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

const ucarpProcess = fc.oneof(
  text,
  fc.constantFrom(
    'ucarp -i eth0 -s 192.168.1.11 -v 1 -p x -a 192.168.1.100',
    'exec ucarp -P -a 192.168.1.100 ',
  ),
  optional(
    {
      command: fc.oneof(text, fc.constantFrom('ucarp', '-a', 'x.sh')),
      file: fc.constant('n1/ucarp.sh'),
      scripts: fc.dictionary(fc.constantFrom('/etc/vip-up.sh', 'down'), text),
      ready: fc.oneof(duration, fc.tuple(duration, duration)),
      byteOrder: fc.constantFrom('little', 'big'),
      autostart: fc.boolean(),
    },
    ['command'],
  ),
);

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
  system: fc.constantFrom('linux', 'openbsd', 'freebsd-13'),
  carp: fc.oneof(
    text,
    fc.constant('ifconfig em0 vhid 1 pass x alias 192.0.2.1/32'),
    optional(
      {
        files: fc.dictionary(
          fc.constantFrom('fw1/hostname.carp0', 'fw1/hostname.em0', 'fw1/rc.conf', 'sysctl.conf'),
          fc.oneof(text, fc.constantFrom('', 'ifconfig', 'inet 192.0.2.1')),
          { minKeys: 1 },
        ),
        ready: fc.oneof(duration, fc.tuple(duration, duration)),
        timers: fc.constantFrom('ideal', 'ticks'),
        rc: duration,
        likeDaemon: fc.boolean(),
      },
      ['files'],
    ),
  ),
  ucarp: fc.oneof(ucarpProcess, fc.array(ucarpProcess, { maxLength: 3 })),
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
    ties: fc.constantFrom('packet-first', 'timer-first'),
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

  test('names the files of CARP and ucarp, if asked', () => {
    const given: LabDesign = {
      name: 'x',
      nodes: {
        n1: { carp: { files: { 'fw1/hostname.em0': 'inet 192.0.2.2/24\n', 'fw1/hostname.carp0': 'x\n' } } },
        n2: { system: 'freebsd-13', carp: { files: { 'fw2/config.xml': '# x\n' }, timers: 'ticks' } },
        n3: {
          ucarp: [{ command: 'ucarp', file: 'a.sh', scripts: { 'up.sh': 'x' } }, 'ucarp -v 1 -a 1.2.3.4'],
        },
      },
    };
    expect(toYaml(given, { files: true })).toBe(`name: x
nodes:
  n1: { carp: [ fw1/hostname.em0, fw1/hostname.carp0 ] }
  n2: { system: freebsd-13, carp: { files: fw2/config.xml, timers: ticks } }
  n3: { ucarp: [ a.sh, ucarp -v 1 -a 1.2.3.4 ] }
`);
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
