import type { Cure, Diagnostic } from '@viplab/core';
import { firstConflicts } from '../cluster.js';
import { finding, type Rule, relatedTo, whereSaid } from '../finding.js';
import { placeOf, type Router } from '../router.js';
import { bothForGood } from './two-masters.js';

/** Different authentication in one cluster: only VRRPv2 has any (RFC 3768 §5.3.6; keepalived `vrrp_check_packet`). */
export const authMismatch: Rule = ({ clusters }) =>
  clusters.flatMap((cluster) =>
    firstConflicts(cluster, isAtOdds).map(([earlier, later]) => ofPair(earlier, later)),
  );

function isAtOdds(earlier: Router, later: Router): boolean {
  const [one, other] = [earlier.instance, later.instance];
  if (one.version !== 2 || other.version !== 2) return false;
  return textOf(earlier) !== textOf(later);
}

function textOf({ instance: { authentication } }: Router): string {
  return authentication.type === 'none' ? 'none' : `${authentication.type} ${authentication.password}`;
}

function ofPair(earlier: Router, later: Router): Diagnostic {
  const [one, other] = [earlier.instance.authentication, later.instance.authentication];
  const isPassword = one.type === other.type;
  const keywords = isPassword ? ['auth_pass'] : ['auth_type', 'authentication'];
  const said =
    one.type === 'none' ? 'no authentication' : isPassword ? one.password : `auth_type ${one.type}`;
  const own = other.type === 'none' ? 'no authentication' : `auth_type ${other.type}`;
  return finding({
    severity: 'error',
    code: 'vrrp/auth-mismatch',
    at: placeOf(later, ...keywords),
    message: isPassword
      ? `auth_pass differs from ${earlier.node}'s`
      : `${own}, but ${earlier.node} has ${said}`,
    hint: `${whereSaid(earlier, ...keywords)}: ${said}${isPassword ? ' (the first 8 bytes count)' : ''}`,
    means: `each rejects the other's adverts: ${bothForGood(earlier, later)}`,
    cures: [cureOf(earlier, later, isPassword)],
    related: [relatedTo(earlier, `${earlier.node}: ${said}`, ...keywords)],
  });
}

function cureOf(earlier: Router, later: Router, isPassword: boolean): Cure {
  const { authentication } = earlier.instance;
  const place = later.instance.origin['auth_pass'];
  if (!isPassword || authentication.type === 'none' || place === undefined)
    return { title: 'the same authentication block in both', edits: [] };
  return {
    title: 'the same auth_pass in both',
    edits: [{ range: place.range, text: authentication.password }],
  };
}
