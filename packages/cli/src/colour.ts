import type { StyledLine } from '@viplab/core';
import picocolors from 'picocolors';

/** Lines of a screen as text, coloured or not, each ended by a newline. Colour only repeats what the glyphs say. */
export function paint(lines: readonly StyledLine[], colour: boolean): string {
  const colours = picocolors.createColors(colour);
  const pens = {
    owner: colours.green,
    bad: colours.red,
    warn: colours.yellow,
    dim: colours.dim,
    bold: colours.bold,
  } as const;
  return lines
    .map((line) => {
      const blanks = /\s*$/.exec(line.map(({ text }) => text).join(''))?.[0].length ?? 0;
      const pieces = withoutEnd(line, blanks).map(({ text, style }) =>
        style === undefined ? text : pens[style](text),
      );
      return `${pieces.join('')}\n`;
    })
    .join('');
}

/** The line without its last `blanks` characters. */
function withoutEnd(line: StyledLine, blanks: number): StyledLine {
  let left = blanks;
  return [...line]
    .reverse()
    .map((span) => {
      const cut = Math.min(left, span.text.length);
      left -= cut;
      return { ...span, text: span.text.slice(0, span.text.length - cut) };
    })
    .reverse();
}
