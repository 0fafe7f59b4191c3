import { type Diagnostic, type HostDesign, type LabDesign, planLab } from '@viplab/core';
import { type SmallCarpLab, smallCarpLab } from './explanation/carp/small-carp-lab.js';
import { lintLab } from './lint-lab.js';

/** What lint says about a design whose reader has nothing grave to say. */
export function lintRead(design: LabDesign): readonly Diagnostic[] {
  const { plan, diagnostics, problems } = planLab(design);
  const grave = [...diagnostics, ...problems.list].filter(({ severity }) => severity === 'error');
  if (grave.length > 0) throw new Error(grave.map(({ message }) => message).join('\n'));
  return lintLab(design, plan);
}

/** What lint says about CARP nodes on one switch. */
export const lintCarp = (
  nodes: SmallCarpLab['nodes'],
  more: Partial<SmallCarpLab> = {},
): readonly Diagnostic[] => lintRead(smallCarpLab({ name: 'tested', nodes, ...more }));

/** A design with the edits of a finding's cure made in its file. */
export function curedDesign(design: LabDesign, { file, cures }: Diagnostic, index = 0): LabDesign {
  const edit = (text: string): string => {
    const lines = text.split('\n');
    for (const { range, text: replacement } of cures?.[index]?.edits ?? []) {
      const line = lines[range.start.line - 1] ?? '';
      lines[range.start.line - 1] =
        line.slice(0, range.start.column - 1) + replacement + line.slice(range.end.column - 1);
    }
    return lines.join('\n');
  };
  const nodes = Object.entries(design.nodes).map(([name, node]) =>
    node.kind === 'switch' ? [name, node] : [name, withText(name, node, file, edit)],
  );
  return { ...design, nodes: Object.fromEntries(nodes) };
}

function withText(name: string, host: HostDesign, file: string, edit: (text: string) => string): HostDesign {
  const { carp, ucarp } = host;
  if (typeof carp === 'object' && carp.files[file] !== undefined)
    return { ...host, carp: { ...carp, files: { ...carp.files, [file]: edit(carp.files[file]) } } };
  if (typeof ucarp === 'object' && 'command' in ucarp && file === `${name}/ucarp`)
    return { ...host, ucarp: { ...ucarp, command: edit(ucarp.command) } };
  return host;
}
