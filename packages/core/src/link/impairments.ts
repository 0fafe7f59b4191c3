import {
  type ChoiceSite,
  type Engine,
  type Nanoseconds,
  type RecordOf,
  record,
  span,
  u32,
} from '../engine/index.js';
import { type DirectionOptions, delayRange, PARTS_PER_MILLION, partsPerMillion } from './link-options.js';

const ImpairmentState = record('impairments', {
  lossPpm: u32,
  duplicatePpm: u32,
  reorderPpm: u32,
  reorderDelay: span,
  corruptPpm: u32,
});

/** What chance does to the frames of one direction; each kind asks at a site of its own. */
export class Impairments {
  private readonly state: RecordOf<typeof ImpairmentState.fields>;
  private readonly lossSite: ChoiceSite;
  private readonly duplicateSite: ChoiceSite;
  private readonly reorderSite: ChoiceSite;
  private readonly corruptSite: ChoiceSite;
  private readonly bitSite: ChoiceSite;

  constructor(
    private readonly engine: Engine,
    private readonly path: string,
    options: DirectionOptions,
  ) {
    const reorder = options.reorder ?? { ppm: 0, delay: 0 };
    this.state = engine.record(
      `${path}/impairments`,
      ImpairmentState,
      engine.world,
      {},
      {
        lossPpm: partsPerMillion(`${path} loss`, options.loss ?? 0),
        duplicatePpm: partsPerMillion(`${path} duplicate`, options.duplicate ?? 0),
        reorderPpm: partsPerMillion(`${path} reorder`, reorder.ppm),
        reorderDelay: delayRange(`${path} reorder`, reorder.delay, 0).lo,
        corruptPpm: partsPerMillion(`${path} corrupt`, options.corrupt ?? 0),
      },
    );
    this.lossSite = engine.site(`${path}/loss`);
    this.duplicateSite = engine.site(`${path}/duplicate`);
    this.reorderSite = engine.site(`${path}/reorder`);
    this.corruptSite = engine.site(`${path}/corrupt`);
    this.bitSite = engine.site(`${path}/corrupt-bit`);
  }

  /** True where nothing is left to chance. */
  get isNone(): boolean {
    const { lossPpm, duplicatePpm, reorderPpm, corruptPpm } = this.state;
    return lossPpm + duplicatePpm + reorderPpm + corruptPpm === 0;
  }

  /** Whether the next frame gets lost. */
  loses(): boolean {
    return this.happens(this.state.lossPpm, this.lossSite);
  }

  /** Whether the next frame gets a bit flipped. */
  corrupts(): boolean {
    return this.happens(this.state.corruptPpm, this.corruptSite);
  }

  /** Which of `bits` it is. */
  flippedBit(bits: number): number {
    return this.engine.choose(this.bitSite, bits);
  }

  /** Whether the next frame is late by {@link Impairments.reorderDelay}. */
  reorders(): boolean {
    return this.happens(this.state.reorderPpm, this.reorderSite);
  }

  get reorderDelay(): Nanoseconds {
    return this.state.reorderDelay;
  }

  /** Whether the next frame arrives twice. */
  duplicates(): boolean {
    return this.happens(this.state.duplicatePpm, this.duplicateSite);
  }

  private happens(ppm: number, site: ChoiceSite): boolean {
    // What is certain is no choice: an explorer would otherwise try both.
    return ppm > 0 && (ppm === PARTS_PER_MILLION || this.engine.choose(site, PARTS_PER_MILLION) < ppm);
  }

  setLoss(ppm: number): void {
    this.state.lossPpm = partsPerMillion(`${this.path} loss`, ppm);
  }

  setDuplicate(ppm: number): void {
    this.state.duplicatePpm = partsPerMillion(`${this.path} duplicate`, ppm);
  }

  setReorder(ppm: number, delay: Nanoseconds): void {
    this.state.reorderPpm = partsPerMillion(`${this.path} reorder`, ppm);
    this.state.reorderDelay = delayRange(`${this.path} reorder`, delay, 0).lo;
  }

  setCorrupt(ppm: number): void {
    this.state.corruptPpm = partsPerMillion(`${this.path} corrupt`, ppm);
  }
}
