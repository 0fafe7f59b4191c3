import { describe, expect, test } from 'vitest';
import { formatIpCidr, formatMac } from '../../../wire/index.js';
import { readCarpFiles } from './read-carp-files.js';
import { complaintsOf, messagesOf, originsOf, summariesOf } from './testing/read-files.js';

const NIC = 'inet 192.0.2.11 255.255.255.0 NONE\n';
const carp = (text: string, more: Readonly<Record<string, string>> = {}) =>
  readCarpFiles({ 'hostname.em0': NIC, 'hostname.carp0': text, ...more });
const LINE = 'inet 192.0.2.1 255.255.255.0 192.0.2.255 vhid 1 carpdev em0';

describe('hostname.if(5)', () => {
  test.each([
    [
      `${LINE} advbase 1 advskew 100 pass mekmitasdigoat`,
      "carp0 on em0 1:100 base 1 pass 'mekmitasdigoat' 192.0.2.1/24",
    ],
    [
      `${LINE} pass x\ninet alias 192.0.2.9 255.255.255.255`,
      "carp0 on em0 1:0 base 1 pass 'x' 192.0.2.1/24 192.0.2.9/32",
    ],
    [
      `${LINE} pass x\ninet6 2001:db8::1 64\ninet6 alias 2001:db8::2 128`,
      "carp0 on em0 1:0 base 1 pass 'x' 192.0.2.1/24 2001:db8::1/64 2001:db8::2/128",
    ],
    [
      'inet 192.0.2.10 255.255.255.0 NONE carpdev em0 carpnodes 1:0,2:100 balancing ip',
      "carp0 on em0 1:0,2:100 base 1 pass '' 192.0.2.10/24 balancing ip",
    ],
    ['vhid 7 carpdev em0 pass x\ninet 192.0.2.1/24', "carp0 on em0 7:0 base 1 pass 'x' 192.0.2.1/24"],
    ['vhid 7 carpdev em0 pass x 192.0.2.1/24', "carp0 on em0 7:0 base 1 pass 'x' 192.0.2.1/24"],
    ['inet 192.0.2.1 0xffffff00 NONE vhid 1 carpdev em0', "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24"],
    [
      '# a comment\n\n  # another\nvhid 1 carpdev em0 # behind\n192.0.2.1/24 # and here',
      "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24",
    ],
    [
      'up\nvhid 1 carpdev em0 \\\n  advskew 5\ninet 192.0.2.1/24',
      "carp0 on em0 1:5 base 1 pass '' 192.0.2.1/24",
    ],
    ["vhid 1 carpdev em0 pass 'a b' 192.0.2.1/24", "carp0 on em0 1:0 base 1 pass 'a b' 192.0.2.1/24"],
    [
      'vhid 1 carpdev em0 pass a\\\\b\\c"  d" 192.0.2.1/24',
      "carp0 on em0 1:0 base 1 pass 'abc d' 192.0.2.1/24",
    ],
    [`${LINE} pass x\r\nstate backup\r\n`, "carp0 on em0 1:0 base 1 pass 'x' 192.0.2.1/24 state backup"],
    [`${LINE}\nstate MASTER`, "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24 state master"],
    [`${LINE} carppeer 192.0.2.12`, "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24 peer 192.0.2.12"],
    [`${LINE} carppeer 192.0.2.12 -carppeer`, "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24"],
    [`${LINE} carppeer 224.0.0.18`, "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24"],
    [`${LINE}\ndown`, "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24 down"],
    [`down ${'vhid 1 carpdev em0'}\ninet 192.0.2.1/24`, "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24"],
    [`${LINE} advbase 0 advskew 10`, "carp0 on em0 1:10 base 0 pass '' 192.0.2.1/24"],
    [`${LINE}\n-alias 192.0.2.1`, undefined],
    [`!ifconfig $if ${'vhid 1 carpdev em0 192.0.2.1/24'}`, "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24"],
    ['!/sbin/ifconfig carp0 vhid 1 carpdev em0 192.0.2.1/24', "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24"],
    [`${LINE} description "it's the gateway" mtu 1500 priority 2 !`, undefined],
  ])('%j', (text, expected) => {
    if (expected !== undefined) {
      const read = carp(text);
      expect(summariesOf(read)).toEqual([expected]);
      expect(messagesOf(read)).toEqual([]);
    } else expect(messagesOf(carp(text)).length).toBe(1);
  });

  test('every setting knows where it stands', () => {
    const text = `${LINE} advbase 2 advskew 100 pass mekmitasdigoat group web lladdr 00:00:5e:00:01:09 carppeer 192.0.2.12\nstate backup\n`;
    expect(originsOf({ 'hostname.em0': NIC, 'hostname.carp0': text })).toEqual({
      block: 'i',
      vhid: '1',
      carpdev: 'em0',
      advbase: '2',
      advskew: '100',
      pass: 'mekmitasdigoat',
      'group web': 'web',
      lladdr: '00:00:5e:00:01:09',
      peer: '192.0.2.12',
      address: '192.0.2.1',
      state: 'backup',
    });
  });

  test('groups and a MAC address of its own', () => {
    const [config] = carp(`${LINE} group web group dmz -group dmz lladdr 00:00:5e:00:01:09`).config
      .interfaces;
    expect(config?.groups).toEqual(['carp', 'web']);
    expect(config?.mac === null ? null : formatMac(config?.mac ?? (0 as never))).toBe('00:00:5e:00:01:09');
  });

  test('NICs come before carp interfaces, whatever the order of the files', () => {
    const read = readCarpFiles({
      'n1/hostname.carp0': 'vhid 1 carpdev em1 192.0.2.1/24',
      'n1/hostname.em1': 'inet 192.0.2.11/24\ninet6 autoconf\nup',
      'n1/hostname.em0': 'dhcp',
    });
    expect(read.nics.map(({ name, addresses }) => [name, addresses.map(formatIpCidr)])).toEqual([
      ['em1', ['192.0.2.11/24']],
    ]);
    expect(messagesOf(read)).toEqual([
      'note: where em1 gets its address from is not modelled',
      'note: where em0 gets its address from is not modelled',
    ]);
  });

  test('dest goes behind the address of the line before', () => {
    expect(summariesOf(carp(`${LINE}\ninet alias 192.0.2.9 255.255.255.255\ndest 192.0.2.255`))).toEqual([
      "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24 192.0.2.9/32",
    ]);
    expect(messagesOf(carp(`dest 192.0.2.255\n${LINE}`))).toEqual([
      'warning: dest is one address behind a line with an address',
    ]);
  });

  test('an IPv6 address without a prefix length has 64', () => {
    expect(summariesOf(carp('vhid 1 carpdev em0\ninet6 2001:db8::1'))).toEqual([
      "carp0 on em0 1:0 base 1 pass '' 2001:db8::1/64",
    ]);
  });

  test('a second address without alias replaces the first', () => {
    const read = carp(`${LINE}\ninet 192.0.2.2 255.255.255.0`);
    expect(summariesOf(read)).toEqual(["carp0 on em0 1:0 base 1 pass '' 192.0.2.2/24"]);
    expect(complaintsOf(read)).toEqual([
      'warning hostname.carp0:2:6-15 192.0.2.2 without alias replaces 192.0.2.1/24 [conf/replaced-address]',
    ]);
    expect(read.diagnostics[0]?.cures?.[0]?.edits).toEqual([
      { range: { start: { line: 2, column: 6 }, end: { line: 2, column: 6 } }, text: 'alias ' },
    ]);
  });

  test('an address without a netmask has its class’s', () => {
    const read = carp('vhid 1 carpdev em0\ninet 10.0.0.1');
    expect(summariesOf(read)).toEqual(["carp0 on em0 1:0 base 1 pass '' 10.0.0.1/8"]);
    expect(messagesOf(read)).toEqual(['warning: 10.0.0.1 has no netmask']);
  });

  test.each([
    [
      'inet 192.0.2.1/24 vhid 1 carpdev em0',
      'warning hostname.carp0:1:19-23 netstart(8) takes vhid for the netmask [conf/short-form]',
      1,
    ],
    [
      'vhid 1 carpdev em0\ninet6 2001:db8::1/64 advskew 3',
      'warning hostname.carp0:2:22-29 netstart(8) takes advskew for the prefix length [conf/short-form]',
      1,
    ],
    ['inet 192.0.2.1 vhid 1 carpdev em0', 'error hostname.carp0:1:16-20 vhid: bad value [conf/bad-value]', 0],
    [
      'inet 192.0.2.1 255.255.255.0 vhid 1 carpdev em0',
      'error hostname.carp0:1:30-34 vhid: bad value [conf/bad-value]',
      0,
    ],
    [
      'inet6 2001:db8::1 prefixlen 64 vhid 1',
      'error hostname.carp0:1:19-28 prefixlen: bad value [conf/bad-value]',
      0,
    ],
    [
      'inet 192.0.2.1 255.255.255.O NONE vhid 1 carpdev em0',
      'error hostname.carp0:1:16-29 255.255.255.O: bad value [conf/bad-value]',
      0,
    ],
    [
      'inet 192.0.2.1 255.0.255.0 NONE vhid 1 carpdev em0',
      'error hostname.carp0:1:16-27 255.0.255.0: non-contiguous mask [conf/bad-address]',
      0,
    ],
    [
      'inet 192.0.2.300 255.255.255.0 NONE vhid 1 carpdev em0',
      'error hostname.carp0:1:6-17 192.0.2.300: bad value [conf/bad-value]',
      0,
    ],
    [
      'vhid 1 carpdev em0 192.0.2.1/33',
      'error hostname.carp0:1:20-32 192.0.2.1/33: bad value [conf/bad-value]',
      0,
    ],
    [
      'vhid 1 carpdev em0 2001:db8::1/64',
      'error hostname.carp0:1:20-34 2001:db8::1/64: bad value [conf/bad-value]',
      0,
    ],
    ['vhid 1 carpdev em0 fw-carp', 'error hostname.carp0:1:20-27 fw-carp: bad value [conf/bad-value]', 0],
    [
      'vhid 1 carpdev em0 192.0.2.1/24 advskw 3',
      'error hostname.carp0:1:33-39 advskw: bad value [conf/bad-value]',
      0,
    ],
    [
      'vhid 1 carpdev em0 pass',
      "error hostname.carp0:1:20-24 'pass' requires argument [conf/missing-value]",
      0,
    ],
    [
      'vhid 1 carpdev em0 pass "x 192.0.2.1/24',
      'error hostname.carp0:1:25-26 " is never closed [conf/unclosed-quote]',
      0,
    ],
    [
      'vhid 1 carpdev em0 192.0.2.1/24 group web1',
      'error hostname.carp0:1:39-43 setifgroup: group names may not end in a digit [conf/bad-value]',
      0,
    ],
    [
      'vhid 1 carpdev em0 pass $secret 192.0.2.1/24',
      'error hostname.carp0:1:25-32 what $secret is cannot be told from the files [conf/unknown-value]',
      0,
    ],
  ])('%j is complained about', (text, expected, count) => {
    const read = carp(text);
    expect(complaintsOf(read)[0]).toBe(expected);
    expect(read.config.interfaces.length).toBe(count);
  });

  test('the short form can be written out', () => {
    const [complaint] = carp('inet 192.0.2.1/24 vhid 1 carpdev em0').diagnostics;
    expect(complaint?.cures?.map(({ title }) => title)).toEqual(['192.0.2.1 255.255.255.0 NONE']);
  });

  test.each([
    ['hostname.carp0~', "warning: carp0~ is no interface's name"],
    ['hostname.00:00:5e:00:53:af', 'warning: which interface has 00:00:5e:00:53:af is not known here'],
  ])('%s is passed over', (file, expected) => {
    expect(messagesOf(readCarpFiles({ [file]: LINE }))).toEqual([expected]);
  });
});

