import { type Diagnostic, DiagnosticError, defineLab, type Lab } from '@viplab/core';
import { complaint, hasErrors } from './complaint.js';
import { type FileSource, filesOf } from './file-source.js';
import type { ReadResult } from './read-result.js';
import { recognise } from './recognise.js';

/** Most files that may be given at once: as many nodes are simulated. */
const MAX_FILES = 100;

/** How files are found and judged. */
export interface LoadOptions {
  /** Where texts come from: a Map of texts by path, or a source of one's own. Default: the disk. */
  readonly files?: ReadonlyMap<string, string | Uint8Array> | FileSource;
  /** Carry on where a configuration is wrong, exactly as the daemon would. */
  readonly likeDaemon?: boolean;
}

/**
 * Reads a lab: one lab.yaml (or the folder that has it), or one or more daemon configuration files, whose lab is
 * inferred.
 *
 * @throws DiagnosticError with everything that is wrong, if anything is
 * @example
 * ```ts
 * const lab = await loadLab(['n1/keepalived.conf', 'n2/keepalived.conf']);
 * lab.run({ seed: 1, until: '45s' }).report.verdict;
 * ```
 */
export async function loadLab(paths: string | readonly string[], options: LoadOptions = {}): Promise<Lab> {
  const { design, diagnostics } = await readDesign(paths, options);
  if (design === undefined || hasErrors(diagnostics)) throw new DiagnosticError(diagnostics);
  return defineLab(design);
}

/**
 * Reads what {@link loadLab} reads, and gives everything back instead of throwing: the design, what there is to complain
 * about, and the texts that the complaints point into.
 */
export async function readDesign(
  paths: string | readonly string[],
  options: LoadOptions = {},
): Promise<ReadResult> {
  const given = (typeof paths === 'string' ? [paths] : paths).map((path) => (path === '' ? '.' : path));
  const files = await fileSource(options.files);
  if (given.length === 0) return failed([complaint('', 'file/none', 'no files are given')]);
  if (given.length > MAX_FILES)
    return failed([
      complaint(
        given[0] ?? '',
        'file/too-many',
        `${given.length} files, at most ${MAX_FILES} can be nodes of one lab`,
      ),
    ]);
  const inputs = given.flatMap((path) => recognise(files, path));
  const complaints = inputs.flatMap((input) => ('complaint' in input ? [input.complaint] : []));
  const sources = new Map(
    inputs.flatMap((input) => ('text' in input ? [[input.path, input.text] as const] : [])),
  );
  if (complaints.length > 0) return { design: undefined, diagnostics: complaints, sources };
  const good = inputs.filter((input) => 'text' in input);
  const labs = good.filter(({ kind }) => kind === 'lab');
  const [lab] = labs;
  if (lab !== undefined) {
    if (good.length > 1) {
      const message =
        labs.length > 1
          ? 'one lab at a time'
          : 'a lab names its configuration files itself: give either the lab or the files';
      return { design: undefined, diagnostics: [complaint(lab.path, 'file/mixed', message)], sources };
    }
    const { readLabYaml } = await import('./lab-yaml/read-lab-yaml.js');
    return readLabYaml(
      files,
      lab.path,
      lab.text,
      options.likeDaemon === undefined ? {} : { likeDaemon: options.likeDaemon },
    );
  }
  const [{ readNodes }, { inferLab }] = await Promise.all([
    import('./read-nodes.js'),
    import('./inference/infer-lab.js'),
  ]);
  const nodes = readNodes(files, good, options.likeDaemon ?? false);
  const diagnostics = nodes.flatMap((node) => node.diagnostics);
  for (const node of nodes) for (const [name, text] of node.sources) sources.set(name, text);
  if (hasErrors(diagnostics)) return { design: undefined, diagnostics, sources };
  const inferred = inferLab(nodes);
  return { design: inferred.design, diagnostics: [...diagnostics, ...inferred.diagnostics], sources };
}

const failed = (diagnostics: readonly Diagnostic[]): ReadResult => ({
  design: undefined,
  diagnostics,
  sources: new Map(),
});

async function fileSource(given: LoadOptions['files']): Promise<FileSource> {
  if (given === undefined) return (await import('./node-files.js')).nodeFiles;
  return 'read' in given ? given : filesOf(given);
}
