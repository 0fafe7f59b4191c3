import { describe, expect, test } from 'vitest';
import type { Diagnostic } from './diagnostic.js';
import { formatDiagnostic, formatDiagnostics, formatGithub, MAX_SHOWN } from './format.js';

const at = (line: number, column: number, length = 1): Diagnostic['range'] => ({
  start: { line, column },
  end: { line, column: column + length },
});

const diagnostic = (changes: Partial<Diagnostic> = {}): Diagnostic => ({
  severity: 'error',
  code: 'conf/out-of-range',
  message: 'priority 300 is out of range 1..255',
  file: 'n1/keepalived.conf',
  range: at(2, 10, 3),
  ...changes,
});

const sources = new Map([['n1/keepalived.conf', 'vrrp_instance A {\n\tpriority 300\n}\n']]);

describe('text', () => {
  test('the line, a caret, what it means, the cure, another place', () => {
    const text = formatDiagnostic(
      diagnostic({
        hint: 'too large',
        means: 'keepalived logs this and uses 100',
        cures: [{ title: 'priority 255', edits: [{ range: at(2, 10, 3), text: '255' }] }],
        related: [{ file: 'n2/keepalived.conf', range: at(7, 1), message: 'here it is 255' }],
      }),
      sources,
    );
    expect(text.split('\n')).toEqual([
      'n1/keepalived.conf:2:10: error: priority 300 is out of range 1..255 [conf/out-of-range]',
      '    2 | \tpriority 300',
      '      | \t        ^^^ too large',
      '  means: keepalived logs this and uses 100',
      '  cure:  priority 255',
      '  note:  n2/keepalived.conf:7:1: here it is 255',
    ]);
  });
  test('a cure that the hint names is not repeated', () => {
    const text = formatDiagnostic(
      diagnostic({ hint: 'did you mean state?', cures: [{ title: 'state', edits: [] }] }),
      sources,
    );
    expect(text).not.toContain('cure:');
  });
  test('without the source there is no excerpt', () => {
    expect(formatDiagnostic(diagnostic())).toBe(
      'n1/keepalived.conf:2:10: error: priority 300 is out of range 1..255 [conf/out-of-range]',
    );
  });
  test('a long explanation is wrapped', () => {
    const lines = formatDiagnostic(diagnostic({ means: 'word '.repeat(60).trim() })).split('\n');
    expect(Math.max(...lines.slice(1).map((line) => line.length))).toBeLessThanOrEqual(102);
    expect(lines[2]).toMatch(/^ {9}word/);
  });
  test('of a long line the part around the caret is shown', () => {
    const long = new Map([['n1/keepalived.conf', `\n${'a'.repeat(500)}300${'b'.repeat(500)}`]]);
    const [, source, caret] = formatDiagnostic(diagnostic({ range: at(2, 501, 3) }), long).split('\n');
    expect(source).toContain('300');
    expect(source?.length).toBeLessThanOrEqual(102);
    expect(caret?.indexOf('^')).toBe(source?.indexOf('300'));
  });
  test('columns count characters', () => {
    const emoji = new Map([['n1/keepalived.conf', '\n😀😀 300']]);
    const [, , caret] = formatDiagnostic(diagnostic({ range: at(2, 4, 3) }), emoji).split('\n');
    expect(caret).toBe('      |    ^^^');
  });
  test('nothing in a file can speak to the terminal', () => {
    const evil = new Map([['n1/keepalived.conf', '\n\x1b[2J\u202e 300']]);
    const text = formatDiagnostic(diagnostic({ message: 'unknown \x1b]0;x\x07', hint: '\x9b' }), evil);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });
});

describe('several', () => {
  test('by file, line and column', () => {
    const text = formatDiagnostics([
      diagnostic({ range: at(9, 1), message: 'c' }),
      diagnostic({ range: at(2, 5), message: 'b' }),
      diagnostic({ range: at(2, 1), message: 'a' }),
      diagnostic({ file: 'a.conf', range: at(1, 1), message: 'd' }),
    ]);
    expect(text.split('\n').map((line) => line.replace(/^.*error: (.).*$/, '$1'))).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
  });
  test('at most twenty, and how many more', () => {
    const many = Array.from({ length: 23 }, (_, index) => diagnostic({ range: at(index + 1, 1) }));
    const lines = formatDiagnostics(many).split('\n');
    expect(lines).toHaveLength(MAX_SHOWN + 1);
    expect(lines[MAX_SHOWN]).toBe('and 3 more');
  });
  test('none is an empty text', () => {
    expect(formatDiagnostics([])).toBe('');
  });
});

test('annotations', () => {
  expect(
    formatGithub([
      diagnostic({ means: 'uses 100%\nreally' }),
      diagnostic({ severity: 'note', file: 'a,b:c', code: 'lab/inferred', message: 'm' }),
    ]),
  ).toBe(
    [
      '::error file=n1/keepalived.conf,line=2,col=10,endLine=2,endColumn=13,title=conf/out-of-range::priority 300 is out of range 1..255%0Auses 100%25%0Areally',
      '::notice file=a%2Cb%3Ac,line=2,col=10,endLine=2,endColumn=13,title=lab/inferred::m',
    ].join('\n'),
  );
});
