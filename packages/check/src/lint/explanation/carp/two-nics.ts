import type { HostDesign, LabDesign } from '@viplab/core';

const SYSCTL = 'net.inet.carp.preempt=0\n';

const firewall = (node: string, host: number, skew: number): HostDesign => ({
  interfaces: {
    em0: { address: `192.168.1.${host}/24` },
    em1: { address: `10.0.0.${host}/24` },
  },
  system: 'freebsd-13',
  carp: {
    files: {
      [`${node}/sysctl.conf`]: SYSCTL,
      [`${node}/rc.conf`]: [
        `ifconfig_em0_alias0="inet vhid 1 advskew ${skew} pass secret alias 192.168.1.100/24"`,
        `ifconfig_em1_alias0="inet vhid 2 advskew ${skew} pass secret alias 10.0.0.100/24"`,
        '',
      ].join('\n'),
    },
  },
});

/** Two firewalls between two networks, without preempt. */
export const TWO_NICS: LabDesign = {
  name: 'carp/split-without-preempt',
  nodes: {
    sw1: { kind: 'switch' },
    sw2: { kind: 'switch' },
    n1: firewall('n1', 11, 0),
    n2: firewall('n2', 12, 100),
    c1: {
      address: '192.168.1.50/24',
      client: { request: '192.168.1.100:8080', every: '200ms', from: '145ms' },
    },
    c2: { address: '10.0.0.50/24', client: { request: '10.0.0.100:8080', every: '200ms', from: '145ms' } },
  },
  links: [
    ['n1:em0', 'sw1'],
    ['n2:em0', 'sw1'],
    ['c1', 'sw1'],
    ['n1:em1', 'sw2'],
    ['n2:em1', 'sw2'],
    ['c2', 'sw2'],
  ],
  schedule: [{ at: '10s', do: 'unplug', node: 'n1', interface: 'em0' }],
  duration: '30s',
};
