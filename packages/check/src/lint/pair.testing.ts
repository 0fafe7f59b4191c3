import { type Diagnostic, type LabDesign, planLab } from '@viplab/core';
import { type SmallConf, type SmallLab, smallLab } from './explanation/smallest-lab.js';
import { lintLab } from './lint-lab.js';

/** What lint says about a design, whatever its reader says. */
export function lintDesign(design: LabDesign): readonly Diagnostic[] {
  return lintLab(design, planLab(design).plan);
}

/** What lint says about nodes on one switch. */
export const lintNodes = (
  nodes: Readonly<Record<string, SmallConf>>,
  more: Partial<SmallLab> = {},
): readonly Diagnostic[] => lintDesign(smallLab({ name: 'tested', nodes, ...more }));

/** What lint says about n1 with 150 and n2 with 100, and what else is said of them. */
export const lintPair = (n1: SmallConf, n2: SmallConf, more: Partial<SmallLab> = {}): readonly Diagnostic[] =>
  lintNodes({ n1: { priority: 150, ...n1 }, n2: { priority: 100, ...n2 } }, more);

/** `n2/keepalived.conf:4:14 vrrp/equal-priority` */
export const placed = (found: readonly Diagnostic[]): readonly string[] =>
  found.map(({ file, range, code }) => `${file}:${range.start.line}:${range.start.column} ${code}`);

/** A text with the edits of a cure made. */
export function cured(text: string, { cures }: Diagnostic, index = 0): string {
  const lines = text.split('\n');
  for (const { range, text: replacement } of cures?.[index]?.edits ?? []) {
    const line = lines[range.start.line - 1] ?? '';
    lines[range.start.line - 1] =
      line.slice(0, range.start.column - 1) + replacement + line.slice(range.end.column - 1);
  }
  return lines.join('\n');
}
