import type { Complaints } from '../../../diagnostic/complaints.js';
import type { Word } from '../../../shell/placed-text.js';
import { type Family, STOPS } from './address-request.js';
import type { Arity } from './ifconfig-keywords.js';

/** The words of a run of ifconfig(8) behind the interface: the address family in front of them, and the others. */
export function splitFamily(given: readonly Word[]): {
  readonly family: Family;
  readonly words: readonly Word[];
} {
  const first = given[0]?.text;
  const isGiven = first === 'inet' || first === 'inet6';
  return { family: first === 'inet6' ? 'inet6' : 'inet', words: isGiven ? given.slice(1) : given };
}

/** Says that a word would matter, and what holds instead. */
export function warnNotModelled(complaints: Complaints, word: Word, consequence: string): void {
  const message = `${word.text} matters here and is not modelled`;
  complaints.warn(word.place, 'not-modelled', message, consequence);
}

/** What a line's words are given to, in their order. Each answers whether ifconfig(8) goes on. */
export interface LineReader {
  /** A keyword with what follows it. */
  keyword(keyword: Word, values: readonly Word[]): boolean;
  /** A word that is none. */
  other(word: Word): boolean;
}

/**
 * Reads the words of one run of ifconfig(8) as its main() does.
 *
 * @returns false if ifconfig(8) gave up before the end
 */
export function readLineWords(
  words: readonly Word[],
  keywords: ReadonlyMap<string, Arity>,
  reader: LineReader,
  complaints: Complaints,
): boolean {
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) break;
    const arity = keywords.get(word.text);
    if (arity === undefined) {
      if (!reader.other(word)) return false;
      continue;
    }
    const next = words[at + 1];
    const count = arity === 'optional' ? (next === undefined || keywords.has(next.text) ? 0 : 1) : arity;
    const values = words.slice(at + 1, at + 1 + count);
    if (values.length < count) {
      const needed = count === 1 ? 'requires argument' : `requires ${count} arguments`;
      complaints.add(word.place, 'missing-value', `'${word.text}' ${needed}`, { means: STOPS });
      return false;
    }
    if (!reader.keyword(word, values)) return false;
    at += count;
  }
  return true;
}
