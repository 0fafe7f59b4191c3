import { availableParallelism } from 'node:os';
import {
  blocksOf,
  isInShard,
  MOST_RUNS,
  type Shard,
  type SweepPlan,
  type SweptBlock,
  summaryJson,
  summaryOf,
  tryParseShard,
  WHOLE,
} from '@viplab/check';
import { complaint } from '@viplab/config/reading';
import {
  type Diagnostic,
  DiagnosticError,
  defineLab,
  digestOfEvents,
  type Lab,
  MILLISECOND,
  tryParseDuration,
} from '@viplab/core';
import { BadInput, badOption } from '../bad-input.js';
import { paint } from '../colour.js';
import { diagnosticsText } from '../diagnostics-text.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { type LabInput, readLabInput } from '../lab-input.js';
import { refuseStorm } from '../looped-lab.js';
import { keepLab } from '../replay.js';
import { campaignOf } from '../sweep/campaign-option.js';
import { makeBlocks } from '../sweep/make-blocks.js';
import { shellWords } from '../sweep/shell-words.js';
import { SweepOnDisk } from '../sweep/sweep-on-disk.js';
import { SweepProgress } from '../sweep/sweep-progress.js';
import { boundsInWords, type SweepPage, sweepText } from '../sweep/sweep-text.js';
import { mayColour, type Terminal } from '../terminal.js';
import { version } from '../version.js';
import { type BlockRunner, OwnThread } from '../workers/block-runner.js';
import { listenForInterrupt } from '../workers/interrupt.js';
import { type SweepJob, sweeperOf } from '../workers/sweep-job.js';

/** Without `--runs`. */
export const DEFAULT_RUNS = 2000;
const DEFAULT_SEED = 1;
/** More threads than this are a typing error. */
const MOST_WORKERS = 1024;

/** The options of `viplab sweep`. */
export interface SweepOptions {
  readonly runs?: string;
  readonly seed?: number;
  readonly shard?: string;
  readonly workers?: string;
  readonly budget?: string;
  readonly out?: string;
  readonly faults?: string;
  readonly lose?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly likeDaemon?: boolean;
  readonly color: boolean;
}

/** The options, read. */
interface Settings {
  readonly runs: number;
  readonly seed: number;
  readonly shard: Shard;
  readonly workers: number;
  /** Wall time, ms. */
  readonly budget: number | undefined;
  readonly lose: number | undefined;
}

/** `viplab sweep`: many runs of a lab, counted; all of them or one shard. */
export async function sweep(
  inputs: readonly string[],
  options: SweepOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const settings = readSettings(options);
  const input = await readLabInput(inputs, options.likeDaemon ?? false);
  const lab = definedLab(input);
  refuseStorm(lab);
  sayWarnings(input, options, terminal);
  const job: SweepJob = {
    design: input.design,
    campaign: campaignOf(lab, options.faults, settings.lose),
    runs: settings.runs,
    seed: settings.seed,
  };
  const plan: SweepPlan = {
    ...sweeperOf(job).plan,
    viplab: version(),
    shard: settings.shard,
    words: wordsOf(inputs, options, settings),
  };
  const file = options.out === undefined ? undefined : SweepOnDisk.open(options.out, plan);
  if (job.campaign === null && options.json !== true) warnOfSameness(lab, settings, options, terminal);
  const { blocks, endedBy } = await make(plan, job, settings, file, terminal);
  const summary = summaryOf({ plan, blocks });
  if (summary.done === summary.asked) file?.end(summary.done, summary.broken);
  const kept = summary.broken > 0 ? await keepLab(input.design) : undefined;
  if (options.json === true) terminal.out(`${JSON.stringify(summaryJson(summary), null, 2)}\n`);
  else {
    const page: SweepPage = {
      bounds: boundsInWords(plan),
      replay: shellWords(['viplab', 'run', ...(kept === undefined ? inputs : []), '--replay']),
      wrote: [options.out, kept].filter((path) => path !== undefined),
      ...(endedBy === undefined ? {} : { endedBy }),
    };
    terminal.out(paint(sweepText(summary, page), mayColour(terminal.columns, terminal.env, options.color)));
  }
  if (endedBy === INTERRUPTED) return EXIT.interrupted;
  return { held: EXIT.good, broken: EXIT.found, inconclusive: EXIT.inconclusive }[summary.word];
}

const INTERRUPTED = 'interrupted';

/** So many runs are compared before it is said that all are the same. */
const COMPARED_RUNS = 5;

/** Without starts, loss or delays that vary, all seeds tell the same story; counting it often makes nothing surer. */
function warnOfSameness(lab: Lab, { seed, runs }: Settings, options: SweepOptions, terminal: Terminal): void {
  if (runs < COMPARED_RUNS) return;
  const stories = Array.from({ length: COMPARED_RUNS }, (_, index) => {
    const { trace } = lab.run({ seed: seed + index });
    return digestOfEvents(trace.events.filter(({ name }) => name === 'vrrp.state'));
  });
  if (new Set(stories).size > 1) return;
  const warning = complaint(
    lab.name,
    'sweep/no-chance',
    'this lab leaves nothing to chance: its nodes seem to do the same at the same instants with every seed',
    {
      severity: 'warning',
      means: 'counting it often makes nothing surer; --faults clean tries other causes and instants',
    },
  );
  terminal.err(
    diagnosticsText([warning], new Map(), mayColour(terminal.errorColumns, terminal.env, options.color)),
  );
}

