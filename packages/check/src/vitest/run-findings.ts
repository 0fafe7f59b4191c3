import { type Finding, type Nanoseconds, type Run, spanInWords, type VerdictWord } from '@viplab/core';
import { failureOfRun } from './failure-text.js';
import type { Judgement } from './subject.js';

/** The property that a word of a run's verdict violates. */
const PROPERTIES: Readonly<Record<Finding['word'], string>> = {
  'broadcast-storm': 'no-storm',
  flap: 'no-flap',
  flux: 'no-flux',
  dual: 'single-owner',
  headless: 'not-headless',
  unsettled: 'settles',
};

function messageOf({ word, address, client, moves, loop, lasted, allowed }: Finding): string {
  const span = `${spanInWords(lasted ?? 0)} (allowed ${spanInWords(allowed ?? 0)})`;
  switch (word) {
    case 'broadcast-storm':
      return `a frame circles for ever in the loop ${loop?.join(' ') ?? ''}`;
    case 'flap':
      return client === undefined
        ? `${address} changes its owner without a cause`
        : `frames of ${client} to ${address} move from one owner to another without a cause`;
    case 'flux':
      return `frames of ${client ?? 'a client'} to ${address} move ${moves ?? 0} times between its owners without a cause`;
    case 'dual':
      return `${address} has two owners for ${span}`;
    case 'headless':
      return `${address} has no owner for ${span}`;
    case 'unsettled':
      return `${address} has not settled in one owner on which every client lands`;
  }
}

/** When it was too much: a span is violated when its allowance is over. */
const violatedAt = ({ at, allowed = 0 }: Finding, run: Run): Nanoseconds =>
  Math.min(at + allowed, run.report.facts.duration);

/**
 * Whether a run is free of some of the words.
 *
 * @param claim - for the headline: `be flap-free`
 */
export function judgeRun(run: Run, claim: string, words: readonly VerdictWord[]): Judgement {
  const { verdict, facts } = run.report;
  const name = facts.name ?? 'the run';
  const [finding, ...others] = verdict.findings
    .filter(({ word }) => words.includes(word))
    .toSorted((one, other) => violatedAt(one, run) - violatedAt(other, run));
  if (finding === undefined) {
    const found = `expected ${name} not to ${claim}, but in this run it does`;
    return { pass: true, message: `${found}\n    replay  npx viplab run --replay ${run.token}` };
  }
  const message = messageOf(finding);
  const property = PROPERTIES[finding.word];
  const headline = `expected ${name} to ${claim}, but ${message} (${property})`;
  return {
    pass: false,
    message: failureOfRun(
      run,
      headline,
      { property, message, at: violatedAt(finding, run) },
      others.map((other) => `${PROPERTIES[other.word]}: ${messageOf(other)}`),
    ),
  };
}
