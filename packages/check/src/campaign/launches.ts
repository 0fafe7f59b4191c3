import type { LabPlan, Nanoseconds } from '@viplab/core';

/** Something on a host that takes its time to come up: keepalived, a ucarp process, CARP in the kernel. */
export interface Launch {
  readonly node: string;
  /** `keepalived`, `carp`, `ucarp`, `ucarp/2`. */
  readonly program: string;
  /** What a scenario calls it: its node, or `n1/ucarp/2` where something else of the node comes first. */
  readonly key: string;
  /** The path of the timer that runs meanwhile. */
  readonly timer: string;
  /** How long it may take. */
  readonly min: Nanoseconds;
  readonly max: Nanoseconds;
}

type HostPlan = LabPlan['hosts'][number];

/** What a host launches, in a canonical order. */
export function launchesOf({ name: node, keepalived, carp, ucarps }: HostPlan): Launch[] {
  const found = [
    ...(keepalived === null ? [] : [{ program: 'keepalived', ...keepalived.launch }]),
    ...(carp === null ? [] : [{ program: 'carp', ...carp.ready }]),
    ...ucarps.map(({ name, launch }) => ({ program: name, ...launch })),
  ];
  return found.map(({ program, min, max }, index) => ({
    node,
    program,
    key: index === 0 ? node : `${node}/${program}`,
    timer: program === 'carp' ? `${node}/carp.netstart` : `${node}/${program}/process.launch`,
    min,
    max,
  }));
}

/** What all hosts of a lab launch. */
export const allLaunches = ({ hosts }: Pick<LabPlan, 'hosts'>): Launch[] => hosts.flatMap(launchesOf);

/** The programs that elect an owner and can be stopped, killed and stalled: keepalived and ucarp. */
export const daemonsOf = ({ keepalived, ucarps }: HostPlan): string[] => [
  ...(keepalived === null ? [] : ['keepalived']),
  ...ucarps.map(({ name }) => name),
];

/** What runs elections in a lab, as its bounds name it: `keepalived`, `CARP`, `ucarp`, joined by ` or `. */
export function electorsInWords(programs: Iterable<string>): string {
  const words = new Set<string>();
  for (const program of programs) words.add(program === 'carp' ? 'CARP' : (program.split('/')[0] ?? program));
  return [...words].join(' or ');
}
