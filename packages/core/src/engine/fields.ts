import type { Timer, Window } from './timer.js';

/**
 * The vocabulary in which components declare their mutable state. Saving, restoring, forking, digesting, comparing
 * and printing are all made from these declarations, so a field that is not declared does not exist.
 *
 * @example
 * ```ts
 * const VrrpState = record('vrrp', {
 *   state: enumOf('INIT', 'BACKUP', 'MASTER', 'FAULT'),
 *   priority: u8,
 *   masterInterval: span,
 *   advert: timer,
 *   preemptDelay: window,
 * });
 * ```
 */
export interface Field<T> {
  readonly kind: FieldKind;
  /** Smallest and largest value that may be stored; asserted on every write. */
  readonly min: number;
  readonly max: number;
  readonly labels: readonly string[] | null;
  /** True for counters without influence: saved and printed, but outside digest and comparison. */
  readonly diagnostic: boolean;
  /** Only for the type checker. */
  readonly type?: T;
}

/** How a word is stored, and how it enters the canonical form of a state. */
export type FieldKind = 'number' | 'bool' | 'enum' | 'value' | 'timer' | 'window';

const numeric = (min: number, max: number): Field<number> => ({
  kind: 'number',
  min,
  max,
  labels: null,
  diagnostic: false,
});

/** An integer 0..255. */
export const u8 = numeric(0, 0xff);
/** An integer 0..65535. */
export const u16 = numeric(0, 0xffff);
/** An integer 0..2^32-1; also an IPv4 address. */
export const u32 = numeric(0, 0xffff_ffff);
/** An IPv4 address as an unsigned 32-bit number; 0 is "none". */
export const ipv4 = u32;
/** A MAC address as a 48-bit number; 0 is "none". */
export const mac = numeric(0, 0xffff_ffff_ffff);
/** Any safe integer. */
export const int = numeric(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
/** A length of time in ns. Never an instant: instants are timers and windows. */
export const span = numeric(0, Number.MAX_SAFE_INTEGER);
/** True or false. */
export const bool: Field<boolean> = { kind: 'bool', min: 0, max: 1, labels: null, diagnostic: false };
/** A re-armable timer; its handler is given where the record is made. */
export const timer: Field<Timer> = { kind: 'timer', min: 0, max: 0, labels: null, diagnostic: false };
/** A window: open for a span, then closed by itself; nobody is called. */
export const window: Field<Window> = {
  kind: 'window',
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
  labels: null,
  diagnostic: false,
};

/** One of a fixed set of words. The first is the initial one. */
export function enumOf<const L extends readonly [string, ...string[]]>(...labels: L): Field<L[number]> {
  return { kind: 'enum', min: 0, max: labels.length - 1, labels, diagnostic: false };
}

/** Any immutable plain data (a text, a frame, an address list), kept by content. Initially null. */
export function value<T>(): Field<T | null> {
  return { kind: 'value', min: 0, max: Number.MAX_SAFE_INTEGER, labels: null, diagnostic: false };
}

/** Marks a field as a counter without influence on behaviour: statistics, an IP identification. */
export function diagnostic<T>(field: Field<T>): Field<T> {
  return { ...field, diagnostic: true };
}

/** The fields of a record by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The names of the fields of one kind of content. */
export type NamesOf<F extends Fields, T> = { [K in keyof F]: F[K] extends Field<T> ? K : never }[keyof F];

/** What a record looks like to its component: timers and windows are objects, everything else is a plain property. */
export type RecordOf<F extends Fields> = {
  readonly [K in NamesOf<F, Timer> | NamesOf<F, Window>]: F[K] extends Field<infer T> ? T : never;
} & {
  -readonly [K in Exclude<keyof F, NamesOf<F, Timer> | NamesOf<F, Window>>]: F[K] extends Field<infer T>
    ? T
    : never;
} & { reset(): void };

/** Initial values; what is left out starts at 0, false, null or the first label. */
export type InitialValues<F extends Fields> = {
  readonly [K in Exclude<keyof F, NamesOf<F, Timer> | NamesOf<F, Window>>]?: F[K] extends Field<infer T>
    ? T
    : never;
};

/** What to call when a timer of the record fires. */
export type TimerHandlers<F extends Fields> = { readonly [K in NamesOf<F, Timer>]: () => void };

/** A declared record type; see {@link record}. */
export interface RecordType<F extends Fields> {
  readonly name: string;
  readonly fields: F;
  readonly names: readonly (keyof F & string)[];
}

/** Declares a record type. */
export function record<F extends Fields>(name: string, fields: F): RecordType<F> {
  const names = Object.keys(fields);
  if (names.includes('reset')) throw new RangeError(`record ${name}: 'reset' is every record's own method`);
  return { name, fields, names };
}
