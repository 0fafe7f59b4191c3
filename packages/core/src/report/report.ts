import { suggest } from '../diagnostic/suggest.js';
import type { TraceEvent } from '../trace/index.js';
import { type ArpChange, arpChangesOf, macOwnersOf } from './arp-changes.js';
import { type Cause, causesOf, payingCauses, startsOf } from './causes.js';
import { type ClientTargetReport, clientTargetReportOf, type Outage } from './client-outages.js';
import { type ConnectionLife, worstBroken } from './connection-life.js';
import { connectionsOf } from './connections.js';
import { type Convergence, convergenceOf } from './convergence.js';
import { type Flutter, fluttersOf } from './flutter.js';
import { type Flux, fluxOf, isUncaused, type LandingMove, landingMovesOf } from './flux.js';
import { type Handover, handoversOf } from './handovers.js';
import type { Interval } from './interval.js';
import { type Landing, landingOf } from './landing.js';
import { type DualInterval, type OwnerInterval, type Ownership, ownershipOf } from './ownership.js';
import type { RunFacts, VipFacts } from './run-facts.js';
import { type ServiceReport, serviceReportOf } from './service-report.js';
import { type SwitchReport, switchReportOf } from './switch-moves.js';
import { type Verdict, verdictOf } from './verdict.js';
import { addressOfLabel } from './vip-label.js';

/** What happened to one VIP. */
export interface VipReport {
  readonly address: string;
  readonly facts: VipFacts;
  readonly ownership: Ownership;
  /** Tile the run. */
  readonly owners: readonly OwnerInterval[];
  readonly dual: readonly DualInterval[];
  readonly headless: readonly Interval[];
  readonly handovers: readonly Handover[];
  /** The handovers without a cause. */
  readonly flaps: readonly Handover[];
  /** One for each node that asks this VIP. */
  readonly landings: readonly Landing[];
  readonly landingMoves: readonly LandingMove[];
  /** Moves of a landing without a cause that do not alternate. */
  readonly landingFlaps: readonly LandingMove[];
  readonly flux: readonly Flux[];
  /** Taken and lost again before anybody settled in it, time after time. */
  readonly flutters: readonly Flutter[];
  readonly convergence: readonly Convergence[];
  /** What all its clients together saw of it. */
  readonly service: ServiceReport;
}

/** What happened to one client program, over all VIPs that it asks. */
export interface ClientReport {
  readonly name: string;
  /** One for each VIP, in the order of the lab. */
  readonly targets: readonly ClientTargetReport[];
  /** Of all VIPs, in order of time. */
  readonly outages: readonly Outage[];
  /** Changes of its node's neighbour entries for VIPs. */
  readonly arpChanges: readonly ArpChange[];
  /** All that it asked for, in order. */
  readonly connections: readonly ConnectionLife[];
}

/** What happened in a run, read from its trace and nothing else. Made by {@link reportOf}. */
export interface Report {
  readonly facts: RunFacts;
  readonly events: readonly TraceEvent[];
  readonly causes: readonly Cause[];
  readonly vips: readonly VipReport[];
  readonly clients: readonly ClientReport[];
  readonly switches: readonly SwitchReport[];
  /** The life of each TCP connection that a client asked for, in the order in which they began. */
  readonly connections: readonly ConnectionLife[];
  readonly macOwners: ReadonlyMap<string, string | null>;
  readonly verdict: Verdict;
  /** @throws RangeError if the run has no such VIP; names those it has. */
  vip(address: string): VipReport;
  /** @throws RangeError if the run has no such client; names those it has. */
  client(name: string): ClientReport;
  /** @throws RangeError if the run has no such switch; names those it has. */
  switch(name: string): SwitchReport;
  /**
   * The life of one connection: by its name (`c1#3`), or the worst of a client (`c1`), or of all (nothing). The worst
   * is the one that broke after the longest hang; where none broke, one that hangs at the end, or the one that was
   * asked for in vain for the longest, or the first.
   *
   * @throws RangeError if there is none; names those there are
   */
  connection(name?: string): ConnectionLife;
}

/**
 * Reads a report from a trace.
 *
 * @param events in the order in which they happened
 * @example
 * ```ts
 * reportOf(run.trace.events, facts).vip('192.168.1.100').handovers; // [{ at, from: 'n1', to: 'n2', cause, … }]
 * ```
 */
