import { type Diagnostic, SECOND } from '@viplab/core';
import { settingCure } from '../../carp-cure.js';
import {
  type CarpCluster,
  carpPlaceOf,
  carpRelated,
  settingText,
  type UcarpRouter,
  vipNameOf,
} from '../../carp-router.js';
import { formulaOf, hearingDelayOf, isBetter, patienceOf, spanText } from '../../carp-timing.js';
import { finding, type Rule, type Subject } from '../../finding.js';

const isUcarp = (router: CarpCluster['routers'][number]): router is UcarpRouter => router.kind === 'ucarp';

/** ucarp takes addresses to nobody: its scripts do (ucarp carp.c `carp_set_state`, spawn.c). */
export const scriptMissing: Rule = ({ carp }) =>
  carp.routers.filter(isUcarp).flatMap((router) => {
    const { upScript, downScript } = router.ucarp;
    if (upScript === null) return [withoutUp(router)];
    const adds = upScript.changes.some(({ op }) => op === 'add');
    return adds && downScript === null ? [withoutDown(router)] : [];
  });

const withoutUp = (router: UcarpRouter): Diagnostic =>
  finding({
    severity: 'error',
    code: 'carp/no-script',
    at: carpPlaceOf(router),
    message: `ucarp has no up script: nobody adds ${vipNameOf(router)}`,
    means: `${router.node} becomes master and says so by gratuitous ARP, and its kernel does not have the address: clients are sent to it and get no answer`,
    cures: [{ title: '-u with a script that has  ip addr add $2/24 dev $1', edits: [] }],
  });

const withoutDown = (router: UcarpRouter): Diagnostic =>
  finding({
    severity: 'error',
    code: 'carp/no-script',
    at: carpPlaceOf(router),
    message: `ucarp has an up script and no down script: nobody removes ${vipNameOf(router)}`,
    means: `${router.node} yields and keeps the address: two owners, for good`,
    cures: [{ title: '-d with a script that has  ip addr del $2/24 dev $1', edits: [] }],
  });

/** How much later than its formula says a ucarp may be until that is told. */
const LATE = SECOND;
/** The usual dead ratio: with less ucarp is late by rounding alone. */
const USUAL_RATIO = 3;
/** The usual skew of a second node. */
const USUAL_SKEW = 100;

const lateness = (router: UcarpRouter): number => patienceOf(router) - formulaOf(router);

/** A ucarp looks at the clock once per advert interval: its skew counts as often as the dead ratio says. */
export const ucarpLate: Rule = (subject) =>
  subject.carp.clusters.flatMap((cluster) =>
    cluster.routers.filter(isUcarp).flatMap((router) => {
      const isBackup = cluster.routers.some((other) => isBetter(other, router));
      const isLate = router.deadRatio >= USUAL_RATIO && lateness(router) >= LATE;
      return isBackup && isLate ? [ofLate(subject, cluster, router)] : [];
    }),
  );

function ofLate(subject: Subject, cluster: CarpCluster, router: UcarpRouter): Diagnostic {
  const { advskew } = router;
  const used = new Set(cluster.routers.map((other) => other.advskew));
  const kept = hearingDelayOf(router) > 0 ? ', which libpcap may keep back for a second' : '';
  const skews = Array.from({ length: USUAL_SKEW }, (_, index) => USUAL_SKEW - index);
  const wanted = skews.find((skew) => !used.has(skew) && lateness({ ...router, advskew: skew }) < LATE) ?? 1;
  return finding({
    severity: 'warning',
    code: 'carp/ucarp-late',
    at: carpPlaceOf(router, 'advskew'),
    message: `${settingText(router, 'advskew', advskew)} makes ${router.node} wait ${spanText(patienceOf(router))}, not ${spanText(formulaOf(router))}`,
    hint: 'ucarp looks at the clock once per interval',
    means: `the master dies, and ${router.node} takes ${vipNameOf(router)} over up to ${spanText(patienceOf(router) + hearingDelayOf(router))} after its last advert${kept}`,
    cures: [settingCure(subject, router, 'advskew', advskew, wanted)],
  });
}

/** ucarp in one cluster with a kernel: they understand each other, and have different MAC addresses. */
export const ucarpBesideKernel: Rule = ({ carp }) =>
  carp.clusters.flatMap(({ routers }) => {
    const kernel = routers.find(({ kind }) => kind === 'kernel');
    if (kernel === undefined) return [];
    return routers.filter(isUcarp).map((router) =>
      finding({
        severity: 'warning',
        code: 'carp/ucarp-beside-kernel',
        at: carpPlaceOf(router, 'vhid'),
        message: `ucarp has its own MAC address for ${vipNameOf(router)}, the kernel of ${kernel.node} a virtual one`,
        hint: `vhid ${router.vhid} of both`,
        means: `with a takeover ${vipNameOf(router)} gets another MAC address: a client that does not hear the gratuitous ARP sends to the old one until its entry is given up`,
        cures: [{ title: 'the same implementation on all nodes', edits: [] }],
        related: [carpRelated(kernel, `${kernel.node} has it in its kernel`, 'vhid')],
      }),
    );
  });
