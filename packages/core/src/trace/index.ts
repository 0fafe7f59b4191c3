export type { EventFields, EventName, TraceEvent, VrrpStateName } from './events.js';
export { digestOfEvents, type EventListener, type FrameFate, type FrameListener, Trace } from './trace.js';