describe('values that OpenBSD refuses', () => {
  const value = (words: string) => carp(`carpdev em0 ${words}\ninet 192.0.2.1/24`);
  test.each([
    ['vhid 0', 'error: vhid 0: too small'],
    ['vhid 256', 'error: vhid 256: too large'],
    ['vhid x', 'error: vhid x: invalid'],
    ['vhid 1x', 'error: vhid 1x: invalid'],
    ['vhid 1 advskew 256', 'error: advskew 256: too large'],
    ['vhid 1 advskew -1', 'error: advskew -1: too small'],
    ['vhid 1 advskew ten', 'error: advskew ten: invalid'],
    ['advskew 255 vhid 1', 'error: carp0: SIOCSVH: Invalid argument'],
    ['vhid 1 advbase 256', 'error: advbase 256: too large'],
    ['vhid 1 advbase 1s', 'error: advbase 1s: invalid'],
    ['carpnodes 1', 'error: non parsable arg: 1'],
    ['carpnodes 1:0,b:2', 'error: non parsable arg: b:2'],
    ['carpnodes 255:0', 'error: vhid 255: value too large'],
    ['carpnodes 1:255', 'error: advskew 255: value too large'],
    ['carpnodes 1:0,1:100', 'error: SIOCSVH: Invalid argument'],
    [
      `carpnodes ${Array.from({ length: 33 }, (_, index) => `${index + 1}:0`).join(',')}`,
      'error: too many carp nodes',
    ],
    ['carpnodes 1:0,2:0 balancing rr', 'error: balancing rr: unknown mode'],
    ['carpnodes 1:0,2:0 balancing arp', 'error: balancing arp: unknown mode'],
    [
      'vhid 1 carppeer 2001:db8::1',
      'error: error in parsing address string: no address associated with name',
    ],
    ['vhid 1 carppeer fw2', 'error: error in parsing address string: no address associated with name'],
    ['vhid 1 carpdev carp1', 'error: carp0: SIOCSVH: Invalid argument'],
    ['vhid 1 carpdev lo0', 'error: carp0: SIOCSVH: Invalid argument'],
    ['vhid 1 carpdev pfsync0', "error: carp0: SIOCSVH: Can't assign requested address"],
    ['vhid 1 carpver 3', 'error: carpver: bad value'],
  ])('%s', (words, expected) => {
    const [first, ...rest] = messagesOf(
      words.includes('balancing arp')
        ? readCarpFiles(
            { 'hostname.em0': NIC, 'hostname.carp0': `carpdev em0 ${words}\ninet 192.0.2.1/24` },
            { system: 'openbsd' },
          )
        : value(words),
    );
    expect(first).toBe(expected);
    expect(rest).toEqual([]);
  });

  test('a cure is the nearest value', () => {
    expect(value('vhid 1 advskew 300').diagnostics[0]?.cures?.[0]?.title).toBe('advskew 255');
  });

  test('a refused line leaves the rest of it undone', () => {
    expect(summariesOf(value('vhid 1 advskew 300 pass x'))).toEqual([
      "carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24",
    ]);
  });

  test.each([
    ['vhid 1 advskew 255', '1:255', 'warning: advskew 255 is what a host says that bows out'],
    ['vhid 255', '255:0', undefined],
    ['vhid 1 advbase 255', '1:0', undefined],
    ['vhid 1 state primary', '1:0', "warning: 'primary' is no state"],
    ['vhid 1 state init', '1:0', 'warning: state init changes nothing'],
    ['vhid 1 state master', '1:0', 'warning: state master comes too early'],
    ['advskew 7 advbase 2 pass x vhid 1', '1:7', undefined],
    ['carpnodes 3:30,1:10,2:20', '1:10,2:20,3:30', undefined],
    ['carpnodes 1:10', '1:10', undefined],
    ['carpnodes 1:10,,2:20,', '1:10,2:20', undefined],
    ['carpnodes 1:10x,2:20', '1:10,2:20', "warning: '1:10x' has something behind it"],
    ['carpnodes 1:10,0:0,2:20', '1:10', 'warning: vhid 0 ends the list'],
    [
      `carpnodes ${Array.from({ length: 32 }, (_, index) => `${index + 1}:0`).join(',')}`,
      Array.from({ length: 32 }, (_, index) => `${index + 1}:0`).join(','),
      undefined,
    ],
    ['balancing ip vhid 1', '1:0', 'warning: a single vhid ends balancing ip'],
  ])('%s is taken', (words, nodes, expected) => {
    const read = value(words);
    expect(summariesOf(read)[0]?.split(' ')[3]).toBe(nodes);
    expect(messagesOf(read)).toEqual(expected === undefined ? [] : [expected]);
  });

  test.each([
    ['carpnodes 1:0,2:100', 'ip'],
    ['balancing ip-stealth carpnodes 1:0,2:100', 'ip-stealth'],
    ['carpnodes 1:0,2:100 balancing IP-Unicast', 'ip-unicast'],
    ['carpnodes 1:0,2:100 balancing none', 'none'],
    ['carpnodes 1:0', 'none'],
    ['vhid 1', 'none'],
  ])('%s: balancing %s', (words, expected) => {
    expect(value(words).config.interfaces[0]?.balancing).toBe(expected);
  });

  test('balancing arp is OpenBSD 5.6’s', () => {
    const read = value('carpnodes 1:0,2:100 balancing arp');
    expect([read.config.system, read.config.interfaces[0]?.balancing]).toEqual(['openbsd-5.6', 'arp']);
  });

  test('a vhid twice on one parent', () => {
    const read = carp(`${LINE}`, { 'hostname.carp1': 'carpdev em0 vhid 1\ninet 192.0.2.2/24' });
    expect(complaintsOf(read)).toEqual([
      'error hostname.carp1:1:18-19 carp1: SIOCSVH: Invalid argument [conf/duplicate-vhid]',
    ]);
    expect(read.diagnostics[0]?.hint).toBe('carp0 has vhid 1 on em0 already');
    expect(summariesOf(read).length).toBe(1);
    expect(messagesOf(carp(LINE, { 'hostname.carp1': 'vhid 1 carpdev em0\ninet 192.0.2.2/24' }))).toEqual([
      'error: carp1: SIOCSVH: Invalid argument',
      'error: SIOCAIFADDR: Invalid argument',
    ]);
    expect(messagesOf(carp(LINE, { 'hostname.carp1': 'vhid 1 carpdev em1\ninet 192.0.2.2/24' }))).toEqual([]);
  });

  test('pass is cut at 19 characters', () => {
    const read = value('vhid 1 pass 12345678901234567890');
    expect(read.config.interfaces[0]?.password).toBe('1234567890123456789');
    expect(read.diagnostics[0]?.means).toBe(
      "the first 19 count, the rest is cut off without a word: '1234567890123456789'",
    );
    expect(messagesOf(value('vhid 1 pass 1234567890123456789'))).toEqual([]);
  });
});

