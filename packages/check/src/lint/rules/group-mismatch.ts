import { type Diagnostic, formatIpv4 } from '@viplab/core';
import { firstConflicts } from '../cluster.js';
import { finding, type Rule, relatedTo, whereSaid } from '../finding.js';
import { isWritten, multicastGroupOf, placeOf, type Router } from '../router.js';
import { twoMastersFrom } from './two-masters.js';

/** Different multicast groups in one cluster: a socket is bound to its group (keepalived `open_vrrp_read_socket`). */
export const groupMismatch: Rule = ({ clusters }) =>
  clusters.flatMap((cluster) =>
    firstConflicts(cluster, isAtOdds).map(([earlier, later]) => ofPair(earlier, later)),
  );

function isAtOdds(earlier: Router, later: Router): boolean {
  const [one, other] = [earlier.instance, later.instance];
  if (one.unicast || other.unicast || earlier.segment !== later.segment) return false;
  return multicastGroupOf(earlier) !== multicastGroupOf(later);
}

const saidBy = (router: Router): string => {
  const { config } = router;
  const isOwn = isWritten(router, 'mcast_dst_ip');
  const isGlobal = !isOwn && formatIpv4(config.global.multicastGroup4) !== USUAL_GROUP;
  return `${multicastGroupOf(router)}${isOwn ? '' : isGlobal ? ' (vrrp_mcast_group4)' : ' (the default)'}`;
};

/** RFC 5798 §5.1.1.2. */
const USUAL_GROUP = '224.0.0.18';

function ofPair(earlier: Router, later: Router): Diagnostic {
  const group = multicastGroupOf(earlier);
  return finding({
    severity: 'error',
    code: 'vrrp/group-mismatch',
    at: placeOf(later, 'mcast_dst_ip'),
    message: `${later.instance.name} sends to ${multicastGroupOf(later)}, ${earlier.node} to ${group}`,
    hint: `${whereSaid(earlier, 'mcast_dst_ip')}: ${saidBy(earlier)}`,
    means: `neither hears the other: two masters from ${twoMastersFrom(earlier, later)}, and no log line says so`,
    cures: [
      {
        title: `mcast_dst_ip ${group}`,
        edits: isWritten(later, 'mcast_dst_ip')
          ? [{ range: placeOf(later, 'mcast_dst_ip').range, text: group }]
          : [],
      },
    ],
    related: [relatedTo(earlier, `${earlier.node}: ${saidBy(earlier)}`, 'mcast_dst_ip')],
  });
}
