import type { ActionDesign, HostDesign, LabDesign, UcarpDesign } from '../../lab/index.js';
import { defineLab, type Run } from '../../lab/index.js';
import { ipv4Address } from '../../wire/index.js';

/** What a ucarp of these tests is given beside the usual. */
export interface Given extends Partial<Omit<UcarpDesign, 'command'>> {
  /** Its source address; in 10.0.0.0/16. */
  readonly source: string;
  readonly advskew?: number;
  readonly advbase?: number;
  /** Further options: `-P`. */
  readonly more?: string;
  /** When it is started; at once if left out. */
  readonly start?: HostDesign['start'];
  readonly password?: string;
  readonly vhid?: number;
}

export const VIP = '10.0.200.1';

/** The command line of a ucarp. */
export const commandOf = ({
  source,
  advskew = 0,
  advbase = 1,
  more = '',
  password = 'secret',
  vhid = 1,
}: Given): string =>
  `ucarp -i eth0 -s ${source} -v ${vhid} -p ${password} -a ${VIP} -b ${advbase} -k ${advskew} ` +
  `-u ./vip-up.sh -d ./vip-down.sh ${more}`;

/** ucarps on one switch, each `n1`, `n2` and so on; one way from one to another takes 1 ms, and packets are read at once. */
export function lanOf(
  givens: readonly Given[],
  schedule: readonly ActionDesign[] = [],
  more: Partial<LabDesign> = {},
): LabDesign {
  const nodes: Record<string, HostDesign> = {};
  givens.forEach((given, index) => {
    const { source, start, advskew: _k, advbase: _b, more: _m, password: _p, vhid: _v, ...design } = given;
    nodes[`n${index + 1}`] = {
      address: `${source}/16`,
      ucarp: { ready: '0s', capture: 'immediate', ...design, command: commandOf(given) },
      ...(start === undefined ? {} : { start }),
    };
  });
  const names = Object.keys(nodes);
  return {
    name: 'lan',
    nodes: { sw1: { kind: 'switch' }, ...nodes },
    links: names.map((name) => ({ between: [name, 'sw1'] as const, delay: '500us' as const })),
    schedule,
    duration: '30s',
    ...more,
  };
}

export const runOf = (...parts: Parameters<typeof lanOf>): Run => defineLab(lanOf(...parts)).run();

/** States as `n1 MASTER 3.000`, of all nodes in their order. */
export const statesOf = (run: Run): string[] =>
  run.trace.filter('carp.state').map(({ node, to, time }) => `${node} ${to} ${(time / 1e9).toFixed(3)}`);

/** The instants of some events of a node, in seconds. */
export const timesOf = (run: Run, name: 'arp.announced' | 'carp.advert-sent', node: string): string[] =>
  run.trace
    .filter(name)
    .filter((event) => event.node === node)
    .map(({ time }) => (time / 1e9).toFixed(3));

/** What the log of a node says. */
export const logOf = (run: Run, node: string): string[] =>
  run.trace
    .filter('daemon.log')
    .filter((event) => event.node === node)
    .map(({ line }) => line);

/** Whose kernels hold the address at the end. */
export const holdersOf = (run: Run): string[] =>
  [...run.simulation.network.hosts.values()]
    .filter((host) => host.owns(ipv4Address(VIP)))
    .map(({ name }) => name);
