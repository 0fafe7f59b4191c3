import {
  type Diagnostic,
  formatIp,
  formatMac,
  type IpAddress,
  MICROSECOND,
  VRRP_GROUP,
  VRRP_GROUP_IPV6,
  virtualRouterMac,
} from '@viplab/core';
import { rewrite } from '../../carp-cure.js';
import {
  type CarpRouter,
  carpPlaceOf,
  carpRelated,
  type KernelRouter,
  settingText,
  sharesVip,
  vipNameOf,
  writtenAt,
} from '../../carp-router.js';
import { sharedMacOf } from '../../carp-shared-mac.js';
import { intervalOf } from '../../carp-timing.js';
import { finding, type Rule, type Subject } from '../../finding.js';
import { downIntervalOf, inSeconds, placeOf, type Router, vipOf } from '../../router.js';

/** Largest vhid (carp(4)). */
const LAST_VHID = 255;

/** Somebody else who has the number, and what comes of it. */
interface Twin {
  readonly node: string;
  /** `vhid 1 of carp0 with .150` */
  readonly what: string;
  readonly means: string;
  readonly severity: 'error' | 'warning';
  readonly related: NonNullable<Diagnostic['related']>[number];
}

/**
 * A vhid that another cluster on the LAN has, or keepalived as its VRID. Two masters send from one virtual MAC address, and
 * switches send frames for both to whoever sent last; and keepalived's master puts its own advert off for each packet of
 * its VRID (`vrrp_dispatcher_read`), CARP's too, which have the same protocol number.
 */
export const vhidReused: Rule = (subject) =>
  subject.carp.clusters.flatMap(({ routers }, index) => {
    const foreign = subject.carp.clusters.slice(0, index).flatMap((cluster) => cluster.routers);
    return routers.flatMap((router) => {
      const twin = carpTwinOf(router, foreign) ?? keepalivedTwinOf(subject, router);
      return twin === undefined ? [] : [ofRouter(subject, router, twin)];
    });
  });

const oneMac = (router: KernelRouter): string =>
  `both masters send from ${formatMac(sharedMacOf(router))}: with each advert the switches learn it at another port, and clients of either address are sent to whoever advertised last`;

/** ucarp's adverts come from another block of addresses, and its virtual addresses have the NIC's own. */
function carpTwinOf(router: CarpRouter, foreign: readonly CarpRouter[]): Twin | undefined {
  if (router.kind === 'ucarp') return undefined;
  const other = foreign.find(
    (candidate) =>
      candidate.kind === 'kernel' &&
      candidate.segment === router.segment &&
      // Of what shares an address other rules speak, and balanced vhids share their MAC address by design.
      !sharesVip(candidate, router) &&
      sharedMacOf(candidate) === sharedMacOf(router),
  );
  if (other === undefined) return undefined;
  const what = `vhid ${other.vhid} of ${other.name} with ${vipNameOf(other)}`;
  return {
    node: other.node,
    what,
    means: oneMac(router),
    severity: 'error',
    related: carpRelated(other, `${other.node} has ${what}`, 'vhid', 'carpnodes'),
  };
}

function keepalivedTwinOf({ routers, clusters }: Subject, router: CarpRouter): Twin | undefined {
  const other = routers.find(
    (candidate) => hearsCarp(candidate, router) || sendsFromSameMac(candidate, router),
  );
  if (other === undefined) return undefined;
  const what = `VRID ${other.instance.virtualRouterId} of ${other.instance.name} with ${vipOf(other)}`;
  const backups = (clusters.find((cluster) => cluster.routers.includes(other))?.routers ?? []).filter(
    (each) => each !== other,
  );
  const isSilenced =
    hearsCarp(other, router) && intervalOf(router) <= other.instance.advertIntervalUs * MICROSECOND;
  const isClash = router.kind === 'kernel' && sendsFromSameMac(other, router);
  const means = [
    ...(hearsCarp(other, router) ? [silence(other, backups, isSilenced)] : []),
    ...(isClash ? [oneMac(router)] : []),
  ];
  return {
    node: other.node,
    what,
    severity: isClash || (isSilenced && backups.length > 0) ? 'error' : 'warning',
    means: means.join('; '),
    related: { ...placeOf(other, 'virtual_router_id'), message: `${other.node} has ${what}` },
  };
}

