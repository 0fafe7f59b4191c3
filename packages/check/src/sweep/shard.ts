/** One part of a sweep: the `index`-th of `of`, counted from 1, as in `3/8`. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** The whole sweep. */
export const WHOLE: Shard = { index: 1, of: 1 };

/** More shards than this are a typing error. */
const MOST_SHARDS = 1_000_000;

/** More runs than this are a typing error; so many fit the counter that threads share. */
export const MOST_RUNS = 2_000_000_000;

/**
 * Reads `3/8`.
 *
 * @returns undefined if it is none: not two whole numbers, or the first is not within 1 and the second
 */
export function tryParseShard(text: string): Shard | undefined {
  const match = /^([1-9]\d{0,6})\/([1-9]\d{0,6})$/.exec(text);
  if (match === null) return undefined;
  const [index, of] = [Number(match[1]), Number(match[2])];
  return index <= of && of <= MOST_SHARDS ? { index, of } : undefined;
}

/** `3/8` */
export const formatShard = ({ index, of }: Shard): string => `${index}/${of}`;

/** Up to this many runs blocks are small, so that many workers and shards find something to do. */
const FEW_RUNS = 100_000;
const SMALL_BLOCK = 20;
/** Above it a file would be mostly lines of blocks. */
const LARGE_BLOCK = 200;

/**
 * How many runs are counted on one line. It depends on the sweep's length alone: every shard of every division cuts at
 * the same places, so that files of different divisions can be joined.
 */
export const blockSizeOf = (runs: number): number => (runs <= FEW_RUNS ? SMALL_BLOCK : LARGE_BLOCK);

/** How many blocks a sweep has; they are numbered from 0. */
export const blockCountOf = (runs: number): number => Math.ceil(runs / blockSizeOf(runs));

/** The runs of a block: numbers `from` to `to`, both included; the first run of a sweep has number 1. */
export function runsOfBlock(block: number, runs: number): { readonly from: number; readonly to: number } {
  const size = blockSizeOf(runs);
  return { from: block * size + 1, to: Math.min((block + 1) * size, runs) };
}

/** The block that a run is counted in. */
export const blockOfRun = (run: number, runs: number): number => Math.floor((run - 1) / blockSizeOf(runs));

/** Whether a block belongs to a shard. Blocks are dealt like cards, so that shards take equally long. */
export const isInShard = (block: number, { index, of }: Shard): boolean => block % of === index - 1;

/** The shard of a division into `of` that a block belongs to. */
export const shardOfBlock = (block: number, of: number): Shard => ({ index: (block % of) + 1, of });

/** The blocks of a shard in rising order. */
export function* blocksOf(shard: Shard, runs: number): Generator<number> {
  const count = blockCountOf(runs);
  for (let block = shard.index - 1; block < count; block += shard.of) yield block;
}

/** How many runs a shard has. */
export function runCountOf(shard: Shard, runs: number): number {
  const count = blockCountOf(runs);
  const blocks = Math.max(0, Math.ceil((count - shard.index + 1) / shard.of));
  if (blocks === 0) return 0;
  // Only the sweep's last block may be shorter.
  const last = runsOfBlock(count - 1, runs);
  const missing = isInShard(count - 1, shard) ? blockSizeOf(runs) - (last.to - last.from + 1) : 0;
  return blocks * blockSizeOf(runs) - missing;
}
