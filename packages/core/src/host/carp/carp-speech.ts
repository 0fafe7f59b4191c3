import type { Nanoseconds } from '../../engine/index.js';
import type { CarpReason } from '../../trace/events.js';
import type { CarpAdvertisement, IpAddress, VrrpAdvertisement } from '../../wire/index.js';

/** An address family. */
export type Family = 'inet' | 'inet6';

/** An advert that has passed all checks. */
export interface HeardAdvert {
  readonly payload: CarpAdvertisement | VrrpAdvertisement;
  readonly source: IpAddress;
}

/** What stands in an advert, for the trace. */
export interface AdvertFields {
  readonly advbase: number;
  readonly advskew: number;
  readonly demotion: number;
}

/** What a virtual host says and understands: CARP, or FreeBSD's VRRPv3. Spans are ns. */
export interface CarpSpeech {
  /** What its next advert says of it. */
  readonly fields: AdvertFields;
  /** From an advert to the next one. */
  readonly interval: Nanoseconds;
  /** From the first advert of a new master to its second (FreeBSD `carp_setrun`: as configured, without demotion). */
  readonly firstInterval: Nanoseconds;
  /** How long it waits as a backup. */
  readonly downInterval: Nanoseconds;
  /** Makes an advert. @param isFarewell - OpenBSD's bow-out: advbase and advskew 255 */
  advert(family: Family, isFarewell: boolean): CarpAdvertisement | VrrpAdvertisement;
  /** Takes note of a valid advert, whatever the state. False: it is not even looked at. */
  note(heard: HeardAdvert): boolean;
  /** Why a MASTER yields to an advert; null: it does not. */
  yields(heard: HeardAdvert): CarpReason | null;
  /** Why a BACKUP takes over from its sender; null: it does not. */
  takesOver(heard: HeardAdvert): CarpReason | null;
}
