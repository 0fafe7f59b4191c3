import { describe, expect, test } from 'vitest';
import { type CarpSystem, DEFAULT_CARP_SYSCTLS } from '../../../host/carp/carp-config.js';
import { readCarpFiles } from './read-carp-files.js';
import { complaintsOf, messagesOf } from './testing/read-files.js';

const sysctl = (text: string, system: CarpSystem) => readCarpFiles({ 'sysctl.conf': text }, { system });

describe('sysctl.conf(5)', () => {
  test.each([
    ['net.inet.carp.preempt=1', 'openbsd', { preempt: true }],
    ['net.inet.carp.preempt=2 # yes', 'openbsd', { preempt: true }],
    ['  net.inet.carp.allow=0\nnet.inet.carp.log=3', 'openbsd', { allow: false, log: 3 }],
    ['net.inet.carp.preempt = 1', 'freebsd', { preempt: true }],
    ['net.inet.carp.preempt="1"\nnet.inet.carp.preempt=0', 'freebsd', {}],
    ['net.inet.carp.demotion=20\nnet.inet.carp.demotion=-5', 'freebsd', { demotion: 15 }],
    [
      'net.inet.carp.ifdown_demotion_factor=0\nnet.inet.carp.senderr_demotion_factor=0x10',
      'freebsd-13',
      { ifdownDemotionFactor: 0, senderrDemotionFactor: 16 },
    ],
    ['net.inet.carp.dscp=0', 'freebsd', { dscp: 0 }],
    ['net.inet.carp.arpbalance=1', 'freebsd-9', { arpBalance: true }],
    ['', 'freebsd', {}],
  ] as const)('%j on %s', (text, system, expected) => {
    const read = sysctl(text, system);
    expect(messagesOf(read)).toEqual([]);
    expect(read.config.sysctl).toEqual({ ...DEFAULT_CARP_SYSCTLS, ...expected });
  });

  test('what is not CARP’s is handed on if it is the network’s', () => {
    const read = sysctl(
      'net.inet.ip.forwarding=1\nnet.pfsync.carp_demotion_factor=240\nkern.maxfiles=1000\nmachdep.allowaperture=2\nnet.x=y',
      'openbsd',
    );
    expect([read.otherSysctls, messagesOf(read)]).toEqual([
      { 'net.inet.ip.forwarding': 1, 'net.pfsync.carp_demotion_factor': 240 },
      [],
    ]);
  });

  test.each([
    [
      'net.inet.carp.demotion=1',
      'openbsd',
      'error sysctl.conf:1:1-23 third level name demotion in net.inet.carp.demotion is invalid [conf/unknown-keyword]',
    ],
    [
      'net.inet.carp.premept=1',
      'freebsd',
      "error sysctl.conf:1:1-22 unknown oid 'net.inet.carp.premept' [conf/unknown-keyword]",
    ],
    [
      'net.inet.carp.arpbalance=1',
      'freebsd',
      "error sysctl.conf:1:1-25 unknown oid 'net.inet.carp.arpbalance' [conf/unknown-keyword]",
    ],
    [
      'net.inet.carp.dscp=56',
      'freebsd-13',
      "error sysctl.conf:1:1-19 unknown oid 'net.inet.carp.dscp' [conf/unknown-keyword]",
    ],
    [
      'net.inet.carp.dscp=64',
      'freebsd',
      'error sysctl.conf:1:20-22 net.inet.carp.dscp=64: Invalid argument [conf/out-of-range]',
    ],
    [
      'net.inet.carp.preempt=yes',
      'freebsd',
      "error sysctl.conf:1:23-26 net.inet.carp.preempt: 'yes' is not a number [conf/not-a-number]",
    ],
    [
      'net.inet.carp.preempt',
      'freebsd',
      'warning sysctl.conf:1:1-22 net.inet.carp.preempt has no value [conf/missing-value]',
    ],
  ] as const)('%j on %s is complained about', (text, system, expected) => {
    const read = sysctl(text, system);
    expect(complaintsOf(read)).toEqual([expected]);
    expect(read.config.sysctl).toEqual(DEFAULT_CARP_SYSCTLS);
  });

  test('settings know where they stand', () => {
    expect(sysctl('\n net.inet.carp.preempt=1', 'openbsd').config.origin).toEqual({
      preempt: {
        file: 'sysctl.conf',
        range: { start: { line: 2, column: 24 }, end: { line: 2, column: 25 } },
      },
    });
  });

  test('in scripts too, where a name alone is a question', () => {
    const read = readCarpFiles(
      {
        'rc.local':
          '/sbin/sysctl -w net.inet.carp.preempt=1 net.inet.carp.allow=0\nsysctl net.inet.carp.preempt\nsysctl "net.inet.carp.demotion=3"\n',
      },
      { system: 'freebsd' },
    );
    expect([read.config.sysctl.preempt, read.config.sysctl.allow, read.config.sysctl.demotion]).toEqual([
      true,
      false,
      3,
    ]);
    expect(messagesOf(read)).toEqual([]);
  });
});
