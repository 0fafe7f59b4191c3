import { addressesOf, hears, lists, type Router } from './router.js';

/** Routers that compete for the same addresses under one VRID: at least two. */
export interface Cluster {
  readonly routers: readonly Router[];
}

/** What the rules look at: who is there, and who competes with whom. */
export interface Lineup {
  readonly routers: readonly Router[];
  readonly clusters: readonly Cluster[];
}

/** Puts routers together that share an address, a VRID and a family on one LAN, or that name each other as peers. */
export function lineupOf(routers: readonly Router[]): Lineup {
  return { routers, clusters: gather(routers, belongTogether).map((members) => ({ routers: members })) };
}

/** Puts together what belongs together, directly or by way of others. */
export function gather<T>(items: readonly T[], belong: (one: T, other: T) => boolean): (readonly T[])[] {
  const groups: T[][] = [];
  for (const item of items) {
    const mine = groups.filter((group) => group.some((other) => belong(item, other)));
    const [first, ...rest] = mine;
    if (first === undefined) {
      groups.push([item]);
      continue;
    }
    first.push(item, ...rest.flat());
    for (const merged of rest) groups.splice(groups.indexOf(merged), 1);
  }
  return groups;
}

function belongTogether(one: Router, other: Router): boolean {
  const [a, b] = [one.instance, other.instance];
  if (one.node === other.node || a.family !== b.family || a.virtualRouterId !== b.virtualRouterId)
    return false;
  if (one.segment !== other.segment && !lists(one, other) && !lists(other, one)) return false;
  return sharesAddress(one, other);
}

/** Whether two routers may hold the same address. */
export function sharesAddress(one: Router, other: Router): boolean {
  const mine = new Set(addressesOf(one));
  return addressesOf(other).some((address) => mine.has(address));
}

/** Each pair of different routers of a list, the earlier one first. */
export function pairsOf<T>(routers: readonly T[]): (readonly [T, T])[] {
  return routers.flatMap((later, index) =>
    routers.slice(0, index).map((earlier): readonly [T, T] => [earlier, later]),
  );
}

/**
 * For each router the first earlier one of its cluster that it is at odds with: one finding for each router, however
 * many others there are.
 */
export function firstConflicts<T>(
  { routers }: { readonly routers: readonly T[] },
  isAtOdds: (earlier: T, later: T) => boolean,
): (readonly [T, T])[] {
  return routers.flatMap((later, index) => {
    const earlier = routers.slice(0, index).find((candidate) => isAtOdds(candidate, later));
    return earlier === undefined ? [] : [[earlier, later] as const];
  });
}

/** Whether adverts pass between two routers, one way or the other. */
export const areWithinEarshot = (one: Router, other: Router): boolean =>
  hears(one, other) || hears(other, one);
