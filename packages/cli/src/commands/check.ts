import {
  type Campaign,
  type CheckVerdict,
  type CureSearch,
  curesFor,
  type ProveOptions,
  vitestSource,
} from '@viplab/check';
import {
  type Diagnostic,
  DiagnosticError,
  defineLab,
  type Lab,
  type LabDesign,
  MILLISECOND,
  ms,
  type Nanoseconds,
} from '@viplab/core';
import { BadInput, badOption } from '../bad-input.js';
import { otherOrderOf } from '../check/address-orders.js';
import { keepCheckedLab, writeCounterexample } from '../check/check-folder.js';
import { checkJson } from '../check/check-json.js';
import { type CheckOptions, type CheckSettings, readSettings } from '../check/check-options.js';
import { CheckProgress } from '../check/check-progress.js';
import { checkText } from '../check/check-text.js';
import { type CheckedCampaign, type CheckResult, cureOf, worse, worstOf } from '../check/checked.js';
import { type Prove, prover, sampler } from '../check/prover.js';
import { labOf } from '../check/verdict-text.js';
import { paint } from '../colour.js';
import { diagnosticsText } from '../diagnostics-text.js';
import { findExample } from '../examples-folder.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { type LabInput, readLabInput } from '../lab-input.js';
import { refuseStorm } from '../looped-lab.js';
import { portableToken } from '../portable-lab.js';
import { checkToken, readLabOfToken, readToken } from '../replay.js';
import { shellWords } from '../sweep/shell-words.js';
import { mayColour, type Terminal, widthOf } from '../terminal.js';
import { listenForInterrupt } from '../workers/interrupt.js';

export type { CheckOptions } from '../check/check-options.js';

/** What a check is made with; tests give their own. */
export interface CheckTools {
  readonly prove: Prove;
  readonly sample: Prove;
  /** Wall time, ms. */
  readonly now: () => number;
  readonly listen: typeof listenForInterrupt;
}

const TOOLS: CheckTools = {
  prove: prover,
  sample: sampler,
  now: () => performance.now(),
  listen: listenForInterrupt,
};

/** `viplab check`: a proof, or the shortest story of how it breaks. */
export async function check(
  inputs: readonly string[],
  options: CheckOptions,
  terminal: Terminal,
  tools: CheckTools = TOOLS,
): Promise<ExitCode> {
  const { replay } = options;
  const input =
    replay === undefined
      ? await readLabInput(inputs, options.likeDaemon ?? false)
      : await readLabOfToken(replay, inputs, (design) => design, options.likeDaemon ?? false);
  const lab = definedLab(input);
  refuseStorm(lab);
  const runs = replay === undefined ? undefined : await runsOfToken(replay, lab.design, inputs);
  const settings = readSettings(lab, options);
  sayDiagnostics(input, options, terminal);
  const interrupt = tools.listen();
  const progress = new CheckProgress(terminal, tools.now);
  try {
    const session = new Session(lab, settings, tools, interrupt.signal, progress, runs);
    const found = await session.find();
    progress.end();
    const written = await write(found, session, options);
    const result: CheckResult = {
      ...found,
      ...written,
      ...(await commandsOf(inputs, options, written.wrote.length > 0, lab)),
      ...(interrupt.signal.aborted ? { interruptedAfter: session.elapsed / 1000 } : {}),
      diagnostics: input.diagnostics,
    };
    print(result, inputs, options, terminal);
    return exitCodeOf(result, options);
  } finally {
    interrupt.release();
  }
}

type Found = Pick<CheckResult, 'lab' | 'deciding' | 'beside' | 'triedBothOrders' | 'cures'>;

/** One check: what is left of its budget, and what was found. */
class Session {
  private readonly began: number;
  private readonly other: Lab | null;

  constructor(
    readonly lab: Lab,
    private readonly settings: CheckSettings,
    private readonly tools: CheckTools,
    private readonly signal: AbortSignal,
    private readonly progress: CheckProgress,
    /** Of a token: only these random runs, nothing beside. */
    private readonly runs: number | undefined,
  ) {
    this.began = tools.now();
    this.other = otherOrderOf(lab);
  }

  /** Wall time since the beginning, ms. */
  get elapsed(): number {
    return this.tools.now() - this.began;
  }

