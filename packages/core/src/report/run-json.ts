import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { digestOfEvents } from '../trace/index.js';
import type { Cause } from './causes.js';
import { ElectionEvents } from './election-events.js';
import type { LandingMove } from './flux.js';
import type { Handover } from './handovers.js';
import { lengthOf } from './interval.js';

import { ownedBy, ownersOf } from './ownership.js';
import type { Report, VipReport } from './report.js';
import { connectionJson, intervalJson, serviceJson, targetJson } from './run-json-clients.js';
import { type JsonObject, jsonEvent, jsonSeconds } from './run-json-events.js';
import { storyOf } from './story.js';
import { surroundingsOf } from './surroundings.js';
import { addressOfLabel } from './vip-label.js';

/** A run as data, schema `viplab.run/1`: times in seconds, keys in snake_case, arrays in order of time. */
export interface RunJson {
  readonly schema: 'viplab.run/1';
  /** The version that wrote it. */
  readonly viplab: string;
  readonly token: string;
  readonly digest: string;
  readonly seed: number;
  readonly duration: number;
  readonly time_unit: 's';
  readonly lab: JsonObject;
  /** The causes with the letters of the text report. */
  readonly causes: readonly JsonObject[];
  readonly events: readonly JsonObject[];
  readonly vips: readonly JsonObject[];
  readonly clients: readonly JsonObject[];
  /** The life of each TCP connection that a client asked for. */
  readonly connections: readonly JsonObject[];
  readonly switches: readonly JsonObject[];
  readonly verdict: JsonObject;
  readonly diagnostics: readonly Diagnostic[];
}

/** What else goes into the data. */
export interface RunJsonOptions {
  /** The digest of the trace, if it is known already. */
  readonly digest?: string;
  readonly diagnostics?: readonly Diagnostic[];
}

/** The version of this package. */
export const VERSION = '0.1.0';

/** A run as data, to be printed with `JSON.stringify`. */
export function runJson(report: Report, options: RunJsonOptions = {}): RunJson {
  const { facts } = report;
  const letters = causeLetters(report);
  const causeOfState = causesOfStates(report, letters);
  const surroundings = surroundingsOf(report);
  return {
    schema: 'viplab.run/1',
    viplab: VERSION,
    token: facts.token,
    digest: options.digest ?? digestOfEvents(report.events),
    seed: facts.seed,
    duration: jsonSeconds(facts.duration),
    time_unit: 's',
    lab: labJson(report),
    causes: report.causes.map((cause) => ({ id: letters.get(cause) ?? null, ...causeJson(cause) })),
    events: report.events.map((event) => {
      const json = jsonEvent(event, report.macOwners);
      const cause =
        (event.name === 'vrrp.state' || event.name === 'carp.state') && event.to === 'MASTER'
          ? causeOfState.get(`${event.node} ${event.instance} ${event.time}`)
          : undefined;
      return cause === undefined ? json : { ...json, cause };
    }),
    vips: report.vips.map((vip) => vipJson(vip, letters)),
    clients: report.clients.flatMap(({ targets, arpChanges }) =>
      targets.map((target) => ({
        ...targetJson(target),
        arp_changes: arpChanges
          .filter(({ address }) => address === addressOfLabel(target.target))
          .map(({ at, mac, was, owner }) => ({ t: jsonSeconds(at), mac, was, owner })),
      })),
    ),
    connections: report.connections.map((life) => connectionJson(report, life, surroundings)),
    switches: report.switches.map(({ name, moves, alarms }) => ({
      node: name,
      moves: moves.map(({ at, ...move }) => ({ t: jsonSeconds(at), ...move })),
      alarms: alarms.map(({ at, ...alarm }) => ({ t: jsonSeconds(at), ...alarm })),
    })),
    verdict: verdictJson(report),
    diagnostics: options.diagnostics ?? [],
  };
}

/** The letters that the text report gives to causes. */
function causeLetters(report: Report): ReadonlyMap<Cause, string> {
  const told = storyOf(report).entries.filter(({ entry }) => entry.kind === 'cause');
  const letters = new Map<Cause, string>();
  report.causes.forEach((cause, index) => {
    const letter = told[index]?.letter ?? '';
    if (letter !== '') letters.set(cause, letter);
  });
  return letters;
}

/** Changes to MASTER that are caused handovers, by node, instance and instant, with the letter of the cause. */
function causesOfStates(report: Report, letters: ReadonlyMap<Cause, string>): ReadonlyMap<string, string> {
  const causes = new Map<string, string>();
  const elections = new ElectionEvents(report.events, report.facts.nodes);
  for (const vip of report.vips) {
    for (const { at, to, cause } of vip.handovers) {
      const letter = cause === null ? undefined : letters.get(cause);
      const state = letter === undefined ? null : elections.becameMaster(vip.facts, to, at);
      if (letter === undefined || state === null) continue;
      causes.set(`${to} ${state.instance} ${state.time}`, letter);
    }
  }
  return causes;
}

function labJson({ facts }: Report): JsonObject {
  return {
    name: facts.name,
    nodes: Object.fromEntries(
      facts.nodes.map(({ name, kind, address }) => [name, { kind, address: address ?? null }]),
    ),
    inferred: facts.inferred.map(({ what, value, why }) => ({ what, value, why })),
    latency: jsonSeconds(facts.latencyNs),
    schedule: facts.schedule.map(({ time, action, target }) => ({ t: jsonSeconds(time), action, target })),
  };
}

