/**
 * The spans of VRRP as keepalived computes them: integer microseconds, every division truncates
 * (keepalived `VRRP_TIMER_SKEW_CALC`, `VRRP_MS_DOWN_TIMER` in vrrp.h). The names are those of RFC 5798 §6.1.
 */

/** A count of whole microseconds. */
export type Microseconds = number;

/** keepalived's `TIMER_HZ`: microseconds in a second. */
const SECOND_US: Microseconds = 1_000_000;
/** keepalived's `TIMER_CENTI_HZ`: microseconds in a centisecond, the unit of VRRPv3's intervals. */
const CENTISECOND_US: Microseconds = 10_000;

/** Priority of a router that owns the addresses (RFC 5798 §5.2.4). */
export const PRIORITY_OWNER = 255;
/** Priority of an advert that says "I am leaving" (RFC 5798 §5.2.4). */
export const PRIORITY_STOP = 0;

/**
 * Skew_Time. Version 2: (256 − priority)/256 of a second whatever the interval (RFC 3768 §6.1); version 3: of the
 * master's interval (RFC 5798 §6.1), counted in centiseconds.
 *
 * @param priority - the effective priority, 1..255
 * @param masterIntervalUs - Master_Adver_Interval
 */
export function skewTimeUs(version: 2 | 3, priority: number, masterIntervalUs: Microseconds): Microseconds {
  const share = 256 - priority;
  if (version === 2) return Math.floor((share * SECOND_US) / 256);
  return Math.floor((share * Math.floor(masterIntervalUs / CENTISECOND_US) * 625) / 16);
}

/**
 * Master_Down_Interval: how long a backup waits for an advert.
 *
 * @param downTimerAdverts - how many intervals; 3 in the RFCs (keepalived `down_timer_adverts`)
 *
 * @example
 * ```ts
 * masterDownIntervalUs(2, 100, 1_000_000, 3); // 3609375
 * ```
 */
export function masterDownIntervalUs(
  version: 2 | 3,
  priority: number,
  masterIntervalUs: Microseconds,
  downTimerAdverts = 3,
): Microseconds {
  return downTimerAdverts * masterIntervalUs + skewTimeUs(version, priority, masterIntervalUs);
}
