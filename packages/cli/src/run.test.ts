import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepalivedConf, viplab, widest } from './captured-terminal.fixture.js';
import { demo } from './demo.js';

const FILES = ['n1/keepalived.conf', 'n2/keepalived.conf'];
const OFF_AND_ON = ['--at', '10s power-off n1', '--at', '25s power-on n1', '--until', '45s'];

let folder = '';
const home = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viplab-run-'));
  process.chdir(folder);
  for (const [name, priority] of [
    ['n1', 150],
    ['n2', 100],
  ] as const) {
    mkdirSync(name);
    writeFileSync(`${name}/keepalived.conf`, keepalivedConf(priority));
  }
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

describe('a run of two files', () => {
  test('prints who owned the VIP, what happened and who was hurt', async () => {
    const { code, out, err } = await viplab(['run', ...FILES, ...OFF_AND_ON]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^n1, n2: 192\.168\.1\.100 \(VI_1, priority 150\/100\) +seed 1\n/);
    expect(out).toContain(
      "inferred   nodes    n1 192.168.1.11, n2 192.168.1.12 (named by folder, addresses from the VIPs' /24)\n",
    );
    expect(out).toContain('to state them yourself:  viplab init n1/keepalived.conf n2/keepalived.conf\n');
    expect(out).toMatch(/^\.100 +n1 {3}─+█+╳+─+█+$/m);
    expect(out).toMatch(/^b +10\.000 {2}power-off n1/m);
    expect(out).toMatch(/^flaps\? {5}no flap {3}\.100 moved twice, each time for a cause/m);
    expect(out).toMatch(/^replay {5}viplab run n1\/keepalived\.conf n2\/keepalived\.conf --at /m);
    expect(out).toMatch(/--replay vl2-[0-9a-z]{8}-s1$/m);
    expect(widest(out)).toBeLessThanOrEqual(100);
  });

  test('is the same every time, and another with another seed', async () => {
    const [one, same, other] = await Promise.all(
      [['1'], ['1'], ['2']].map(([seed = '']) => viplab(['run', ...FILES, ...OFF_AND_ON, '--seed', seed])),
    );
    expect(same?.out).toBe(one?.out);
    expect(other?.out).not.toBe(one?.out);
  });

  test('is had again by its token', async () => {
    const first = await viplab(['run', ...FILES, ...OFF_AND_ON, '--seed', '7']);
    const token = /vl2-[0-9a-z]+-s7/.exec(first.out)?.[0] ?? '';
    const again = await viplab(['run', ...FILES, ...OFF_AND_ON, '--replay', token]);
    expect(again.out).toBe(first.out);
    const changed = await viplab(['run', ...FILES, '--replay', token]);
    expect([changed.code, changed.err]).toEqual([2, expect.stringContaining('the token is for lab')]);
  });

  test('prints a replay line that gives it again when it is pasted', async () => {
    const first = await viplab(['run', ...FILES, ...OFF_AND_ON]);
    const line = first.out.slice(first.out.indexOf('replay ') + 'replay'.length).replace(/\s+/g, ' ');
    const pasted = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    expect(pasted.slice(0, 2)).toEqual(['viplab', 'run']);
    expect((await viplab(pasted.slice(1))).out).toBe(first.out);
  });

  test.each([
    'killall -0 haproxy',
    'pidof nginx',
    'pgrep -x haproxy',
    '/usr/bin/test ! -e /tmp/down',
    '/bin/true',
    '/opt/check.sh',
  ])('of a file with the script %s needs no lab', async (script) => {
    mkdirSync('scripted', { recursive: true });
    const check = `vrrp_script chk {\n  script "${script}"\n  interval 2\n}\n`;
    const tracked = keepalivedConf(150).replace(
      /priority 150\n/,
      (line) => `${line}  track_script {\n    chk\n  }\n`,
    );
    writeFileSync('scripted/keepalived.conf', check + tracked);
    const { code, out, err } = await viplab(['run', 'scripted/keepalived.conf', '--until', '20s']);
    expect([code, err]).toEqual([0, expect.not.stringContaining('bug')]);
    expect(out).toContain('master of');
  });

  test('says in which line the files differ from those of a token', async () => {
    const flapping = ['run', ...FILES, '--at', '5s drop-multicast', '--until', '30s'];
    const first = await viplab(flapping);
    expect(first.code).toBe(1);
    const token = /vl2-[0-9a-z]+-s1/.exec(first.out)?.[0] ?? '';
    mkdirSync('other', { recursive: true });
    writeFileSync('other/keepalived.conf', keepalivedConf(100).replace('priority 100', 'priority 110'));
    const changed = await viplab(['run', 'n1/keepalived.conf', 'other/keepalived.conf', '--replay', token]);
    expect(changed.code).toBe(2);
  });

  test('that is not what was expected leaves its lab for its token', async () => {
    const words = [
      'run',
      ...FILES,
      '--at',
      '5s one-way-loss n1 n2 vrrp',
      '--at',
      '5s one-way-loss n2 n1 vrrp',
      '--until',
      '20s',
    ];
    const broken = await viplab(words);
    expect(broken.code).toBe(1);
    const token = /vl2-([0-9a-z]+)-s1/.exec(broken.out) ?? [];
    expect(broken.out).toContain(`.viplab/${token[1]}/lab.yaml`);
    const again = await viplab(['run', '--replay', token[0] ?? '', '--until', '20s']);
    expect([again.code, again.err]).toEqual([1, '']);
    const lanes = (out: string): string => out.slice(out.indexOf('           0s'), out.indexOf('flaps?'));
    expect(lanes(again.out)).toBe(lanes(broken.out));
    const unknown = await viplab(['run', '--replay', 'vl2-00000000-s1']);
    expect([unknown.code, unknown.err]).toEqual([
      2,
      expect.stringContaining('no lab here and no example is 00000000'),
    ]);
  });

  test('of an example is had again by its token alone', async () => {
    const first = await viplab(['run', 'segregated-vips', '--seed', '3']);
    const again = await viplab(['run', '--replay', /vl2-\S+/.exec(first.out)?.[0] ?? '']);
    expect(again.out).toBe(first.out);
  });

  test('has less with -q and more with -v and -vv', async () => {
    const lengths = await Promise.all(
      [['-q'], [], ['-v'], ['-vv']].map(
        async (flags) => (await viplab(['run', ...FILES, ...OFF_AND_ON, ...flags])).out.length,
      ),
    );
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect(new Set(lengths).size).toBeGreaterThanOrEqual(3);
    const quiet = await viplab(['run', ...FILES, ...OFF_AND_ON, '-q']);
    expect(quiet.out).toMatch(/^flaps\?/);
  });

  test('fits every terminal, in ASCII if it must', async () => {
    for (const columns of [40, 60, 79, 80, 100, 200]) {
      const { out } = await viplab(['run', ...FILES, ...OFF_AND_ON], { columns, env: { NO_COLOR: '1' } });
      expect(widest(out), `${columns} columns`).toBeLessThanOrEqual(Math.max(60, Math.min(columns, 100)));
      expect(/█/.test(out)).toBe(columns >= 80);
    }
    const { out } = await viplab(['run', ...FILES, ...OFF_AND_ON, '--ascii', '-v']);
    expect(out.match(/[^\n\x20-\x7e]/g)).toBeNull();
  });

  test('is coloured on a terminal only', async () => {
    expect((await viplab(['run', ...FILES, '--until', '5s'], { columns: 100 })).out).toContain('\u001b[');
    for (const [words, place] of [
      [[], {}],
      [['--no-color'], { columns: 100 }],
      [[], { columns: 100, env: { NO_COLOR: '1' } }],
      [[], { columns: 100, env: { TERM: 'dumb' } }],
    ] as const) {
      expect((await viplab(['run', ...FILES, '--until', '5s', ...words], place)).out).not.toContain('\u001b');
    }
  });

  test('prints JSON and nothing else', async () => {
    const { code, out, err } = await viplab(['run', ...FILES, ...OFF_AND_ON, '--json']);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({
      schema: 'viplab.run/1',
      vips: [{ ip: '192.168.1.100' }],
      verdict: { word: 'no-flap', expected: true },
    });
  });

  test('prints a diagram, and the logs of one node or all', async () => {
    expect((await viplab(['run', ...FILES, '--until', '5s', '--mermaid'])).out).toMatch(
      /^sequenceDiagram\n/m,
    );
    const [all, one] = await Promise.all(
      [['--log'], ['--log', 'n1']].map((flags) => viplab(['run', ...FILES, '--until', '5s', ...flags])),
    );
    expect(one?.out).toContain('(VI_1) Entering MASTER STATE');
    expect(all?.out.length).toBeGreaterThan(one?.out.length ?? 0);
    expect((await viplab(['run', '--log', 'n1', ...FILES, '--until', '5s'])).out).toBe(one?.out);
  });

  test('prints the life of one connection, as a text or as a diagram, and writes the diagram of the worst', async () => {
    const lab = 'failover-seen-by-a-client';
    const [worst, named, exact, diagram] = await Promise.all(
      [
        ['--connection'],
        ['--connection', 'kept'],
        ['--connection', 'kept#1', '-v', '--ascii'],
        ['--connection', '--mermaid'],
      ].map((flags) => viplab(['run', lab, ...flags])),
    );
    expect(worst?.code).toBe(0);
    expect(worst?.out).toMatch(/^kept#1 {5}kept to 192\.168\.1\.100:5432, from 192\.168\.1\.51:\d+\n/);
    expect(worst?.out).toContain(
      "n2's kernel has no such connection and answers with RST; kept sees ECONNRESET",
    );
    expect(named?.out).toBe(worst?.out);
    expect(exact?.out).toMatch(/^ {4}10\.000000 {2}power-off n1$/m);
    expect(diagram?.out).toMatch(/^sequenceDiagram\n {2}participant p0 as kept\n/);
    const { out } = await viplab(['run', lab, '--out', 'tcp']);
    expect(out).toContain('tcp/connection.mmd');
    expect(readFileSync('tcp/connection.mmd', 'utf8')).toBe(diagram?.out);
    const wrong = await viplab(['run', lab, '--connection', 'kpt#1']);
    expect([wrong.code, wrong.out]).toEqual([2, '']);
    expect(wrong.err).toContain('did you mean kept#1?');
  });

  test('of a run without TCP there is no life of a connection to print', async () => {
    writeFileSync(
      'udp.yaml',
      `nodes:
  n1: { address: 192.168.1.11/24, keepalived: n1/keepalived.conf }
  c1: { address: 192.168.1.50/24, client: { request: "192.168.1.100:8080" } }
`,
    );
    const { code, out, err } = await viplab(['run', 'udp.yaml', '--until', '5s', '--connection', 'c1#3']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('no client asked for a TCP connection in this run');
  });

  test('writes what is asked for', async () => {
    const { out } = await viplab(['run', ...FILES, '--until', '5s', '--out', 'out/deep', '--pcap']);
    const wrote = [
      'sw1.pcapng',
      ...['run.json', 'sw1.pcapng', 'run.mmd', 'n1.keepalived.log', 'n2.keepalived.log'].map(
        (name) => `out/deep/${name}`,
      ),
    ];
    for (const path of wrote) {
      expect(out).toContain(path);
      expect(existsSync(path), path).toBe(true);
    }
    // The block type of a pcapng section header.
    expect([...readFileSync('sw1.pcapng').subarray(0, 4)]).toEqual([0x0a, 0x0d, 0x0d, 0x0a]);
    await viplab(['run', '--pcap', 'mine.pcapng', ...FILES, '--until', '5s']);
    expect(readFileSync('mine.pcapng')).toEqual(readFileSync('sw1.pcapng'));
  });

  test('does not take a configuration for the file of a capture', async () => {
    rmSync('sw1.pcapng', { force: true });
    const { code } = await viplab(['run', '--pcap', ...FILES, '--until', '1s']);
    expect([code, existsSync('sw1.pcapng')]).toEqual([0, true]);
    expect(readFileSync('n1/keepalived.conf', 'utf8')).toBe(keepalivedConf(150));
  });

  test('that cannot be written is bad input', async () => {
    const { code, err } = await viplab(['run', ...FILES, '--until', '1s', '--out', 'n1/keepalived.conf']);
    expect([code, err]).toEqual([2, expect.stringMatching(/^--out:1:1: error: .*cannot be written/)]);
  });

  test('warns of what comes after its end', async () => {
    writeFileSync(
      'short.yaml',
      'nodes:\n  n1: { address: 192.168.1.11/24, keepalived: n1/keepalived.conf }\nduration: 5s\nschedule: [10s power-off n1]\n',
    );
    const { code, err } = await viplab(['run', 'short.yaml']);
    const { diagnostics } = JSON.parse((await viplab(['run', 'short.yaml', '--json'])).out) as {
      diagnostics: unknown;
    };
    expect(diagnostics).toEqual([
      expect.objectContaining({ severity: 'warning', code: 'lab/after-the-end', file: 'short.yaml' }),
    ]);
    expect([code, err]).toEqual([0, expect.stringMatching(/^short\.yaml:4:12: warning: .*after the end/)]);
  });

  test('goes on like the daemon if it is told to', async () => {
    mkdirSync('odd', { recursive: true });
    writeFileSync('odd/keepalived.conf', keepalivedConf(120).replace('priority', 'colour red\n    priority'));
    expect((await viplab(['run', 'odd/keepalived.conf', '--until', '5s'])).code).toBe(2);
    const { code, err } = await viplab(['run', 'odd/keepalived.conf', '--until', '5s', '--like-daemon']);
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/^odd\/keepalived\.conf:5:5: warning: unknown keyword 'colour'/),
    ]);
  });
});

