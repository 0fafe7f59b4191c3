import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDesign } from '@viplab/config';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keepalivedConf, viplab, widest } from './captured-terminal.fixture.js';
import { describeExample, listExamples } from './examples-folder.js';

const home = process.cwd();
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'viplab-init-'));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const writePair = (): void => {
  for (const [name, priority] of [
    ['n1', 150],
    ['n2', 100],
  ] as const) {
    mkdirSync(name);
    writeFileSync(`${name}/keepalived.conf`, keepalivedConf(priority, ['192.168.1.100']));
  }
};

describe('init with files', () => {
  test('states everything that run infers', async () => {
    writePair();
    const { code, out } = await viplab(['init', 'n1/keepalived.conf', 'n2/keepalived.conf']);
    expect([code, out]).toEqual([
      0,
      'wrote lab.yaml (30 lines: all that was inferred, with comments) and lab.test.ts     next: viplab run\n',
    ]);
    expect(
      readFileSync('lab.yaml', 'utf8'),
    ).toBe(`# yaml-language-server: $schema=./node_modules/@viplab/config/schema/lab.schema.json
# What cannot be said in the daemons' own files. All of it is inferred: correct what is wrong.
# 4 nodes; a node is a host unless it says kind: switch.

name: n1, n2
# inferred: nodes n1 192.168.1.11, n2 192.168.1.12 (named by folder, addresses from the VIPs' /24)
# inferred: client c1 192.168.1.50, tcp to .100 port 8080, one every 200 ms, one kept open
# inferred: daemon keepalived 2.2.7, ready 30 to 150 ms after start, by seed
nodes:
  sw1: { kind: switch }
  n1: { interfaces: { eth0: { address: 192.168.1.11/24 } }, keepalived: n1/keepalived.conf }
  n2: { interfaces: { eth0: { address: 192.168.1.12/24 } }, keepalived: n2/keepalived.conf }
  c1:
    address: 192.168.1.50/24
    client:
      - { connect: 192.168.1.100:8080, every: 200ms }
      - { connect: 192.168.1.100:8080, every: 200ms, hold: true }
# inferred: network one switch sw1, links 50 µs, no loss, carrier seen
# Cables: 50 µs each way; the long form: { between: [n1:eth0, sw1], delay: 50us, loss: 0.1% }
links:
  - [ n1:eth0, sw1 ]
  - [ n2:eth0, sw1 ]
  - [ c1, sw1 ]
# What is done to the network, and when; all actions: viplab run --help
# schedule:
#   - { at: 10s, do: power-off, node: n1 }
#   - { at: 25s, do: power-on, node: n1 }
duration: 60s
# What a run should show; if it does, viplab run ends with exit code 0
expect: [ no-flap ]
`);
  });

  test('writes a lab that means the same as the files', async () => {
    writePair();
    const inferred = (await readDesign(['n1/keepalived.conf', 'n2/keepalived.conf'])).design;
    await viplab(['init', 'n1/keepalived.conf', 'n2/keepalived.conf']);
    const { design, diagnostics } = await readDesign('lab.yaml');
    expect(diagnostics).toEqual([]);
    expect(design).toEqual({ ...inferred, inferred: undefined, duration: '60s', expect: ['no-flap'] });
  });

  test('overwrites nothing unless it is forced to', async () => {
    writePair();
    writeFileSync('lab.yaml', 'mine');
    const refused = await viplab(['init', 'n1/keepalived.conf', 'n2/keepalived.conf']);
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringMatching(
        /^lab\.yaml:1:1: error: lab\.yaml exists and is not overwritten \[file\/exists\]/,
      ),
    ]);
    expect(readFileSync('lab.yaml', 'utf8')).toBe('mine');
    expect(existsSync('lab.test.ts')).toBe(false);
    expect((await viplab(['init', '--force', 'n1/keepalived.conf', 'n2/keepalived.conf'])).code).toBe(0);
    expect(readFileSync('lab.yaml', 'utf8')).toContain('nodes:');
  });

  test('takes a lab of another folder', async () => {
    mkdirSync('pair');
    process.chdir('pair');
    writePair();
    await viplab(['init']);
    process.chdir('..');
    expect((await viplab(['init', 'pair'])).code).toBe(0);
    expect(readFileSync('lab.yaml', 'utf8')).toContain('keepalived: pair/n1/keepalived.conf');
    expect((await readDesign('lab.yaml')).diagnostics).toEqual([]);
  });

  test('complains about files that cannot be read', async () => {
    const { code, err } = await viplab(['init', 'n1/keepalived.conf']);
    expect([code, err]).toEqual([2, expect.stringContaining('[file/missing]')]);
  });
});

describe('init without files', () => {
  test('writes a pair to start from, which can be run', async () => {
    const { code, out } = await viplab(['init']);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('wrote n1/keepalived.conf\nwrote n2/keepalived.conf\nwrote lab.yaml'),
    ]);
    expect((await readDesign('lab.yaml')).diagnostics).toEqual([]);
  });

  test('takes the configurations that are there', async () => {
    writePair();
    await viplab(['init']);
    expect(readFileSync('n1/keepalived.conf', 'utf8')).toBe(keepalivedConf(150, ['192.168.1.100']));
    expect(readFileSync('lab.yaml', 'utf8')).toContain('n2/keepalived.conf');
  });
});

describe('examples', () => {
  const names = listExamples().map(({ name }) => name);

  test('are listed with a sentence each', async () => {
    const { code, out } = await viplab(['examples']);
    expect(code).toBe(0);
    for (const name of names) expect(out).toMatch(new RegExp(`^${name}$`, 'm'));
    for (const example of listExamples()) expect(describeExample(example).about, example.name).not.toBe('');
    expect(widest(out)).toBeLessThanOrEqual(100);
    expect(names).toEqual(
      expect.arrayContaining([
        'segregated-vips',
        'equal-priority-flux',
        'equal-priority-flux/multicast-lost',
      ]),
    );
  });

  test('are all fit to be run', async () => {
    for (const { path, name } of listExamples()) {
      const { design, diagnostics } = await readDesign(path);
      expect(
        diagnostics.filter(({ severity }) => severity === 'error'),
        name,
      ).toEqual([]);
      expect(design?.name).toBe(name);
    }
  });

  test('are copied to be edited', async () => {
    const { code, out } = await viplab(['init', 'segregated-vips', 'my-lab']);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^copied segregated-vips to my-lab \(\d+ files\) {5}next: viplab run my-lab\n$/),
    ]);
    expect((await readDesign('my-lab')).diagnostics.filter(({ severity }) => severity === 'error')).toEqual(
      [],
    );
    expect(readFileSync('my-lab/lab.yaml', 'utf8')).not.toContain('../packages');
    const again = await viplab(['init', 'segregated-vips', 'my-lab']);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('exists and is not overwritten')]);
  });

  test('have variants that are copied with their folder', async () => {
    const { out } = await viplab(['init', 'equal-priority-flux/multicast-lost']);
    expect(out).toContain('next: viplab run equal-priority-flux/multicast-lost.yaml');
    expect((await readDesign('equal-priority-flux/multicast-lost.yaml')).design?.name).toBe(
      'equal-priority-flux/multicast-lost',
    );
  });

  test('take one folder to be copied to', async () => {
    expect((await viplab(['init', 'segregated-vips', 'a', 'b'])).code).toBe(2);
  });
});
