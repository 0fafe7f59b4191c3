import type { SourcePlace } from './keepalived-config.js';

/**
 * A line on its way through the preprocessor: its text may be shorter or longer than what stands in the file, but every
 * character still knows its column there, so a complaint about expanded text points at what somebody typed.
 */
export interface SourceLine {
  readonly text: string;
  readonly file: string;
  /** Line number in `file`, from 1. */
  readonly line: number;
  /** Column of the first character, if the others follow it one by one; else see `starts`. */
  readonly first: number;
  /** Column of each UTF-16 unit and the column behind it, if they are not consecutive. */
  readonly map?: { readonly starts: readonly number[]; readonly ends: readonly number[] };
}

const SURROGATE = /[\ud800-\udfff]/;

/** A line as it stands in a file. Columns count code points, so a line with surrogate pairs needs a map at once. */
export function rawLine(text: string, file: string, line: number, first = 1): SourceLine {
  if (!SURROGATE.test(text)) return { text, file, line, first };
  const starts: number[] = [];
  const ends: number[] = [];
  let column = first;
  for (const character of text) {
    for (let unit = 0; unit < character.length; unit++) {
      starts.push(column);
      ends.push(column + 1);
    }
    column++;
  }
  return { text, file, line, first, map: { starts, ends } };
}

/** Column of the unit at `index`; at or behind the end of the text, the column behind its last unit. */
export function columnAt(line: SourceLine, index: number): number {
  if (line.map === undefined) return line.first + Math.min(index, line.text.length);
  const start = line.map.starts[index];
  if (start !== undefined) return start;
  return line.map.ends[line.map.ends.length - 1] ?? line.first;
}

/** The place of `text[from..to)`. An empty stretch is given one column, so that there is something to point at. */
export function placeOf(line: SourceLine, from: number, to: number): SourcePlace {
  const start = columnAt(line, from);
  let end = start + 1;
  if (to > from) {
    end =
      line.map === undefined
        ? line.first + Math.min(to, line.text.length)
        : (line.map.ends[to - 1] ?? start + 1);
  }
  return {
    file: line.file,
    range: {
      start: { line: line.line, column: start },
      end: { line: line.line, column: Math.max(end, start + 1) },
    },
  };
}

/** The place of the whole text of a line. */
export function placeOfLine(line: SourceLine): SourcePlace {
  return placeOf(line, 0, line.text.length);
}

/** The part `text[from..to)` as a line of its own. */
export function sliceLine(line: SourceLine, from: number, to = line.text.length): SourceLine {
  if (from === 0 && to >= line.text.length) return line;
  const text = line.text.slice(from, to);
  if (line.map === undefined) return { text, file: line.file, line: line.line, first: line.first + from };
  const starts = line.map.starts.slice(from, to);
  return {
    text,
    file: line.file,
    line: line.line,
    first: columnAt(line, from),
    map: { starts, ends: line.map.ends.slice(from, to) },
  };
}

/** Replaces `text[from..to)` by `inserted`, every character of which points at what it replaces. */
export function replaceInLine(line: SourceLine, from: number, to: number, inserted: string): SourceLine {
  const { starts, ends } = mapOf(line);
  const start = columnAt(line, from);
  const end = to > from ? (ends[to - 1] ?? start + 1) : start;
  const fill = (column: number): number[] => new Array<number>(inserted.length).fill(column);
  return {
    text: line.text.slice(0, from) + inserted + line.text.slice(to),
    file: line.file,
    line: line.line,
    first: line.first,
    map: {
      starts: [...starts.slice(0, from), ...fill(start), ...starts.slice(to)],
      ends: [...ends.slice(0, from), ...fill(end), ...ends.slice(to)],
    },
  };
}

/** Removes blanks (space and tab, as keepalived's `decomment` does) at both ends. */
export function trimLine(line: SourceLine): SourceLine {
  const { text } = line;
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text[from])) from++;
  while (to > from && isBlank(text[to - 1])) to--;
  return sliceLine(line, from, to);
}

/** Space or tab. */
export function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function mapOf(line: SourceLine): { readonly starts: readonly number[]; readonly ends: readonly number[] } {
  if (line.map !== undefined) return line.map;
  const starts = Array.from(line.text, (_, index) => line.first + index);
  return { starts, ends: starts.map((column) => column + 1) };
}
