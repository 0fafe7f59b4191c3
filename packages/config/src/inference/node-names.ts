import { hostPrefixOf } from '../carp-file-names.js';
import { baseNameOf, folderOf, normalisePath } from '../file-source.js';

/** Names that the inferred network needs for itself. */
const TAKEN = /^(?:sw|c)\d+$/;
/** Folders that say nothing about the machine whose file is in them. */
const GENERIC_FOLDERS: ReadonlySet<string> = new Set([
  '.',
  '..',
  '/',
  'etc',
  'keepalived',
  'conf.d',
  'conf',
  'ucarp',
]);
/** File names that say nothing about the machine. */
const GENERIC_FILES: ReadonlySet<string> = new Set(['keepalived', 'config', 'ifconfig', 'ucarp']);

/** A name, and what it was taken from. */
export interface NamedNode {
  readonly name: string;
  readonly from: 'folder' | 'file' | 'order';
}

/**
 * Names one node for each path: by the folders if each file has its own (`n1/keepalived.conf` is n1), else by the files
 * (`a.conf` is a), else n1, n2 … in their order.
 */
export function nameNodes(paths: readonly string[]): readonly NamedNode[] {
  const folders = paths.map((path) => tellingFolder(normalisePath(path)));
  const files = paths.map((path) => nodeName(hostPrefixOf(path) ?? baseNameOf(path).replace(/\.[^.]*$/, '')));
  const fileNames = files.map((file) => (GENERIC_FILES.has(file) ? '' : file));
  for (const [names, from] of [
    [folders, 'folder'],
    [fileNames, 'file'],
  ] as const) {
    const usable = names.every((name) => name !== '' && !TAKEN.test(name));
    if (usable && new Set(names).size === names.length) return names.map((name) => ({ name, from }));
  }
  return paths.map((_, index) => ({ name: `n${index + 1}`, from: 'order' }));
}

/** The folder that has a machine's files, whose name tells it apart: `n1` of `n1/etc/keepalived/keepalived.conf`. */
export function machineFolder(path: string): string {
  let folder = folderOf(path);
  while (GENERIC_FOLDERS.has(baseNameOf(folder) || '/') && folder !== '.' && folder !== '/')
    folder = folderOf(folder);
  return folder;
}

function tellingFolder(path: string): string {
  const name = baseNameOf(machineFolder(path));
  return GENERIC_FOLDERS.has(name || '/') ? '' : nodeName(name);
}

/** What is left of a word when it names a node. */
const nodeName = (word: string): string =>
  word.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
