import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import { type Cause, firstStart, lastStart, type Starts } from './causes.js';
import { isSettled } from './convergence.js';
import type { Flutter } from './flutter.js';
import type { Flux, LandingMove } from './flux.js';
import type { Handover } from './handovers.js';
import { lengthOf, longestOf } from './interval.js';
import type { Landing } from './landing.js';
import type { Ownership } from './ownership.js';
import type { ExpectedFact, VipFacts } from './run-facts.js';
import { VERDICT_WORDS, type VerdictWord } from './verdict-word.js';

/** One thing that a flap-free run does not show. */
export interface Finding {
  readonly word: Exclude<VerdictWord, 'no-flap'>;
  /** The VIP; empty for a broadcast storm, which spares nothing. */
  readonly address: string;
  /** When it began. */
  readonly at: Nanoseconds;
  /** The client whose landing it is about, if it is. */
  readonly client?: string;
  /** How often, for flaps and flux. */
  readonly moves?: number;
  /** The ports that frames circle through, for a broadcast storm. */
  readonly loop?: readonly string[];
  /** How long, and how long it may be, for dual and headless. */
  readonly lasted?: Nanoseconds;
  readonly allowed?: Nanoseconds;
}

/** The judgement of one run. It says nothing about other runs. */
export interface Verdict {
  /** The gravest word. */
  readonly word: VerdictWord;
  /** All that apply, gravest first. */
  readonly words: readonly VerdictWord[];
  readonly findings: readonly Finding[];
  /** The failover that took longest from its cause to the new owner; null if there was none. */
  readonly slowestFailover: {
    readonly address: string;
    readonly at: Nanoseconds;
    readonly took: Nanoseconds;
  } | null;
  /** Whether the words are exactly those the lab expects, and failovers as fast; without an expectation whether it is `no-flap`. */
  readonly isExpected: boolean;
  /** True if the run ended before the last cause's settling time had passed, so that its end proves nothing. */
  readonly endsEarly: boolean;
}

/** What is known of a VIP when it is judged. */
export interface JudgedVip {
  readonly facts: VipFacts;
  readonly ownership: Ownership;
  readonly landings: readonly Landing[];
  readonly handovers: readonly Handover[];
  readonly landingMoves: readonly LandingMove[];
  readonly landingFlaps: readonly LandingMove[];
  readonly flux: readonly Flux[];
  readonly flutters: readonly Flutter[];
}

/** Judges a run. */
export function verdictOf(
  vips: readonly JudgedVip[],
  causes: readonly Cause[],
  duration: Nanoseconds,
  expected: ExpectedFact | undefined,
  starts: Starts = new Map(),
  storms: readonly TraceEvent<'switch.storm'>[] = [],
): Verdict {
  const findings = [
    ...storms.map(({ time, loop }): Finding => ({ word: 'broadcast-storm', address: '', at: time, loop })),
    ...vips.flatMap((vip) => findingsOf(vip, causes, duration, starts)),
  ];
  const found = new Set<VerdictWord>(findings.map(({ word }) => word));
  const words = found.size === 0 ? (['no-flap'] as const) : VERDICT_WORDS.filter((word) => found.has(word));
  const wanted = new Set<VerdictWord>(expected?.words ?? ['no-flap']);
  const slowestFailover = slowestFailoverOf(vips);
  const within = expected?.failoverWithinNs;
  const isFastEnough = within === undefined || (slowestFailover !== null && slowestFailover.took <= within);
  return {
    word: words[0] ?? 'no-flap',
    words,
    findings,
    slowestFailover,
    isExpected: isFastEnough && wanted.size === words.length && words.every((word) => wanted.has(word)),
    endsEarly: vips.some(({ facts }) => !hadTimeToSettle(facts, causes, duration, starts)),
  };
}

function slowestFailoverOf(vips: readonly JudgedVip[]): Verdict['slowestFailover'] {
  let slowest: Verdict['slowestFailover'] = null;
  for (const { facts, handovers } of vips) {
    for (const { at, cause } of handovers) {
      const took = cause === null ? 0 : at - cause.time;
      if (cause !== null && took > (slowest?.took ?? -1)) slowest = { address: facts.address, at, took };
    }
  }
  return slowest;
}

