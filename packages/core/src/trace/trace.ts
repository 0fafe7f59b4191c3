import { addData, Hasher } from '../engine/fingerprint.js';
import type { Engine, Nanoseconds } from '../engine/index.js';
import type { EventFields, EventName, TraceEvent } from './events.js';

/** What can happen to a frame at one end of a cable. */
export type FrameFate =
  | 'sent'
  | 'delivered'
  | 'lost'
  | 'queue-full'
  | 'cut'
  | 'filtered'
  | 'blocked'
  | 'corrupt';

/** Someone who wants to see frames: a capture, `-vv`, a bench. `frame` is immutable and may be kept. */
export interface FrameListener {
  /** `port` is `node:port` of the end concerned, `portIndex` the small number that {@link Trace.portIndex} gave it. */
  onFrame(time: Nanoseconds, port: string, fate: FrameFate, frame: object, portIndex: number): void;
}

/** Called with each event as it happens. */
export type EventListener = (event: TraceEvent) => void;

/**
 * What happened, in order. Components append typed events; the report, the timeline, the log, the digest and the
 * capture are readers. While nobody records and nobody listens, an event costs one test.
 */
export class Trace {
  private recorded: TraceEvent[] = [];
  private readonly listeners: EventListener[] = [];
  private isRecording = false;
  /** True while somebody wants events: components test it before they make one. */
  isOn = false;
  /** Who wants to see frames, or null. */
  frames: FrameListener | null = null;

  private readonly portPaths: string[] = [];
  private readonly portIndices = new Map<string, number>();

  constructor(private readonly engine: Engine) {}

  /** A small number for a port, given once: what listeners keep in place of its path. */
  portIndex(path: string): number {
    let index = this.portIndices.get(path);
    if (index === undefined) {
      index = this.portPaths.push(path) - 1;
      this.portIndices.set(path, index);
    }
    return index;
  }

  /** The path of a port's number. @throws RangeError for a number that none has */
  portPath(index: number): string {
    const path = this.portPaths[index];
    if (path === undefined) throw new RangeError(`no port has the number ${index}`);
    return path;
  }

  /** Keeps every event from now on. */
  record(): void {
    this.isRecording = true;
    this.isOn = true;
  }

  listen(listener: EventListener): void {
    this.listeners.push(listener);
    this.isOn = true;
  }

  /** Appends an event that happens now. Call it behind a test of {@link Trace.isOn}. */
  emit<N extends EventName>(name: N, node: string, fields: EventFields[N]): void {
    const event = { time: this.engine.now, name, node, ...fields } as unknown as TraceEvent;
    if (this.isRecording) this.recorded.push(event);
    for (const listener of this.listeners) listener(event);
  }

  /** All recorded events, in order. */
  get events(): readonly TraceEvent[] {
    return this.recorded;
  }

  /** The recorded events of one name, typed. */
  filter<N extends EventName>(name: N): TraceEvent<N>[] {
    return this.recorded.filter((event) => event.name === name) as unknown as TraceEvent<N>[];
  }

  /** Forgets what came after the first `length` events, for a rewind. */
  truncate(length: number): void {
    this.recorded.length = Math.min(length, this.recorded.length);
  }

  /** Takes over what another trace has recorded, for a fork. */
  adopt(events: readonly TraceEvent[]): void {
    this.recorded = [...events];
  }
}

/**
 * A stable hash of what happened: 16 hexadecimal digits over every event's instant, name, node and fields.
 *
 * @param nodes only the events of these nodes, to compare the untouched part of two labs.
 */
export function digestOfEvents(events: readonly TraceEvent[], nodes?: ReadonlySet<string>): string {
  const hasher = new Hasher();
  for (const event of events) if (nodes === undefined || nodes.has(event.node)) addData(hasher, event);
  return hasher.hex();
}
