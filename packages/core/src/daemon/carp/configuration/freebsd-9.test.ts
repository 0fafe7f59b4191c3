import { describe, expect, test } from 'vitest';
import { readCarpFiles } from './read-carp-files.js';
import { messagesOf, originsOf, summariesOf } from './testing/read-files.js';

const rc = (carp0: string, more = '') =>
  readCarpFiles({
    'rc.conf': `ifconfig_carp0="${carp0}"\ncloned_interfaces="carp0 carp1"\nifconfig_em0="inet 192.0.2.11 netmask 255.255.255.0"\n${more}`,
  });

describe('FreeBSD 9', () => {
  test('carp interfaces find their parent by their address', () => {
    const read = rc('vhid 1 advskew 100 pass x 192.0.2.1/24');
    expect([read.config.system, summariesOf(read), messagesOf(read)]).toEqual([
      'freebsd-9',
      ["carp0 on em0 1:100 base 1 pass 'x' 192.0.2.1/24"],
      [],
    ]);
  });

  test('in any order, and in scripts', () => {
    const read = readCarpFiles(
      {
        'rc.local':
          'ifconfig em0 inet 192.0.2.11/24\nifconfig carp0 create\nifconfig carp0 advskew 7 advbase 2 vhid 3 192.0.2.1/24\nifconfig carp0 inet6 2001:db8::1/64 alias\n',
      },
      { system: 'freebsd-9' },
    );
    expect(messagesOf(read)).toEqual(["error: ioctl (SIOCAIFADDR): Can't assign requested address"]);
    expect(summariesOf(read)).toEqual(["carp0 on em0 3:7 base 2 pass '' 192.0.2.1/24"]);
  });

  test.each([
    ['vhid 0 192.0.2.1/24', 'error: vhid must be greater than 0'],
    ['vhid 256 192.0.2.1/24', 'error: SIOCSVH: Invalid argument'],
    ['vhid 1 advskew 255 192.0.2.1/24', 'error: SIOCSVH: Invalid argument'],
    ['vhid 1 advbase 256 192.0.2.1/24', 'error: SIOCSVH: Invalid argument'],
    ['vhid 1 state backup 192.0.2.1/24', 'error: state: bad value'],
    ['vhid 1 carpdev em0 192.0.2.1/24', 'error: carpdev: bad value'],
    ['vhid 1 peer 192.0.2.3 192.0.2.1/24', 'error: peer: bad value'],
    ['vhid 1 203.0.113.1/24', "error: ioctl (SIOCAIFADDR): Can't assign requested address"],
  ])('%s', (words, expected) => {
    expect(messagesOf(rc(words))).toEqual([expected]);
  });

  test.each([
    ['vhid 1 advskew x 192.0.2.1/24', "warning: advskew 'x' is not a number"],
    ['vhid 1 advbase 0 192.0.2.1/24', 'warning: advbase 0 changes nothing'],
    ['vhid 1 pass 12345678901234567890 192.0.2.1/24', 'warning: pass has 20 characters'],
    ['192.0.2.1/24', 'warning: carp0 has no vhid'],
  ])('%s is taken', (words, expected) => {
    expect(messagesOf(rc(words))).toEqual([expected]);
  });

  test('a vhid twice on one parent', () => {
    const read = rc('vhid 1 192.0.2.1/24', 'ifconfig_carp1="vhid 1 192.0.2.2/24"\n');
    expect([messagesOf(read), summariesOf(read).length]).toEqual([['error: SIOCSVH: Invalid argument'], 1]);
  });

  test('aliases are counted from 0, without gaps', () => {
    const read = rc(
      'vhid 1 192.0.2.1/24',
      'ifconfig_carp0_alias0="192.0.2.2/32"\nifconfig_carp0_alias2="inet 192.0.2.3/32"\n',
    );
    expect(summariesOf(read)).toEqual(["carp0 on em0 1:0 base 1 pass '' 192.0.2.1/24 192.0.2.2/32"]);
    expect(messagesOf(read)).toEqual([
      'warning: ifconfig_carp0_alias2 is not reached',
      'warning: $ifconfig_carp0_alias0 needs leading "inet" keyword for an IPv4 address',
    ]);
  });

  test('an interface must be cloned', () => {
    const read = readCarpFiles(
      { 'rc.conf': 'ifconfig_em0="inet 192.0.2.11/24"\nifconfig_carp0="vhid 1 192.0.2.1/24"\n' },
      { system: 'freebsd-9' },
    );
    expect(messagesOf(read)).toEqual(['error: interface carp0 does not exist']);
  });

  test('places', () => {
    expect(
      originsOf({
        'rc.conf':
          'cloned_interfaces="carp0"\nifconfig_em0="192.0.2.11/24"\nifconfig_carp0="vhid 1 advskew 100 pass x 192.0.2.1/24"\n',
      }),
    ).toEqual({
      block: 'carp0',
      vhid: '1',
      advskew: '100',
      pass: 'x',
      carpdev: '192.0.2.1/24',
      address: '192.0.2.1/24',
    });
  });
});
