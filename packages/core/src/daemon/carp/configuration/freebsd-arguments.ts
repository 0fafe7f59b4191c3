import type { Word } from '../../../shell/placed-text.js';
import type { HostDraft } from './host-draft.js';

/** Options of FreeBSD's ifconfig in front of the interface that only change what it prints. */
const PRINTING = /^-[aCDdfGghkLlmrsuVv]+$/;
/** Options that change nothing here: do not load modules. */
const HARMLESS = /^-n$/;

/** What FreeBSD's ifconfig(8) is asked to change: an interface and the words behind it; null: nothing. */
export function freebsdArguments(
  host: HostDraft,
  args: readonly Word[],
): { readonly face: Word; readonly words: readonly Word[] } | null {
  let at = 0;
  for (let option = args[at]; option?.text.startsWith('-'); option = args[at]) {
    if (PRINTING.test(option.text)) return null;
    if (!HARMLESS.test(option.text)) {
      host.complaints.warn(
        option.place,
        'not-modelled',
        `ifconfig ${option.text} is not modelled`,
        'the line is left out',
      );
      return null;
    }
    at++;
  }
  const face = args[at];
  return face === undefined ? null : { face, words: args.slice(at + 1) };
}
