import type { Diagnostic } from '@viplab/core';
import { areWithinEarshot, type Cluster } from '../cluster.js';
import { finding, type Rule, relatedTo, type Subject } from '../finding.js';
import { addressesOf, downIntervalOf, inSeconds, placeOf, type Router, vipOf } from '../router.js';

/** Largest VRID (RFC 5798 §5.2.3). */
const LAST_VRID = 255;
/** How many of the VRIDs that are taken are named. */
const NAMED = 6;

/** Two clusters that share a VRID on one LAN: each router of the later one is told (RFC 5798 §7.1). */
export const vridReused: Rule = (subject) =>
  subject.clusters.flatMap((cluster, index) =>
    cluster.routers.flatMap((router) => {
      const foreign = subject.clusters
        .slice(0, index)
        .find(({ routers }) => routers.some((other) => areWithinEarshot(router, other)));
      return foreign === undefined ? [] : [ofRouter(subject, foreign, cluster, router)];
    }),
  );

const nodesOf = ({ routers }: Cluster): string => routers.map(({ node }) => node).join(', ');

function ofRouter(subject: Subject, foreign: Cluster, own: Cluster, router: Router): Diagnostic {
  const [first] = foreign.routers;
  const vrid = router.instance.virtualRouterId;
  const theirs =
    first === undefined ? '' : `${nodesOf(foreign)}: ${first.instance.name} with ${vipOf(first)}; `;
  const free = freeVrids(subject, router);
  return finding({
    severity: 'error',
    code: 'vrrp/vrid-reused',
    at: placeOf(router, 'virtual_router_id'),
    message: `VRID ${vrid} is used by another cluster on this LAN`,
    hint: `${theirs}here ${router.instance.name} with ${vipOf(router)}`,
    means: meansOf(foreign, own),
    cures: [
      ...(free === undefined
        ? []
        : [
            {
              title: `virtual_router_id ${free.vrid} (free: all but ${free.taken})`,
              edits: [{ range: placeOf(router, 'virtual_router_id').range, text: String(free.vrid) }],
            },
          ]),
      ...(foreign.routers.length === 1 || own.routers.length === 1
        ? [
            {
              title: `the same virtual_ipaddress in both, if ${nodesOf(foreign)} and ${nodesOf(own)} are meant to be one cluster`,
              edits: [],
            },
          ]
        : []),
    ],
    related: foreign.routers.map((other) =>
      relatedTo(
        other,
        `${other.node} has VRID ${vrid} for ${addressesOf(other).join(', ')}`,
        'virtual_router_id',
      ),
    ),
  });
}

/** keepalived 2.2.7 puts a master's own advert off for each packet of its VRID (`vrrp_dispatcher_read`). */
function meansOf(foreign: Cluster, own: Cluster): string {
  const start =
    "the clusters reject each other's adverts, and each rejected one restarts a master's advert timer: a master can fall silent";
  const backups = [foreign, own].flatMap(backupOf);
  if (backups.length === 0) return `${start} for as long as the other is heard`;
  const wait = inSeconds(Math.min(...backups));
  if (backups.length === 2) return `${start} and its backup takes over ${wait} later, again and again`;
  const which = nodesOf(backupOf(own).length > 0 ? own : foreign);
  return `${start}, and if it is that of ${which} its backup takes over ${wait} later`;
}

/** How long the first backup of a cluster waits for its master. */
function backupOf({ routers }: Cluster): readonly number[] {
  const spans = routers.map((router) => downIntervalOf(router)).sort((one, other) => one - other);
  return spans.slice(1, 2);
}

function freeVrids(
  { routers }: Subject,
  router: Router,
): { readonly vrid: number; readonly taken: string } | undefined {
  const used = new Set(
    routers
      .filter(({ segment }) => segment === router.segment)
      .map(({ instance }) => instance.virtualRouterId),
  );
  const own = router.instance.virtualRouterId;
  const after = Array.from({ length: LAST_VRID }, (_, index) => ((own + index) % LAST_VRID) + 1);
  const vrid = after.find((candidate) => !used.has(candidate));
  if (vrid === undefined) return undefined;
  const taken = [...used].sort((one, other) => one - other);
  const more = taken.length > NAMED ? ` and ${taken.length - NAMED} more` : '';
  return { vrid, taken: `${taken.slice(0, NAMED).join(', ')}${more}` };
}
