import * as z from 'zod';

/*
 * What values of lab.yaml look like. Messages begin with the code of the complaint and a space.
 */

const DURATION = /^\s*\d+(?:\.\d+)?\s*(?:ns|us|µs|ms|s|min|h)\s*$/;
const SHARE = /^\s*\d+(?:\.\d{1,4})?\s*%\s*$/;
const BYTE = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
/** An IPv4 address, in a pattern. */
export const ADDRESS = `${BYTE}(?:\\.${BYTE}){3}`;
/** Characters and length only: whether it is one is judged with the rest of the design. */
const IPV6_CIDR = '[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*/(?:\\d|[1-9]\\d|1[01]\\d|12[0-8])';
const MAC = /^[0-9A-Fa-f]{1,2}(?:[:-][0-9A-Fa-f]{1,2}){5}$|^[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}$/;

/** A text of one form; `code` is what is complained of otherwise. */
export const text = (code: string, expected: string, pattern: RegExp, description: string) =>
  z
    .string({ error: `${code} expected ${expected}` })
    .regex(pattern, { error: (issue) => `${code} '${String(issue.input).slice(0, 40)}' is not ${expected}` })
    .meta({ description });

/** `200ms`. */
export const duration = (description: string) =>
  text('lab/bad-duration', 'a duration with its unit, such as 200ms, 1.5s or 2min', DURATION, description);
/** `0.1%`. */
export const share = (description: string) =>
  text('lab/bad-share', 'a share such as 0.1%', SHARE, description);
/** Any text that is not empty. */
export const word = (description: string) =>
  z
    .string({ error: 'lab/wrong-type expected a word' })
    .min(1, 'lab/wrong-type expected a word')
    .meta({ description });
/** A whole number between two. */
export const whole = (least: number, most: number, description: string) =>
  z
    .int({ error: 'lab/wrong-type expected a whole number' })
    .min(least, `lab/out-of-range expected ${least} to ${most}`)
    .max(most, `lab/out-of-range expected ${least} to ${most}`)
    .meta({ description });
/** True or false. */
export const flag = (description: string) =>
  z.boolean({ error: 'lab/wrong-type expected true or false' }).meta({ description });
/** A list of one thing. */
export const list = <T extends z.ZodType>(of: T, what: string) =>
  z.array(of, { error: `lab/wrong-type expected a list of ${what}` });
/** One thing by name. */
export const named = <T extends z.ZodType>(of: T, what: string) =>
  z.record(z.string(), of, { error: `lab/wrong-type expected ${what} by name` });
/** One of some words. */
export const choice = <const T extends readonly [string, ...string[]]>(words: T, description: string) =>
  z.enum(words, { error: `choice ${words.join(' ')}` }).meta({ description });

/** Keys that nobody knows are complained about with the near ones, which the message carries. */
export const keys = <T extends z.core.$ZodLooseShape>(shape: T, what: string) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `keys ${Object.keys(shape).join(' ')}`
        : `lab/wrong-type expected ${what}`,
  });

const cidr = text(
  'lab/bad-address',
  'an address with its prefix length, such as 192.168.1.11/24',
  new RegExp(`^(?:${ADDRESS}/(?:[12]?\\d|3[0-2])|${IPV6_CIDR})$`),
  'Address with prefix length: 192.168.1.11/24, 2001:db8::11/64',
);
/** One address with its prefix length, or several. */
export const addresses = z.union([cidr, list(cidr, 'addresses')], {
  error:
    'lab/bad-address expected an address with its prefix length, such as 192.168.1.11/24, or a list of them',
});
/** A MAC address in any of the usual forms. */
export const mac = text(
  'lab/bad-mac',
  'a MAC address such as 02:00:00:00:01:01',
  MAC,
  'MAC address; default 02:00 followed by the bytes of the first address',
);
/** A duration, or the range that one is drawn from. */
export const span = (description: string) =>
  z
    .union(
      [
        duration(description),
        z.tuple([duration('From'), duration('To')], {
          error: 'lab/bad-duration expected a range of two durations, such as [50us, 500us]',
        }),
      ],
      {
        error: 'lab/bad-duration expected a duration such as 50us, or a range such as [50us, 500us]',
      },
    )
    .meta({ description });
