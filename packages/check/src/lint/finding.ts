import type { Cure, Diagnostic, RelatedPlace, Severity, SourcePlace } from '@viplab/core';
import type { CarpLineup } from './carp-router.js';
import type { Lineup } from './cluster.js';
import type { LintCode } from './codes.js';
import type { Lan } from './lan.js';
import { placeOf, placeText, type Router } from './router.js';

/** What a rule is given. */
export interface Subject extends Lineup {
  readonly lan: Lan;
  readonly carp: CarpLineup;
  /** Texts of configuration files by name, where they are known. */
  readonly sources: ReadonlyMap<string, string>;
}

/** One rule: everything of its kind that is wrong with a lab. */
export type Rule = (subject: Subject) => readonly Diagnostic[];

/** What a rule says about a place. */
export interface Found {
  readonly severity: Severity;
  readonly code: LintCode;
  readonly at: SourcePlace;
  readonly message: string;
  readonly hint?: string;
  readonly means: string;
  readonly cures?: readonly Cure[];
  readonly related?: readonly RelatedPlace[];
}

/** A finding as the diagnostic that it is printed as. */
export function finding({ at, ...found }: Found): Diagnostic {
  return { ...found, file: at.file, range: at.range };
}

/** A place in another node's file that has to do with a finding. */
export const relatedTo = (router: Router, message: string, ...keywords: readonly string[]): RelatedPlace => ({
  ...placeOf(router, ...keywords),
  message,
});

/** Where another router says something: `n1/keepalived.conf:9:14`. */
export const whereSaid = (router: Router, ...keywords: readonly string[]): string =>
  placeText(placeOf(router, ...keywords));

/** The text that stands at a place of one line, or undefined if the file's text is not known. */
export function textAt(
  sources: ReadonlyMap<string, string>,
  { file, range }: SourcePlace,
): string | undefined {
  const line = sources.get(file)?.split('\n')[range.start.line - 1];
  if (line === undefined || range.end.line !== range.start.line) return undefined;
  return [...line].slice(range.start.column - 1, range.end.column - 1).join('');
}
