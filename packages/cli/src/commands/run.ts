import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { complaint, tryParseScheduleLine } from '@viplab/config/reading';
import {
  type Diagnostic,
  DiagnosticError,
  type DurationText,
  defineLab,
  electorsOf,
  formatGithub,
  type Lab,
  type LabDesign,
  type Run,
  sortDiagnostics,
  suggest,
  type TextReportOptions,
  tryParseDuration,
  worstBroken,
} from '@viplab/core';
import { BadInput, badOption } from '../bad-input.js';
import { paint } from '../colour.js';
import { diagnosticsText } from '../diagnostics-text.js';
import { findExample } from '../examples-folder.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { type LabInput, readLabInput } from '../lab-input.js';
import { portableToken } from '../portable-lab.js';
import { keepLab, readLabOfToken, replayedRun } from '../replay.js';
import { mayColour, type Terminal, widthOf } from '../terminal.js';

/** Without `--seed` and without a token. */
const DEFAULT_SEED = 1;

/** The options of `viplab run`. */
export interface RunOptions {
  readonly seed?: number;
  readonly until?: string;
  readonly at?: readonly string[];
  readonly json?: boolean;
  /** The file; the empty text: named after the switches. */
  readonly pcap?: string | true;
  /** The node; the empty text: all. */
  readonly log?: string | true;
  /** The connection, or the client whose worst it is; true: the worst of all. */
  readonly connection?: string | true;
  readonly mermaid?: boolean;
  readonly out?: string;
  readonly quiet?: boolean;
  readonly verbose: number;
  readonly lanes?: string;
  readonly ascii?: boolean;
  readonly color: boolean;
  readonly likeDaemon?: boolean;
  readonly replay?: string;
  readonly portable?: boolean;
  readonly format: 'text' | 'github';
}

/** `viplab run`: one run, printed in the form that was asked for. */
export async function run(
  inputs: readonly string[],
  options: RunOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const began = performance.now();
  checkOptions(options);
  const complete = (read: LabDesign): LabDesign => withSchedule(read, options.at ?? []);
  const { replay, likeDaemon = false } = options;
  const input =
    replay === undefined
      ? await readLabInput(inputs, likeDaemon)
      : await readLabOfToken(replay, inputs, complete, likeDaemon);
  const given = defined(complete(input.design), input);
  const { design, seed } =
    replay === undefined
      ? { design: given.design, seed: options.seed ?? DEFAULT_SEED }
      : await replayedRun(replay, given, inputs.join(' '));
  const lab = design === given.design ? given : defined(design, input);
  const later = [
    ...lab.diagnostics.filter(isNews(input.diagnostics)).map(placed(input.design)),
    ...afterTheEnd(lab, options.until),
  ];
  const diagnostics = sortDiagnostics([...input.diagnostics, ...later]);
  sayDiagnostics({ ...input, diagnostics }, options, terminal);
  const until = options.until as DurationText | undefined;
  const made = lab.run({
    seed,
    ...(until === undefined ? {} : { until }),
    ...(input.expectedAt === undefined ? {} : { expectedAt: input.expectedAt }),
  });
  const { isExpected } = made.report.verdict;
  const json = (): string => `${JSON.stringify({ ...made.json(), diagnostics }, null, 2)}\n`;
  const wrote = write(made, lab, json, [...input.sources.keys()], options);
  const isChecks = lab !== given;
  const kept = isExpected || isChecks ? undefined : await keepLab(design);
  const token = isChecks ? (replay ?? made.token) : made.token;
  const page = {
    ...pageOf(input, inputs),
    replay:
      options.portable === true
        ? `viplab run --replay ${await portableToken(token, given.design)}`
        : replayCommand(token, inputs, kept !== undefined, options),
    wrote: kept === undefined ? wrote : [...wrote, kept],
  };
  print(made, lab, json, page, options, terminal);
  if (options.json !== true && terminal.errorColumns !== undefined) {
    terminal.err(
      `took ${((performance.now() - began) / 1000).toFixed(2)} s; one run is one story: --seed ${seed + 1} is another\n`,
    );
  }
  return isExpected ? EXIT.good : EXIT.found;
}

/** What gets this run again. A lab that was kept is found by its token, and so are ./lab.yaml and the examples. */
function replayCommand(
  token: string,
  inputs: readonly string[],
  isKept: boolean,
  { at = [], until }: RunOptions,
): string {
  const isFound = isKept || inputs.every((input) => findExample(input) !== undefined);
  const quoted = (text: string): string => (/^[\w./:=@%+-]+$/.test(text) ? text : `'${text}'`);
  return [
    'viplab run',
    ...(isFound ? [] : inputs.map(quoted)),
    ...(isKept ? [] : at.map((line) => `--at ${quoted(line)}`)),
    ...(until === undefined ? [] : [`--until ${until}`]),
    `--replay ${token}`,
  ].join(' ');
}

