import { describe, expect, test } from 'vitest';
import { formatIp } from '../../../wire/index.js';
import { type ReadUcarpOptions, readUcarpCommand } from './read-ucarp-command.js';

const SCRIPTS = '-u ./vip-up.sh -d ./vip-down.sh';
const GOOD = `ucarp -i eth0 -s 192.168.1.11 -v 1 -p secret -a 192.168.1.100 ${SCRIPTS}`;
const read = (text: string, options: Partial<ReadUcarpOptions> = {}) =>
  readUcarpCommand(text, { file: 'n1/ucarp', ...options });
const without = (...letters: string[]): string =>
  GOOD.replace(new RegExp(` -[${letters.join('')}] \\S+`, 'g'), '');
const said = (text: string, options: Partial<ReadUcarpOptions> = {}): string[] =>
  read(text, options).diagnostics.map(
    ({ severity, code, message, range }) => `${severity} ${range.start.column} ${code} ${message}`,
  );

describe('a good command', () => {
  test('and what is left out', () => {
    const { config, diagnostics, assumedScripts } = read(GOOD);
    expect(diagnostics).toEqual([]);
    expect(assumedScripts).toEqual(['./vip-up.sh', './vip-down.sh']);
    expect(config).toMatchObject({
      interface: 'eth0',
      vhid: 1,
      password: 'secret',
      advbase: 1,
      advskew: 0,
      deadRatio: 3,
      preempt: false,
      neutral: false,
      downAtExit: false,
      ignoresLinkState: false,
      noMulticast: false,
      extra: null,
      upScript: {
        path: './vip-up.sh',
        changes: [{ op: 'add', address: null, prefixLength: null, interface: null }],
      },
      downScript: { changes: [{ op: 'remove' }] },
    });
    expect(
      [config?.source, config?.address, config?.multicastGroup].map((each) => formatIp(each ?? (0 as never))),
    ).toEqual(['192.168.1.11', '192.168.1.100', '224.0.0.18']);
    expect(config?.origin['v']).toEqual({
      file: 'n1/ucarp',
      range: { start: { line: 1, column: 34 }, end: { line: 1, column: 35 } },
    });
  });

  test('long options, with = and shortened as far as they stay unique', () => {
    const { config, diagnostics } = read(
      'ucarp --interface=eth1 --srcip 10.0.0.1 --vhid=7 --pass=x --addr=10.0.0.9 --advb=2 --advsk 50 --dead=5 ' +
        '--preempt --neut --shut --ignore --nomcast --mcast=224.0.0.77 --xparam=a=b --daemonize --debug ' +
        '--facility=LOCAL3 --up=./u --down=./d',
    );
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({
      interface: 'eth1',
      vhid: 7,
      advbase: 2,
      advskew: 50,
      deadRatio: 5,
      preempt: true,
      neutral: true,
      downAtExit: true,
      ignoresLinkState: true,
      noMulticast: true,
      extra: 'a=b',
    });
    expect(formatIp(config?.multicastGroup ?? (0 as never))).toBe('224.0.0.77');
  });

  test('clusters, the last of two counts, operands and what follows -- are nothing', () => {
    const { config } = read(`${GOOD} -PzB -v2 -k 10 -k20 -Sn -x -P`);
    expect(config).toMatchObject({
      preempt: true,
      downAtExit: true,
      ignoresLinkState: true,
      neutral: true,
      vhid: 2,
      advskew: 20,
      extra: '-P',
    });
    expect(said(`${GOOD} now -- -P`)).toEqual([
      "warning 95 conf/extra-words unexpected 'now'",
      "warning 102 conf/extra-words unexpected '-P'",
    ]);
    expect(read(`${GOOD} -- -P`).config?.preempt).toBe(false);
  });

  test('0x10 is 16', () => {
    expect(read(GOOD.replace('-v 1', '-v 0x10')).config?.vhid).toBe(16);
  });
});

