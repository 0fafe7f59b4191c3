import { MICROSECOND, MILLISECOND, type Nanoseconds, SECOND } from '../../engine/index.js';
import type { UcarpConfig } from './ucarp-config.js';

/** What the timers of a ucarp are made of. */
export type UcarpTiming = Pick<UcarpConfig, 'advbase' | 'advskew' | 'deadRatio'>;

const SKEW_STEPS = 256; // carp.c: advskew * 1000000ULL / 256ULL
const MICROSECONDS = 1_000_000;
const MILLISECONDS = 1_000;
/** `sc_advbase * dead_ratio` is an unsigned int. */
const U32 = 0x1_0000_0000;
/** Longer than any run; what a huge dead ratio gives would not fit a clock. */
const FOR_EVER: Nanoseconds = 2 ** 50;

/** A poll(2) returns so much after its time at the least: `now > deadline` holds after the last one that it takes. */
const POLL_OVERHEAD: Nanoseconds = MICROSECOND;

/** advskew/256 s, in whole microseconds. */
export const skewSpan = (advskew: number): Nanoseconds =>
  Math.floor((advskew * MICROSECONDS) / SKEW_STEPS) * MICROSECOND;

/** advbase + advskew/256 s, what adverts are compared by (carp.c `packethandler`, `sc_tv` and `ch_tv`). */
export const advertSpan = (advbase: number, advskew: number): Nanoseconds =>
  advbase * SECOND + skewSpan(advskew);

/**
 * From one advert of a master to the next. It waits in poll(2), in whole milliseconds, and sends what is due within one
 * (carp.c `docarp`): the part of a millisecond is lost.
 */
export const advertInterval = (advbase: number, advskew: number): Nanoseconds =>
  Math.max(1, Math.floor(advertSpan(advbase, advskew) / MILLISECOND)) * MILLISECOND;

/** How long a backup waits in poll(2) at a time; only then it looks at the clock (carp.c `docarp`, `poll_sleep_time`). */
export const pollInterval = ({ advbase, advskew }: UcarpTiming): Nanoseconds =>
  Math.max(1, advbase * MILLISECONDS + Math.floor((advskew * MILLISECONDS) / SKEW_STEPS)) * MILLISECOND +
  POLL_OVERHEAD;

/** The deadline of a backup: the skew counts once (carp.c `carp_setrun`). */
export const masterDownInterval = ({ advbase, advskew, deadRatio }: UcarpTiming): Nanoseconds =>
  Math.min(FOR_EVER, ((advbase * deadRatio) % U32) * SECOND + skewSpan(advskew));

/**
 * When a backup really takes over after the last packet: at the first poll that ends after its deadline. 3.000 s with
 * advskew 0, but 4.170 s with 100.
 */
export function takeoverInterval(timing: UcarpTiming): Nanoseconds {
  const poll = pollInterval(timing);
  return (Math.floor(masterDownInterval(timing) / poll) + 1) * poll;
}
