import type {
  ActionDesign,
  DurationText,
  HostDesign,
  LabDesign,
  LinkDesign,
  SwitchDesign,
  UcarpDesign,
} from '@viplab/core';

/** What is said of a CARP node; the rest is as in the nominal pair. */
export interface SmallCarp {
  readonly vhid?: number;
  readonly advskew?: number;
  readonly advbase?: number;
  readonly pass?: string;
  readonly vips?: readonly string[];
  /** Default true: as in pfSense, and as every load that is shared needs it. */
  readonly preempt?: boolean;
  /** Further words of the line that has the vhid. */
  readonly words?: string;
  /** Lines before the first. */
  readonly before?: readonly string[];
}

/** A node by its name and its own address: `192.168.1.11/24`. */
export type SmallNode = (node: string, address: string) => HostDesign;

const VIPS = ['192.168.1.100/24'];

const sysctlConf = (preempt: boolean): string => `net.inet.carp.preempt=${preempt ? 1 : 0}\n`;

/** An OpenBSD host with the smallest hostname.carp0. */
export function openBsd(
  conf: SmallCarp & { readonly nodes?: string; readonly balancing?: string } = {},
): SmallNode {
  const { vhid = 1, advskew = 0, advbase, pass = 'secret', vips = VIPS, preempt = true } = conf;
  const { words, before = [], nodes, balancing } = conf;
  const who = nodes === undefined ? `vhid ${vhid}` : `carpnodes ${nodes}`;
  const settings = [
    who,
    'carpdev em0',
    `pass ${pass}`,
    ...(nodes === undefined ? [`advskew ${advskew}`] : []),
    ...(advbase === undefined ? [] : [`advbase ${advbase}`]),
    ...(balancing === undefined ? [] : [`balancing ${balancing}`]),
    ...(words === undefined ? [] : [words]),
  ];
  const [first = '', ...more] = vips;
  const text = [
    ...before,
    settings.join(' '),
    `inet ${first}`,
    ...more.map((vip) => (vip.includes(':') ? `inet6 ${vip}` : `inet alias ${vip}`)),
  ];
  return (node, address) => ({
    interfaces: { em0: { address } },
    system: 'openbsd',
    carp: {
      files: {
        [`${node}/sysctl.conf`]: sysctlConf(preempt),
        [`${node}/hostname.carp0`]: `${text.join('\n')}\n`,
      },
    },
  });
}

/** A FreeBSD host with the smallest rc.conf. */
export function freeBsd(conf: SmallCarp & { readonly system?: 'freebsd' | 'freebsd-13' } = {}): SmallNode {
  const { vhid = 1, advskew, advbase, pass, vips = VIPS, preempt = true, system = 'freebsd-13' } = conf;
  const { words, before = [] } = conf;
  const settings = [
    `vhid ${vhid}`,
    ...(advbase === undefined ? [] : [`advbase ${advbase}`]),
    ...(advskew === undefined ? [] : [`advskew ${advskew}`]),
    ...(words === undefined || pass !== undefined ? [`pass ${pass ?? 'secret'}`] : []),
    ...(words === undefined ? [] : [words]),
  ].join(' ');
  const lines = vips.map(
    (vip, index) =>
      `ifconfig_em0_alias${index}="${vip.includes(':') ? 'inet6' : 'inet'} ${settings} alias ${vip}"`,
  );
  return (node, address) => ({
    interfaces: { em0: { address } },
    system,
    carp: {
      files: {
        [`${node}/sysctl.conf`]: sysctlConf(preempt),
        [`${node}/rc.conf`]: `${[...before, ...lines].join('\n')}\n`,
      },
    },
  });
}

/** What is said of a ucarp; null leaves a script out. */
export interface SmallUcarp {
  readonly vhid?: number;
  readonly advskew?: number;
  readonly pass?: string;
  readonly vip?: string;
  readonly preempt?: boolean;
  readonly up?: boolean;
  readonly down?: boolean;
  readonly byteOrder?: UcarpDesign['byteOrder'];
  /** Further options. */
  readonly words?: string;
}

/** A host with a ucarp, and the scripts that it needs. */
export function ucarp(conf: SmallUcarp = {}): SmallNode {
  const { vhid = 1, advskew = 0, pass = 'secret', vip = '192.168.1.100', preempt = true } = conf;
  const { up = true, down = true, byteOrder, words } = conf;
  const options = [
    `-v ${vhid}`,
    `-a ${vip}`,
    `-p ${pass}`,
    `-k ${advskew}`,
    ...(preempt ? ['-P'] : []),
    ...(words === undefined ? [] : [words]),
  ];
  const scripts = [...(up ? ['-u /etc/vip-up'] : []), ...(down ? ['-d /etc/vip-down'] : [])];
  return (_node, address) => ({
    interfaces: { eth0: { address } },
    ucarp: {
      command: [
        `ucarp -i eth0 -s ${address.slice(0, address.indexOf('/'))} \\`,
        `  ${[...options, ...scripts].join(' ')}`,
        '',
      ].join('\n'),
      scripts: {
        ...(up ? { '/etc/vip-up': '#!/bin/sh\nip addr add $2/24 dev $1\n' } : {}),
        ...(down ? { '/etc/vip-down': '#!/bin/sh\nip addr del $2/24 dev $1\n' } : {}),
      },
      ready: '0s',
      ...(byteOrder === undefined ? {} : { byteOrder }),
    },
  });
}

/** The lab of a demonstration. */
export interface SmallCarpLab {
  readonly name: string;
  readonly nodes: Readonly<Record<string, SmallNode>>;
  /** The nodes' own addresses; default 192.168.1.11/24 and up. */
  readonly addresses?: readonly string[];
  /** What the client asks; default .100. */
  readonly asks?: readonly string[];
  /** The clients' own addresses; default one, 192.168.1.50/24. */
  readonly clients?: readonly string[];
  readonly every?: DurationText;
  readonly switch?: Omit<SwitchDesign, 'kind'>;
  readonly schedule?: readonly ActionDesign[];
  readonly duration?: DurationText;
}

/** The nodes on one switch, .11 and up, and clients that ask each address five times a second. */
export function smallCarpLab(lab: SmallCarpLab): LabDesign {
  const { nodes, addresses, asks = ['192.168.1.100'], clients = ['192.168.1.50/24'], every = '200ms' } = lab;
  const hosts = Object.entries(nodes).map(
    ([node, make], index) => [node, make(node, addresses?.[index] ?? `192.168.1.${11 + index}/24`)] as const,
  );
  const askers = clients.map((address, index): readonly [string, HostDesign] => [
    `c${index + 1}`,
    { address, client: asks.map((vip) => ({ request: `${vip}:8080`, every, from: '145ms' })) },
  ]);
  return {
    name: lab.name,
    nodes: {
      sw1: { kind: 'switch', ...lab.switch },
      ...Object.fromEntries(hosts),
      ...Object.fromEntries(askers),
    },
    links: [...hosts, ...askers].map(([node]): LinkDesign => [node, 'sw1']),
    ...(lab.schedule === undefined ? {} : { schedule: lab.schedule }),
    duration: lab.duration ?? '30s',
  };
}
