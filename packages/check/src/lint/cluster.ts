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
  const groups: Router[][] = [];
  for (const router of routers) {
    const mine = groups.filter((group) => group.some((other) => belongTogether(router, other)));
    const [first, ...rest] = mine;
    if (first === undefined) {
      groups.push([router]);
      continue;
    }
    first.push(router, ...rest.flat());
    for (const merged of rest) groups.splice(groups.indexOf(merged), 1);
  }
  return { routers, clusters: groups.map((members) => ({ routers: members })) };
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
export function pairsOf(routers: readonly Router[]): (readonly [Router, Router])[] {
  return routers.flatMap((later, index) =>
    routers.slice(0, index).map((earlier): readonly [Router, Router] => [earlier, later]),
  );
}

/**
 * For each router the first earlier one of its cluster that it is at odds with: one finding for each router, however
 * many others there are.
 */
export function firstConflicts(
  { routers }: Cluster,
  isAtOdds: (earlier: Router, later: Router) => boolean,
): (readonly [Router, Router])[] {
  return routers.flatMap((later, index) => {
    const earlier = routers.slice(0, index).find((candidate) => isAtOdds(candidate, later));
    return earlier === undefined ? [] : [[earlier, later] as const];
  });
}

/** Whether adverts pass between two routers, one way or the other. */
export const areWithinEarshot = (one: Router, other: Router): boolean =>
  hears(one, other) || hears(other, one);
