import type { Diagnostic } from '@viplab/core';
import { type CarpCluster, type CarpRouter, carpPlaceOf, speaksVrrp, vipNameOf } from '../../carp-router.js';
import { isBetter, patienceOf, spanText } from '../../carp-timing.js';
import { finding, type Rule } from '../../finding.js';

/**
 * A vhid with IPv4 and IPv6 addresses has a timer for each, and either makes it master (`carp_setrun`). Noted where some
 * nodes have IPv6 on that interface and others do not.
 */
export const dualStack: Rule = ({ carp }) =>
  carp.clusters.flatMap((cluster) => {
    const both = cluster.routers.filter((router) => isDual(router) && !speaksVrrp(router));
    const lacking = both.filter(({ hasOwnIpv6 }) => !hasOwnIpv6);
    return lacking.length === both.length ? [] : lacking.map((router) => ofRouter(cluster, router));
  });

const isDual = ({ addresses }: CarpRouter): boolean =>
  addresses.some((address) => typeof address === 'number') &&
  addresses.some((address) => typeof address === 'string');

function ofRouter({ routers }: CarpCluster, router: CarpRouter): Diagnostic {
  const other = routers.find((each) => each !== router) ?? router;
  const backup = isBetter(router, other) ? other : router;
  return finding({
    severity: 'note',
    code: 'carp/dual-stack',
    at: carpPlaceOf(router, 'address'),
    message: `vhid ${router.vhid} has IPv4 and IPv6 addresses, and ${router.port} of ${router.node} no IPv6 address of its own`,
    means: `each family has adverts and a timer of its own: where those of one do not pass, ${backup.node} takes ${vipNameOf(router)} over ${spanText(patienceOf(backup))} after the last it heard, and yields at the next of the other, for ever`,
    cures: [{ title: 'a vhid for each family', edits: [] }],
  });
}
