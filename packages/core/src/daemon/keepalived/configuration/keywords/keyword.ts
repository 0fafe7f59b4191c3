import type { ConfigurationDraft } from '../draft.js';
import type { SourcePlace } from '../keepalived-config.js';
import type { Word } from '../lexer.js';
import type { Reading } from '../reading.js';
import type { SourceLine } from '../source-line.js';
import {
  formatSeconds,
  type NumberRange,
  type NumberReading,
  readBoolean,
  readDecimal,
  readInteger,
} from '../values.js';

/** A line of configuration that begins with a known keyword. */
export interface Statement {
  readonly reading: Reading;
  readonly line: SourceLine;
  /** The keyword and what follows it. */
  readonly words: readonly Word[];
  readonly keyword: Word;
}

/** What a keyword does here and what it may contain. */
export interface Keyword {
  /**
   * `modelled`: it changes the simulation; `silent`: it could not change it (a log format); `not-modelled`: it would, and
   * does not yet, which is said.
   */
  readonly effect: 'modelled' | 'silent' | 'not-modelled';
  /** For `not-modelled`: what is different from the real daemon because of it. */
  readonly consequence?: string;
  readonly read?: (statement: Statement) => void;
  /** The keywords inside its braces. */
  readonly block?: Block;
  /** The block is passed over with balanced braces; only its keywords are checked. */
  readonly skipped?: Block;
}

/** The keywords that are known between a pair of braces. */
export interface Block {
  /** Its keyword; empty outside of all blocks. */
  readonly name: string;
  readonly keywords: ReadonlyMap<string, Keyword>;
  /** The name that its owner gave it, for messages: `VI_1`. */
  readonly subject?: (draft: ConfigurationDraft) => string | undefined;
  /** Where the places of its keywords are kept. */
  readonly origin?: (draft: ConfigurationDraft) => Record<string, SourcePlace> | undefined;
  /** Runs at the closing brace. */
  readonly end?: (reading: Reading) => void;
}

/** What is special about a number keyword. */
export interface NumberOptions {
  /** If the number cannot be used: what keepalived does then, for `means` and for the draft. */
  readonly otherwise?: { readonly means: string; readonly apply?: (statement: Statement) => void };
  /** 0 is accepted with a complaint and taken as 1 (values that were allowed before 2.0.7). */
  readonly zeroIsOne?: boolean;
}

/** A keyword that changes nothing that is simulated. */
export const silent: Keyword = { effect: 'silent' };

/** A keyword of which the word after it is read, whatever it is. */
export function text(apply: (statement: Statement, value: Word) => void): Keyword {
  return {
    effect: 'modelled',
    read(statement) {
      const value = statement.reading.require(statement);
      if (value === undefined) return;
      warnOfExtraWords(statement, 2);
      apply(statement, value);
    },
  };
}

/** A keyword that means something by being there. Words after it are ignored by keepalived, so `nopreempt off` is on. */
export function flag(apply: (statement: Statement) => void): Keyword {
  return {
    effect: 'modelled',
    read(statement) {
      warnOfExtraWords(statement, 1);
      apply(statement);
    },
  };
}

/** A keyword that is true alone and may have a boolean after it. */
export function boolean(apply: (statement: Statement, value: boolean) => void): Keyword {
  return {
    effect: 'modelled',
    read(statement) {
      const word = statement.words[1];
      if (word === undefined) {
        apply(statement, true);
        return;
      }
      warnOfExtraWords(statement, 2);
      const value = readBoolean(word.text);
      if (value === undefined) {
        statement.reading.complaints.add(
          word.place,
          'bad-value',
          `'${word.text}' is neither true nor false`,
          {
            means: 'keepalived logs this and ignores the line',
          },
        );
        return;
      }
      apply(statement, value);
    },
  };
}

/** A keyword with an integer. */
export function integer(
  range: NumberRange,
  apply: (statement: Statement, value: number) => void,
  options: NumberOptions = {},
): Keyword {
  return number(range, (word) => readInteger(word, range), String, apply, options);
}

/** A keyword with seconds that may have decimals; range and result are microseconds. */
export function seconds(
  range: NumberRange,
  apply: (statement: Statement, microseconds: number) => void,
  options: NumberOptions = {},
): Keyword {
  return number(range, (word) => readDecimal(word, 6, range), formatSeconds, apply, options);
}

function number(
  range: NumberRange,
  parse: (text: string) => NumberReading,
  format: (value: number) => string,
  apply: (statement: Statement, value: number) => void,
  options: NumberOptions,
): Keyword {
  return {
    effect: 'modelled',
    read(statement) {
      const word = statement.reading.require(statement);
      if (word === undefined) return;
      warnOfExtraWords(statement, 2);
      const reading = parse(word.text);
      complainAboutNumber(statement, word, reading, range, format, options.otherwise?.means);
      if (reading.value === undefined) {
        options.otherwise?.apply?.(statement);
        return;
      }
      if (reading.value === 0 && options.zeroIsOne === true) {
        statement.reading.complaints.add(
          word.place,
          'out-of-range',
          `${statement.keyword.text} 0 is out of range 1..${format(range.maximum)}`,
          {
            means: 'keepalived logs this and uses 1',
            cures: [
              { title: `${statement.keyword.text} 1`, edits: [{ range: word.place.range, text: '1' }] },
            ],
          },
        );
        apply(statement, 1);
        return;
      }
      apply(statement, reading.value);
    },
  };
}

/** Says what is wrong with a number, if anything. */
export function complainAboutNumber(
  statement: Statement,
  word: Word,
  reading: NumberReading,
  range: NumberRange,
  format: (value: number) => string = String,
  otherwise = 'keepalived logs this and ignores the line',
): void {
  if (reading.problem === undefined) return;
  const { keyword } = statement;
  const { complaints } = statement.reading;
  const means =
    reading.value === undefined ? otherwise : `keepalived logs this and uses ${format(reading.value)}`;
  if (reading.problem === 'out-of-range') {
    const nearest = Number(word.text) > range.maximum ? range.maximum : range.minimum;
    complaints.add(
      word.place,
      'out-of-range',
      `${keyword.text} ${word.text} is out of range ${format(range.minimum)}..${format(range.maximum)}`,
      {
        means,
        cures: [
          {
            title: `${keyword.text} ${format(nearest)}`,
            edits: [{ range: word.place.range, text: format(nearest) }],
          },
        ],
      },
    );
    return;
  }
  if (reading.problem === 'too-precise') {
    complaints.add(word.place, 'too-precise', `${keyword.text} ${word.text} has too many decimal places`, {
      means,
    });
    return;
  }
  complaints.add(word.place, 'not-a-number', `'${word.text}' is not a number`, { means });
}

/** Words that keepalived does not look at are named: they may be the point of the line. */
export function warnOfExtraWords(statement: Statement, expected: number): void {
  const extra = statement.words[expected];
  if (extra === undefined) return;
  statement.reading.complaints.add(
    extra.place,
    'extra-words',
    `'${extra.text}' is one word too many for ${statement.keyword.text}`,
    {
      severity: 'warning',
      means: 'keepalived does not look at it',
    },
  );
}

/** A table of keywords. */
export function table(entries: Readonly<Record<string, Keyword>>): ReadonlyMap<string, Keyword> {
  return new Map(Object.entries(entries));
}

/** The last element, or a fresh one that nobody will look at: keepalived crashes or writes to the wrong block there. */
export function lastOr<T>(list: readonly T[], make: () => T): T {
  return list[list.length - 1] ?? make();
}
