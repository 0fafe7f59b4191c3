import { MICROSECOND, MILLISECOND, type Nanoseconds, SECOND } from '../../engine/index.js';
import { type CarpSystem, isOpenBsd } from './carp-config.js';

/** advskew is in units of 1/256 s (carp(4)). */
const SKEW_UNITS = 256;
const MICROSECONDS_PER_SECOND = 1_000_000;
/** How many intervals a backup waits (ip_carp.c `carp_setrun`). */
const DEAD_INTERVALS = 3;

/** What advskew adds to an interval: whole microseconds, as C divides (`tv_usec = advskew * 1000000 / 256`). */
export const skewTime = (advskew: number): Nanoseconds =>
  Math.trunc((advskew * MICROSECONDS_PER_SECOND) / SKEW_UNITS) * MICROSECOND;

/** From one advert to the next: advbase + advskew/256 s; with neither, OpenBSD sends every 1/256 s (`carp_send_ad`). */
export function advertInterval(system: CarpSystem, advbase: number, advskew: number): Nanoseconds {
  if (advbase === 0 && advskew === 0 && isOpenBsd(system)) return skewTime(1);
  return advbase * SECOND + skewTime(advskew);
}

/**
 * How long a backup waits for an advert (`carp_setrun`): 3 · advbase + advskew/256 s. The skew counts once, but where
 * OpenBSD's advbase is 0.
 */
export function masterDownInterval(system: CarpSystem, advbase: number, advskew: number): Nanoseconds {
  if (advbase === 0 && isOpenBsd(system)) return skewTime(DEAD_INTERVALS * Math.max(1, advskew));
  return DEAD_INTERVALS * advbase * SECOND + skewTime(advskew);
}

// FreeBSD's VRRPv3 counts in centiseconds.
const CENTISECOND: Nanoseconds = 10 * MILLISECOND;
const PRIORITY_UNITS = 256;

/** FreeBSD `vrrp_send_ad_locked`: the configured interval, in centiseconds. */
export const vrrpAdvertInterval = (intervalCs: number): Nanoseconds => intervalCs * CENTISECOND;

/** FreeBSD `carp_setrun` of version 3: 3 · MI + (256 − priority) · MI / 256, rounded down to centiseconds. */
export const vrrpMasterDownInterval = (priority: number, masterIntervalCs: number): Nanoseconds =>
  (DEAD_INTERVALS * masterIntervalCs +
    Math.floor(((PRIORITY_UNITS - priority) * masterIntervalCs) / PRIORITY_UNITS)) *
  CENTISECOND;

/** Ticks per second: OpenBSD `hz` 100, FreeBSD `kern.hz` 1000. */
const TICK = { openbsd: 10 * MILLISECOND, freebsd: MILLISECOND } as const;

/**
 * When a kernel's timer fires that is armed for a span: OpenBSD rounds down to ticks, at least one, and the first tick is
 * under way already (`timeout_add_tv`); OpenBSD to 2015 and FreeBSD round up and add one (`tvtohz`). FreeBSD's VRRPv3 is
 * counted in ticks from the start, and nothing is added (`vrrp_adv_inter * hz / 100`).
 *
 * @param isInTicks - a span of VRRPv3
 */
export function tickedSpan(
  system: CarpSystem,
  span: Nanoseconds,
  isInTicks = false,
): { readonly min: Nanoseconds; readonly max: Nanoseconds } {
  const tick = isOpenBsd(system) ? TICK.openbsd : TICK.freebsd;
  if (system === 'openbsd' || isInTicks) {
    const max = Math.max(1, Math.floor(span / tick)) * tick;
    return { min: max - tick, max };
  }
  const max = (Math.ceil(span / tick) + 1) * tick;
  return { min: max - tick, max };
}
