import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import { formatDiagnostics } from '../../../diagnostic/format.js';
import { CARP_SYSTEMS } from '../../../host/carp/carp-config.js';
import { FREEBSD_KEYWORDS, OPENBSD_KEYWORDS } from './ifconfig-keywords.js';
import { readCarpFiles } from './read-carp-files.js';

const word = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[
        'vhid',
        'advskew',
        'advbase',
        'pass',
        'carpdev',
        'carpnodes',
        'balancing',
        'state',
        'carppeer',
        '-carppeer',
      ],
      ...[
        'alias',
        '-alias',
        'delete',
        'netmask',
        'prefixlen',
        'inet',
        'inet6',
        'group',
        'lladdr',
        'up',
        'down',
      ],
      ...[
        'carpver',
        'vrrpprio',
        'vrrpinterval',
        'peer',
        'peer6',
        'mcast',
        'destroy',
        'create',
        'dest',
        'dhcp',
      ],
      ...['ifconfig', 'sysctl', 'carp0', 'carp1', 'em0', 'vlan5', '-g', 'carp', 'carpdemote'],
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...OPENBSD_KEYWORDS.keys(), ...FREEBSD_KEYWORDS.keys()) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[
        '1',
        '0',
        '255',
        '256',
        '-1',
        '99999999999',
        'x',
        '1:0,2:100',
        '1:0,',
        ':',
        '192.0.2.1/24',
        '192.0.2.1',
      ],
      ...[
        '255.255.255.0',
        'NONE',
        '0xffffff00',
        '2001:db8::1/64',
        '2001:db8::1',
        '64',
        'ip',
        'arp',
        'master',
        'init',
      ],
      ...[
        'net.inet.carp.preempt=1',
        'net.inet.carp.demotion=',
        'ifconfig_em0=',
        'ifconfig_em0_alias0="',
        '__proto__',
      ],
      ...[
        'cloned_interfaces=carp0',
        'ifconfig_carp0=',
        'vlans_em0=5',
        'ifconfig_em0_5=',
        'ifconfig_em0_aliases="',
      ],
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '\n',
      '\n',
      ';',
      '"',
      "'",
      '\\',
      '#',
      '$',
      '$x',
      '${',
      '`',
      '$(',
      ')',
      '>',
      '!',
      '\r\n',
      '\0',
      '=',
    ),
  },
  fc.string({ maxLength: 6, unit: 'binary' }),
);

const text = fc
  .array(fc.tuple(word, fc.constantFrom(' ', ' ', '\n', '')), { maxLength: 60 })
  .map((parts) => parts.flat().join(''));

const name = fc.constantFrom(
  ...[
    'hostname.carp0',
    'hostname.carp1',
    'hostname.em0',
    'hostname.',
    'rc.conf',
    'rc.conf.local',
    'rc.conf.d/x',
  ],
  ...[
    'sysctl.conf',
    'loader.conf',
    'rc.local',
    '',
    '__proto__x',
    'hostname.pfsync0',
    'hostname.00:00:5e:00:53:af',
  ],
);

function isOutside({ file, range }: Diagnostic, files: Readonly<Record<string, string>>): boolean {
  const line = (files[file] ?? '').replaceAll('\r\n', '\n').split('\n')[range.start.line - 1];
  const { start, end } = range;
  if (line === undefined || end.line !== start.line || end.column <= start.column) return true;
  return start.column < 1 || end.column > [...line].length + 2;
}

function check(
  files: Readonly<Record<string, string>>,
  system: (typeof CARP_SYSTEMS)[number] | undefined,
): void {
  const read = readCarpFiles(files, {
    ...(system === undefined ? {} : { system }),
    interfaces: ['em0', 'em1'],
  });
  expect(read.diagnostics.filter((each) => isOutside(each, files))).toEqual([]);
  expect(formatDiagnostics(read.diagnostics, new Map(Object.entries(files)))).not.toMatch(/[\0\r]/);
  const taken = new Set<string>();
  for (const config of read.config.interfaces) {
    expect(config.nodes.length >= 1 && config.nodes.length <= 32).toBe(true);
    expect(config.advbase >= 0 && config.advbase <= 255).toBe(true);
    expect(new TextEncoder().encode(config.password).length).toBeLessThanOrEqual(19);
    expect(config.initialState).not.toBe('init');
    for (const { vhid, advskew } of config.nodes) {
      expect(vhid >= 1 && vhid <= 255 && advskew >= 0 && advskew <= 255).toBe(true);
      expect(taken.has(`${vhid}@${config.parent}`)).toBe(false);
      taken.add(`${vhid}@${config.parent}`);
    }
    for (const place of Object.values(config.origin)) expect(Object.keys(files)).toContain(place.file);
    for (const { prefixLength } of config.addresses)
      expect(prefixLength >= 0 && prefixLength <= 128).toBe(true);
  }
  for (const { name: nic } of read.nics) expect(['em0', 'em1']).toContain(nic);
  for (const count of Object.values(read.config.groupDemotion)) expect(count >= 0 && count <= 255).toBe(true);
}

describe('whatever stands in the files', () => {
  const system = fc.constantFrom(undefined, ...CARP_SYSTEMS);
  test('is read, and complaints point into them', () => {
    fc.assert(fc.property(fc.dictionary(name, text, { maxKeys: 4, noNullPrototype: true }), system, check), {
      numRuns: 1500,
    });
  });
  test('lines of ifconfig too', () => {
    const line = fc
      .tuple(fc.constantFrom('em0', 'carp0', 'carp1'), fc.array(word, { maxLength: 12 }))
      .map(([face, words]) => `ifconfig ${face} ${words.join(' ')}`);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), system, (lines, given) =>
        check({ carp: lines.join('\n') }, given),
      ),
      { numRuns: 1500 },
    );
  });
  test('bytes', () => {
    const bytes = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(name, bytes, system, (file, given, each) => check({ [file]: given }, each)),
      {
        numRuns: 300,
      },
    );
  });
  test('reading twice gives the same', () => {
    fc.assert(
      fc.property(fc.dictionary(name, text, { maxKeys: 3, noNullPrototype: true }), (files) => {
        expect(readCarpFiles(files)).toEqual(readCarpFiles(files));
      }),
      { numRuns: 100 },
    );
  });
});
