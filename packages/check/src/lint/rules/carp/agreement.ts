import type { Diagnostic } from '@viplab/core';
import { rewrite } from '../../carp-cure.js';
import {
  type CarpRouter,
  carpPlaceOf,
  carpRelated,
  digestedText,
  isBalanced,
  isOpenBsdRouter,
  settingText,
  speaksVrrp,
  vipNameOf,
  vipsOf,
  whereCarpSaid,
  writtenAt,
} from '../../carp-router.js';
import { bothCarpForGood, isBetter, patienceOf, spanText } from '../../carp-timing.js';
import { firstConflicts } from '../../cluster.js';
import { finding, type Rule, type Subject } from '../../finding.js';
import { addressesOf, placeOf, placeText } from '../../router.js';

/** Characters of a password that count (strlcpy into 20 bytes; ucarp refuses more). */
const PASSWORD_LENGTH = 19;

const areBothCarp = (one: CarpRouter, other: CarpRouter): boolean => !speaksVrrp(one) && !speaksVrrp(other);

/** Different passwords in one cluster: each drops what the other says (`carp_hmac_verify`). */
export const passwordMismatch: Rule = (subject) =>
  subject.carp.clusters.flatMap((cluster) =>
    firstConflicts(
      cluster,
      (earlier, later) => areBothCarp(earlier, later) && earlier.password !== later.password,
    ).map(([earlier, later]) => ofPasswords(subject, earlier, later)),
  );

function ofPasswords(subject: Subject, earlier: CarpRouter, later: CarpRouter): Diagnostic {
  const at = carpPlaceOf(later, 'pass', 'o');
  return finding({
    severity: 'error',
    code: 'carp/password-mismatch',
    at,
    message:
      later.password === ''
        ? `no password, but ${earlier.node} has one`
        : `the password differs from ${earlier.node}'s`,
    hint: `${whereCarpSaid(earlier, 'pass', 'o')} (the first ${PASSWORD_LENGTH} characters count)`,
    means: `each rejects the other's adverts: ${bothCarpForGood(earlier, later)}`,
    cures: [
      {
        title: 'the same password in both',
        edits:
          earlier.password === ''
            ? []
            : rewrite(subject, writtenAt(later, 'pass'), later.password, earlier.password),
      },
    ],
    related: [carpRelated(earlier, `${earlier.node} has another`, 'pass', 'o')],
  });
}

/** Different addresses under one vhid: they are all in the digest, of both families (`carp_hmac_prepare`). */
export const carpVipListMismatch: Rule = ({ carp }) =>
  carp.clusters.flatMap((cluster) =>
    firstConflicts(
      cluster,
      (earlier, later) =>
        areBothCarp(earlier, later) && !(agree(earlier, later) && hasIpv6(earlier) === hasIpv6(later)),
    ).map(([earlier, later]) => ofLists(earlier, later)),
  );

/** OpenBSD leaves link-local addresses out of what it sends, and takes them or leaves them in what it hears. */
function believes(listener: CarpRouter, sender: CarpRouter): boolean {
  const heard = digestedText(sender, !isOpenBsdRouter(sender));
  if (heard === digestedText(listener, true)) return true;
  return isOpenBsdRouter(listener) && heard === digestedText(listener, false);
}

const agree = (one: CarpRouter, other: CarpRouter): boolean => believes(one, other) && believes(other, one);

const hasIpv6 = ({ addresses }: CarpRouter): boolean =>
  addresses.some((address) => typeof address === 'string');

/** Who has IPv6 waits for its adverts, though IPv4's are heard. */
function meansOfLists(earlier: CarpRouter, later: CarpRouter, isFamily: boolean): string {
  if (!agree(earlier, later))
    return `all addresses of a vhid are in its digest${isFamily ? ', IPv6 in that of IPv4 adverts too' : ''}, so each rejects the other's adverts: ${bothCarpForGood(earlier, later)}`;
  const [more, less] = hasIpv6(later) ? [later, earlier] : [earlier, later];
  return `as a backup ${more.node} waits for IPv6 adverts that ${less.node} never sends: it takes ${vipNameOf(more)} over after ${spanText(patienceOf(more))} and yields at the next IPv4 advert, again and again`;
}

function ofLists(earlier: CarpRouter, later: CarpRouter): Diagnostic {
  const [mine, theirs] = [vipsOf(later), vipsOf(earlier)];
  const more = mine.filter((address) => !theirs.includes(address));
  const less = theirs.filter((address) => !mine.includes(address));
  const waiting = hasIpv6(later) ? later : earlier;
  const alone = [earlier, later].find(({ kind }) => kind === 'ucarp');
  const isFamily = less.concat(more).every((address) => address.includes(':'));
  const message =
    more.length + less.length === 0
      ? `OpenBSD leaves the link-local addresses of vhid ${later.vhid} out of its digest, FreeBSD does not`
      : more.length > 0
        ? `${more.join(', ')} is not in ${earlier.node}'s list for vhid ${later.vhid}`
        : `${less.join(', ')} is missing, which ${earlier.node} has for vhid ${later.vhid}`;
  const title =
    alone === undefined
      ? 'the same addresses in both, added to both at the same time'
      : `a vhid of its own for each address: ucarp knows one`;
  return finding({
    severity:
      agree(earlier, later) && isBetter(waiting, waiting === later ? earlier : later) ? 'warning' : 'error',
    code: 'carp/vip-list-mismatch',
    at: carpPlaceOf(later, 'address'),
    message,
    hint: `${whereCarpSaid(earlier, 'address')}: ${theirs.join(', ')}`,
    means: meansOfLists(earlier, later, isFamily),
    cures: [{ title, edits: [] }],
    related: [carpRelated(earlier, `${earlier.node} has ${theirs.join(', ')}`, 'address')],
  });
}

