import { existsSync } from 'node:fs';
import { hasErrors, readDesign } from '@viplab/config/reading';
import { type Diagnostic, type LabDesign, suggest } from '@viplab/core';
import { BadInput } from './bad-input.js';
import { findExample, listExamples } from './examples-folder.js';

/** A lab that can be run, with what there is to say about it. */
export interface LabInput {
  readonly design: LabDesign;
  /** Warnings and notes. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
  /** Where the lab's expectation is written. */
  readonly expectedAt?: string;
}

/**
 * Reads what follows the command: files, folders, or the name of an example; nothing is `lab.yaml` here.
 *
 * @throws BadInput with everything that is wrong
 */
export async function readLabInput(given: readonly string[], likeDaemon: boolean): Promise<LabInput> {
  if (given.length === 0 && !existsSync('lab.yaml')) {
    throw new BadInput([
      missing(
        '.',
        'no files are given, and there is no lab.yaml here',
        'viplab run n1/keepalived.conf n2/keepalived.conf, or fw1/hostname.carp0 fw2/hostname.carp0; viplab init writes a lab.yaml; viplab examples lists labs to try',
      ),
    ]);
  }
  const paths =
    given.length === 0
      ? ['lab.yaml']
      : given.map((name) => (existsSync(name) ? name : (findExample(name)?.path ?? name)));
  const { design, diagnostics, sources, expectedAt } = await readDesign(paths, { likeDaemon });
  if (design === undefined || hasErrors(diagnostics)) {
    throw new BadInput(
      diagnostics.map((diagnostic) =>
        sources.has(diagnostic.file) ? diagnostic : suggestExample(diagnostic),
      ),
      sources,
    );
  }
  return { design, diagnostics, sources, ...(expectedAt === undefined ? {} : { expectedAt }) };
}

function missing(file: string, message: string, means: string): Diagnostic {
  return {
    severity: 'error',
    code: 'file/none',
    message,
    file,
    range: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } },
    means,
  };
}

/** A path that does not exist may be the misspelt name of an example. */
function suggestExample(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.code !== 'file/missing' || diagnostic.means !== undefined) return diagnostic;
  const names = listExamples().map(({ name }) => name);
  const near = suggest(diagnostic.file, names);
  const means =
    near === undefined
      ? (diagnostic.hint ??
        'an argument is a file, a folder with lab.yaml or configuration files, or one of viplab examples')
      : `did you mean the example ${near}?`;
  return { ...diagnostic, means };
}