describe('the parent', () => {
  test('must be named before the address is set', () => {
    const read = carp('inet 192.0.2.1 255.255.255.0 NONE vhid 1');
    expect(complaintsOf(read)).toEqual([
      'error hostname.carp0:1:6-15 SIOCAIFADDR: Invalid argument [conf/no-parent]',
    ]);
    expect(read.diagnostics[0]?.cures?.[0]?.title).toBe('carpdev em0');
    expect(messagesOf(carp('vhid 1\ninet 192.0.2.1/24\ncarpdev em0'))).toEqual([
      'error: SIOCAIFADDR: Invalid argument',
    ]);
  });

  test('was looked for by OpenBSD 5.6', () => {
    const old = (text: string) =>
      readCarpFiles(
        { 'hostname.em0': NIC, 'hostname.em1': 'inet 198.51.100.11/24', 'hostname.carp0': text },
        { system: 'openbsd-5.6' },
      );
    expect(summariesOf(old('vhid 1 pass x 198.51.100.1/24'))).toEqual([
      "carp0 on em1 1:0 base 1 pass 'x' 198.51.100.1/24",
    ]);
    expect(messagesOf(old('vhid 1 203.0.113.1/24'))).toEqual([
      "error: SIOCAIFADDR: Can't assign requested address",
    ]);
    expect(messagesOf(old('vhid 1 carpdev em0 198.51.100.1/24'))).toEqual([
      "error: SIOCAIFADDR: Can't assign requested address",
    ]);
  });

  test('must be one of the host’s', () => {
    const read = readCarpFiles(
      { 'hostname.carp0': 'vhid 1 carpdev em9 192.0.2.1/24' },
      { interfaces: ['em0', 'em1'] },
    );
    expect(complaintsOf(read)).toEqual([
      'error hostname.carp0:1:16-19 carp0: SIOCSVH: Invalid argument [conf/unknown-interface]',
    ]);
    expect(read.diagnostics[0]?.hint).toBe('there is no em9: did you mean em0?');
  });

  test('that stands on others is taken for a NIC', () => {
    const read = carp('vhid 1 carpdev vlan5 192.0.2.1/24', {
      'hostname.vlan5': 'parent em0 vnetid 5\ninet 192.0.2.21/24',
    });
    expect(messagesOf(read)).toEqual(['warning: vlan5 stands on other interfaces, which is not modelled']);
    expect(read.nics.map(({ name }) => name)).toEqual(['em0', 'vlan5']);
  });
});

