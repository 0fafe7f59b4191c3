import type { NetView } from './net-view.js';

/** What must be so: true, or false, or what is wrong in words. */
export type Predicate = (net: NetView) => boolean | string;

/** Null where a predicate holds, else what is wrong. */
export function complaintOf(predicate: Predicate, name: string, net: NetView): string | null {
  const answer = predicate(net);
  if (answer === true) return null;
  return typeof answer === 'string' && answer !== '' ? `${name}: ${answer}` : `not so: ${name}`;
}
