/** One part in a million, the unit of shares inside the simulator. */
export const PPM = 1_000_000;

/** Reads a share such as `0.1%` as whole parts per million, or gives undefined. */
export function tryParseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d{1,4})?)\s*%$/.exec(text.trim());
  if (match === null) return undefined;
  const ppm = Math.round(Number(match[1]) * 10_000);
  return ppm <= PPM ? ppm : undefined;
}

const BIT_UNITS: ReadonlyMap<string, number> = new Map([
  ['bit/s', 1],
  ['kbit/s', 1_000],
  ['Mbit/s', 1_000_000],
  ['Gbit/s', 1_000_000_000],
]);

/** Reads a bandwidth such as `1Gbit/s` as bits per second, or gives undefined. */
export function tryParseBandwidth(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kMG]?bit\/s)$/.exec(text.trim());
  const unit = match === null ? undefined : BIT_UNITS.get(match[2] ?? '');
  if (match === null || unit === undefined) return undefined;
  const bits = Number(match[1]) * unit;
  return Number.isSafeInteger(bits) && bits > 0 ? bits : undefined;
}
