import type { KeepalivedDesign, LabDesign, NodeDesign } from '@viplab/core';

/** A change of one place in a file: lines are counted from 1. */
export type ConfEdit =
  | {
      readonly kind: 'replace';
      readonly file: string;
      readonly line: number;
      /** Columns count characters from 1; the end is behind the last. */
      readonly from: number;
      readonly to: number;
      readonly text: string;
    }
  | {
      readonly kind: 'insert';
      readonly file: string;
      /** The new lines stand behind this one. */
      readonly after: number;
      readonly lines: readonly string[];
    };

/** The texts of a node's configuration by the name of the file. */
export function confTextsOf(name: string, node: NodeDesign | undefined): ReadonlyMap<string, string> {
  if (node === undefined || node.kind === 'switch' || node.keepalived === undefined) return new Map();
  const { keepalived } = node;
  if (typeof keepalived === 'string') return new Map([[`${name}/keepalived.conf`, keepalived]]);
  return new Map([
    ...Object.entries(keepalived.includes ?? {}),
    [keepalived.file ?? `${name}/keepalived.conf`, keepalived.conf],
  ]);
}

/** A text with edits made; whatever they do not touch stays as it was, line ends too. */
export function applyEdits(text: string, edits: readonly ConfEdit[]): string {
  const lines = text.split('\n');
  const ending = lines[0]?.endsWith('\r') === true ? '\r' : '';
  const place = (edit: ConfEdit): number => (edit.kind === 'replace' ? edit.line - 0.5 : edit.after);
  const column = (edit: ConfEdit): number => (edit.kind === 'replace' ? edit.from : 0);
  // From the end to the beginning, so that places stay right.
  const ordered = [...edits].sort((one, other) => place(other) - place(one) || column(other) - column(one));
  for (const edit of ordered) {
    if (edit.kind === 'insert') lines.splice(edit.after, 0, ...edit.lines.map((line) => line + ending));
    else {
      const letters = [...(lines[edit.line - 1] ?? '')];
      letters.splice(edit.from - 1, edit.to - edit.from, edit.text);
      lines[edit.line - 1] = letters.join('');
    }
  }
  return lines.join('\n');
}

/** A lab with some of one node's texts replaced. */
export function withTexts(design: LabDesign, name: string, texts: ReadonlyMap<string, string>): LabDesign {
  const node = design.nodes[name];
  if (node === undefined || node.kind === 'switch' || node.keepalived === undefined) return design;
  const before: KeepalivedDesign =
    typeof node.keepalived === 'string' ? { conf: node.keepalived } : node.keepalived;
  const main = before.file ?? `${name}/keepalived.conf`;
  const includes =
    before.includes === undefined
      ? undefined
      : Object.fromEntries(
          Object.entries(before.includes).map(([file, text]) => [file, texts.get(file) ?? text]),
        );
  const conf = texts.get(main) ?? before.conf;
  const keepalived = { ...before, conf, ...(includes === undefined ? {} : { includes }) };
  return { ...design, nodes: { ...design.nodes, [name]: { ...node, keepalived } } };
}
