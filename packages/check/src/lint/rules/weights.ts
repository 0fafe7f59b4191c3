import type { Cure, Diagnostic } from '@viplab/core';
import type { Cluster } from '../cluster.js';
import { badPriority, goodPriority, type Lever, leversOf } from '../effective-priority.js';
import { finding, type Rule, relatedTo, textAt, whereSaid } from '../finding.js';
import { downIntervalOf, inSeconds, placeOf, type Router, skewOf, vipOf } from '../router.js';

/** Largest weight (keepalived `vrrp_vscript_weight_handler`). */
const LARGEST_WEIGHT = 253;

/**
 * Weights of the usual master that cannot take it below the best backup, and weights beside backups that never preempt
 * (keepalived `vrrp_state_backup`: with `nopreempt` any advert counts, however low).
 */
export const weights: Rule = ({ clusters, sources }) =>
  clusters.flatMap((cluster) =>
    cluster.routers.flatMap((router) =>
      router.instance.owner
        ? []
        : leversOf(router, (place) => textAt(sources, place)).flatMap((lever) =>
            ofLever(cluster, router, lever),
          ),
    ),
  );

function ofLever({ routers }: Cluster, router: Router, lever: Lever): readonly Diagnostic[] {
  const [best] = routers
    .filter((other) => other !== router)
    .sort((one, other) => goodPriority(other) - goodPriority(one));
  // Only of the usual master's weights does anything depend while nothing else is wrong.
  if (best === undefined || goodPriority(best) >= goodPriority(router)) return [];
  const bad = badPriority(router, lever);
  if (bad >= goodPriority(best)) return [tooLight(router, best, lever, bad)];
  const better = routers.filter((other) => other !== router && goodPriority(other) > bad);
  return better.every(({ instance }) => instance.nopreempt)
    ? [besideNopreempt(router, best, lever, bad)]
    : [];
}

function whatFails({ kind, tracked }: Lever): string {
  if (kind === 'interface') return `${tracked.name} goes down`;
  return kind === 'process' ? `${tracked.name} ends` : `${tracked.name} fails`;
}

/** `150 - 20 = 130` */
const sum = (router: Router, { tracked }: Lever, bad: number): string =>
  `${goodPriority(router)} - ${Math.abs(tracked.weight)} = ${bad}`;

function tooLight(router: Router, best: Router, lever: Lever, bad: number): Diagnostic {
  const { weight } = lever.tracked;
  const [high, low] = [goodPriority(router), goodPriority(best)];
  const relation = bad === low ? 'equal to' : 'still above';
  return finding({
    severity: 'error',
    code: 'vrrp/weight-too-light',
    at: lever.at,
    message: `weight ${weight} cannot move the VIP`,
    hint: `${sum(router, lever, bad)}, ${relation} ${best.node}'s ${low} (${whereSaid(best, 'priority')})`,
    means: `${whatFails(lever)} and ${router.node} keeps ${vipOf(router)}: clients are refused until somebody notices`,
    cures: [...heavier(router, best, lever, high - low), fault(router, best, lever)],
    related: [relatedTo(best, `${best.node} has ${low}`, 'priority')],
  });
}

function heavier(router: Router, best: Router, lever: Lever, gap: number): readonly Cure[] {
  const { weight } = lever.tracked;
  if (gap + 1 > LARGEST_WEIGHT) return [];
  const needed = Math.sign(weight) * (gap + 1);
  const edge = Math.sign(weight) * gap;
  const words = weight < 0 ? `weight ${needed} or less` : `weight ${needed} or more`;
  return [
    {
      title: `${words} (at ${edge} the two are equal, and an equal advert is obeyed); then ${best.node} takes over ${inSeconds(downIntervalOf(best))} after ${router.node}'s last advert of ${goodPriority(router)}`,
      edits: lever.isNumber ? [{ range: lever.at.range, text: String(needed) }] : [],
    },
  ];
}

/** Weight 0: failing is FAULT, and a master says goodbye (keepalived `vrrp_state_leave_master`). */
function fault(router: Router, best: Router, lever: Lever): Cure {
  return {
    title: `weight 0: then ${router.node} says goodbye at once, and ${best.node} is master ${inSeconds(skewOf(best))} later`,
    edits: lever.isNumber ? [{ range: lever.at.range, text: '0' }] : [],
  };
}

function besideNopreempt(router: Router, best: Router, lever: Lever, bad: number): Diagnostic {
  return finding({
    severity: 'error',
    code: 'vrrp/weight-beside-nopreempt',
    at: lever.at,
    message: `weight ${lever.tracked.weight} cannot move the VIP: ${best.node} has nopreempt`,
    hint: `${sum(router, lever, bad)} is below ${best.node}'s ${goodPriority(best)}, but ${whereSaid(best, 'nopreempt')} obeys any advert`,
    means: `${whatFails(lever)} and ${router.node} keeps ${vipOf(router)} with priority ${bad}: clients are refused until somebody notices`,
    cures: [fault(router, best, lever), { title: `no nopreempt in ${best.node}`, edits: [] }],
    related: [{ ...placeOf(best, 'nopreempt'), message: `${best.node} has nopreempt` }],
  });
}
