import type { Cure, Diagnostic } from '@viplab/core';
import { masterDownIntervalUs } from '@viplab/core/network';
import { type Cluster, pairsOf } from '../cluster.js';
import { finding, type Rule, relatedTo, type Subject } from '../finding.js';
import { downIntervalOf, inSeconds, isWritten, placeOf, type Router } from '../router.js';

const NANOSECONDS = 1_000;
const SECOND = 1_000_000;
const CENTISECOND = 10_000;
/** Smallest priority (RFC 5798 §5.2.4). */
const LOWEST_PRIORITY = 1;

/**
 * Spans that are shorter than what a frame takes: the skew by which two backups wait differently, which is there so that
 * the second hears the first (RFC 5798 §6.1), and the patience of a backup against adverts that are late.
 */
export const timerShorterThanDelay: Rule = (subject) =>
  subject.clusters.flatMap((cluster) => [...impatient(subject, cluster), ...overtaken(subject, cluster)]);

const delayOf = ({ lan }: Subject, one: Router, other: Router): { lo: number; hi: number } | undefined => {
  const delay = lan.delayBetween(one, other);
  return delay === undefined ? undefined : { lo: delay.lo / NANOSECONDS, hi: delay.hi / NANOSECONDS };
};

/** Backups that a late advert of the usual master makes masters. */
function impatient(subject: Subject, { routers }: Cluster): readonly Diagnostic[] {
  const [master, ...backups] = [...routers].sort(
    (one, other) => other.instance.basePriority - one.instance.basePriority,
  );
  if (master === undefined) return [];
  return backups.flatMap((backup) => {
    const { owner, version, basePriority, advertIntervalUs, downTimerAdverts } = backup.instance;
    const interval = master.instance.advertIntervalUs;
    if (owner || version !== master.instance.version || (version === 2 && interval !== advertIntervalUs))
      return [];
    const delay = delayOf(subject, master, backup);
    // A backup counts by the master's interval (RFC 5798 §6.1).
    const patience = masterDownIntervalUs(version, basePriority, interval, downTimerAdverts);
    if (delay === undefined || interval + delay.hi - delay.lo < patience) return [];
    return [
      finding({
        severity: 'error',
        code: 'vrrp/timer-shorter-than-delay',
        at: placeOf(backup, 'advert_int', 'down_timer_adverts'),
        message: `${backup.node} waits ${inSeconds(patience)} for an advert that can be ${inSeconds(delay.hi - delay.lo)} late`,
        hint: `the way from ${master.node} takes ${inSeconds(delay.lo)} to ${inSeconds(delay.hi)}`,
        means: `an advert that took ${inSeconds(delay.lo)} and the next that takes ${inSeconds(delay.hi)} arrive ${inSeconds(interval + delay.hi - delay.lo)} apart: ${backup.node} becomes master beside a healthy ${master.node}`,
        cures: [slower(backup, delay.hi - delay.lo)],
        related: [relatedTo(master, `${master.node} sends every ${inSeconds(interval)}`, 'advert_int')],
      }),
    ];
  });
}

function slower(backup: Router, late: number): Cure {
  const { version, downTimerAdverts } = backup.instance;
  const unit = version === 2 ? SECOND : CENTISECOND;
  const spare = Math.max(1, downTimerAdverts - 1);
  const interval = (Math.ceil(late / spare / unit) + (late % (spare * unit) === 0 ? 1 : 0)) * unit;
  return { title: `advert_int ${interval / SECOND} in all`, edits: [] };
}

/** Two routers of which the second starts before it can have heard the first. */
function overtaken(subject: Subject, { routers }: Cluster): readonly Diagnostic[] {
  return pairsOf(routers).flatMap(([earlier, later]) => {
    const [first, second] =
      earlier.instance.basePriority > later.instance.basePriority ? [earlier, later] : [later, earlier];
    const [one, other] = [first.instance, second.instance];
    // Of equal priorities another rule speaks, and other intervals are no matter of the skew.
    if (one.basePriority === other.basePriority || one.owner) return [];
    if (one.version !== other.version || one.advertIntervalUs !== other.advertIntervalUs) return [];
    const gap = downIntervalOf(second) - downIntervalOf(first);
    const delay = delayOf(subject, first, second);
    if (delay === undefined || gap < 0 || delay.hi < gap) return [];
    return [ofPair(first, second, gap, delay.hi)];
  });
}

function ofPair(first: Router, second: Router, gap: number, delay: number): Diagnostic {
  const [high, low] = [first.instance.basePriority, second.instance.basePriority];
  const step = gap / (high - low);
  const wanted = high - Math.floor(delay / step) - 1;
  const at = placeOf(second, 'priority');
  return finding({
    severity: 'warning',
    code: 'vrrp/timer-shorter-than-delay',
    at,
    message: `priority ${low} waits only ${inSeconds(gap)} longer than ${first.node}'s ${high}, and the way takes ${inSeconds(delay)}`,
    means: `when both wait for the same master, or boot together, ${second.node} becomes master before it can have heard ${first.node}: two masters for up to ${inSeconds(delay - gap)}, and gratuitous ARP of both`,
    cures: [
      wanted >= LOWEST_PRIORITY
        ? {
            title: `priority ${wanted} or lower`,
            edits: isWritten(second, 'priority') ? [{ range: at.range, text: String(wanted) }] : [],
          }
        : { title: 'a longer advert_int in all', edits: [] },
    ],
    related: [relatedTo(first, `${first.node} has priority ${high}`, 'priority')],
  });
}
