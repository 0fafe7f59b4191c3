import { hostPrefixOf } from './carp-file-names.js';
import { readCarp } from './carp-files.js';
import { isXml } from './config-xml/translate-config-xml.js';
import { type ConfiguredNode, carpNode, keepalivedNode, ucarpNode } from './configured-node.js';
import type { FileSource } from './file-source.js';
import { folderOf, normalisePath } from './file-source.js';
import { machineFolder } from './inference/node-names.js';
import { readKeepalivedFile } from './keepalived-file.js';
import type { RecognisedFile } from './recognise.js';
import { readUcarpFile, type UcarpFile } from './ucarp-file.js';

/**
 * Sorts files into nodes and reads them: each keepalived.conf, config.xml and script is a node; hostname.if(5) files,
 * rc.conf and sysctl.conf of one folder are one, with the scripts beside them; ucarp commands of one folder are one where
 * they have one source address.
 */
export function readNodes(
  files: FileSource,
  given: readonly RecognisedFile[],
  likeDaemon: boolean,
): readonly ConfiguredNode[] {
  const hosts = new Set(
    given.filter(({ path }) => hostPrefixOf(path) !== undefined).map(({ path }) => hostKey(path)),
  );
  const groups = new Map<string, RecognisedFile[]>();
  const ucarps = new Map<RecognisedFile, UcarpFile>();
  for (const file of given) {
    const { path, text, kind } = file;
    if (kind === 'ucarp') ucarps.set(file, readUcarpFile(files, path, text, { likeDaemon }));
    const source = ucarps.get(file)?.config?.source;
    const key =
      kind === 'carp' && !isXml(text) && hosts.has(hostKey(path))
        ? `carp ${hostKey(path)}`
        : source === undefined
          ? `file ${normalisePath(path)}`
          : `ucarp ${source} ${folderOf(normalisePath(path))}`;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()].map((group): ConfiguredNode => {
    const [first] = group;
    if (first === undefined || first.kind === 'ucarp')
      return ucarpNode(group.flatMap((file) => ucarps.get(file) ?? []));
    if (first.kind === 'keepalived')
      return keepalivedNode(readKeepalivedFile(files, first.path, first.text, { likeDaemon }));
    return carpNode(readCarp(new Map(group.map(({ path, text }) => [path, text])), { likeDaemon }));
  });
}

/** The folder of a machine that a file is in, and what its name begins with. */
const hostKey = (path: string): string => `${machineFolder(normalisePath(path))} ${hostPrefixOf(path) ?? ''}`;
