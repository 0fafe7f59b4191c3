import type { Cure, Diagnostic } from '@viplab/core';
import { tickedSpan } from '@viplab/core/network';
import { rewrite, settingCure } from '../../carp-cure.js';
import {
  type CarpCluster,
  type CarpRouter,
  carpPlaceOf,
  carpRelated,
  isBalanced,
  isOpenBsdRouter,
  settingText,
  speaksVrrp,
  vipNameOf,
  whereCarpSaid,
  writtenAt,
} from '../../carp-router.js';
import { expectsTimeout, formulaOf, intervalOf, isBetter, patienceOf, spanText } from '../../carp-timing.js';
import { finding, type Rule, type Subject } from '../../finding.js';

/** Who can be master, and who waits beside it as a backup. */
interface Watch {
  readonly master: CarpRouter;
  readonly backup: CarpRouter;
}

/** Every master beside every backup that does not take over from it by preference. */
function watchesOf({ routers }: CarpCluster): readonly Watch[] {
  const speakers = routers.filter((router) => !speaksVrrp(router));
  return speakers.flatMap((master) =>
    speakers
      .filter((backup) => backup !== master && !isBetter(master, backup) === isBetter(backup, master))
      .filter((backup) => isBetter(master, backup) || !(backup.preempt || isBalanced(backup)))
      .map((backup) => ({ master, backup })),
  );
}

/** The first finding of each router, however many others there are. */
function oncePerMaster(found: readonly (readonly [CarpRouter, Diagnostic])[]): readonly Diagnostic[] {
  const seen = new Set<CarpRouter>();
  return found.flatMap(([router, diagnostic]) => {
    if (seen.has(router)) return [];
    seen.add(router);
    return [diagnostic];
  });
}

/** Backups that take over when a single advert is lost: n lost ones are survived if (n + 1) intervals are less than they wait. */
export const noLostAdvert: Rule = (subject) =>
  subject.carp.clusters.flatMap((cluster) =>
    oncePerMaster(
      watchesOf(cluster)
        .filter(({ master, backup }) => !expectsTimeout(backup, master))
        .filter(({ master, backup }) => patienceOf(backup) <= 2 * intervalOf(master))
        .map((watch) => [watch.master, ofImpatient(subject, watch)] as const),
    ),
  );

function ofImpatient(subject: Subject, { master, backup }: Watch): Diagnostic {
  const keyword = master.advbase === backup.advbase ? 'advskew' : 'advbase';
  const isRatio = backup.kind === 'ucarp' && isBetter(master, backup);
  const at = isRatio ? carpPlaceOf(backup, 'r') : carpPlaceOf(master, keyword);
  const every = spanText(intervalOf(master));
  const waits = spanText(patienceOf(backup));
  return finding({
    severity: 'warning',
    code: 'carp/no-lost-advert',
    at,
    message: isRatio
      ? `${backup.node} waits ${waits} for adverts of ${master.node} that come every ${every}`
      : `${settingText(master, keyword, master[keyword])} is an advert every ${every}, and ${backup.node} waits ${waits}`,
    hint: `${whereCarpSaid(isRatio ? master : backup, 'advskew')} is ${isRatio ? 'the master' : 'a backup without preempt'}`,
    means: `one advert of the master ${master.node} is lost, and ${backup.node} takes ${vipNameOf(master)} over`,
    cures: [isRatio ? ratioCure(subject, backup) : intervalCure(subject, { master, backup })],
    related: [
      carpRelated(
        isRatio ? master : backup,
        `${(isRatio ? master : backup).node} has its own interval`,
        'advskew',
      ),
    ],
  });
}

function ratioCure(subject: Subject, backup: CarpRouter): Cure {
  const ratio = backup.kind === 'ucarp' ? backup.deadRatio : 3;
  return backup.advbase === 0
    ? { title: '-b 1 in both', edits: [] }
    : { title: '-r 3', edits: rewrite(subject, writtenAt(backup, 'r'), ratio, 3) };
}

function intervalCure(subject: Subject, { master, backup }: Watch): Cure {
  if (master.advbase !== backup.advbase)
    return settingCure(subject, master, 'advbase', master.advbase, backup.advbase);
  const skews = Array.from({ length: master.advskew }, (_, index) => master.advskew - 1 - index);
  const wanted = skews.find((advskew) => 2 * intervalOf({ ...master, advskew }) < patienceOf(backup));
  if (wanted === undefined || wanted <= backup.advskew) return { title: 'preempt in both', edits: [] };
  const cure = settingCure(subject, master, 'advskew', master.advskew, wanted);
  return { ...cure, title: `${cure.title} or less` };
}

/** A better router without preempt that takes over all the same, since it takes the master for one that will time out. */
export const masterTimesOut: Rule = (subject) =>
  subject.carp.clusters.flatMap((cluster) =>
    oncePerMaster(
      watchesOf(cluster)
        .filter(({ master, backup }) => expectsTimeout(backup, master))
        .map((watch) => [watch.master, ofSlow(subject, watch)] as const),
    ),
  );

function ofSlow(subject: Subject, { master, backup }: Watch): Diagnostic {
  const keyword = master.advbase === backup.advbase ? 'advskew' : 'advbase';
  const waits = spanText(formulaOf(backup));
  return finding({
    severity: 'warning',
    code: 'carp/master-times-out',
    at: carpPlaceOf(master, keyword),
    message: `${settingText(master, keyword, master[keyword])} is slower than ${backup.node} waits`,
    hint: `an advert every ${spanText(intervalOf(master))}, and ${whereCarpSaid(backup, keyword)} makes it ${waits}`,
    means: `${backup.node} takes ${vipNameOf(master)} from the master ${master.node} at its first advert, though preempt is off`,
    cures: [settingCure(subject, master, keyword, master[keyword], backup[keyword])],
    related: [carpRelated(backup, `${backup.node} waits ${waits}`, keyword)],
  });
}

/** OpenBSD with advbase 0: below a tick of the clock an interval and three of them are the same (`timeout_add_tv`). */
export const intervalBelowTick: Rule = (subject) =>
  subject.carp.clusters.flatMap((cluster) =>
    oncePerMaster(
      watchesOf(cluster).flatMap(({ master, backup }) => {
        if (!isOpenBsdRouter(master) || !isOpenBsdRouter(backup) || !isBetter(master, backup)) return [];
        const tick = tickedSpan(master.system, intervalOf(master)).max;
        if (tickedSpan(backup.system, patienceOf(backup)).max > tick) return [];
        return [[backup, ofTick(subject, { master, backup }, tick)] as const];
      }),
    ),
  );

/** With it a backup waits for three ticks, whatever the master's skew is below one. */
const ABOVE_TICKS = 10;

function ofTick(subject: Subject, { master, backup }: Watch, tick: number): Diagnostic {
  return finding({
    severity: 'error',
    code: 'carp/interval-below-tick',
    at: carpPlaceOf(backup, 'advskew'),
    message: `${settingText(backup, 'advskew', backup.advskew)} with advbase 0 waits ${spanText(patienceOf(backup))}: one tick`,
    hint: `OpenBSD counts ticks of ${spanText(tick)}`,
    means: `${master.node} advertises with every tick and ${backup.node} waits for one: it takes ${vipNameOf(backup)} over beside a healthy master, again and again`,
    cures: [settingCure(subject, backup, 'advskew', backup.advskew, ABOVE_TICKS)],
    related: [
      carpRelated(master, `${master.node} advertises every ${spanText(intervalOf(master))}`, 'advskew'),
    ],
  });
}
