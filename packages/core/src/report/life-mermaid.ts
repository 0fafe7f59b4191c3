import { formatSeconds } from '../engine/index.js';
import type { ConnectionLife } from './connection-life.js';
import { type LifeStep, lifeSteps } from './life-steps.js';
import { endInWords } from './life-words.js';
import { escapedForMermaid } from './mermaid-text.js';
import type { Report } from './report.js';

/** How much of a connection's life becomes a diagram. */
export interface LifeMermaidOptions {
  /** How many messages and notes at most; default 60. The middle of a longer life is left out. */
  readonly most?: number;
}

const MOST = 60;

/**
 * The life of one connection as a Mermaid sequence diagram: the client, the servers that had to do with it, and the
 * segments between them; what got no answer ends in a cross.
 *
 * @returns the text of the diagram, without a fence around it
 */
export function lifeMermaid(report: Report, life: ConnectionLife, options: LifeMermaidOptions = {}): string {
  const steps = lifeSteps(report, life);
  const ids = participants(report, life, steps);
  const most = options.most ?? MOST;
  const half = Math.ceil(most / 2);
  const isLong = steps.length > most;
  const shown = isLong ? [...steps.slice(0, most - half), ...steps.slice(steps.length - half)] : steps;
  const lines = shown.flatMap((step) => linesOf(step, life, ids));
  if (isLong) {
    const over = noteOver(undefined, ids);
    const at = shown.slice(0, most - half).flatMap((step) => linesOf(step, life, ids)).length;
    lines.splice(at, 0, `Note over ${over}: ${steps.length - shown.length} steps more`);
  }
  return [
    'sequenceDiagram',
    ...[...ids].map(([name, id]) => `  participant ${id} as ${escapedForMermaid(name)}`),
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

function participants(report: Report, life: ConnectionLife, steps: readonly LifeStep[]): Map<string, string> {
  const used = new Set([life.node]);
  for (const { node, segment, kind } of steps) {
    if (segment !== undefined) {
      used.add(segment.from);
      if (segment.to !== null) used.add(segment.to);
    }
    if (kind !== 'cause') used.add(node);
  }
  const inLab = report.facts.nodes
    .map(({ name }) => name)
    .filter((name) => used.has(name) && name !== life.node);
  return new Map([life.node, ...inLab].map((name, index) => [name, `p${index}`]));
}

function noteOver(node: string | undefined, ids: ReadonlyMap<string, string>): string {
  const own = node === undefined ? undefined : ids.get(node.split(/[\s:/]/)[0] ?? node);
  if (own !== undefined) return own;
  const all = [...ids.values()];
  return all.length < 2 ? (all[0] ?? '') : `${all[0]},${all.at(-1)}`;
}

function linesOf(step: LifeStep, life: ConnectionLife, ids: ReadonlyMap<string, string>): string[] {
  const stamp = formatSeconds(step.time);
  const note = (text: string): string =>
    `Note over ${noteOver(step.node, ids)}: ${escapedForMermaid(`${stamp} ${text}`)}`;
  const { segment } = step;
  if (segment === undefined) return [note(step.kind === 'end' ? endInWords(life) : step.label)];
  const [from, to] = [ids.get(segment.from), segment.to === null ? undefined : ids.get(segment.to)];
  if (from === undefined || to === undefined || from === to)
    return [note(segment.to === null ? `${step.label}: arrives nowhere` : step.label)];
  const arrow = segment.isAnswered ? (step.kind === 'established' ? '-->>' : '->>') : '-x';
  const message = `${from}${arrow}${to}: ${escapedForMermaid(`${stamp} ${step.label}`)}`;
  const isSeen = step.kind === 'end' && step.text.includes(' sees ');
  return isSeen ? [message, note(endInWords(life))] : [message];
}
