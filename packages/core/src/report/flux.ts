import type { Nanoseconds } from '../engine/index.js';
import { type Cause, CausePurse } from './causes.js';
import type { Handover } from './handovers.js';
import { type Interval, overlay } from './interval.js';
import type { Landing } from './landing.js';
import type { Ownership } from './ownership.js';

/** A client's frames arrive at another owner than before. */
export interface LandingMove {
  /** The node of the client. */
  readonly client: string;
  readonly at: Nanoseconds;
  readonly from: string;
  readonly to: string;
  /** The handover that it follows: the client learns of the new owner. */
  readonly follows: Handover | null;
  /** The cause that it follows from directly. */
  readonly cause: Cause | null;
  /**
   * It leaves a host that no longer owns the address for the only one that does: a late end of a black hole (ARP has
   * probed the old entry to its end). What made the black hole is judged, this is not.
   */
  readonly comesHome: boolean;
}

/** A landing that alternates between owners without a cause, from its first to its last move. */
export interface Flux extends Interval {
  readonly client: string;
  readonly address: string;
  /** The moves without a cause. */
  readonly moves: readonly LandingMove[];
  readonly between: readonly string[];
  /** False if it still went on at the end, as far as its own rhythm tells. */
  readonly hasStopped: boolean;
}

/** True for a move that nothing explains. */
export const isUncaused = (move: LandingMove): boolean =>
  move.cause === null && move.follows === null && !move.comesHome;

/**
 * The moves of a client's settled landing from one owner to another. A move to the new owner after a handover belongs
 * to that handover (once); another move needs a cause of its own.
 */
export function landingMovesOf(
  landing: Landing,
  ownership: Ownership,
  handovers: readonly Handover[],
  causes: readonly Cause[],
  settling: Nanoseconds,
  dualBudget: Nanoseconds,
): LandingMove[] {
  const purse = new CausePurse(causes, settling);
  let settledHandovers = 0;
  const followed = new Set<Handover>();
  const moves: LandingMove[] = [];
  let settledAt: string | null = null;
  for (const { from, at, owners } of settledLandings(landing, ownership, dualBudget)) {
    // What pays for a handover pays for no landing after it; what a later one takes was there for this move.
    for (
      let next = handovers[settledHandovers];
      next !== undefined && next.settledAt <= from;
      next = handovers[++settledHandovers]
    ) {
      if (next.cause !== null) purse.spend(next.cause);
      // Who lands there already has followed it.
      if (next.to === settledAt) followed.add(next);
    }
    // A move into a dual that outlasts its budget has not waited for who wins that.
    const follows =
      handovers.findLast(({ at: began, settledAt: won }) => began <= from && won <= from + dualBudget) ??
      null;
    const isFollowing = follows !== null && follows.to === at && !followed.has(follows);
    // Who finds the address only now has found its new owner.
    if (isFollowing) followed.add(follows);
    if (settledAt !== null && settledAt !== at) {
      const cause = isFollowing ? null : purse.payFor(from, from);
      moves.push({
        client: landing.client,
        at: from,
        from: settledAt,
        to: at,
        follows: isFollowing ? follows : null,
        cause,
        comesHome: owners.length === 1 && !owners.includes(settledAt),
      });
    }
    settledAt = at;
  }
  return moves;
}

function settledLandings(
  landing: Landing,
  ownership: Ownership,
  dualBudget: Nanoseconds,
): { readonly from: Nanoseconds; readonly at: string; readonly owners: readonly string[] }[] {
  const settled: { from: Nanoseconds; at: string; owners: readonly string[] }[] = [];
  for (const { from, one, other } of overlay(landing.intervals, ownership.intervals)) {
    // It has lasted since the node owned the address, not since frames for its MAC were flooded to it.
    if (one.at === null || one.to - from <= dualBudget || !other.owners.includes(one.at)) continue;
    if (settled.at(-1)?.at !== one.at) settled.push({ from, at: one.at, owners: other.owners });
  }
  return settled;
}

/** The flux of one client and VIP: uncaused moves that come back to where one of them began. Null if there is none. */
export function fluxOf(moves: readonly LandingMove[], address: string, duration: Nanoseconds): Flux | null {
  const uncaused = moves.filter(isUncaused);
  const first = uncaused[0];
  const last = uncaused.at(-1);
  const left = new Set<string>();
  const returns = uncaused.some((move) => {
    left.add(move.from);
    return left.has(move.to);
  });
  if (first === undefined || last === undefined || !returns) return null;
  let longestPause = 0;
  uncaused.forEach((move, index) => {
    longestPause = Math.max(longestPause, move.at - (uncaused[index - 1]?.at ?? move.at));
  });
  return {
    client: first.client,
    address,
    from: first.at,
    to: last.at,
    moves: uncaused,
    between: [...new Set(uncaused.flatMap(({ from, to }) => [from, to]))],
    // Twice its longest pause without a move: a rhythm that was kept would have shown itself by then.
    hasStopped: duration - last.at > 2 * longestPause,
  };
}