/** Whether the lab complains about something that its reader did not. */
const isNews =
  (known: readonly Diagnostic[]) =>
  ({ code, message }: Diagnostic): boolean =>
    !known.some((other) => other.code === code && message.endsWith(other.message));

/** Warns of actions that `--until` cuts off. */
function afterTheEnd(lab: Lab, until: string | undefined): readonly Diagnostic[] {
  const end = until === undefined ? undefined : tryParseDuration(until);
  if (end === undefined) return [];
  const late = lab.plan.schedule.filter(
    ({ at }) => at > end && end < lab.plan.duration && at <= lab.plan.duration,
  );
  return late.map(({ action }) =>
    complaint(
      '--until',
      'lab/after-the-end',
      `${action.do} at ${String(action.at)} lies after the end of the run`,
      { severity: 'warning' },
    ),
  );
}

function checkOptions(options: RunOptions): void {
  const { until, lanes, seed, replay, pcap } = options;
  if (until !== undefined && tryParseDuration(until) === undefined) {
    throw badOption('--until', until, `'${until}' is not a duration with its unit`, 'such as 45s or 2min');
  }
  if (until !== undefined && tryParseDuration(until) === 0)
    throw badOption('--until', until, 'a run cannot take no time');
  if (lanes !== undefined && lanes !== 'all') throw badOption('--lanes', lanes, `--lanes knows 'all' only`);
  if (replay !== undefined && seed !== undefined)
    throw badOption('--replay', replay, 'the token has the seed in it: leave --seed out');
  if (typeof pcap === 'string' && pcap !== '' && !/\.pcap(?:ng)?$/.test(pcap)) {
    throw badOption(
      '--pcap',
      pcap,
      `'${pcap}' does not end in .pcapng`,
      'so that no configuration is overwritten by mistake',
    );
  }
}

/** The design with the lines of `--at` behind its own schedule. */
function withSchedule(design: LabDesign, lines: readonly string[]): LabDesign {
  if (lines.length === 0) return design;
  const known = Object.keys(design.nodes);
  const added = lines.map((line) => {
    const action = tryParseScheduleLine(line);
    if ('error' in action) throw badOption('--at', line, action.error);
    for (const name of [action.node, action.from, action.to]) {
      if (name === undefined || known.includes(name)) continue;
      const near = suggest(name, known);
      throw badOption(
        '--at',
        line,
        `there is no node '${name}' (${known.slice(0, 12).join(' ')})`,
        near && `did you mean ${near}?`,
      );
    }
    return action;
  });
  return { ...design, schedule: [...(design.schedule ?? []), ...added] };
}

/** The lab; what is wrong with it that no reader saw is bad input, not a bug. */
function defined(design: LabDesign, input: LabInput): Lab {
  try {
    return defineLab(design);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    throw new BadInput(error.diagnostics.map(placed(input.design)), input.sources);
  }
}

/** Complaints about lines of `--at` name that option: they stand behind the lab's own schedule. */
const placed =
  (own: LabDesign) =>
  (diagnostic: Diagnostic): Diagnostic => {
    const [, index, words] = /^schedule\.(\d+)(?:\.\w+)?: (.*)$/s.exec(diagnostic.message) ?? [];
    if (index === undefined || words === undefined || Number(index) < (own.schedule?.length ?? 0))
      return diagnostic;
    return { ...diagnostic, file: '--at', message: words };
  };

/** Warnings and notes go to stderr; `--json` has them inside, and `--format github` is for the log of a CI. */
function sayDiagnostics({ diagnostics, sources }: LabInput, options: RunOptions, terminal: Terminal): void {
  if (diagnostics.length === 0 || options.json === true) return;
  if (options.format === 'github') {
    terminal.out(`${formatGithub(diagnostics)}\n`);
    return;
  }
  const shown =
    options.quiet === true ? diagnostics.filter(({ severity }) => severity === 'warning') : diagnostics;
  if (shown.length === 0) return;
  const colour = mayColour(terminal.errorColumns, terminal.env, options.color);
  terminal.err(diagnosticsText(shown, sources, colour));
}

/** What the page says beside the run: how to state what was inferred. */
const pageOf = ({ design }: LabInput, inputs: readonly string[]): Pick<TextReportOptions, 'initCommand'> =>
  design.inferred === undefined ? {} : { initCommand: `viplab init ${inputs.join(' ')}` };

