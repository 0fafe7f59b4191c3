import type { Nanoseconds, Report, Run } from '@viplab/core';
import { runOfCounterexample } from '../counterexample/counterexample-of.js';
import { instantOf, storyOfBreak } from '../counterexample/story.js';
import type { CheckVerdict, Counterexample } from '../verdict.js';

/** As wide as any screen of ours. */
const WIDTH = 100;
/** A cause's letter, an instant, and the gaps between. */
const INDENT = 14;
/** Other broken properties are named, not told. */
const MOST_OTHERS = 5;

/** What a story is told of. */
interface Broken {
  readonly property: string;
  readonly message: string;
  readonly at: Nanoseconds;
}

/** Words in lines that are not too wide. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The story of a run that breaks something, an instant and a sentence in each line. */
export function storyLines(report: Report, broken: Broken): string[] {
  return storyOfBreak(report, broken).flatMap(({ at, letter, text }) =>
    wrapped(text, WIDTH - INDENT).map((line, index) =>
      index === 0
        ? `  ${letter.padEnd(4)}${instantOf(at, letter !== '').padEnd(7)} ${line}`
        : `${' '.repeat(INDENT)}${line}`,
    ),
  );
}

const replayLine = (token: string): string => `    replay  npx viplab run --replay ${token}`;

const alsoLines = (others: readonly string[]): string[] =>
  others.slice(0, MOST_OTHERS).map((other) => `    also    ${other}`);

/** A run that breaks something: what was expected, the story to its first violation, the token, and what else is broken. */
export const failureOfRun = (
  run: Run,
  headline: string,
  broken: Broken,
  others: readonly string[] = [],
): string =>
  [headline, ...storyLines(run.report, broken), ...alsoLines(others), replayLine(run.token)].join('\n');

/** A verdict with a counterexample: what was expected, the story of this one, its token, and what else is broken. */
export function failureOfCounterexample(
  verdict: CheckVerdict,
  headline: string,
  counterexample: Counterexample,
): string {
  const others = verdict.counterexamples.filter((other) => other !== counterexample);
  return [
    headline,
    ...storyLines(runOfCounterexample(counterexample).report, counterexample),
    ...alsoLines(others.map(({ property, message, token }) => `${property}: ${message}  ${token}`)),
    replayLine(counterexample.token),
    ...boundsLines(verdict),
  ].join('\n');
}

/** Within which bounds a verdict was found. */
export const boundsLines = ({ campaign, bounds }: CheckVerdict): string[] =>
  [campaign.name, ...bounds].map((bound, index) => `    ${index === 0 ? 'bounds' : '      '}  ${bound}`);
