import type { Diagnostic } from '@viplab/core';
import { firstConflicts } from '../cluster.js';
import { finding, type Rule, relatedTo, whereSaid } from '../finding.js';
import { isWritten, placeOf, type Router } from '../router.js';
import { bothForGood } from './two-masters.js';

/** VRRPv2 and VRRPv3 in one cluster (RFC 5798 §7.1; keepalived `vrrp_check_packet`). */
export const versionMismatch: Rule = ({ clusters }) =>
  clusters.flatMap((cluster) =>
    firstConflicts(cluster, (earlier, later) => earlier.instance.version !== later.instance.version).map(
      ([earlier, later]) => ofPair(earlier, later),
    ),
  );

/** Where the version comes from: the instance, or `vrrp_version` for all of them. */
const saidBy = (router: Router): string =>
  isWritten(router, 'version')
    ? `VRRPv${router.instance.version}`
    : `VRRPv${router.instance.version} (${router.config.global.version === 2 ? 'the default' : 'vrrp_version'})`;

function ofPair(earlier: Router, later: Router): Diagnostic {
  const { version } = earlier.instance;
  return finding({
    severity: 'error',
    code: 'vrrp/version-mismatch',
    at: placeOf(later, 'version'),
    message: `${later.instance.name} speaks VRRPv${later.instance.version}, ${earlier.node} VRRPv${version}`,
    hint: `${whereSaid(earlier, 'version')}: ${saidBy(earlier)}`,
    means: `each rejects the other's adverts: ${bothForGood(earlier, later)}`,
    cures: [
      {
        title: `version ${version}`,
        edits: isWritten(later, 'version')
          ? [{ range: placeOf(later, 'version').range, text: String(version) }]
          : [],
      },
    ],
    related: [relatedTo(earlier, `${earlier.node}: ${saidBy(earlier)}`, 'version')],
  });
}
