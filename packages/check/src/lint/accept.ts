import { type Diagnostic, type SourcePosition, suggest } from '@viplab/core';
import { LINT_CODES } from './codes.js';
import { finding } from './finding.js';

/** `# viplab: accept CODE because REASON`, in comments of keepalived, of shells and of XML. */
const ACCEPT = /^(\s*(?:[#!]|<!--)\s*)viplab:\s*accept\b\s*(.*?)\s*(?:-->\s*)?$/;
/** What goes on in the next line. */
const CONTINUED = /\\\s*$/;

/** One line that accepts a finding in the line under it. */
interface Acceptance {
  readonly file: string;
  /** The line that it speaks of: the next one that is no such comment. */
  readonly target: number;
  /** Where that ends, if it goes on behind a backslash. */
  readonly last: number;
  readonly code: string;
  readonly reason: string;
  readonly start: SourcePosition;
  readonly end: SourcePosition;
}

/**
 * Takes away the findings that the files accept, and adds what is wrong with the accepting: no reason, or nothing to
 * accept.
 */
export function applyAcceptances(
  findings: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
): Diagnostic[] {
  const acceptances = [...sources].flatMap(([file, text]) => acceptancesIn(file, text));
  const used = new Set<Acceptance>();
  const left = findings.filter((each) => {
    const mine = acceptances.filter(
      ({ file, target, last, code, reason }) =>
        reason !== '' &&
        file === each.file &&
        target <= each.range.start.line &&
        each.range.start.line <= last &&
        code === each.code,
    );
    for (const acceptance of mine) used.add(acceptance);
    return mine.length === 0;
  });
  const complaints = acceptances.flatMap((acceptance) => {
    if (acceptance.reason === '') return [withoutReason(acceptance)];
    return used.has(acceptance) ? [] : [unused(acceptance)];
  });
  return [...left, ...complaints];
}

function acceptancesIn(file: string, text: string): Acceptance[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const match = ACCEPT.exec(line);
    if (match === null) return [];
    const [, before = '', rest = ''] = match;
    const [, code = '', reason = ''] = /^(\S*?)(?:\s+because\s*(.*))?$/.exec(rest) ?? [
      undefined,
      rest.split(/\s/)[0],
    ];
    let target = index + 1;
    while (ACCEPT.test(lines[target] ?? '')) target++;
    let last = target;
    while (CONTINUED.test(lines[last] ?? '')) last++;
    return [
      {
        file,
        target: target + 1,
        last: last + 1,
        code,
        reason,
        start: { line: index + 1, column: [...before].length + 1 },
        end: { line: index + 1, column: [...line.trimEnd()].length + 1 },
      },
    ];
  });
}

const placeOf = ({
  file,
  start,
  end,
}: Acceptance): { file: string; range: { start: SourcePosition; end: SourcePosition } } => ({
  file,
  range: { start, end },
});

function withoutReason(acceptance: Acceptance): Diagnostic {
  const { code } = acceptance;
  return finding({
    severity: 'warning',
    code: 'lint/accept-without-reason',
    at: placeOf(acceptance),
    message: 'a finding is accepted without a reason',
    means: 'the finding stands',
    cures: [{ title: `# viplab: accept ${code === '' ? 'CODE' : code} because REASON`, edits: [] }],
  });
}

function unused(acceptance: Acceptance): Diagnostic {
  const { code, target } = acceptance;
  const codes: readonly string[] = LINT_CODES;
  const near = codes.includes(code) ? undefined : suggest(code, codes);
  return finding({
    severity: 'warning',
    code: 'lint/accept-unused',
    at: placeOf(acceptance),
    message: codes.includes(code)
      ? `line ${target} has no ${code} to accept`
      : `there is no code '${code}' to accept`,
    ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    means: 'the line accepts nothing',
    cures: [{ title: 'remove the line', edits: [] }],
  });
}
