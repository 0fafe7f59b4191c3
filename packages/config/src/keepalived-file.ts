import {
  type Diagnostic,
  type KeepalivedConfig,
  type KeepalivedDesign,
  readKeepalivedConf,
} from '@viplab/core';
import { matchFiles } from './file-pattern.js';
import { type FileSource, folderOf, joinPath } from './file-source.js';
import { readText } from './read-text.js';

/** Where packages put keepalived's files on a real machine; an include of it is looked for beside the main file first. */
const INSTALLED_FOLDER = '/etc/keepalived/';
/** Most files that one configuration may include, each counted once. */
const MAX_INCLUDED_FILES = 256;

/** One keepalived.conf with what it includes, read and judged. */
export interface KeepalivedFile {
  /** What a lab design holds of it: the texts. */
  readonly design: KeepalivedDesign & { readonly file: string };
  readonly config: KeepalivedConfig;
  /** The interfaces that the file speaks of, where it was not told which there are. */
  readonly mentioned: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  /** Every text that was read, by path. */
  readonly sources: ReadonlyMap<string, string>;
}

/** How keepalived would see the machine; see `ReadOptions` of its reader. */
export interface KeepalivedFileOptions {
  readonly hostName?: string;
  readonly interfaces?: readonly string[];
  readonly likeDaemon?: boolean;
}

/** Knows every interface, and remembers which were asked for. */
class MentionedInterfaces extends Array<string> {
  override includes(name: string): boolean {
    this.push(name);
    return true;
  }
}

/** Reads `text` as the keepalived.conf at `path`, and what it includes from `files`. */
export function readKeepalivedFile(
  files: FileSource,
  path: string,
  text: string,
  options: KeepalivedFileOptions = {},
): KeepalivedFile {
  const includes = new Map<string, string>();
  const unreadable: Diagnostic[] = [];
  const mentioned = new MentionedInterfaces();
  const { config, diagnostics } = readKeepalivedConf(text, {
    interfaces: mentioned,
    ...options,
    file: path,
    resolveInclude(pattern, fromFile) {
      const found: { file: string; text: string }[] = [];
      for (const { name, at } of findIncluded(files, pattern, fromFile, path)) {
        const known = name === path ? text : includes.get(name);
        if (known !== undefined) {
          found.push({ file: name, text: known });
          continue;
        }
        if (includes.size >= MAX_INCLUDED_FILES) break;
        const read = readText(files, at);
        if ('text' in read) {
          includes.set(name, read.text);
          found.push({ file: name, text: read.text });
        } else if (read.complaint.code !== 'file/missing') {
          unreadable.push(read.complaint);
        }
      }
      return found;
    },
  });
  return {
    design: {
      conf: text,
      file: path,
      ...(includes.size === 0 ? {} : { includes: Object.fromEntries(includes) }),
      ...(options.likeDaemon === true ? { likeDaemon: true } : {}),
    },
    config,
    mentioned: [...new Set(mentioned)],
    diagnostics: [...diagnostics, ...unreadable],
    sources: new Map([[path, text], ...includes]),
  };
}

/**
 * The files of an include: the name by which keepalived knows each, and where it is now. `include
 * /etc/keepalived/conf.d/*.conf` in n1/keepalived.conf is meant for n1's disk, so n1/conf.d is looked at first.
 */
function findIncluded(
  files: FileSource,
  pattern: string,
  fromFile: string,
  mainFile: string,
): readonly { readonly name: string; readonly at: string }[] {
  const wanted = joinPath(folderOf(fromFile), pattern);
  if (wanted.startsWith(INSTALLED_FOLDER)) {
    const folder = folderOf(mainFile);
    const found = matchFiles(files, joinPath(folder, wanted.slice(INSTALLED_FOLDER.length)), '')
      .filter((at) => files.read(at).kind !== 'missing')
      .map((at) => ({ name: INSTALLED_FOLDER + (folder === '.' ? at : at.slice(folder.length + 1)), at }));
    if (found.length > 0) return found;
  }
  return matchFiles(files, pattern, fromFile).map((at) => ({ name: at, at }));
}
