import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import { plainText } from '../../report/index.js';
import type { ActionDesign, HostDesign } from '../design.js';
import { vipFactsOf } from '../facts.js';
import { defineLab } from '../lab.js';
import type { Run } from '../run.js';

const openBsd = (last: number, skew: number): HostDesign => ({
  interfaces: { em0: { address: `192.0.2.${last}/24` } },
  system: 'openbsd',
  carp: {
    files: {
      [`fw${last}/hostname.carp0`]: `inet 192.0.2.1 255.255.255.0 NONE vhid 1 carpdev em0 advskew ${skew} pass x\n`,
    },
  },
});

const freeBsd = (last: number, line: string, sysctl = ''): HostDesign => ({
  interfaces: { em0: { address: `192.0.2.${last}/24` } },
  system: 'freebsd',
  carp: {
    files: {
      [`fw${last}/ifconfig.sh`]: `ifconfig em0 vhid 1 ${line} alias 192.0.2.1/32\n`,
      [`fw${last}/sysctl.conf`]: sysctl,
    },
  },
});

const run = (nodes: Readonly<Record<string, HostDesign>>, schedule: readonly ActionDesign[] = []): Run =>
  defineLab({ name: 'fw', nodes, schedule, duration: '30s' }).run();

/** The page on one line. */
const textOf = (made: Run): string => plainText(made.lines()).replace(/\s+/g, ' ');

describe('what is told of CARP', () => {
  test('two equals in lockstep: one flap in one sentence', () => {
    const made = run({ fw1: openBsd(11, 0), fw2: openBsd(12, 0) });
    expect(made.report.verdict.word).toBe('flap');
    expect(textOf(made)).toContain(
      'FLAP: fw1 and fw2 are MASTER for 0.1 ms in every 3.0001 s, 9 times, without a cause. It has an owner for less than 0.01 % of that time. Each yields to the equal advert of the other: no address decides between equals',
    );
    expect(made.log().slice(0, 2)).toEqual([
      '   3.000000  fw1 kernel: carp0: state transition: BACKUP -> MASTER',
      '   3.000000  fw2 kernel: carp0: state transition: BACKUP -> MASTER',
    ]);
    expect(made.logFiles().map(({ name }) => name)).toEqual(['fw1.kernel.log', 'fw2.kernel.log']);
  });

  test('a bow-out to two equal backups', () => {
    const made = run({ fw1: openBsd(11, 0), fw2: openBsd(12, 100), fw3: openBsd(13, 100) }, [
      { at: '10.3s', do: 'interface-down', node: 'fw1', interface: 'carp0' },
    ]);
    const text = textOf(made);
    expect(text).toContain('interface-down fw1 carp0; its last carp0 advert was at 10.000; 10.300 INIT');
    expect(text).toContain('fw2 and fw3 are MASTER for 0.1 ms in every 3.390725 s');
  });

  test('a demotion, and who takes over for it', () => {
    const sysctl = 'net.inet.carp.preempt=1\n';
    const made = run(
      { fw1: freeBsd(11, 'advskew 0 pass x', sysctl), fw2: freeBsd(12, 'advskew 100 pass x', sysctl) },
      [{ at: '10.3s', do: 'carp-demote', node: 'fw1', by: 240 }],
    );
    const text = textOf(made);
    expect(text).toContain('10.300 demoted by 240 (sysctl), to 240');
    expect(text).toContain('fw2 master of .1 preempts fw1: advskew 100 beats its 240');
    expect(made.report.verdict.word).toBe('no-flap');
    expect(made.log('fw1')).toContain('  10.300000  fw1 kernel: carp: demoted by 240 to 240 (sysctl)');
  });

  test('a demotion that comes by itself is told by itself', () => {
    const made = run({ fw1: freeBsd(11, 'advskew 0 pass x'), fw2: freeBsd(12, 'advskew 100 pass x') }, [
      { at: '10.5s', do: 'send-errors', node: 'fw1', failing: true },
    ]);
    expect(textOf(made)).toContain('13.000 fw1 demoted 240 by 240 (send error 50 on em0)');
  });

  test('a rejected advert is the reason for a second master', () => {
    const made = run({ fw1: freeBsd(11, 'advskew 0 pass x'), fw2: freeBsd(12, 'advskew 100 pass y') });
    expect(textOf(made)).toContain(
      'fw2 master of .1 3.391 s after BACKUP: it rejects the adverts of fw1 (badauth: another password or other addresses). DUAL until the end',
    );
  });

  test('VRRPv3 in the kernel has priorities', () => {
    const sysctl = 'net.inet.carp.preempt=1\n';
    const made = run({
      fw1: freeBsd(11, 'carpver 3 vrrpprio 200 vrrpinterval 100', sysctl),
      fw2: freeBsd(12, 'carpver 3 vrrpprio 100 vrrpinterval 50', sysctl),
    });
    const text = textOf(made);
    expect(text).toContain('192.0.2.1 (1@em0, priority 200/100)');
    expect(text).toContain('preempts fw2: priority 200 beats its 100. FLAP: nothing caused it');
    expect(text).toContain('preempts fw1: an advert every 0.5 s beats its every 1 s. FLAP');
  });

  test('ucarp that is MASTER and has no script that adds the address', () => {
    const made = run({
      n1: {
        address: '192.0.2.11/24',
        ucarp: { command: 'ucarp -i eth0 -s 192.0.2.11 -v 1 -p x -a 192.0.2.1', ready: '0s' },
      },
    });
    expect(textOf(made)).toContain(
      'n1 master without .1 ucarp is MASTER, and its kernel does not have the address',
    );
    expect(made.logFiles().map(({ name }) => name)).toEqual(['n1.ucarp.log']);
  });
});

