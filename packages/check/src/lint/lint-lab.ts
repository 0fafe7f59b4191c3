import type { Diagnostic, HostDesign, LabDesign, LabPlan } from '@viplab/core';
import { applyAcceptances } from './accept.js';
import { carpLineupOf, carpRoutersOf } from './carp-router.js';
import { lineupOf } from './cluster.js';
import type { Subject } from './finding.js';
import { Lan } from './lan.js';
import { routersOf } from './router.js';
import { RULES } from './rules/index.js';

/**
 * What can be said across the nodes' configuration files without running them. An error breaks in ordinary use, a
 * warning under a fault. What the files accept (`# viplab: accept CODE because REASON`) is left out.
 *
 * @param design - the lab as it was read
 * @param plan - the same, worked out (`planLab`, or `lab.plan`)
 * @param sources - texts of files by the names that places have for them; by default those of the design
 * @returns in the order of the files, lines and columns
 * @example
 * ```ts
 * const lab = await loadLab(['n1/keepalived.conf', 'n2/keepalived.conf']);
 * lintLab(lab.design, lab.plan).map(({ code }) => code); // ['vrrp/equal-priority']
 * ```
 */
export function lintLab(
  design: LabDesign,
  plan: LabPlan,
  sources: ReadonlyMap<string, string> = sourcesOf(design),
): Diagnostic[] {
  const lan = new Lan(plan);
  const texts = sourcesOf(design);
  for (const [file, text] of sources) if (texts.has(file)) texts.set(file, text);
  const subject: Subject = {
    ...lineupOf(routersOf(plan, lan)),
    carp: carpLineupOf(carpRoutersOf(plan, lan)),
    lan,
    sources: texts,
  };
  const found = unrepeated(RULES.flatMap((rule) => rule(subject)));
  return inFileOrder(applyAcceptances(found, texts), [...texts.keys()]);
}

/** The texts of a design's configuration files by name. */
export function sourcesOf(design: LabDesign): Map<string, string> {
  const sources = new Map<string, string>();
  for (const [name, node] of Object.entries(design.nodes)) {
    if (node.kind === 'switch') continue;
    for (const [file, text] of [
      ...keepalivedTexts(name, node),
      ...carpTexts(name, node),
      ...ucarpTexts(name, node),
    ])
      sources.set(file, text);
  }
  return sources;
}

type NamedText = readonly [file: string, text: string];

function keepalivedTexts(name: string, { keepalived }: HostDesign): readonly NamedText[] {
  if (keepalived === undefined) return [];
  const given = typeof keepalived === 'string' ? { conf: keepalived } : keepalived;
  return [[given.file ?? `${name}/keepalived.conf`, given.conf], ...Object.entries(given.includes ?? {})];
}

function carpTexts(name: string, { carp }: HostDesign): readonly NamedText[] {
  if (carp === undefined) return [];
  return typeof carp === 'string' ? [[`${name}/carp`, carp]] : Object.entries(carp.files);
}

function ucarpTexts(name: string, { ucarp }: HostDesign): readonly NamedText[] {
  if (ucarp === undefined) return [];
  const list = typeof ucarp === 'string' || !('length' in ucarp) ? [ucarp] : ucarp;
  return list.flatMap((one, index): readonly NamedText[] => {
    const { command, file, scripts = {} } = typeof one === 'string' ? { command: one } : one;
    const usual = index === 0 ? `${name}/ucarp` : `${name}/ucarp/${index + 1}`;
    return [[file ?? usual, command], ...Object.entries(scripts)];
  });
}

/** By file as the files are given, then by line and column; what was found first stays first. */
export function inFileOrder(diagnostics: readonly Diagnostic[], files: readonly string[]): Diagnostic[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const rank = ({ file }: Diagnostic): number => order.get(file) ?? files.length;
  return [...diagnostics].sort(
    (one, other) =>
      rank(one) - rank(other) ||
      one.range.start.line - other.range.start.line ||
      one.range.start.column - other.range.start.column,
  );
}

/** A file that two nodes include brings the same finding twice. */
function unrepeated(found: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return found.filter(({ file, range, code, message, hint }) => {
    const key = JSON.stringify([file, range, code, message, hint]);
    return !seen.has(key) && seen.add(key);
  });
}
