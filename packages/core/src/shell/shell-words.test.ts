import { describe, expect, test } from 'vitest';
import { Complaints } from '../diagnostic/complaints.js';
import { placeCharacters } from './placed-text.js';
import { readShell } from './shell-words.js';

const shell = (text: string) => {
  const complaints = new Complaints();
  const commands = readShell(placeCharacters('f', text), new Map(), complaints);
  return { commands, complaints };
};
const wordsOf = (text: string) =>
  shell(text).commands.map(({ assignments, words }) => [
    ...assignments.map(({ name, value }) => `${name.text}:=${value.text}`),
    ...words.map((word) => (word.unknown === null ? word.text : `?${word.unknown}`)),
  ]);

describe('a shell’s words', () => {
  test.each([
    ['a b\tc', [['a', 'b', 'c']]],
    ['a; b && c || d | e & f\n(g)', [['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g']]],
    ['a \'b c\' "d e" f\\ g h\'i\'"j"', [['a', 'b c', 'd e', 'f g', 'hij']]],
    ['a "" \'\'', [['a', '', '']]],
    ['a # b\n#c\nd#e', [['a'], ['d#e']]],
    ['a \\\n  b', [['a', 'b']]],
    ['a "b\\\nc" "\\$x\\n"', [['a', 'bc', '$x\\n']]],
    ['a >b 2>/dev/null <c d >>e 2>&1', [['a', 'd']]],
    ['x=1 y="2 3"', [['x:=1', 'y:=2 3']]],
    ['x=1 a $x', [['x:=1', 'a', '?$x']]],
    ['x=1; a $x ${x}y "$x z" \'$x\'', [['x:=1'], ['a', '1', '1y', '1 z', '$x']]],
    ['x="1 2"; a $x "$x" p${x}q', [['x:=1 2'], ['a', '1', '2', '1 2', 'p1', '2q']]],
    ['x=1; y=$x$x; a $y', [['x:=1'], ['y:=11'], ['a', '11']]],
    ['a $(b c) `d e` ${f:-g} $1 $$ $', [['a', '?$(b c)', '?`d e`', '?${f:-g}', '?$1', '?$$', '$']]],
    ['a $(b $(c) d) e', [['a', '?$(b $(c) d)', 'e']]],
    ['"x"=1 2x=3 a=b=c', [['x=1', '2x=3', 'a=b=c']]],
    ['a=b=c', [['a:=b=c']]],
    ['x=$(y); a $x', [['x:='], ['a', '?$x']]],
    ['a \\', [['a', '']]],
    ['', []],
  ])('%j', (text, expected) => {
    expect(wordsOf(text)).toEqual(expected);
  });

  test('a quote that is never closed ends it all', () => {
    const { commands, complaints } = shell('a\nb "c\nd');
    expect(commands.map(({ words }) => words.map(({ text }) => text))).toEqual([['a']]);
    expect(complaints.all.map(({ message, range }) => [message, range.start])).toEqual([
      ['" is never closed', { line: 2, column: 3 }],
    ]);
  });

  test('words stand where they were typed, wherever they are used', () => {
    const { commands } = shell('x="é 😀"\n  a "$x" "b c"');
    expect(commands[1]?.words.map(({ place: { range } }) => [range.start, range.end])).toEqual([
      [
        { line: 2, column: 3 },
        { line: 2, column: 4 },
      ],
      [
        { line: 1, column: 4 },
        { line: 1, column: 7 },
      ],
      [
        { line: 2, column: 11 },
        { line: 2, column: 14 },
      ],
    ]);
  });

  test('variables that double each other do not fill the memory', () => {
    const text = `a=xxxxxxxx\n${'a="$a$a$a$a"\n'.repeat(40)}b $a`;
    const { commands } = shell(text);
    const [word] = commands[commands.length - 1]?.words.slice(1) ?? [];
    expect(word?.unknown).toBe('$a');
  });
});
