import type { Nanoseconds } from '../../engine/index.js';
import type { CarpReason } from '../../trace/events.js';
import { type CarpSystem, isOpenBsd } from './carp-config.js';

/** What decides between two virtual hosts: how often they advertise and, on OpenBSD, how demoted they are. */
export interface Precedence {
  /** advbase + advskew/256 s: the shorter the better. */
  readonly interval: Nanoseconds;
  /** The demotion count of an advert; 0 on FreeBSD, which counts it into the skew. */
  readonly demotion: number;
}

/**
 * Whether a MASTER yields to an advert, and why (`carp_proto_input_c`, `carp_input_c`). An equal advert always makes it
 * yield: no address decides.
 */
export function yieldReason(system: CarpSystem, own: Precedence, heard: Precedence): CarpReason | null {
  const byInterval =
    own.interval > heard.interval ? 'better-advert' : own.interval === heard.interval ? 'equal-advert' : null;
  if (!isOpenBsd(system)) return byInterval;
  if (heard.demotion < own.demotion) return 'less-demoted';
  return heard.demotion === own.demotion ? byInterval : null;
}

/**
 * Whether a BACKUP takes over from the sender of an advert, and why; null: it waits on.
 *
 * @param patience - three advbase and the skew: a master that advertises more rarely is taken for dead
 */
export function takeoverReason(
  system: CarpSystem,
  preempt: boolean,
  own: Precedence,
  patience: Nanoseconds | null,
  heard: Precedence,
): CarpReason | null {
  const isFaster = own.interval < heard.interval;
  if (preempt && isFaster && (!isOpenBsd(system) || heard.demotion >= own.demotion)) return 'preempts';
  if (isOpenBsd(system) && heard.demotion > own.demotion) return 'demoted-master';
  return patience !== null && patience < heard.interval ? 'will-time-out' : null;
}
