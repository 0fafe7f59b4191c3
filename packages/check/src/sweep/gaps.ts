import type { NamedSweep } from './merge-sweeps.js';
import { blockCountOf, formatShard, runsOfBlock, type Shard, shardOfBlock } from './shard.js';

/** A shard that is not done. */
export interface Gap {
  readonly shard: Shard;
  /** Runs that are missing. */
  readonly runs: number;
  /** The file that is to be finished; null: there is none yet. */
  readonly file: string | null;
}

/** `5/8 is missing` */
export const describeGap = ({ shard, file }: Gap): string =>
  `${formatShard(shard)} is ${file === null ? 'missing' : 'unfinished'}`;

/**
 * What is missing of a sweep, as shards: of those divisions that its parts are of, the one that needs the fewest shards to
 * be made.
 */
export function gapsOf(parts: readonly NamedSweep[]): Gap[] {
  const [first] = parts;
  if (first === undefined) return [];
  const { runs } = first.plan;
  const missing: number[] = [];
  for (let block = 0; block < blockCountOf(runs); block++) {
    if (!parts.some(({ blocks }) => blocks.has(block))) missing.push(block);
  }
  const divisions = [...new Set(parts.map(({ plan }) => plan.shard.of))].sort((one, other) => one - other);
  const ways = divisions.map((of) => gapsByShard(parts, missing, runs, of));
  return ways.sort((one, other) => costOf(one) - costOf(other))[0] ?? [];
}

/** The share of the whole sweep that is made to fill the gaps; a file that is there is resumed. */
const costOf = (gaps: readonly Gap[]): number =>
  gaps.reduce((sum, { shard, file }) => sum + (file === null ? 1 / shard.of : 0), 0);

function gapsByShard(
  parts: readonly NamedSweep[],
  missing: readonly number[],
  runs: number,
  of: number,
): Gap[] {
  const byShard = new Map<number, number>();
  for (const block of missing) {
    const { index } = shardOfBlock(block, of);
    const { from, to } = runsOfBlock(block, runs);
    byShard.set(index, (byShard.get(index) ?? 0) + to - from + 1);
  }
  return [...byShard]
    .sort(([one], [other]) => one - other)
    .map(([index, count]) => ({
      shard: { index, of },
      runs: count,
      file: parts.find(({ plan: { shard } }) => shard.index === index && shard.of === of)?.file ?? null,
    }));
}
