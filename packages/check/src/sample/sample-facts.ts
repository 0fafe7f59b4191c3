import type { LabPlan } from '@viplab/core';
import type { Campaign, FaultKind } from '../campaign/campaign.js';
import { FAULT_KINDS } from '../campaign/check-campaign.js';
import type { Deed, Fault } from '../campaign/fault.js';
import { faultsOf } from '../campaign/faults-of.js';
import { neededBy, withCoverage } from '../property/asked-properties.js';
import type { Property } from '../property/property.js';
import type { Coverage, WorstCase } from '../verdict.js';
import { keyOfSpan, type ScenarioOutcome } from './run-scenario.js';

/** Something that can happen in a run, and how to tell. */
interface Interest {
  readonly what: string;
  readonly happened: (outcome: ScenarioOutcome) => boolean;
}

/** What random runs of a campaign have shown so far. */
export class SampleFacts {
  runs = 0;
  /** Events of the simulator, over all runs. */
  transitions = 0;
  /** Events of the longest run. */
  longest = 0;
  private readonly interests: readonly Interest[];
  private readonly counts: number[];
  private readonly worstByKey = new Map<string, WorstCase>();
  /** Each of these must have happened in some run. */
  private readonly essentials: readonly { readonly interest: Interest; runs: number }[];

  /** @param properties - as they are asked; what they need and tell of is watched too */
  constructor(plan: LabPlan, campaign: Campaign, properties: readonly Property[]) {
    const faults = faultsOf(plan, campaign);
    const hasFaults = Math.min(campaign.atOnce, campaign.inAll, faults.length) > 0;
    const essential = hasFaults
      ? FAILOVER
      : campaign.lostFrames > 0
        ? LOSS
        : { what: 'an owner', happened: ({ owned }: ScenarioOutcome) => owned.length > 0 };
    this.essentials = [essential, ...neededBy(properties, hasFaults).map(metOf)].map((interest) => ({
      interest,
      runs: 0,
    }));
    const kinds = FAULT_KINDS.filter((kind) => faults.some((fault) => fault.kind === kind));
    this.interests = [
      ...(hasFaults ? plan.vips.map(({ label }) => failoverOf(label)) : []),
      ...(hasFaults ? kinds.map((kind) => kindOf(kind, faults)) : []),
      ...(campaign.lostFrames > 0 ? [LOSS] : []),
      ...withCoverage(properties).flatMap((property) =>
        property.quantifier === 'sometimes' ? [metOf(property)] : [],
      ),
    ];
    this.counts = this.interests.map(() => 0);
  }

  add(outcome: ScenarioOutcome): void {
    this.runs++;
    this.transitions += outcome.transitions;
    this.longest = Math.max(this.longest, outcome.transitions);
    for (const [index, { happened }] of this.interests.entries())
      if (happened(outcome)) this.counts[index] = (this.counts[index] ?? 0) + 1;
    for (const essential of this.essentials) if (essential.interest.happened(outcome)) essential.runs++;
    const { scenario, token } = outcome;
    for (const span of outcome.worst) {
      // What lasts until a run is ended by its violation would last longer.
      if (outcome.violation !== null && span.isUnbounded === true) continue;
      const key = keyOfSpan(span);
      if (span.lasted > (this.worstByKey.get(key)?.lasted ?? -1))
        this.worstByKey.set(key, { ...span, isStrict: false, scenario, token });
    }
  }

  /** Whether all happened without which nothing was shown. */
  get hasHappened(): boolean {
    return this.essentials.every(({ runs }) => runs > 0);
  }

  /**
   * What that is: a failover; without faults a lost frame; without either an owner; and what properties need. The first of
   * it that has not happened.
   */
  get ofInterest(): string {
    const missing = this.essentials.find(({ runs }) => runs === 0) ?? this.essentials[0];
    return missing?.interest.what ?? 'a run';
  }

  get covered(): Coverage[] {
    if (this.runs === 0) return [];
    return this.interests.map(({ what }, index) => ({ what, share: (this.counts[index] ?? 0) / this.runs }));
  }

  /** The longest of each kind over all runs, in the order of their names. */
  get worst(): WorstCase[] {
    return [...this.worstByKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, worst]) => worst);
  }
}

const FAILOVER: Interest = {
  what: 'a failover',
  happened: ({ failovers }) => [...failovers.values()].some((count) => count > 0),
};

const LOSS: Interest = { what: 'a lost control frame', happened: ({ lostFrames }) => lostFrames > 0 };

const failoverOf = (address: string): Interest => ({
  what: `failover of ${address}`,
  happened: ({ failovers }) => (failovers.get(address) ?? 0) > 0,
});

function kindOf(kind: FaultKind, faults: readonly Fault[]): Interest {
  const begins = new Set(faults.flatMap((fault) => (fault.kind === kind ? [textOf(fault.begin)] : [])));
  return {
    what: kind,
    happened: ({ scenario, at }) =>
      scenario.actions.some((action) => action.at <= at && begins.has(textOf(action.deed))),
  };
}

/** The same for the same deed, whatever the order of its keys. */
const textOf = (deed: Deed): string =>
  JSON.stringify(Object.entries(deed).sort(([one], [other]) => (one < other ? -1 : 1)));

const metOf = ({ name }: Property): Interest => ({
  what: name,
  happened: ({ met }) => met.includes(name),
});
