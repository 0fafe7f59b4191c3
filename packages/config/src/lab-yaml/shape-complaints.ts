import { type Diagnostic, type SourceRange, suggest } from '@viplab/core';
import type * as z from 'zod';
import { complaint } from '../complaint.js';
import type { KeyPath, YamlText } from './yaml-text.js';

/** Keys of labs to come: they are refused by name rather than as misspelt. */
const NOT_YET: ReadonlyMap<string, string> = new Map([
  ['haproxy', 'HAProxy is not modelled yet'],
  ['nginx', 'NGINX is not modelled yet'],
  ['frr', 'FRR is not modelled yet'],
  ['bird', 'BIRD is not modelled yet'],
]);

/** Characters of a list of words that fit in a message; longer ones stand under it, where they are broken. */
const LONGEST_LIST = 60;
/** Complaints that are kept; a large file of garbage would give one per line. */
const MAX_COMPLAINTS = 1000;

type Issue = z.core.$ZodIssue;

/** What zod found, as complaints at their places. */
export function shapeComplaints(
  file: string,
  yaml: YamlText,
  issues: readonly Issue[],
): readonly Diagnostic[] {
  return issues.flatMap((issue) => complain(file, yaml, issue, [])).slice(0, MAX_COMPLAINTS);
}

function complain(file: string, yaml: YamlText, issue: Issue, above: KeyPath): readonly Diagnostic[] {
  const path: KeyPath = [
    ...above,
    ...issue.path.map((step) => (typeof step === 'number' ? step : String(step))),
  ];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(file, yaml, [...path, key], issue.message.split(' ').slice(1)));
  }
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue.errors, valueAt(yaml.data, path));
    if (branch !== undefined) return branch.flatMap((inner) => complain(file, yaml, inner, path));
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? issue.message;
    return [judged(file, yaml, path, message.replace(' ', ` '${String(path.at(-1)).slice(0, 40)}' `), 'key')];
  }
  const value = valueAt(yaml.data, path);
  if (value === undefined && path.length > 0) {
    const { words } = split(issue.message);
    const long = words.length > LONGEST_LIST;
    return [
      complaint(file, 'lab/missing-key', `'${path.at(-1)}' is missing${long ? '' : `: ${words}`}`, {
        range: yaml.rangeOf(path.slice(0, -1), 'key'),
        means: long ? words : undefined,
      }),
    ];
  }
  if (issue.code === 'invalid_value')
    return [unknownWord(file, yaml, path, value, issue.message.split(' ').slice(1))];
  return [judged(file, yaml, path, issue.message, 'value', value)];
}

/** Messages of the schema begin with the code of their complaint. */
function split(message: string): { readonly code: string; readonly words: string } {
  if (message.startsWith('choice '))
    return { code: 'lab/unknown-word', words: `expected one of ${message.slice('choice '.length)}` };
  const match = /^(lab\/[a-z-]+) (.*)$/s.exec(message);
  return match === null
    ? { code: 'lab/wrong-type', words: message }
    : { code: match[1] ?? '', words: match[2] ?? '' };
}

function judged(
  file: string,
  yaml: YamlText,
  path: KeyPath,
  message: string,
  part: 'key' | 'value',
  value?: unknown,
): Diagnostic {
  const { code, words } = split(message);
  const got = part === 'value' && words.startsWith('expected ') ? `, got ${nameOfValue(value)}` : '';
  const unit =
    code === 'lab/bad-duration' && typeof value === 'number' ? `${value}s or ${value}ms?` : undefined;
  return complaint(file, code, `${words}${got}`, { range: yaml.rangeOf(path, part), hint: unit });
}

function nameOfValue(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys';
  const text = String(value);
  return typeof value === 'string' ? `'${text.slice(0, 40)}'` : text.slice(0, 40);
}

function unknownKey(file: string, yaml: YamlText, path: KeyPath, known: readonly string[]): Diagnostic {
  const key = String(path.at(-1));
  const later = NOT_YET.get(key);
  const range = yaml.rangeOf(path, 'key');
  if (later !== undefined) return complaint(file, 'lab/not-modelled', `'${key}': ${later}`, { range });
  return unknown(file, 'lab/unknown-key', `unknown key '${key.slice(0, 40)}'`, range, key, known);
}

function unknownWord(
  file: string,
  yaml: YamlText,
  path: KeyPath,
  value: unknown,
  known: readonly string[],
): Diagnostic {
  const asked = typeof value === 'string' ? value : '';
  return unknown(
    file,
    'lab/unknown-word',
    `'${path.findLast((step) => typeof step === 'string')}' cannot be ${nameOfValue(value)}`,
    yaml.rangeOf(path),
    asked,
    known,
  );
}

/** Says the near word if there is one, else all of them. */
function unknown(
  file: string,
  code: string,
  message: string,
  range: SourceRange,
  asked: string,
  known: readonly string[],
): Diagnostic {
  const near = suggest(asked, known);
  if (near !== undefined) return complaint(file, code, message, { range, hint: `did you mean ${near}?` });
  const list = known.join(' ');
  if (list.length <= LONGEST_LIST) return complaint(file, code, `${message} (${list})`, { range });
  return complaint(file, code, message, { range, means: `known are ${list}` });
}

/** The branch of a union that was meant: one whose complaints are all further inside, and the fewest of them. */
function likeliestBranch(
  branches: readonly (readonly Issue[])[],
  value: unknown,
): readonly Issue[] | undefined {
  const ofItsKind = ({ code, path }: Issue): boolean =>
    path.length > 0 ||
    code === 'unrecognized_keys' ||
    code === 'invalid_format' ||
    (code === 'invalid_value' && typeof value === 'string');
  const meant = branches.filter((branch) => branch.every(ofItsKind));
  const kinds = meant.filter((branch) => branch.every((issue) => issue.path[0] !== 'kind'));
  return [...(kinds.length > 0 ? kinds : meant)].sort((a, b) => a.length - b.length)[0];
}

function valueAt(data: unknown, path: KeyPath): unknown {
  let here: unknown = data;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}
