import type { Diagnostic } from '@viplab/core';
import { carpFilesIn } from './carp-file-names.js';
import { complaint } from './complaint.js';
import { type ConfigurationKind, configurationKind } from './configuration-kind.js';
import { type FileSource, normalisePath } from './file-source.js';
import { readText } from './read-text.js';

const NOT_YET = { haproxy: 'HAProxy', nginx: 'NGINX', frr: 'FRR', bird: 'BIRD' } as const;

/** A file that can be read, and in which language. */
export interface RecognisedFile {
  readonly path: string;
  readonly text: string;
  readonly kind: 'lab' | 'keepalived' | 'carp' | 'ucarp';
}

/** What was given, or why it cannot be read. */
export type Recognised = RecognisedFile | { readonly complaint: Diagnostic };

const READ_KINDS: readonly string[] = [
  'lab',
  'keepalived',
  'carp',
  'ucarp',
] satisfies RecognisedFile['kind'][];

/** Finds out what was given: a file by its content, a folder by what is in it. */
export function recognise(files: FileSource, given: string): readonly Recognised[] {
  if (files.read(given).kind !== 'directory') return [recogniseFile(files, given)];
  const main = ['lab.yaml', 'lab.yml', 'keepalived.conf']
    .map((name) => normalisePath(`${given}/${name}`))
    .find((candidate) => files.read(candidate).kind !== 'missing');
  if (main !== undefined) return [recogniseFile(files, main)];
  const inside = carpFilesIn(files, given);
  if (inside.length > 0) return inside.map((path) => recogniseFile(files, path));
  const commands = files
    .list(given)
    .map((name) => normalisePath(`${given}/${name}`))
    .filter((path) => files.read(path).kind === 'text')
    .map((path) => recogniseFile(files, path))
    .filter((found) => 'kind' in found && found.kind === 'ucarp');
  if (commands.length > 0) return commands;
  return [
    {
      complaint: complaint(given, 'file/no-lab', `the folder ${given} has no lab and no configuration`, {
        means: 'looked for: lab.yaml, keepalived.conf, files of CARP, scripts that start ucarp',
      }),
    },
  ];
}

function recogniseFile(files: FileSource, path: string): Recognised {
  const read = readText(files, path);
  if ('complaint' in read) return read;
  const kind = configurationKind(path, read.text);
  if (isRead(kind)) return { path, text: read.text, kind };
  if (kind === undefined) {
    return {
      complaint: complaint(path, 'file/unknown-kind', `cannot tell what ${path} is`, {
        means:
          'viplab reads lab.yaml, keepalived.conf, files of CARP and commands of ucarp, and tells them by their content',
      }),
    };
  }
  return {
    complaint: complaint(
      path,
      'file/not-modelled',
      `this is a configuration of ${NOT_YET[kind]}, which is not modelled yet`,
      { means: 'only keepalived, CARP and ucarp can be run so far' },
    ),
  };
}

const isRead = (kind: ConfigurationKind | undefined): kind is RecognisedFile['kind'] =>
  kind !== undefined && READ_KINDS.includes(kind);