const causeJson = ({ time, action, target, disruptive, isScheduled }: Cause): JsonObject => ({
  t: jsonSeconds(time),
  action,
  target,
  disruptive,
  scheduled: isScheduled,
});

function vipJson(vip: VipReport, letters: ReadonlyMap<Cause, string>): JsonObject {
  const { facts } = vip;
  const owned = ownersOf(vip.ownership)
    .flatMap((node) => ownedBy(vip.ownership, node).map((interval) => ({ node, interval })))
    .sort((one, other) => one.interval.from - other.interval.from);
  const paid = (cause: Cause | null): JsonObject | null =>
    cause === null ? null : { id: letters.get(cause) ?? null, ...causeJson(cause) };
  const handover = ({ at, from, to, settledAt, cause }: Handover): JsonObject => ({
    t: jsonSeconds(at),
    from,
    to,
    settled: jsonSeconds(settledAt),
    cause: paid(cause),
  });
  const move = ({ client, at, from, to, follows, cause }: LandingMove): JsonObject => ({
    t: jsonSeconds(at),
    client,
    from,
    to,
    follows: follows === null ? null : jsonSeconds(follows.at),
    cause: paid(cause),
  });
  return {
    ip: facts.address,
    instances: facts.instances.map(
      ({ node, name, protocol, vhid, priority, advertIntervalNs, masterDownNs }) => ({
        node,
        name,
        protocol,
        vhid,
        priority: protocol === 'vrrp' ? priority : null,
        advskew: protocol === 'carp' ? priority : null,
        advert_interval: jsonSeconds(advertIntervalNs),
        master_down: jsonSeconds(masterDownNs),
      }),
    ),
    budgets: {
      settling: jsonSeconds(facts.settlingNs),
      dual: jsonSeconds(facts.dualBudgetNs),
      headless: jsonSeconds(facts.headlessBudgetNs),
    },
    owners: owned.map(({ node, interval }) => ({ node, ...intervalJson(interval) })),
    landing: vip.landings.flatMap(({ client, intervals }) =>
      intervals
        .filter(({ kind }) => kind !== 'not-yet')
        .map((interval) => ({ client, node: interval.at, ...intervalJson(interval) })),
    ),
    astray: vip.landings.flatMap(({ client, astray }) =>
      astray.map((interval) => ({ client, ...intervalJson(interval) })),
    ),
    handovers: vip.handovers.map(handover),
    flaps: vip.flaps.map(handover),
    landing_moves: vip.landingMoves.map(move),
    landing_flaps: vip.landingFlaps.map(move),
    flux: vip.flux.map((flux) => ({
      client: flux.client,
      ...intervalJson(flux),
      moves: flux.moves.length,
      between: flux.between,
      stopped: flux.hasStopped,
    })),
    flutters: vip.flutters.map((flutter) => ({
      ...intervalJson(flutter),
      owners: flutter.owners,
      times: flutter.times,
      uncaused: flutter.uncaused,
      since: jsonSeconds(flutter.since),
      period: jsonSeconds(flutter.period),
      held: jsonSeconds(flutter.held),
      owned: jsonSeconds(flutter.owned),
      stopped: flutter.hasStopped,
    })),
    dual: vip.dual.map((dual) => ({
      ...intervalJson(dual),
      owners: dual.owners,
      over: lengthOf(dual) > facts.dualBudgetNs,
    })),
    headless: vip.headless.map((headless) => ({
      ...intervalJson(headless),
      over: lengthOf(headless) > facts.headlessBudgetNs,
    })),
    convergence: vip.convergence.map(({ cause, settledAt, took }) => ({
      cause: { id: letters.get(cause) ?? null, ...causeJson(cause) },
      settled: settledAt === null ? null : jsonSeconds(settledAt),
      took: took === null ? null : jsonSeconds(took),
    })),
    service: serviceJson(vip.service),
  };
}

function verdictJson({ verdict, facts }: Report): JsonObject {
  return {
    word: verdict.word,
    words: verdict.words,
    expected: verdict.isExpected,
    expectation:
      facts.expected === undefined
        ? null
        : {
            words: facts.expected.words,
            failover_within:
              facts.expected.failoverWithinNs === undefined
                ? null
                : jsonSeconds(facts.expected.failoverWithinNs),
            where: facts.expected.where,
          },
    slowest_failover:
      verdict.slowestFailover === null
        ? null
        : {
            ip: verdict.slowestFailover.address,
            t: jsonSeconds(verdict.slowestFailover.at),
            took: jsonSeconds(verdict.slowestFailover.took),
          },
    ends_early: verdict.endsEarly,
    findings: verdict.findings.map(({ word, address, at, client, moves, loop, lasted, allowed }) => ({
      word,
      ip: address,
      t: jsonSeconds(at),
      client: client ?? null,
      moves: moves ?? null,
      loop: loop ?? null,
      lasted: lasted === undefined ? null : jsonSeconds(lasted),
      allowed: allowed === undefined ? null : jsonSeconds(allowed),
    })),
  };
}
