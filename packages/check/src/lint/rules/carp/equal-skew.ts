import type { Diagnostic } from '@viplab/core';
import { freeSkew, settingCure } from '../../carp-cure.js';
import {
  type CarpCluster,
  type CarpRouter,
  carpPlaceOf,
  carpRelated,
  isBalanced,
  isFreeBsdRouter,
  settingText,
  speaksVrrp,
  type UcarpRouter,
  type VrrpSpeaker,
  vipNameOf,
  whereCarpSaid,
} from '../../carp-router.js';
import { isBetter, patienceOf, precedenceOf, spanText } from '../../carp-timing.js';
import { firstConflicts } from '../../cluster.js';
import { finding, type Rule, type Subject } from '../../finding.js';
import { agreeOnTies, isPreferred } from '../../ucarp-ties.js';

/**
 * Two routers of one cluster with the same advbase and advskew. No address decides between BSD kernels: a master yields
 * to an equal advert (ip_carp.c `carp_input_c`); between ucarps the lower source does (ucarp carp.c `packethandler`).
 */
export const equalSkew: Rule = (subject) =>
  subject.carp.clusters.flatMap((cluster) => [
    ...firstConflicts(cluster, isAtOdds).map(([earlier, later]) => ofPair(subject, cluster, earlier, later)),
    ...firstConflicts({ routers: cluster.routers.filter(speaksVrrp) }, hasSamePriority).map(
      ([earlier, later]) => ofVrrp(subject, earlier, later),
    ),
  ]);

function isAtOdds(earlier: CarpRouter, later: CarpRouter): boolean {
  if (speaksVrrp(earlier) || speaksVrrp(later) || (isBalanced(earlier) && isBalanced(later))) return false;
  if (earlier.kind === 'ucarp' && later.kind === 'ucarp' && !agreeOnTies(earlier, later)) return false;
  // Of skews that only FreeBSD's limit makes equal another rule speaks.
  return precedenceOf(earlier) === precedenceOf(later) && earlier.advskew === later.advskew;
}

function ofPair(subject: Subject, cluster: CarpCluster, earlier: CarpRouter, later: CarpRouter): Diagnostic {
  const { advskew } = later;
  const said = settingText(later, 'advskew', advskew);
  const synced =
    advskew === 0 && isFreeBsdRouter(earlier) && isFreeBsdRouter(later)
      ? ' (as OPNsense once synchronised a skew of 0)'
      : '';
  return finding({
    severity: 'warning',
    code: 'carp/equal-skew',
    at: carpPlaceOf(later, 'advskew'),
    message: `${said}, the same as ${earlier.node}`,
    hint: `${whereCarpSaid(earlier, 'advskew')} says ${settingText(earlier, 'advskew', advskew)} too${synced}`,
    means: meansOf(cluster, earlier, later),
    cures: [settingCure(subject, later, 'advskew', advskew, freeSkew(cluster, advskew))],
    related: [carpRelated(earlier, `${earlier.node} has the same`, 'advskew')],
  });
}

function meansOf({ routers }: CarpCluster, earlier: CarpRouter, later: CarpRouter): string {
  const wait = spanText(patienceOf(later));
  if (earlier.kind === 'ucarp' && later.kind === 'ucarp') {
    const winner = isPreferred(earlier, later) ? earlier : later;
    return `who boots first stays master; lost adverts make two after ${wait}, and once they are heard again the VIP stays with ${winner.node}, whose address is the lower one in its machine's byte order, wherever it was before`;
  }
  const master = routers.find((other) => isBetter(other, later));
  if (master !== undefined)
    return `when ${master.node} leaves, ${earlier.node} and ${later.node} become master in the same instant and each yields to the other's advert: nobody has ${vipNameOf(later)} for ${wait}, again and again, until their clocks differ by more than an advert travels`;
  if (earlier.kind !== later.kind) {
    const [kernel, ucarp] = earlier.kind === 'kernel' ? [earlier, later] : [later, earlier];
    return `of two masters the kernel of ${kernel.node} always yields, ${ucarp.node}'s ucarp only to a lower address: if both do, nobody has ${vipNameOf(later)} for ${wait}`;
  }
  return `no address decides: a master that hears an equal advert yields. Booted together both are master after ${wait}, both yield, and so on for ever: ${vipNameOf(later)} has no owner until their clocks differ by more than an advert travels`;
}

const hasSamePriority = (earlier: VrrpSpeaker, later: VrrpSpeaker): boolean =>
  earlier.iface.vrrp.priority === later.iface.vrrp.priority;

/** FreeBSD's VRRPv3 compares no addresses (ip_carp.c `vrrp_input_c`), as RFC 5798 §6.4.3 would. */
function ofVrrp(subject: Subject, earlier: VrrpSpeaker, later: VrrpSpeaker): Diagnostic {
  const priority = later.iface.vrrp.priority;
  const wanted = priority > 100 ? priority - 50 : priority + 50;
  return finding({
    severity: 'warning',
    code: 'vrrp/equal-priority',
    at: carpPlaceOf(later, 'vrrpprio'),
    message: `vrrpprio ${priority}, the same as ${earlier.node}`,
    hint: `${whereCarpSaid(earlier, 'vrrpprio')} says ${priority} too`,
    means: `FreeBSD compares no addresses: booted together both are master after ${spanText(patienceOf(later))}, and stay so`,
    cures: [settingCure(subject, later, 'vrrpprio', priority, wanted)],
    related: [carpRelated(earlier, `${earlier.node} has vrrpprio ${priority}`, 'vrrpprio')],
  });
}

/** Two ucarps of which each thinks that it, or the other, has the lower address. */
export const mixedByteOrder: Rule = ({ carp }) =>
  carp.clusters.flatMap((cluster) => {
    const routers = cluster.routers.filter((router): router is UcarpRouter => router.kind === 'ucarp');
    return firstConflicts(
      { routers },
      (earlier, later) => precedenceOf(earlier) === precedenceOf(later) && !agreeOnTies(earlier, later),
    ).map(([earlier, later]) => ofMixed(earlier, later));
  });

function ofMixed(earlier: UcarpRouter, later: UcarpRouter): Diagnostic {
  const wait = spanText(patienceOf(later));
  const bothStay = isPreferred(earlier, later);
  return finding({
    severity: 'error',
    code: 'carp/mixed-byte-order',
    at: carpPlaceOf(later, 'advskew'),
    message: `${settingText(later, 'advskew', later.advskew)}, the same as ${earlier.node}, whose machine orders bytes the other way round`,
    hint: `${earlier.node} is ${earlier.byteOrder}-endian, ${later.node} ${later.byteOrder}-endian`,
    means: bothStay
      ? `both think that their own address is the lower one: booted together, or after lost adverts, both are master for good`
      : `both think that the other's address is the lower one: booted together both are master after ${wait}, both yield, again and again`,
    cures: [{ title: `different skews (${settingText(later, 'advskew', later.advskew + 100)})`, edits: [] }],
    related: [carpRelated(earlier, `${earlier.node} has the same`, 'advskew')],
  });
}