describe('what the timers of CARP allow', () => {
  const factsOf = (nodes: Readonly<Record<string, HostDesign>>) =>
    vipFactsOf(defineLab({ name: 'fw', nodes }).plan)[0];

  test('the longest wait, and a demoted master that advertises every 1.9375 s', () => {
    expect(
      factsOf({ fw1: freeBsd(11, 'advskew 0 pass x'), fw2: freeBsd(12, 'advskew 100 pass x') }),
    ).toMatchObject({
      instances: [
        { node: 'fw1', name: '1@em0', protocol: 'carp', vhid: 1, priority: 0, masterDownNs: 3 * SECOND },
        { node: 'fw2', name: '1@em0', protocol: 'carp', vhid: 1, priority: 100, masterDownNs: 3_390_625_000 },
      ],
      headlessBudgetNs: 3_390_725_000,
      settlingNs: 3_390_625_000 + 1_937_500_000 + 200_000 + MILLISECOND,
    });
  });

  test('VRRPv3 waits by the slowest interval that it may hear', () => {
    expect(
      factsOf({
        fw1: freeBsd(11, 'carpver 3 vrrpprio 200 vrrpinterval 500'),
        fw2: freeBsd(12, 'carpver 3 vrrpprio 100 vrrpinterval 100'),
      })?.headlessBudgetNs,
    ).toBe(18_040_000_000 + 100_000);
  });

  test('ticks, and the time that booting takes', () => {
    const slow = (host: HostDesign): HostDesign => ({
      ...host,
      carp: {
        ...(typeof host.carp === 'object' ? host.carp : { files: {} }),
        timers: 'ticks',
        ready: ['1s', '4s'],
        rc: '10s',
      },
    });
    const exact = factsOf({ fw1: openBsd(11, 0), fw2: openBsd(12, 100) });
    const ticked = factsOf({ fw1: slow(openBsd(11, 0)), fw2: slow(openBsd(12, 100)) });
    expect((ticked?.settlingNs ?? 0) - (exact?.settlingNs ?? 0)).toBe(14 * SECOND);
    const late = factsOf({
      fw1: slow(freeBsd(11, 'advskew 0 pass x')),
      fw2: slow(freeBsd(12, 'advskew 100 pass x')),
    });
    expect(late?.headlessBudgetNs).toBe(3_392 * MILLISECOND + 100_000);
  });
});
