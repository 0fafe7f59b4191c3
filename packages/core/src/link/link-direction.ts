import {
  bool,
  diagnostic,
  type Engine,
  EventClass,
  type EventTarget,
  enumOf,
  int,
  type Nanoseconds,
  type RecordOf,
  record,
  type Slot,
  span,
  u8,
  window,
} from '../engine/index.js';
import type { FrameFate, Trace } from '../trace/index.js';
import { type EthernetFrame, formatIp, formatMac, paddedFrameLength } from '../wire/index.js';
import { CarriedFrame } from './carried-frame.js';
import { Carrier } from './carrier.js';
import { FRAME_FILTER_NAMES, type FrameFilterName, isCaught, type LostFrameKind } from './frame-filter.js';
import { Impairments } from './impairments.js';
import {
  DEFAULT_DELAY,
  type DelayInput,
  type DelayRange,
  type DirectionOptions,
  delayRange,
} from './link-options.js';
import type { Port } from './port.js';
import { occupancy, serialisation } from './serialisation.js';
import { TransmitQueue } from './transmit-queue.js';
import { fromWireBytes, toWireBytes, type WireBytes, withFlippedBit } from './wire-bytes.js';

/** What a `u8` holds: nobody loses that many single frames. */
const MOST_LOST = 255;

const DirectionState = record('link-direction', {
  delayLow: span,
  delayHigh: span,
  filter: enumOf(...FRAME_FILTER_NAMES),
  /** Drops everything and shows nobody. */
  isCut: bool,
  /** The strand itself is broken: no light arrives. */
  isBroken: bool,
  /** The sending end's transmitter is off: no power, or its port is shut. */
  isDark: bool,
  /** Set once frames could overtake each other, because the delay has become shorter. */
  keepsOrder: bool,
  /** How many of the next frames of a kind are lost. */
  adverts: u8,
  arps: u8,
  damaged: diagnostic(int),
  dropped: diagnostic(int),
});

/** What a direction needs to know of the cable around it. */
export interface Cable {
  /** Both plugs are in. */
  readonly isPlugged: boolean;
  /** Something has changed that carrier may depend on. */
  lightChanged(): void;
}

/** Constant parts of a direction, worked out by its link. */
export interface DirectionParts {
  readonly path: string;
  readonly from: Port;
  readonly to: Port;
  readonly cable: Cable;
  readonly options: DirectionOptions;
  readonly detectDown: DelayRange;
  readonly detectUp: DelayRange;
  readonly asBytes: boolean;
  /** What the sending end believes at the start. */
  readonly hasCarrier: boolean;
}

/**
 * One direction of a cable: what is handed to it at one end arrives at the other, one event per hop.
 *
 * Frames stay in order unless `reorder` picks one out. The node behind {@link LinkDirection.from} sends with
 * {@link LinkDirection.send} and learns about carrier at its own end.
 */
export class LinkDirection implements EventTarget {
  readonly id: number;
  readonly path: string;
  readonly isDerived = false;
  readonly keepsSlot = false;
  /** The sending end. */
  readonly from: Port;
  /** The receiving end. */
  readonly to: Port;
  /** Bits per second, or null. */
  readonly bandwidth: number | null;
  /**
   * True where arrivals are computed from the clock: a finite bandwidth without a limit of the queue. (One with a
   * limit waits for the end of each frame with an event and stays blind.)
   */
  readonly computesWithTime: boolean;
  private readonly fromIndex: number;
  private readonly toIndex: number;
  private readonly cable: Cable;
  /** Frames get their bytes here, unless they have them. */
  private readonly asBytes: boolean;
  /** The bytes are read back at this direction's end. */
  private readonly readsBytes: boolean;
  private readonly passesFcs: boolean;
  private readonly carrier: Carrier;
  private readonly impairments: Impairments;
  private readonly state: RecordOf<typeof DirectionState.fields>;
  private readonly queue: TransmitQueue | null;
  /** Words of the store that hold a window's end: until when the line is taken, and the last arrival. */
  private readonly busyUntil: number;
  private readonly lastArrival: number;
  private readonly timeScale: number;
  private readonly delaySite: string;
  /** Derived: nothing befalls frames on the line, and its delay is known. */
  private isClean = false;
  /** Derived: nothing but delay and bandwidth stands between the ends. */
  private isStraight = false;
  /** Derived: the delay of a straight direction. */
  private delay: Nanoseconds = 0;
  /** Derived: frames get through physically. */
  private isOpen = false;
  private other: LinkDirection | null = null;
  /** Derived: how long a frame of the length that came last takes; most are as long as the one before. */
  private timedLength = -1;
  private occupancy: Nanoseconds = 0;
  private serialisation: Nanoseconds = 0;

