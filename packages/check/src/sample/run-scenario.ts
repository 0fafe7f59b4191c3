import { factsOf, type Lab, type Nanoseconds, type Report, reportOf, type VipReport } from '@viplab/core';
import type { Scenario } from '../campaign/scenario.js';
import { scenarioToken } from '../counterexample/scenario-token.js';
import type { Property, Violation } from '../property/property.js';
import type { WorstCase } from '../verdict.js';
import { watchScenario } from './watch-scenario.js';

/** How a scenario is run. */
export interface RunScenarioOptions {
  /** Ends the run at the event that violates a property; default true. */
  readonly stopAtViolation?: boolean;
  /** What happens before belongs to the boot, for `worst`; default: everything before the first cause or the end. */
  readonly bootEnd?: Nanoseconds;
}

/** The longest that something lasted in one run. */
export type LongestSpan = Omit<WorstCase, 'isStrict' | 'scenario' | 'token'>;

/** What a run of a scenario showed. */
export interface ScenarioOutcome {
  readonly scenario: Scenario;
  /** The first violation; null if all properties hold. */
  readonly violation: Violation | null;
  /** When it was violated; if all properties hold, when the run ended. */
  readonly at: Nanoseconds;
  /** When the run ended: at the violation, or where the scenario ends. */
  readonly endedAt: Nanoseconds;
  /** The `sometimes` properties that held at some instant, by name. */
  readonly met: readonly string[];
  /** Handovers that follow from a scheduled cause, by VIP; VIPs without one are in it with 0. */
  readonly failovers: ReadonlyMap<string, number>;
  /** How many control frames of the scenario's losses were really lost. */
  readonly lostFrames: number;
  /** Addresses that somebody owned at some instant. */
  readonly owned: readonly string[];
  /** One for each of headless, dual, astray, failover and client outage, with its VIP, client and phase. */
  readonly worst: readonly LongestSpan[];
  /** Events of the simulator that fired. */
  readonly transitions: number;
  /** What to type after `--replay` to get this run again. */
  readonly token: string;
}

/**
 * Runs a lab with the bad luck of one scenario, its properties watched from event to event.
 *
 * @throws RangeError if the scenario names what the lab does not have.
 * @throws DiagnosticError if the lab with the scenario in it is none.
 * @example
 * ```ts
 * const { violation, at, token } = runScenario(pair, scenario, flapFree());
 * ```
 */
export function runScenario(
  lab: Lab,
  scenario: Scenario,
  properties: readonly Property[],
  { stopAtViolation = true, bootEnd }: RunScenarioOptions = {},
): ScenarioOutcome {
  const watched = watchScenario(lab, scenario, properties, { stops: stopAtViolation, records: true });
  const { simulation, written } = watched;
  const endedAt = simulation.now;
  const facts = factsOf(written.design, written.plan, scenario.seed, endedAt);
  const report = reportOf(simulation.trace.events, facts);
  return {
    scenario,
    violation: watched.violation,
    at: watched.at ?? endedAt,
    endedAt,
    met: watched.met,
    failovers: failoversOf(report),
    lostFrames: simulation.trace.filter('frame.lost').length,
    owned: report.vips.flatMap(({ address, owners }) =>
      owners.some((stretch) => stretch.owners.length > 0) ? [address] : [],
    ),
    worst: worstOf(report, bootEnd ?? scenario.actions[0]?.at ?? scenario.until),
    transitions: simulation.network.engine.eventCount,
    token: scenarioToken(lab, scenario),
  };
}

function failoversOf(report: Report): ReadonlyMap<string, number> {
  return new Map(
    report.vips.map(({ address, handovers }) => [
      address,
      handovers.filter(({ cause }) => cause?.isScheduled === true).length,
    ]),
  );
}

/** The longest of each kind, by VIP, client and phase. */
function worstOf(report: Report, bootEnd: Nanoseconds): LongestSpan[] {
  const longest = new Map<string, LongestSpan>();
  for (const span of [
    ...report.vips.flatMap((vip) => spansOf(vip, bootEnd)),
    ...report.clients.flatMap((client) => outagesOf(client, bootEnd)),
  ]) {
    const key = keyOfSpan(span);
    if (span.lasted > (longest.get(key)?.lasted ?? -1)) longest.set(key, span);
  }
  return [...longest.values()];
}

/** What tells one worst case from another: what, whose, and when. */
export const keyOfSpan = ({ what, address, client = '', phase }: LongestSpan): string =>
  `${what} ${address} ${client} ${phase}`;

function spansOf({ address, facts, headless, dual, landings, handovers }: VipReport, bootEnd: Nanoseconds) {
  const span = (
    what: LongestSpan['what'],
    { from, to }: { readonly from: Nanoseconds; readonly to: Nanoseconds },
    allowed: Nanoseconds | null,
  ): LongestSpan => {
    const phase = from < bootEnd ? 'boot' : 'settled';
    return { what, address, lasted: to - from, allowed, phase };
  };
  return [
    ...headless.map((interval) => span('headless', interval, facts.headlessBudgetNs)),
    ...dual.map((interval) => span('dual', interval, facts.dualBudgetNs)),
    ...landings.flatMap(({ client, astray }) =>
      astray.map((interval) => ({ ...span('astray', interval, null), client })),
    ),
    ...handovers.flatMap(({ settledAt, cause }) =>
      cause?.isScheduled === true
        ? [span('failover', { from: cause.time, to: settledAt }, facts.settlingNs)]
        : [],
    ),
  ];
}

/** The times that a client was without service, as it saw them. */
const outagesOf = ({ name, outages }: Report['clients'][number], bootEnd: Nanoseconds): LongestSpan[] =>
  outages.map(({ from, to, target, hasEnded }) => ({
    what: 'client outage',
    address: target,
    client: name,
    lasted: to - from,
    ...(hasEnded ? {} : { isUnbounded: true }),
    allowed: null,
    phase: from < bootEnd ? 'boot' : 'settled',
  }));
