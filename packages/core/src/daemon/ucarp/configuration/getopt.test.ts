import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Complaints } from '../../../diagnostic/complaints.js';
import { placeCharacters } from '../../../shell/placed-text.js';
import { readShell } from '../../../shell/shell-words.js';
import { getoptLong, type OptionRule } from './getopt.js';

const rule = (letter: string, name: string, takesArgument: boolean, isShort = true): OptionRule => ({
  letter,
  name,
  takesArgument,
  isShort,
});
const RULES = [
  rule('a', 'addr', true),
  rule('b', 'advbase', true),
  rule('P', 'preempt', false),
  rule('p', 'pass', true),
  rule('o', 'passfile', true),
  rule('m', 'mcastip', true, false),
];

/** What came of a command line, one word for each part: `a=1@3`, `!unknown -x`, `:operand`. */
function parse(text: string): string[] {
  const words = readShell(placeCharacters('f', text), new Map(), new Complaints()).flatMap(
    (one) => one.words,
  );
  return getoptLong(words, RULES).map((part) => {
    if (part.kind === 'operand') return `:${part.word.text}`;
    if (part.kind !== 'option') return `!${part.kind} ${part.text}`;
    const { rule: found, argument } = part;
    return argument === null
      ? found.letter
      : `${found.letter}=${argument.text}@${argument.place.range.start.column}`;
  });
}

describe('getopt_long', () => {
  test.each([
    ['-a 1', ['a=1@4']],
    ['-a1 -Pb2 -PP', ['a=1@3', 'P', 'b=2@8', 'P', 'P']],
    ['-a -P', ['a=-P@4']],
    ['--addr=1 --addr 2 --ad 3', ['a=1@8', 'a=2@17', '!ambiguous --ad', ':3']],
    ['--addr= --pass=', ['a=@1', 'p=@9']],
    ['--pass 1 --passf 2 --pre', ['p=1@8', 'o=2@18', 'P']],
    ['--preempt=yes', ['!needless-argument --preempt']],
    ['-x -Px', ['!unknown -x', 'P', '!unknown -x']],
    ['-m 1 --mcastip 1', ['!unknown -m', ':1', 'm=1@16']],
    ['one -P two -- -P --', [':one', 'P', ':two', ':-P', ':--']],
    ['-a', ['!missing-argument -a']],
    ['--addr', ['!missing-argument --addr']],
    ['- ""', [':-', ':']],
    ['-a"1 2"', ['a=1 2@4']],
  ])('%s', (text, parts) => {
    expect(parse(text)).toEqual(parts);
  });

  test('whatever the words are, each is taken once', () => {
    const word = fc.constantFrom('-a', '-P', '-Pa', '--addr', '--addr=x', '--p', 'x', '-x', '-');
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        const parts = parse(words.join(' '));
        expect(parts.length).toBeGreaterThan(0);
        expect(parts.length).toBeLessThanOrEqual(words.join('').length);
      }),
    );
  });
});
