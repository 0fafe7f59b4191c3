/** How a reader's eye should be led: `owner` green, `bad` red, `warn` yellow. The text alone says the same. */
export type SpanStyle = 'owner' | 'bad' | 'warn' | 'dim' | 'bold';

/** A piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style?: SpanStyle;
}

/** One line of a screen. */
export type StyledLine = readonly Span[];

/** A span, with a style where there is one. */
export const span = (text: string, style?: SpanStyle | null): Span =>
  style === undefined || style === null ? { text } : { text, style };

/** The text of a line without its styles. */
export const plainLine = (line: StyledLine): string =>
  line
    .map(({ text }) => text)
    .join('')
    .trimEnd();

/** The text of lines without their styles, each ended by a newline. */
export const plainText = (lines: readonly StyledLine[]): string =>
  lines.map((line) => `${plainLine(line)}\n`).join('');

/** How many columns a text takes; every glyph used here takes one. */
export const textWidth = (text: string): number => [...text].length;

/** Fills up with blanks on the right. */
export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - textWidth(text)));

/** Shortens a text that is too long for its place, with an ellipsis. */
export const clipped = (text: string, width: number): string =>
  textWidth(text) <= width ? text : `${[...text].slice(0, Math.max(0, width - 1)).join('')}…`;

/** Breaks a text at blanks into lines of at most `width` columns; a longer word is cut. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && textWidth(line) + 1 + textWidth(rest) > width) {
      lines.push(line);
      line = '';
    }
    while (textWidth(rest) > width) {
      const letters = [...rest];
      lines.push(letters.slice(0, width).join(''));
      rest = letters.slice(width).join('');
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  if (line !== '') lines.push(line);
  return lines.length === 0 ? [''] : lines;
}

/** One span per run of equal styles. */
export function spansOf(cells: readonly Span[]): Span[] {
  const spans: Span[] = [];
  for (const cell of cells) {
    const last = spans.at(-1);
    if (last !== undefined && last.style === cell.style)
      spans[spans.length - 1] = { ...last, text: last.text + cell.text };
    else spans.push(cell);
  }
  return spans;
}

const ASCII: ReadonlyMap<string, string> = new Map([
  ['█', '#'],
  ['▒', '='],
  ['─', '-'],
  ['╳', 'x'],
  ['↯', '!'],
  ['→', '>'],
  ['▲', '^'],
  ['·', '.'],
  ['×', 'x'],
  ['µ', 'u'],
  ['↻', '@'],
  ['…', '~'],
  ['│', '|'],
  ['►', '>'],
  ['◄', '<'],
]);

/** The same lines for a terminal that knows ASCII only; each glyph keeps its one column. */
export function inAscii(lines: readonly StyledLine[]): StyledLine[] {
  const translate = (text: string): string => [...text].map((letter) => ASCII.get(letter) ?? letter).join('');
  return lines.map((line) => line.map(({ text, style }) => span(translate(text), style)));
}
