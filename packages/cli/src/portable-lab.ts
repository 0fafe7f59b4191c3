import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { hasErrors, readDesign } from '@viplab/config/reading';
import { type LabDesign, RANDOM_STREAM_VERSION } from '@viplab/core';
import { badOption } from './bad-input.js';
import type { LabInput } from './lab-input.js';

/** Letters and digits of RFC 4648's base32hex, in small letters: no two differ by case alone. */
const DIGITS = '0123456789abcdefghijklmnopqrstuv';
const BITS = 5;
const BYTE = 8;
/** What a token's lab may unfold to: far above any lab, far below what hurts. */
const MOST_BYTES = 4_000_000;
/** How the lab's text is called in complaints. */
const NAME = 'lab.yaml';

/** A lab with all its texts in letters and digits, for the long form of a token. */
export async function packLab(design: LabDesign): Promise<string> {
  const { toYaml } = await import('@viplab/config');
  const bytes = deflateRawSync(toYaml(design, { notes: false }), { level: 9 });
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = held * 2 ** BYTE + byte;
    bits += BYTE;
    while (bits >= BITS) {
      bits -= BITS;
      text += DIGITS[Math.floor(held / 2 ** bits)] ?? '';
      held %= 2 ** bits;
    }
  }
  return bits === 0 ? text : text + (DIGITS[held * 2 ** (BITS - bits)] ?? '');
}

/** A token with the lab inside: it replays where the files are not. */
export const portableToken = async (token: string, design: LabDesign): Promise<string> =>
  `${token}-p${await packLab(design)}`;

/**
 * The lab of a token's long form, read like any lab.yaml.
 *
 * @throws BadInput if it was cut short, or is no lab
 */
export async function unpackLab(token: string, packed: string): Promise<LabInput> {
  const shown = `vl${RANDOM_STREAM_VERSION}-…-p${packed.slice(0, 12)}…`;
  let yaml: string;
  try {
    yaml = inflateRawSync(bytesOf(packed), { maxOutputLength: MOST_BYTES }).toString('utf8');
  } catch {
    throw badOption('--replay', shown, 'the lab inside the token cannot be unpacked: was it cut short?');
  }
  const { design, diagnostics, sources } = await readDesign([NAME], { files: new Map([[NAME, yaml]]) });
  if (design === undefined || hasErrors(diagnostics)) {
    const [first] = diagnostics;
    throw badOption(
      '--replay',
      shown,
      `the lab inside token ${token.slice(0, 20)}… is none: ${first?.message ?? ''}`,
    );
  }
  return { design, diagnostics, sources };
}

function bytesOf(packed: string): Uint8Array {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const letter of packed) {
    const digit = DIGITS.indexOf(letter);
    if (digit < 0) throw new RangeError(letter);
    held = held * 2 ** BITS + digit;
    bits += BITS;
    if (bits < BYTE) continue;
    bits -= BYTE;
    bytes.push(Math.floor(held / 2 ** bits));
    held %= 2 ** bits;
  }
  return Uint8Array.from(bytes);
}
