/**
 * Time is an integer number of nanoseconds since the start of a run, held in a JS number: exact up to 2^53 ns,
 * which is 104 days. No component reads a clock; they arm timers with spans.
 */

/** Nanoseconds, whole. Instants count from the start of the run; spans from wherever they are armed. */
export type Nanoseconds = number;

/** One microsecond in ns. */
export const MICROSECOND: Nanoseconds = 1_000;
/** One millisecond in ns. */
export const MILLISECOND: Nanoseconds = 1_000_000;
/** One second in ns. */
export const SECOND: Nanoseconds = 1_000_000_000;

/** The last instant that a run can reach: the largest exact integer, 104 days. */
export const END_OF_TIME: Nanoseconds = Number.MAX_SAFE_INTEGER;

/** A duration as people write it: a number with its unit. A bare number is refused by the type on purpose. */
export type DurationText = `${number}${'ns' | 'us' | 'ms' | 's' | 'min' | 'h'}`;

/** Anything that can be read as a span: text with a unit, or a {@link Span} made by {@link ms}, {@link s} and the like. */
export type DurationInput = DurationText | Span;

/** A span that says its unit when it is made. */
export interface Span {
  readonly nanoseconds: Nanoseconds;
}

const UNITS: ReadonlyMap<string, Nanoseconds> = new Map([
  ['ns', 1],
  ['us', MICROSECOND],
  ['µs', MICROSECOND],
  ['ms', MILLISECOND],
  ['s', SECOND],
  ['min', 60 * SECOND],
  ['h', 3600 * SECOND],
]);

const DURATION = /^(\d{1,20})(?:\.(\d{1,40}))?\s*(ns|us|µs|ms|s|min|h)$/;

/**
 * Reads a duration such as `10s`, `1.5ms` or `2min`.
 *
 * @returns whole nanoseconds, or undefined where the text is not a duration, has no unit, is finer than 1 ns or
 * does not fit 104 days.
 */
export function tryParseDuration(text: string): Nanoseconds | undefined {
  const match = DURATION.exec(text.trim());
  const unit = match === null ? undefined : UNITS.get(match[3] ?? '');
  if (match === null || unit === undefined) return undefined;
  // Whole arithmetic: 1.1 ms is 1 100 000 ns exactly, not a rounded product of doubles.
  const digits = match[2] ?? '';
  const scaled = BigInt(`${match[1]}${digits}`) * BigInt(unit);
  const scale = 10n ** BigInt(digits.length);
  if (scaled % scale !== 0n) return undefined;
  const total = Number(scaled / scale);
  return Number.isSafeInteger(total) ? total : undefined;
}

/**
 * Reads a duration, or throws.
 *
 * @throws RangeError naming the text and what a duration looks like.
 */
export function parseDuration(input: DurationInput): Nanoseconds {
  if (typeof input === 'object') return input.nanoseconds;
  const span = tryParseDuration(input);
  if (span === undefined) {
    throw new RangeError(
      `'${input}' is not a duration: write a number with its unit, such as 200ms, 1.5s or 2min`,
    );
  }
  return span;
}

const span = (count: number, unit: Nanoseconds): Span => ({ nanoseconds: Math.round(count * unit) });

/** A span of `count` microseconds. */
export const us = (count: number): Span => span(count, MICROSECOND);
/** A span of `count` milliseconds. */
export const ms = (count: number): Span => span(count, MILLISECOND);
/** A span of `count` seconds. */
export const s = (count: number): Span => span(count, SECOND);

/** An instant or a span as seconds with a fixed number of decimals, e.g. `13.084`. Rounds half up, in integers. */
export function formatSeconds(time: Nanoseconds, decimals = 3): string {
  const unit = 10 ** (9 - decimals);
  const rest = Math.abs(time) % unit;
  const rounded = (Math.abs(time) - rest) / unit + (rest * 2 >= unit ? 1 : 0);
  const scale = 10 ** decimals;
  const whole = Math.floor(rounded / scale);
  const sign = time < 0 && rounded > 0 ? '-' : '';
  if (decimals === 0) return `${sign}${whole}`;
  return `${sign}${whole}.${String(rounded - whole * scale).padStart(decimals, '0')}`;
}

/** A span in the unit that reads best and is exact: `50us`, `1.5s`, `2min`. Reads back with {@link parseDuration}. */
export function formatDuration(time: Nanoseconds): DurationText {
  if (time === 0) return '0s';
  if (time % (60 * SECOND) === 0) return `${time / (60 * SECOND)}min`;
  for (const [unit, size] of [
    ['s', SECOND],
    ['ms', MILLISECOND],
    ['us', MICROSECOND],
  ] as const) {
    if (time < size || time % (size / 1000) !== 0) continue;
    // Digit by digit: a quotient of doubles has no room for 16 digits.
    const rest = time % size;
    const thousandths = String(rest / (size / 1000)).padStart(3, '0');
    const decimals = rest === 0 ? '' : `.${thousandths.replace(/0+$/, '')}`;
    return `${(time - rest) / size}${decimals}${unit}` as DurationText;
  }
  return `${time}ns`;
}
