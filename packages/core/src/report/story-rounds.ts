import { MILLISECOND, type Nanoseconds } from '../engine/index.js';
import type { StoryEntry } from './story-entry.js';

/** What comes round again, told once. */
export interface Repetition {
  /** How often it came again after the first time. */
  readonly count: number;
  /** From one round to the next, if always the same. */
  readonly period: Nanoseconds | null;
  /** When the last round began. */
  readonly last: Nanoseconds;
  /** When the further rounds began. */
  readonly times: readonly Nanoseconds[];
}

/** An entry with the rounds of which it opens or closes the first. */
export interface FoldedEntry {
  readonly entry: StoryEntry;
  /** At the first entry of a round that is repeated. */
  readonly opens: Repetition | null;
  /** At the last entry of a round that is repeated. */
  readonly closes: Repetition | null;
  /** Inside a repeated round, but not its first entry: it shares that one's letter. */
  readonly isInside: boolean;
}

/** A round is at most this many entries. */
const LONGEST_ROUND = 12;
/** Fewer rounds than this are told one by one. */
const FEWEST_ROUNDS = 3;
/** Rounds whose lengths differ by no more than this keep a rhythm: launch offsets and jitter are of this order. */
const RHYTHM = 50 * MILLISECOND;

/** Folds rounds of entries that come again, the same but for their times. */
export function foldRounds(entries: readonly StoryEntry[]): FoldedEntry[] {
  const folded: FoldedEntry[] = [];
  let index = 0;
  while (index < entries.length) {
    const { length, rounds } = roundsAt(entries, index);
    const repetition = rounds < FEWEST_ROUNDS ? null : repetitionOf(entries, index, length, rounds);
    for (const [place, entry] of entries.slice(index, index + length).entries()) {
      folded.push({
        entry,
        opens: place === 0 ? repetition : null,
        closes: place === length - 1 ? repetition : null,
        isInside: repetition !== null && place > 0,
      });
    }
    index += repetition === null ? length : length * rounds;
  }
  return folded;
}

function roundsAt(
  entries: readonly StoryEntry[],
  start: number,
): { readonly length: number; readonly rounds: number } {
  let best = { length: 1, rounds: 1 };
  for (let length = 1; length <= LONGEST_ROUND && entries[start + length - 1]?.key; length++) {
    let end = start + length;
    while (end < entries.length && entries[end]?.key === entries[end - length]?.key) end++;
    const rounds = Math.floor((end - start) / length);
    if (rounds >= FEWEST_ROUNDS && rounds * length > best.rounds * best.length) best = { length, rounds };
  }
  return best;
}

function repetitionOf(
  entries: readonly StoryEntry[],
  start: number,
  length: number,
  rounds: number,
): Repetition {
  const begins = Array.from({ length: rounds }, (_, round) => entries[start + round * length]?.time ?? 0);
  const gaps = begins.slice(1).map((time, index) => time - (begins[index] ?? 0));
  const shortest = Math.min(...gaps);
  const isRegular = Math.max(...gaps) - shortest <= RHYTHM;
  const times = begins.slice(1);
  return { count: rounds - 1, period: isRegular ? (gaps[0] ?? null) : null, last: times.at(-1) ?? 0, times };
}