describe('what is not modelled', () => {
  test.each([
    [{ 'hostname.pfsync0': 'up syncdev em1' }, 'warning: pfsync matters here and is not modelled'],
    [{ 'hostname.wg0': 'inet 10.0.0.1/24' }, 'warning: wg0 is not modelled'],
    [{ 'hostname.em1': 'inet 10.0.0.1/24\nrdomain 1' }, 'warning: rdomain matters here and is not modelled'],
    [{ 'hostname.em1': 'inet 10.0.0.1/24\n-arp' }, 'warning: -arp matters here and is not modelled'],
    [{ 'hostname.em1': 'inet 10.0.0.1/24\ndown' }, 'warning: down matters here and is not modelled'],
    [{ 'hostname.em1': 'lladdr random' }, 'warning: lladdr random of em1 is not modelled'],
    [{ 'rc.local': 'ifconfig -F em0' }, 'warning: ifconfig -F is not modelled'],
  ])('%j', (files, expected) => {
    const read = carp(LINE, files as Record<string, string>);
    expect(messagesOf(read)).toEqual([expected]);
    expect(read.config.interfaces.length).toBe(1);
  });

  test.each([
    { 'hostname.em1': 'media autoselect mode 11n chan\nup' },
    { 'hostname.lo1': 'inet 127.0.0.2/8' },
    { 'rc.conf.local': 'ntpd_flags=\npkg_scripts="a b"' },
    { 'rc.local': 'echo hello\nif [ -x /usr/bin/x ]; then\n ls > /dev/null 2>&1\nfi\n' },
  ])('%j says nothing about CARP', (files) => {
    expect(messagesOf(carp(LINE, files as Record<string, string>))).toEqual([]);
  });

  test('a carp interface that is not complete', () => {
    expect(messagesOf(carp('carpdev em0 pass x'))).toEqual(['warning: carp0 has no vhid']);
    expect(messagesOf(carp('vhid 1 pass x'))).toEqual(['warning: carp0 has no carpdev']);
    expect(messagesOf(carp('vhid 1 carpdev em0'))).toEqual(['warning: carp0 has no address']);
  });

  test('a vhid on a NIC', () => {
    const read = readCarpFiles({ 'hostname.em0': 'vhid 1 192.0.2.1/24' });
    expect(messagesOf(read)).toEqual(['error: em0: SIOCGVH: Inappropriate ioctl for device']);
  });
});

