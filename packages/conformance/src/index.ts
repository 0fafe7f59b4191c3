/**
 * Replays recordings of real daemons in the simulator and compares, event by event.
 */
export { type ConformanceJson, conformanceJson } from './case-json.js';
export { agrees, type CaseReport, reportCase, type Tally, tallyOf } from './case-report.js';
export { caseTable, totalLine } from './case-table.js';
export type { ClientAttempt } from './client-attempt.js';
export { type ClientSegment, clientSegments } from './client-segments.js';
export { type ComparisonRow, compare, type ReplayedRun, type Verdict } from './compare.js';
export { importLab } from './import-lab.js';
export { NotReplayable } from './not-replayable.js';
export type { AdvertRow, FieldValue, Observation, ObservedEvent } from './observation.js';
export { RecordingError } from './recorded-json.js';
export { type RecordedAction, type RecordedRun, type Recording, readRecording } from './recording.js';
export { replay } from './replay.js';
