import type { ClockDomain } from '../../engine/index.js';
import {
  bool,
  diagnostic,
  type Engine,
  fingerprint,
  type RecordOf,
  record,
  u32,
} from '../../engine/index.js';
import { carpDigest } from '../../wire/index.js';
import type { UcarpConfig } from './ucarp-config.js';

const CounterRecord = record('ucarp-counter', {
  high: diagnostic(u32),
  low: diagnostic(u32),
  /** A valid advert was heard: from then on its number is counted on (`sc_init_counter`). */
  hasHeard: diagnostic(bool),
});

const U32 = 0x1_0000_0000;
/** Numerical Recipes' `ranqd1`: random(3) stands here for any generator. */
const MULTIPLIER = 1_664_525;
const INCREMENT = 1_013_904_223;

const next = (word: number): number => (Math.imul(word, MULTIPLIER) + INCREMENT) >>> 0;

/** The 64-bit number of an advert. */
export interface AdvertNumber {
  readonly high: number;
  readonly low: number;
}

/** Where nothing is counted every advert has this number. */
const THE_SAME: AdvertNumber = { high: 0, low: 1 };

/**
 * What makes each advert another one (carp.c `carp_prepare_ad`): a random number until somebody is heard, afterwards
 * the last one heard or sent plus one. Nobody minds what it is, but the digest covers it.
 */
export class AdvertCounter {
  private readonly state: RecordOf<typeof CounterRecord.fields>;
  private readonly digestOfTheSame: Uint8Array;
  private readonly seed: number;

  constructor(
    engine: Engine,
    domain: ClockDomain,
    path: string,
    private readonly config: UcarpConfig,
    /** False: the same advert is always the same bytes. */
    private readonly isCounting: boolean,
  ) {
    this.seed = fingerprint(path) % U32;
    this.state = engine.record(`${path}/counter`, CounterRecord, domain);
    this.digestOfTheSame = this.compute(THE_SAME.high, THE_SAME.low);
  }

  /** The process begins. */
  start(): void {
    this.state.high = next(this.seed);
    this.state.low = next(this.state.high);
  }

  /** The number of the next advert. */
  draw(): AdvertNumber {
    const { state } = this;
    if (!this.isCounting) return THE_SAME;
    if (!state.hasHeard) {
      state.high = next(state.low);
      state.low = next(state.high);
    } else if (state.low < U32 - 1) state.low++;
    else {
      state.low = 0;
      state.high = (state.high + 1) % U32;
    }
    return { high: state.high, low: state.low };
  }

  /** A valid advert was heard. */
  note({ high, low }: AdvertNumber): void {
    if (!this.isCounting) return;
    this.state.hasHeard = true;
    this.state.high = high;
    this.state.low = low;
  }

  /** The digest of an advert with that number. */
  digestOf(high: number, low: number): Uint8Array {
    return high === THE_SAME.high && low === THE_SAME.low ? this.digestOfTheSame : this.compute(high, low);
  }

  private compute(counterHigh: number, counterLow: number): Uint8Array {
    const { password, vhid, address } = this.config;
    return carpDigest({ password, vhid, addresses: [address], counterHigh, counterLow });
  }

  reset(): void {
    this.state.reset();
  }
}
