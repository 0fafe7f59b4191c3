/** How sure a bound is. */
const CONFIDENCE = 0.95;

/**
 * How many runs there are to one that breaks, at least, at 95 % confidence, where none of `runs` independent ones did: the
 * largest share that would still show nothing in 1 of 20 sweeps is 1 - 0.05^(1/runs) (Clopper and Pearson 1934, the
 * case of no event).
 *
 * @returns 6676 for 20 000 runs: fewer than 1 run in 6676 breaks; undefined for none
 */
export function oneInAtLeast(runs: number): number | undefined {
  if (runs <= 0) return undefined;
  return Math.floor(1 / -Math.expm1(Math.log1p(-CONFIDENCE) / runs));
}
