import { expect, test } from 'vitest';
import { type Diagnostic, DiagnosticError } from './diagnostic.js';

const diagnostic = (message: string): Diagnostic => ({
  severity: 'error',
  code: 'conf/example',
  message,
  file: 'n1/keepalived.conf',
  range: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } },
});

test('the error that carries diagnostics names the first and counts the rest', () => {
  const error = new DiagnosticError([diagnostic('one'), diagnostic('two'), diagnostic('three')]);
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('DiagnosticError');
  expect(error.message).toBe('n1/keepalived.conf:1:1: one [conf/example] (and 2 more)');
  expect(error.diagnostics).toHaveLength(3);
});

test('and says so if there are none', () => {
  expect(new DiagnosticError([]).message).toBe('no diagnostics');
});
