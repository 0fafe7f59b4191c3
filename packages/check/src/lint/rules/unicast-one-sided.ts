import { type Diagnostic, formatIp, formatIpv4 } from '@viplab/core';
import { type Cluster, pairsOf } from '../cluster.js';
import { finding, type Rule, relatedTo, whereSaid } from '../finding.js';
import { downIntervalOf, inSeconds, lists, placeOf, type Router } from '../router.js';
import { twoMastersFrom } from './two-masters.js';

/**
 * Adverts that only one of two routers sends to the other. A unicast instance is never handed multicast adverts and
 * the other way round: its socket is bound to its own address, or to the group (keepalived `open_vrrp_read_socket`).
 */
export const unicastOneSided: Rule = ({ clusters }) => clusters.flatMap(ofCluster);

function ofCluster({ routers }: Cluster): readonly Diagnostic[] {
  return pairsOf(routers).flatMap(([earlier, later]): readonly Diagnostic[] => {
    const [one, other] = [earlier.instance.unicast, later.instance.unicast];
    if (!one && !other) return [];
    if (one !== other) return [one ? beside(earlier, later) : beside(later, earlier)];
    const [forth, back] = [lists(earlier, later), lists(later, earlier)];
    if (forth && back) return [];
    if (forth) return [mute(later, earlier)];
    if (back) return [mute(earlier, later)];
    return [strangers(earlier, later)];
  });
}

const addressOf = ({ address, node }: Router): string => (address === undefined ? node : formatIpv4(address));

/** One speaks unicast, the other multicast. */
function beside(unicast: Router, multicast: Router): Diagnostic {
  return finding({
    severity: 'error',
    code: 'vrrp/unicast-one-sided',
    at: placeOf(unicast, 'unicast_peer'),
    message: `${multicast.node} has no unicast_peer for ${unicast.node}`,
    hint: `${whereSaid(multicast)}: ${multicast.instance.name} uses multicast`,
    means: `neither hears the other: two masters from ${twoMastersFrom(unicast, multicast)}, and no log line says so`,
    cures: [{ title: `unicast_peer { ${addressOf(unicast)} } in ${multicast.node}`, edits: [] }],
    related: [relatedTo(multicast, `${multicast.node} uses multicast`)],
  });
}

/** Both speak unicast, to others. */
function strangers(earlier: Router, later: Router): Diagnostic {
  return finding({
    severity: 'error',
    code: 'vrrp/unicast-one-sided',
    at: placeOf(later, 'unicast_peer'),
    message: `neither ${earlier.node} nor ${later.node} has a unicast_peer for the other`,
    hint: `${whereSaid(earlier, 'unicast_peer')}: ${peersOf(earlier)}`,
    means: `neither hears the other: two masters from ${twoMastersFrom(earlier, later)}, and no log line says so`,
    cures: [
      {
        title: `unicast_peer { ${addressOf(earlier)} } here, { ${addressOf(later)} } in ${earlier.node}`,
        edits: [],
      },
    ],
    related: [relatedTo(earlier, `${earlier.node}: ${peersOf(earlier)}`, 'unicast_peer')],
  });
}

function peersOf({ instance }: Router): string {
  const peers = instance.unicastPeers.map(({ address }) => formatIp(address.address));
  return `peers ${peers.join(', ')}`;
}

/** One is told of, and does not answer: what it sends never gets to the other. */
function mute(silent: Router, deaf: Router): Diagnostic {
  const isHigher = silent.instance.basePriority > deaf.instance.basePriority;
  return finding({
    severity: isHigher ? 'error' : 'warning',
    code: 'vrrp/unicast-one-sided',
    at: placeOf(silent, 'unicast_peer'),
    message: `unicast_peer lists no ${deaf.node} (${addressOf(deaf)}), which lists ${silent.node}`,
    hint: `${whereSaid(deaf, 'unicast_peer')}: ${peersOf(deaf)}`,
    means: isHigher
      ? `${deaf.node} never hears ${silent.node}: two masters from ${twoMastersFrom(silent, deaf)}`
      : `it works while ${deaf.node} is master; what ${silent.node} says as master never gets to ${deaf.node}, which takes over ${inSeconds(downIntervalOf(deaf))} after its start whatever its priority or nopreempt says`,
    cures: [{ title: `${addressOf(deaf)} in unicast_peer`, edits: [] }],
    related: [relatedTo(deaf, `${deaf.node}: ${peersOf(deaf)}`, 'unicast_peer')],
  });
}
