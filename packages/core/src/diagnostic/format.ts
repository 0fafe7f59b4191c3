import type { Diagnostic, SourcePosition } from './diagnostic.js';

/** Widest line of text output: just wide enough for the longest of the usual sentences. */
const WIDTH = 102;
/** Most diagnostics that are printed at once; the rest is counted. */
export const MAX_SHOWN = 20;
/** Columns of a source line that are shown around the caret. */
const EXCERPT = WIDTH - 8;
/** Columns before the caret that are kept when a long source line is cut. */
const EXCERPT_BEFORE = 40;

/**
 * One diagnostic as a compiler would print it: the place and the message, the line with a caret, what the daemon makes
 * of it, and what to type instead.
 *
 * @param sources - the text of each file by the name that the diagnostic has for it; a missing one costs the excerpt
 * @example
 * ```text
 * n1/keepalived.conf:9:14: error: priority 300 is out of range 1..255 [conf/out-of-range]
 *     9 |     priority 300
 *       |              ^^^
 *   means: keepalived logs this and uses 100
 *   cure:  priority 255
 * ```
 */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  sources: ReadonlyMap<string, string> = new Map(),
): string {
  const { start } = diagnostic.range;
  const lines = [
    `${printable(diagnostic.file)}:${start.line}:${start.column}: ${diagnostic.severity}: ${printable(diagnostic.message)} [${diagnostic.code}]`,
    ...excerpt(diagnostic, sources.get(diagnostic.file)),
  ];
  if (diagnostic.means !== undefined) lines.push(...labelled('means:', diagnostic.means));
  for (const cure of diagnostic.cures ?? []) {
    // A hint that names the cure has said it already.
    if (diagnostic.hint?.includes(cure.title) !== true) lines.push(...labelled('cure: ', cure.title));
  }
  for (const related of diagnostic.related ?? []) {
    const at = related.range.start;
    lines.push(...labelled('note: ', `${related.file}:${at.line}:${at.column}: ${related.message}`));
  }
  return lines.join('\n');
}

/**
 * Several diagnostics, by file, line and column, at most {@link MAX_SHOWN} of them, and a line that counts what is left
 * out.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string> = new Map(),
): string {
  const sorted = sortDiagnostics(diagnostics);
  const shown = sorted.slice(0, MAX_SHOWN).map((diagnostic) => formatDiagnostic(diagnostic, sources));
  const rest = sorted.length - shown.length;
  if (rest > 0) shown.push(`and ${rest} more`);
  return shown.join('\n');
}

/** By file (in the order of first mention), line, column; what was found first stays first. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const files = [...new Set(diagnostics.map((diagnostic) => diagnostic.file))];
  const order = new Map(files.map((file, index) => [file, index]));
  return [...diagnostics].sort(
    (one, other) =>
      (order.get(one.file) ?? 0) - (order.get(other.file) ?? 0) ||
      comparePositions(one.range.start, other.range.start),
  );
}

function comparePositions(one: SourcePosition, other: SourcePosition): number {
  return one.line - other.line || one.column - other.column;
}

/** The annotation commands that GitHub's runners take from standard output, one line for each diagnostic. */
export function formatGithub(diagnostics: readonly Diagnostic[]): string {
  return sortDiagnostics(diagnostics)
    .map((diagnostic) => {
      const { start, end } = diagnostic.range;
      const command = diagnostic.severity === 'note' ? 'notice' : diagnostic.severity;
      const properties = {
        file: diagnostic.file,
        line: start.line,
        col: start.column,
        endLine: end.line,
        endColumn: end.column,
        title: diagnostic.code,
      };
      const list = Object.entries(properties).map(
        ([name, value]) => `${name}=${escapeProperty(String(value))}`,
      );
      const means = diagnostic.means === undefined ? '' : `\n${diagnostic.means}`;
      return `::${command} ${list.join(',')}::${escapeData(`${diagnostic.message}${means}`)}`;
    })
    .join('\n');
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

function labelled(label: string, text: string): string[] {
  const indent = ' '.repeat(9);
  const lines: string[] = [];
  let line = `  ${label}`;
  for (const word of printable(text).split(' ')) {
    if ([...line].length + 1 + [...word].length > WIDTH && line.trim() !== '' && line !== `  ${label}`) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line += ` ${word}`;
  }
  lines.push(line);
  return lines;
}

function excerpt(diagnostic: Diagnostic, source: string | undefined): string[] {
  const text = source === undefined ? undefined : lineOf(source, diagnostic.range.start.line);
  if (text === undefined) return [];
  const { start, end } = diagnostic.range;
  const characters = [...printable(text, true)];
  const startAt = start.column - 1;
  const endAt = end.line === start.line ? end.column - 1 : characters.length;
  const from = characters.length > EXCERPT && startAt > EXCERPT_BEFORE ? startAt - EXCERPT_BEFORE : 0;
  const to = Math.min(characters.length, from + EXCERPT);
  const before = characters.slice(from, startAt).map((character) => (character === '\t' ? '\t' : ' '));
  const carets = '^'.repeat(Math.max(1, Math.min(endAt, Math.max(to, startAt + 1)) - startAt));
  const hint = diagnostic.hint === undefined ? '' : ` ${printable(diagnostic.hint)}`;
  return [
    `${String(start.line).padStart(5)} | ${characters.slice(from, to).join('')}`,
    `      | ${before.join('')}${carets}${hint}`,
  ];
}

/** A line of a text by its number. Only this one line is cut out: the text may be large. */
function lineOf(source: string, number: number): string | undefined {
  let from = 0;
  for (let line = 1; line < number; line++) {
    const newline = source.indexOf('\n', from);
    if (newline === -1) return undefined;
    from = newline + 1;
  }
  const end = source.indexOf('\n', from);
  return source.slice(from, end === -1 ? undefined : end).replace(/\r$/, '');
}

/** What a terminal would obey instead of showing it, shown as a replacement character of the same width. */
function printable(text: string, keepTabs = false): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) =>
    character === '\t' && keepTabs ? '\t' : '\ufffd',
  );
}
