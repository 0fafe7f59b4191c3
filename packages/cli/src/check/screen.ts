import type { SpanStyle, StyledLine, StyledSpan } from '@viplab/core';
import { wrap } from '../help.js';

/** Where texts begin beside the word in the margin. */
export const HEAD = 11;

const spanOf = (text: string, style?: SpanStyle): StyledSpan =>
  style === undefined ? { text } : { text, style };

/** A word in the margin and a text beside it, broken at blanks. */
export function entry(word: string, text: string, width: number, style?: SpanStyle): StyledLine[] {
  return rows(word, wrap(text, width - HEAD), style);
}

/** A word in the margin and lines beside it, as they are. */
export function rows(word: string, lines: readonly string[], style?: SpanStyle): StyledLine[] {
  return lines.map((line, index) => [
    index === 0 ? spanOf(word.padEnd(HEAD), 'bold') : spanOf(' '.repeat(HEAD)),
    spanOf(line, style),
  ]);
}

/** Words joined by dots, broken between them, never inside. */
export function joined(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && [...last].length + [...item].length + 3 <= width)
      lines[lines.length - 1] = `${last} · ${item}`;
    else lines.push(...wrap(item, width));
  }
  return lines;
}

/** A command, in one line or with the backslashes of a shell, so that it can be pasted. */
export function command(text: string, width: number): string[] {
  const lines = wrap(text, [...text].length <= width ? width : width - 2);
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
}

/** A text, and another at the right end if both fit in a line, else under it. */
export function beside(left: string, right: string, width: number): string[] {
  const room = width - [...left].length - [...right].length;
  return room >= 2 ? [left + ' '.repeat(room) + right] : [...wrap(left, width), ...wrap(right, width)];
}

/** A span as it stands in a line. */
export { spanOf };