describe('groups and states', () => {
  test('counters of groups', () => {
    const read = carp(
      `${LINE}\n!ifconfig -g carp carpdemote 20\n!ifconfig -g carp -carpdemote\n!ifconfig -g web carpdemote`,
    );
    expect(read.config.groupDemotion).toEqual({ carp: 19, web: 1 });
    expect(messagesOf(read)).toEqual([]);
  });
  test.each([
    ['carpdemote 129', 'error: carp: invalid carp demotion: too large'],
    ['carpdemote x', 'error: carp: invalid carp demotion: invalid'],
    ['-carpdemote 1', 'error: carp: SIOCSIFGATTR: Invalid argument'],
    ['demote 1', 'error: a group has no demote'],
  ])('ifconfig -g carp %s', (words, expected) => {
    const read = carp(`${LINE}\n!ifconfig -g carp ${words}`);
    expect([read.config.groupDemotion, messagesOf(read)]).toEqual([{}, [expected]]);
  });
  test('a sum above 255', () => {
    const twice = '!ifconfig -g carp carpdemote 128\n'.repeat(2);
    expect(messagesOf(carp(`${LINE}\n${twice}`))).toEqual(['error: carp: SIOCSIFGATTR: Invalid argument']);
  });

  test('a state does not outlive an address that is set after it', () => {
    const read = carp(`${LINE}\nstate master\ninet alias 192.0.2.2 255.255.255.255`);
    expect([read.config.interfaces[0]?.initialState, messagesOf(read)]).toEqual([
      null,
      ['warning: state master does not last'],
    ]);
  });
});