  /** Made by its link only. */
  constructor(
    private readonly engine: Engine,
    private readonly trace: Trace,
    parts: DirectionParts,
  ) {
    const { path, options } = parts;
    this.path = path;
    this.from = parts.from;
    this.to = parts.to;
    this.fromIndex = trace.portIndex(parts.from.path);
    this.toIndex = trace.portIndex(parts.to.path);
    this.cable = parts.cable;
    this.asBytes = parts.asBytes;
    this.readsBytes = parts.asBytes && parts.to.passesBytes !== true;
    this.passesFcs = options.corruptPassesFcs ?? false;
    this.bandwidth = checkedBandwidth(path, options.bandwidth ?? null);
    const limit = checkedQueue(path, options.queueBytes ?? null);
    this.id = engine.register(this);
    this.timeScale = engine.timeScale;
    const delay = delayRange(`${path} delay`, options.delay ?? DEFAULT_DELAY, 1);
    this.state = engine.record(
      path,
      DirectionState,
      engine.world,
      {},
      {
        delayLow: delay.lo,
        delayHigh: delay.hi,
        filter: options.drop ?? 'nothing',
        isCut: options.up === false,
        isDark: parts.from.isPowered === false,
      },
    );
    this.impairments = new Impairments(engine, path, options);
    const { hasCarrier, detectDown, detectUp } = parts;
    this.carrier = new Carrier(engine, path, hasCarrier, detectDown, detectUp, (isUp) =>
      this.carrierChanged(isUp),
    );
    this.busyUntil = engine.store.allocate(`${path}.busyUntil`, window, 0);
    this.lastArrival = engine.store.allocate(`${path}.lastArrival`, window, 0);
    this.queue =
      this.bandwidth === null || limit === null
        ? null
        : new TransmitQueue(engine, path, this.bandwidth, limit, (frame, time) => this.leave(frame, time));
    this.computesWithTime = this.bandwidth !== null && this.queue === null;
    this.delaySite = `${path} delay`;
  }

  /** Joins the two directions of a cable; called once by the link. */
  pairWith(other: LinkDirection): void {
    this.other = other;
    this.derive();
    this.engine.afterRestore.push(() => this.derive());
  }

  /** The other direction of the same cable. */
  get reverse(): LinkDirection {
    return this.other ?? this;
  }

  /** Whether the sending end has carrier, as far as its detection has noticed. */
  get hasCarrier(): boolean {
    return this.carrier.isUp;
  }

  /** Whether a frame that is sent now would arrive, chance and filters aside. */
  get carriesNow(): boolean {
    return this.isOpen && !this.state.isCut;
  }

  /** How many frames arrived with a wrong frame check sequence or failed to be read back. */
  get damagedFrames(): number {
    return this.state.damaged;
  }

  /** How many frames the queue had no room for. */
  get droppedFrames(): number {
    return this.state.dropped;
  }

  /** Works the derived fields out again; called by the link and after a restore. */
  derive(): void {
    const { state } = this;
    const reverse = this.reverse.state;
    this.delay = state.delayLow;
    this.isOpen =
      this.cable.isPlugged &&
      !state.isBroken &&
      !state.isDark &&
      !reverse.isDark &&
      this.carrier.isUp &&
      this.reverse.carrier.isUp;
    this.isClean =
      !state.isCut &&
      state.filter === 'nothing' &&
      state.adverts + state.arps === 0 &&
      state.delayLow === state.delayHigh &&
      this.impairments.isNone;
    this.isStraight = this.isClean && this.isOpen && this.queue === null && !state.keepsOrder;
  }

