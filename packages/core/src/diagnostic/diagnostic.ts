/**
 * A complaint about something that was read: data first, text when somebody looks.
 */

/** A place in a text. Lines and columns count from 1; columns count characters (code points), not bytes. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** From `start` up to, not including, `end`. */
export interface SourceRange {
  readonly start: SourcePosition;
  readonly end: SourcePosition;
}

/** How bad it is. `error`: the daemon's own configuration test would fail. */
export type Severity = 'error' | 'warning' | 'note';

/** Replace what stands in `range` by `text`. */
export interface TextEdit {
  readonly range: SourceRange;
  readonly text: string;
}

/** One way to repair it; `title` reads as what to type. */
export interface Cure {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** Another place that has to do with it. */
export interface RelatedPlace {
  readonly file: string;
  readonly range: SourceRange;
  readonly message: string;
}

/** One complaint. This is also its JSON form. */
export interface Diagnostic {
  readonly severity: Severity;
  /** `area/what-is-wrong`. */
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly range: SourceRange;
  /** A few words that stand behind the caret. */
  readonly hint?: string;
  /** What the real daemon makes of it. */
  readonly means?: string;
  readonly cures?: readonly Cure[];
  readonly related?: readonly RelatedPlace[];
}

/** Thrown where carrying on makes no sense; holds everything that was found until then. */
export class DiagnosticError extends Error {
  override readonly name = 'DiagnosticError';
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const first = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0];
    const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : '';
    super(
      first === undefined ? 'no diagnostics' : `${placeText(first)} ${first.message} [${first.code}]${more}`,
    );
    this.diagnostics = diagnostics;
  }
}

function placeText({ file, range }: Diagnostic): string {
  return `${file}:${range.start.line}:${range.start.column}:`;
}
