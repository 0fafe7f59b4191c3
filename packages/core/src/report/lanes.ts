import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import { type Interval, lengthOf, overlay, type Stretch, tile } from './interval.js';
import type { Landing } from './landing.js';
import { type OwnerInterval, ownersOf } from './ownership.js';
import type { Report, VipReport } from './report.js';

/** How a node is, apart from owning anything. */
type Condition = 'up' | 'off' | 'fault' | 'init' | 'not-yet';

/** The glyphs of the node lanes. */
export const OWNS_HERE = '█';
export const OWNS_ELSEWHERE = '▒';
export const UP = '─';
export const OFF = '╳';
export const FAULT = 'F';
/** CARP: its interface, or the NIC under it, is down. */
export const INIT = 'I';
/** CARP that has not run yet. */
export const NOT_YET = '·';

/** A stretch of a lane with what is drawn for it. */
export interface LaneStretch extends Interval {
  readonly glyph: string;
}

/** The nodes that have a lane for a VIP: those that compete for it and whoever else owned it. */
export function laneNodes(vip: VipReport): string[] {
  return [...new Set([...vip.facts.instances.map(({ node }) => node), ...ownersOf(vip.ownership)])];
}

/** A node's lane for a VIP; it tiles the run. */
export function nodeLane(report: Report, vip: VipReport, node: string): LaneStretch[] {
  const condition = conditionOf(report.events, vip, node, report.facts.duration);
  const pieces = overlay(overlay(condition, vip.owners), landingsTogether(vip, report.facts.duration));
  const lane = pieces.map(({ from, to, one, other }) => {
    const isOwner = one.other.owners.includes(node);
    return { time: from, to, state: glyphOf(one.one.state, isOwner, other.state, node) };
  });
  return tile(lane, UP, report.facts.duration).map(({ from, to, state }) => ({ from, to, glyph: state }));
}

function glyphOf(condition: Condition, isOwner: boolean, landings: LandedNodes, node: string): string {
  if (condition === 'off') return OFF;
  if (condition === 'fault') return FAULT;
  if (condition === 'init') return INIT;
  if (condition === 'not-yet') return NOT_YET;
  if (!isOwner) return UP;
  return landings.has(node) || landings.size === 0 ? OWNS_HERE : OWNS_ELSEWHERE;
}

/** Where the clients that have found the VIP land; null among them: nowhere. */
type LandedNodes = ReadonlySet<string | null>;

function landingsTogether(vip: VipReport, duration: Nanoseconds): Stretch<LandedNodes>[] {
  const nobody: LandedNodes = new Set();
  return vip.landings.reduce<Stretch<LandedNodes>[]>(
    (together, landing) =>
      overlay(together, landing.intervals).map(({ from, to, one, other }) => ({
        from,
        to,
        state: other.kind === 'not-yet' ? one.state : new Set([...one.state, other.at]),
      })),
    [{ from: 0, to: duration, state: nobody }],
  );
}

function conditionOf(
  events: readonly TraceEvent[],
  vip: VipReport,
  node: string,
  duration: Nanoseconds,
): Stretch<Condition>[] {
  const own = vip.facts.instances.filter((instance) => instance.node === node);
  const instances = new Set(own.map(({ name }) => name));
  const carps = own.filter(({ vhid }) => vhid !== null).map(({ name }) => name);
  const faulty = new Set<string>();
  const halted = new Set<string>();
  const waiting = new Set(carps);
  let isOn = true;
  let isFrozen = false;
  const changes: { time: Nanoseconds; state: Condition }[] = [];
  const stateNow = (): Condition => {
    if (!isOn || isFrozen) return 'off';
    if (faulty.size > 0) return 'fault';
    return halted.size > 0 ? 'init' : waiting.size > 0 ? 'not-yet' : 'up';
  };
  for (const event of events) {
    if (event.node !== node) continue;
    if (event.name === 'node.power') {
      isOn = event.on;
      halted.clear();
      for (const name of carps) waiting.add(name);
    } else if (event.name === 'node.frozen') isFrozen = event.frozen;
    else if (event.name === 'vrrp.state' && instances.has(event.instance)) {
      if (event.to === 'FAULT') faulty.add(event.instance);
      else faulty.delete(event.instance);
    } else if (event.name === 'carp.state' && instances.has(event.instance)) {
      waiting.delete(event.instance);
      if (event.to === 'INIT') halted.add(event.instance);
      else halted.delete(event.instance);
    } else continue;
    changes.push({ time: event.time, state: stateNow() });
  }
  return tile<Condition>(changes, carps.length > 0 ? 'not-yet' : 'up', duration);
}

