import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepalivedConf, viplab, widest } from './captured-terminal.fixture.js';

const LAB = `nodes:
  sw1: { kind: switch }
  n1: { address: 192.168.1.11/24, keepalived: n1/keepalived.conf }
  n2: { address: 192.168.1.12/24, keepalived: n2/keepalived.conf }
  c1: { address: 192.168.1.50/24, client: { request: "192.168.1.100:8080" } }
links: [[n1, sw1], [n2, sw1], [c1, sw1]]
`;

let folder = '';
const home = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viplab-cli-'));
  process.chdir(folder);
  for (const [name, priority] of [
    ['n1', 150],
    ['n2', 100],
  ] as const) {
    mkdirSync(name);
    writeFileSync(`${name}/keepalived.conf`, keepalivedConf(priority));
  }
  mkdirSync('empty');
  const files: Record<string, string | Uint8Array> = {
    'lab.yaml': LAB,
    'typo.yaml': LAB.replace('client:', 'cleint:'),
    'type.yaml': LAB.replace('[n1, sw1]', 'n1'),
    'duration.yaml': `${LAB}duration: 45\n`,
    'schedule.yaml': `${LAB}schedule: [{ at: 10s, do: power-off, node: n3 }]\n`,
    'twice.yaml': LAB.replace('  n2:', '  n1:'),
    'address.yaml': LAB.replace('1.12/', '1.11/'),
    'link.yaml': LAB.replace(', [c1, sw1]', ''),
    'nowhere.yaml': LAB.replace('[c1, sw1]', '[c1, sw9]'),
    'loop.yaml': LAB.replace(
      'kind: switch }',
      'kind: switch }\n  sw2: { kind: switch }\n  sw3: { kind: switch }',
    ).replace('[c1, sw1]]', '[c1, sw1], [sw1, sw2], [sw2, sw3], [sw3, sw1]]'),
    'missing.yaml': LAB.replace('n2/keepalived', 'n2/keepalive'),
    'notyaml.yaml': 'nodes: [',
    'bomb.yaml': `a: &a [${'x, '.repeat(20)}x]\nb: &b [${Array(20).fill('*a').join(', ')}]\nc: [${Array(20).fill('*b').join(', ')}]\n`,
    'binary.conf': new Uint8Array([1, 0, 3]),
    'huge.conf': '#'.repeat(10 * 1024 * 1024),
    'haproxy.cfg': 'global\n  maxconn 1\ndefaults\n  mode tcp\n',
    'typo.conf': keepalivedConf(150).replace('virtual_ipaddress', 'virtual_ipadress'),
    'range.conf': keepalivedConf(300),
    'empty.conf': '',
    'loop.conf': `${keepalivedConf(100)}include loop.conf\n`,
    notes: 'hello',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(name, content);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

describe('bad input ends with 2 and a diagnostic on stderr:', () => {
  test.each<[string, string[], RegExp]>([
    [
      'a missing file',
      ['run', 'none.conf'],
      /^none\.conf:1:1: error: there is no file none\.conf \[file\/missing\]/,
    ],
    ['a misspelt example', ['run', 'segregated-vip'], /did you mean the example segregated-vips\?/],
    ['a folder without a lab', ['run', 'empty'], /^empty:1:1: error: .*\[file\/no-lab\]/],
    ['a binary', ['run', 'binary.conf'], /\[file\/binary\]/],
    [
      'a huge file',
      ['run', 'huge.conf'],
      /is too large: 10\.0 MiB, at most 4 MiB is read \[file\/too-large\]/,
    ],
    [
      'another daemon',
      ['run', 'haproxy.cfg'],
      /configuration of HAProxy, which is not modelled yet\s+\[file\/not-modelled\]/,
    ],
    ['no configuration at all', ['run', 'notes'], /\[file\/unknown-kind\]/],
    ['an empty configuration', ['run', 'empty.conf'], /\[lab\/no-vip\]/],
    [
      'a misspelt keyword',
      ['run', 'typo.conf'],
      /^typo\.conf:6:5: error: unknown keyword 'virtual_ipadress'.*\n.*\n.*did you mean virtual_ipaddress\?/m,
    ],
    [
      'a value out of range',
      ['run', 'range.conf'],
      /^range\.conf:5:14: error: priority 300 .*\[conf\/out-of-range\]/,
    ],
    ['an include loop', ['run', 'loop.conf'], /\[conf\/include-loop\]/],
    ['a lab beside files', ['run', 'lab.yaml', 'n1/keepalived.conf'], /\[file\/mixed\]/],
    [
      'an unknown key',
      ['run', 'typo.yaml'],
      /^typo\.yaml:5:35: error: unknown key 'cleint'.*\n.*\n.*\^ did you mean client\?/,
    ],
    ['a wrong type', ['run', 'type.yaml'], /^type\.yaml:6:9: error: expected two ends/],
    [
      'a duration without unit',
      ['run', 'duration.yaml'],
      /^duration\.yaml:7:11: error: expected a duration with its unit/,
    ],
    [
      'a schedule for nobody',
      ['run', 'schedule.yaml'],
      /^schedule\.yaml:7:44: error: schedule names 'n3', did you mean n1\?/,
    ],
    ['a node twice', ['run', 'twice.yaml'], /^twice\.yaml:4:3: error: this key stands here twice/],
    ['an address twice', ['run', 'address.yaml'], /error: .*192\.168\.1\.11.*\[lab\/duplicate-address\]/],
    ['an address on no link', ['run', 'link.yaml'], /\[lab\/no-link\]/],
    ['a link to nowhere', ['run', 'nowhere.yaml'], /'sw9'.*\[lab\/unknown-node\]/],
    ['a loop of switches, to check', ['check', 'loop.yaml'], /loop/],
    [
      'a file that the lab names and that is not there',
      ['run', 'missing.yaml'],
      /^missing\.yaml:4:47: error: there is no file n2\/keepalive\.conf .*\n.*\n.*\^\n.*did you mean n2\/keepalived\.conf\?\n$/,
    ],
    ['no YAML', ['run', 'notyaml.yaml'], /\[lab\/yaml-syntax\]/],
    ['a YAML bomb', ['run', 'bomb.yaml'], /aliases unfold more than 100 times/],
    ['an unknown command', ['rnu'], /unknown command 'rnu'\n\(Did you mean run\?\)/],
    ['an unknown option', ['run', '--sed', '1'], /unknown option '--sed'\n\(Did you mean --seed\?\)/],
    ['an option without value', ['run', '--seed'], /argument missing/],
    ['a seed that is none', ['run', 'lab.yaml', '--seed', '-1'], /A seed is a whole number/],
    [
      'a duration that is none',
      ['run', 'lab.yaml', '--until', '45'],
      /^--until:1:1: error: '45' is not a duration/,
    ],
    ['no time at all', ['run', 'lab.yaml', '--until', '0s'], /cannot take no time/],
    [
      'an action that is none',
      ['run', 'lab.yaml', '--at', '10s power-of n1'],
      /^--at:1:1: error: unknown action 'power-of', did you mean power-off\?/,
    ],
    [
      'an action for nobody',
      ['run', 'lab.yaml', '--at', '10s power-off n3'],
      /there is no node 'n3' \(sw1 n1 n2 c1\).*\n.*\n.*did you mean n1\?/,
    ],
    ['an action without its node', ['run', 'lab.yaml', '--at', '10s power-off'], /power-off needs its node/],
    ['an action on no interface', ['run', 'lab.yaml', '--at', '10s unplug n1:eth7'], /eth7/],
    [
      'a log of nobody',
      ['run', 'lab.yaml', '--until', '1s', '--log', 'n9'],
      /no node 'n9' writes a log \(n1 n2\)/,
    ],
    ['lanes that do not exist', ['run', 'lab.yaml', '--lanes', 'none'], /--lanes knows 'all' only/],
    ['a token that is none', ['run', 'lab.yaml', '--replay', 'x'], /'x' is not a replay token/],
    [
      'a token of another lab',
      ['run', 'lab.yaml', '--replay', 'vl2-00000000-s1'],
      /the token is for lab 00000000; lab\.yaml is [0-9a-z]{8}/,
    ],
    [
      'a token and a seed',
      ['run', 'lab.yaml', '--replay', 'vl2-00000000-s1', '--seed', '1'],
      /leave --seed out/,
    ],
    [
      'a capture into a configuration',
      ['run', 'lab.yaml', '--pcap=n1/keepalived.conf'],
      /does not end in \.pcapng/,
    ],
    [
      'a format that does not exist',
      ['run', 'lab.yaml', '--format', 'xml'],
      /Allowed choices are text, github/,
    ],
    ['nothing, where there is no lab', ['run', 'empty/..', 'empty'], /./],
  ])('%s', async (_, words, complaint) => {
    const { code, out, err } = await viplab(words);
    expect(err).toMatch(complaint);
    expect([code, out]).toEqual([2, '']);
    expect(widest(err)).toBeLessThanOrEqual(100);
  });

  test('all of it at once, at most 20', async () => {
    writeFileSync(
      'many.yaml',
      `nodes:\n${Array.from({ length: 40 }, (_, index) => `  n${index}: { adress: 1 }\n`).join('')}`,
    );
    const { err } = await viplab(['run', 'many.yaml']);
    expect(err.match(/error: unknown key/g)).toHaveLength(20);
    expect(err).toMatch(/and 20 more\n40 errors\n$/);
  });

  test('as data with --json', async () => {
    const { code, out, err } = await viplab(['run', 'typo.yaml', '--json']);
    expect([code, err]).toEqual([2, '']);
    expect(JSON.parse(out)).toMatchObject({
      schema: 'viplab.run/1',
      verdict: null,
      diagnostics: [
        {
          severity: 'error',
          code: 'lab/unknown-key',
          file: 'typo.yaml',
          range: { start: { line: 5, column: 35 }, end: { line: 5, column: 41 } },
        },
      ],
    });
  });

  test('as annotations with --format github', async () => {
    const { code, out } = await viplab(['run', 'typo.yaml', '--format', 'github']);
    expect(code).toBe(2);
    expect(out).toMatch(
      /^::error file=typo\.yaml,line=5,col=35,endLine=5,endColumn=41,title=lab\/unknown-key::unknown key 'cleint'/,
    );
  });

  test('in colour only where it is wanted', async () => {
    expect((await viplab(['run', 'typo.yaml'], { env: { FORCE_COLOR: '1' } })).err).toContain(
      '\u001b[31merror',
    );
    expect(
      (await viplab(['run', 'typo.yaml'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).err,
    ).not.toContain('\u001b');
    expect(
      (await viplab(['run', 'typo.yaml', '--no-color'], { env: { FORCE_COLOR: '1' } })).err,
    ).not.toContain('\u001b');
  });

  test('and no command line is a bug of ours', async () => {
    const word = fc.constantFrom(
      ...[
        'run',
        'init',
        'examples',
        'lab.yaml',
        'n1',
        'n1/keepalived.conf',
        'typo.yaml',
        'empty',
        '',
        '-',
        '--',
        '-q',
        '-vv',
        '--json',
        '--log',
        '--log=',
        '--pcap',
        '--at',
        '10s stop n1',
      ],
      ...[
        '--seed',
        '3',
        '--until',
        '1s',
        '--replay',
        'vl2-00000000-s1',
        '--lanes',
        'all',
        '--ascii',
        '--mermaid',
        '--format',
        'github',
        '--out',
        'out',
        '--force',
        '-h',
        '--bogus',
        '\u0000',
        '__proto__',
      ],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (words) => {
        const { code, err } = await viplab(['run', '--until', '1s', ...words]);
        expect([0, 1, 2], err).toContain(code);
      }),
      { numRuns: 150 },
    );
  });

  test('and nothing that was given is changed', async () => {
    const before = readFileSync('n1/keepalived.conf', 'utf8');
    await viplab(['run', '--pcap', 'n1/keepalived.conf', '--until', '1s', '--at', '0s power-of n1']);
    expect(readFileSync('n1/keepalived.conf', 'utf8')).toBe(before);
  });
});