describe('a lab', () => {
  test('that expects what happens ends with 0, and with 1 if it does not happen', async () => {
    const lab = (expected: string) =>
      `nodes:\n  n1: { address: 192.168.1.11/24, keepalived: n1/keepalived.conf }\n  n2: { address: 192.168.1.12/24, keepalived: n2/keepalived.conf }\nduration: 20s\nexpect: [${expected}]\n`;
    writeFileSync('calm.yaml', lab('no-flap'));
    writeFileSync('wild.yaml', lab('flux'));
    expect((await viplab(['run', 'calm.yaml', '-q'])).code).toBe(0);
    expect((await viplab(['run', 'wild.yaml', '-q'])).code).toBe(1);
  });

  test('with a loop of switches ends in a storm that is named, with 1; a check of it is refused with 2', async () => {
    const nodes = [
      'sw1: { kind: switch }',
      'sw2: { kind: switch }',
      'n1: { address: 192.168.1.11/24, keepalived: n1/keepalived.conf }',
      'n2: { address: 192.168.1.12/24, keepalived: n2/keepalived.conf }',
    ];
    const links = ['[n1, sw1]', '[n2, sw2]', '["sw1:a", "sw2:a"]', '["sw1:b", "sw2:b"]'];
    writeFileSync(
      'looped.yaml',
      `nodes:\n  ${nodes.join('\n  ')}\nlinks:\n${links.map((link) => `  - ${link}\n`).join('')}duration: 20s\n`,
    );
    const { code, out, err } = await viplab(['run', 'looped.yaml']);
    expect(err).toContain('lab/loop');
    expect(out).toMatch(/^flaps\? {5}BROADCAST-STORM one frame circles in the loop sw/m);
    expect(code).toBe(1);
    const json = await viplab(['run', 'looped.yaml', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ verdict: { word: 'broadcast-storm' } });
    const swept = await viplab(['check', 'looped.yaml']);
    expect([swept.code, swept.err]).toEqual([2, expect.stringContaining('lab/broadcast-storm')]);
  });

  test('that comes with viplab shows flux and expects it', async () => {
    const { code, out } = await viplab(['run', 'equal-priority-flux/multicast-lost']);
    expect(code).toBe(0);
    expect(out).toMatch(/^flaps\? {5}FLUX/m);
    expect(out).toMatch(/multicast-lost\.yaml:12:10/);
  });

  test('in this folder needs no name, and init makes one', async () => {
    await viplab(['init', ...FILES]);
    const { code, out } = await viplab(['run', '--until', '20s']);
    expect([code, out]).toEqual([0, expect.stringContaining('no flap')]);
  });
});

test('the demo runs three labs, one of them broken', async () => {
  let out = '';
  await demo({
    out: (text) => {
      out += text;
    },
    err: () => undefined,
    columns: undefined,
    errorColumns: undefined,
    env: {},
  });
  expect(out.split('\n').map((line) => line.slice(0, 56).trimEnd())).toEqual([
    'segregated-vips, n1 loses power and returns   no flap',
    'equal-priority-flux, healthy LAN              no flap',
    'equal-priority-flux, multicast lost           FLUX',
    expect.stringMatching(/^next {4}npx viplab run/),
    '',
  ]);
});
