import type { HostDesign, KeepalivedDesign, LabDesign, NodeDesign, UcarpDesign } from '@viplab/core';

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

/** The texts of a node's configuration (keepalived's, CARP's, ucarp's commands) by the name of the file. */
export function confTextsOf(name: string, node: NodeDesign | undefined): ReadonlyMap<string, string> {
  if (node === undefined || node.kind === 'switch') return new Map();
  const { keepalived, carp } = node;
  const texts = new Map<string, string>();
  if (typeof keepalived === 'string') texts.set(`${name}/keepalived.conf`, keepalived);
  else if (keepalived !== undefined) {
    for (const [file, text] of Object.entries(keepalived.includes ?? {})) texts.set(file, text);
    texts.set(keepalived.file ?? `${name}/keepalived.conf`, keepalived.conf);
  }
  for (const [file, text] of Object.entries(carpFilesOf(name, carp))) texts.set(file, text);
  ucarpsOf(node).forEach((each, index) => {
    texts.set(ucarpFile(name, each, index), each.command);
  });
  return texts;
}

/** The files of a host's CARP; lines that are written in the lab itself have a name too. */
const carpFilesOf = (name: string, carp: HostDesign['carp']): Readonly<Record<string, string>> =>
  carp === undefined ? {} : typeof carp === 'string' ? { [`${name}/carp`]: carp } : carp.files;

/** A host's ucarp processes, however they are written. */
function ucarpsOf({ ucarp }: HostDesign): UcarpDesign[] {
  if (ucarp === undefined) return [];
  const list: readonly (string | UcarpDesign)[] =
    typeof ucarp === 'string' || 'command' in ucarp ? [ucarp] : ucarp;
  return list.map((each) => (typeof each === 'string' ? { command: each } : each));
}

/** What the file of the nth ucarp is called in diagnostics. */
const ucarpFile = (name: string, { file }: UcarpDesign, index: number): string =>
  file ?? (index === 0 ? `${name}/ucarp` : `${name}/ucarp/${index + 1}`);

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

/** A lab with some of one node's texts replaced, or with a file more among those of its CARP. */
export function withTexts(design: LabDesign, name: string, texts: ReadonlyMap<string, string>): LabDesign {
  const node = design.nodes[name];
  if (node === undefined || node.kind === 'switch' || texts.size === 0) return design;
  const known = confTextsOf(name, node);
  const { carp, ucarp } = node;
  const commands = ucarpsOf(node);
  const next: HostDesign = {
    ...node,
    ...keepalivedWith(name, node, texts),
    ...(carp === undefined
      ? {}
      : {
          carp: {
            ...(typeof carp === 'string' ? {} : carp),
            files: {
              ...Object.fromEntries(
                Object.entries(carpFilesOf(name, carp)).map(([file, text]) => [
                  file,
                  texts.get(file) ?? text,
                ]),
              ),
              ...Object.fromEntries([...texts].filter(([file]) => !known.has(file))),
            },
          },
        }),
    ...(ucarp === undefined
      ? {}
      : {
          ucarp: commands.map((each, index) => ({
            ...each,
            command: texts.get(ucarpFile(name, each, index)) ?? each.command,
          })),
        }),
  };
  return { ...design, nodes: { ...design.nodes, [name]: next } };
}

function keepalivedWith(
  name: string,
  node: HostDesign,
  texts: ReadonlyMap<string, string>,
): Pick<HostDesign, 'keepalived'> {
  if (node.keepalived === undefined) return {};
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
  return { keepalived: { ...before, conf, ...(includes === undefined ? {} : { includes }) } };
}