function print(
  made: Run,
  lab: Lab,
  json: () => string,
  page: TextReportOptions & { readonly wrote: readonly string[] },
  options: RunOptions,
  terminal: Terminal,
): void {
  const isPage =
    options.json !== true &&
    options.mermaid !== true &&
    options.log === undefined &&
    options.connection === undefined;
  if (!isPage && page.wrote.length > 0) terminal.err(`wrote      ${page.wrote.join('  ')}\n`);
  if (options.json === true) {
    terminal.out(json());
    return;
  }
  const colour = mayColour(terminal.columns, terminal.env, options.color);
  if (options.connection !== undefined) {
    const which = knownConnection(made, options.connection);
    const width = widthOf(terminal.columns);
    const decimals = options.verbose > 0 ? 6 : 3;
    if (options.mermaid === true) terminal.out(endLine(made.connectionMermaid(which)));
    else
      terminal.out(
        paint(made.connectionLines(which, { width, ascii: options.ascii ?? false, decimals }), colour),
      );
    return;
  }
  if (options.mermaid === true) {
    terminal.out(endLine(made.mermaid()));
    return;
  }
  if (options.log !== undefined) {
    const node = options.log === true ? '' : options.log;
    for (const name of loggingNodes(lab, node)) terminal.out(joined(made.log(name)));
    return;
  }
  const level =
    options.quiet === true ? 'quiet' : options.verbose >= 2 ? 'vv' : options.verbose === 1 ? 'v' : 'normal';
  const lines = made.lines({
    ...page,
    level,
    width: widthOf(terminal.columns),
    ascii: options.ascii ?? false,
    lanes: options.lanes === 'all' ? 'all' : 'changing',
  });
  terminal.out(paint(lines, colour));
}

/** The name of the connection that is meant; one that the run has not is bad input. */
function knownConnection(made: Run, which: string | true): string {
  const named = which === true ? '' : which;
  try {
    return made.report.connection(named).name;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badOption('--connection', named, error.message);
  }
}

const endLine = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** The nodes whose daemons write a log; one if one was named. */
function loggingNodes(lab: Lab, only: string): readonly string[] {
  const nodes = lab.plan.hosts.filter((host) => electorsOf(host).length > 0).map(({ name }) => name);
  if (only === '') return nodes;
  if (nodes.includes(only)) return [only];
  const near = suggest(only, nodes);
  throw badOption(
    '--log',
    only,
    `no node '${only}' writes a log (${nodes.slice(0, 12).join(' ')})`,
    near && `did you mean ${near}?`,
  );
}

/** Writes what was asked for, never over a file that was read. Gives the names of what was written. */
function write(
  made: Run,
  lab: Lab,
  json: () => string,
  sources: readonly string[],
  options: RunOptions,
): readonly string[] {
  const switches = Object.entries(lab.design.nodes).flatMap(([name, node]) =>
    node.kind === 'switch' ? [name] : [],
  );
  const taps = switches.length > 0 ? switches : ['sw1'];
  const files: [string, () => string | Uint8Array][] = [];
  if (options.pcap !== undefined) {
    const named = options.pcap === true ? '' : options.pcap;
    if (named !== '') files.push([named, () => made.pcapng(taps[0] ?? 'sw1')]);
    else for (const tap of taps) files.push([`${tap}.pcapng`, () => made.pcapng(tap)]);
  }
  if (options.out !== undefined) {
    const folder = options.out;
    files.push([join(folder, 'run.json'), json]);
    for (const tap of taps) files.push([join(folder, `${tap}.pcapng`), () => made.pcapng(tap)]);
    files.push([join(folder, 'run.mmd'), () => endLine(made.mermaid())]);
    const worst = worstBroken(made.report.connections);
    if (worst !== null)
      files.push([join(folder, 'connection.mmd'), () => endLine(made.connectionMermaid(worst.name))]);
    for (const { name, lines } of made.logFiles()) files.push([join(folder, name), () => joined(lines)]);
  }
  const read = new Set(sources.map((source) => resolve(source)));
  for (const [path, content] of files) {
    if (read.has(resolve(path)))
      throw badOption('--out', path, `${path} was read for this run and is not overwritten`);
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content());
    } catch (error) {
      if (error instanceof Error && 'syscall' in error)
        throw badOption(
          '--out',
          path,
          `${path} cannot be written: ${error.message.replace(/^.*?: /, '').replace(/,.*$/, '')}`,
        );
      throw error;
    }
  }
  return files.map(([path]) => path);
}
