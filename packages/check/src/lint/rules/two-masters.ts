import { inSeconds, loneStartOf, type Router } from '../router.js';

/**
 * When routers that count none of each other's adverts become masters, from their first state on:
 * `n1 master at 3.41 s, n2 at 3.61 s, both for good`.
 */
export function bothForGood(one: Router, other: Router): string {
  const [first, second] = loneStartOf(one) <= loneStartOf(other) ? [one, other] : [other, one];
  const at = (router: Router): string =>
    router.instance.owner ? 'at once' : `at ${inSeconds(loneStartOf(router))}`;
  return `${first.node} master ${at(first)}, ${second.node} ${at(second)}, both for good`;
}

/** From when on there are two masters, if neither hears the other. */
export const twoMastersFrom = (one: Router, other: Router): string =>
  inSeconds(Math.max(loneStartOf(one), loneStartOf(other)));
