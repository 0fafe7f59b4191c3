import type { Diagnostic } from '@viplab/core';
import { finding, type Rule } from '../finding.js';
import { downIntervalOf, inSeconds, placeOf, type Router, vipOf } from '../router.js';

/** `nopreempt` beside `state MASTER`: keepalived drops it (`vrrp_complete_instance`). */
export const nopreemptMaster: Rule = ({ clusters }) =>
  clusters.flatMap(({ routers }) =>
    routers.filter(isDropped).map((router) =>
      ofRouter(
        router,
        routers.filter((other) => other !== router),
      ),
    ),
  );

function isDropped({ instance }: Router): boolean {
  const { origin, initialState, owner } = instance;
  const [written, undone] = [origin['nopreempt'], origin['preempt']];
  if (written === undefined || owner) return false;
  if (initialState !== 'MASTER') return false;
  // The last of the two words wins.
  return undone === undefined || undone.range.start.line < written.range.start.line;
}

function ofRouter(router: Router, others: readonly Router[]): Diagnostic {
  const state = placeOf(router, 'state');
  const { node, instance } = router;
  const higher = others.find((other) => other.instance.basePriority >= instance.basePriority);
  return finding({
    severity: 'warning',
    code: 'vrrp/nopreempt-master',
    at: placeOf(router, 'nopreempt'),
    message: 'nopreempt has no effect beside state MASTER',
    hint: `keepalived drops it because of line ${state.range.start.line}: state MASTER`,
    means:
      higher === undefined
        ? `${node} returns and takes ${vipOf(router)} back ${inSeconds(downIntervalOf(router))} after its start: every connection is reset again`
        : `nothing while ${higher.node}'s ${higher.instance.basePriority} stands against ${instance.basePriority}; with a higher priority ${node} would take ${vipOf(router)} back at each return`,
    cures: [
      {
        title: `state BACKUP on line ${state.range.start.line} (state MASTER makes nobody master earlier)`,
        edits: [{ range: state.range, text: 'BACKUP' }],
      },
    ],
    related: [{ ...state, message: 'state MASTER' }],
  });
}
