import { noNotify, noTrackers, type SyncGroupDraft } from '../draft.js';
import type { Reading } from '../reading.js';
import { type Block, boolean, flag, type Keyword, lastOr, type Statement, table } from './keyword.js';
import { notifyKeywords } from './notify.js';
import { trackKeywords } from './track-entries.js';

function newGroup(name: string): SyncGroupDraft {
  return {
    name,
    origin: {},
    members: undefined,
    trackingWeight: false,
    trackers: noTrackers(),
    notify: noNotify(),
    notifyPriorityChanges: undefined,
  };
}

const current = (reading: Reading): SyncGroupDraft => lastOr(reading.draft.syncGroups, () => newGroup(''));

const groupOf = (statement: Statement): SyncGroupDraft => current(statement.reading);

const VRRP_SYNC_GROUP: Block = {
  name: 'vrrp_sync_group',
  subject: (draft) => draft.syncGroups[draft.syncGroups.length - 1]?.name,
  origin: (draft) => draft.syncGroups[draft.syncGroups.length - 1]?.origin,
  keywords: table({
    group: {
      effect: 'modelled',
      read(statement) {
        const group = groupOf(statement);
        const { reading, keyword } = statement;
        if (group.members !== undefined) {
          reading.complaints.add(keyword.place, 'duplicate', `${group.name} has its members already`, {
            means: 'keepalived logs this, passes over the second list and leaves the group with its end',
          });
          reading.skipBlock();
          return;
        }
        group.members = reading.readNames(statement);
        if (group.members === undefined) {
          reading.complaints.add(keyword.place, 'empty', `${group.name} has no members`, {
            means: 'keepalived logs this',
          });
        }
      },
    },
    ...trackKeywords((statement) => groupOf(statement).trackers),
    ...notifyKeywords((statement) => groupOf(statement).notify),
    global_tracking: {
      effect: 'modelled',
      read(statement) {
        groupOf(statement).trackingWeight = true;
        statement.reading.complaints.add(
          statement.keyword.place,
          'deprecated',
          'global_tracking is now sync_group_tracking_weight',
          {
            means: 'keepalived logs this and obeys',
            cures: [
              {
                title: 'sync_group_tracking_weight',
                edits: [{ range: statement.keyword.place.range, text: 'sync_group_tracking_weight' }],
              },
            ],
          },
        );
      },
    },
    sync_group_tracking_weight: flag((statement) => {
      groupOf(statement).trackingWeight = true;
    }),
    notify_priority_changes: boolean((statement, value) => {
      groupOf(statement).notifyPriorityChanges = value;
    }),
  }),
};

/** `vrrp_sync_group NAME` (`vrrp_sync_group_handler`). */
export const syncGroupKeyword: Keyword = {
  effect: 'modelled',
  block: VRRP_SYNC_GROUP,
  read(statement) {
    const { reading, words, keyword } = statement;
    const name = words[1];
    if (name === undefined || words.length > 2) {
      reading.complaints.add((words[2] ?? keyword).place, 'bad-name', 'vrrp_sync_group takes one name', {
        means: 'keepalived logs this and passes over the block',
      });
      reading.skipBlock();
      return;
    }
    const known = reading.draft.syncGroups.find((group) => group.name === name.text);
    if (known !== undefined) {
      reading.complaints.add(name.place, 'duplicate', `vrrp_sync_group ${name.text} exists already`, {
        means: 'keepalived logs this and passes over the second block',
      });
      reading.skipBlock();
      return;
    }
    const group = newGroup(name.text);
    group.origin['name'] = name.place;
    group.origin['block'] = keyword.place;
    reading.draft.syncGroups.push(group);
  },
};
