import { bool, type Engine, type RecordOf, record } from '../engine/index.js';
import type { Trace } from '../trace/index.js';
import type { FrameFilterName } from './frame-filter.js';
import { type Cable, LinkDirection } from './link-direction.js';
import {
  type CarrierDetection,
  type DelayInput,
  type DirectionOptions,
  delayRange,
  type LinkOptions,
} from './link-options.js';
import type { Port } from './port.js';

const LinkState = record('link', { isUnplugged: bool });

/**
 * A cable between two ports: two independent directions and the carrier that both ends see.
 *
 * @example
 * ```ts
 * const link = new Link(engine, trace, 'n1-sw1', n1.interface('eth0'), sw1.port('p1'), { delay: 50_000 });
 * link.unplug();
 * link.aToB.setLoss(100_000); // one frame in ten, towards the switch
 * ```
 */
export class Link implements Cable {
  /** From the first port to the second. */
  readonly aToB: LinkDirection;
  /** From the second port to the first. */
  readonly bToA: LinkDirection;
  private readonly state: RecordOf<typeof LinkState.fields>;
  private readonly isFibre: boolean;
  private readonly seesCarrier: boolean;

  /**
   * Attaches the cable to both ports.
   *
   * @throws RangeError if a port has a cable already, if both are the same, or if an option is out of range.
   */
  constructor(
    engine: Engine,
    trace: Trace,
    readonly path: string,
    a: Port,
    b: Port,
    options: LinkOptions = {},
  ) {
    for (const port of [a, b]) {
      if (port.outgoing !== null) throw new RangeError(`${path}: ${port.path} has a cable already`);
    }
    if (a === b) throw new RangeError(`${path}: both ends are ${a.path}`);
    const isPlugged = options.plugged ?? true;
    this.isFibre = options.medium === 'fibre';
    this.seesCarrier = options.seesCarrier ?? true;
    this.state = engine.record(path, LinkState, engine.world, {}, { isUnplugged: !isPlugged });
    const isLit = isPlugged && a.isPowered !== false && b.isPowered !== false;
    const direction = (
      from: Port,
      to: Port,
      own: DirectionOptions,
      detection: CarrierDetection,
    ): LinkDirection =>
      new LinkDirection(engine, trace, {
        path: `${path}/${from.path}`,
        from,
        to,
        cable: this,
        options: { ...options, ...own },
        detectDown: delayRange(`${path} carrier`, detection.detectDown ?? 0, 0),
        detectUp: delayRange(`${path} carrier`, detection.detectUp ?? 0, 0),
        asBytes: options.asBytes ?? false,
        hasCarrier: isLit || !this.seesCarrier,
      });
    this.aToB = direction(a, b, options.aToB ?? {}, { ...options.carrier, ...options.carrierA });
    this.bToA = direction(b, a, options.bToA ?? {}, { ...options.carrier, ...options.carrierB });
    this.aToB.pairWith(this.bToA);
    this.bToA.pairWith(this.aToB);
    this.aToB.derive();
    a.outgoing = this.aToB;
    b.outgoing = this.bToA;
  }

  /** Whether the cable is plugged in at both ends. */
  get isPlugged(): boolean {
    return !this.state.isUnplugged;
  }

  /** Both directions, the first port's first. */
  get directions(): readonly [LinkDirection, LinkDirection] {
    return [this.aToB, this.bToA];
  }

  /**
   * The direction that leads away from a port.
   *
   * @throws RangeError if the cable does not end there.
   */
  from(port: Port): LinkDirection {
    if (this.aToB.from === port) return this.aToB;
    if (this.bToA.from === port) return this.bToA;
    throw new RangeError(`${this.path} does not end at ${port.path}`);
  }

  /** Pulls the cable: what is on it is lost, and both ends lose carrier after their detection delay. */
  unplug(): void {
    if (this.state.isUnplugged) return;
    this.state.isUnplugged = true;
    for (const direction of this.directions) direction.losePassengers();
    this.lightChanged();
  }

  /** Plugs the cable in again. Frames pass when both ends have noticed. */
  plug(): void {
    if (!this.state.isUnplugged) return;
    this.state.isUnplugged = false;
    this.lightChanged();
  }

  /** Makes one direction drop everything, while both ends keep their carrier: a fault inside a switch or a hypervisor. */
  cutOneWay(direction: LinkDirection): void {
    direction.setCut(true);
  }

  /** Ends {@link Link.cutOneWay}. */
  mendOneWay(direction: LinkDirection): void {
    direction.setCut(false);
  }

  /** Breaks one strand: copper takes carrier from both ends, fibre only from the one that hears nothing. */
  breakStrand(direction: LinkDirection): void {
    direction.setBroken(true);
  }

  /** Ends {@link Link.breakStrand}. */
  mendStrand(direction: LinkDirection): void {
    direction.setBroken(false);
  }

  /** Loses frames in both directions; parts per million. */
  setLoss(ppm: number): void {
    for (const direction of this.directions) direction.setLoss(ppm);
  }

  /** Changes the delay of both directions; ns. */
  setDelay(delay: DelayInput): void {
    for (const direction of this.directions) direction.setDelay(delay);
  }

  /** Silently drops one kind of frame in one direction; `nothing` ends it. */
  dropOnly(direction: LinkDirection, filter: FrameFilterName): void {
    direction.dropOnly(filter);
  }

  /** Works out what each end sees; called by the directions. */
  lightChanged(): void {
    for (const direction of this.directions) direction.derive();
    if (!this.seesCarrier) return;
    for (const direction of this.directions) direction.followLight(this.isLit(direction));
  }

  /** Whether light reaches the sending end of a direction and, on copper, leaves it. */
  private isLit(direction: LinkDirection): boolean {
    const { reverse } = direction;
    return (
      this.isPlugged &&
      direction.isTransmitting &&
      reverse.isTransmitting &&
      !reverse.isBroken &&
      (this.isFibre || !direction.isBroken)
    );
  }
}
