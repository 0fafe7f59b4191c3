import { describe, expect, test } from 'vitest';
import { formatIpCidr } from '../../../wire/index.js';
import { readCarpFiles } from './read-carp-files.js';
import { complaintsOf, messagesOf, originsOf, summariesOf } from './testing/read-files.js';

const OWN = 'ifconfig_em0="inet 192.0.2.11/24"\n';
const rc = (text: string, more: Readonly<Record<string, string>> = {}) =>
  readCarpFiles({ 'rc.conf': `${OWN}${text}`, ...more });
const VIP = "1@em0 on em0 1:100 base 1 pass 'x' 192.0.2.1/32";

describe('rc.conf(5)', () => {
  test.each([
    ['ifconfig_em0_alias0="inet vhid 1 advskew 100 pass x alias 192.0.2.1/32"', [VIP]],
    ['ifconfig_em0_alias0="inet vhid 1 advskew 100 pass x 192.0.2.1/32"', [VIP]],
    ["ifconfig_em0_alias7='inet 192.0.2.1/32 vhid 1 advskew 100 pass x'", [VIP]],
    ['ifconfig_em0_aliases="inet vhid 1 advskew 100 pass x 192.0.2.1/32"', [VIP]],
    [
      'ifconfig_em0_aliases="inet vhid 1 advskew 100 pass x 192.0.2.1/32 inet vhid 1 192.0.2.2/32 inet6 vhid 1 2001:db8::1/64"',
      [`${VIP} 192.0.2.2/32 2001:db8::1/64`],
    ],
    [
      'ifconfig_em0_alias0="inet6 vhid 1 2001:db8::1/64"\nifconfig_em0_alias1="inet vhid 1 advskew 100 pass x 192.0.2.1/32"',
      [`${VIP} 2001:db8::1/64`],
    ],
    [
      'ifconfig_em0_ipv6="inet6 2001:db8::11/64"\nifconfig_em0_alias0="inet vhid 1 advskew 100 pass x 192.0.2.1/32"',
      [VIP],
    ],
    ['SECRET=x\nifconfig_em0_alias0="inet vhid 1 advskew 100 pass ${SECRET} 192.0.2.1/32"', [VIP]],
    ['ifconfig_em0_alias0="wrong"\nifconfig_em0_alias0="inet vhid 1 advskew 100 pass x 192.0.2.1/32"', [VIP]],
    ['ifconfig_em0_alias0="inet vhid 1 advskew 100 \\\n pass x 192.0.2.1/32"', [VIP]],
    [
      'hostname="fw1"\nkld_list="carp"\nsshd_enable=YES\npf_enable="YES" # a comment\nifconfig_em0_alias0="inet vhid 1 advskew 100 pass x 192.0.2.1/32"\nifconfig_em0_descr="uplink"',
      [VIP],
    ],
  ])('%j', (text, expected) => {
    const read = rc(text);
    expect([read.config.system, messagesOf(read)]).toEqual(['freebsd', []]);
    expect(summariesOf(read)).toEqual(expected);
  });

  test('the addresses of NICs', () => {
    const read = rc(
      'ifconfig_em0_ipv6="inet6 2001:db8::11 prefixlen 64"\nipv4_addrs_em1="198.51.100.1/24 198.51.100.2/32"\nifconfig_em2="SYNCDHCP"\nvlans_em2="5"\nifconfig_em2_5="inet 203.0.113.1/24"\nifconfig_lo1="inet 127.0.0.2/8"',
    );
    expect(read.nics.map(({ name, addresses }) => [name, ...addresses.map(formatIpCidr)])).toEqual([
      ['em0', '192.0.2.11/24', '2001:db8::11/64'],
      ['em1', '198.51.100.1/24', '198.51.100.2/32'],
      ['em2.5', '203.0.113.1/24'],
    ]);
    expect(complaintsOf(read)).toEqual([
      'note rc.conf:4:15-23 where em2 gets its address from is not modelled [conf/not-modelled]',
      'warning rc.conf:6:22-36 em2.5 stands on other interfaces, which is not modelled [conf/not-modelled]',
    ]);
  });

  test('later files go on where earlier ones ended', () => {
    const read = readCarpFiles({
      'etc/rc.conf': `${OWN}ifconfig_em0_aliases="inet 192.0.2.20/32"`,
      'etc/rc.conf.local':
        'ifconfig_em0_aliases="$ifconfig_em0_aliases inet vhid 1 advskew 100 pass x 192.0.2.1/32"',
      'etc/rc.conf.d/network': 'gateway_enable="YES"',
      'boot/loader.conf': 'carp_load="YES"',
    });
    expect([summariesOf(read), read.otherSysctls, messagesOf(read)]).toEqual([
      [VIP],
      { 'net.inet.ip.forwarding': 1 },
      [],
    ]);
    expect(read.nics[0]?.addresses.map(formatIpCidr)).toEqual(['192.0.2.11/24', '192.0.2.20/32']);
  });

  test('places are those in the value and in the name', () => {
    expect(
      originsOf({
        'rc.conf': `${OWN}ifconfig_em0_alias0="inet vhid 1 advskew 100 \\\n  pass x alias 192.0.2.1/32"`,
      }),
    ).toEqual({
      block: '1',
      vhid: '1',
      carpdev: 'em0',
      advskew: '100',
      pass: 'x',
      address: '192.0.2.1/32',
    });
  });

  test.each([
    ['pfsync_enable="YES"', 'warning: pfsync matters here and is not modelled'],
    [
      'ifconfig_em0_alias0="192.0.2.20/32"',
      'warning: $ifconfig_em0_alias0 needs leading "inet" keyword for an IPv4 address',
    ],
    [
      'ifconfig_em0_alias0="inet vhid 1 pass $PASS 192.0.2.1/32"',
      'error: what $PASS is cannot be told from the files',
    ],
    ['ifconfig_em0_alias0="inet vhid 1', 'error: " is never closed'],
  ])('%j is complained about', (text, expected) => {
    expect(messagesOf(rc(text))).toEqual([expected]);
  });

  test('means nothing to OpenBSD', () => {
    const read = readCarpFiles({ 'rc.conf': OWN }, { system: 'openbsd' });
    expect([messagesOf(read), read.nics]).toEqual([['warning: ifconfig_em0 is FreeBSD’s'], []]);
    const other = readCarpFiles({ 'hostname.em0': 'inet 192.0.2.1/24' }, { system: 'freebsd' });
    expect([messagesOf(other), other.nics]).toEqual([['error: hostname.em0 is OpenBSD’s'], []]);
  });
});
