import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepalivedConf, viplab, widest } from '../captured-terminal.fixture.js';
import { listExamples } from '../examples-folder.js';

const PAIR = ['n1/keepalived.conf', 'n2/keepalived.conf'];

let folder = '';
const home = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viplab-lint-'));
  process.chdir(folder);
  const files: Record<string, string> = {
    'n1/keepalived.conf': keepalivedConf(150),
    'n2/keepalived.conf': keepalivedConf(100),
    'equal/keepalived.conf': keepalivedConf(150),
    'db/keepalived.conf': keepalivedConf(90, ['192.168.1.150/24']),
    'fast/keepalived.conf': keepalivedConf(100).replace('priority 100', 'priority 100\n    advert_int 2'),
    'master/keepalived.conf': keepalivedConf(150).replace('state BACKUP', 'state MASTER\n    nopreempt'),
    'typo/keepalived.conf': keepalivedConf(100).replace('priority', 'priorty'),
    'both/keepalived.conf': keepalivedConf(150).replace(
      'state BACKUP',
      'state MASTER\n    nopreempt\n    priorty 1',
    ),
    'accepted/keepalived.conf': keepalivedConf(150).replace(
      '    priority',
      '    # viplab: accept vrrp/equal-priority because lab only\n    priority',
    ),
    'crlf/keepalived.conf': keepalivedConf(150).replaceAll('\n', '\r\n'),
    'includes/keepalived.conf': 'include conf.d/*.conf\n',
    'includes/conf.d/vrrp.conf': keepalivedConf(150),
    'labs/lab.yaml': `nodes:
  n1: { address: 192.168.1.11/24, keepalived: ../n1/keepalived.conf }
  n2: { address: 192.168.1.12/24, keepalived: { conf: "${keepalivedConf(150).replaceAll('\n', '\\n')}" } }
`,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(name, '..'), { recursive: true });
    writeFileSync(name, text);
  }
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const conf = (...nodes: readonly string[]): string[] => nodes.map((node) => `${node}/keepalived.conf`);

describe('the text', () => {
  test('of a healthy pair is one line', async () => {
    expect(await viplab(['lint', ...PAIR])).toEqual({ code: 0, out: 'nothing found in 2 files\n', err: '' });
  });

  test('has place, code, caret, what it means, the cure, and a summary', async () => {
    const { code, out, err } = await viplab(['lint', ...conf('n1', 'equal', 'fast', 'db')]);
    expect([code, err]).toEqual([1, '']);
    expect(out).toBe(
      `equal/keepalived.conf:5:14: warning: priority 150, the same as n1 [vrrp/equal-priority]
    5 |     priority 150
      |              ^^^ n1/keepalived.conf:5:14 says 150 too
  means: who boots first stays master; lost adverts make two after 3.41 s, and once they are heard
         again the VIP stays with the higher address, equal's, wherever it was before
  cure:  priority 99
fast/keepalived.conf:6:16: error: advert_int 2 differs from n1's [vrrp/interval-mismatch]
    6 |     advert_int 2
      |                ^ n1/keepalived.conf:1:15: 1 s by default
  means: each drops the other's adverts: n1 master at 3.41 s, fast at 6.61 s, both for good; fast
         falls silent, since each advert that it drops puts its own off by 2 s
  cure:  advert_int 1
db/keepalived.conf:4:23: error: VRID 51 is used by another cluster on this LAN
    [vrrp/vrid-reused]
    4 |     virtual_router_id 51
      |                       ^^ n1, equal, fast: VI_1 with .100; here VI_1 with .150
  means: the clusters reject each other's adverts, and each rejected one restarts a master's advert
         timer: a master can fall silent, and if it is that of n1, equal, fast its backup takes over
         3.41 s later
  cure:  virtual_router_id 52 (free: all but 51)
  cure:  the same virtual_ipaddress in both, if n1, equal, fast and db are meant to be one cluster
  note:  n1/keepalived.conf:4:23: n1 has VRID 51 for 192.168.1.100
  note:  equal/keepalived.conf:4:23: equal has VRID 51 for 192.168.1.100
  note:  fast/keepalived.conf:4:23: fast has VRID 51 for 192.168.1.100
2 errors, 1 warning in 4 files                         watch one: viplab explain vrrp/equal-priority --run
`.replace(/ +watch/, (blanks) => blanks.slice(6)),
    );
    expect(widest(out)).toBeLessThanOrEqual(100);
  });

  test('is the same twice, and coloured on a terminal only', async () => {
    const words = ['lint', ...conf('n1', 'equal')];
    const [one, two] = [await viplab(words), await viplab(words)];
    expect(two).toEqual(one);
    const coloured = await viplab(words, { columns: 100, env: { TERM: 'xterm' } });
    expect(coloured.out).toContain('\u001b[33mwarning');
    expect((await viplab([...words, '--no-color'], { columns: 100 })).out).toBe(one.out);
  });

  test('points into included files, and shows the line', async () => {
    const { out } = await viplab(['lint', ...conf('n1', 'includes')]);
    expect(out).toContain('includes/conf.d/vrrp.conf:5:14: warning: priority 150, the same as n1');
    expect(out).toContain('    5 |     priority 150\n      |              ^^^ n1/keepalived.conf:5:14');
    expect(out).toContain('1 warning in 3 files');
  });

  test('of a file with CRLF is that of one without', async () => {
    const [crlf, plain] = [
      await viplab(['lint', ...conf('n1', 'crlf')]),
      await viplab(['lint', ...conf('n1', 'equal')]),
    ];
    expect(crlf.out).toBe(plain.out.replaceAll('equal/', 'crlf/').replace("equal's", "crlf's"));
  });

  test('of a lab.yaml names files from where the command is given, and texts inside it by their node', async () => {
    const { code, out } = await viplab(['lint', 'labs']);
    expect(code).toBe(0);
    expect(out).toContain('n2/keepalived.conf:5:14: warning: priority 150, the same as n1');
    expect(out).toContain('^^^ n1/keepalived.conf:5:14 says 150 too');
    expect(out).toContain('    5 |     priority 150');
  });

  test('without arguments is of the lab.yaml that is here', async () => {
    process.chdir('labs');
    const { out } = await viplab(['lint']);
    process.chdir('..');
    expect(out).toContain('^^^ ../n1/keepalived.conf:5:14 says 150 too');
  });
});

