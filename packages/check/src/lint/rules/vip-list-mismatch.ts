import type { Diagnostic, SourcePlace } from '@viplab/core';
import { firstConflicts } from '../cluster.js';
import { finding, type Rule, relatedTo, whereSaid } from '../finding.js';
import { advertisedOf, placeOf, type Router } from '../router.js';
import { bothForGood } from './two-masters.js';

/** Different `virtual_ipaddress` lists under one VRID: keepalived 2.2.7 rejects such adverts (`vrrp_check_packet`). */
export const vipListMismatch: Rule = ({ clusters }) =>
  clusters.flatMap((cluster) =>
    firstConflicts(
      cluster,
      (earlier, later) => missingIn(earlier, later).length + missingIn(later, earlier).length > 0,
    ).map(([earlier, later]) => ofPair(earlier, later)),
  );

/** What `router` has and the other has not. */
function missingIn(other: Router, router: Router): readonly string[] {
  const known = new Set(advertisedOf(other));
  return advertisedOf(router).filter((address) => !known.has(address));
}

function ofPair(earlier: Router, later: Router): Diagnostic {
  const [more, less] = [missingIn(earlier, later), missingIn(later, earlier)];
  const surplus = more[0] === undefined ? undefined : entryOf(later, more[0]);
  const message =
    surplus === undefined
      ? `${less.join(', ')} is missing, which ${earlier.node} has`
      : `${more.join(', ')} is not in ${earlier.node}'s list`;
  return finding({
    severity: 'error',
    code: 'vrrp/vip-list-mismatch',
    at: surplus ?? placeOf(later, 'virtual_ipaddress'),
    message,
    hint: `${whereSaid(earlier, 'virtual_ipaddress')}: ${advertisedOf(earlier).join(', ')}`,
    means: `each rejects the other's adverts (keepalived before 2.3.3): ${bothForGood(earlier, later)}; later releases accept them, and what only the backup has is on nobody`,
    cures: [{ title: 'the same virtual_ipaddress in both', edits: [] }],
    related: [
      relatedTo(earlier, `${earlier.node} has ${advertisedOf(earlier).join(', ')}`, 'virtual_ipaddress'),
    ],
  });
}

function entryOf(router: Router, address: string): SourcePlace | undefined {
  const index = advertisedOf(router).indexOf(address);
  const entry = router.instance.virtualAddresses[index];
  if (entry === undefined) return undefined;
  const { start } = entry.origin.range;
  return entry.origin.range.end.line === start.line ? entry.origin : undefined;
}
