export type {
  CarpReason,
  CarpRejection,
  CarpStateName,
  ErrDisableReason,
  EventFields,
  EventName,
  TraceEvent,
  VrrpStateName,
} from './events.js';
export { FrameColumns, type FrameRow } from './frame-columns.js';
export { digestOfEvents, type EventListener, type FrameFate, type FrameListener, Trace } from './trace.js';