/** CARP and VRRPv3 under one vhid (FreeBSD `carpver`): each drops the other's version. */
export const carpVersionMismatch: Rule = ({ carp }) =>
  carp.clusters.flatMap((cluster) =>
    firstConflicts(cluster, (earlier, later) => speaksVrrp(earlier) !== speaksVrrp(later)).map(
      ([earlier, later]) => {
        const [own, other] = speaksVrrp(later) ? ['VRRPv3', 'CARP'] : ['CARP', 'VRRPv3'];
        return finding({
          severity: 'error',
          code: 'carp/version-mismatch',
          at: carpPlaceOf(later, 'carpver', 'vrrpprio', 'vhid'),
          message: `vhid ${later.vhid} speaks ${own} here and ${other} on ${earlier.node}`,
          hint: `${whereCarpSaid(earlier, 'carpver', 'vrrpprio', 'vhid')}: ${other}`,
          means: `each rejects the other's adverts: ${bothCarpForGood(earlier, later)}`,
          cures: [{ title: 'the same carpver in both', edits: [] }],
          related: [carpRelated(earlier, `${earlier.node} speaks ${other}`, 'carpver', 'vrrpprio', 'vhid')],
        });
      },
    ),
  );

/** One address under two vhids, or under CARP and keepalived, on one LAN: two elections, and each has its winner. */
export const vhidMismatch: Rule = (subject) =>
  subject.carp.routers.flatMap((later, index) => {
    if (isBalanced(later)) return [];
    const earlier = subject.carp.routers
      .slice(0, index)
      .find((candidate) => isElsewhere(subject, candidate, later));
    if (earlier !== undefined) return [ofVhids(subject, earlier, later)];
    return besideKeepalived(subject, later);
  });

/** Vhids under which a node holds an address: with ARP balancing they are several. */
const vhidsOf = (
  { carp }: Subject,
  { node, segment }: CarpRouter,
  address: CarpRouter['addresses'][number],
) =>
  carp.routers
    .filter((router) => router.node === node && router.segment === segment)
    .filter(({ addresses }) => addresses.includes(address))
    .map(({ vhid }) => vhid);

function isElsewhere(subject: Subject, earlier: CarpRouter, later: CarpRouter): boolean {
  if (isBalanced(earlier) || earlier.node === later.node || earlier.segment !== later.segment) return false;
  return later.addresses.some((address) => {
    if (!earlier.addresses.includes(address)) return false;
    const [one, other] = [vhidsOf(subject, earlier, address), vhidsOf(subject, later, address)];
    return !one.some((vhid) => other.includes(vhid));
  });
}

function ofVhids(subject: Subject, earlier: CarpRouter, later: CarpRouter): Diagnostic {
  const at = carpPlaceOf(later, 'vhid');
  return finding({
    severity: 'error',
    code: 'carp/vhid-mismatch',
    at,
    message: `${vipNameOf(later)} has vhid ${later.vhid} here and ${earlier.vhid} on ${earlier.node}`,
    hint: `${whereCarpSaid(earlier, 'vhid')} says ${earlier.vhid}`,
    means: `two elections for one address: ${bothCarpForGood(earlier, later)}, and the address has a MAC address for each`,
    cures: [
      {
        title: settingText(later, 'vhid', earlier.vhid),
        edits: rewrite(subject, writtenAt(later, 'vhid'), later.vhid, earlier.vhid),
      },
    ],
    related: [carpRelated(earlier, `${earlier.node} has vhid ${earlier.vhid}`, 'vhid')],
  });
}

function besideKeepalived({ routers }: Subject, own: CarpRouter): readonly Diagnostic[] {
  const addresses = vipsOf(own);
  const rival = routers.find(
    (router) =>
      router.node !== own.node &&
      router.segment === own.segment &&
      addressesOf(router).some((address) => addresses.includes(address)),
  );
  if (rival === undefined || speaksVrrp(own)) return [];
  return [
    finding({
      severity: 'error',
      code: 'carp/vhid-mismatch',
      at: carpPlaceOf(own, 'vhid'),
      message: `${vipNameOf(own)} is an address of keepalived on ${rival.node} too`,
      hint: `${placeText(placeOf(rival, 'virtual_ipaddress'))}: ${rival.instance.name}`,
      means: `CARP and VRRP share a protocol number and no election: ${own.node} and ${rival.node} are both master, for good`,
      cures: [{ title: 'one protocol for each address', edits: [] }],
      related: [
        { ...placeOf(rival, 'virtual_ipaddress'), message: `${rival.node}: ${rival.instance.name} has it` },
      ],
    }),
  ];
}
