import type { Diagnostic } from '@viplab/core';
import { preemptCure } from '../../carp-cure.js';
import {
  type CarpCluster,
  type CarpRouter,
  carpPlaceOf,
  isBalanced,
  isFreeBsdRouter,
  type KernelRouter,
  speaksVrrp,
  sysctlPlaceOf,
  vipNameOf,
  vipsOf,
} from '../../carp-router.js';
import { isBetter, patienceOf, spanText } from '../../carp-timing.js';
import { pairsOf } from '../../cluster.js';
import { finding, type Rule, type Subject } from '../../finding.js';
import { placeText } from '../../router.js';

const preemptPlaceOf = (router: CarpRouter) =>
  router.kind === 'ucarp' ? carpPlaceOf(router, 'preempt') : sysctlPlaceOf(router, 'preempt');

const preemptText = ({ kind, preempt }: CarpRouter): string =>
  kind === 'ucarp' ? (preempt ? '-P' : 'no -P') : `preempt ${preempt ? 1 : 0}`;

/** `preempt` that differs between the nodes of a cluster, where that has an effect. */
export const preemptDiffers: Rule = (subject) =>
  subject.carp.clusters.flatMap((cluster) => {
    const told = new Set<CarpRouter>();
    return pairsOf(cluster.routers).flatMap(([one, other]) => {
      const [better, worse] = isBetter(one, other) ? [one, other] : [other, one];
      const means = effectOf(better, worse);
      const lacking = better.preempt ? worse : better;
      if (means === undefined || told.has(lacking)) return [];
      told.add(lacking);
      return [ofRouter(subject, lacking, lacking === better ? worse : better, means)];
    });
  });

function effectOf(better: CarpRouter, worse: CarpRouter): string | undefined {
  if (better.preempt === worse.preempt || !isBetter(better, worse)) return undefined;
  if (isBalanced(better) || speaksVrrp(better) || speaksVrrp(worse)) return undefined;
  const vip = vipNameOf(better);
  if (!better.preempt)
    return `${better.node} comes back and ${worse.node} keeps ${vip}: only the better one ever preempts, and that is ${better.node}`;
  // Only FreeBSD counts demotion into the skew; OpenBSD's backups need no preempt for a demoted master.
  if (!isFreeBsdRouter(better) || !isFreeBsdRouter(worse)) return undefined;
  return `another NIC of ${better.node} fails and it is demoted, but ${worse.node} does not take ${vip} over: the half that still works stays behind`;
}

function ofRouter(subject: Subject, router: CarpRouter, other: CarpRouter, means: string): Diagnostic {
  const at = preemptPlaceOf(router);
  const there = preemptPlaceOf(other);
  return finding({
    severity: 'warning',
    code: 'carp/preempt-differs',
    at,
    message: `${preemptText(router)}, but ${other.node} has ${preemptText(other)}`,
    hint: `${placeText(there)} says so`,
    means,
    cures: [router.kind === 'ucarp' ? { title: '-P', edits: [] } : preemptCure(subject, router)],
    related: [{ ...there, message: `${other.node}: ${preemptText(other)}` }],
  });
}

/**
 * FreeBSD without preempt, with vhids on several NICs: a node that has lost one of them is demoted, and keeps the others
 * (ip_carp.c `carp_sc_state`).
 */
export const splitWithoutPreempt: Rule = (subject) => {
  const routers = subject.carp.routers.filter(isFreeBsdRouter).filter((router) => !speaksVrrp(router));
  const seen = new Set<string>();
  return routers.flatMap((router) => {
    if (seen.has(router.node)) return [];
    seen.add(router.node);
    const partners = subject.carp.clusters.flatMap((cluster) => partnersOf(cluster, router.node));
    const first = partners[0];
    const second = partners.find(
      ({ own, other }) =>
        first !== undefined && own.port !== first.own.port && isSameWay(first, { own, other }),
    );
    return first === undefined || second === undefined ? [] : [ofSplit(subject, first, second)];
  });
};

interface Partners {
  readonly own: KernelRouter;
  readonly other: KernelRouter;
}

/** What a node and another have in a cluster, neither with preempt. */
function partnersOf({ routers }: CarpCluster, node: string): readonly Partners[] {
  const idle = routers.filter(isFreeBsdRouter).filter(({ preempt }) => !preempt);
  const own = idle.find((router) => router.node === node);
  const others = idle.filter((router) => router.node !== node);
  return own === undefined ? [] : others.map((other) => ({ own, other }));
}

/** Whether the same node is the better one in both: opposite skews share a load, and are to be on two hosts. */
const isSameWay = (first: Partners, second: Partners): boolean =>
  first.other.node === second.other.node &&
  isBetter(first.own, first.other) === isBetter(second.own, second.other);

function ofSplit(subject: Subject, first: Partners, second: Partners): Diagnostic {
  const at = sysctlPlaceOf(first.own, 'preempt');
  const better = isBetter(first.other, first.own) ? first.other : first.own;
  const worse = better === first.own ? first.other : first.own;
  return finding({
    severity: 'warning',
    code: 'carp/split-without-preempt',
    at,
    message: `preempt 0 beside vhids on ${first.own.port} and ${second.own.port}`,
    hint: `${first.own.name} and ${second.own.name} are to be on one host`,
    means: `${better.port} of ${better.node} goes down: ${worse.node} takes ${vipsOf(first.own)[0]} over after ${spanText(patienceOf(worse))}, and ${better.node} keeps ${vipsOf(second.own)[0]}, demoted: two halves on two hosts`,
    cures: [{ ...preemptCure(subject, first.own), title: 'net.inet.carp.preempt=1 in both' }],
    related: [{ ...sysctlPlaceOf(first.other, 'preempt'), message: `${first.other.node} has preempt 0 too` }],
  });
}
