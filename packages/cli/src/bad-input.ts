import { complaint } from '@viplab/config/reading';
import type { Diagnostic } from '@viplab/core';

/** Input that a command cannot work with: complaints, and the texts that they point into. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;

  constructor(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, string> = new Map()) {
    super(diagnostics[0]?.message ?? 'bad input');
    this.diagnostics = diagnostics;
    this.sources = sources;
  }
}

/** A complaint about an option's value, which is shown with a caret under it. */
export function badOption(option: string, value: string, message: string, hint?: string): BadInput {
  const range = { start: { line: 1, column: 1 }, end: { line: 1, column: [...value].length + 1 } };
  return new BadInput(
    [complaint(option, 'option/bad-value', message, { range, hint })],
    new Map([[option, value]]),
  );
}