/** What adverts of CARP do to keepalived: they come before its own are due, or they put those off. */
function silence(master: Router, backups: readonly Router[], isSilenced: boolean): string {
  const start = `each advert of CARP restarts the advert timer of ${master.node}'s keepalived`;
  if (!isSilenced) return `${start}, and its log says that the packet is too short`;
  const wait = inSeconds(Math.min(...backups.map((backup) => downIntervalOf(backup))));
  return backups.length === 0
    ? `${start}: as master it falls silent`
    : `${start}: as master it falls silent, and a backup takes over ${wait} later, again and again`;
}

/** Whether a keepalived is handed the adverts of a CARP router, and takes them for some of its VRID. */
function hearsCarp({ instance, node, segment, behaviour }: Router, router: CarpRouter): boolean {
  if (behaviour === 'rfc' || node === router.node || segment !== router.segment) return false;
  if (instance.unicast || instance.virtualRouterId !== router.vhid) return false;
  const group = groupOf(router, instance.family);
  return group !== undefined && formatIp(group) === formatIp(instance.multicastGroup.address);
}

/** Where its adverts of a family go, if it has any and they go to a group. */
function groupOf(router: CarpRouter, family: 'inet' | 'inet6'): IpAddress | undefined {
  const kind = family === 'inet' ? 'number' : 'string';
  if (!router.addresses.some((address) => typeof address === kind)) return undefined;
  if (router.kind === 'ucarp') return router.ucarp.multicastGroup;
  const { peer, peerIpv6 } = router.iface;
  if (family === 'inet') return peer === null ? VRRP_GROUP : undefined;
  return peerIpv6 === null ? VRRP_GROUP_IPV6 : undefined;
}

/** VRRP over IPv6 has another block of addresses (RFC 5798 §7.3). */
function sendsFromSameMac({ instance, segment }: Router, router: CarpRouter): boolean {
  const { family, virtualMac, virtualRouterId } = instance;
  if (router.kind === 'ucarp' || segment !== router.segment) return false;
  if (family !== 'inet' || virtualMac?.kind !== 'vmac') return false;
  return (virtualMac.mac ?? virtualRouterMac(virtualRouterId)) === sharedMacOf(router);
}

function ofRouter(subject: Subject, router: CarpRouter, twin: Twin): Diagnostic {
  const free = freeVhid(subject, router);
  return finding({
    severity: twin.severity,
    code: 'carp/vhid-reused',
    at: carpPlaceOf(router, 'vhid', 'carpnodes'),
    message: `vhid ${router.vhid} is used by others on this LAN`,
    hint: `${twin.node}: ${twin.what}; here ${router.name} with ${vipNameOf(router)}`,
    means: twin.means,
    cures:
      free === undefined
        ? []
        : [
            {
              title: settingText(router, 'vhid', free),
              edits: rewrite(subject, writtenAt(router, 'vhid'), router.vhid, free),
            },
          ],
    related: [twin.related],
  });
}

/** The next vhid that is neither a vhid nor a VRID on this LAN. */
function freeVhid({ carp, routers }: Subject, { segment, vhid }: CarpRouter): number | undefined {
  const used = new Set([
    ...carp.routers.filter((router) => router.segment === segment).map((router) => router.vhid),
    ...routers.filter((router) => router.segment === segment).map(({ instance }) => instance.virtualRouterId),
  ]);
  return Array.from({ length: LAST_VHID }, (_, index) => ((vhid + index) % LAST_VHID) + 1).find(
    (candidate) => !used.has(candidate),
  );
}
