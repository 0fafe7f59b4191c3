import { replaceAt } from '../../../diagnostic/complaints.js';
import type { Word } from '../../../shell/placed-text.js';
import type { CarpDraft, HostDraft } from './host-draft.js';

/** Where adverts go without a peer (`INADDR_CARP_GROUP`). */
export const CARP_GROUP = '224.0.0.18';
/** The same for IPv6. */
export const CARP_GROUP_IPV6 = 'ff02::12';
/** Bytes of a password that are kept: `CARP_KEY_LEN` without the closing zero of strlcpy(3). */
export const MAX_PASSWORD = 19;

/** Bytes of a text in UTF-8. */
const byteLength = (text: string): number =>
  [...text].reduce((sum, character) => sum + bytesOf(character.codePointAt(0) ?? 0), 0);

const bytesOf = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4;

/** `pass`: strlcpy(3) cuts what is too long, and nothing says so. */
export function setPassword(host: HostDraft, carp: CarpDraft, value: Word): void {
  carp.password = cutPassword(host, value);
  carp.origin.set('pass', value.place);
}

/** What is left of a password. */
export function cutPassword(host: HostDraft, value: Word): string {
  let kept = '';
  let length = 0;
  for (const character of value.text) {
    length += byteLength(character);
    if (length > MAX_PASSWORD) break;
    kept += character;
  }
  if (kept !== value.text) {
    host.complaints.warn(
      value.place,
      'truncated',
      `pass has ${byteLength(value.text)} characters`,
      `the first ${MAX_PASSWORD} count, the rest is cut off without a word: '${kept}'`,
      { cures: [replaceAt(value.place, kept, `pass ${kept}`)] },
    );
  }
  return kept;
}

/** Says that a `state` is asked for where the kernel does nothing (SIOCSVH: only where the state is not INIT). */
export function tellOfEarlyState(
  host: HostDraft,
  name: string,
  state: string,
  value: Word,
  isRunning: boolean,
): boolean {
  if (state === 'init') {
    host.complaints.warn(
      value.place,
      'no-effect',
      'state init changes nothing',
      'carp_ioctl knows what to do for backup and master only',
    );
    return true;
  }
  if (isRunning) return false;
  host.complaints.warn(
    value.place,
    'no-effect',
    `state ${state} comes too early`,
    `${name} is in INIT until its address is set, at the end of the line, and carp_ioctl forces no state there`,
    { hint: 'on a line of its own, behind the address, it works' },
  );
  return true;
}
