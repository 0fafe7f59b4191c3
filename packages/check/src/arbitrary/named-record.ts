import * as fc from 'fast-check';

/** One value for each name, in a plain object: it is printed. */
export function namedRecord<T>(
  names: readonly string[],
  each: (name: string) => fc.Arbitrary<T>,
): fc.Arbitrary<Record<string, T>> {
  return fc
    .tuple(...names.map(each))
    .map((values) => Object.fromEntries(names.map((name, index) => [name, values[index] as T])));
}