describe('the exit code', () => {
  test.each([
    [0, 'nothing', ['n1', 'n2'], []],
    [0, 'a warning', ['n1', 'equal'], []],
    [1, 'a warning, --strict', ['n1', 'equal'], ['--strict']],
    [1, 'an error', ['n1', 'fast'], []],
    [0, 'an accepted warning, --strict', ['n1', 'accepted'], ['--strict']],
    [2, 'a file that keepalived would refuse', ['n1', 'typo'], []],
    [2, 'such a file beside a finding', ['both', 'n2'], []],
    [0, 'such a file, --like-daemon', ['n1', 'typo'], ['--like-daemon']],
    [2, 'a file that is not there', ['n1', 'nowhere'], []],
  ])('is %i for %s', async (code, _, nodes, options) => {
    expect((await viplab(['lint', ...conf(...nodes), ...options])).code).toBe(code);
  });

  test('is 2 for an unknown option, and the near one is named', async () => {
    const { code, err } = await viplab(['lint', '--stict']);
    expect([code, err]).toEqual([2, expect.stringContaining('--strict')]);
  });
});

test('nopreempt beside state MASTER, which keepalived -t refuses, is a finding and not bad input', async () => {
  const { code, out, err } = await viplab(['lint', ...conf('master', 'n2')]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain(
    'master/keepalived.conf:3:5: warning: nopreempt has no effect beside state MASTER\n    [vrrp/nopreempt-master]',
  );
  expect(out).toContain('keepalived drops it because of line 2: state MASTER');
  expect(out).not.toContain('conf/conflict');
  expect(out).toContain('1 warning in 2 files');
});

describe('--json', () => {
  test('prints the findings as data, and nothing else', async () => {
    const { code, out, err } = await viplab(['lint', ...conf('n1', 'fast'), '--json']);
    expect([code, err]).toEqual([1, '']);
    const result = JSON.parse(out) as { diagnostics: { code: string }[] };
    expect(result).toMatchObject({ schema: 'viplab.lint/1', errors: 1, warnings: 0, files: 2 });
    expect(result.diagnostics.find(({ code: each }) => each === 'vrrp/interval-mismatch')).toMatchObject({
      severity: 'error',
      file: 'fast/keepalived.conf',
      range: { start: { line: 6, column: 16 }, end: { line: 6, column: 17 } },
      means: expect.stringContaining('both for good'),
      cures: [
        {
          title: 'advert_int 1',
          edits: [{ range: { start: { line: 6, column: 16 }, end: { line: 6, column: 17 } }, text: '1' }],
        },
      ],
      related: [{ file: 'n1/keepalived.conf', message: 'n1: 1 s by default' }],
    });
    expect(`${JSON.stringify(JSON.parse(out), null, 2)}\n`).toBe(out);
  });
});

test('--format github prints annotations, and nothing where there is nothing', async () => {
  const { out } = await viplab(['lint', ...conf('n1', 'fast'), '--format', 'github']);
  expect(out).toMatch(
    /^::error file=fast\/keepalived\.conf,line=6,col=16,endLine=6,endColumn=17,title=vrrp\/interval-mismatch::advert_int 2 differs from n1's%0Aeach drops/m,
  );
  const healthy = await viplab(['lint', ...PAIR, '--format', 'github']);
  expect(healthy.out).not.toMatch(/::(error|warning)/);
});

test('the files are left as they are', async () => {
  const before = readFileSync('fast/keepalived.conf', 'utf8');
  await viplab(['lint', ...conf('n1', 'fast')]);
  expect(readFileSync('fast/keepalived.conf', 'utf8')).toBe(before);
});

test('what it says about each example', async () => {
  const said = await Promise.all(
    listExamples().map(async ({ name, path }) => {
      const { out } = await viplab(['lint', path, '--json']);
      const { diagnostics } = JSON.parse(out) as {
        diagnostics: { file: string; code: string; severity: string }[];
      };
      const codes = diagnostics
        .filter(({ severity }) => severity !== 'note')
        .map(({ file, code, severity }) => `${file.split('/').at(-2)} ${severity} ${code}`);
      return [name, codes] as const;
    }),
  );
  const equal = ['n2 warning vrrp/equal-priority'];
  const equalSkew = ['fw2 warning carp/equal-skew'];
  const sharedVhid = ['fw1 error carp/vhid-reused', 'fw2 error carp/vhid-reused'];
  expect(Object.fromEntries(said)).toEqual({
    'carp-balancing-ip': [],
    'carp-balancing-ip/stealth': [],
    'carp-balancing-ip/unicast': [
      'fw1 error carp/ip-unicast-on-switch',
      'fw2 error carp/ip-unicast-on-switch',
    ],
    'carp-equal-skew': equalSkew,
    'carp-equal-skew/later': equalSkew,
    'carp-equal-skew/partition': equalSkew,
    'carp-equal-skew/partition-timer-first': equalSkew,
    'carp-equal-skew/ticks': equalSkew,
    'carp-meets-vrrp': sharedVhid,
    'carp-meets-vrrp/slower': sharedVhid,
    'carp-pair': [],
    'carp-pair/cable': [],
    'carp-pair/reboot': [],
    'carp-two-vhids-freebsd': [],
    'carp-two-vhids-freebsd/no-preempt': [
      'fw1 warning carp/split-without-preempt',
      'fw2 warning carp/split-without-preempt',
    ],
    'equal-priority-flux': equal,
    'equal-priority-flux/multicast-lost': equal,
    'equal-priority-flux/multicast-lost-databases': equal,
    'equal-priority-flux/multicast-lost-silent': equal,
    'equal-priority-flux/multicast-lost-vmac': equal,
    'equal-priority-flux/one-way-loss': equal,
    'failover-seen-by-a-client': [],
    'frozen-master': [],
    'garp-lost': [],
    'igmp-snooping-split-brain': [],
    'ipv6-vrrp': [],
    'killed-not-stopped': [],
    'multihomed-arp-flux': [],
    'segregated-vips': [],
    'stp-boot-dual-master': [],
    'ticket-short-freeze': [],
    'ticket-three-equal-stop': ['n3 warning vrrp/equal-priority'],
    'track-script-too-light': ['n1 warning vrrp/check-outlasts-timers', 'n1 error vrrp/weight-too-light'],
    'ucarp-pair': [],
    'ucarp-pair/equal': ['n2 warning carp/equal-skew'],
    'ucarp-pair/power-off': [],
    'vrid-collision': ['d1 error vrrp/vrid-reused', 'd2 error vrrp/vrid-reused'],
  });
});