describe('where a command stands', () => {
  test('a script: comments, continuation, quotes, variables, another program in front', () => {
    const script = `#!/bin/sh
# ucarp -v 9 is not meant
VIP=192.168.1.100
PASS='it is secret'
exec /usr/sbin/ucarp --interface=eth0 -s 192.168.1.11 \\
  -v 1 -p "$PASS" \\
  -a \${VIP} ${SCRIPTS} > /dev/null 2>&1 &
`;
    const { config, diagnostics } = read(script);
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({ vhid: 1, password: 'it is secret' });
    expect(formatIp(config?.address ?? (0 as never))).toBe('192.168.1.100');
    expect(config?.origin['v']?.range.start).toEqual({ line: 6, column: 6 });
  });

  test('a systemd unit', () => {
    const unit = `[Unit]
Description=ucarp for the shop's address
[Service]
ExecStart=-/usr/sbin/ucarp -i eth0 -s 192.168.1.11 -v 1 \\
    -p secret -a 192.168.1.100 ${SCRIPTS}
Restart=always
`;
    const { config, diagnostics } = read(unit);
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({ vhid: 1, password: 'secret' });
    expect(config?.origin['p']?.range.start).toEqual({ line: 5, column: 8 });
  });

  test('start-stop-daemon, options alone', () => {
    expect(read(`start-stop-daemon --start --exec /usr/sbin/ucarp -- ${GOOD.slice(6)}`).config?.vhid).toBe(1);
    expect(read(GOOD.slice(6)).config?.vhid).toBe(1);
  });

  test('none, several, and what only a shell could tell', () => {
    expect(said('keepalived -n\n')).toEqual(['error 1 conf/no-command there is no ucarp command here']);
    expect(said(`${GOOD}\n${GOOD}`)).toEqual([
      'warning 1 conf/not-modelled a second ucarp command is not modelled here',
    ]);
    expect(said(GOOD.replace('192.168.1.11 ', '$(hostname -I) '))).toEqual([
      'error 18 conf/unknown-value $(hostname -I) is not known here',
    ]);
    expect(said(`${GOOD} "`)[0]).toContain('conf/unclosed-quote');
  });
});

describe('what makes ucarp exit', () => {
  test.each([
    [without('s'), 'error 1 conf/missing-value ucarp needs a source address: -s'],
    [
      GOOD.replace('192.168.1.11 ', '0.0.0.0 '),
      'error 18 conf/missing-value ucarp needs a source address: -s',
    ],
    [
      GOOD.replace('192.168.1.11 ', '192.168.1.300 '),
      "error 18 conf/bad-value '192.168.1.300' is not an IPv4 address",
    ],
    [
      GOOD.replace('192.168.1.100', '192.168.1.100/24'),
      "error 49 conf/bad-value '192.168.1.100/24' is not an IPv4 address",
    ],
    [without('v'), 'error 1 conf/missing-value ucarp needs a virtual host id: -v'],
    [GOOD.replace('-v 1', '-v 256'), 'error 34 conf/out-of-range vhid 256 is out of range 1..255'],
    [GOOD.replace('-v 1', '-v 0'), 'error 34 conf/out-of-range vhid 0 is out of range 1..255'],
    [GOOD.replace('-v 1', '-v -1'), 'error 34 conf/out-of-range vhid -1 is out of range 1..255'],
    [GOOD.replace('-v 1', '-v one'), 'error 34 conf/out-of-range vhid one is out of range 1..255'],
    [without('p'), 'error 1 conf/missing-value ucarp needs a password: -p'],
    [GOOD.replace('secret', "''"), 'error 39 conf/missing-value ucarp needs a password: -p'],
    [GOOD.replace('secret', 'x'.repeat(20)), 'error 39 conf/bad-value a password of 20 bytes is too long'],
    [without('a'), 'error 1 conf/missing-value ucarp needs a virtual address: -a'],
    [`${GOOD} -b 0`, 'error 98 conf/bad-value advbase 0 and advskew 0 leave no time between adverts'],
    [`${GOOD} -r 0`, 'error 98 conf/out-of-range dead ratio 0 is zero'],
    [`${GOOD} -r much`, 'error 98 conf/out-of-range dead ratio much is zero'],
    [`${GOOD} --mcastip=nowhere`, "error 105 conf/bad-value 'nowhere' is not an IPv4 address"],
    [`${GOOD} --mcastip=10.0.0.1`, 'error 105 conf/bad-value the group is no multicast address'],
    [`${GOOD} -m 224.0.0.1`, 'error 95 conf/unknown-keyword ucarp has no option -m'],
    [`${GOOD} -Q`, 'error 95 conf/unknown-keyword ucarp has no option -Q'],
    [`${GOOD} --premept`, 'error 95 conf/unknown-keyword ucarp has no option --premept'],
    [`${GOOD} --adv=1`, 'error 95 conf/bad-value --adv could be --advbase, --advskew'],
    [`${GOOD} --preempt=1`, 'error 95 conf/bad-value --preempt takes no value'],
    [`${GOOD} -k`, 'error 95 conf/bad-value -k needs a value'],
    [`${GOOD} --advskew`, 'error 95 conf/bad-value --advskew needs a value'],
    [`${GOOD} -h`, 'error 95 conf/bad-value ucarp is asked for help'],
    ['ucarp', 'error 1 conf/missing-value ucarp without options'],
    [`${GOOD} -o /etc/pass`, 'error 98 conf/missing-file the password file /etc/pass is not there'],
    [
      GOOD.replace('eth0', 'averyverylongname'),
      'error 10 conf/bad-value interface name averyverylongname is too long',
    ],
  ])('%s', (command, complaint) => {
    const { config, diagnostics } = read(command);
    expect(config).toBeNull();
    expect(said(command).filter((text) => text.startsWith('error'))[0]).toBe(complaint);
    expect(diagnostics.every(({ means }) => means !== undefined)).toBe(true);
    const like = read(command, { likeDaemon: true });
    expect(like.config).toBeNull();
    expect(like.diagnostics.some(({ severity }) => severity === 'error')).toBe(false);
  });

  test('--mcastip is what -m is called in the help; a prefix length is cut off', () => {
    expect(read(`${GOOD} -m 224.0.0.1`).diagnostics[0]).toMatchObject({
      hint: 'did you mean --mcastip?',
      means: 'ucarp prints its usage and exits with code 0: nobody runs, and nothing says so',
    });
    expect(read(GOOD.replace('.100', '.100/24')).diagnostics[0]?.cures?.[0]?.title).toBe('192.168.1.100');
  });

  test('an interface that the host has not', () => {
    expect(read(GOOD.replace('eth0', 'eht0'), { interfaces: ['eth0', 'eth1'] }).diagnostics[0]).toMatchObject(
      {
        code: 'conf/unknown-interface',
        hint: 'did you mean eth0?',
      },
    );
    expect(read(GOOD, { interfaces: ['eth0'] }).config).not.toBeNull();
  });

  test('several faults are told at once', () => {
    expect(said('ucarp -i eth0 -v 300 -s x')).toHaveLength(2);
  });
});