/** The row that counts owners. A dual or headless time within the dual budget is drawn as what was before it. */
export function ownerCountLane(vip: VipReport): LaneStretch[] {
  const budget = vip.facts.dualBudgetNs;
  const duals = vip.dual.filter((dual) => lengthOf(dual) > budget);
  const isDrawn = (interval: OwnerInterval): boolean => {
    if (interval.kind === 'dual')
      return duals.some(({ from, to }) => from <= interval.from && interval.from < to);
    return interval.kind !== 'headless' || lengthOf(interval) > budget;
  };
  const rows = vip.owners
    .filter(isDrawn)
    .map(({ from, kind, owners }) => ({ time: from, state: countGlyph(kind, owners.length) }));
  const duration = vip.owners.at(-1)?.to ?? 0;
  return tile(rows, '·', duration).map(({ from, to, state }) => ({ from, to, glyph: state }));
}

function countGlyph(kind: string, owners: number): string {
  if (kind === 'unowned') return '·';
  return owners > 9 ? '+' : String(owners);
}

/** The digit that stands for a node in a landing lane: the one that ends its name, else its place among the lanes. */
export function nodeDigits(nodes: readonly string[]): ReadonlyMap<string, string> {
  const ending = nodes.map((node) => /(?:^|\D)(\d)$/.exec(node)?.[1] ?? '');
  const areGood = ending.every((digit) => digit !== '') && new Set(ending).size === nodes.length;
  return new Map(
    nodes.map((node, index) => [node, areGood ? (ending[index] ?? '') : index < 9 ? String(index + 1) : '+']),
  );
}

/** True if a client's landing was something else than the owner for longer than a handover's budget. */
export function isWorthALane(vip: VipReport, landing: Landing): boolean {
  const budget = vip.facts.dualBudgetNs;
  const hasLanded = landing.intervals.some(({ kind }) => kind === 'landed');
  return (
    landing.astray.some((interval) => lengthOf(interval) > budget) ||
    vip.flux.some(({ client }) => client === landing.client) ||
    (hasLanded && vip.dual.some((dual) => lengthOf(dual) > budget))
  );
}

/** A landing as a lane: the node's digit, `?` where an owned VIP is not reached, `·` not yet. */
export function landingLane(
  vip: VipReport,
  landing: Landing,
  digits: ReadonlyMap<string, string>,
): LaneStretch[] {
  const budget = vip.facts.dualBudgetNs;
  const lost = landing.astray.filter((interval) => lengthOf(interval) > budget);
  const duration = landing.intervals.at(-1)?.to ?? 0;
  const lostTiles = tile(
    lost.flatMap(({ from, to }) => [
      { time: from, state: true },
      { time: to, state: false },
    ]),
    false,
    duration,
  );
  const pieces = overlay(landing.intervals, lostTiles).map(({ from, one, other }) => ({
    time: from,
    state: other.state
      ? '?'
      : one.kind === 'not-yet'
        ? '·'
        : one.at === null
          ? ' '
          : (digits.get(one.at) ?? '*'),
  }));
  return tile(pieces, '·', duration).map(({ from, to, state }) => ({ from, to, glyph: state }));
}
