import { type Finding, type Lab, type Report, type RunFacts, reportOf } from '@viplab/core';
import type { RunOutcome, Sweeper, WorstRun } from './sweep-record.js';

type Word = Finding['word'];

/** What each word of a run's verdict is called as a property. */
const PROPERTY_OF: Readonly<Record<Word, string>> = {
  flap: 'no-flap',
  flux: 'no-flux',
  dual: 'single-owner',
  headless: 'not-headless',
  unsettled: 'settles',
  'broadcast-storm': 'no-broadcast-storm',
};

/** For labs that say what they expect to see. */
const AS_EXPECTED = 'as expected';
const FAILOVER = 'a failover';

/**
 * Runs of a lab with its own schedule, which differ by what their seeds leave to chance: instants of start, delays, losses.
 *
 * Run number 1 has the given seed, each further one the next.
 */
export function scheduleSweeper(lab: Lab, runs: number, seed: number): Sweeper {
  const expects = lab.plan.expect.length > 0;
  const reportOfSeed = reporter(lab);
  return {
    plan: {
      lab: { name: lab.name, digest: lab.digest },
      campaign: null,
      properties: expects ? [AS_EXPECTED] : Object.values(PROPERTY_OF),
      ofInterest: expects ? AS_EXPECTED : lab.plan.schedule.length === 0 ? null : FAILOVER,
      runs,
      seed,
    },
    runOnce: (run) => {
      const report = reportOfSeed(seed + run - 1);
      return {
        broken: brokenOf(report),
        covered: expects ? [{ what: AS_EXPECTED, happened: report.verdict.isExpected }] : failoversOf(report),
        worst: worstOfRun(report),
      };
    },
  };
}

/**
 * What `lab.run({ seed }).report` says. What the report must be told beside the trace is the same for all seeds but for the
 * seed itself, and working it out anew takes a tenth of a run.
 */
function reporter(lab: Lab): (seed: number) => Report {
  let known: RunFacts | undefined;
  return (seed) => {
    if (known === undefined) {
      const { report } = lab.run({ seed });
      known = report.facts;
      return report;
    }
    const { events } = lab.start({ seed }).runUntil(lab.plan.duration).trace;
    const prefix = known.token.slice(0, -String(known.seed).length);
    return reportOf(events, { ...known, seed, token: `${prefix}${seed}` });
  };
}

function failoversOf({ vips }: Report): RunOutcome['covered'] {
  const each = vips.map(({ address, handovers }) => ({
    what: `failover of ${address}`,
    happened: handovers.some(({ cause }) => cause?.isScheduled === true),
  }));
  return [{ what: FAILOVER, happened: each.some(({ happened }) => happened) }, ...each];
}

function brokenOf({ verdict, facts, causes }: Report): RunOutcome['broken'] {
  if (verdict.isExpected) return null;
  const wanted = facts.expected?.words ?? [];
  const finding = verdict.findings.find(({ word }) => !wanted.includes(word));
  const at = finding?.at ?? facts.duration;
  const before = causes.filter(({ time, disruptive }) => time <= at && disruptive);
  const names = [...new Set(before.map(({ action, target }) => `${action} ${target}`.trimEnd()))].sort();
  return {
    property: finding === undefined ? AS_EXPECTED : PROPERTY_OF[finding.word],
    causes: names.length === 0 ? 'no cause' : names.join(', '),
    token: facts.token,
    message:
      finding === undefined
        ? `it shows ${verdict.words.join(', ')}${wanted.length === 0 ? '' : `; expected is ${wanted.join(', ')}`}`
        : `${finding.address} ${SENTENCES[finding.word]}`,
    at,
  };
}

const SENTENCES: Readonly<Record<Word, string>> = {
  flap: 'changed hands without a cause',
  flux: 'is in flux: the landing of a client goes to and fro',
  dual: 'has two owners for longer than its protocol allows',
  headless: 'has no owner for longer than its protocol allows',
  unsettled: 'did not settle on one owner after the last cause',
  'broadcast-storm': 'is lost in a broadcast storm: frames circle in a loop of switches',
};

function worstOfRun({ vips, verdict, facts: { token } }: Report): Omit<WorstRun, 'run'>[] {
  const spans = vips.flatMap(({ address, facts, dual, headless }) => [
    ...headless.map(({ from, to }) => ({
      what: 'headless' as const,
      address,
      lasted: to - from,
      allowed: facts.headlessBudgetNs,
      // Before anybody ever owned it.
      phase: from === 0 ? ('boot' as const) : ('settled' as const),
      token,
    })),
    ...dual.map(({ from, to }) => ({
      what: 'dual' as const,
      address,
      lasted: to - from,
      allowed: facts.dualBudgetNs,
      phase: 'settled' as const,
      token,
    })),
  ]);
  const { slowestFailover } = verdict;
  if (slowestFailover === null) return spans;
  const { address, took } = slowestFailover;
  return [...spans, { what: 'failover', address, lasted: took, allowed: null, phase: 'settled', token }];
}
