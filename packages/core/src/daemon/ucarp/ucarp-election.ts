import type { Ipv4Address } from '../../wire/index.js';
import type { UcarpConfig } from './ucarp-config.js';
import { advertSpan, masterDownInterval } from './ucarp-timers.js';

/** What an advert says of its sender. */
export interface HeardAdvert {
  readonly advbase: number;
  readonly advskew: number;
  readonly source: Ipv4Address;
}

/** How the bytes of a word lie in memory. */
export type ByteOrder = 'little' | 'big';

/** What a ucarp decides with. */
export interface Candidate {
  readonly config: Pick<UcarpConfig, 'advbase' | 'advskew' | 'deadRatio' | 'preempt' | 'source'>;
  readonly byteOrder: ByteOrder;
  /** Its adverts could not be sent lately (`carp_suppress_preempt`). */
  readonly isSuppressed: boolean;
}

/** What an advert makes a ucarp do, and why. */
export type Verdict =
  | { readonly deed: 'yield'; readonly reason: 'better-advert' | 'equal-advert' }
  | { readonly deed: 'reassert' }
  | { readonly deed: 'take-over'; readonly reason: 'preempts' | 'will-time-out' }
  | { readonly deed: 'wait' }
  | { readonly deed: 'none' };

/** ip_carp.h CARP_BULK_UPDATE_MIN_DELAY: the skew of who cannot send. */
export const SUPPRESSED_SKEW = 240;

/** The skew that adverts carry (carp.c `carp_send_ad`). */
export const advertisedSkew = (advskew: number, isSuppressed: boolean): number =>
  isSuppressed && advskew <= SUPPRESSED_SKEW ? SUPPRESSED_SKEW : advskew;

/**
 * What an advert that passed all checks decides (carp.c `packethandler`). The tests follow each other as they stand
 * there: with equal intervals the address decides between masters, and it decides nothing for a backup.
 */
export function judgeAdvert(state: 'BACKUP' | 'MASTER', own: Candidate, heard: HeardAdvert): Verdict {
  const { config, byteOrder, isSuppressed } = own;
  const advskew = advertisedSkew(config.advskew, isSuppressed);
  const ours = advertSpan(config.advbase, advskew);
  const theirs = advertSpan(heard.advbase, heard.advskew);
  if (state === 'MASTER') {
    if (ours > theirs) return { deed: 'yield', reason: 'better-advert' };
    if (ours < theirs) return { deed: 'reassert' };
    const difference = compareWords(heard.source, config.source, byteOrder);
    if (difference < 0) return { deed: 'yield', reason: 'equal-advert' };
    return difference > 0 ? { deed: 'reassert' } : { deed: 'none' };
  }
  if (config.preempt && ours < theirs) return { deed: 'take-over', reason: 'preempts' };
  if (masterDownInterval({ ...config, advskew }) < theirs)
    return { deed: 'take-over', reason: 'will-time-out' };
  return { deed: 'wait' };
}

/**
 * Compares two `s_addr` as the machine's integers: they lie in network order, so that a little-endian machine takes
 * the last octet for the most significant one, and 10.0.1.1 for less than 10.0.0.2.
 */
export function compareWords(one: Ipv4Address, other: Ipv4Address, byteOrder: ByteOrder): number {
  return byteOrder === 'big' ? one - other : swapped(one) - swapped(other);
}

const swapped = (word: number): number =>
  (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
