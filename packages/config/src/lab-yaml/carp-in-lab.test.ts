import type { HostDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { filesOf } from '../file-source.js';
import { readLabYaml } from './read-lab-yaml.js';

const CARP0 = 'inet 192.0.2.1 255.255.255.0 NONE vhid 1 carpdev em0 advskew 100 pass secret\n';
const EM0 = 'inet 192.0.2.2 255.255.255.0\n';
const IFCONFIG = 'ifconfig em0 vhid 1 pass x alias 192.0.2.1/32';
const UCARP = 'ucarp -i eth0 -s 192.0.2.5 -v 1 -p x -a 192.0.2.1';
const XML =
  '<?xml version="1.0"?>\n<opnsense><interfaces><lan><if>em0</if></lan></interfaces>\n<virtualip><vip><mode>carp</mode><interface>lan</interface>\n<vhid>300</vhid>\n<subnet>192.0.2.1</subnet></vip></virtualip></opnsense>\n';

const FILES = new Map([
  ['labs/fw1/hostname.carp0', CARP0],
  ['labs/fw1/hostname.em0', EM0],
  ['labs/n1/ucarp.sh', `${UCARP} -u /etc/up.sh -d scripts/down.sh -o pass\n`],
  ['labs/n1/up.sh', 'ip addr add $2/24 dev $1\n'],
  ['labs/n1/scripts/down.sh', 'ip addr del $2/24 dev $1\n'],
  ['labs/n1/pass', 'secret\n'],
  ['labs/up.sh', 'ip addr add $2/32 dev $1\n'],
  ['labs/fw2/config.xml', XML.replace('300', '1').replace('</vip>', '<password>x</password></vip>')],
  ['labs/fw3/config.xml', XML],
]);

/** A lab with one node. */
const read = (node: string, likeDaemon = false) =>
  readLabYaml(filesOf(FILES), 'labs/lab.yaml', `nodes:\n  n: ${node}\n`, { likeDaemon });
const hostOf = (node: string, likeDaemon = false): HostDesign =>
  read(node, likeDaemon).design?.nodes['n'] as HostDesign;
const said = (node: string): readonly string[] =>
  read(node).diagnostics.map(
    ({ severity, code, file, range: { start } }) =>
      `${file}:${start.line}:${start.column} ${severity} ${code}`,
  );

describe('carp', () => {
  const both = { 'fw1/hostname.em0': EM0, 'fw1/hostname.carp0': CARP0 };

  test.each([
    ['a folder', '{ carp: fw1 }', { files: both }],
    ['a list', '{ carp: [fw1/hostname.em0, ./fw1/hostname.carp0] }', { files: both }],
    ['a file', '{ carp: fw1/hostname.carp0 }', { files: { 'fw1/hostname.carp0': CARP0 } }],
    [
      'the long form',
      '{ carp: { files: [fw1], timers: ticks, ready: [1s, 2s], rc: 20s } }',
      { files: both, timers: 'ticks', ready: ['1s', '2s'], rc: '20s' },
    ],
    [
      'texts by name',
      `{ carp: { files: { hostname.carp0: "${CARP0.trim()}" } } }`,
      { files: { 'hostname.carp0': CARP0.trim() } },
    ],
    ['a command', `{ carp: "${IFCONFIG}" }`, IFCONFIG],
    ['commands', `{ carp: "${IFCONFIG}\\nx" }`, `${IFCONFIG}\nx`],
  ])('is %s', (_, node, carp) => {
    expect(hostOf(node).carp).toEqual(carp);
  });

  test('as a config.xml tells the system, which may be told otherwise', () => {
    expect(hostOf('{ carp: fw2/config.xml }')).toMatchObject({
      system: 'freebsd-13',
      carp: { files: { 'fw2/config.xml': expect.stringContaining('ifconfig em0 inet vhid 1') } },
    });
    expect(hostOf('{ system: freebsd, carp: fw2/config.xml }').system).toBe('freebsd');
    expect(hostOf('{ carp: fw1 }').system).toBeUndefined();
    expect(hostOf(`{ carp: ${JSON.stringify(XML.replace('300', '1'))} }`)).toMatchObject({
      system: 'freebsd-13',
      carp: { files: { 'n/carp': expect.stringContaining('alias 192.0.2.1') } },
    });
  });

  test('is run as the system would, if asked', () => {
    expect(hostOf('{ carp: fw1/hostname.carp0 }', true).carp).toEqual({
      files: { 'fw1/hostname.carp0': CARP0 },
      likeDaemon: true,
    });
    expect(hostOf('{ carp: { files: fw1/hostname.carp0, likeDaemon: false } }', true).carp).toEqual({
      files: { 'fw1/hostname.carp0': CARP0 },
      likeDaemon: false,
    });
  });

  test('is complained about in its files, or where it stands', () => {
    expect(said('{ carp: fw3/config.xml }')).toEqual(['labs/fw3/config.xml:4:7 error conf/out-of-range']);
    expect(said('{ carp: [fw1, fw9/hostname.carp0] }')).toEqual(['labs/lab.yaml:2:20 error file/missing']);
    expect(said('{ carp: { files: empty } }')).toEqual(['labs/lab.yaml:2:23 error file/missing']);
    expect(said('{ carp: 7 }')).toEqual(['labs/lab.yaml:2:14 error lab/wrong-type']);
    expect(said('{ carp: { file: fw1 } }')).toContain('labs/lab.yaml:2:16 error lab/unknown-key');
    expect(said('{ system: netbsd }')).toEqual(['labs/lab.yaml:2:16 error lab/unknown-word']);
    expect(
      said(`{ address: 192.0.2.2/24, carp: "${IFCONFIG.replace('vhid 1', 'vhid 300')}" }`),
    ).toContainEqual(expect.stringMatching(/^n\/carp:1:\d+ error conf\//));
  });

  test('that is inline can be shown with its complaints', () => {
    expect(read(`{ carp: "${IFCONFIG}" }`).sources.get('n/carp')).toBe(IFCONFIG);
  });
});

describe('ucarp', () => {
  test.each([
    ['a command line', `{ ucarp: ${UCARP} }`, UCARP],
    ['one without the word at its beginning', '{ ucarp: sudo -E x -a 1.2.3.4 }', 'sudo -E x -a 1.2.3.4'],
    [
      'a list',
      `{ ucarp: [${UCARP}, { command: x, byteOrder: big }] }`,
      [UCARP, { command: 'x', byteOrder: 'big' }],
    ],
    [
      'a command line with scripts beside lab.yaml',
      '{ ucarp: ucarp -a 192.0.2.1 --upscript=/etc/up.sh }',
      {
        command: 'ucarp -a 192.0.2.1 --upscript=/etc/up.sh',
        scripts: { '/etc/up.sh': 'ip addr add $2/32 dev $1\n' },
      },
    ],
    [
      'a file with scripts beside it',
      '{ ucarp: n1/ucarp.sh }',
      {
        command: FILES.get('labs/n1/ucarp.sh'),
        file: 'n1/ucarp.sh',
        scripts: {
          '/etc/up.sh': FILES.get('labs/n1/up.sh'),
          'scripts/down.sh': FILES.get('labs/n1/scripts/down.sh'),
          pass: 'secret\n',
        },
      },
    ],
    [
      'the long form',
      '{ ucarp: { command: ucarp -u up.sh, scripts: { up.sh: x }, ready: 46ms, autostart: false } }',
      { command: 'ucarp -u up.sh', scripts: { 'up.sh': 'x' }, ready: '46ms', autostart: false },
    ],
  ])('is %s', (_, node, ucarp) => {
    expect(hostOf(node).ucarp).toEqual(ucarp);
  });

  test('is complained about in its file, or where it stands', () => {
    expect(said('{ ucarp: n9/ucarp.sh }')).toContain('labs/lab.yaml:2:15 error file/missing');
    expect(said('{ ucarp: [{ file: n9/ucarp.sh }] }')).toContain('labs/lab.yaml:2:24 error file/missing');
    expect(said('{ ucarp: { ready: 1s } }')).toContain('labs/lab.yaml:2:15 error lab/missing-key');
    expect(said('{ address: 192.0.2.5/24, ucarp: { comand: x } }')).toContainEqual(
      expect.stringMatching(/^labs\/lab\.yaml:2:\d+ error lab\/unknown-key$/),
    );
    expect(said(`{ address: 192.0.2.5/24, ucarp: "${UCARP.replace('-v 1', '-v 300')}" }`)).toContainEqual(
      expect.stringMatching(/^n\/ucarp:1:\d+ error conf\//),
    );
    const bad = new Map([...FILES, ['labs/n1/ucarp.sh', UCARP.replace('-v 1', '-v 300')]]);
    const { diagnostics } = readLabYaml(
      filesOf(bad),
      'labs/lab.yaml',
      'nodes:\n  n: { address: 192.0.2.5/24, ucarp: n1/ucarp.sh }\n',
    );
    expect(diagnostics.map(({ file }) => file)).toContain('labs/n1/ucarp.sh');
  });
});

test('ties and the actions of CARP are read', () => {
  const { design, diagnostics } = readLabYaml(
    filesOf(FILES),
    'labs/lab.yaml',
    `nodes:
  n: { carp: fw1 }
ties: timer-first
schedule:
  - { at: 10s, do: carp-state, node: n, state: master, vhid: 1 }
  - { at: 11s, do: carp-demote, node: n, by: -240, group: carp }
  - { at: 12s, do: set-sysctl, node: n, sysctl: net.inet.carp.allow, value: 0 }
  - { at: 13s, do: interface-down, node: n, interface: carp0 }
  - 14s shutdown n
`,
  );
  expect(diagnostics).toEqual([]);
  expect(design?.ties).toBe('timer-first');
  expect(design?.schedule?.map((action) => action.do)).toEqual([
    'carp-state',
    'carp-demote',
    'set-sysctl',
    'interface-down',
    'shutdown',
  ]);
});
