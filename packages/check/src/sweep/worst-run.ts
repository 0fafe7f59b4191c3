import type { WorstRun } from './sweep-record.js';

/** What a worst case is the worst of. */
const keyOf = ({ what, address, client, phase }: WorstRun): string =>
  JSON.stringify([what, address, client ?? '', phase]);

/** The longest of each kind; of equals the run with the lowest number. In the order of their names. */
export function worstOf(cases: Iterable<WorstRun>): WorstRun[] {
  const longest = new Map<string, WorstRun>();
  for (const each of cases) {
    const key = keyOf(each);
    const known = longest.get(key);
    if (
      known === undefined ||
      each.lasted > known.lasted ||
      (each.lasted === known.lasted && each.run < known.run)
    )
      longest.set(key, each);
  }
  return [...longest].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each);
}
