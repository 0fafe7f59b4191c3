import { MICROSECOND, type Nanoseconds } from '../engine/index.js';
import type { FrameFilterName } from './frame-filter.js';

/** A length of time that is known exactly, or known to lie in a range: then each use is a choice. */
export type DelayInput = Nanoseconds | { readonly lo: Nanoseconds; readonly hi: Nanoseconds };

/** A delay as a range; both ends are the same where it is exact. */
export interface DelayRange {
  readonly lo: Nanoseconds;
  readonly hi: Nanoseconds;
}

/** What one direction of a cable does to frames. Probabilities are whole parts per million. */
export interface DirectionOptions {
  /** From the last bit out to the last bit in, in ns, at least 1. 50 µs if left out. */
  readonly delay?: DelayInput;
  /** Bits per second, or null (the default) for a line that takes no time to fill. */
  readonly bandwidth?: number | null;
  /**
   * The most bytes that may wait behind the frame on the line, drop-tail; null (the default) for any number. Means
   * something with a finite bandwidth only. Frames count without preamble and frame check sequence.
   */
  readonly queueBytes?: number | null;
  /** How many frames of a million get lost. */
  readonly loss?: number;
  /** How many frames of a million arrive twice, the copy one occupancy later. */
  readonly duplicate?: number;
  /** Frames that are late by `delay`, so that others overtake them. */
  readonly reorder?: { readonly ppm: number; readonly delay: Nanoseconds };
  /** How many frames of a million get one bit flipped. The frame check sequence shows it and the receiver drops. */
  readonly corrupt?: number;
  /** A fault that repairs the frame check sequence too, so that only checksums higher up can show the flipped bit. */
  readonly corruptPassesFcs?: boolean;
  /** What this direction silently drops from the start; see {@link FrameFilterName}. */
  readonly drop?: FrameFilterName;
  /** False: this direction silently drops everything from the start, and nobody's carrier shows it. */
  readonly up?: boolean;
}

/** How fast an end learns that carrier has come or gone, in ns. */
export interface CarrierDetection {
  readonly detectDown?: DelayInput;
  readonly detectUp?: DelayInput;
}

/** How a cable is made. Options of a direction given at the top hold for both, unless its own say otherwise. */
export interface LinkOptions extends DirectionOptions {
  readonly aToB?: DirectionOptions;
  readonly bToA?: DirectionOptions;
  /** `copper`: one broken strand takes carrier from both ends. `fibre`: only the deaf end loses it. */
  readonly medium?: 'copper' | 'fibre';
  /** Both ends' carrier detection; at once (as on a virtual NIC) if left out. */
  readonly carrier?: CarrierDetection;
  /** What is different at the first port's end. */
  readonly carrierA?: CarrierDetection;
  /** What is different at the second port's end. */
  readonly carrierB?: CarrierDetection;
  /**
   * False: neither end ever notices a loss of carrier, as behind a hypervisor or a media converter; frames just get
   * lost.
   */
  readonly seesCarrier?: boolean;
  /** False: the cable is not plugged in at the start. */
  readonly plugged?: boolean;
  /** Frames become bytes, checksums made, where a host sends them; they are read back, checksums verified, where a host
   * takes them out. A switch passes the same bytes on, and makes new ones where it changes a tag. */
  readonly asBytes?: boolean;
}

/** 10 km of cable at 5 ns/m, or a virtual switch's scheduling: what a small data centre's LAN takes. */
export const DEFAULT_DELAY: Nanoseconds = 50 * MICROSECOND;

/** The whole, in parts per million. */
export const PARTS_PER_MILLION = 1_000_000;

/**
 * Reads a delay.
 *
 * @throws RangeError naming `what` if it is not whole, shorter than `least`, or the range is empty.
 */
export function delayRange(what: string, input: DelayInput, least: Nanoseconds): DelayRange {
  const { lo, hi } = typeof input === 'number' ? { lo: input, hi: input } : input;
  if (!Number.isSafeInteger(lo) || !Number.isSafeInteger(hi) || lo < least || hi < lo) {
    throw new RangeError(
      `${what}: ${lo}..${hi} ns is no delay: whole nanoseconds, at least ${least}, lo <= hi`,
    );
  }
  return { lo, hi };
}

/**
 * Checks a probability.
 *
 * @throws RangeError naming `what` unless it is a whole number 0..1000000.
 */
export function partsPerMillion(what: string, ppm: number): number {
  if (!Number.isInteger(ppm) || ppm < 0 || ppm > PARTS_PER_MILLION) {
    throw new RangeError(`${what}: ${ppm} is not a whole number of parts per million`);
  }
  return ppm;
}
