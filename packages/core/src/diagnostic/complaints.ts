import type { Cure, Diagnostic, RelatedPlace, Severity } from './diagnostic.js';

/** Where a complaint points. */
export type Place = Pick<Diagnostic, 'file' | 'range'>;

/** What a complaint may say besides its message. */
export interface ComplaintDetails {
  readonly severity?: Severity;
  readonly hint?: string | undefined;
  readonly means?: string | undefined;
  readonly cures?: readonly Cure[] | undefined;
  readonly related?: readonly RelatedPlace[] | undefined;
}

/** Most complaints that are kept; a file of garbage would give one per line. */
const MAX_COMPLAINTS = 10_000;

/** Collects complaints about a configuration. Unless said otherwise a complaint is an error: the program itself refuses. */
export class Complaints {
  readonly #found: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  /** Everything found, in the order in which it was found. */
  get all(): readonly Diagnostic[] {
    return this.#found;
  }

  /** Adds one complaint; the same one twice is one. */
  add(place: Place, code: string, message: string, details: ComplaintDetails = {}): void {
    if (this.#found.length >= MAX_COMPLAINTS) return;
    // A sequence, a definition or a sourced file brings the same line again and again.
    const { start, end } = place.range;
    const key = `${place.file}:${start.line}:${start.column}-${end.column} ${code} ${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#found.push({
      severity: details.severity ?? 'error',
      code: `conf/${code}`,
      message,
      file: place.file,
      range: place.range,
      ...(details.hint === undefined ? {} : { hint: details.hint }),
      ...(details.means === undefined ? {} : { means: details.means }),
      ...(details.cures === undefined ? {} : { cures: details.cures }),
      ...(details.related === undefined ? {} : { related: details.related }),
    });
  }

  /** Adds a complaint whose `means` is known only later. */
  reserve(
    place: Place,
    code: string,
    message: string,
    details: ComplaintDetails = {},
  ): (means: string) => void {
    const index = this.#found.length;
    this.add(place, code, message, details);
    const added = this.#found.length > index;
    return (means) => {
      const known = added ? this.#found[index] : undefined;
      if (known !== undefined) this.#found[index] = { ...known, means };
    };
  }

  /** Adds what is no error. */
  warn(
    place: Place,
    code: string,
    message: string,
    means: string,
    details: Omit<ComplaintDetails, 'severity' | 'means'> = {},
  ): void {
    this.add(place, code, message, { ...details, severity: 'warning', means });
  }
}

/** A cure that types something else at a place. */
export const replaceAt = (place: Place, text: string, title = text): Cure => ({
  title,
  edits: [{ range: place.range, text }],
});

/** A cure that types something in front of a place. */
export const insertAt = (place: Place, text: string, title = text.trim()): Cure => ({
  title,
  edits: [{ range: { start: place.range.start, end: place.range.start }, text }],
});
