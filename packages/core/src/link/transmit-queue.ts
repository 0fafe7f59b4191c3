import {
  type Engine,
  EventClass,
  type EventTarget,
  int,
  type Nanoseconds,
  type RecordOf,
  record,
  type Slot,
  TaggedQueue,
} from '../engine/index.js';
import { type EthernetFrame, paddedFrameLength } from '../wire/index.js';
import { occupancy, serialisation } from './serialisation.js';

const QueueState = record('transmit-queue', { waitingBytes: int });

/** The one tag: frames of one port leave in one line. */
const LINE = 0;

/**
 * A port's transmitter with the frames that wait for it, for a direction whose queue has a limit (drop-tail on
 * bytes, as Linux's bfifo and switches' egress buffers do). The frame that is being sent does not count.
 *
 * It waits for the end of each frame with an event, so nobody reads a clock.
 */
export class TransmitQueue implements EventTarget {
  readonly id: number;
  readonly path: string;
  readonly isDerived = false;
  readonly keepsSlot = true;
  private readonly slot: Slot;
  private readonly state: RecordOf<typeof QueueState.fields>;
  private readonly waiting: TaggedQueue<EthernetFrame>;
  /** Derived: how long a frame of the length that came last takes; most are as long as the one before. */
  private timedLength = -1;
  private occupancy: Nanoseconds = 0;
  private serialisation: Nanoseconds = 0;

  constructor(
    private readonly engine: Engine,
    path: string,
    private readonly bandwidth: number,
    private readonly limit: number,
    /** Called when a frame begins to leave; its last bit does so after `serialisation`. */
    private readonly begin: (frame: EthernetFrame, serialisation: Nanoseconds) => void,
  ) {
    this.path = `${path}/transmitter`;
    this.id = engine.register(this);
    this.slot = engine.allocateSlot(this);
    this.state = engine.record(this.path, QueueState, engine.world);
    this.waiting = new TaggedQueue(engine, `${path}/queue`, Number.MAX_SAFE_INTEGER);
  }

  /** Takes a frame; false where the queue has no room for it. */
  send(frame: EthernetFrame): boolean {
    const length = paddedFrameLength(frame);
    if (!this.engine.isPending(this.slot)) {
      this.start(frame, length);
      return true;
    }
    if (this.state.waitingBytes + length > this.limit) return false;
    this.state.waitingBytes += length;
    this.waiting.push(LINE, frame);
    return true;
  }

  /** Forgets what waits and stops sending: the port has lost its power or its cable. */
  clear(dropped: (frame: EthernetFrame) => void): void {
    this.engine.remove(this.slot);
    this.state.waitingBytes = 0;
    for (const frame of this.waiting.drain(LINE)) dropped(frame);
  }

  private start(frame: EthernetFrame, length: number): void {
    if (length !== this.timedLength) {
      this.timedLength = length;
      this.occupancy = occupancy(length, this.bandwidth);
      this.serialisation = serialisation(length, this.bandwidth);
    }
    // First among the events of its instant: a line that falls free takes the frame that arrives just then.
    this.engine.insertAfter(this.slot, this.occupancy, EventClass.ACTION);
    this.begin(frame, this.serialisation);
  }

  /** Called by the engine only: the line is free. */
  fire(): void {
    const next = this.waiting.shift(LINE);
    if (next === undefined) return;
    const length = paddedFrameLength(next);
    this.state.waitingBytes -= length;
    this.start(next, length);
  }

  keyOf(): readonly [number, number] {
    return [0, 0];
  }

  adopt(): Slot {
    return this.slot;
  }
}
