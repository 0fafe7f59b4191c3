import type { ActionDesign, DurationText, HostDesign, LabDesign, LinkDesign, NodeDesign } from '@viplab/core';

/** What is said of a node beside its priority; everything else is left to keepalived's defaults. */
export interface SmallConf {
  readonly name?: string;
  readonly vrid?: number;
  readonly priority?: number;
  readonly vips?: readonly string[];
  /** Lines before the instance. */
  readonly before?: readonly string[];
  /** Further lines of the instance, each with its own indentation inside it. */
  readonly lines?: readonly string[];
  /** Processes that run, with their ports. */
  readonly services?: Readonly<Record<string, number>>;
}

/** The smallest keepalived.conf that says so. */
export function smallConf(conf: SmallConf): string {
  const { name = 'VI_1', vrid = 51, priority = 100, vips = ['192.168.1.100/24'] } = conf;
  return [
    ...(conf.before ?? []),
    `vrrp_instance ${name} {`,
    '    interface eth0',
    `    virtual_router_id ${vrid}`,
    `    priority ${priority}`,
    ...(conf.lines ?? []).map((line) => `    ${line}`),
    '    virtual_ipaddress {',
    ...vips.map((vip) => `        ${vip}`),
    '    }',
    '}',
    '',
  ].join('\n');
}

/** The lab of a demonstration. */
export interface SmallLab {
  readonly name: string;
  readonly nodes: Readonly<Record<string, SmallConf>>;
  /** From launch to first state, one for each node in their order; default 60 ms and 20 ms more for each further one. */
  readonly ready?: readonly DurationText[];
  /** One way over each cable; default 50us. */
  readonly delay?: DurationText | readonly [DurationText, DurationText];
  readonly schedule?: readonly ActionDesign[];
  readonly duration?: DurationText;
}

/** The nodes on one switch, .11 and up, and a client that asks each address five times a second. */
export function smallLab({ name, nodes, ready, delay, schedule, duration }: SmallLab): LabDesign {
  const hosts = Object.entries(nodes).map(([node, conf], index): readonly [string, HostDesign] => [
    node,
    {
      address: `192.168.1.${11 + index}/24`,
      keepalived: { conf: smallConf(conf), ready: ready?.[index] ?? `${60 + 20 * index}ms` },
      ...(conf.services === undefined ? {} : { services: conf.services }),
    },
  ]);
  const targets = [...new Set(Object.values(nodes).flatMap(({ vips = ['192.168.1.100/24'] }) => vips))];
  const client: HostDesign = {
    address: '192.168.1.50/24',
    client: targets.map((vip) => ({
      request: `${vip.slice(0, vip.indexOf('/'))}:8080`,
      every: '200ms',
      from: '145ms',
    })),
  };
  const all: Record<string, NodeDesign> = {
    sw1: { kind: 'switch' },
    ...Object.fromEntries(hosts),
    c1: client,
  };
  const links = [...hosts.map(([node]) => node), 'c1'].map(
    (node): LinkDesign => (delay === undefined ? [node, 'sw1'] : { between: [node, 'sw1'], delay }),
  );
  return {
    name,
    nodes: all,
    links,
    ...(schedule === undefined ? {} : { schedule }),
    duration: duration ?? '30s',
  };
}
