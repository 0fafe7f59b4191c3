import type { Complaints } from '../../../diagnostic/complaints.js';
import type { CarpNodeConfig } from '../../../host/carp/carp-config.js';
import { type PlacedCharacter, type Word, wordOf } from '../../../shell/placed-text.js';
import { STOPS } from './address-request.js';

/** `CARP_MAXNODES`, ip_carp.h. */
const MAX_NODES = 32;
/** What `carpnodes` refuses for a vhid and for a skew (`setcarp_nodes`). */
const TOO_LARGE = 255;

/**
 * The list behind `carpnodes`, as `setcarp_nodes` of ifconfig.c reads it.
 *
 * @returns null if ifconfig(8) or the kernel refuses it
 */
export function readCarpNodes(value: Word, complaints: Complaints): CarpNodeConfig[] | null {
  const nodes: CarpNodeConfig[] = [];
  const parts = splitAtCommas(value);
  const refuse = (word: Word, code: string, message: string, hint?: string): null => {
    complaints.add(word.place, code, message, { hint, means: STOPS });
    return null;
  };
  for (const [index, part] of parts.entries()) {
    if (index >= MAX_NODES)
      return refuse(part, 'out-of-range', 'too many carp nodes', `${MAX_NODES} at most`);
    // sscanf(3) with "%u:%u": what follows is not looked at.
    const match = /^\s*([+-]?\d+):\s*([+-]?\d+)/.exec(part.text);
    if (match === null) return refuse(part, 'bad-value', `non parsable arg: ${part.text}`, 'vhid:advskew');
    const [whole, vhidText = '', skewText = ''] = match;
    const vhid = unsigned(vhidText);
    const advskew = unsigned(skewText);
    if (vhid >= TOO_LARGE) return refuse(part, 'out-of-range', `vhid ${vhid}: value too large`, '1 to 254');
    if (advskew >= TOO_LARGE)
      return refuse(part, 'out-of-range', `advskew ${advskew}: value too large`, '0 to 254');
    if (whole.length < part.text.length) {
      complaints.warn(
        part.place,
        'bad-value',
        `'${part.text}' has something behind it`,
        `ifconfig(8) reads ${vhid}:${advskew} and leaves out the rest`,
      );
    }
    nodes.push({ vhid, advskew });
  }
  return checkNodes(value, parts, nodes, complaints);
}

/** What the kernel makes of the list (`carp_vhids_ioctl`). */
function checkNodes(
  value: Word,
  parts: readonly Word[],
  nodes: readonly CarpNodeConfig[],
  complaints: Complaints,
): CarpNodeConfig[] | null {
  const end = nodes.findIndex(({ vhid }) => vhid === 0);
  const kept = end < 0 ? [...nodes] : nodes.slice(0, end);
  if (end >= 0) {
    complaints.warn(
      parts[end]?.place ?? value.place,
      'bad-value',
      'vhid 0 ends the list',
      kept.length === 0 ? 'nothing is changed' : `the ${kept.length} in front of it are taken`,
    );
  }
  const seen = new Set<number>();
  for (const [index, { vhid }] of kept.entries()) {
    if (seen.has(vhid)) {
      complaints.add(parts[index]?.place ?? value.place, 'duplicate-vhid', 'SIOCSVH: Invalid argument', {
        hint: `vhid ${vhid} is in the list twice`,
        means: STOPS,
      });
      return null;
    }
    seen.add(vhid);
  }
  if (value.text !== '' && kept.length === 0 && end < 0) {
    complaints.warn(value.place, 'bad-value', 'the list is empty', 'nothing is changed');
  }
  return kept;
}

/** `%u` takes a sign and 32 bits. */
const unsigned = (text: string): number => {
  const value = Number(text);
  return value < 0 ? value >>> 0 : Math.min(value, 0xffff_ffff);
};

/** strtok(3): commas in a row are one. */
function splitAtCommas(value: Word): Word[] {
  const parts: Word[] = [];
  let part: PlacedCharacter[] = [];
  for (const character of value.characters) {
    if (character.text !== ',') part.push(character);
    else if (part.length > 0) {
      parts.push(wordOf(part, character));
      part = [];
    }
  }
  const [last] = part;
  if (last !== undefined) parts.push(wordOf(part, last));
  return parts;
}
