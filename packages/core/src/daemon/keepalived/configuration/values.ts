/** What became of a number in a configuration file. */
export interface NumberReading {
  /** What the running daemon uses; undefined: nothing, the keyword is ignored. */
  readonly value: number | undefined;
  /** What `keepalived -t` complains about, if anything. */
  readonly problem: 'not-a-number' | 'out-of-range' | 'too-precise' | undefined;
}

/** Limits of a number, both included. */
export interface NumberRange {
  readonly minimum: number;
  readonly maximum: number;
  /**
   * keepalived's `ignore_error`: the running daemon uses the number in front of trailing rubbish if it is in range
   * (`-t` still complains).
   */
  readonly lenient: boolean;
}

/** Microseconds in a second: keepalived's `TIMER_HZ`. */
export const MICROSECONDS_PER_SECOND = 1_000_000;
/** `UINT_MAX`. */
export const UINT_MAX = 0xffff_ffff;
/** `INT_MAX`. */
export const INT_MAX = 0x7fff_ffff;
/** Largest whole number of seconds that fits in 32 bits of microseconds (`UINT_MAX / TIMER_HZ`). */
export const MAX_UNSIGNED_SECONDS = 4294;

/** A signed or unsigned decimal integer (`read_int_func`, `read_unsigned_func`). A minus sign is out of range where the minimum is not negative. */
export function readInteger(text: string, range: NumberRange): NumberReading {
  const match = /^[ \t\f\n\r\v]*([+-]?\d+)?/.exec(text);
  const digits = match?.[1];
  const whole = digits !== undefined && match?.[0].length === text.length;
  const value = digits === undefined ? 0 : Number(digits);
  const inRange = value >= range.minimum && value <= range.maximum;
  const negative = range.minimum >= 0 && text.trimStart().startsWith('-');
  if (whole && inRange && !negative) return { value, problem: undefined };
  const problem = whole ? 'out-of-range' : 'not-a-number';
  return { value: !whole && range.lenient && inRange && !negative ? value : undefined, problem };
}

/**
 * A decimal number in a unit, given back in 10^−`places` of that unit (`read_decimal_unsigned_long_func`): seconds with
 * 6 places come back as microseconds. Further places are rounded half up, with a complaint. Rubbish behind the number
 * swallows the zeros that scale it, so `5s` read as seconds is 5 µs: keepalived does that too.
 *
 * @param range - in the result's unit
 */
export function readDecimal(text: string, places: number, range: NumberRange): NumberReading {
  if (text.startsWith('-')) return { value: undefined, problem: 'out-of-range' };
  const point = text.indexOf('.');
  const given = point === -1 ? 0 : text.length - point - 1;
  const tooPrecise = given > places;
  const kept = Math.min(given, places);
  const scaled =
    (point === -1 ? text : text.slice(0, point) + text.slice(point + 1, point + 1 + kept)) +
    '0'.repeat(places - kept);
  const digits = /^[ \t\f\n\r\v]*(\+?\d+)?/.exec(scaled);
  const number = digits?.[1];
  const whole = number !== undefined && digits?.[0].length === scaled.length;
  const roundUp = tooPrecise && (text[point + 1 + places] ?? '0') >= '5';
  const value = (number === undefined ? 0 : Number(number)) + (roundUp ? 1 : 0);
  const inRange = value >= range.minimum && value <= range.maximum;
  if (whole && inRange) return { value, problem: tooPrecise ? 'too-precise' : undefined };
  const usable = range.lenient && inRange;
  return { value: usable ? value : undefined, problem: whole ? 'out-of-range' : 'not-a-number' };
}

/** `true`, `on`, `yes` or `false`, `off`, `no` (`check_true_false`); undefined for anything else. */
export function readBoolean(text: string): boolean | undefined {
  if (text === 'true' || text === 'on' || text === 'yes') return true;
  if (text === 'false' || text === 'off' || text === 'no') return false;
  return undefined;
}

/** Microseconds as seconds, the way a person writes them: `5`, `0.01`. */
export function formatSeconds(microseconds: number): string {
  const whole = Math.floor(microseconds / MICROSECONDS_PER_SECOND);
  const rest = microseconds % MICROSECONDS_PER_SECOND;
  return rest === 0 ? String(whole) : `${whole}.${String(rest).padStart(6, '0').replace(/0+$/, '')}`;
}
