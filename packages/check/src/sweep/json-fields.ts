import type { Nanoseconds } from '@viplab/core';

/** Why a line cannot be what it should be. */
export class Damage extends Error {
  override readonly name = 'Damage';
}

type Read<T> = (value: unknown, key: string) => T;

/** @throws Damage if it is no object */
export function fieldsOf(value: unknown, key: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Damage(`${key} is no object`);
  return value as Readonly<Record<string, unknown>>;
}

/**
 * A text that may be printed: no control characters, with which a file could write over what stands on the screen.
 *
 * @throws Damage
 */
export const name: Read<string> = (value, key) => {
  if (typeof value !== 'string' || /\p{Cc}/u.test(value)) throw new Damage(`${key} is no text for a screen`);
  return value;
};

/** A whole number from 0. @throws Damage */
export const count: Read<number> = (value, key) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Damage(`${key} is no whole number`);
  return value;
};

/** @throws Damage */
export const boolean: Read<boolean> = (value, key) => {
  if (typeof value !== 'boolean') throw new Damage(`${key} is neither true nor false`);
  return value;
};

/** Seconds of JSON as nanoseconds. @throws Damage */
export const nanoseconds: Read<Nanoseconds> = (value, key) => {
  const time = typeof value === 'number' ? Math.round(value * 1e9) : Number.NaN;
  if (!Number.isSafeInteger(time) || time < 0) throw new Damage(`${key} is no time in seconds`);
  return time;
};

/** @throws Damage */
export const oneOf =
  <T extends string>(words: readonly T[]): Read<T> =>
  (value, key) => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new Damage(`${key} is none of ${words.join(', ')}`);
    return found;
  };

/** @throws Damage */
export const arrayOf =
  <T>(read: Read<T>): Read<T[]> =>
  (value, key) => {
    if (!Array.isArray(value)) throw new Damage(`${key} is no list`);
    return value.map((entry: unknown) => read(entry, key));
  };

/** Undefined where the key is missing. */
export const optional = <T>(value: unknown, read: Read<T>, key: string): T | undefined =>
  value === undefined ? undefined : read(value, key);
