import {
  type CarpConfig,
  type CarpDesign,
  type CarpSystem,
  type ConfiguredNic,
  type Diagnostic,
  readCarpFiles,
} from '@viplab/core';
import { carpFilesIn } from './carp-file-names.js';
import { isXml, translateConfigXml } from './config-xml/translate-config-xml.js';
import type { FileSource } from './file-source.js';
import { readText } from './read-text.js';

/** The files of one host that configure CARP, read and judged. */
export interface CarpFiles {
  /** What a lab design holds of them: the texts. */
  readonly design: CarpDesign;
  /** Whose kernel they are for. */
  readonly system: CarpSystem;
  readonly config: CarpConfig;
  readonly nics: readonly ConfiguredNic[];
  readonly diagnostics: readonly Diagnostic[];
  /** Every text that was read, by path. */
  readonly sources: ReadonlyMap<string, string>;
}

/** How the system would see the machine; see `ReadCarpOptions` of its reader. */
export interface CarpFilesOptions {
  readonly system?: CarpSystem;
  readonly interfaces?: readonly string[];
  readonly likeDaemon?: boolean;
}

/** Reads a host's files, by path. A config.xml becomes the commands that its system makes of it. */
export function readCarp(texts: ReadonlyMap<string, string>, options: CarpFilesOptions = {}): CarpFiles {
  const files: Record<string, string> = {};
  const diagnostics: Diagnostic[] = [];
  let { system } = options;
  for (const [path, text] of texts) {
    if (!isXml(text)) {
      files[path] = text;
      continue;
    }
    const translated = translateConfigXml(path, text);
    files[path] = translated.script;
    diagnostics.push(...translated.diagnostics);
    system ??= translated.system;
  }
  const { interfaces } = options;
  const read = readCarpFiles(files, {
    ...(system === undefined ? {} : { system }),
    ...(interfaces === undefined ? {} : { interfaces }),
  });
  return {
    design: { files, ...(options.likeDaemon === true ? { likeDaemon: true } : {}) },
    system: read.config.system,
    config: read.config,
    nics: read.nics,
    diagnostics: [...diagnostics, ...read.diagnostics].map((diagnostic) =>
      options.likeDaemon === true && diagnostic.severity === 'error'
        ? { ...diagnostic, severity: 'warning' as const }
        : diagnostic,
    ),
    sources: texts,
  };
}

/** The texts of files and of folders full of them, by path; or what is wrong with one. */
export function readTextsOfCarp(
  files: FileSource,
  paths: readonly string[],
  complainAt?: (index: number) => Parameters<typeof readText>[2],
): { readonly texts: ReadonlyMap<string, string>; readonly diagnostics: readonly Diagnostic[] } {
  const texts = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  paths.forEach((path, index) => {
    const inside = files.read(path).kind === 'directory' ? carpFilesIn(files, path) : [];
    for (const file of inside.length > 0 ? inside : [path]) {
      const read = readText(files, file, complainAt?.(index));
      if ('complaint' in read) diagnostics.push(read.complaint);
      else texts.set(file, read.text);
    }
  });
  return { texts, diagnostics };
}
