import {
  type CheckVerdict,
  type Counterexample,
  campaignJson,
  runOfCounterexample,
  storyOfBreak,
} from '@viplab/check';
import { type Nanoseconds, SECOND } from '@viplab/core';
import { version } from '../version.js';
import { type CheckedCampaign, type CheckResult, worstOf } from './checked.js';
import { labOf, tokenOf } from './verdict-text.js';

/** The name and version of the form: a new key is a minor release, a renamed one is `/2`. */
export const CHECK_SCHEMA = 'viplab.check/1';

/** What `viplab check --json` prints. */
export function checkJson(result: CheckResult): object {
  const shown = worstOf(result.deciding);
  return {
    schema: CHECK_SCHEMA,
    viplab: version(),
    time_unit: 's',
    lab: { name: result.lab.name, digest: result.lab.digest, inferred: result.lab.plan.inferred },
    verdict: shown?.word ?? 'inconclusive',
    interrupted: result.interruptedAfter !== undefined,
    tried_both_orders: result.triedBothOrders,
    ...(shown === undefined ? EMPTY : verdictJson(shown, result)),
    cures: (result.cures?.cures ?? []).map(({ keyword, title, verdict, files, patch }) => ({
      keyword,
      title,
      verdict: verdict.word,
      files: files.map(({ file }) => file),
      patch,
    })),
    changes_tried: result.cures === null ? null : { count: result.cures.count, keywords: result.cures.tried },
    deciding: result.deciding.map((checked) => campaignResultJson(checked)),
    beside: result.beside.map((checked) => campaignResultJson(checked)),
    wrote: result.wrote,
    diagnostics: result.diagnostics,
  };
}

/** Seconds with up to nine decimals, as everywhere in JSON. */
const seconds = (time: Nanoseconds): number => time / SECOND;

const EMPTY = {
  properties: [],
  campaign: null,
  bounds: [],
  explored: null,
  covered: [],
  worst: [],
  counterexamples: [],
} as const;

function verdictJson(verdict: CheckVerdict, result: CheckResult): object {
  const lab = labOf(verdict, result.lab);
  const { properties, campaign, bounds, covered, worst, counterexamples } = verdict;
  return {
    properties,
    campaign: campaignJson(campaign),
    bounds,
    explored: exploredJson(verdict),
    covered,
    worst: worst.map((span) => ({
      what: span.what,
      ip: span.address,
      client: span.client ?? null,
      phase: span.phase,
      lasted: seconds(span.lasted),
      strict: span.isStrict,
      ...(span.isUnbounded === true ? { unbounded: true } : {}),
      allowed: span.allowed === null ? null : seconds(span.allowed),
      token: tokenOf(span, lab) ?? null,
    })),
    counterexamples: counterexamples.map(counterexampleJson),
  };
}

function exploredJson({ exploration }: CheckVerdict): object {
  const { method, states, transitions, depth, isClosed, horizon, deadEnds, endedBy, notVaried } = exploration;
  return {
    method,
    states,
    transitions,
    depth,
    closed: isClosed,
    ...(horizon === undefined ? {} : { horizon: seconds(horizon) }),
    dead_ends: deadEnds,
    ended_by: endedBy,
    not_varied: notVaried,
  };
}

function counterexampleJson(counterexample: Counterexample): object {
  const { property, message, address, at, token, seed, scenario, lasso } = counterexample;
  const story = storyOfBreak(runOfCounterexample(counterexample).report, counterexample);
  return {
    property,
    message,
    ip: address ?? null,
    t: seconds(at),
    token,
    seed,
    starts: secondsOf(scenario.starts),
    ready: secondsOf(scenario.ready),
    actions: scenario.actions.map(({ at: when, deed }) => ({ t: seconds(when), ...deed })),
    losses: scenario.losses.map(({ at: when, node, kind }) => ({ t: seconds(when), node, kind })),
    latency: scenario.latency === undefined ? null : seconds(scenario.latency),
    until: seconds(scenario.until),
    lasso: lasso === undefined ? null : { from: seconds(lasso.from), period: seconds(lasso.period) },
    story: story.map(({ at: when, letter, text }) => ({
      t: seconds(when),
      id: letter === '' ? null : letter,
      text,
    })),
  };
}

const secondsOf = (spans: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(spans).map(([name, span]) => [name, seconds(span)]));

function campaignResultJson({ campaign, verdict }: CheckedCampaign): object {
  const [first] = verdict?.counterexamples ?? [];
  return {
    campaign: campaign.name,
    verdict: verdict?.word ?? null,
    explored: verdict === null ? null : exploredJson(verdict),
    property: first?.property ?? null,
    message: first?.message ?? null,
    token: first?.token ?? null,
  };
}
