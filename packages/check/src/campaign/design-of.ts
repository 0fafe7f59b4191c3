import {
  type ActionDesign,
  formatDuration,
  type HostDesign,
  type LabDesign,
  type LabPlan,
  type LinkDesign,
  type Nanoseconds,
  type NodeDesign,
  planLab,
  suggest,
} from '@viplab/core';
import type { Scenario } from './scenario.js';

/**
 * A lab with the bad luck of one run written into it: what is done becomes its schedule, in place of the one it has;
 * late boots, start-up times and delays become keys of its nodes and links. It replays with the scenario's seed.
 *
 * @throws RangeError if the scenario names a node that the lab does not have, or an instant that is none.
 * @example
 * ```ts
 * defineLab(designOf(pair.design, scenario)).run({ seed: scenario.seed });
 * ```
 */
export function designOf(design: LabDesign, scenario: Scenario): LabDesign {
  checkScenario(design, scenario);
  const { expect: _, schedule: __, ...rest } = design;
  const nodes = Object.fromEntries(
    Object.entries(design.nodes).map(([name, node]) => [name, nodeOf(name, node, scenario)]),
  );
  const delayed =
    scenario.latency === undefined ? {} : { links: linksOf(design, formatDuration(scenario.latency)) };
  return {
    ...rest,
    nodes: scenario.latency === undefined ? nodes : { ...switchesOf(design), ...nodes },
    ...delayed,
    schedule: scheduleOf(scenario),
    duration: formatDuration(scenario.until),
  };
}

/** Losses come before deeds of the same instant: what a deed sends may be what is lost. */
function scheduleOf({ actions, losses }: Scenario): ActionDesign[] {
  const lines = [
    ...losses.map(({ at, node, kind }) => ({
      at,
      line: { do: 'lose-next', node, only: kind } as const satisfies Omit<ActionDesign, 'at'>,
    })),
    ...actions.map(({ at, deed }) => ({ at, line: deed })),
  ];
  return lines
    .sort((one, other) => one.at - other.at)
    .map(({ at, line }): ActionDesign => ({ at: formatDuration(at), ...line }));
}

function nodeOf(name: string, node: NodeDesign, scenario: Scenario): NodeDesign {
  if (node.kind === 'switch') return node;
  const start = scenario.starts[name];
  const host: HostDesign = { ...node, ...(start === undefined ? {} : { start: formatDuration(start) }) };
  return readyHost(name, host, scenario.ready);
}

/** A host whose programs take as long to come up as a scenario says. */
function readyHost(name: string, host: HostDesign, spans: Scenario['ready']): HostDesign {
  const { keepalived, carp, ucarp } = host;
  const commands = ucarp === undefined ? [] : isList(ucarp) ? ucarp : [ucarp];
  const programs = [
    ...(keepalived === undefined ? [] : ['keepalived']),
    ...(carp === undefined ? [] : ['carp']),
    ...commands.map((_, index) => ucarpName(index)),
  ];
  // What comes first is called by its node alone, as in `launchesOf`.
  const readyOf = (program: string): { readonly ready?: ReturnType<typeof formatDuration> } => {
    const span = spans[program === programs[0] ? name : `${name}/${program}`];
    return span === undefined ? {} : { ready: formatDuration(span) };
  };
  if (!programs.some((program) => readyOf(program).ready !== undefined)) return host;
  return {
    ...host,
    ...(keepalived === undefined
      ? {}
      : {
          keepalived: {
            ...(typeof keepalived === 'string' ? { conf: keepalived } : keepalived),
            ...readyOf('keepalived'),
          },
        }),
    ...(carp === undefined
      ? {}
      : {
          carp: {
            ...(typeof carp === 'string' ? { files: { [`${name}/carp`]: carp } } : carp),
            ...readyOf('carp'),
          },
        }),
    ...(ucarp === undefined
      ? {}
      : {
          ucarp: commands.map((each, index) => ({
            ...(typeof each === 'string' ? { command: each } : each),
            ...readyOf(ucarpName(index)),
          })),
        }),
  };
}

/** The process of the nth ucarp of a host, counted from 0. */
const ucarpName = (index: number): string => (index === 0 ? 'ucarp' : `ucarp/${index + 1}`);

const isList = <T>(given: T | readonly T[]): given is readonly T[] => Array.isArray(given);

/** The cables of the lab, also those that it leaves out, with one delay. */
function linksOf(design: LabDesign, delay: ReturnType<typeof formatDuration>): LinkDesign[] {
  if (design.links !== undefined)
    return design.links.map((link) => ({ ...('between' in link ? link : { between: link }), delay }));
  return planOf(design).links.map(({ ends: [a, b] }) => {
    // The end at a switch is named by what is at it, as where the lab leaves its links out.
    const text = (end: typeof a): string =>
      design.nodes[end.node]?.kind === 'switch' || design.nodes[end.node] === undefined
        ? end.node
        : `${end.node}:${end.port}`;
    return { between: [text(a), text(b)], delay };
  });
}

/** The switch that a lab without one has all the same: where its links are written, it must be too. */
function switchesOf(design: LabDesign): Record<string, NodeDesign> {
  if (design.links !== undefined) return {};
  return Object.fromEntries(
    planOf(design)
      .switches.filter(({ name }) => design.nodes[name] === undefined)
      .map(({ name }) => [name, { kind: 'switch' as const }]),
  );
}

const planOf = (design: LabDesign): LabPlan => planLab(design).plan;

function checkScenario(
  design: LabDesign,
  { starts, ready, actions, losses, latency, until }: Scenario,
): void {
  const hosts = Object.entries(design.nodes).flatMap(([name, node]) =>
    node.kind === 'switch' ? [] : [name],
  );
  const host = (name: string): void => {
    if (hosts.includes(name)) return;
    const near = suggest(name, hosts);
    throw new RangeError(
      `scenario: no host '${name}'${near === undefined ? '' : `, did you mean ${near}?`} (there are ${hosts.join(', ')})`,
    );
  };
  const instant = (what: string, at: Nanoseconds): void => {
    if (Number.isSafeInteger(at) && at >= 0) return;
    throw new RangeError(`scenario: ${what} is ${at}; write whole nanoseconds from the start, 0 or more`);
  };
  for (const [what, spans] of [
    ['the start', starts],
    ['the start-up time', ready],
  ] as const) {
    for (const [name, span] of Object.entries(spans)) {
      // A start-up time may be that of one of several programs: `n1/ucarp/2`.
      host(spans === ready ? (name.split('/')[0] ?? name) : name);
      instant(`${what} of ${name}`, span);
    }
  }
  for (const { at, deed } of actions) instant(`the instant of ${deed.do}`, at);
  for (const { at, node, kind } of losses) {
    host(node);
    instant(`the instant of a lost ${kind} frame`, at);
  }
  if (latency !== undefined && !(Number.isSafeInteger(latency) && latency >= 1))
    throw new RangeError(`scenario: the latency is ${latency}; write whole nanoseconds, 1 or more`);
  instant('its end', until);
}
