import { EXPLANATIONS, type Explanation, lintLab, sourcesOf, WORDS } from '@viplab/check/lint';
import { formatScheduleLine } from '@viplab/config/reading';
import { type DurationText, defineLab, inAscii, suggest, timeline } from '@viplab/core';
import { badOption } from '../bad-input.js';
import { paint } from '../colour.js';
import { likeDaemons } from '../daemon-files.js';
import { diagnosticsText } from '../diagnostics-text.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { wrap } from '../help.js';
import { MAX_WIDTH, mayColour, type Terminal, widthOf } from '../terminal.js';

/** Columns of the margin in which the sections are named. */
const MARGIN = 11;
/** Blanks between files that stand side by side. */
const GUTTER = 3;

/** The options of `viplab explain`. */
export interface ExplainOptions {
  readonly run?: boolean;
  readonly ascii?: boolean;
  readonly color: boolean;
}

/** `viplab explain`: a code of lint with the smallest files that show it, or a word of the reports. */
export async function explain(
  subject: string | undefined,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (subject === undefined) {
    terminal.out(overview());
    return EXIT.good;
  }
  const asked = subject.toLowerCase();
  const explanation = EXPLANATIONS.find(({ code }) => code === asked);
  const meaning = Object.hasOwn(WORDS, asked) ? WORDS[asked] : undefined;
  if (explanation === undefined && meaning === undefined) throw unknownSubject(subject);
  if (meaning !== undefined) {
    terminal.out(section(asked, meaning));
    return EXIT.good;
  }
  if (explanation !== undefined) explainCode(explanation, options, terminal);
  return EXIT.good;
}

function unknownSubject(subject: string): Error {
  const asked = subject.toLowerCase();
  const codes = EXPLANATIONS.map(({ code }) => code);
  const words = Object.keys(WORDS);
  // The part behind the area is what one remembers.
  const near =
    suggest(asked, [...codes, ...words]) ??
    codes.find((code) => code.endsWith(`/${asked}`)) ??
    codes.find((code) => code.slice(code.indexOf('/') + 1) === suggest(asked, codes.map(nameOf)));
  const isReaders = /^(conf|lab|file|option)\//.test(asked);
  const message = isReaders
    ? `${subject} is said by the reader of the files: its own means line explains it`
    : `there is no code and no word '${subject}'`;
  return badOption('explain', subject, message, near === undefined ? undefined : `did you mean ${near}?`);
}

const nameOf = (code: string): string => code.slice(code.indexOf('/') + 1);

/** A name in the margin and a text beside it. */
function section(name: string, text: string): string {
  const margin = Math.max(MARGIN, name.length + 2);
  return wrap(text, MAX_WIDTH - margin)
    .map((line, index) => `${(index === 0 ? name : '').padEnd(margin)}${line}\n`)
    .join('');
}

function overview(): string {
  const widest = Math.max(...EXPLANATIONS.map(({ code }) => code.length));
  const codes = EXPLANATIONS.flatMap(({ code, rule }) =>
    wrap(rule, MAX_WIDTH - widest - 4).map(
      (line, index) => `  ${(index === 0 ? code : '').padEnd(widest)}  ${line}\n`,
    ),
  );
  const words = wrap(Object.keys(WORDS).join(' '), MAX_WIDTH - 2).map((line) => `  ${line}\n`);
  return ['Codes\n', ...codes, 'Words\n', ...words].join('');
}

function explainCode(explanation: Explanation, options: ExplainOptions, terminal: Terminal): void {
  const { code, rule, why, lab: design, shows, cures } = explanation;
  // What the daemons' own tests object to is part of the lesson.
  const lab = defineLab(likeDaemons(design));
  const files = sourcesOf(design);
  const colour = mayColour(terminal.columns, terminal.env, options.color);
  const width = widthOf(terminal.columns);
  const ascii = options.ascii ?? false;
  const run = lab.run();
  terminal.out(
    wrap(`${code}: ${rule}`, MAX_WIDTH)
      .map((line) => `${line}\n`)
      .join(''),
  );
  terminal.out(`\n${section('why', why)}\n`);
  terminal.out(`${sideBySide(files)}\n`);
  terminal.out(`${diagnosticsText(lintLab(lab.design, lab.plan).map(withoutRelated), files, colour)}\n`);
  if (options.run === true) {
    const lines = run.lines({ width, ascii, replay: `viplab explain ${code} --run` });
    terminal.out(`${paint(lines, colour)}\n`);
  } else {
    const lanes = timeline(run.report, { width });
    const schedule = (design.schedule ?? [])
      .map((action) => formatScheduleLine({ ...action, at: String(action.at) as DurationText }))
      .join(', then ');
    if (schedule !== '') terminal.out(section('schedule', schedule));
    terminal.out(`${paint(ascii ? inAscii(lanes) : lanes, colour)}\n`);
  }
  terminal.out(section('shows', shows));
  for (const [index, { cure, price }] of cures.entries()) {
    terminal.out(section(index === 0 ? 'cures' : '', cure));
    terminal.out(section('', `  price: ${price}`));
  }
  // What is said about accepting cannot be accepted.
  if (!code.startsWith('lint/'))
    terminal.out(section('accept', `# viplab: accept ${code} because REASON    in the line above`));
  if (options.run !== true) terminal.err(`the whole run:  viplab explain ${code} --run\n`);
}

const withoutRelated = <T extends { readonly related?: unknown }>(diagnostic: T): Omit<T, 'related'> => {
  const { related: _, ...rest } = diagnostic;
  return rest;
};

/** Small files beside each other, as many as fit. */
function sideBySide(files: ReadonlyMap<string, string>): string {
  const columns = [...files].map(([name, text]) => [name, ...text.trimEnd().split('\n')]);
  const rows: string[][][] = [];
  let used = MAX_WIDTH;
  for (const column of columns) {
    const width = Math.max(...column.map((line) => line.length)) + GUTTER;
    if (used + width - GUTTER > MAX_WIDTH) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)?.push(column);
    used += width;
  }
  return rows
    .map((row) => {
      const widths = row.map((column) => Math.max(...column.map((line) => line.length)) + GUTTER);
      const height = Math.max(...row.map((column) => column.length));
      const lines = Array.from({ length: height }, (_, line) =>
        row.map((column, index) => (column[line] ?? '').padEnd(widths[index] ?? 0)).join(''),
      );
      return lines.map((line) => `${line.trimEnd()}\n`).join('');
    })
    .join('\n');
}
