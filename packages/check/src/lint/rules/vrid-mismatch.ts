import type { Diagnostic } from '@viplab/core';
import { sharesAddress } from '../cluster.js';
import { finding, type Rule, relatedTo, whereSaid } from '../finding.js';
import { placeOf, type Router, vipOf } from '../router.js';
import { bothForGood } from './two-masters.js';

/** One address under two VRIDs on one LAN: two elections, and each has its winner. */
export const vridMismatch: Rule = ({ routers }) =>
  routers.flatMap((later, index) => {
    const earlier = routers.slice(0, index).find((candidate) => isAtOdds(candidate, later));
    return earlier === undefined ? [] : [ofPair(earlier, later)];
  });

function isAtOdds(earlier: Router, later: Router): boolean {
  const [one, other] = [earlier.instance, later.instance];
  if (earlier.node === later.node || one.family !== other.family) return false;
  if (earlier.segment !== later.segment || one.virtualRouterId === other.virtualRouterId) return false;
  return sharesAddress(earlier, later);
}

function ofPair(earlier: Router, later: Router): Diagnostic {
  const [one, other] = [earlier.instance.virtualRouterId, later.instance.virtualRouterId];
  return finding({
    severity: 'error',
    code: 'vrrp/vrid-mismatch',
    at: placeOf(later, 'virtual_router_id'),
    message: `${vipOf(later)} has VRID ${other} here and ${one} on ${earlier.node}`,
    hint: `${whereSaid(earlier, 'virtual_router_id')} says ${one}`,
    means: `two elections for one address: ${bothForGood(earlier, later)}; only log_unknown_vrids would say so`,
    cures: [
      {
        title: `virtual_router_id ${one}`,
        edits: [{ range: placeOf(later, 'virtual_router_id').range, text: String(one) }],
      },
    ],
    related: [relatedTo(earlier, `${earlier.node} has VRID ${one}`, 'virtual_router_id')],
  });
}
