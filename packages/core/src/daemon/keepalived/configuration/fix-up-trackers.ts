import type { Complaints } from '../../../diagnostic/complaints.js';
import type { SyncGroupDraft, TrackersDraft } from './draft.js';
import { type FixUpContext, OWNER_PRIORITY, type placeOfKeyword } from './fix-up-context.js';
import type { TrackedBy, VrrpInstanceConfig } from './keepalived-config.js';

type Tracked = Pick<VrrpInstanceConfig, 'trackInterfaces' | 'trackScripts' | 'trackFiles' | 'trackProcesses'>;

/** keepalived's default weight of a track_file, which counts as "not given" in a group. */
const DEFAULT_FILE_WEIGHT = 1;

/**
 * What an instance tracks in the end. An owner's priority never changes and that of a group's member only with
 * `sync_group_tracking_weight`: weights are taken away, or the tracker with them (`vrrp_complete_instance`).
 */
export function completeTrackers(context: FixUpContext, owner: boolean): Tracked {
  const { draft, group, complaints } = context;
  const { trackers } = draft;
  const interfaces = trackers.interfaces.filter((tracked) => {
    if (tracked.name !== draft.interface) return true;
    complaints.add(tracked.origin, 'conflict', `${tracked.name} is the instance's own interface`, {
      means: 'keepalived logs this and leaves the entry out: it is tracked anyway',
    });
    return false;
  });
  const held = group !== undefined && !group.trackingWeight;
  if (!held && !owner) {
    return {
      trackInterfaces: interfaces,
      trackScripts: trackers.scripts,
      trackFiles: trackers.files,
      trackProcesses: trackers.processes,
    };
  }
  const because = held
    ? `${draft.name} is in sync group ${group.name}`
    : `priority ${OWNER_PRIORITY} never changes`;
  const without = (list: readonly TrackedBy[], remove: (tracked: TrackedBy) => boolean): TrackedBy[] =>
    list.flatMap((tracked) => {
      if (tracked.weight === 0) return [tracked];
      const removed = remove(tracked);
      complaints.add(
        tracked.origin,
        'weight-ignored',
        `the weight of ${tracked.name} has no effect: ${because}`,
        {
          means: removed
            ? 'keepalived logs this and does not track it at all'
            : 'keepalived logs this and uses weight 0: failing is FAULT',
        },
      );
      return removed ? [] : [{ ...tracked, weight: 0 }];
    });
  return {
    trackInterfaces: without(interfaces, () => !held),
    trackScripts: without(trackers.scripts, () => true),
    trackFiles: without(trackers.files, (tracked) => tracked.weight !== DEFAULT_FILE_WEIGHT),
    trackProcesses: trackers.processes,
  };
}

/** A group's own trackers: their weights go if a member is an owner (`sync_group_tracking_init`). */
export function completeGroupTrackers(
  group: SyncGroupDraft,
  hasOwner: boolean,
  complaints: Complaints,
): TrackersDraft {
  if (!hasOwner) return group.trackers;
  const unweighted = (list: readonly TrackedBy[]): TrackedBy[] =>
    list.map((tracked) => {
      if (tracked.weight === 0) return tracked;
      complaints.add(
        tracked.origin,
        'weight-ignored',
        `the weight of ${tracked.name} has no effect: a member has priority ${OWNER_PRIORITY}`,
        {
          means: 'keepalived logs this and uses weight 0: failing is FAULT',
        },
      );
      return { ...tracked, weight: 0 };
    });
  const { interfaces, scripts, files, processes, bfd } = group.trackers;
  return {
    scripts: unweighted(scripts),
    files: unweighted(files),
    processes: unweighted(processes),
    interfaces: unweighted(interfaces),
    bfd,
  };
}

/** Where to point for a group. */
export function placeOfGroup(group: SyncGroupDraft): ReturnType<typeof placeOfKeyword> {
  return (
    group.origin['name'] ?? {
      file: '',
      range: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } },
    }
  );
}
