/** Sequence numbers go round at 2^32 and are compared as distances (RFC 9293 §3.4). */

/** `one` comes before `other`. */
export const isBefore = (one: number, other: number): boolean => ((one - other) | 0) < 0;

/** `one` comes after `other`. */
export const isAfter = (one: number, other: number): boolean => ((one - other) | 0) > 0;

/** How far it is from `from` to `to`: 0..2^32-1. */
export const distance = (from: number, to: number): number => (to - from) >>> 0;

/** The number `count` further on. */
export const advance = (sequence: number, count: number): number => (sequence + count) >>> 0;

/** The later of two. */
export const later = (one: number, other: number): number => (isAfter(one, other) ? one : other);
