import { MICROSECOND, MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import {
  advertInterval,
  CAPTURE_TIMEOUT,
  masterDownInterval,
  ucarpTakeoverInterval,
  vrrpMasterDownInterval,
} from '@viplab/core/network';
import { type CarpRouter, isFreeBsdRouter, type UcarpRouter } from './carp-router.js';
import { inSeconds } from './router.js';

/** The largest skew that FreeBSD advertises (ip_carp.c `CARP_MAXSKEW`). */
export const HIGHEST_ADVERTISED = 240;
/** FreeBSD: a VRRPv3 backup that has heard nobody counts by an interval of 1 s (ip_carp.c `carp_alloc`). */
const FIRST_INTERVAL_CS = 100;
const CENTISECOND = 10 * MILLISECOND;

/** The skew that its adverts carry while nothing is wrong. */
export const wireSkew = (router: CarpRouter): number =>
  isFreeBsdRouter(router) ? Math.min(router.advskew, HIGHEST_ADVERTISED) : router.advskew;

/** What is compared: advbase seconds and advskew/256 s, the less the better. */
export const precedenceOf = (router: CarpRouter): Nanoseconds =>
  advertInterval('freebsd', router.advbase, wireSkew(router));

/** Whether a router wins against another while nothing is wrong. */
export const isBetter = (one: CarpRouter, other: CarpRouter): boolean =>
  precedenceOf(one) < precedenceOf(other);

/** From one of its adverts to the next. */
export function intervalOf(router: CarpRouter): Nanoseconds {
  if (router.kind === 'ucarp') return precedenceOf(router);
  const { vrrp } = router.iface;
  if (vrrp !== null) return vrrp.intervalCs * CENTISECOND;
  return advertInterval(router.system, router.advbase, wireSkew(router));
}

/**
 * How long it waits as a backup that hears nobody. A ucarp looks at the clock only when poll(2) returns, once in an advert
 * interval (ucarp carp.c `docarp`).
 */
export function patienceOf(router: CarpRouter): Nanoseconds {
  if (router.kind === 'ucarp') return ucarpTakeoverInterval(router);
  const { vrrp } = router.iface;
  if (vrrp !== null) return vrrpMasterDownInterval(vrrp.priority, FIRST_INTERVAL_CS);
  return masterDownInterval(router.system, router.advbase, router.advskew);
}

/** What ucarp's deadline is: dead_ratio · advbase + advskew/256 s (ucarp carp.c `carp_setrun`). */
export const formulaOf = (router: CarpRouter): Nanoseconds =>
  advertInterval('freebsd', router.advbase * deadRatioOf(router), router.advskew);

const deadRatioOf = (router: CarpRouter): number => (router.kind === 'ucarp' ? router.deadRatio : 3);

/** How long what a ucarp hears may have been kept back by libpcap (ucarp.h CAPTURE_TIMEOUT). */
export const hearingDelayOf = ({ capture }: UcarpRouter): Nanoseconds =>
  capture === 'blocks' ? CAPTURE_TIMEOUT : 0;

/**
 * Whether a backup takes a master for one that will time out, as soon as it hears it: three times its advbase, and its
 * skew, are less than the master's interval (`carp_input_c`, its third rule). OpenBSD: not with advbase 0.
 */
export function expectsTimeout(backup: CarpRouter, master: CarpRouter): boolean {
  if (backup.kind === 'kernel' && backup.advbase === 0) return false;
  const spans = advertInterval('freebsd', backup.advbase * deadRatioOf(backup), wireSkew(backup));
  return spans < precedenceOf(master);
}

/** A span for a sentence: `3.39 s`. */
export const spanText = (span: Nanoseconds): string => inSeconds(span / MICROSECOND);

/** The span of a whole number of seconds without its zeros: `1 s`. */
export const shortSpan = (span: Nanoseconds): string =>
  span % SECOND === 0 ? `${span / SECOND} s` : spanText(span);

/**
 * When routers that believe none of each other's adverts become masters, from their start:
 * `n1 master at 3.00 s, n2 at 3.39 s, both for good`.
 */
export function bothCarpForGood(one: CarpRouter, other: CarpRouter): string {
  const [first, second] = patienceOf(one) <= patienceOf(other) ? [one, other] : [other, one];
  return `${first.node} master at ${spanText(patienceOf(first))}, ${second.node} at ${spanText(patienceOf(second))}, both for good`;
}
