import { type CarpSystem, defineLab, type HostDesign, isOpenBsd, type Lab } from '@viplab/core';

/** How a cluster of CARP is made. */
export interface CarpClusterOptions {
  readonly system?: CarpSystem;
  readonly preempt?: boolean;
  readonly cable?: `${number}us`;
  readonly ties?: 'packet-first' | 'timer-first';
  readonly advbase?: number;
  /** From boot to the configured interface, by node; default 0s. */
  readonly ready?: readonly `${number}ms`[];
}

/** The files of one node: hostname.if(5) and sysctl.conf, or rc.conf and sysctl.conf. */
export function carpFiles(
  node: string,
  address: string,
  skew: number,
  { system = 'openbsd', preempt = false, advbase = 1 }: CarpClusterOptions,
): Record<string, string> {
  const sysctl: Record<string, string> = {
    [`${node}/sysctl.conf`]: `net.inet.carp.preempt=${preempt ? 1 : 0}\n`,
  };
  if (isOpenBsd(system))
    return {
      [`${node}/hostname.em0`]: `inet ${address} 255.255.255.0 NONE\n`,
      [`${node}/hostname.carp0`]: `inet 192.168.1.100 255.255.255.0 NONE vhid 1 carpdev em0 advbase ${advbase} advskew ${skew} pass mekmitasdigoat\n`,
      ...sysctl,
    };
  if (system === 'freebsd-9')
    return {
      [`${node}/rc.conf`]: `ifconfig_em0="inet ${address}/24"\ncloned_interfaces="carp0"\nifconfig_carp0="vhid 1 advbase ${advbase} advskew ${skew} pass mekmitasdigoat 192.168.1.100/24"\n`,
      ...sysctl,
    };
  return {
    [`${node}/rc.conf`]: `ifconfig_em0="inet ${address}/24"\nifconfig_em0_alias0="inet vhid 1 advbase ${advbase} advskew ${skew} pass mekmitasdigoat alias 192.168.1.100/32"\n`,
    ...sysctl,
  };
}

/** A cluster of kernels with these skews on one switch, 100 µs a cable unless said, and a client. */
export function carpCluster(skews: readonly number[], options: CarpClusterOptions = {}): Lab {
  const { system = 'openbsd', cable = '100us', ties, ready } = options;
  const names = skews.map((_, index) => `n${index + 1}`);
  return defineLab({
    name: `carp-${skews.join('-')}`,
    ...(ties === undefined ? {} : { ties }),
    nodes: {
      sw1: { kind: 'switch' },
      ...Object.fromEntries(
        skews.map((skew, index): [string, HostDesign] => {
          const name = `n${index + 1}`;
          return [
            name,
            {
              system,
              carp: {
                files: carpFiles(name, `192.168.1.${11 + index}`, skew, options),
                ready: ready?.[index] ?? '0s',
              },
            },
          ];
        }),
      ),
      c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } },
    },
    links: [
      ...names.map((name) => ({ between: [`${name}:em0`, 'sw1'] as const, delay: cable })),
      { between: ['c1:eth0', 'sw1'] as const, delay: cable },
    ],
  });
}

/** How a cluster of ucarps is made. */
export interface UcarpClusterOptions {
  readonly preempt?: boolean;
  readonly cable?: `${number}us`;
  readonly capture?: 'blocks' | 'immediate';
  /** Without `-z`: a ucarp that is stopped leaves its address behind. */
  readonly leavesAddress?: boolean;
}

/** A cluster of Linux hosts with a ucarp each, 100 µs a cable unless said, and a client. */
export function ucarpCluster(skews: readonly number[], options: UcarpClusterOptions = {}): Lab {
  const { cable = '100us', preempt = false, capture, leavesAddress = false } = options;
  const names = skews.map((_, index) => `n${index + 1}`);
  return defineLab({
    name: `ucarp-${skews.join('-')}`,
    nodes: {
      sw1: { kind: 'switch' },
      ...Object.fromEntries(
        skews.map((skew, index): [string, HostDesign] => {
          const address = `192.168.1.${11 + index}`;
          return [
            `n${index + 1}`,
            {
              address: `${address}/24`,
              ucarp: {
                command: `ucarp -i eth0 -s ${address} -v 1 -p secret -a 192.168.1.100 -k ${skew}${preempt ? ' -P' : ''}${leavesAddress ? '' : ' -z'} -u /etc/vip-up.sh -d /etc/vip-down.sh`,
                scripts: {
                  '/etc/vip-up.sh': 'ip addr add 192.168.1.100/24 dev eth0\n',
                  '/etc/vip-down.sh': 'ip addr del 192.168.1.100/24 dev eth0\n',
                },
                ready: '0s',
                ...(capture === undefined ? {} : { capture }),
              },
            },
          ];
        }),
      ),
      c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } },
    },
    links: [
      ...names.map((name) => ({ between: [`${name}:eth0`, 'sw1'] as const, delay: cable })),
      { between: ['c1:eth0', 'sw1'] as const, delay: cable },
    ],
  });
}
