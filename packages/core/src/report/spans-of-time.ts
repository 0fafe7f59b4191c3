import { formatSeconds, MICROSECOND, MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';

/** A span as prose has it: `3.08 s`, `0.2 ms`, `40 µs`. Rounded; exact spans are in the JSON. */
export function spanInWords(span: Nanoseconds): string {
  if (span >= SECOND || span === 0) return `${formatSeconds(span, 2)} s`;
  if (span >= 100 * MICROSECOND) return `${tenths(span, MILLISECOND)} ms`;
  return span >= MICROSECOND ? `${tenths(span, MICROSECOND)} µs` : `${span} ns`;
}

function tenths(span: Nanoseconds, unit: Nanoseconds): string {
  const rounded = Math.floor((span * 10 + unit / 2) / unit);
  const whole = Math.floor(rounded / 10);
  const rest = rounded - whole * 10;
  return whole >= 10 || rest === 0 ? String(Math.floor((rounded + 5) / 10)) : `${whole}.${rest}`;
}

/** A span with all the decimals it needs, up to nine: `0.75`, `1`. */
export function exactSeconds(span: Nanoseconds): string {
  return formatSeconds(span, 9).replace(/\.?0+$/, '');
}

/** `once`, `twice`, `3 times`. */
export const timesInWords = (count: number): string =>
  count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;

/** Instants and spans with as many decimals as the reader asked for. */
export type SecondsFormat = (time: Nanoseconds) => string;

/** Instants and spans with three decimals, or six where the reader wants to see more. */
export const secondsFormat =
  (decimals: number): SecondsFormat =>
  (time) =>
    formatSeconds(time, decimals);