describe('what ucarp takes otherwise than it looks', () => {
  test.each([
    ['-k 256', { advskew: 0 }, 'advskew 256 is out of range 0..255', 'it runs with advskew 0'],
    ['-k 300', { advskew: 44 }, 'advskew 300 is out of range 0..255', 'it runs with advskew 44'],
    ['-k -1', { advskew: 255 }, 'advskew -1 is out of range 0..255', 'it runs with advskew 255'],
    ['-k fast', { advskew: 0 }, "'fast' is not a number", 'ucarp reads advskew 0'],
    ['-k 12x', { advskew: 12 }, "'12x' is not a number", 'ucarp reads advskew 12'],
    ['-k 010', { advskew: 8 }, '010 is octal', 'ucarp reads advskew 8'],
    ['-b 257', { advbase: 1 }, 'advbase 257 is out of range 0..255', 'it runs with advbase 1'],
    ['-b 255 -k 255', { advbase: 255 }, 'advbase 255 with advskew 255 is a farewell', 'none after it'],
    ['-r -1', { deadRatio: 4_294_967_295 }, null, ''],
    ['-f nowhere', {}, "there is no syslog facility 'nowhere'", 'goes on with daemon'],
  ])('%s', (more, config, message, means) => {
    const found = read(`${GOOD} ${more}`);
    expect(found.config).toMatchObject(config);
    const [complaint] = found.diagnostics;
    if (message === null) expect(complaint).toBeUndefined();
    else {
      expect(complaint).toMatchObject({ severity: 'warning', message });
      expect(complaint?.means).toContain(means);
    }
  });

  test('no interface, no scripts', () => {
    expect(read(without('i'), { interfaces: ['ens3', 'ens4'] }).config?.interface).toBe('ens3');
    expect(said(without('i'))).toEqual(['warning 1 conf/no-interface no interface is given: -i']);
    const bare = read(without('u', 'd'));
    expect(bare.config).toMatchObject({ upScript: null, downScript: null });
    expect(bare.diagnostics.map(({ means }) => means)).toEqual([
      'ucarp adds no address by itself: a master advertises and announces it, and nobody has it',
      'ucarp removes no address by itself: a master that yields keeps it, and two hosts have it',
    ]);
    expect(said(`${without('u')} --upscript=`)).toHaveLength(1);
  });

  test('a password file: its first line', () => {
    const files = { '/etc/ucarp.pass': 'from a file\nand more\n' };
    expect(read(`${without('p')} -o /etc/ucarp.pass`, { scripts: files }).config?.password).toBe(
      'from a file',
    );
    expect(read(`${GOOD} -o /etc/ucarp.pass`, { scripts: files }).config?.password).toBe('from a file');
    expect(said(`${without('p')} -o /etc/ucarp.pass`, { scripts: { '/etc/ucarp.pass': '' } })).toContain(
      'error 88 conf/bad-value /etc/ucarp.pass is empty',
    );
  });
});