function hadTimeToSettle(
  facts: VipFacts,
  causes: readonly Cause[],
  duration: Nanoseconds,
  starts: Starts,
): boolean {
  return Math.max(causes.at(-1)?.time ?? 0, lastStart(facts, starts)) + facts.settlingNs <= duration;
}

function findingsOf(
  vip: JudgedVip,
  causes: readonly Cause[],
  duration: Nanoseconds,
  starts: Starts,
): Finding[] {
  const { facts, ownership } = vip;
  const address = facts.address;
  const findings: Finding[] = [];
  for (const { at } of vip.handovers.filter(({ cause }) => cause === null)) {
    findings.push({ word: 'flap', address, at, moves: 1 });
  }
  for (const { at, client } of vip.landingFlaps)
    findings.push({ word: 'flap', address, at, client, moves: 1 });
  for (const { since, uncaused } of vip.flutters)
    findings.push({ word: 'flap', address, at: since, moves: uncaused });
  for (const { from, client, moves } of vip.flux) {
    findings.push({ word: 'flux', address, at: from, client, moves: moves.length });
  }
  for (const dual of ownership.dual) {
    if (lengthOf(dual) <= facts.dualBudgetNs) continue;
    findings.push({
      word: 'dual',
      address,
      at: dual.from,
      lasted: lengthOf(dual),
      allowed: facts.dualBudgetNs,
    });
  }
  for (const headless of ownership.headless) {
    if (lengthOf(headless) <= facts.headlessBudgetNs) continue;
    const lasted = lengthOf(headless);
    findings.push({ word: 'headless', address, at: headless.from, lasted, allowed: facts.headlessBudgetNs });
  }
  // Until its first owner a VIP is not lost, but waited for, from the first boot on; the wait ends with the settling time.
  const unowned = ownership.intervals.find(({ kind }) => kind === 'unowned');
  const from = firstStart(facts, starts);
  const waited = unowned === undefined ? 0 : unowned.to - from;
  if (waited > facts.settlingNs) {
    findings.push({ word: 'headless', address, at: from, lasted: waited, allowed: facts.settlingNs });
  }
  // A dual, headless or flux that goes on until the end has been named already.
  const goesOn =
    [...vip.flux, ...vip.flutters].some(({ hasStopped }) => !hasStopped) ||
    [...ownership.dual, ...ownership.headless].some(({ to }) => to === duration) ||
    unowned?.to === duration;
  if (
    (!goesOn &&
      hadTimeToSettle(facts, causes, duration, starts) &&
      !isSettled(ownership, vip.landings, duration)) ||
    (findings.length === 0 && isRestless(vip, causes, duration, starts))
  ) {
    findings.push({ word: 'unsettled', address, at: ownership.intervals.at(-1)?.from ?? 0 });
  }
  return findings;
}

/**
 * True if a VIP ends without a single owner and has been so since it had time to settle, for longer than either budget:
 * each dual and headless time may be short enough if they take turns.
 */
function isRestless(
  { facts, ownership }: JudgedVip,
  causes: readonly Cause[],
  duration: Nanoseconds,
  starts: Starts,
): boolean {
  const single = ownership.intervals.findLast(({ kind }) => kind === 'single');
  const quiet = Math.max(causes.at(-1)?.time ?? 0, lastStart(facts, starts)) + facts.settlingNs;
  return duration - Math.max(single?.to ?? 0, quiet) > Math.max(facts.dualBudgetNs, facts.headlessBudgetNs);
}

/** The longest dual and headless times of a VIP, for the line that sets them beside their budgets. */
export const longestTimes = (
  ownership: Ownership,
): { readonly dual: Nanoseconds; readonly headless: Nanoseconds } => ({
  dual: longestOf(ownership.dual),
  headless: longestOf(ownership.headless),
});
