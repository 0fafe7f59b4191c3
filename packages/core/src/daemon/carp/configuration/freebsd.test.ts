import { describe, expect, test } from 'vitest';
import { formatIpCidr } from '../../../wire/index.js';
import { readCarpFiles } from './read-carp-files.js';
import { complaintsOf, messagesOf, originsOf, summariesOf } from './testing/read-files.js';

const NIC = 'ifconfig em0 inet 192.0.2.11/24\n';
const script = (text: string, system: 'freebsd' | 'freebsd-13' = 'freebsd') =>
  readCarpFiles({ carp: `${NIC}${text}` }, { system });

describe('ifconfig lines', () => {
  test.each([
    [
      'ifconfig em0 vhid 1 advbase 1 advskew 100 pass mekmitasdigoat alias 192.0.2.1/32',
      ["1@em0 on em0 1:100 base 1 pass 'mekmitasdigoat' 192.0.2.1/32"],
    ],
    [
      'ifconfig em0 vhid 1 pass x alias 192.0.2.1/32\nifconfig em0 inet6 vhid 1 alias 2001:db8::1/128',
      ["1@em0 on em0 1:0 base 1 pass 'x' 192.0.2.1/32 2001:db8::1/128"],
    ],
    [
      'ifconfig em0 vhid 1 pass x alias 192.0.2.1/32\n/sbin/ifconfig em0 inet vhid 1 alias 192.0.2.2 netmask 255.255.255.255',
      ["1@em0 on em0 1:0 base 1 pass 'x' 192.0.2.1/32 192.0.2.2/32"],
    ],
    [
      'ifconfig em0 vhid 1 alias 192.0.2.1/32\nifconfig em0 vhid 1 advskew 50 pass y',
      ["1@em0 on em0 1:50 base 1 pass 'y' 192.0.2.1/32"],
    ],
    [
      'ifconfig em0 vhid 1 alias 192.0.2.1/32\nifconfig em0 vhid 1 state backup',
      ["1@em0 on em0 1:0 base 1 pass '' 192.0.2.1/32 state backup"],
    ],
    [
      'ifconfig em0 vhid 1 peer 192.0.2.3 peer6 2001:db8::3 alias 192.0.2.1/32',
      ["1@em0 on em0 1:0 base 1 pass '' 192.0.2.1/32 peer 192.0.2.3 peer6 2001:db8::3"],
    ],
    [
      'ifconfig em0 vhid 1 peer 192.0.2.3 peer6 2001:db8::3 alias 192.0.2.1/32\nifconfig em0 vhid 1 mcast mcast6',
      ["1@em0 on em0 1:0 base 1 pass '' 192.0.2.1/32"],
    ],
    [
      'ifconfig em0 vhid 1 peer 224.0.0.18 peer6 ff02::12 alias 192.0.2.1/32',
      ["1@em0 on em0 1:0 base 1 pass '' 192.0.2.1/32"],
    ],
    [
      'ifconfig em0 vhid 1 carpver 3 vrrpprio 200 vrrpinterval 50 alias 192.0.2.1/32',
      ["1@em0 on em0 1:0 base 1 pass '' 192.0.2.1/32 vrrp 200/50"],
    ],
    [
      'ifconfig em0 vhid 1 carpver 3 alias 192.0.2.1/32',
      ["1@em0 on em0 1:0 base 1 pass '' 192.0.2.1/32 vrrp 100/100"],
    ],
    [
      'ifconfig em0 vhid 2 alias 192.0.2.2/32; ifconfig em0 vhid 1 alias 192.0.2.1/32 && echo done',
      ["2@em0 on em0 2:0 base 1 pass '' 192.0.2.2/32", "1@em0 on em0 1:0 base 1 pass '' 192.0.2.1/32"],
    ],
    [
      'VIP=192.0.2.1\nsudo ifconfig em0 vhid 1 alias "$VIP/32" >/dev/null 2>&1',
      ["1@em0 on em0 1:0 base 1 pass '' 192.0.2.1/32"],
    ],
    ['ifconfig em0 vhid 1 alias 192.0.2.1/32\nifconfig em0 192.0.2.1 -alias', []],
    [
      'ifconfig em0 vhid 255 advskew 254 advbase 255 alias 192.0.2.1/32',
      ["255@em0 on em0 255:254 base 255 pass '' 192.0.2.1/32"],
    ],
  ])('%j', (text, expected) => {
    const read = script(text);
    expect(messagesOf(read)).toEqual([]);
    expect(summariesOf(read)).toEqual(expected);
    expect(
      read.nics.map(({ name, addresses }) => `${name} ${addresses.map(formatIpCidr).join(' ')}`),
    ).toEqual(['em0 192.0.2.11/24']);
  });

  test('every setting knows where it stands', () => {
    const carp =
      'ifconfig em0 vhid 7 advbase 2 advskew 100 pass 😀x peer 192.0.2.3 carpver 3 vrrpprio 9 vrrpinterval 8 alias 192.0.2.1/32\nifconfig em0 vhid 7 state backup\n';
    expect(originsOf({ carp })).toEqual({
      block: '7',
      vhid: '7',
      carpdev: 'em0',
      advbase: '2',
      advskew: '100',
      pass: '😀x',
      peer: '192.0.2.3',
      carpver: '3',
      vrrpprio: '9',
      vrrpinterval: '8',
      address: '192.0.2.1/32',
      state: 'backup',
    });
  });

  test('without alias the NIC loses its address', () => {
    const read = script('ifconfig em0 vhid 1 192.0.2.1/32');
    expect(messagesOf(read)).toEqual(['warning: 192.0.2.1/32 without alias replaces 192.0.2.11/24']);
    expect(read.nics.map(({ addresses }) => addresses.length)).toEqual([0]);
  });
});