  // ---- sending

  /** Sends a frame away from {@link LinkDirection.from}. Without carrier it is lost here. */
  send(frame: EthernetFrame): void {
    if (!this.isStraight) {
      this.sendWithCare(frame);
      return;
    }
    if (this.trace.frames !== null)
      this.trace.frames.onFrame(this.engine.now, this.from.path, 'sent', frame, this.fromIndex);
    const payload = this.asBytes ? CarriedFrame.of(frame) : frame;
    if (this.bandwidth === null) this.engine.post(this, this.delay, EventClass.DELIVERY, payload);
    else this.post(payload, this.occupyLine(frame, this.bandwidth) + this.delay * this.timeScale);
  }

  private sendWithCare(frame: EthernetFrame): void {
    if (!this.isOpen) this.tell(this.from, 'cut', frame);
    else if (this.queue === null) this.leave(frame, 0);
    else if (!this.queue.send(frame)) {
      this.state.dropped++;
      this.tell(this.from, 'queue-full', frame);
    }
  }

  /** Takes the line from now, or from when it falls free; the instant at which the last bit has left. */
  private occupyLine(frame: EthernetFrame, bandwidth: number): Nanoseconds {
    const length = paddedFrameLength(frame);
    if (length !== this.timedLength) {
      this.timedLength = length;
      this.occupancy = occupancy(length, bandwidth) * this.timeScale;
      this.serialisation = serialisation(length, bandwidth) * this.timeScale;
    }
    const words = this.engine.store.words;
    const start = Math.max(this.engine.now, words[this.busyUntil] as number);
    words[this.busyUntil] = start + this.occupancy;
    return start + this.serialisation;
  }

  /**
   * The frame goes onto the line, with all that may befall it there.
   *
   * @param time - how long the transmit queue takes to send it; ns
   */
  private leave(frame: EthernetFrame, time: Nanoseconds): void {
    const { engine, state, bandwidth, queue } = this;
    this.tell(this.from, 'sent', frame);
    const lastBit =
      bandwidth !== null && queue === null ? this.occupyLine(frame, bandwidth) : engine.windowEnd(time);
    if (queue !== null && this.isClean) {
      const payload = this.asBytes ? CarriedFrame.of(frame) : frame;
      this.postInOrder(payload, lastBit + this.delay * this.timeScale);
      return;
    }
    if (state.isCut) this.tell(this.to, 'cut', frame);
    else if (isCaught(state.filter, frame)) this.tell(this.to, 'filtered', frame);
    else if (this.losesThis(frame) || this.impairments.loses()) this.tell(this.to, 'lost', frame);
    else this.propagate(frame, lastBit);
  }

  /** Whether this is the frame that {@link LinkDirection.loseNext} waits for. */
  private losesThis(frame: EthernetFrame): boolean {
    const { state } = this;
    const kind =
      state.adverts > 0 && isCaught('vrrp', frame)
        ? 'vrrp'
        : state.arps > 0 && isCaught('arp', frame)
          ? 'arp'
          : null;
    if (kind === null) return false;
    if (kind === 'vrrp') state.adverts--;
    else state.arps--;
    this.derive();
    if (this.trace.isOn) {
      const { payload, source } = frame;
      const sender =
        payload.kind === 'arp'
          ? payload.senderIp
          : payload.kind === 'ipv4' || payload.kind === 'ipv6'
            ? payload.source
            : null;
      this.trace.emit('frame.lost', this.to.path.split(':')[0] ?? '', {
        kind,
        mac: formatMac(source),
        sender: sender === null ? '' : formatIp(sender),
      });
    }
    return true;
  }

