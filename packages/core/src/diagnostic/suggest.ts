/** Words longer than this are not compared: nobody misspells a keyword that badly. */
const MAX_LENGTH = 64;

/**
 * The candidate that was most likely meant by a misspelt word: the one with the fewest slips of the keyboard
 * (Damerau-Levenshtein: a letter too many, too few, wrong, or two swapped), if they are few for its length. Of several
 * equally near ones the first.
 *
 * @returns undefined if none is near
 * @example
 * ```ts
 * suggest('virtual_ipadress', ['virtual_ipaddress', 'virtual_routes']); // 'virtual_ipaddress'
 * ```
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH || word.length < 2) return undefined;
  const asked = word.toLowerCase();
  // One slip in three letters is still a misspelling; more is another word.
  let limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const distance = editDistance(asked, candidate.toLowerCase(), limit);
    if (distance > limit || (best !== undefined && distance === limit)) continue;
    best = candidate;
    limit = distance;
    if (limit === 0) break;
  }
  return best;
}

/**
 * The number of slips between two words, swapped neighbours counted as one (optimal string alignment). Gives
 * `limit` + 1 for anything above `limit`.
 */
export function editDistance(one: string, other: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    let smallest = row;
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      let distance = Math.min(
        (last[column] ?? limit) + 1,
        (current[column - 1] ?? limit) + 1,
        (last[column - 1] ?? limit) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) {
        distance = Math.min(distance, (beforeLast[column - 2] ?? limit) + 1);
      }
      current.push(distance);
      smallest = Math.min(smallest, distance);
    }
    if (smallest > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return Math.min(last[other.length] ?? limit + 1, limit + 1);
}
