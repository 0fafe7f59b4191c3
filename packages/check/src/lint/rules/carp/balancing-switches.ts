import { type Diagnostic, formatMac } from '@viplab/core';
import { balancedGroupsOf } from '../../balanced-group.js';
import { rewrite } from '../../carp-cure.js';
import { carpPlaceOf, type KernelRouter, vipNameOf, writtenAt } from '../../carp-router.js';
import { sharedMacOf } from '../../carp-shared-mac.js';
import { finding, type Rule, type Subject } from '../../finding.js';
import type { SwitchOfPlan } from '../../lan.js';

/** What balances beside its switches, each node of it. */
function balancersOf(
  { carp, lan }: Subject,
  mode: KernelRouter['iface']['balancing'],
): readonly { readonly router: KernelRouter; readonly switches: readonly SwitchOfPlan[] }[] {
  return balancedGroupsOf(carp.routers).flatMap((group) =>
    group
      .filter(({ leader }) => leader.iface.balancing === mode)
      .map(({ leader }) => ({ router: leader, switches: lan.switchesOf(leader.node, leader.port) })),
  );
}

/** `balancing ip-unicast` on a switch that learns: it sends all frames to the port that it heard last (carp(4)). */
export const ipUnicastOnSwitch: Rule = (subject) =>
  balancersOf(subject, 'ip-unicast').flatMap(({ router, switches }) => {
    // A switch without room for an entry is a hub.
    const learner = switches.find(({ capacity }) => capacity !== 0);
    if (learner === undefined) return [];
    const written = writtenAt(router, 'balancing');
    return [
      finding({
        severity: 'error',
        code: 'carp/ip-unicast-on-switch',
        at: carpPlaceOf(router, 'balancing'),
        message: `balancing ip-unicast, but ${learner.name} learns where ${formatMac(sharedMacOf(router))} is`,
        hint: 'for hubs, and switches with mirrored ports',
        means: `frames to ${vipNameOf(router)} get to one node only, that which advertised last: the clients of the others' shares are not served`,
        cures: [
          { title: 'balancing ip', edits: rewrite(subject, written, 'ip-unicast', 'ip') },
          { title: 'balancing ip-stealth', edits: rewrite(subject, written, 'ip-unicast', 'ip-stealth') },
        ],
      }),
    ];
  });

/** `balancing ip` and `ip-stealth` want switches that flood: an entry for the shared MAC address ends that. */
export const sharedMacPinned: Rule = (subject) =>
  [...balancersOf(subject, 'ip'), ...balancersOf(subject, 'ip-stealth')].flatMap(({ router, switches }) => {
    const mac = sharedMacOf(router);
    const pinned = switches.flatMap((part) => {
      const entry = part.static.find((each) => each.mac === mac);
      return entry === undefined ? [] : [{ name: part.name, port: entry.port }];
    })[0];
    if (pinned === undefined) return [];
    return [
      finding({
        severity: 'error',
        code: 'carp/shared-mac-pinned',
        at: carpPlaceOf(router, 'balancing', 'carpnodes'),
        message: `balancing ${router.iface.balancing}, but ${pinned.name} has ${formatMac(mac)} at port ${pinned.port}`,
        hint: 'switches must flood to the shared address',
        means: `frames to ${vipNameOf(router)} get to ${pinned.port} only: the clients of the others' shares are not served`,
        cures: [{ title: `no static entry for ${formatMac(mac)} in ${pinned.name}`, edits: [] }],
      }),
    ];
  });

/** What floods counts against the budgets of storm control. */
export const balancingStormControl: Rule = (subject) => [
  ...balancersOf(subject, 'ip').flatMap(({ router, switches }) =>
    ofBudget(router, switches, 'multicast', 'multicast'),
  ),
  ...balancersOf(subject, 'ip-stealth').flatMap(({ router, switches }) =>
    ofBudget(router, switches, 'unknownUnicast', 'unknown unicast'),
  ),
];

function ofBudget(
  router: KernelRouter,
  switches: readonly SwitchOfPlan[],
  budget: 'multicast' | 'unknownUnicast',
  words: string,
): readonly Diagnostic[] {
  const limited = switches.flatMap(({ name, ports }) => {
    const limits = ports.flatMap(({ stormControl }) => stormControl?.[budget] ?? []);
    return limits.length === 0 ? [] : [{ name, limit: Math.min(...limits) }];
  })[0];
  if (limited === undefined) return [];
  return [
    finding({
      severity: 'warning',
      code: 'carp/balancing-storm-control',
      at: carpPlaceOf(router, 'balancing', 'carpnodes'),
      message: `balancing ${router.iface.balancing} floods, and ${limited.name} lets ${limited.limit} frames of ${words} a second in`,
      hint: `every frame to ${vipNameOf(router)} is ${words} to a switch`,
      means: `clients that send more than ${limited.limit} frames a second to ${vipNameOf(router)} by one port lose the rest`,
      cures: [{ title: `no storm control of ${words} where clients come in`, edits: [] }],
    }),
  ];
}
