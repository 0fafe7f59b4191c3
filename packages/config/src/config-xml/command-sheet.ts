import type { SourcePosition } from '@viplab/core';

/** One word or more of a command, and where it is to stand. */
export interface PlacedWord {
  readonly text: string;
  /** Of its last word, whose place is the value's. */
  readonly at: SourcePosition;
}

interface Command {
  /** The first word has the place of what the command is about. */
  readonly words: readonly PlacedWord[];
}

/**
 * A script whose words stand in the lines and columns of what they were made of, so that whatever is said of the script
 * is said of the other file. A command goes on over several lines with a backslash, as in sh(1).
 */
export class CommandSheet {
  readonly #title: string;
  readonly #commands: Command[] = [];

  /** @param title - the comment in the last line */
  constructor(title: string) {
    this.#title = title;
  }

  add(...words: readonly PlacedWord[]): void {
    const [first, ...rest] = words;
    if (first === undefined) return;
    this.#commands.push({ words: [first, ...[...rest].sort((a, b) => comparePlaces(a.at, b.at))] });
  }

  /** The script. Commands of one line are parted by semicolons; what would stand in a column that is taken stands behind it. */
  toString(): string {
    const lines: string[] = [''];
    const inOrder = [...this.#commands].sort((a, b) => comparePlaces(placeOf(a), placeOf(b)));
    for (const { words } of inOrder) {
      if ((words[0]?.at.line ?? 1) <= lines.length && lines.at(-1) !== '')
        lines.push(`${lines.pop() ?? ''};`);
      let isFirst = true;
      for (const { text, at } of words) {
        while (lines.length < at.line) {
          if (!isFirst) lines[lines.length - 1] = `${lines.at(-1) ?? ''} \\`;
          lines.push('');
        }
        const written = lines.at(-1) ?? '';
        const value = text.lastIndexOf(' ') + 1;
        // Columns count code points, and so do blanks.
        const taken = [...written].length;
        const column = Math.max(at.column - 1 - value, taken === 0 ? 0 : taken + 1);
        lines[lines.length - 1] = `${written}${' '.repeat(column - taken)}${text}`;
        isFirst = false;
      }
    }
    return `${lines.join('\n')}\n# ${this.#title}\n`;
  }
}

const placeOf = ({ words: [first] }: Command): SourcePosition => first?.at ?? { line: 1, column: 1 };

const comparePlaces = (a: SourcePosition, b: SourcePosition): number =>
  a.line - b.line || a.column - b.column;
