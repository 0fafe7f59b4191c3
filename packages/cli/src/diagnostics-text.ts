import { type Diagnostic, formatDiagnostics } from '@viplab/core';
import picocolors from 'picocolors';
import { wrap } from './help.js';
import { MAX_WIDTH } from './terminal.js';

const FIRST_LINE = /^(\S.*?:\d+:\d+: )(error|warning|note)(:.*)$/;

/** Diagnostics for a terminal, ended by a newline: no line wider than the screen, `error` red, `warning` yellow, `note` dim. */
export function diagnosticsText(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  colour: boolean,
): string {
  const { red, yellow, dim } = picocolors.createColors(colour);
  const pens = new Map([
    ['error', red],
    ['warning', yellow],
    ['note', dim],
  ]);
  const lines = formatDiagnostics(diagnostics, sources)
    .split('\n')
    .flatMap((line) => {
      if (!FIRST_LINE.test(line)) return withinScreen(line);
      const [first = '', ...rest] = wrap(line, MAX_WIDTH - 4);
      const [, place = '', word = '', message = ''] = FIRST_LINE.exec(first) ?? [];
      const painted = word === '' ? first : `${place}${pens.get(word)?.(word) ?? word}${message}`;
      return [painted, ...rest.map((text) => `    ${text}`)];
    });
  return lines.map((line) => `${line}\n`).join('');
}

/** A hint that does not fit behind its caret stands under it. */
function withinScreen(line: string): readonly string[] {
  const match = /^( {6}\| \s*)(\^+) (.*)$/.exec(line);
  if (match === null || [...line].length <= MAX_WIDTH) return [line];
  const [, margin = '', carets = '', hint = ''] = match;
  return [`${margin}${carets}`, ...wrap(hint, MAX_WIDTH - 8).map((text) => `      | ${text}`)];
}
