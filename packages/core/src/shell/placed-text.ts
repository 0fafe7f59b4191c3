import type { Place } from '../diagnostic/complaints.js';

/** A character (code point) of a file that knows where it stands there. */
export interface PlacedCharacter {
  readonly text: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A word of a command, with its place however it was quoted. */
export interface Word {
  readonly text: string;
  readonly characters: readonly PlacedCharacter[];
  readonly place: Place;
  /** What in it only a running shell could tell: `$(hostname)`, `$unset`. */
  readonly unknown: string | null;
}

/** The characters of a file. The end of a line is one `\n`, whatever it is in the file. */
export function placeCharacters(file: string, text: string): PlacedCharacter[] {
  const characters: PlacedCharacter[] = [];
  let line = 1;
  let column = 1;
  for (const character of text.replaceAll('\r\n', '\n')) {
    characters.push({ text: character, file, line, column });
    if (character === '\n') {
      line++;
      column = 1;
    } else column++;
  }
  return characters;
}

/** The lines of a text without their ends. A backslash at the end of a line joins the next one to it. */
export function joinedLines(characters: readonly PlacedCharacter[]): PlacedCharacter[][] {
  const lines: PlacedCharacter[][] = [];
  let line: PlacedCharacter[] = [];
  for (const character of characters) {
    if (character.text !== '\n') line.push(character);
    else if (line[line.length - 1]?.text === '\\') line.pop();
    else {
      lines.push(line);
      line = [];
    }
  }
  if (line.length > 0) lines.push(line);
  return lines;
}

/** The parts of a line between its blanks; quotes mean nothing. */
export function splitAtBlanks(line: readonly PlacedCharacter[]): PlacedCharacter[][] {
  const fields: PlacedCharacter[][] = [];
  let field: PlacedCharacter[] = [];
  for (const character of line) {
    if (!isBlank(character.text)) field.push(character);
    else if (field.length > 0) {
      fields.push(field);
      field = [];
    }
  }
  if (field.length > 0) fields.push(field);
  return fields;
}

/** Whether a character stands between words. */
export const isBlank = (character: string): boolean =>
  character === ' ' || character === '\t' || character === '\n';

/** What the characters say. */
export const textOf = (characters: readonly PlacedCharacter[]): string =>
  characters.map(({ text }) => text).join('');

/** Characters that were never typed, standing at the place of another one. */
export const insertedText = (text: string, at: PlacedCharacter): PlacedCharacter[] =>
  [...text].map((character) => ({ ...at, text: character }));

/** The place of one character. */
export const placeOfCharacter = (character: PlacedCharacter): Place => placeBetween(character, character);

/** From the first of the characters to the last, as far as they stand on one line; at least one column. */
export function placeOfCharacters(characters: readonly PlacedCharacter[], otherwise: PlacedCharacter): Place {
  const first = characters[0] ?? otherwise;
  const last = characters[characters.length - 1] ?? first;
  return last.file === first.file && last.line === first.line && last.column >= first.column
    ? placeBetween(first, last)
    : placeBetween(first, first);
}

/** A word as it stands in a file, or a part of one. */
export function wordOf(characters: readonly PlacedCharacter[], otherwise: PlacedCharacter): Word {
  return {
    text: textOf(characters),
    characters,
    place: placeOfCharacters(characters, otherwise),
    unknown: null,
  };
}

/** The first characters of a file, for what concerns all of it. */
export const startOfFile = (file: string): Place => ({
  file,
  range: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } },
});

function placeBetween(first: PlacedCharacter, last: PlacedCharacter): Place {
  return {
    file: first.file,
    range: {
      start: { line: first.line, column: first.column },
      end: { line: last.line, column: last.column + 1 },
    },
  };
}