/** Makes those blocks of the shard that the file does not have. */
async function make(
  plan: SweepPlan,
  job: SweepJob,
  settings: Settings,
  file: SweepOnDisk | undefined,
  terminal: Terminal,
): Promise<{ readonly blocks: ReadonlyMap<number, SweptBlock>; readonly endedBy?: string }> {
  const blocks = new Map([...(file?.finished ?? [])].filter(([block]) => isInShard(block, plan.shard)));
  const left = [...blocksOf(plan.shard, plan.runs)].filter((block) => !blocks.has(block));
  if (left.length === 0) return { blocks };
  const before = summaryOf({ plan, blocks });
  const tally = { broken: before.broken, stories: new Set(before.stories.map(storyKey)) };
  const interrupt = listenForInterrupt();
  const budget = settings.budget === undefined ? undefined : AbortSignal.timeout(settings.budget);
  const stop = AbortSignal.any([interrupt.signal, ...(budget === undefined ? [] : [budget])]);
  const began = performance.now();
  const runner = await runnerOf(job, Math.min(settings.workers, left.length));
  const progress = new SweepProgress(terminal, () => ({
    shard: plan.shard,
    asked: before.asked,
    made: runner.runsMade,
    before: before.done,
    broken: tally.broken,
    stories: tally.stories.size,
    elapsed: performance.now() - began,
  }));
  try {
    await makeBlocks(left, runner, stop, (block) => {
      file?.add(block);
      blocks.set(block.block, block);
      tally.broken += block.broken.length;
      for (const run of block.broken) tally.stories.add(storyKey(run));
    });
  } finally {
    progress.end();
    interrupt.release();
    await runner.close();
  }
  const endedBy = interrupt.signal.aborted
    ? INTERRUPTED
    : budget?.aborted === true
      ? `--budget ${settings.budget === undefined ? '' : budgetText(settings.budget)}`
      : undefined;
  return { blocks, ...(endedBy === undefined ? {} : { endedBy }) };
}

const budgetText = (milliseconds: number): string => `${milliseconds / 1000}s`;

const storyKey = ({ property, causes }: { readonly property: string; readonly causes: string }): string =>
  JSON.stringify([property, causes]);

/** Threads cost a start each: one worker alone works here. */
async function runnerOf(job: SweepJob, workers: number): Promise<BlockRunner> {
  if (workers === 1) return new OwnThread(sweeperOf(job));
  const { Threads } = await import('../workers/thread-runner.js');
  return new Threads(job, workers);
}

function readSettings(options: SweepOptions): Settings {
  const { shard: text, budget, seed = DEFAULT_SEED } = options;
  const runs = wholeNumber('--runs', options.runs, 1, MOST_RUNS) ?? DEFAULT_RUNS;
  const shard = text === undefined ? WHOLE : tryParseShard(text);
  if (shard === undefined)
    throw badOption('--shard', text ?? '', `'${text}' is no shard`, 'such as 3/8: the third of eight');
  if (!Number.isSafeInteger(seed + runs))
    throw badOption('--seed', String(seed), 'the seeds of these runs would not be exact numbers any more');
  return {
    runs,
    seed,
    shard,
    workers: wholeNumber('--workers', options.workers, 1, MOST_WORKERS) ?? availableParallelism(),
    budget: budget === undefined ? undefined : wallTime(budget),
    lose: wholeNumber('--lose', options.lose, 0, 1000),
  };
}

function wholeNumber(
  option: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw badOption(option, text, `'${text}' is no whole number of ${least} to ${most}`);
}

/** The longest that a timer of Node can wait, ms. */
const LONGEST_WAIT = 2 ** 31 - 1;

function wallTime(text: string): number {
  const span = tryParseDuration(text);
  if (span === undefined)
    throw badOption('--budget', text, `'${text}' is not a duration with its unit`, 'such as 60s or 10min');
  if (span === 0) throw badOption('--budget', text, 'a sweep cannot take no time');
  return Math.min(LONGEST_WAIT, Math.ceil(span / MILLISECOND));
}

/** What another machine types to make another shard of the same sweep. */
function wordsOf(
  inputs: readonly string[],
  { faults, lose, likeDaemon }: SweepOptions,
  { runs, seed }: Settings,
): readonly string[] {
  return [
    ...inputs,
    '--runs',
    String(runs),
    ...(seed === DEFAULT_SEED ? [] : ['--seed', String(seed)]),
    ...(faults === undefined ? [] : ['--faults', faults]),
    ...(lose === undefined ? [] : ['--lose', lose]),
    ...(likeDaemon === true ? ['--like-daemon'] : []),
  ];
}

function definedLab({ design, sources }: LabInput): Lab {
  try {
    return defineLab(design);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    throw new BadInput(error.diagnostics, sources);
  }
}

function sayWarnings({ diagnostics, sources }: LabInput, options: SweepOptions, terminal: Terminal): void {
  const shown: readonly Diagnostic[] =
    options.quiet === true ? diagnostics.filter(({ severity }) => severity === 'warning') : diagnostics;
  if (shown.length === 0 || options.json === true) return;
  const colour = mayColour(terminal.errorColumns, terminal.env, options.color);
  terminal.err(diagnosticsText(shown, sources, colour));
}
