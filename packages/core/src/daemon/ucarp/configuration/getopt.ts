import type { Word } from '../../../shell/placed-text.js';

/** An option that a program knows: its letter, its long name, and whether it takes an argument. */
export interface OptionRule {
  readonly letter: string;
  readonly name: string;
  readonly takesArgument: boolean;
  /** False: the letter is not in the option string, only the long name works. */
  readonly isShort: boolean;
}

/** One thing that getopt_long(3) found, in the order of the command line. */
export type Parsed =
  | {
      readonly kind: 'option';
      readonly rule: OptionRule;
      /** As it was typed, up to its argument. */
      readonly word: Word;
      readonly argument: Word | null;
    }
  | {
      readonly kind: 'unknown' | 'ambiguous' | 'missing-argument' | 'needless-argument';
      readonly word: Word;
      /** The option as typed, without its argument: `-m`, `--ad`. */
      readonly text: string;
      /** What it could have been. */
      readonly candidates: readonly string[];
    }
  | { readonly kind: 'operand'; readonly word: Word };

/** The part of a word from a character on. */
function partOf(word: Word, from: number): Word {
  const characters = word.characters.slice(from);
  const first = characters[0];
  const { file, range } = word.place;
  const start =
    first === undefined || first.line !== range.start.line
      ? range.start
      : { line: first.line, column: first.column };
  return {
    text: [...word.text].slice(from).join(''),
    characters,
    place: { file, range: { start, end: range.end } },
    unknown: word.unknown,
  };
}

/**
 * getopt_long(3) of glibc: clusters of short options (`-Pz`, `-v1`), long ones with `=` or an argument of their own and
 * shortened as long as they stay unique, operands anywhere, and `--`, which ends options.
 */
export function getoptLong(words: readonly Word[], rules: readonly OptionRule[]): Parsed[] {
  const parsed: Parsed[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const { text } = word;
    if (text === '--') {
      for (const operand of rest.splice(0)) parsed.push({ kind: 'operand', word: operand });
    } else if (text.startsWith('--')) parsed.push(longOption(word, rest, rules));
    else if (text.startsWith('-') && text.length > 1) parsed.push(...cluster(word, rest, rules));
    else parsed.push({ kind: 'operand', word });
  }
  return parsed;
}

function longOption(word: Word, rest: Word[], rules: readonly OptionRule[]): Parsed {
  const letters = [...word.text];
  const equals = letters.indexOf('=');
  const name = letters.slice(2, equals < 0 ? undefined : equals).join('');
  const text = `--${name}`;
  const exact = rules.find((rule) => rule.name === name);
  const matching = exact === undefined ? rules.filter((rule) => rule.name.startsWith(name)) : [exact];
  const candidates = matching.map((rule) => `--${rule.name}`);
  const [rule, ...others] = matching;
  if (rule === undefined) return { kind: 'unknown', word, text, candidates };
  if (others.length > 0) return { kind: 'ambiguous', word, text, candidates };
  if (equals >= 0)
    return rule.takesArgument
      ? { kind: 'option', rule, word, argument: partOf(word, equals + 1) }
      : { kind: 'needless-argument', word, text, candidates };
  if (!rule.takesArgument) return { kind: 'option', rule, word, argument: null };
  const argument = rest.shift();
  return argument === undefined
    ? { kind: 'missing-argument', word, text, candidates }
    : { kind: 'option', rule, word, argument };
}

function cluster(word: Word, rest: Word[], rules: readonly OptionRule[]): Parsed[] {
  const parsed: Parsed[] = [];
  const letters = [...word.text];
  for (let at = 1; at < letters.length; at++) {
    const letter = letters[at] ?? '';
    const rule = rules.find((candidate) => candidate.isShort && candidate.letter === letter);
    if (rule === undefined) {
      parsed.push({ kind: 'unknown', word, text: `-${letter}`, candidates: [] });
      continue;
    }
    if (!rule.takesArgument) {
      parsed.push({ kind: 'option', rule, word, argument: null });
      continue;
    }
    const argument = at + 1 < letters.length ? partOf(word, at + 1) : rest.shift();
    parsed.push(
      argument === undefined
        ? { kind: 'missing-argument', word, text: `-${letter}`, candidates: [] }
        : { kind: 'option', rule, word, argument },
    );
    break;
  }
  return parsed;
}
