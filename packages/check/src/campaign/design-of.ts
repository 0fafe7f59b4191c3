import {
  type ActionDesign,
  formatDuration,
  type HostDesign,
  type KeepalivedDesign,
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
  const ready = scenario.ready[name];
  const start = scenario.starts[name];
  const host: HostDesign = { ...node, ...(start === undefined ? {} : { start: formatDuration(start) }) };
  if (ready === undefined || node.keepalived === undefined) return host;
  const keepalived: KeepalivedDesign =
    typeof node.keepalived === 'string' ? { conf: node.keepalived } : node.keepalived;
  return { ...host, keepalived: { ...keepalived, ready: formatDuration(ready) } };
}

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
      host(name);
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
