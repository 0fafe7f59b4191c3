import type { Cure, Diagnostic } from '@viplab/core';
import { balancedGroupsOf, type Share } from '../../balanced-group.js';
import { preemptCure, rewrite } from '../../carp-cure.js';
import {
  carpPlaceOf,
  carpRelated,
  isBalanced,
  type KernelRouter,
  sysctlPlaceOf,
  vipNameOf,
  whereCarpSaid,
  writtenAt,
} from '../../carp-router.js';
import { isBetter, patienceOf, precedenceOf, spanText } from '../../carp-timing.js';
import { firstConflicts } from '../../cluster.js';
import { finding, type Rule, type Subject } from '../../finding.js';

const LIST = ['carpnodes', 'vhid'] as const;

/** `1:0,2:100` */
const listOf = ({ nodes }: Share): string => nodes.map(({ vhid, advskew }) => `${vhid}:${advskew}`).join(',');

const vhidsOf = ({ nodes }: Share): string => nodes.map(({ vhid }) => vhid).join(', ');

/** Nodes that balance one address with different vhids: each divides the clients by its own number of them (`carp_lsdrop`). */
export const carpnodesMismatch: Rule = ({ carp }) =>
  balancedGroupsOf(carp.routers).flatMap((group) =>
    firstConflicts({ routers: group }, (earlier, later) => vhidsOf(earlier) !== vhidsOf(later)).map(
      ([earlier, later]) =>
        finding({
          severity: 'error',
          code: 'carp/carpnodes-mismatch',
          at: carpPlaceOf(later.leader, ...LIST),
          message: `vhids ${vhidsOf(later)} here and ${vhidsOf(earlier)} on ${earlier.leader.node} for ${vipNameOf(later.leader)}`,
          hint: `${whereCarpSaid(earlier.leader, ...LIST)}: ${listOf(earlier)}`,
          means: `${earlier.leader.node} divides the clients by ${earlier.nodes.length} and ${later.leader.node} by ${later.nodes.length}: some are accepted by both and some by nobody`,
          cures: [{ title: 'the same vhids in both lists', edits: [] }],
          related: [carpRelated(earlier.leader, `${earlier.leader.node} has ${listOf(earlier)}`, ...LIST)],
        }),
    ),
  );

/** Lists of the same vhids in which a vhid has the same skew twice, or a node is never the better one. */
export const carpnodesNotMirrored: Rule = (subject) =>
  balancedGroupsOf(subject.carp.routers)
    .filter((group) => group.every((share) => share.nodes.length > 1 && vhidsOf(share) === listedBy(group)))
    .flatMap((group) => {
      const equal = firstConflicts({ routers: group }, (earlier, later) => tied(earlier, later).length > 0);
      return equal.length > 0
        ? equal.map(([earlier, later]) => ofTies(subject, earlier, later))
        : idleOf(group).map((share) => ofIdle(subject, group, share));
    });

const listedBy = ([first]: readonly Share[]): string => (first === undefined ? '' : vhidsOf(first));

/** What each of two nodes has for the same vhid. */
const sideBySide = (one: Share, other: Share): readonly (readonly [KernelRouter, KernelRouter])[] =>
  one.nodes.flatMap((mine, index) => {
    const theirs = other.nodes[index];
    return theirs === undefined ? [] : [[mine, theirs] as const];
  });

const tied = (one: Share, other: Share): readonly KernelRouter[] =>
  sideBySide(one, other).flatMap(([mine, theirs]) =>
    precedenceOf(mine) === precedenceOf(theirs) ? [theirs] : [],
  );

function ofTies(subject: Subject, earlier: Share, later: Share): Diagnostic {
  const [first] = tied(earlier, later);
  const vhid = first?.vhid ?? later.leader.vhid;
  const wait = spanText(patienceOf(first ?? later.leader));
  return finding({
    severity: 'warning',
    code: 'carp/carpnodes-not-mirrored',
    at: carpPlaceOf(later.leader, ...LIST),
    message: `vhid ${vhid} has the same skew as on ${earlier.leader.node}`,
    hint: `${whereCarpSaid(earlier.leader, ...LIST)}: ${listOf(earlier)}`,
    means: `no address decides: booted together both are master of vhid ${vhid} after ${wait}, both yield, and so on: its share of the clients has nobody`,
    cures: [mirroring(subject, earlier, later)],
    related: [carpRelated(earlier.leader, `${earlier.leader.node} has ${listOf(earlier)}`, ...LIST)],
  });
}

/** The skews of a list the other way round; where they are all the same, 0 and 100 by turns. */
function mirrored({ nodes }: Share): string {
  const skews = nodes.map(({ advskew }) => advskew);
  const reversed = [...skews].reverse();
  const isMirror = reversed.every((skew, index) => skew !== skews[index]);
  return nodes
    .map(({ vhid, advskew }, index) => `${vhid}:${isMirror ? reversed[index] : advskew === 0 ? 100 : 0}`)
    .join(',');
}

const mirroring = (subject: Subject, model: Share, share: Share): Cure => ({
  title: `carpnodes ${mirrored(model)}`,
  edits: rewrite(subject, writtenAt(share.leader, 'carpnodes'), listOf(share), mirrored(model)),
});

/** Nodes that are the best for no vhid, although there are enough for all. */
function idleOf(group: readonly Share[]): readonly Share[] {
  if ((group[0]?.nodes.length ?? 0) < group.length) return [];
  return group.filter((share) =>
    share.nodes.every((mine, index) =>
      group.some((other) => {
        const theirs = other.nodes[index];
        return theirs !== undefined && isBetter(theirs, mine);
      }),
    ),
  );
}

function ofIdle(subject: Subject, group: readonly Share[], share: Share): Diagnostic {
  const other = group.find((each) => each !== share) ?? share;
  return finding({
    severity: 'warning',
    code: 'carp/carpnodes-not-mirrored',
    at: carpPlaceOf(share.leader, ...LIST),
    message: `${share.leader.node} is preferred for no vhid of ${vhidsOf(share)}`,
    hint: `${whereCarpSaid(other.leader, ...LIST)}: ${listOf(other)}`,
    means: `${other.leader.node} has every share and ${share.leader.node} none: the load is not balanced`,
    cures: [mirroring(subject, other, share)],
    related: [carpRelated(other.leader, `${other.leader.node} has ${listOf(other)}`, ...LIST)],
  });
}

/** Balancing without preempt: who has taken over a share keeps it. */
export const balancingWithoutPreempt: Rule = (subject) =>
  balancedGroupsOf(subject.carp.routers).flatMap((group) =>
    group.flatMap(({ leader }) => {
      if (leader.preempt || !isBalanced(leader)) return [];
      const at = sysctlPlaceOf(leader, 'preempt');
      const other = group.find((share) => share.leader !== leader)?.leader ?? leader;
      return [
        finding({
          severity: 'warning',
          code: 'carp/balancing-without-preempt',
          at,
          message: `balancing ${leader.iface.balancing} without preempt`,
          hint: 'net.inet.carp.preempt is 0',
          means: `${leader.node} comes back, and ${other.node} keeps every share of ${vipNameOf(leader)}: the load is not balanced again until somebody sees to it`,
          cures: [preemptCure(subject, leader)],
        }),
      ];
    }),
  );
