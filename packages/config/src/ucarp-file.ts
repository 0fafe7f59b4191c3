import { type Diagnostic, readUcarpCommand, type UcarpConfig, type UcarpDesign } from '@viplab/core';
import { baseNameOf, type FileSource, folderOf, joinPath } from './file-source.js';
import { readText } from './read-text.js';

/** A text that starts a ucarp with the files that it names, read and judged. */
export interface UcarpFile {
  /** What a lab design holds of it: the texts. */
  readonly design: UcarpDesign & { readonly file: string };
  /** Null: ucarp would exit at once. */
  readonly config: UcarpConfig | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Every text that was read, by path. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Reads `text` as the command of ucarp at `path`, with the scripts that it names from `files`. */
export function readUcarpFile(
  files: FileSource,
  path: string,
  text: string,
  options: { readonly likeDaemon?: boolean } = {},
): UcarpFile {
  const scripts = readUcarpScripts(files, folderOf(path), text);
  const read = readUcarpCommand(text, { file: path, scripts, ...options });
  return {
    design: {
      command: text,
      file: path,
      ...(Object.keys(scripts).length === 0 ? {} : { scripts }),
      ...(options.likeDaemon === true ? { likeDaemon: true } : {}),
    },
    config: read.config,
    diagnostics: read.diagnostics,
    sources: new Map([[path, text], ...Object.entries(scripts)]),
  };
}

/**
 * The files that a command line names: its up and down scripts (`-u`, `-d`) and its password file (`-o`), by the names
 * that it has for them. A script of shell may put them in quotes.
 */
const NAMED_FILE =
  /(?:^|\s)(?:-[BDMPSnz]*[udo]\s*|--(?:upscript|downscript|passfile)[=\s]\s*)(?:"([^"]+)"|'([^']+)'|([^\s"';&|]+))/g;

/**
 * The texts of the files that a command line names, by those names: looked for from `folder`, then in it under the last
 * part of their names, since `/etc/ucarp/vip-up.sh` is meant for the node's disk.
 */
export function readUcarpScripts(
  files: FileSource,
  folder: string,
  command: string,
): Readonly<Record<string, string>> {
  const scripts: Record<string, string> = {};
  for (const [, ...alternatives] of command.matchAll(NAMED_FILE)) {
    const name = alternatives.find((given) => given !== undefined) ?? '';
    const places = [...(name.startsWith('/') ? [] : [name]), baseNameOf(name)];
    for (const place of places) {
      const read = readText(files, joinPath(folder, place));
      if (!('text' in read) || Object.hasOwn(scripts, name)) continue;
      scripts[name] = read.text;
    }
  }
  return scripts;
}
