import { posix } from 'node:path';
import { inFileOrder, LINT_CODES, lintLab, sourcesOf } from '@viplab/check/lint';
import { type Diagnostic, DiagnosticError, defineLab, formatGithub } from '@viplab/core';
import { BadInput } from '../bad-input.js';
import { renameDaemonFiles } from '../daemon-files.js';
import { diagnosticsText } from '../diagnostics-text.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { type LabInput, readLabInput } from '../lab-input.js';
import { MAX_WIDTH, mayColour, type Terminal } from '../terminal.js';
import { version } from '../version.js';

/** Where the hint of the last line begins. */
const HINT_COLUMN = 55;

/** The options of `viplab lint`. */
export interface LintOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly likeDaemon?: boolean;
  readonly color: boolean;
  readonly format: 'text' | 'github';
}

/** `viplab lint`: what the files say without being run, in the form that was asked for. */
export async function lint(
  inputs: readonly string[],
  options: LintOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const input = await readLinted(inputs, options.likeDaemon ?? false);
  const found = findingsOf(input);
  const texts = new Map([...sourcesOf(input.design), ...input.sources]);
  const errors = found.filter(({ severity }) => severity === 'error').length;
  const warnings = found.filter(({ severity }) => severity === 'warning').length;
  const files = sourcesOf(input.design).size;
  if (options.json === true) {
    const result = {
      schema: 'viplab.lint/1',
      viplab: version(),
      errors,
      warnings,
      files,
      diagnostics: found,
    };
    terminal.out(`${JSON.stringify(result, null, 2)}\n`);
  } else if (options.format === 'github') {
    if (found.length > 0) terminal.out(`${formatGithub(found)}\n`);
  } else {
    const shown = found.filter(({ severity }) => severity !== 'note').map(withoutRepetition);
    const colour = mayColour(terminal.columns, terminal.env, options.color);
    if (shown.length > 0) terminal.out(diagnosticsText(shown, texts, colour));
    terminal.out(`${summary(errors, warnings, files, found)}\n`);
  }
  return errors > 0 || (options.strict === true && warnings > 0) ? EXIT.found : EXIT.good;
}

/** What the reader of the files says about what a rule says better. */
const SAID_BETTER: ReadonlyMap<string, string> = new Map([
  ['conf/conflict', 'vrrp/nopreempt-master'],
  ['conf/no-script', 'carp/no-script'],
]);

/**
 * The lab, read strictly. Where all that its reader objects to is what a rule is there for, it is read once more as the
 * daemon would, so that the finding says what comes of it.
 */
async function readLinted(inputs: readonly string[], likeDaemon: boolean): Promise<LabInput> {
  try {
    return namedAsRead(await readLabInput(inputs, likeDaemon));
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    const grave = error.diagnostics.filter(({ severity }) => severity === 'error');
    if (!grave.every(({ code }) => SAID_BETTER.has(code))) throw error;
    const input = namedAsRead(await readLabInput(inputs, true));
    const said = new Set(lintOf(input).map(keyOf));
    if (!grave.every((each) => said.has(keyOf({ ...each, code: SAID_BETTER.get(each.code) ?? '' }))))
      throw error;
    return input;
  }
}

/** A lab.yaml names its files from where it lies; findings name them from where the command was given, as the reader does. */
function namedAsRead(input: LabInput): LabInput {
  const { design, sources } = input;
  const [first = ''] = sources.keys();
  const rename = (file: string): string => {
    const path = file.startsWith('/') ? file : posix.join(posix.dirname(first), file);
    return !sources.has(file) && sources.has(path) ? path : file;
  };
  return { ...input, design: renameDaemonFiles(design, rename) };
}

const keyOf = ({ code, file, range: { start } }: Diagnostic): string =>
  `${file}:${start.line}:${start.column} ${code}`;

function lintOf({ design, sources }: LabInput): readonly Diagnostic[] {
  try {
    return lintLab(design, defineLab(design).plan, sources);
  } catch (error) {
    // What is wrong with a lab that no reader saw is bad input, not a bug.
    if (error instanceof DiagnosticError) throw new BadInput(error.diagnostics, sources);
    throw error;
  }
}

/** The rules' findings and what the reader has to say, without what both say. */
function findingsOf(input: LabInput): readonly Diagnostic[] {
  const found = lintOf(input);
  const said = new Set(found.map(keyOf));
  const own = input.diagnostics.filter(
    (each) => !said.has(keyOf({ ...each, code: SAID_BETTER.get(each.code) ?? '' })),
  );
  return inFileOrder([...own, ...found], [...sourcesOf(input.design).keys()]);
}

/** A hint that names the other place has said it already. */
function withoutRepetition(diagnostic: Diagnostic): Diagnostic {
  const { related, hint = '', message } = diagnostic;
  if (related === undefined) return diagnostic;
  const rest = related.filter(({ file, range: { start } }) => {
    const place = `${file}:${start.line}:${start.column}`;
    const isSaid = hint.includes(place) || (file === diagnostic.file && hint.includes(`line ${start.line}`));
    return !isSaid && !message.includes(place);
  });
  return { ...diagnostic, related: rest };
}

function summary(errors: number, warnings: number, files: number, found: readonly Diagnostic[]): string {
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  const where = `in ${count(files, 'file')}`;
  const counts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ];
  if (counts.length === 0) return `nothing found ${where}`;
  const codes: readonly string[] = LINT_CODES;
  const known = found.find(({ code }) => /^(?:vrrp|carp)\//.test(code) && codes.includes(code));
  const text = `${counts.join(', ')} ${where}`;
  if (known === undefined) return text;
  const hint = `watch one: viplab explain ${known.code} --run`;
  const column = Math.min(HINT_COLUMN, MAX_WIDTH - hint.length);
  return text.length + 2 > column ? `${text}\n${hint}` : `${text.padEnd(column)}${hint}`;
}