  private propagate(frame: EthernetFrame, lastBit: Nanoseconds): void {
    const { engine, state, impairments } = this;
    const payload = impairments.corrupts()
      ? this.damage(frame)
      : this.asBytes
        ? CarriedFrame.of(frame)
        : frame;
    if (
      this.bandwidth === null &&
      !state.keepsOrder &&
      state.delayLow === state.delayHigh &&
      impairments.isNone
    ) {
      // Blind to time: nothing can overtake anything.
      engine.post(this, state.delayLow, EventClass.DELIVERY, payload);
      return;
    }
    const width = state.delayHigh - state.delayLow;
    const delay = state.delayLow + (width === 0 ? 0 : engine.chooseWithin(this.delaySite, width));
    const arrival = lastBit + delay * this.timeScale;
    if (impairments.reorders()) {
      this.post(payload, arrival + impairments.reorderDelay * this.timeScale);
      return;
    }
    this.postInOrder(payload, arrival);
    if (!impairments.duplicates()) return;
    const length = paddedFrameLength(frame);
    const later = this.bandwidth === null ? 0 : occupancy(length, this.bandwidth) * this.timeScale;
    this.postInOrder(payload, arrival + later);
  }

  private damage(frame: EthernetFrame): WireBytes {
    const whole = toWireBytes(frame);
    return withFlippedBit(whole, this.impairments.flippedBit(whole.bytes.length * 8), this.passesFcs);
  }

  /** Not before what was sent earlier: a cable is a pipe. */
  private postInOrder(payload: EthernetFrame | WireBytes, arrival: Nanoseconds): void {
    const words = this.engine.store.words;
    const instant = Math.max(arrival, words[this.lastArrival] as number);
    words[this.lastArrival] = instant;
    this.post(payload, instant);
  }

  private post(payload: EthernetFrame | WireBytes, instant: Nanoseconds): void {
    const slot = this.engine.allocateSlot(this);
    this.engine.payload[slot] = payload;
    this.engine.insertAt(slot, instant, EventClass.DELIVERY);
  }

  // ---- arriving

  /** Called by the engine only: a frame has arrived. */
  fire(slot: Slot): void {
    const payload = this.engine.payload[slot] as EthernetFrame | WireBytes;
    this.engine.releaseSlot(slot);
    if (payload.kind === 'bytes') this.receive(fromWireBytes(payload), payload.frame);
    else if (this.readsBytes && payload instanceof CarriedFrame) this.receive(payload.read(), payload);
    else this.deliver(payload);
  }

  private deliver(frame: EthernetFrame): void {
    if (this.trace.frames !== null)
      this.trace.frames.onFrame(this.engine.now, this.to.path, 'delivered', frame, this.toIndex);
    this.to.receive(frame);
  }

  /** Delivers what was read from bytes, or drops it where nothing was. */
  private receive(read: EthernetFrame | undefined, sent: EthernetFrame): void {
    if (read === undefined) {
      this.state.damaged++;
      this.tell(this.to, 'corrupt', sent);
    } else this.deliver(read);
  }

  keyOf(): readonly [number, number] {
    return [0, 0];
  }

  adopt(): Slot {
    return this.engine.allocateSlot(this);
  }

  private tell(port: Port, fate: FrameFate, frame: EthernetFrame): void {
    if (this.trace.frames === null) return;
    const index = port === this.from ? this.fromIndex : this.toIndex;
    this.trace.frames.onFrame(this.engine.now, port.path, fate, frame, index);
  }

  // ---- faults and repairs

  /** Loses this many frames of a million from now on. */
  setLoss(ppm: number): void {
    this.impairments.setLoss(ppm);
    this.derive();
  }

  /** Delivers this many frames of a million twice. */
  setDuplicate(ppm: number): void {
    this.impairments.setDuplicate(ppm);
    this.derive();
  }

  /** Delivers this many frames of a million late by `delay`. */
  setReorder(ppm: number, delay: Nanoseconds): void {
    this.impairments.setReorder(ppm, delay);
    this.derive();
  }

  /** Flips a bit in this many frames of a million. */
  setCorrupt(ppm: number): void {
    this.impairments.setCorrupt(ppm);
    this.derive();
  }

