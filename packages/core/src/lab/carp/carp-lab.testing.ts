import { type DurationInput, parseDuration } from '../../engine/index.js';
import {
  type CarpConfig,
  type CarpInterfaceConfig,
  type CarpSysctls,
  type CarpSystem,
  DEFAULT_CARP_SYSCTLS,
  isOpenBsd,
} from '../../host/carp/carp-config.js';
import type { TraceEvent } from '../../trace/index.js';
import { tryParseIpCidr } from '../../wire/index.js';
import type { ActionDesign, HostDesign, LabDesign } from '../design.js';
import type { CarpPlan, LabPlan } from '../plan.js';
import { planLab } from '../plan-lab.js';
import { planSchedule } from '../plan-schedule.js';
import { Simulation, type SimulationOptions } from '../simulation.js';

/** One virtual host of a bench: what differs from vhid 1, advbase 1, advskew 0, 192.0.2.1. */
export interface BenchVhid extends Partial<Omit<CarpInterfaceConfig, 'addresses' | 'nodes'>> {
  readonly vhid?: number;
  readonly advskew?: number;
  readonly addresses?: readonly string[];
  readonly nodes?: CarpInterfaceConfig['nodes'];
}

/** One machine of a bench. */
export interface BenchNode {
  readonly system?: CarpSystem;
  readonly vhids?: readonly BenchVhid[];
  /** Short for one vhid of this skew. */
  readonly advskew?: number;
  readonly start?: DurationInput;
  readonly sysctl?: Partial<CarpSysctls>;
  readonly host?: Partial<HostDesign>;
  readonly carp?: Partial<CarpPlan>;
}

/** A LAN with CARP machines on one switch (`em1` on a second), d = 1 ms one way. */
export interface BenchLab {
  readonly nodes: Readonly<Record<string, BenchNode>>;
  readonly schedule?: readonly ActionDesign[];
  readonly lab?: Partial<LabDesign>;
  /** One way, from host to host; default 1ms. */
  readonly delay?: DurationInput;
}

const PLACE = { file: 'bench', range: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } } };

/** A CARP configuration as a reader would make it. */
export function benchConfig(node: BenchNode): CarpConfig {
  const system = node.system ?? 'freebsd-13';
  const hasOwn = isOpenBsd(system) || system === 'freebsd-9';
  const vhids = node.vhids ?? [{ advskew: node.advskew ?? 0 }];
  return {
    system,
    sysctl: { ...DEFAULT_CARP_SYSCTLS, ...node.sysctl },
    interfaces: vhids.map((given, index): CarpInterfaceConfig => {
      const {
        vhid = index + 1,
        advskew = 0,
        addresses = [`192.0.2.${index + 1}/24`],
        nodes,
        ...rest
      } = given;
      const parent = given.parent ?? 'em0';
      return {
        name: hasOwn ? `carp${index}` : `${vhid}@${parent}`,
        parent,
        nodes: nodes ?? [{ vhid, advskew }],
        advbase: 1,
        password: 'mekmitasdigoat',
        balancing: 'none',
        addresses: addresses.map((text) => {
          const cidr = tryParseIpCidr(text);
          if (cidr === undefined) throw new RangeError(text);
          return cidr;
        }),
        peer: null,
        peerIpv6: null,
        initialState: null,
        isUp: true,
        groups: ['carp'],
        mac: null,
        vrrp: null,
        origin: { block: PLACE },
        ...rest,
      };
    }),
    groupDemotion: {},
    origin: {},
  };
}

/** Starts a bench. */
export const benchLab = (bench: BenchLab, options: SimulationOptions = {}): Simulation =>
  new Simulation(benchPlan(bench), options);

/** The plan of a bench. */
export function benchPlan(bench: BenchLab): LabPlan {
  const names = Object.keys(bench.nodes);
  const hasSecond = Object.values(bench.nodes).some((node) =>
    node.vhids?.some(({ parent }) => parent === 'em1'),
  );
  const delay = parseDuration(bench.delay ?? '1ms') / 2;
  const cable = `${delay}ns` as DurationInput;
  const design: LabDesign = {
    name: 'bench',
    duration: '1h',
    ...bench.lab,
    nodes: {
      sw1: { kind: 'switch' },
      ...(hasSecond ? { sw2: { kind: 'switch' } } : {}),
      ...Object.fromEntries(
        names.map((name, index): [string, HostDesign] => [
          name,
          {
            interfaces: {
              em0: { address: `192.0.2.${11 + index}/24` },
              ...(hasSecond ? { em1: { address: `198.51.100.${11 + index}/24` } } : {}),
            },
            ...(bench.nodes[name]?.start === undefined
              ? {}
              : { start: bench.nodes[name]?.start as DurationInput }),
            ...bench.nodes[name]?.host,
          },
        ]),
      ),
      ...bench.lab?.nodes,
    },
    links: [
      ...names.flatMap((name) => [
        { between: [`${name}:em0`, 'sw1'] as const, delay: cable },
        ...(hasSecond ? [{ between: [`${name}:em1`, 'sw2'] as const, delay: cable }] : []),
      ]),
      ...(bench.lab?.links ?? []),
    ],
    schedule: bench.schedule ?? [],
  };
  const { plan, problems } = planLab({ ...design, schedule: [] });
  const hosts = plan.hosts.map((host) => {
    const node = bench.nodes[host.name];
    if (node === undefined) return host;
    const carp: CarpPlan = {
      config: benchConfig(node),
      ready: { min: 0, max: 0 },
      timers: 'ideal',
      rc: 0,
      ...node.carp,
    };
    const isDual = node.vhids?.some(({ addresses }) => addresses?.some((text) => text.includes(':')));
    return { ...host, carp, hasIpv6: host.hasIpv6 || isDual === true };
  });
  const schedule = planSchedule(design, hosts, plan.switches, plan.links, plan.duration, problems);
  const errors = problems.list.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return { ...plan, hosts, schedule };
}

/** What happened to states: `A M 3.000000`, in order of time and node; INIT is `in`. */
export function statesOf(sim: Simulation, instance?: string): string[] {
  return sim.trace.events
    .flatMap((event) =>
      event.name === 'carp.state' && (instance === undefined || event.instance === instance) ? [event] : [],
    )
    .sort((a, b) => a.time - b.time || (a.node < b.node ? -1 : a.node > b.node ? 1 : 0))
    .map((event) => `${event.node} ${WORDS[event.to]} ${seconds(event.time)}`);
}

const WORDS = { INIT: 'in', BACKUP: 'bk', MASTER: 'M' } as const;

/** An instant in seconds, to the microsecond. */
export const seconds = (time: number): string => (time / 1e9).toFixed(6);

/** Instants of events of a name, by node. */
export function instantsOf(
  sim: Simulation,
  name: TraceEvent['name'],
  node: string,
  matches: (event: TraceEvent) => boolean = () => true,
): string[] {
  return sim.trace.events.flatMap((event) =>
    event.name === name && event.node === node && matches(event) ? [seconds(event.time)] : [],
  );
}
