import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDesign } from '@viplab/config';
import { designDigest, type LabDesign } from '@viplab/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { viplab, widest } from './captured-terminal.fixture.js';
import { likeDaemons, renameDaemonFiles } from './daemon-files.js';
import { packLab, unpackLab } from './portable-lab.js';

const carp0 = (skew: number): string =>
  `inet 192.0.2.1 255.255.255.0 NONE vhid 1 carpdev em0 \\\n    advskew ${skew} pass mekmitasdigoat\n`;
const ucarp = (place: number, skew: number): string =>
  `#!/bin/sh\nexec ucarp -i eth0 -s 192.168.1.${place} -v 1 -k ${skew} -p x -a 192.168.1.100 -u ./up.sh -d ./down.sh\n`;

const FILES: Readonly<Record<string, string>> = {
  'fw/fw1/hostname.em0': 'inet 192.0.2.2 255.255.255.0\n',
  'fw/fw1/hostname.carp0': carp0(0),
  'fw/fw2/hostname.em0': 'inet 192.0.2.3 255.255.255.0\n',
  'fw/fw2/hostname.carp0': carp0(100),
  'sick/hostname.carp0': carp0(0).replace('vhid 1', 'vhid 300'),
  'u/a/ucarp.sh': ucarp(11, 0),
  'u/b/ucarp.sh': ucarp(12, 100),
  'u/a/up.sh': 'ip addr add $2/24 dev $1\n',
  'u/a/down.sh': 'ip addr del $2/24 dev $1\n',
  'lab/lab.yaml':
    'nodes:\n  sw1: { kind: switch }\n  fw1: { carp: ../fw/fw1 }\n  fw2: { carp: [../fw/fw2/hostname.em0, ../fw/fw2/hostname.carp0] }\n',
};

const home = process.cwd();
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viplab-carp-'));
  process.chdir(folder);
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

describe('files of CARP', () => {
  test('are run, with actions of CARP', async () => {
    const { code, out } = await viplab([
      'run',
      'fw/fw1',
      'fw/fw2',
      '--at',
      '10s interface-down fw1:carp0',
      '--at',
      '15s carp-demote fw2 1',
      '--until',
      '20s',
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/kernel {3}OpenBSD kernel, ideal timers/);
    expect(out).toMatch(/10\.00\d {2}fw2 master of/);
    expect(widest(out)).toBeLessThanOrEqual(100);
  });

  test('with errors end with 2, and with a caret in the file', async () => {
    const { code, err } = await viplab(['run', 'sick']);
    expect(code).toBe(2);
    expect(err).toMatch(/^sick\/hostname\.carp0:1:40: error: .*\n +1 \| inet 192.*\n +\| +\^\^\^/);
  });

  test('of a lab in another folder are named from here', async () => {
    writeFileSync('fw/fw2/hostname.carp0', carp0(0));
    const { out } = await viplab(['lint', 'lab', '--json']);
    writeFileSync('fw/fw2/hostname.carp0', carp0(100));
    const { diagnostics } = JSON.parse(out) as { diagnostics: readonly { code: string; file: string }[] };
    const files = new Set(diagnostics.filter(({ code }) => code.startsWith('carp/')).map(({ file }) => file));
    expect([...files]).toEqual(['fw/fw2/hostname.carp0']);
  });

  test('are what init finds in the folders that are here', async () => {
    process.chdir('fw');
    const { code, out } = await viplab(['init']);
    const lab = readFileSync('lab.yaml', 'utf8');
    const { diagnostics, design } = await readDesign('lab.yaml');
    process.chdir('..');
    expect([code, out]).toEqual([0, expect.stringMatching(/^wrote lab\.yaml \(\d+ lines/)]);
    expect(lab).toContain('carp: [ fw1/hostname.em0, fw1/hostname.carp0 ]');
    expect(lab).toContain('do: power-off, node: fw1');
    expect(diagnostics).toEqual([]);
    expect(design?.nodes['fw2']).toMatchObject({ interfaces: { em0: { address: '192.0.2.3/24' } } });
  });

  test('that differ from those of a token are told by their line', async () => {
    const broken = await viplab(['check', 'fw/fw1', 'fw/fw2', '--faults', 'silent-cut']);
    const token = /vl\d+-\w+-c\w+/.exec(broken.out)?.[0] ?? '';
    writeFileSync('fw/fw2/hostname.carp0', carp0(120));
    const { code, err } = await viplab(['run', 'fw/fw1', 'fw/fw2', '--replay', token]);
    writeFileSync('fw/fw2/hostname.carp0', carp0(100));
    expect(code).toBe(2);
    expect(err).toContain('fw/fw2/hostname.carp0:2 advskew 100 → 120\n');
  });
});

test('commands of ucarp are run', async () => {
  const { code, out } = await viplab(['run', 'u/a/ucarp.sh', 'u/b/ucarp.sh', '--until', '10s']);
  expect([code, out]).toEqual([0, expect.stringMatching(/daemon {3}ucarp 1\.5\.2/)]);
});

describe('a design with files of CARP', () => {
  const design: LabDesign = {
    name: 'x',
    nodes: {
      sw1: { kind: 'switch' },
      fw1: {
        address: '192.0.2.4/24',
        system: 'openbsd',
        carp: { files: { 'a/hostname.carp0': carp0(0) }, timers: 'ticks' },
      },
      n1: { address: '192.0.2.9/24', carp: 'ifconfig em0 vhid 2 pass x alias 192.0.2.2/32' },
      n2: { address: '192.0.2.8/24', ucarp: ['ucarp -a 192.0.2.7', { command: ucarp(8, 0), file: 'a.sh' }] },
    },
    ties: 'timer-first',
  };

  test('fits in a token', async () => {
    const { n2: _, ...nodes } = design.nodes;
    const back = await unpackLab('vl2-x', await packLab({ ...design, nodes }));
    expect(designDigest(back.design)).toBe(designDigest({ ...design, nodes }));
  });

  test('can have them called otherwise, which changes no digest', () => {
    const renamed = renameDaemonFiles(design, (name) => `other/${name}`);
    expect(renamed.nodes).toMatchObject({
      fw1: { carp: { files: { 'other/a/hostname.carp0': carp0(0) }, timers: 'ticks' } },
      n2: { ucarp: ['ucarp -a 192.0.2.7', { file: 'other/a.sh' }] },
    });
    expect(designDigest(renamed)).toBe(designDigest(design));
  });

  test('can be run like the systems would', () => {
    expect(likeDaemons(design).nodes).toMatchObject({
      fw1: { carp: { likeDaemon: true } },
      n1: design.nodes['n1'],
      n2: { ucarp: ['ucarp -a 192.0.2.7', { likeDaemon: true }] },
    });
  });
});
