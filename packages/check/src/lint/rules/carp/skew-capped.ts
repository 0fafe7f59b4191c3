import type { Diagnostic } from '@viplab/core';
import { freeSkew, settingCure } from '../../carp-cure.js';
import {
  type CarpCluster,
  type CarpRouter,
  carpPlaceOf,
  carpRelated,
  isFreeBsdRouter,
  type KernelRouter,
  speaksVrrp,
  vipNameOf,
} from '../../carp-router.js';
import { HIGHEST_ADVERTISED, isBetter, patienceOf, precedenceOf, spanText } from '../../carp-timing.js';
import { finding, type Rule, type Subject } from '../../finding.js';

/**
 * Skews of FreeBSD that are advertised as 240 (ip_carp.c `DEMOTE_ADVSKEW`, CARP_MAXSKEW): they are equal on the wire,
 * among each other and to a demoted master.
 */
export const skewCapped: Rule = (subject) =>
  subject.carp.clusters.flatMap((cluster) =>
    cluster.routers.flatMap((router, index) => {
      if (!isCapped(router)) return [];
      const twin = cluster.routers
        .slice(0, index)
        .find((other) => other.advskew !== router.advskew && precedenceOf(other) === precedenceOf(router));
      if (twin !== undefined) return [ofTwins(twin, router)];
      return besideDemoted(subject, cluster, router);
    }),
  );

const isCapped = (router: CarpRouter): router is KernelRouter =>
  isFreeBsdRouter(router) && !speaksVrrp(router) && router.advskew >= HIGHEST_ADVERTISED;

function ofTwins(twin: CarpRouter, router: KernelRouter): Diagnostic {
  const { advskew } = router;
  return finding({
    severity: 'warning',
    code: 'carp/skew-capped',
    at: carpPlaceOf(router, 'advskew'),
    message: `advskew ${advskew} is advertised as ${Math.min(advskew, HIGHEST_ADVERTISED)}, as ${twin.node}'s ${twin.advskew} is`,
    hint: `FreeBSD advertises ${HIGHEST_ADVERTISED} at most`,
    means: `equal adverts: ${vipNameOf(router)} goes to whoever is master first, and of two masters that hear each other both yield, and nobody has it for ${spanText(patienceOf(router))}`,
    cures: [{ title: 'advskew 100 here and 0 in the other, or what else is below 240', edits: [] }],
    related: [carpRelated(twin, `${twin.node} has ${twin.advskew}`, 'advskew')],
  });
}

/** A backup that is no better than a master whose skew demotion has raised to the limit. */
function besideDemoted(subject: Subject, cluster: CarpCluster, router: KernelRouter): readonly Diagnostic[] {
  const master = cluster.routers.find(
    (other) => isFreeBsdRouter(other) && isBetter(other, router) && other.advbase === router.advbase,
  );
  // Without preempt it would not take over from a demoted master anyway.
  if (master === undefined || !router.preempt) return [];
  const { advskew } = router;
  return [
    finding({
      severity: 'warning',
      code: 'carp/skew-capped',
      at: carpPlaceOf(router, 'advskew'),
      message: `advskew ${advskew} is no better than that of a demoted master, ${HIGHEST_ADVERTISED}`,
      hint: `FreeBSD advertises ${HIGHEST_ADVERTISED} at most, demoted or not`,
      means: `another NIC of ${master.node} fails, it is demoted and advertises ${HIGHEST_ADVERTISED}: ${router.node} does not take ${vipNameOf(router)} over`,
      cures: [settingCure(subject, router, 'advskew', advskew, freeSkew(cluster, advskew))],
      related: [carpRelated(master, `${master.node} has ${master.advskew}`, 'advskew')],
    }),
  ];
}