export function reportOf(events: readonly TraceEvent[], facts: RunFacts): Report {
  const causes = causesOf(events);
  const macOwners = macOwnersOf(events);
  const connections = connectionsOf(events, facts.clients, facts.duration);
  const clients = clientsOf(events, facts, macOwners, connections);
  const targets = clients.flatMap((client) => client.targets);
  const vips = facts.vips.map((vip) =>
    vipReportOf(events, facts, vip, causes, serviceReportOf(events, vip.address, targets, connections)),
  );
  const switches = facts.nodes
    .filter(({ kind }) => kind === 'switch')
    .map(({ name }) => switchReportOf(events, name));
  return {
    facts,
    events,
    causes,
    vips,
    clients,
    switches,
    connections,
    macOwners,
    verdict: verdictOf(
      vips,
      causes,
      facts.duration,
      facts.expected,
      startsOf(facts.nodes),
      events.filter((event) => event.name === 'switch.storm'),
    ),
    vip: (address) => find('VIP', address, vips, (vip) => vip.address),
    client: (name) => find('client', name, clients, (client) => client.name),
    switch: (name) => find('switch', name, switches, (entry) => entry.name),
    connection: (name = '') => chosenConnection(connections, name),
  };
}

function vipReportOf(
  events: readonly TraceEvent[],
  facts: RunFacts,
  vip: VipFacts,
  causes: readonly Cause[],
  service: ServiceReport,
): VipReport {
  const { address, settlingNs, dualBudgetNs } = vip;
  const ownership = ownershipOf(events, address, facts.duration);
  const paying = payingCauses(causes, vip, startsOf(facts.nodes));
  const handovers = handoversOf(ownership, paying, settlingNs, dualBudgetNs);
  const clientNodes = new Set(
    facts.clients.filter(({ target }) => target === address).map(({ node }) => node),
  );
  const landings = [...clientNodes].map((node) => landingOf(events, node, ownership, facts.duration));
  const movesOfEach = landings.map((landing) =>
    landingMovesOf(landing, ownership, handovers, paying, settlingNs, dualBudgetNs),
  );
  const fluxOfEach = movesOfEach.map((moves) => fluxOf(moves, address, facts.duration));
  return {
    address,
    facts: vip,
    ownership,
    owners: ownership.intervals,
    dual: ownership.dual,
    headless: ownership.headless,
    handovers,
    flaps: handovers.filter(({ cause }) => cause === null),
    landings,
    landingMoves: movesOfEach.flat().sort((one, other) => one.at - other.at),
    landingFlaps: movesOfEach.flatMap((moves, index) =>
      fluxOfEach[index] === null ? moves.filter(isUncaused) : [],
    ),
    flux: fluxOfEach.filter((flux) => flux !== null),
    flutters: fluttersOf(
      ownership,
      [0, ...startsOf(facts.nodes).values(), ...causes.map(({ time }) => time)],
      settlingNs,
      dualBudgetNs,
    ),
    convergence: convergenceOf(causes, ownership, landings, facts.duration),
    service,
  };
}

function clientsOf(
  events: readonly TraceEvent[],
  facts: RunFacts,
  macOwners: ReadonlyMap<string, string | null>,
  connections: readonly ConnectionLife[],
): ClientReport[] {
  const addresses = new Set(facts.vips.map(({ address }) => addressOfLabel(address)));
  return [...new Set(facts.clients.map(({ name }) => name))].map((name) => {
    const programs = facts.clients.filter((client) => client.name === name);
    const nodes = new Set(programs.map(({ node }) => node));
    const own = connections.filter(({ client, node }) => client === name && nodes.has(node));
    const targets = programs.map((client) =>
      clientTargetReportOf(
        events,
        client,
        facts.duration,
        own.filter(({ node, target }) => node === client.node && target === client.target),
      ),
    );
    return {
      name,
      targets,
      outages: targets.flatMap(({ outages }) => outages).sort((one, other) => one.from - other.from),
      arpChanges: [...nodes].flatMap((node) => arpChangesOf(events, node, addresses, macOwners)),
      connections: own,
    };
  });
}

function chosenConnection(connections: readonly ConnectionLife[], name: string): ConnectionLife {
  if (connections.length === 0) throw new RangeError('no client asked for a TCP connection in this run');
  const own = connections.filter(({ client }) => name === '' || client === name);
  const unanswered = own.filter(({ establishedAt, end }) => establishedAt === null && end.how !== 'open');
  const [longest] = unanswered.toSorted(
    (one, other) => other.end.at - other.openedAt - (one.end.at - one.openedAt),
  );
  const chosen = worstBroken(own) ?? own.find(({ hangsSince }) => hangsSince !== null) ?? longest ?? own[0];
  return chosen ?? find('connection', name, connections, (life) => life.name);
}

/** More names than this in a complaint nobody reads. */
const MOST_NAMES = 24;

function find<T>(what: string, name: string, all: readonly T[], nameOf: (entry: T) => string): T {
  const found = all.find((entry) => nameOf(entry) === name);
  if (found !== undefined) return found;
  const names = all.map(nameOf);
  const near = suggest(name, names);
  const shown = names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? ', …' : '');
  const known = names.length === 0 ? 'the run has none' : `there are ${shown}`;
  throw new RangeError(
    `no ${what} '${name}' in this run${near === undefined ? '' : `, did you mean ${near}?`} (${known})`,
  );
}
