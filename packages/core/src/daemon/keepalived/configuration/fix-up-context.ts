import type { Complaints } from '../../../diagnostic/complaints.js';
import type { GlobalDraft, InstanceDraft, SyncGroupDraft } from './draft.js';
import type { SourcePlace } from './keepalived-config.js';

/** What the fix-ups of one instance look at and tell. */
export interface FixUpContext {
  readonly draft: InstanceDraft;
  readonly global: GlobalDraft;
  readonly group: SyncGroupDraft | undefined;
  readonly complaints: Complaints;
  /** Calls the whole configuration one that keepalived does not run. */
  readonly refuse: () => void;
}

/** The priority that says "the addresses are mine" (RFC 5798 §5.2.4). */
export const OWNER_PRIORITY = 255;
/** What keepalived does with a configuration that it refuses. */
export const REFUSED = 'keepalived does not run with this file';

/** The place of the first of some keywords that was written, else of the instance's name. */
export function placeOfKeyword(draft: InstanceDraft, ...keywords: readonly string[]): SourcePlace {
  for (const keyword of [...keywords, 'name']) {
    const place = draft.origin[keyword];
    if (place !== undefined) return place;
  }
  return { file: '', range: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } } };
}
