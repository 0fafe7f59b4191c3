export { type ChoiceSite, type Choices, RANDOM_STREAM_VERSION, SeededChoices } from './choices.js';
export { ClockDomain } from './clock-domain.js';
export { Engine, type EngineOptions, type EventTarget, type WindowHome } from './engine.js';
export { EventClass, EventQueue, NO_SLOT, type Slot } from './event-queue.js';
export {
  bool,
  diagnostic,
  enumOf,
  type Field,
  type Fields,
  int,
  ipv4,
  mac,
  type RecordOf,
  type RecordType,
  record,
  span,
  timer,
  u8,
  u16,
  u32,
  value,
  window,
} from './fields.js';
export { fingerprint, Hasher } from './fingerprint.js';
export { wordIndexOf } from './record-store.js';
export { type RowView, rowView } from './row-view.js';
export {
  type DescribedWord,
  differenceOf,
  digestOf,
  printState,
  restoreState,
  type Snapshot,
  sameSituation,
  saveState,
} from './snapshot.js';
export { Streams } from './streams.js';
export { NO_ROW, type Row, Table, type TableType, table } from './table.js';
export { TaggedQueue } from './tagged-queue.js';
export {
  type DurationInput,
  type DurationText,
  END_OF_TIME,
  formatDuration,
  formatSeconds,
  MICROSECOND,
  MILLISECOND,
  ms,
  type Nanoseconds,
  parseDuration,
  SECOND,
  type Span,
  s,
  tryParseDuration,
  us,
} from './time.js';
export { Timer, Window } from './timer.js';
export * from './zone/index.js';
