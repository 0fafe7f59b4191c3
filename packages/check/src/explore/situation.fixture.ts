import { type Lab, type LabPlan, type Network, ownersOf } from '@viplab/core';
import { RowKind, ZERO } from '@viplab/core/engine';
import type { Campaign } from '../campaign/campaign.js';
import { hearsAdverts } from '../campaign/faults-of.js';
import { budgetsOf } from '../property/budgets.js';
import { instancesOn } from '../property/elected-instances.js';
import type { Property } from '../property/property.js';
import { cluster } from './clusters.fixture.js';
import type { ConcreteLab } from './concrete-lab.js';
import type { ConcreteSearch } from './concrete-search.js';
import { ALL_REDUCTIONS, type Exploration, type Reductions } from './exploration.js';
import { ExploredLab } from './explored-lab.js';
import { SymbolicSearch } from './symbolic-search.js';

/** No cause at all; nodes boot at any instants within 4 s. */
export const NO_CAUSE: Campaign = {
  name: 'no cause',
  faults: [],
  atOnce: 0,
  inAll: 0,
  repairs: false,
  faultsFrom: 'start',
  lostFrames: 0,
  startWithin: 4_000_000_000,
  driftPpm: 0,
};

/** One power-off, at any instant, and its repair. */
export const ONE_POWER_OFF: Campaign = {
  ...NO_CAUSE,
  name: 'one power-off',
  faults: ['power-off'],
  atOnce: 1,
  inAll: 1,
  repairs: true,
};

/** No second burst of gratuitous ARP, 5 s after the first. */
const ONE_BURST = '    garp_master_delay 0\n    garp_lower_prio_delay 0\n';

/** A cluster as it is explored. */
export function clusterUnder(
  priorities: readonly number[],
  campaign: Campaign,
  reductions: Partial<Reductions> = {},
  properties: readonly Property[] = [],
): Exploration {
  return explorationOf(cluster(priorities, ONE_BURST), campaign, reductions, properties);
}

/** A lab as it is explored. */
export function explorationOf(
  { design, plan }: Lab,
  campaign: Campaign,
  reductions: Partial<Reductions> = {},
  properties: readonly Property[] = [],
): Exploration {
  return {
    design,
    plan,
    campaign,
    properties,
    vips: budgetsOf(design, plan),
    reductions: { ...ALL_REDUCTIONS, ...reductions },
  };
}

/** Closes a symbolic search. */
export function closed(exploration: Exploration, most = 200_000): SymbolicSearch {
  return closedFrom(new ExploredLab(exploration), most);
}

/** Closes the symbolic search of a lab. */
export function closedFrom(lab: ExploredLab, most = 200_000): SymbolicSearch {
  const search = new SymbolicSearch(lab);
  if (search.expand(most)) throw new RangeError(`not closed after ${most} classes`);
  return search;
}

/** What an operator could tell two states apart by: budgets, protocol states, addresses, the clients' neighbour entries. */
function situationOf(
  network: Network,
  plan: LabPlan,
  spent: { faultsLeft: number; framesLeft: number; lasting: number },
): string {
  const words: unknown[] = [spent.framesLeft, spent.faultsLeft, spent.lasting];
  const addresses = plan.vips.map(({ address }) => address);
  for (const vip of plan.vips) words.push(ownersOf(network, vip).join('+'));
  for (const part of plan.hosts) {
    const { name } = part;
    const host = network.host(name);
    if (!hearsAdverts(part)) {
      for (const address of addresses)
        if (typeof address === 'number')
          words.push(host.nextHopTowards(address)?.interface.neighbours.macOf(address) ?? 'unknown');
      continue;
    }
    words.push(host.isOn, host.isFrozen);
    const daemon = network.keepaliveds.get(name);
    words.push(daemon?.isRunning, daemon?.isFrozen);
    for (const { state } of instancesOn(network, name)) words.push(state);
    for (const { iface } of host.carp?.machines ?? []) words.push(iface.demotion);
  }
  return words.join(' ');
}

/** The situation of a lab that stands in a class. */
export const situationText = (lab: ExploredLab): string => situationOf(lab.network, lab.plan, lab.spent);

/** The situations of all classes in which time can pass. */
export function situationsOf(search: SymbolicSearch): Set<string> {
  const { lab, classes } = search;
  const { engine } = lab;
  const found = new Set<string>();
  for (let id = 0; id < classes.size; id++) {
    if (classes.isSubsumed(id)) continue;
    search.load(id);
    const canPass = engine.kinds.every(
      (kind, row) => kind === RowKind.GONE || engine.bounds.at(row, 0) > ZERO,
    );
    if (canPass) found.add(situationOf(lab.network, lab.plan, lab.spent));
  }
  return found;
}

/** The situation of a concrete lab; null where no time can pass. */
export function concreteSituation(lab: ConcreteLab): string | null {
  const { nextAt, engine } = lab;
  if (nextAt !== undefined && nextAt <= engine.now) return null;
  return situationOf(lab.network, lab.plan, lab.spent);
}

/** The situations of all states in which time can pass. */
export function concreteSituationsOf(search: ConcreteSearch): Set<string> {
  const found = new Set<string>();
  for (let id = 1; id <= search.size; id++) {
    search.load(id);
    const situation = concreteSituation(search.lab);
    if (situation !== null) found.add(situation);
  }
  return found;
}

/**
 * What is in one set and has nothing like it in the other: the same with as many frames that may be lost, or more. (A frame
 * that nobody listens to costs one where it is modelled, and changes nothing else.)
 */
export function missingFrom(other: ReadonlySet<string>, all: Iterable<string>): string[] {
  const most = new Map<string, number>();
  for (const situation of other) {
    const { rest, framesLeft } = parted(situation);
    most.set(rest, Math.max(most.get(rest) ?? -1, framesLeft));
  }
  return [...all].filter((situation) => {
    const { rest, framesLeft } = parted(situation);
    return (most.get(rest) ?? -1) < framesLeft;
  });
}

function parted(situation: string): { rest: string; framesLeft: number } {
  const [framesLeft = '', ...rest] = situation.split(' ');
  return { rest: rest.join(' '), framesLeft: Number(framesLeft) };
}
