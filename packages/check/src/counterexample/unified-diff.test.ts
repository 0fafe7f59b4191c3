import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unifiedDiff } from './unified-diff.js';

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', '    x {', '}', ''), { minLength: 1, maxLength: 14 })
  .map((lines) => `${lines.join('\n')}z`);

describe('a unified diff', () => {
  test('is what diff(1) prints', () => {
    expect(unifiedDiff('f', 'a\nb\nc\nd\ne\nf\n', 'a\nb\nX\nd\ne\nf\n', 1)).toBe(
      '--- f\n+++ f\n@@ -2,3 +2,3 @@\n b\n-c\n+X\n d\n',
    );
    expect(unifiedDiff('f', 'a\n', 'a\nb\n')).toBe('--- f\n+++ f\n@@ -1 +1,2 @@\n a\n+b\n');
    expect(unifiedDiff('f', 'a', 'b')).toBe(
      '--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n',
    );
    expect(unifiedDiff('f', 'a', 'a')).toBe('');
  });

  test('joins hunks that touch and parts those that do not', () => {
    const lines = [...'abcdefghijklmnop'].join('\n');
    const changed = lines.replace('b', 'B').replace('o', 'O');
    expect(unifiedDiff('f', `${lines}\n`, `${changed}\n`, 1).match(/^@@/gm)).toHaveLength(2);
    expect(unifiedDiff('f', `${lines}\n`, `${changed}\n`, 9).match(/^@@/gm)).toHaveLength(1);
  });

  test('is applied by patch(1), whatever the texts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'viplab-diff-'));
    try {
      fc.assert(
        fc.property(text, text, fc.boolean(), fc.nat({ max: 3 }), (before, after, ends, context) => {
          const [one, other] = ends ? [`${before}\n`, `${after}\n`] : [before, after];
          if (one === other) return;
          writeFileSync(join(folder, 'f'), one);
          // Without context patch(1) has only line numbers to go by.
          const options = ['-p0', '-s', '-u', ...(context === 0 ? ['--fuzz=0'] : [])];
          execFileSync('patch', options, { cwd: folder, input: unifiedDiff('f', one, other, context) });
          expect(readFileSync(join(folder, 'f'), 'utf8')).toBe(other);
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('of what is no configuration any more is refused', () => {
    expect(() => unifiedDiff('f', 'a\n'.repeat(5000), 'b\n')).toThrow(RangeError);
  });
});
