import { describe, expect, test } from 'vitest';
import { Complaints } from '../../../diagnostic/complaints.js';
import type { ReadOptions } from './include-stack.js';
import { Preprocessor } from './preprocessor.js';
import { briefly } from './testing/read-instance.js';

function expand(text: string, options: Partial<ReadOptions> = {}) {
  const complaints = new Complaints();
  const preprocessor = new Preprocessor(text, { file: 'main.conf', ...options }, complaints);
  const lines: string[] = [];
  const places: string[] = [];
  for (let line = preprocessor.next(); line !== undefined; line = preprocessor.next()) {
    lines.push(line.text);
    places.push(`${line.file}:${line.line}`);
  }
  return {
    lines,
    places,
    complaints: briefly(complaints.all),
    all: complaints.all,
    fatal: preprocessor.fatal,
  };
}

describe('braces', () => {
  test('stand on lines of their own', () => {
    expect(expand('a b{c}d { e }').lines).toEqual(['a b', '{', 'c', '}', 'd', '{', 'e', '}']);
  });
  test('stay where they are in quotes', () => {
    expect(expand('a "{}" {').lines).toEqual(['a "{}"', '{']);
  });
});

describe('definitions', () => {
  test.each([
    ['$P=100\npriority $P', ['priority 100']],
    ['$P=100\npriority ${P}x', ['priority 100x']],
    ['$P=100\npriority $Px', ['priority $Px']],
    ['$P=1\na $P/24 $P,$P', ['a $P/24 1,1']],
    ['$P =100', ['$P =100']],
    ['$A=x\n$B=y$A\nz $B', ['z yx']],
    ['$P=1\n$P=2\na $P', ['a 2']],
    ['$P=\na $P b', ['a  b']],
    ['$M= \\\n one \\\n two\n$M\nthree', ['one', 'two', 'three']],
    ['$M= one \\\n two\n\nx\n$M', ['x', 'one', 'two']],
    ['$M= one \\\n two\n$M more', ['$M more']],
    ['$I= a \\\n b\n$O= c \\\n $I \\\n d\n$O', ['c', 'a', 'b', 'd']],
    ['a $_HASH $_BANG x', ['a # ! x'.replace(/ # .*/, '')]],
  ])('%j', (text, expected) => {
    expect(expand(text).lines).toEqual(expected);
  });

  test('keepalived’s own names come from the caller', () => {
    const options: Partial<ReadOptions> = {
      configId: 'n1',
      directory: '/etc/keepalived',
      env: { HOME: '/root' },
      random: (minimum, maximum) => minimum * 1000 + maximum,
    };
    expect(expand('a $_INSTANCE $_PWD ${_ENV HOME} ${_RANDOM 3 7} $_RANDOM', options).lines).toEqual([
      'a n1 /etc/keepalived /root 3007 32767',
    ]);
  });

  test('a definition that contains itself is named instead of expanded for ever', () => {
    expect(expand('$A=$A\nx $A').complaints).toEqual([
      'error conf/definition-loop: this definition contains itself',
    ]);
    expect(expand('$A=a$A\nx $A').complaints).toEqual([
      'error conf/definition-loop: this definition contains itself',
    ]);
  });

  test('places survive: the name that was written is what is pointed at', () => {
    const { lines, places } = expand('$M= one \\\n two\nx\n$M');
    expect(lines).toEqual(['x', 'one', 'two']);
    expect(places).toEqual(['main.conf:3', 'main.conf:4', 'main.conf:2']);
  });
});

describe('conditions', () => {
  test.each([
    ['@n1 a', ['a']],
    ['@n2 a', []],
    ['@^n1 a', []],
    ['@^n2 a', ['a']],
    ['@n1', []],
    ['@n1 @n1 a', ['@n1 a']],
  ])('%j for n1', (text, expected) => {
    expect(expand(text, { configId: 'n1' }).lines).toEqual(expected);
  });
  test('the host name up to its first dot is the default', () => {
    expect(expand('@n1 a', { hostName: 'n1.example.org' }).lines).toEqual(['a']);
  });
});

describe('sequences', () => {
  test.each([
    ['~SEQ(i, 3) a $i', ['a 1', 'a 2', 'a 3']],
    ['~SEQ(i, 2, 4) a${i}', ['a2', 'a3', 'a4']],
    ['~SEQ(i, 4, -2, 0) $i', ['4', '2', '0']],
    ['~SEQ(i, 0x10, 021) $i', ['16', '17']],
    ['~SEQx(i, 9, 11) $i', ['9', 'a', 'b']],
    ['$N=2\n~SEQ(i, $N) $i', ['1', '2']],
    ['~LST(v, a, b) x $v', ['x a', 'x b']],
    ['~LST({v, w}, {a, 1}, {b}) x ${v}${w}', ['x a1', 'x b']],
    ['~SEQ(i, 2) ~SEQ(j, 2) ${i}${j}', ['11', '12', '21', '22']],
  ])('%j', (text, expected) => {
    const { lines, complaints } = expand(text);
    expect(lines).toEqual(expected);
    expect(complaints).toEqual([]);
  });

  test.each([
    '~SEQ(i) a',
    '~SEQ(i, 1, 0, 5) a',
    '~SEQ i',
    '~SEQ(i, x) a',
    '~SEQx(i, -1, 3) a',
    '~LST(a)',
    '~LST(a, {1, 2}) x',
    '~SEQ(i, 1',
  ])('%j is named', (text) => {
    const { lines, complaints } = expand(text);
    expect(lines).toEqual([]);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(/^error conf\/bad-sequence/);
  });

  test('an endless one is cut off', () => {
    const { lines, complaints } = expand('~SEQ(i, 1, 1000000000) a\nlast');
    expect(lines.length).toBeLessThanOrEqual(100_000);
    expect(complaints).toEqual([
      'error conf/too-large: definitions and sequences expand to more than 100000 lines',
    ]);
  });
});

describe('lines', () => {
  test('a line that does not fit in the buffer goes on in the next, as fgets has it', () => {
    const { lines, complaints } = expand(`${'a'.repeat(1023)}b c`);
    expect(lines.map((text) => text.length)).toEqual([1023, 3]);
    expect(complaints).toEqual(['warning conf/line-too-long: the line is longer than 1023 bytes']);
  });
  test('the buffer counts bytes', () => {
    expect(expand('ä'.repeat(512)).lines.map((text) => text.length)).toEqual([511, 1]);
  });
  test('carriage returns go with the line end, a zero byte ends the line', () => {
    expect(expand('a\r\nb\0c\nd').lines).toEqual(['a', 'b', 'd']);
  });
});

describe('include', () => {
  const files: Readonly<Record<string, string>> = { 'a.conf': 'a1\na2', 'b.conf': 'b1\ninclude a.conf\nb2' };
  const resolveInclude = (pattern: string) =>
    Object.entries(files)
      .filter(([file]) => pattern === '*.conf' || pattern === file)
      .map(([file, text]) => ({ file, text }));

  test('files come in place and in order', () => {
    const { lines, places } = expand('1\ninclude b.conf\n2', { resolveInclude });
    expect(lines).toEqual(['1', 'b1', 'a1', 'a2', 'b2', '2']);
    expect(places).toEqual(['main.conf:1', 'b.conf:1', 'a.conf:1', 'a.conf:2', 'b.conf:3', 'main.conf:3']);
  });
  test('a pattern brings several', () => {
    expect(expand('include *.conf', { resolveInclude }).lines).toEqual(['a1', 'a2', 'b1', 'a1', 'a2', 'b2']);
  });
  test.each([
    ['include x.conf', 'warning', false],
    ['includer x.conf', 'warning', false],
    ['includem x.conf', 'error', true],
    ['includea x.conf', 'error', true],
    ['includew x*.conf', 'error', true],
  ])('%s', (text, severity, fatal) => {
    const result = expand(text, { resolveInclude });
    expect(result.all.map((each) => each.severity)).toEqual([severity]);
    expect(result.fatal).toBe(fatal);
  });
  test('a pattern that matches nothing is no complaint', () => {
    expect(expand('include x*.conf', { resolveInclude }).complaints).toEqual([]);
  });
  test('without other files it is said that nothing was read', () => {
    expect(expand('include x.conf').complaints).toEqual([
      'warning conf/include-not-read: x.conf was not read',
    ]);
  });
  test('a loop is shown whole', () => {
    const loop = (pattern: string) =>
      pattern.endsWith('a.conf')
        ? [{ file: 'n1/vrrp.d/a.conf', text: '\n\ninclude ../keepalived.conf' }]
        : [{ file: 'n1/keepalived.conf', text: 'include vrrp.d/a.conf' }];
    const { all } = expand('include vrrp.d/a.conf', { file: 'n1/keepalived.conf', resolveInclude: loop });
    expect(all).toEqual([
      {
        severity: 'error',
        code: 'conf/include-loop',
        message: 'include loop',
        file: 'n1/keepalived.conf',
        range: { start: { line: 1, column: 9 }, end: { line: 1, column: 22 } },
        means: 'keepalived.conf:1 → vrrp.d/a.conf:3 → keepalived.conf; nothing of it is read twice',
      },
    ]);
  });
  test('a chain of ever new files ends', () => {
    let count = 0;
    const { complaints } = expand('include x', {
      resolveInclude: () => [{ file: `f${++count}`, text: 'include x' }],
    });
    expect(complaints).toEqual(['error conf/include-too-deep: more than 64 files include each other']);
  });
});
