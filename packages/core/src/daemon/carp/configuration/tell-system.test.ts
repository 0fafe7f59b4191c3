import { describe, expect, test } from 'vitest';
import { readCarpFiles } from './read-carp-files.js';
import { complaintsOf, messagesOf } from './testing/read-files.js';

describe('whose kernel it is', () => {
  test.each([
    [{ 'hostname.carp0': 'vhid 1 carpdev em0 192.0.2.1/24' }, 'openbsd'],
    [{ 'n1/hostname.em0': 'inet 192.0.2.1/24' }, 'openbsd'],
    [{ 'hostname.carp0': 'carpdev em0 carpnodes 1:0,2:0 balancing arp 192.0.2.1/24' }, 'openbsd-5.6'],
    [{ 'rc.conf': 'ifconfig_em0="inet 192.0.2.1/24"' }, 'freebsd'],
    [
      {
        'rc.conf':
          'cloned_interfaces="carp0"\nifconfig_em0="inet 192.0.2.11/24"\nifconfig_carp0="vhid 1 192.0.2.1/24"',
      },
      'freebsd-9',
    ],
    [{ carp: 'ifconfig carp0 vhid 1 carpdev em0 192.0.2.1/24' }, 'openbsd'],
    [{ carp: 'ifconfig carp0 carpdev em0 carpnodes 1:0,2:0 192.0.2.1/24' }, 'openbsd'],
    [{ carp: 'ifconfig carp0 carpdev em0 carpnodes 1:0,2:0 balancing arp 192.0.2.1/24' }, 'openbsd-5.6'],
    [{ carp: 'ifconfig em0 vhid 1 alias 192.0.2.1/32' }, 'freebsd'],
    [{ carp: 'ifconfig em0 inet6 vhid 1 alias 2001:db8::1/128' }, 'freebsd'],
    [{ 'sysctl.conf': 'net.inet.carp.demotion=0' }, 'freebsd'],
    [{ carp: 'sysctl net.inet.carp.senderr_demotion_factor=0' }, 'freebsd'],
    [
      {
        'sysctl.conf': 'net.inet.carp.arpbalance=1',
        'rc.local': 'ifconfig em0 192.0.2.11/24\nifconfig carp0 create\nifconfig carp0 vhid 1 192.0.2.1/24',
      },
      'freebsd-9',
    ],
    [{ 'sysctl.conf': 'net.inet.ip.forwarding=1' }, 'openbsd'],
    [{}, 'openbsd'],
  ])('%j: %s', (files, expected) => {
    const read = readCarpFiles(files as Record<string, string>);
    expect([read.config.system, messagesOf(read)]).toEqual([expected, []]);
  });

  test.each([
    [
      { carp: 'ifconfig carp0 vhid 1 192.0.2.1/24' },
      'error carp:1:10-15 it cannot be told whose CARP this is [conf/unclear-system]',
    ],
    [
      { 'sysctl.conf': 'net.inet.carp.preempt=1' },
      'error sysctl.conf:1:1-24 it cannot be told whose CARP this is [conf/unclear-system]',
    ],
    [
      { 'rc.conf': 'ifconfig_em0="inet 192.0.2.11/24"', 'hostname.em0': 'inet 192.0.2.11/24' },
      'error rc.conf:1:1-13 ifconfig_… in rc.conf beside a hostname.if file [conf/unclear-system]',
    ],
    [
      { carp: 'ifconfig carp0 carpdev em0 vhid 1 192.0.2.1/24\nifconfig em0 vhid 2 alias 192.0.2.2/32' },
      'error carp:2:14-18 a vhid on em0 beside carpdev [conf/unclear-system]',
    ],
  ])('%j cannot be told', (files, expected) => {
    const read = readCarpFiles(files as Record<string, string>);
    expect(complaintsOf(read)[0]).toBe(expected);
    expect(read.diagnostics[0]?.cures?.[0]?.title).toMatch(/^system: openbsd/);
    expect(read.config.system).toBe('openbsd');
  });

  test('it can be said', () => {
    const files = { 'sysctl.conf': 'net.inet.carp.preempt=1' };
    const read = readCarpFiles(files, { system: 'freebsd-13' });
    expect([read.config.system, read.config.sysctl.preempt, messagesOf(read)]).toEqual([
      'freebsd-13',
      true,
      [],
    ]);
  });
});
