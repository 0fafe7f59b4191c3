import type { Cure, SourcePlace } from '@viplab/core';
import {
  type CarpCluster,
  type CarpRouter,
  type KernelRouter,
  settingText,
  sysctlAt,
  writtenAt,
} from './carp-router.js';
import { type Subject, textAt } from './finding.js';

/** How far a proposed skew lies from one that is taken, the best first. */
const STEPS = [100, 50, 20, 10, -100, -50, -20, -10, 5, -5, 1, -1];
/** With larger skews (and advbase 1) a better router that waits tolerates no lost advert. */
const LARGEST_PROPOSED = 127;

/** The edits that put a number or a word in the place of another: none unless the text ends in just that. */
export function rewrite(
  { sources }: Pick<Subject, 'sources'>,
  place: SourcePlace | undefined,
  from: string | number,
  to: string | number,
): Cure['edits'] {
  if (place === undefined) return [];
  const text = textAt(sources, place);
  if (text === undefined || !endsInWord(text, String(from))) return [];
  const { line, column } = place.range.end;
  const start = { line, column: column - [...String(from)].length };
  return [{ range: { start, end: { line, column } }, text: String(to) }];
}

const endsInWord = (text: string, word: string): boolean =>
  word !== '' &&
  (text === word || (text.endsWith(word) && /[\s=:]/.test(text.charAt(text.length - word.length - 1))));

/** A cure that changes one setting of a router: `advskew 100`. */
export function settingCure(
  subject: Subject,
  router: CarpRouter,
  keyword: string,
  from: string | number,
  to: string | number,
): Cure {
  return {
    title: settingText(router, keyword, to),
    edits: rewrite(subject, writtenAt(router, keyword), from, to),
  };
}

/** A skew that nobody of a cluster has, near to one that is taken. */
export function freeSkew({ routers }: CarpCluster, taken: number): number {
  const used = new Set(routers.map(({ advskew }) => advskew));
  const isFree = (skew: number): boolean => skew >= 0 && skew <= LARGEST_PROPOSED && !used.has(skew);
  const start = taken > LARGEST_PROPOSED ? 0 : taken;
  const near = STEPS.map((step) => start + step).find(isFree);
  if (near !== undefined) return near;
  return Array.from({ length: LARGEST_PROPOSED }, (_, index) => index + 1).find(isFree) ?? 0;
}

/** `net.inet.carp.preempt=1`, in a file that says otherwise. */
export const preemptCure = (subject: Subject, router: KernelRouter): Cure => ({
  title: 'net.inet.carp.preempt=1',
  edits: rewrite(subject, sysctlAt(router, 'preempt'), 0, 1),
});
