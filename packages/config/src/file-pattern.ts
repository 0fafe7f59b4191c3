import { matchesName, unfoldBraces } from '@viplab/core';
import { type FileSource, folderOf, joinPath, normalisePath } from './file-source.js';

/** Files that one pattern may find. */
const MAX_MATCHES = 256;

/**
 * The files that an `include` pattern finds, as glob(3) with `GLOB_BRACE` does, which is what keepalived uses
 * (`open_glob_file`): relative to the folder of the file that has the line, in the order of their names, hidden ones
 * only where the pattern says the dot.
 */
export function matchFiles(files: FileSource, pattern: string, fromFile: string): readonly string[] {
  const found: string[] = [];
  for (const alternative of unfoldBraces(pattern)) {
    const path = joinPath(folderOf(fromFile), alternative);
    for (const match of expand(files, path)) if (!found.includes(match)) found.push(match);
  }
  return found.slice(0, MAX_MATCHES);
}

function expand(files: FileSource, path: string): readonly string[] {
  if (!/[*?[]/.test(path)) return [path];
  const absolute = path.startsWith('/');
  let folders = [absolute ? '/' : '.'];
  const parts = path.split('/').filter((part) => part !== '');
  for (const part of parts) {
    const next: string[] = [];
    for (const folder of folders) {
      const names = /[*?[]/.test(part)
        ? files.list(folder).filter((name) => matchesName(name, part))
        : [part];
      next.push(...names.map((name) => normalisePath(`${folder}/${name}`)));
      if (next.length > MAX_MATCHES) break;
    }
    folders = next;
  }
  return folders.filter((match) => files.read(match).kind === 'text');
}
