import type { Definitions } from './definitions.js';
import { type SourceLine, sliceLine } from './source-line.js';

/** A `~SEQ`, `~SEQx` or `~LST` that still has rounds to go: each round defines `$variable`s and yields `text`. */
export interface Sequence {
  readonly text: SourceLine;
  /**
   * Defines the variables of the next round.
   *
   * @returns false if that was the last round
   */
  advance(definitions: Definitions): boolean;
}

/** A sequence, or what is wrong with its definition. */
export type SequenceReading = { readonly sequence: Sequence } | { readonly problem: string };

/** Longest text of the numbers of a `~SEQ` (keepalived `add_seq`: three 64-bit numbers). */
const MAX_NUMBERS_LENGTH = 62;

/** Reads a line that begins with `~SEQ` or `~LST` (keepalived `add_seq`, `add_lst`). */
export function readSequence(line: SourceLine, definitions: Definitions): SequenceReading {
  return line.text.startsWith('~SEQ') ? readNumbers(line, definitions) : readList(line);
}

function readNumbers(line: SourceLine, definitions: Definitions): SequenceReading {
  const head = /^~SEQ(x?)[ \t]*\([ \t]*([^ \t,)]+)[ \t]*,[ \t]*([^)]*)\)[ \t]*/.exec(line.text);
  if (head === null) return { problem: 'expected ~SEQ(variable, [start, [step,]] end) text' };
  const [whole, hexMark = '', variable = '', numbersText = ''] = head;
  if (numbersText.length > MAX_NUMBERS_LENGTH) return { problem: 'the numbers of ~SEQ are too long' };
  const numbersAt = whole.lastIndexOf(numbersText);
  const replaced = definitions.substitute(sliceLine(line, numbersAt, numbersAt + numbersText.length));
  if (replaced.rest !== undefined) return { problem: 'a multi-line definition cannot be a number of ~SEQ' };
  const numbers = replaced.line.text.split(',').map((part) => part.trim());
  if (numbers.length > 3 || numbers.some((part) => !/^[+-]?(?:0[xX][0-9a-fA-F]+|\d+)$/.test(part))) {
    return { problem: 'expected ~SEQ(variable, [start, [step,]] end) text, with one to three numbers' };
  }
  const values = numbers.map(readLong);
  if (!values.every(Number.isSafeInteger)) return { problem: 'a number of ~SEQ is too large' };
  const [one = 0, two = 0, three = 0] = values;
  let start = one;
  let end = two;
  let step = start <= end ? 1 : -1;
  if (values.length === 1) {
    end = one;
    step = end < 1 ? -1 : 1;
    start = end < 0 ? -1 : 1;
  } else if (values.length === 3) {
    step = two;
    end = three;
    if (step === 0 || (start < end && step < 0) || (start > end && step > 0)) {
      return { problem: `~SEQ never gets from ${start} to ${end} in steps of ${step}` };
    }
  }
  const hexadecimal = hexMark === 'x';
  if (hexadecimal && (start < 0 || end < 0)) return { problem: '~SEQx takes no negative numbers' };
  const text = sliceLine(line, whole.length);
  let next = start;
  return {
    sequence: {
      text,
      advance(table) {
        table.set(variable, { ...text, text: next.toString(hexadecimal ? 16 : 10) });
        next += step;
        return step > 0 ? next <= end : next >= end;
      },
    },
  };
}

/** C's `strtol` with base 0: decimal, `0x` hexadecimal, a leading `0` octal. */
function readLong(text: string): number {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[+-]/, '');
  const value = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return negative ? -value : value;
}

function readList(line: SourceLine): SequenceReading {
  const problem = { problem: 'expected ~LST(variable, value, …) text or ~LST({a, b}, {1, 2}, …) text' };
  const open = /^~LST[ \t]*\(/.exec(line.text);
  if (open === null) return problem;
  const cursor = { text: line.text, at: open[0].length };
  const variables = readTuple(cursor, ',');
  if (variables === undefined || variables.length === 0 || cursor.text[cursor.at] !== ',') return problem;
  const rounds: string[][] = [];
  while (cursor.text[cursor.at] === ',') {
    cursor.at++;
    const values = readTuple(cursor, ',)');
    if (values === undefined) return problem;
    if (values.length > variables.length) return { problem: '~LST has more values than variables' };
    rounds.push(values);
  }
  if (cursor.text[cursor.at] !== ')') return problem;
  const text = sliceLine(
    line,
    cursor.at + 1 + (/^[ \t]*/.exec(cursor.text.slice(cursor.at + 1))?.[0].length ?? 0),
  );
  let round = 0;
  return {
    sequence: {
      text,
      advance(table) {
        const values = rounds[round++] ?? [];
        variables.forEach((name, index) => {
          table.set(name, { ...text, text: values[index] ?? '' });
        });
        return round < rounds.length;
      },
    },
  };
}

/** Reads `word` or `{word, word}` and leaves the cursor at what follows, which must be one of `ends`. */
function readTuple(cursor: { readonly text: string; at: number }, ends: string): string[] | undefined {
  const skipBlanks = (): void => {
    while (cursor.text[cursor.at] === ' ' || cursor.text[cursor.at] === '\t') cursor.at++;
  };
  const readItem = (): string => {
    skipBlanks();
    const start = cursor.at;
    while (cursor.at < cursor.text.length && !' \t,})'.includes(cursor.text[cursor.at] ?? ' ')) cursor.at++;
    const item = cursor.text.slice(start, cursor.at);
    skipBlanks();
    return item;
  };
  skipBlanks();
  const items: string[] = [];
  if (cursor.text[cursor.at] === '{') {
    do {
      cursor.at++;
      items.push(readItem());
    } while (cursor.text[cursor.at] === ',');
    if (cursor.text[cursor.at] !== '}') return undefined;
    cursor.at++;
    skipBlanks();
  } else {
    items.push(readItem());
  }
  const next = cursor.text[cursor.at];
  return next !== undefined && ends.includes(next) ? items : undefined;
}