  /** Changes the delay of what is sent from now on. Frames under way are not overtaken. */
  setDelay(input: DelayInput): void {
    const { lo, hi } = delayRange(`${this.path} delay`, input, 1);
    if (lo < this.state.delayHigh) {
      this.state.keepsOrder = true;
      const words = this.engine.store.words;
      for (const slot of this.underWay()) {
        words[this.lastArrival] = Math.max(words[this.lastArrival] as number, this.engine.deadlineOf(slot));
      }
    }
    this.state.delayLow = lo;
    this.state.delayHigh = hi;
    this.derive();
  }

  /** Silently drops one kind of frame from now on; `nothing` ends it. */
  dropOnly(filter: FrameFilterName): void {
    this.state.filter = filter;
    this.derive();
  }

  /**
   * Loses the next frame of a kind that is put on the line from now on, once and silently. Said twice, the next two.
   * What is under way already arrives.
   */
  loseNext(kind: LostFrameKind): void {
    if (kind === 'vrrp') this.state.adverts = Math.min(this.state.adverts + 1, MOST_LOST);
    else this.state.arps = Math.min(this.state.arps + 1, MOST_LOST);
    this.derive();
  }

  /** Silently drops everything, or no longer. Carrier stays at both ends. */
  setCut(isCut: boolean): void {
    this.state.isCut = isCut;
    this.derive();
  }

  /** Breaks or mends the strand of this direction: what is on it is lost, and carrier follows the cable's medium. */
  setBroken(isBroken: boolean): void {
    this.state.isBroken = isBroken;
    if (isBroken) this.losePassengers();
    this.cable.lightChanged();
  }

  /**
   * Turns the sending end's transmitter on or off. A node calls it for its ports when it gets or loses its power or
   * shuts a port; the other end loses carrier.
   */
  setTransmitter(isOn: boolean): void {
    if (this.state.isDark === !isOn) return;
    this.state.isDark = !isOn;
    if (!isOn) this.emptyQueue();
    this.cable.lightChanged();
  }

  /** Loses everything that waits or is under way: the cable was pulled. */
  losePassengers(): void {
    this.emptyQueue();
    this.engine.store.words[this.lastArrival] = 0;
    for (const slot of this.underWay()) {
      const payload = this.engine.payload[slot] as EthernetFrame | WireBytes;
      this.engine.remove(slot);
      this.engine.releaseSlot(slot);
      this.tell(this.to, 'cut', payload.kind === 'bytes' ? payload.frame : payload);
    }
  }

  private emptyQueue(): void {
    this.queue?.clear((frame) => this.tell(this.from, 'cut', frame));
    this.engine.store.words[this.busyUntil] = 0;
  }

  private underWay(): Slot[] {
    return this.engine.pendingSlots().filter((slot) => this.engine.targetOfSlot(slot) === this);
  }

  // ---- carrier

  /** Makes the sending end's carrier follow what is there physically, after its detection delay. */
  followLight(isLit: boolean): void {
    this.carrier.follow(isLit, this.state.isDark);
  }

  private carrierChanged(isUp: boolean): void {
    this.derive();
    this.reverse.derive();
    this.from.carrierChanged(isUp);
  }

  /** Whether the transmitter of the sending end is on. */
  get isTransmitting(): boolean {
    return !this.state.isDark;
  }

  /** Whether the strand is broken. */
  get isBroken(): boolean {
    return this.state.isBroken;
  }
}

function checkedBandwidth(path: string, bandwidth: number | null): number | null {
  if (bandwidth !== null && (!Number.isSafeInteger(bandwidth) || bandwidth < 1)) {
    throw new RangeError(`${path}: a bandwidth of ${bandwidth} bit/s is not a positive whole number`);
  }
  return bandwidth;
}

function checkedQueue(path: string, bytes: number | null): number | null {
  if (bytes !== null && (!Number.isSafeInteger(bytes) || bytes < 0)) {
    throw new RangeError(`${path}: a queue of ${bytes} bytes is not a whole number`);
  }
  return bytes;
}
