import type { Diagnostic } from '@viplab/core';
import { finding, type Rule } from '../finding.js';
import { isWritten, placeOf, type Router, vipOf } from '../router.js';

/** The delay of the second burst unless told otherwise (keepalived `VRRP_GARP_DELAY`), in seconds. */
const USUAL_DELAY = 5;

/**
 * A single gratuitous ARP for each takeover: no repetition, no second burst, no refresh. With a virtual MAC clients
 * have nothing to learn.
 */
export const oneGarpOnly: Rule = ({ clusters }) =>
  clusters.flatMap(({ routers }) =>
    routers.length < 2 ? [] : routers.filter(({ instance }) => isSingle(instance)).map(ofRouter),
  );

const isSingle = ({ garp, virtualMac, family }: Router['instance']): boolean =>
  family === 'inet' &&
  virtualMac === undefined &&
  garp.masterRepeat === 1 &&
  garp.masterDelayUs === 0 &&
  garp.masterRefreshUs === 0;

function ofRouter(router: Router): Diagnostic {
  const delay = router.instance.origin['garp_master_delay'];
  const isEditable = delay !== undefined;
  return finding({
    severity: 'warning',
    code: 'vrrp/one-garp-only',
    at: placeOf(router, 'garp_master_delay', 'garp_master_repeat'),
    message: `one gratuitous ARP at each takeover, and no second`,
    ...(isWritten(router, 'garp_master_repeat') ? {} : { hint: 'garp_master_repeat is 1 in global_defs' }),
    means: `if that one frame is lost, clients send to the old master's MAC address until their ARP entry for ${vipOf(router)} ages: up to 53 s (45 + 5 + 3 s on Linux)`,
    cures: [
      {
        title: `garp_master_delay ${USUAL_DELAY} (a second burst, the default)`,
        edits: isEditable ? [{ range: delay.range, text: String(USUAL_DELAY) }] : [],
      },
    ],
  });
}
