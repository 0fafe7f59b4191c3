import { ownerMaskOf } from '@viplab/core';
import type { Step } from './class-store.js';
import type { SymbolicSearch } from './symbolic-search.js';

/** A run that goes on for ever: the steps to its cycle, those of the cycle, and the VIP that changes owners in it. */
export interface Lasso {
  readonly stem: readonly Step[];
  readonly cycle: readonly Step[];
  readonly address: string;
}

/** A transition on a cycle that changes the owners of a VIP. */
interface OwnerChange {
  readonly edge: number;
  readonly address: string;
}

/**
 * The transitions of a closed space that lie on a cycle and change owners. A cycle has no cause in it, since causes are
 * spent. Where classes were united the cycles are those of the unions: none there means none at all; one there may be no
 * run.
 */
export function ownerChangesOnCycles(search: SymbolicSearch): OwnerChange[] {
  const { classes, edgesFrom, edgesTo } = search;
  const to = edgesTo.map((id) => classes.lastOf(id));
  const from = edgesFrom.map((id) => classes.lastOf(id));
  const component = componentsOf(classes.size, from, to);
  const ownersOf = ownersByClass(search);
  const changes: OwnerChange[] = [];
  for (let edge = 0; edge < to.length; edge++) {
    const one = from[edge] as number;
    const other = to[edge] as number;
    if (component[one] !== component[other]) continue;
    const before = ownersOf(one);
    const after = ownersOf(other);
    const vip = search.lab.exploration.vips.find((_, index) => before[index] !== after[index]);
    if (vip !== undefined) changes.push({ edge, address: vip.address });
  }
  return changes;
}

/**
 * A lasso of a space whose classes were not united, the one that begins first; null if there is none. Where the VIP has no
 * owner in part of the cycle, the cycle begins as the last one gives it up.
 */
export function lassoOf(search: SymbolicSearch): Lasso | null {
  const { classes, edgesFrom, edgesTo, edgeSteps } = search;
  let first: OwnerChange | null = null;
  const depthOf = ({ edge }: OwnerChange): number => classes.depths[edgesFrom[edge] as number] as number;
  for (const change of ownerChangesOnCycles(search))
    if (first === null || depthOf(change) < depthOf(first)) first = change;
  if (first === null) return null;
  const at = edgesFrom[first.edge] as number;
  const back = edgesBetween(search, edgesTo[first.edge] as number, at);
  if (back === null) return null;
  const { address } = first;
  const cycle = [first.edge, ...back];
  const ownersOf = ownersByClass(search);
  const vip = search.lab.exploration.vips.findIndex((each) => each.address === address);
  const release = cycle.findIndex(
    (edge) => ownersOf(edgesFrom[edge] as number)[vip] !== 0 && ownersOf(edgesTo[edge] as number)[vip] === 0,
  );
  const stepsOf = (edges: readonly number[]): Step[] => edges.map((edge) => edgeSteps[edge] as Step);
  return {
    stem: [...classes.stepsTo(at), ...stepsOf(cycle.slice(0, release + 1))],
    cycle: stepsOf([...cycle.slice(release + 1), ...cycle.slice(0, release + 1)]),
    address,
  };
}

/** The fewest transitions from one class to another. */
function edgesBetween({ edgesFrom, edgesTo }: SymbolicSearch, from: number, to: number): number[] | null {
  const onward = new Map<number, number[]>();
  edgesFrom.forEach((id, edge) => {
    const edges = onward.get(id);
    if (edges === undefined) onward.set(id, [edge]);
    else edges.push(edge);
  });
  const cameBy = new Map<number, number>();
  const queue = [from];
  for (const id of queue) {
    if (id === to) break;
    for (const edge of onward.get(id) ?? []) {
      const next = edgesTo[edge] as number;
      if (next === from || cameBy.has(next)) continue;
      cameBy.set(next, edge);
      queue.push(next);
    }
  }
  const edges: number[] = [];
  for (let id = to; id !== from; ) {
    const edge = cameBy.get(id);
    if (edge === undefined) return null;
    edges.push(edge);
    id = edgesFrom[edge] as number;
  }
  return edges.reverse();
}

/** The owners of each VIP in a class, as masks. They are the same in all classes of a discrete state. */
function ownersByClass(search: SymbolicSearch): (id: number) => readonly number[] {
  const { classes, lab } = search;
  const known = new Map<number, readonly number[]>();
  return (id) => {
    const discrete = classes.discrete[id] as number;
    let owners = known.get(discrete);
    if (owners === undefined) {
      lab.codec.load(discrete);
      owners = lab.ownerships.map(({ vip, holders }) => ownerMaskOf(holders, vip));
      known.set(discrete, owners);
    }
    return owners;
  };
}

/** The strongly connected component of each node (Tarjan 1972, without recursion). */
function componentsOf(size: number, from: readonly number[], to: readonly number[]): Int32Array {
  const starts = new Int32Array(size + 1);
  for (const id of from) starts[id + 1] = (starts[id + 1] as number) + 1;
  for (let id = 0; id < size; id++) starts[id + 1] = (starts[id + 1] as number) + (starts[id] as number);
  const targets = new Int32Array(from.length);
  const fill = starts.slice();
  from.forEach((id, edge) => {
    const place = fill[id] as number;
    targets[place] = to[edge] as number;
    fill[id] = place + 1;
  });
  const component = new Int32Array(size).fill(-1);
  const index = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const next = starts.slice();
  const open: number[] = [];
  const path: number[] = [];
  let count = 0;
  let components = 0;
  for (let root = 0; root < size; root++) {
    if (index[root] !== -1) continue;
    path.push(root);
    while (path.length > 0) {
      const id = path[path.length - 1] as number;
      if (index[id] === -1) {
        index[id] = count;
        low[id] = count++;
        open.push(id);
      }
      const place = next[id] as number;
      if (place < (starts[id + 1] as number)) {
        next[id] = place + 1;
        const target = targets[place] as number;
        if (index[target] === -1) path.push(target);
        else if (component[target] === -1) low[id] = Math.min(low[id] as number, index[target] as number);
        continue;
      }
      path.pop();
      const parent = path[path.length - 1];
      if (parent !== undefined) low[parent] = Math.min(low[parent] as number, low[id] as number);
      if (low[id] !== index[id]) continue;
      for (let member = open.pop() as number; ; member = open.pop() as number) {
        component[member] = components;
        if (member === id) break;
      }
      components++;
    }
  }
  return component;
}
