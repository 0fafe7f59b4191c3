import { type DurationInput, type Nanoseconds, parseDuration, type Run, spanInWords } from '@viplab/core';
import type { CheckVerdict, WorstCase } from '../verdict.js';
import { boundsLines, failureOfCounterexample, failureOfRun } from './failure-text.js';
import { byKind, type Judgement } from './subject.js';
import { explored } from './verdict-words.js';

/** Whether every failover of a run, or of all runs of a check, takes a span at most, and there is one. */
export function judgeFailover(received: unknown, within: DurationInput): Judgement {
  const limit = parseDuration(within);
  return byKind(
    'toFailOverWithin',
    received,
    (run) => judgeRun(run, limit),
    (verdict) => judgeVerdict(verdict, limit),
  );
}

function judgeRun(run: Run, limit: Nanoseconds): Judgement {
  const { verdict, facts } = run.report;
  const name = facts.name ?? 'the run';
  const slowest = verdict.slowestFailover;
  const replay = `    replay  npx viplab run --replay ${run.token}`;
  if (slowest === null) {
    const message = `expected ${name} to fail over within ${spanInWords(limit)}, but no address changed its owner for a cause\n${replay}`;
    return { pass: false, message };
  }
  const took = `${slowest.address} took ${spanInWords(slowest.took)}`;
  if (slowest.took <= limit) {
    const message = `expected ${name} not to fail over within ${spanInWords(limit)}, but ${took} at most\n${replay}`;
    return { pass: true, message };
  }
  const headline = `expected ${name} to fail over within ${spanInWords(limit)}, but ${took}`;
  const broken = { property: 'failover-within', message: took, at: slowest.at };
  return { pass: false, message: failureOfRun(run, headline, broken) };
}

/** The span of a property `failover-within-4s`, if it is one. */
function limitOf(property: string): Nanoseconds | null {
  const text = /^failover-within-(.+)$/.exec(property)?.[1];
  return text === undefined ? null : parseDuration(text as DurationInput);
}

function judgeVerdict(verdict: CheckVerdict, limit: Nanoseconds): Judgement {
  const name = verdict.design.name ?? 'the lab';
  const expected = `expected ${name} to fail over within ${spanInWords(limit)}`;
  const fails = (why: string, more: readonly string[] = []): Judgement => ({
    pass: false,
    message: [`${expected}, but ${why}`, ...more, ...boundsLines(verdict)].join('\n'),
  });
  const [first] = verdict.counterexamples;
  const slow = verdict.counterexamples.find(({ property }) => limitOf(property) !== null) ?? first;
  if (verdict.word === 'broken' && slow !== undefined) {
    const headline = `${expected}, but ${slow.message} (${slow.property})`;
    return { pass: false, message: failureOfCounterexample(verdict, headline, slow) };
  }
  if (verdict.word === 'broken' || verdict.word === 'inconclusive')
    return fails(`the check is ${verdict.word} (${explored(verdict)})`);
  const asked = verdict.properties.flatMap((property) => limitOf(property) ?? []);
  const worst = worstFailover(verdict);
  if (asked.some((span) => span <= limit)) return passes(name, limit, 'it was asked for', verdict);
  if (worst === null) return fails('the check saw no failover, nor how long an address is without an owner');
  const bound = `${worst.isStrict ? 'less than ' : ''}${spanInWords(worst.lasted)}`;
  const took = `${worst.address} ${worst.what === 'failover' ? 'takes' : 'is without an owner for'} ${bound}`;
  if (worst.lasted <= limit) return passes(name, limit, `${took} at most`, verdict);
  const story = worst.token === undefined ? [] : [replay(worst.token)];
  return fails(`${took} in the worst case`, story);
}

const replay = (token: string): string => `    replay  npx viplab run --replay ${token}`;

const passes = (name: string, limit: Nanoseconds, why: string, verdict: CheckVerdict): Judgement => ({
  pass: true,
  message: `expected ${name} not to fail over within ${spanInWords(limit)}, but ${why} (${verdict.word}: ${explored(verdict)})`,
});

/** The slowest failover; where a check has not measured those, the longest time without an owner once it had settled. */
function worstFailover({ worst }: CheckVerdict): WorstCase | null {
  const failovers = worst.filter(({ what }) => what === 'failover');
  const spans =
    failovers.length > 0
      ? failovers
      : worst.filter(({ what, phase }) => what === 'headless' && phase === 'settled');
  return spans.reduce<WorstCase | null>(
    (longest, span) => (longest === null || span.lasted > longest.lasted ? span : longest),
    null,
  );
}
