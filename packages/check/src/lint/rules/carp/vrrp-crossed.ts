import type { Diagnostic } from '@viplab/core';
import { settingCure } from '../../carp-cure.js';
import {
  carpPlaceOf,
  carpRelated,
  speaksVrrp,
  type VrrpSpeaker,
  vipNameOf,
  whereCarpSaid,
} from '../../carp-router.js';
import { intervalOf, shortSpan } from '../../carp-timing.js';
import { firstConflicts } from '../../cluster.js';
import { finding, type Rule, type Subject } from '../../finding.js';

/**
 * FreeBSD's VRRPv3 prefers the higher priority, and the shorter interval (ip_carp.c `vrrp_input_c`): of two routers each
 * can be the better one.
 */
export const vrrpCrossed: Rule = (subject) =>
  subject.carp.clusters.flatMap(({ routers }) =>
    firstConflicts({ routers: routers.filter(speaksVrrp) }, areCrossed).map(([earlier, later]) =>
      ofPair(subject, earlier, later),
    ),
  );

function areCrossed(earlier: VrrpSpeaker, later: VrrpSpeaker): boolean {
  const [one, other] = [earlier.iface.vrrp, later.iface.vrrp];
  // Only where both preempt does one ever give the other cause to.
  if (!earlier.preempt || !later.preempt) return false;
  return (one.priority - other.priority) * (one.intervalCs - other.intervalCs) > 0;
}

function ofPair(subject: Subject, earlier: VrrpSpeaker, later: VrrpSpeaker): Diagnostic {
  const [one, other] = [earlier.iface.vrrp, later.iface.vrrp];
  const isHigher = other.priority > one.priority;
  return finding({
    severity: 'error',
    code: 'carp/vrrp-crossed',
    at: carpPlaceOf(later, 'vrrpinterval', 'vrrpprio'),
    message: `${isHigher ? 'higher priority but longer' : 'lower priority but shorter'} interval (${shortSpan(intervalOf(later))}) than ${earlier.node}`,
    hint: `${whereCarpSaid(earlier, 'vrrpinterval', 'vrrpprio')}: ${one.priority} and ${shortSpan(intervalOf(earlier))}`,
    means: `one is preferred for its priority and the other for its interval: each preempts the other at each advert, and ${vipNameOf(later)} never comes to rest`,
    cures: [settingCure(subject, later, 'vrrpinterval', other.intervalCs, one.intervalCs)],
    related: [carpRelated(earlier, `${earlier.node} has ${one.priority}`, 'vrrpprio')],
  });
}
