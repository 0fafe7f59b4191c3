import type { Diagnostic } from '@viplab/core';
import { firstConflicts } from '../cluster.js';
import { finding, type Rule, relatedTo, whereSaid } from '../finding.js';
import { downIntervalOf, inSeconds, isWritten, placeOf, type Router } from '../router.js';
import { bothForGood } from './two-masters.js';

const SECOND = 1_000_000;

/**
 * Different `advert_int` in one cluster. VRRPv2 drops adverts of another interval (RFC 3768 §7.1); VRRPv3 learns the
 * master's (RFC 5798 §6.1), which hurts only where a fast router boots beside a slower master.
 */
export const intervalMismatch: Rule = ({ clusters }) =>
  clusters.flatMap((cluster) =>
    firstConflicts(cluster, isAtOdds).map(([earlier, later]) =>
      later.instance.version === 2 ? ofVersion2(earlier, later) : ofVersion3(earlier, later),
    ),
  );

function isAtOdds(earlier: Router, later: Router): boolean {
  const [one, other] = [earlier.instance, later.instance];
  if (one.version !== other.version || one.advertIntervalUs === other.advertIntervalUs) return false;
  if (one.version === 2) return true;
  const [fast, slow] = bySpeed(earlier, later);
  return downIntervalOf(fast) < slow.instance.advertIntervalUs;
}

const bySpeed = (one: Router, other: Router): readonly [fast: Router, slow: Router] =>
  one.instance.advertIntervalUs < other.instance.advertIntervalUs ? [one, other] : [other, one];

const interval = ({ instance }: Router): string => String(instance.advertIntervalUs / SECOND);

function found(earlier: Router, later: Router, severity: 'error' | 'warning', means: string): Diagnostic {
  const byDefault = isWritten(later, 'advert_int') ? '' : ' by default';
  const said = `${interval(earlier)} s${isWritten(earlier, 'advert_int') ? '' : ' by default'}`;
  return finding({
    severity,
    code: 'vrrp/interval-mismatch',
    at: placeOf(later, 'advert_int'),
    message: `advert_int ${interval(later)}${byDefault} differs from ${earlier.node}'s`,
    hint: `${whereSaid(earlier, 'advert_int')}: ${said}`,
    means,
    cures: [
      {
        title: `advert_int ${interval(earlier)}`,
        edits: isWritten(later, 'advert_int')
          ? [{ range: placeOf(later, 'advert_int').range, text: interval(earlier) }]
          : [],
      },
    ],
    related: [relatedTo(earlier, `${earlier.node}: ${said}`, 'advert_int')],
  });
}

function ofVersion2(earlier: Router, later: Router): Diagnostic {
  const [, slow] = bySpeed(earlier, later);
  return found(
    earlier,
    later,
    'error',
    `each drops the other's adverts: ${bothForGood(earlier, later)}; ${slow.node} falls silent, since each advert that it drops puts its own off by ${interval(slow)} s`,
  );
}

function ofVersion3(earlier: Router, later: Router): Diagnostic {
  const [fast, slow] = bySpeed(earlier, later);
  return found(
    earlier,
    later,
    'warning',
    `${fast.node} boots beside the master ${slow.node}, waits ${inSeconds(downIntervalOf(fast))} by its own interval, hears nothing for up to ${interval(slow)} s and becomes master too`,
  );
}
