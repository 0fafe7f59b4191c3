import type { CheckVerdict } from '../verdict.js';
import { boundsLines, failureOfCounterexample } from './failure-text.js';
import type { Judgement } from './subject.js';

/** How an answer was found, in one line. */
export function explored({ exploration }: CheckVerdict): string {
  const { method, states, isClosed, endedBy, horizon } = exploration;
  if (method === 'random') return `${states} random runs`;
  if (horizon !== undefined) return `${states} runs at representative instants, ${endedBy ?? 'to a horizon'}`;
  const what = method === 'symbolic' ? 'state classes' : 'states';
  const end = isClosed ? 'all: the state space closes on itself' : (endedBy ?? 'not all');
  return `${states} ${what}, ${end}`;
}

/** What was to happen in some run and did not. */
const unmet = ({ covered }: CheckVerdict): string[] =>
  covered.filter(({ share }) => share === 0).map(({ what }) => `    never   ${what}`);

/**
 * Whether a check has shown something that only some of its properties stand for.
 *
 * @param claim - for the headline: `be flap-free`
 * @param asked - the properties that say it
 * @param needsProof - whether `held` is not enough
 */
export function judgeVerdict(
  verdict: CheckVerdict,
  claim: string,
  asked: readonly string[],
  needsProof: boolean,
): Judgement {
  const expected = `expected ${verdict.design.name ?? 'the lab'} to ${claim}`;
  const missing = asked.filter((name) => !verdict.properties.includes(name));
  const own = verdict.counterexamples.find(({ property }) => asked.includes(property));
  const [first] = verdict.counterexamples;
  const shown = own ?? first;
  if (verdict.word === 'broken' && shown !== undefined) {
    const headline = `${expected}, but ${shown.message} (${shown.property})`;
    return { pass: false, message: failureOfCounterexample(verdict, headline, shown) };
  }
  const fails = (why: string, more: readonly string[] = []): Judgement => ({
    pass: false,
    message: [`${expected}, but ${why}`, ...more, ...boundsLines(verdict)].join('\n'),
  });
  if (missing.length > 0) return fails(`it was not asked for: the check left out ${missing.join(', ')}`);
  if (verdict.word === 'broken') return fails('the check is broken, without a counterexample');
  if (verdict.word === 'inconclusive') {
    const why = verdict.exploration.endedBy ?? 'what is of interest never happened';
    return fails(`the check is inconclusive: ${why} (${explored(verdict)})`, unmet(verdict));
  }
  if (needsProof && verdict.word === 'held')
    return fails(`it only held: nothing was found in ${explored(verdict)}, which is no proof`);
  const found = `expected ${verdict.design.name ?? 'the lab'} not to ${claim}, but it ${verdict.word === 'proved' ? 'is proved' : 'held'} (${explored(verdict)})`;
  return { pass: true, message: [found, ...boundsLines(verdict)].join('\n') };
}