  private get left(): Nanoseconds {
    return this.settings.budget - this.elapsed * MILLISECOND;
  }

  async find(): Promise<Found> {
    const { deciding: asked, beside: also } = this.settings;
    const deciding = await this.tryEach(asked);
    const beside = this.runs === undefined ? await this.tryEach(also) : [];
    const cures = await this.cure(worstOf(deciding));
    return { lab: this.lab, deciding, beside, triedBothOrders: this.other !== null, cures };
  }

  /** Each campaign gets an equal part of what is left; what one does not need goes to the next. */
  private async tryEach(campaigns: readonly Campaign[]): Promise<CheckedCampaign[]> {
    const checked: CheckedCampaign[] = [];
    for (const [index, campaign] of campaigns.entries()) {
      const share = this.left / (campaigns.length - index);
      const isTooLate = this.signal.aborted || (share < MILLISECOND && index > 0);
      checked.push({ campaign, verdict: isTooLate ? null : await this.tryBothOrders(campaign, share) });
    }
    return checked;
  }

  private async tryBothOrders(campaign: Campaign, budget: Nanoseconds): Promise<CheckVerdict> {
    const { other } = this;
    if (other === null) return this.prove(this.lab, campaign, budget);
    const one = await this.prove(this.lab, campaign, budget / 2);
    // What is broken one way need not be tried the other way.
    return one.word === 'broken' || this.signal.aborted
      ? one
      : worse(one, await this.prove(other, campaign, budget / 2));
  }

  private prove(lab: Lab, campaign: Campaign, budget: Nanoseconds): Promise<CheckVerdict> {
    const { seed, runs, properties } = this.settings;
    const options: ProveOptions = {
      causes: campaign,
      ...(properties === undefined ? {} : { properties }),
      budget: ms(Math.max(1, Math.floor(budget / MILLISECOND))),
      runs: this.runs ?? runs,
      seed,
      signal: this.signal,
      onProgress: (progress) => this.progress.tell(progress),
    };
    return this.runs === undefined ? this.tools.prove(lab, options) : this.tools.sample(lab, options);
  }

  /** Looks for a cure of what decides. Re-checking takes as long as checking did, so it has a budget of its own. */
  private async cure(verdict: CheckVerdict | undefined): Promise<CureSearch | null> {
    const [counterexample] = verdict?.counterexamples ?? [];
    if (verdict === undefined || counterexample === undefined || this.signal.aborted) return null;
    const until = this.elapsed * MILLISECOND + this.settings.budget;
    const recheck = async (changed: Lab): Promise<CheckVerdict> => {
      const left = Math.max(MILLISECOND, until - this.elapsed * MILLISECOND);
      return settledByCure(
        await this.prove(changed, verdict.campaign, left),
        this.runs ?? this.settings.runs,
      );
    };
    return curesFor(labOf(verdict, this.lab), counterexample, recheck, { signal: this.signal });
  }
}

/** A cure may leave nothing of interest to happen: then all that there is, without a finding, is enough. */
function settledByCure(verdict: CheckVerdict, runs: number): CheckVerdict {
  const { method, isClosed, states } = verdict.exploration;
  if (verdict.word !== 'inconclusive') return verdict;
  if (isClosed) return { ...verdict, word: 'proved' };
  return method === 'random' && states >= runs ? { ...verdict, word: 'held' } : verdict;
}

function definedLab(input: LabInput): Lab {
  try {
    return defineLab(input.design);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    throw new BadInput(error.diagnostics, input.sources);
  }
}

/** How many random runs a token names. @throws BadInput if it names something else, or is of another lab */
async function runsOfToken(text: string, design: LabDesign, inputs: readonly string[]): Promise<number> {
  const { kind } = readToken(text);
  if (kind !== 'range')
    throw badOption('--replay', text, 'the token names one run', `viplab run --replay ${text}`);
  const token = await checkToken(text, design, inputs.join(' '));
  return token.kind === 'range' ? token.runs : 0;
}

