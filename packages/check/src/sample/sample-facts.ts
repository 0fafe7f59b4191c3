import { formatIpv4, type LabPlan } from '@viplab/core';
import type { Campaign, FaultKind } from '../campaign/campaign.js';
import { FAULT_KINDS } from '../campaign/check-campaign.js';
import type { Deed, Fault } from '../campaign/fault.js';
import { faultsOf } from '../campaign/faults-of.js';
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
  private readonly essential: Interest;
  private essentialRuns = 0;

  constructor(plan: LabPlan, campaign: Campaign, properties: readonly Property[]) {
    const faults = faultsOf(plan, campaign);
    const hasFaults = Math.min(campaign.atOnce, campaign.inAll, faults.length) > 0;
    this.essential = hasFaults
      ? FAILOVER
      : campaign.lostFrames > 0
        ? LOSS
        : { what: 'an owner', happened: ({ owned }) => owned.length > 0 };
    const kinds = FAULT_KINDS.filter((kind) => faults.some((fault) => fault.kind === kind));
    this.interests = [
      ...(hasFaults ? plan.vips.map(({ address }) => failoverOf(formatIpv4(address))) : []),
      ...(hasFaults ? kinds.map((kind) => kindOf(kind, faults)) : []),
      ...(campaign.lostFrames > 0 ? [LOSS] : []),
      ...properties.flatMap((property) => (property.quantifier === 'sometimes' ? [metOf(property)] : [])),
    ];
    this.counts = this.interests.map(() => 0);
  }

  add(outcome: ScenarioOutcome): void {
    this.runs++;
    this.transitions += outcome.transitions;
    this.longest = Math.max(this.longest, outcome.transitions);
    for (const [index, { happened }] of this.interests.entries())
      if (happened(outcome)) this.counts[index] = (this.counts[index] ?? 0) + 1;
    if (this.essential.happened(outcome)) this.essentialRuns++;
    const { scenario, token } = outcome;
    for (const span of outcome.worst) {
      const key = keyOfSpan(span);
      if (span.lasted > (this.worstByKey.get(key)?.lasted ?? -1))
        this.worstByKey.set(key, { ...span, isStrict: false, scenario, token });
    }
  }

  /** Whether the thing happened without which nothing was shown. */
  get hasHappened(): boolean {
    return this.essentialRuns > 0;
  }

  /** What that is: a failover; without faults a lost frame; without either an owner. */
  get ofInterest(): string {
    return this.essential.what;
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
