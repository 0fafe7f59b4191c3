import type { Command, Help } from 'commander';
import { EXIT_CODE_HELP } from './exit-code.js';

/** Widest line of help; it is the same on every terminal, so that it can be quoted. */
const WIDTH = 100;

/** The first screen: what each command is for, in the order in which they are needed. */
export const MAIN_HELP = `viplab: does this virtual-IP design flap, and who gets hurt?

  viplab run segregated-vips                                    a lab that comes with viplab
  viplab run n1/keepalived.conf n2/keepalived.conf              your own files, nothing to write
  viplab run n1/keepalived.conf n2/keepalived.conf --at '10s power-off n1'

Commands
  viplab check LAB|CONF...      prove it, or show the shortest way to break it
  viplab run   LAB|CONF...      one run, second by second
  viplab lint  LAB|CONF...      what can be said without running
  viplab sweep LAB|CONF...      many runs, on many workers and machines
  viplab merge FILE...          their results joined again
  viplab init  [LAB|CONF...]    write a commented lab.yaml to start from, or copy an example
  viplab explain CODE|WORD      a finding of lint, or a word (flux, headless, caused, …)
  viplab examples               labs that come with viplab; their names are LABs

LAB: a lab.yaml, a folder that has one, or the name of an example
CONF: keepalived.conf, files of CARP (hostname.carp0, rc.conf, config.xml) or a script of ucarp,
      told by content; one node for each, the files of CARP in one folder are one
Everywhere: --help, --no-color; viplab COMMAND --help has examples, options and exit codes
`;

/** What the help of a command shows beside its options. */
export interface CommandHelp {
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Further sections by title. */
  readonly sections?: Readonly<Record<string, readonly (readonly [string, string])[]>>;
}

/** Prints a command's help: what it does, three examples, options with defaults, exit codes. */
export function formatCommandHelp(command: Command, helper: Help, help: CommandHelp): string {
  const examples = help.examples.map(([line, what]) => `  ${line}\n      ${what}`);
  const options = helper
    .visibleOptions(command)
    .map((option): readonly [string, string] => [
      helper.optionTerm(option),
      helper.optionDescription(option),
    ]);
  const sections = Object.entries(help.sections ?? {}).flatMap(([title, rows]) => [
    '',
    title,
    ...table(rows),
  ]);
  return [
    ...wrap(`viplab ${command.name()}: ${command.description()}`, WIDTH),
    '',
    'Examples',
    ...examples,
    '',
    `Usage: ${helper.commandUsage(command)}`,
    '',
    'Options',
    ...table(options),
    ...sections,
    '',
    'Exit codes',
    ...table(EXIT_CODE_HELP),
    '',
  ].join('\n');
}

/** Two columns, the second broken at blanks. */
export function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const first = Math.min(26, Math.max(...rows.map(([term]) => term.length)));
  return rows.flatMap(([term, what]) => {
    const [head = '', ...rest] = wrap(what, WIDTH - first - 4);
    const blank = ' '.repeat(first + 4);
    const start =
      term.length <= first ? [`  ${term.padEnd(first)}  ${head}`] : [`  ${term}`, `${blank}${head}`];
    return [...start, ...rest.map((line) => `${blank}${line}`)].map((line) => line.trimEnd());
  });
}

/** Breaks a text at blanks. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
