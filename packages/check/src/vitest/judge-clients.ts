import { type DurationInput, type Nanoseconds, parseDuration, type Run, spanInWords } from '@viplab/core';
import { connectionsOfClients, deathOf, lostRequests } from '../counterexample/client-harm.js';
import type { CheckVerdict } from '../verdict.js';
import { boundsLines, failureOfRun } from './failure-text.js';
import { byKind, type Judgement } from './subject.js';
import { judgeVerdict } from './verdict-words.js';

const KEEPS = 'keep its connections';
const LOSES = 'lose no request';

const nameOf = ({ report }: Run): string => report.facts.name ?? 'the run';

const fails = (message: string): Judgement => ({ pass: false, message });

const passes = (run: Run, claim: string, why: string): Judgement => ({
  pass: true,
  message: `expected ${nameOf(run)} not to ${claim}, but ${why}\n    replay  npx viplab run --replay ${run.token}`,
});

/** Whether no connection of a client broke, and there was one. */
export const judgeConnections = (received: unknown): Judgement =>
  byKind('toKeepConnections', received, connectionsOfRun, (verdict) =>
    judgeVerdict(verdict, KEEPS, ['keeps-connections'], false),
  );

function connectionsOfRun(run: Run): Judgement {
  const expected = `expected ${nameOf(run)} to ${KEEPS}`;
  const all = connectionsOfClients(run.report);
  const [first, ...others] = all.flatMap((life) => deathOf(life) ?? []);
  if (first !== undefined) {
    const broken = { property: 'keeps-connections', message: first.message, at: first.at };
    return fails(
      failureOfRun(
        run,
        `${expected}, but ${first.message} (keeps-connections)`,
        broken,
        others.map(({ message }) => message),
      ),
    );
  }
  if (all.length === 0) return fails(`${expected}, but no client opened one: nothing was shown`);
  const kept = all.length === 1 ? 'the one that was opened is kept' : `all ${all.length} are kept`;
  return passes(run, KEEPS, kept);
}

/** Whether every request was answered that a client sent once it was served, and there was one. */
export const judgeLosses = (received: unknown): Judgement =>
  byKind('toLoseNothing', received, lossesOfRun, (verdict) =>
    judgeVerdict(verdict, LOSES, ['never-loses'], false),
  );

function lossesOfRun(run: Run): Judgement {
  const expected = `expected ${nameOf(run)} to ${LOSES}`;
  const { lost, answered } = lostRequests(run.report);
  const [first] = lost;
  if (first !== undefined) {
    const many = lost.length === 1 ? '' : `, the first of ${lost.length}`;
    const broken = { property: 'never-loses', message: first.message, at: first.at };
    return fails(failureOfRun(run, `${expected}, but ${first.message}${many} (never-loses)`, broken));
  }
  if (answered === 0) return fails(`${expected}, but no client was ever served: nothing was shown`);
  return passes(run, LOSES, answered === 1 ? 'the one request is answered' : `all ${answered} are answered`);
}

/** The span of a property `client-outage-within-4s`, if it is one. */
function limitOf(property: string): Nanoseconds | null {
  const text = /^client-outage-within-(.+)$/.exec(property)?.[1];
  return text === undefined ? null : parseDuration(text as DurationInput);
}

/** Whether no client was without service for longer than a span. */
export function judgeOutage(received: unknown, within: DurationInput): Judgement {
  const limit = parseDuration(within);
  return byKind(
    'toServeAgainWithin',
    received,
    (run) => outageOfRun(run, limit),
    (verdict) => outageOfVerdict(verdict, limit),
  );
}

const claimOf = (limit: Nanoseconds): string => `serve again within ${spanInWords(limit)}`;

function outageOfRun(run: Run, limit: Nanoseconds): Judgement {
  const expected = `expected ${nameOf(run)} to ${claimOf(limit)}`;
  const { clients } = run.report;
  const outages = clients.flatMap(({ name, outages: all }) =>
    all.map(({ from, to, target, hasEnded }) => ({ name, target, from, lasted: to - from, hasEnded })),
  );
  const [worst] = outages.toSorted((one, other) => other.lasted - one.lasted);
  if (worst !== undefined && worst.lasted > limit) {
    const end = worst.hasEnded ? '' : ', until the end of the run';
    const message = `${worst.name} is without service of ${worst.target} for ${spanInWords(worst.lasted)}${end}`;
    const property = `client-outage-within-${spanInWords(limit).replace(' ', '')}`;
    const broken = { property, message, at: worst.from + limit };
    return fails(failureOfRun(run, `${expected}, but ${message}`, broken));
  }
  if (!clients.some(({ targets }) => targets.some(({ ok }) => ok > 0)))
    return fails(`${expected}, but no client was ever served: nothing was shown`);
  const longest =
    worst === undefined
      ? 'no client was without service'
      : `${worst.name} was without service for ${spanInWords(worst.lasted)} at most`;
  return passes(run, claimOf(limit), longest);
}

function outageOfVerdict(verdict: CheckVerdict, limit: Nanoseconds): Judgement {
  const asked = verdict.properties.filter((property) => (limitOf(property) ?? Infinity) <= limit);
  const [name = `client-outage-within-${spanInWords(limit).replace(' ', '')}`] = asked;
  const judged = judgeVerdict(verdict, claimOf(limit), [name], false);
  if (asked.length > 0 || verdict.word === 'broken' || verdict.word === 'inconclusive') return judged;
  // It was not asked, but it was measured.
  const measured = verdict.worst.filter(({ what }) => what === 'client outage');
  const [worst] = measured.toSorted((one, other) => other.lasted - one.lasted);
  const lab = verdict.design.name ?? 'the lab';
  if (worst === undefined) return judged;
  const took = `${worst.client} on ${worst.address} was without service for ${spanInWords(worst.lasted)}`;
  const told = worst.token === undefined ? [] : [`    replay  npx viplab run --replay ${worst.token}`];
  return worst.lasted > limit || worst.isUnbounded === true
    ? fails(
        [
          `expected ${lab} to ${claimOf(limit)}, but ${took} in the worst case`,
          ...told,
          ...boundsLines(verdict),
        ].join('\n'),
      )
    : {
        pass: true,
        message: [
          `expected ${lab} not to ${claimOf(limit)}, but ${took} at most`,
          ...boundsLines(verdict),
        ].join('\n'),
      };
}
