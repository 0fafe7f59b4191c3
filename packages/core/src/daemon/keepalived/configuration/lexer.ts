import type { SourcePlace } from './keepalived-config.js';
import { isBlank, placeOf, replaceInLine, type SourceLine, sliceLine, trimLine } from './source-line.js';

/** One word of a line. */
export interface Word {
  readonly text: string;
  readonly place: SourcePlace;
}

/** Told about a quotation mark without a partner, with its place. */
export type UnclosedQuote = (place: SourcePlace) => void;

/** What separates words (keepalived `WHITE_SPACE_STR`). */
const WHITE_SPACE = ' \t\f\n\r\v';

const isWhite = (character: string | undefined): boolean =>
  character !== undefined && WHITE_SPACE.includes(character);

/**
 * Takes the comment and the blanks around it off a line (keepalived `decomment`).
 *
 * `!` and `#` outside of quotes begin a comment, `\!` and `\#` lose their backslash. A backslash at the very end
 * survives even behind a comment: keepalived looks for it to continue a definition.
 */
export function decomment(source: SourceLine, unclosed?: UnclosedQuote): SourceLine {
  let line = source;
  if (!/[!#"\\]/.test(line.text)) return trimLine(line);
  let quoteAt = -1;
  let commentAt = -1;
  let continues = false;
  for (let index = 0; index < line.text.length; index++) {
    const character = line.text[index];
    if (character === '"') {
      if (commentAt === -1) quoteAt = quoteAt === -1 ? index : -1;
    } else if (character === '\\') {
      const next = line.text[index + 1];
      if (next === undefined) {
        continues = true;
        break;
      }
      if (quoteAt === -1 && (next === '#' || next === '!'))
        line = replaceInLine(line, index, index + 2, next);
      else index++;
    } else if (quoteAt === -1 && commentAt === -1 && (character === '!' || character === '#')) {
      commentAt = index;
    }
  }
  if (quoteAt !== -1) unclosed?.(placeOf(line, quoteAt, line.text.length));
  const end = continues ? line.text.length - 1 : line.text.length;
  const kept = trimLine(sliceLine(line, 0, commentAt === -1 ? end : Math.min(commentAt, end)));
  if (!continues) return kept;
  const backslash = placeOf(line, end, end + 1).range.start.column;
  const length = kept.text.length;
  const grown = replaceInLine(kept, length, length, '\\');
  if (grown.map === undefined) return grown;
  return {
    ...grown,
    map: {
      starts: [...grown.map.starts.slice(0, length), backslash],
      ends: [...grown.map.ends.slice(0, length), backslash + 1],
    },
  };
}

/**
 * Splits a line into words (keepalived `alloc_strvec_r`): `"…"` is one word without its marks, and a mark in the middle
 * of a word begins a new one.
 */
export function splitWords(line: SourceLine, unclosed?: UnclosedQuote): Word[] {
  const { text } = line;
  const words: Word[] = [];
  let index = 0;
  for (;;) {
    while (isWhite(text[index])) index++;
    if (index >= text.length) return words;
    if (text[index] === '"') {
      const close = text.indexOf('"', index + 1);
      if (close === -1) {
        unclosed?.(placeOf(line, index, text.length));
        return words;
      }
      words.push({ text: text.slice(index + 1, close), place: placeOf(line, index, close + 1) });
      index = close + 1;
      continue;
    }
    const start = index;
    while (index < text.length && text[index] !== '"' && !isWhite(text[index])) index++;
    words.push({ text: text.slice(start, index), place: placeOf(line, start, index) });
  }
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Splits a line whose value is a command (keepalived `alloc_strvec_quoted_escaped`): `'…'` and `"…"` both group, a
 * backslash protects or names a character (`\n`, `\x41`, `\101`, `\cA`).
 *
 * @returns undefined if a quotation mark is not closed or a backslash stands last: keepalived then has no command
 */
export function splitCommand(line: SourceLine, unclosed?: UnclosedQuote): Word[] | undefined {
  const { text } = line;
  const words: Word[] = [];
  let index = 0;
  for (;;) {
    while (isWhite(text[index])) index++;
    if (index >= text.length) return words;
    const start = index;
    let word = '';
    let quote = '';
    let quoteAt = index;
    while (index < text.length) {
      const character = text[index] ?? '';
      if (character === '\\') {
        const sequence = readEscape(text, index + 1);
        if (sequence === undefined) return undefined;
        word += sequence.character;
        index = sequence.next;
      } else if (quote !== '') {
        if (character === quote) quote = '';
        else word += character;
        index++;
      } else if (character === '"' || character === "'") {
        quote = character;
        quoteAt = index++;
      } else if (isWhite(character)) {
        break;
      } else {
        word += character;
        index++;
      }
    }
    if (quote !== '') {
      unclosed?.(placeOf(line, quoteAt, text.length));
      return undefined;
    }
    words.push({ text: word, place: placeOf(line, start, index) });
  }
}

function readEscape(text: string, at: number): { character: string; next: number } | undefined {
  const character = text[at];
  if (character === undefined) return undefined;
  const hexadecimal = /^x([0-9a-fA-F]+)/.exec(text.slice(at, at + 10));
  if (hexadecimal?.[1] !== undefined) {
    return {
      character: String.fromCharCode(Number.parseInt(hexadecimal[1], 16) & 0xff),
      next: at + 1 + hexadecimal[1].length,
    };
  }
  const control = text[at + 1];
  if (character === 'c' && control !== undefined) {
    return { character: String.fromCharCode(control.charCodeAt(0) & 0x1f), next: at + 2 };
  }
  const octal = /^[0-7]{1,3}/.exec(text.slice(at, at + 3));
  if (octal !== null) {
    return {
      character: String.fromCharCode(Number.parseInt(octal[0], 8) & 0xff),
      next: at + octal[0].length,
    };
  }
  return { character: NAMED_ESCAPES[character] ?? character, next: at + 1 };
}

/** Index of the first `{` or `}` that is not in quotes, −1 if there is none (end of keepalived `read_line`). */
export function findBrace(text: string): number {
  if (text[0] === '{' || text[0] === '}') return 0;
  let index = 0;
  for (;;) {
    const found = text.slice(index).search(/[{}"]/);
    if (found === -1) return -1;
    index += found;
    if (text[index] !== '"') return index;
    const close = text.indexOf('"', index + 1);
    if (close === -1) return -1;
    index = close + 1;
  }
}

/** True if nothing but blanks is left. */
export function isBlankText(text: string): boolean {
  for (const character of text) if (!isBlank(character)) return false;
  return true;
}
