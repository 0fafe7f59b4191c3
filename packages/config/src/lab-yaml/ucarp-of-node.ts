import type { UcarpDesign } from '@viplab/core';
import type * as z from 'zod';
import { complaint } from '../complaint.js';
import { folderOf, joinPath, normalisePath } from '../file-source.js';
import { isUcarpCommand } from '../inline-commands.js';
import { readText } from '../read-text.js';
import { readUcarpScripts } from '../ucarp-file.js';
import { type DaemonRead, type NodePlace, unread } from './carp-of-node.js';
import type { ucarp } from './daemon-shapes.js';

type UcarpText = z.output<typeof ucarp>;
type ProcessText = Exclude<UcarpText, readonly unknown[]>;

/** Reads the `ucarp` of a node: a command line or the path of one, the long form, or a list of them. */
export function readUcarpOfNode(
  given: UcarpText,
  place: NodePlace,
): DaemonRead<string | UcarpDesign | readonly (string | UcarpDesign)[]> {
  const isList = Array.isArray(given);
  const read = [given]
    .flat()
    .map((each, index) => readProcess(each as ProcessText, place, isList ? [index] : [], index));
  const designs = read.flatMap(({ design }) => design ?? []);
  return {
    design: isList ? designs : designs[0],
    diagnostics: read.flatMap(({ diagnostics }) => diagnostics),
    sources: new Map(read.flatMap(({ sources }) => [...sources])),
    said: [],
    read: new Map(read.flatMap(({ read: found }) => [...found])),
  };
}

function readProcess(
  given: ProcessText,
  place: NodePlace,
  where: readonly number[],
  index: number,
): DaemonRead<string | UcarpDesign> {
  const folder = folderOf(place.lab);
  const { command, file, scripts, ...settings } =
    typeof given === 'string' ? (isUcarpCommand(given) ? { command: given } : { file: given }) : given;
  const likeDaemon = ('likeDaemon' in settings ? settings.likeDaemon : undefined) ?? place.likeDaemon;
  const kept = { ...settings, ...(likeDaemon ? { likeDaemon } : {}) } as Partial<UcarpDesign>;
  if (command !== undefined) {
    const found = scripts ?? readUcarpScripts(place.files, folder, command);
    const rest = {
      ...(file === undefined ? {} : { file }),
      ...(scripts === undefined && Object.keys(found).length === 0 ? {} : { scripts: found }),
      ...kept,
    };
    const isBare = typeof given === 'string' && Object.keys(rest).length === 0;
    const name = file ?? `${place.name}/ucarp${index === 0 ? '' : `/${index + 1}`}`;
    const sources = new Map([[name, command], ...Object.entries(found)]);
    return { ...unread([]), design: isBare ? command : { command, ...rest }, sources };
  }
  if (file === undefined) {
    const { file: blamed, range } = place.blame(where);
    const missing = "'command' is missing: the command line of ucarp, or 'file'";
    return unread([complaint(blamed, 'lab/missing-key', missing, range === undefined ? {} : { range })]);
  }
  const path = joinPath(folder, file);
  const text = readText(
    place.files,
    path,
    place.blame([...where, ...(typeof given === 'string' ? [] : ['file'])]),
  );
  if ('complaint' in text) return unread([text.complaint]);
  const found = readUcarpScripts(place.files, folderOf(path), text.text);
  return {
    ...unread([]),
    design: {
      command: text.text,
      file: normalisePath(file),
      ...(Object.keys(found).length === 0 ? {} : { scripts: found }),
      ...kept,
    },
    sources: new Map([[path, text.text], ...Object.entries(found)]),
    read: new Map([[normalisePath(file), path]]),
  };
}
