import { type Diagnostic, formatIp } from '@viplab/core';
import {
  type CarpRouter,
  carpPlaceOf,
  carpRelated,
  isOpenBsdRouter,
  isPeerOf,
  type KernelRouter,
  vipsOf,
  whereCarpSaid,
} from '../../carp-router.js';
import { bothCarpForGood, isBetter, patienceOf, spanText } from '../../carp-timing.js';
import { firstConflicts } from '../../cluster.js';
import { finding, type Rule } from '../../finding.js';

/** Adverts to one peer (`carppeer`, `peer`) that do not get to everybody. */
export const carpPeerOneSided: Rule = ({ carp }) =>
  carp.clusters.flatMap((cluster) =>
    firstConflicts(cluster, (earlier, later) => !passes(earlier, later) || !passes(later, earlier)).map(
      ([earlier, later]) => ofPair(earlier, later),
    ),
  );

const peerOf = (router: CarpRouter): KernelRouter['iface']['peer'] =>
  router.kind === 'kernel' && vipsOf(router).some((address) => !address.includes(':'))
    ? router.iface.peer
    : null;

/** Whether adverts get from one router to another, and are taken. */
function passes(sender: CarpRouter, listener: CarpRouter): boolean {
  const isUnicast = peerOf(sender) !== null;
  if (isUnicast && !isPeerOf(sender, listener)) return false;
  // OpenBSD wants what it sends itself (`carp_proto_input_c`): multicast where it has no peer, unicast where it has one.
  if (isOpenBsdRouter(listener) && isUnicast !== (peerOf(listener) !== null)) return false;
  return listener.kind === 'kernel' || !isUnicast;
}

const saidBy = (router: CarpRouter): string => {
  const peer = peerOf(router);
  return peer === null ? 'multicast' : `unicast to ${formatIp(peer)}`;
};

const addressOf = ({ source }: CarpRouter): string => (source === undefined ? '?' : formatIp(source));

function ofPair(earlier: CarpRouter, later: CarpRouter): Diagnostic {
  const culprit = peerOf(later) === null || isPeerOf(later, earlier) ? 'vhid' : 'peer';
  const [speaker, deaf] = passes(earlier, later) ? [earlier, later] : [later, earlier];
  const isMutual = !passes(speaker, deaf);
  const lone = isMutual ? undefined : deaf;
  return finding({
    severity: lone === undefined || !isBetter(speaker, lone) ? 'error' : 'warning',
    code: 'carp/peer-one-sided',
    at: carpPlaceOf(later, 'peer', culprit),
    message: `${later.name} sends ${saidBy(later)}, ${earlier.node} ${saidBy(earlier)}`,
    hint: `${whereCarpSaid(earlier, 'peer')}: ${saidBy(earlier)}`,
    means:
      lone === undefined
        ? `neither hears the other: ${bothCarpForGood(earlier, later)}`
        : `${speaker.node} never hears ${lone.node}, and takes over after ${spanText(patienceOf(speaker))} whoever is master`,
    cures: [
      {
        title: `${addressOf(earlier)} as peer here and ${addressOf(later)} in ${earlier.node}, or none in both`,
        edits: [],
      },
    ],
    related: [carpRelated(earlier, `${earlier.node}: ${saidBy(earlier)}`, 'peer')],
  });
}
