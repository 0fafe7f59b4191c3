import type { Diagnostic, Severity, SourceRange } from '@viplab/core';

/** The range of complaints about a file as a whole. */
export const START_OF_FILE: SourceRange = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };

/** What a complaint may say besides its message. */
export interface ComplaintDetails {
  readonly severity?: Severity;
  readonly range?: SourceRange;
  readonly hint?: string | undefined;
  readonly means?: string | undefined;
}

/** A complaint as data; without a range it is about the file as a whole. */
export function complaint(
  file: string,
  code: string,
  message: string,
  details: ComplaintDetails = {},
): Diagnostic {
  return {
    severity: details.severity ?? 'error',
    code,
    message,
    file,
    range: details.range ?? START_OF_FILE,
    ...(details.hint === undefined ? {} : { hint: details.hint }),
    ...(details.means === undefined ? {} : { means: details.means }),
  };
}

/** Whether one of them stands in the way. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}