describe('values that FreeBSD refuses or reads as others', () => {
  const value = (words: string, system: 'freebsd' | 'freebsd-13' = 'freebsd') =>
    script(`ifconfig em0 ${words} alias 192.0.2.1/32`, system);
  test.each([
    ['vhid 0', 'vhid must be greater than 0 and less than 255'],
    ['vhid 256', 'vhid must be greater than 0 and less than 255'],
    ['vhid x', 'vhid must be greater than 0 and less than 255'],
    ['vhid 1 advskew 255', 'SIOCSVH: Invalid argument'],
    ['vhid 1 advbase 256', 'SIOCSVH: Invalid argument'],
    ['vhid 1 state primary', 'unknown state'],
    ['vhid 1 peer6 x', 'Invalid IPv6 address x'],
    ['vhid 1 peer fw2', 'peer fw2 is not an IPv4 address'],
    ['vhid 1 carpver 4', 'version must be 2 or 3'],
    ['vhid 1 vrrpinterval 4096', 'vrrpinterval must be greater than 0 and less than 4095'],
    ['pass x vhid 1', 'pass requires vhid'],
    ['advskew 1 vhid 1', 'advskew requires vhid'],
    ['advbase 1 vhid 1', 'advbase requires vhid'],
    ['state backup', 'state requires vhid'],
    ['vhid 1 carpdev em0', 'carpdev: bad value'],
    ['vhid', "'vhid' requires argument"],
  ])('%s', (words, expected) => {
    const read = words === 'vhid' ? script('ifconfig em0 vhid') : value(words);
    expect(messagesOf(read)).toEqual([`error: ${expected}`]);
    expect(read.config.interfaces).toEqual([]);
  });

  test.each([
    ['vhid 1 advskew x', '1:0 base 1', "warning: advskew 'x' is not a number"],
    ['vhid 1 advskew 10x', '1:10 base 1', "warning: advskew '10x' is not a number"],
    ['vhid 1x', '1:0 base 1', "warning: vhid '1x' is not a number"],
    ['vhid 1 advbase 0', '1:0 base 1', 'warning: advbase 0 changes nothing'],
    [
      'vhid 1 advbase x',
      '1:0 base 1',
      "warning: advbase 'x' is not a number",
      'warning: advbase 0 changes nothing',
    ],
    ['vhid 1 advskew -5', '1:0 base 1', 'warning: advskew -5 changes nothing'],
    ['vhid 1 state master', '1:0 base 1', 'warning: state master comes too early'],
    ['vhid 1 peer 0.0.0.0', '1:0 base 1', 'warning: peer 0.0.0.0 changes nothing'],
    ['vhid 1 vrrpprio 9', '1:0 base 1', 'warning: vrrpprio has no effect without carpver 3'],
  ])('%s is taken', (words, expected, ...messages) => {
    const read = value(words);
    expect(messagesOf(read)).toEqual(messages);
    expect(summariesOf(read)[0]).toContain(expected);
  });

  test.each([
    ['vrrpprio 0', 100, 100, 'warning: vrrpprio 0 changes nothing'],
    ['vrrpprio 255', 255, 100],
    ['vrrpprio 256', 100, 100, 'warning: vrrpprio 256 is out of range 1..255'],
    ['vrrpprio 300', 44, 100, 'warning: vrrpprio 300 is out of range 1..255'],
    ['vrrpinterval 0', 100, 100, 'warning: vrrpinterval 0 changes nothing'],
    ['vrrpinterval 4095', 100, 4095],
    ['vrrpinterval 65537', 100, 1],
  ])('carpver 3 %s', (words, priority, intervalCs, ...messages) => {
    const read = value(`vhid 1 carpver 3 ${words}`);
    expect(messagesOf(read)).toEqual(messages);
    expect(read.config.interfaces[0]?.vrrp).toEqual({ priority, intervalCs });
  });

  test('FreeBSD 10 to 13: a skew never goes back to 0, and nothing of VRRPv3 or unicast', () => {
    const back = 'ifconfig em0 vhid 1 advskew 100 alias 192.0.2.1/32\nifconfig em0 vhid 1 advskew 0';
    expect([summariesOf(script(back, 'freebsd-13')), messagesOf(script(back, 'freebsd-13'))]).toEqual([
      ["1@em0 on em0 1:100 base 1 pass '' 192.0.2.1/32"],
      ['warning: advskew 0 changes nothing'],
    ]);
    expect(summariesOf(script(back))).toEqual(["1@em0 on em0 1:0 base 1 pass '' 192.0.2.1/32"]);
    for (const words of ['carpver 3', 'vrrpprio 9', 'vrrpinterval 9', 'peer 192.0.2.3', 'mcast']) {
      const [keyword] = words.split(' ');
      expect(messagesOf(value(`vhid 1 ${words}`, 'freebsd-13'))).toEqual([`error: ${keyword}: bad value`]);
    }
    expect(messagesOf(value('pass x', 'freebsd-13'))).toEqual(['error: passwd requires vhid']);
    expect(messagesOf(value('vhid 1 advskew 0', 'freebsd-13'))).toEqual([]);
  });

  test('pass is cut at 19 characters', () => {
    const read = value('vhid 1 pass 12345678901234567890');
    expect([read.config.interfaces[0]?.password, messagesOf(read)]).toEqual([
      '1234567890123456789',
      ['warning: pass has 20 characters'],
    ]);
  });

  test('an address that is none', () => {
    expect(messagesOf(script('ifconfig em0 vhid 1 alias 192.0.2.1/33'))).toEqual([
      'error: 192.0.2.1/33: bad value (width too large)',
    ]);
    expect(messagesOf(script('ifconfig em0 vhid 1 alias 2001:db8::1/128'))).toEqual([
      'error: 2001:db8::1/128: bad value (width too large)',
    ]);
  });

  test('interfaces that cannot carry CARP', () => {
    expect(messagesOf(script('ifconfig lo0 vhid 1 alias 192.0.2.1/32'))).toEqual([
      'error: SIOCSVH: Operation not supported',
    ]);
    expect(messagesOf(script('ifconfig carp0 create vhid 1'))).toEqual([
      'error: interface carp0 does not exist',
    ]);
    const read = readCarpFiles({ carp: 'ifconfig em9 vhid 1 alias 192.0.2.1/32' }, { interfaces: ['em0'] });
    expect(complaintsOf(read)).toEqual([
      'error carp:1:10-13 interface em9 does not exist [conf/unknown-interface]',
    ]);
    expect(messagesOf(script('ifconfig lagg0 vhid 1 alias 192.0.2.1/32'))).toEqual([
      'warning: lagg0 stands on other interfaces, which is not modelled',
    ]);
  });

  test('lines that only print, and other programs', () => {
    expect(
      messagesOf(script('ifconfig -a\nifconfig em0\nifconfig\nping -c 1 192.0.2.1\nservice netif restart')),
    ).toEqual([]);
    expect(messagesOf(script('ifconfig -j jail em0 vhid 1'))).toEqual([
      'warning: ifconfig -j is not modelled',
    ]);
  });

  test('lines of other files', () => {
    expect(messagesOf(script('inet 192.0.2.1 255.255.255.0 NONE vhid 1'))).toEqual([
      'error: inet is no command',
    ]);
    expect(messagesOf(script('net.inet.carp.preempt=1'))).toEqual([
      'error: net.inet.carp.preempt=1 is no command',
    ]);
    expect(messagesOf(script('ifconfig_em0="inet 192.0.2.1/24"'))).toEqual([
      'error: ifconfig_em0 is read from rc.conf only',
    ]);
  });
});
