import type { Diagnostic } from '@viplab/core';
import { type Cluster, firstConflicts } from '../cluster.js';
import { finding, type Rule, relatedTo, whereSaid } from '../finding.js';
import { downIntervalOf, inSeconds, isWritten, placeOf, type Router, skewOf } from '../router.js';

/** What an address owner falls back to when it hears another (keepalived 2.2.7 `vrrp_state_master_rx`). */
const FORMER_OWNER_PRIORITY = 254;
/** How far below the proposed priority lies: room for a weight between the two. */
const ROOM = 50;
/** Smallest priority (RFC 5798 §5.2.4). */
const LOWEST = 1;
const HIGHEST = 254;

/** Two routers of one cluster with the same priority: who is master depends on who boots first. */
export const equalPriority: Rule = ({ clusters }) =>
  clusters.flatMap((cluster) =>
    firstConflicts(
      cluster,
      (earlier, later) => earlier.instance.basePriority === later.instance.basePriority,
    ).map(([earlier, later]) => ofPair(cluster, earlier, later)),
  );

function ofPair(cluster: Cluster, earlier: Router, later: Router): Diagnostic {
  const priority = later.instance.basePriority;
  const byDefault = isWritten(later, 'priority') ? '' : ' by default';
  const free = freePriority(cluster, priority);
  return finding({
    severity: later.instance.owner ? 'error' : 'warning',
    code: 'vrrp/equal-priority',
    at: placeOf(later, 'priority'),
    message: `priority ${priority}${byDefault}, the same as ${earlier.node}`,
    hint: `${whereSaid(earlier, 'priority')} says ${priority} too`,
    means: meansOf(cluster, earlier, later),
    cures: [
      {
        title: `priority ${free}`,
        edits: isWritten(later, 'priority')
          ? [{ range: placeOf(later, 'priority').range, text: String(free) }]
          : [],
      },
    ],
    related: [relatedTo(earlier, `${earlier.node} has priority ${priority}`, 'priority')],
  });
}

function meansOf({ routers }: Cluster, earlier: Router, later: Router): string {
  const { basePriority, owner } = later.instance;
  if (owner) {
    const pause = inSeconds(downIntervalOf(later, FORMER_OWNER_PRIORITY));
    return `who boots last takes the VIP from the other, which falls back to ${FORMER_OWNER_PRIORITY}; booted at once both do, and nobody is master for ${pause}`;
  }
  const isBackups = routers.some(({ instance }) => instance.basePriority > basePriority);
  if (isBackups) {
    return `when the master says goodbye, ${earlier.node} and ${later.node} both become master ${inSeconds(skewOf(later))} later (the same skew), until the higher address has been heard`;
  }
  const winner = (earlier.address ?? 0) > (later.address ?? 0) ? earlier : later;
  return `who boots first stays master; lost adverts make two after ${inSeconds(downIntervalOf(later))}, and once they are heard again the VIP stays with the higher address, ${winner.node}'s, wherever it was before`;
}

function freePriority({ routers }: Cluster, taken: number): number {
  const used = new Set(routers.map(({ instance }) => instance.basePriority));
  const wanted = taken > ROOM ? taken - ROOM : taken + ROOM;
  for (let distance = 0; distance < HIGHEST; distance++) {
    const found = [wanted - distance, wanted + distance].find(
      (candidate) => candidate >= LOWEST && candidate <= HIGHEST && !used.has(candidate),
    );
    if (found !== undefined) return found;
  }
  return wanted;
}