async function write(
  found: Found,
  session: Session,
  { out, emit }: CheckOptions,
): Promise<Pick<CheckResult, 'wrote' | 'patchFile'>> {
  if (emit !== undefined) return { wrote: [] };
  const verdict = worstOf(found.deciding);
  const [counterexample] = verdict?.counterexamples ?? [];
  const kept = await keepOthers(found, counterexample === undefined ? undefined : verdict);
  if (verdict === undefined || counterexample === undefined) return { wrote: kept };
  const lab = labOf(verdict, session.lab);
  const { files, patchFile } = await writeCounterexample(lab, counterexample, cureOf(found), out);
  return { wrote: [...files, ...kept], ...(patchFile === undefined ? {} : { patchFile }) };
}

/** Leaves the labs of all other tokens where these find them: of what is broken, and with the other order of addresses. */
async function keepOthers(
  { lab, deciding, beside }: Found,
  written: CheckVerdict | undefined,
): Promise<readonly string[]> {
  const labs = new Map<string, Lab>();
  for (const { verdict } of [...deciding, ...beside]) {
    if (verdict === null) continue;
    const its = labOf(verdict, lab);
    if (verdict.counterexamples.length > 0 || (its !== lab && verdict.worst.length > 0))
      labs.set(its.digest, its);
  }
  if (written !== undefined) labs.delete(labOf(written, lab).digest);
  const kept = await Promise.all([...labs.values()].map(keepCheckedLab));
  return kept.flat();
}

/** What to type to see it again. A lab that was kept is found by its token. */
async function commandsOf(
  inputs: readonly string[],
  options: CheckOptions,
  isKept: boolean,
  lab: Lab,
): Promise<Pick<CheckResult, 'replay' | 'replayRuns'>> {
  const isFound =
    (isKept && options.out === undefined) || inputs.every((input) => findExample(input) !== undefined);
  const packed = options.portable === true ? await portableToken('', lab.design) : '';
  const files = isFound || packed !== '' ? [] : inputs;
  const asked = (['faults', 'lose', 'latency', 'nodes'] as const).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [`--${name}`, value];
  });
  if (options.connections === true) asked.push('--connections');
  if (options.clientOutage !== undefined) asked.push('--client-outage', options.clientOutage);
  return {
    replay: (token) => shellWords(['viplab', 'run', ...files, '--replay', token + packed]),
    replayRuns: (token) => shellWords(['viplab', 'check', ...inputs, ...asked, '--replay', token + packed]),
  };
}

function print(
  result: CheckResult,
  inputs: readonly string[],
  options: CheckOptions,
  terminal: Terminal,
): void {
  if (options.json === true) {
    terminal.out(`${JSON.stringify(checkJson(result), null, 2)}\n`);
    return;
  }
  if (options.emit === 'vitest') {
    const [counterexample] = worstOf([...result.deciding, ...result.beside])?.counterexamples ?? [];
    if (counterexample === undefined) terminal.err('nothing is broken, so there is no test to emit\n');
    else terminal.out(vitestSource(counterexample));
    return;
  }
  const isInferred = result.lab.design.inferred !== undefined;
  const lines = checkText(result, {
    width: widthOf(terminal.columns),
    ascii: options.ascii ?? false,
    quiet: options.quiet ?? false,
    ...(isInferred ? { initCommand: shellWords(['viplab', 'init', ...inputs]) } : {}),
  });
  terminal.out(paint(lines, mayColour(terminal.columns, terminal.env, options.color)));
}

/** Warnings and notes go to stderr; `--json` has them inside. */
function sayDiagnostics({ diagnostics, sources }: LabInput, options: CheckOptions, terminal: Terminal): void {
  const shown: readonly Diagnostic[] =
    options.quiet === true ? diagnostics.filter(({ severity }) => severity === 'warning') : diagnostics;
  if (shown.length === 0 || options.json === true) return;
  terminal.err(
    diagnosticsText(shown, sources, mayColour(terminal.errorColumns, terminal.env, options.color)),
  );
}

function exitCodeOf(result: CheckResult, { require: required, strict }: CheckOptions): ExitCode {
  if (result.interruptedAfter !== undefined) return EXIT.interrupted;
  const counted = strict === true ? [...result.deciding, ...result.beside] : result.deciding;
  const word = worstOf(counted)?.word ?? 'inconclusive';
  if (word === 'broken') return EXIT.found;
  if (word === 'inconclusive' || counted.some(({ verdict }) => verdict === null)) return EXIT.inconclusive;
  return required === 'proved' && word !== 'proved' ? EXIT.inconclusive : EXIT.good;
}
