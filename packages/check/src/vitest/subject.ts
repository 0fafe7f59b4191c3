import type { Run } from '@viplab/core';
import type { CheckVerdict } from '../verdict.js';

/** What a matcher has found. */
export interface Judgement {
  readonly pass: boolean;
  /** Why, for the reader of a failed test: of the expectation, or where it passes of its `.not`. */
  readonly message: string;
}

const has = (received: unknown, ...keys: readonly string[]): boolean =>
  typeof received === 'object' && received !== null && keys.every((key) => key in received);

const isRun = (received: unknown): received is Run => has(received, 'report', 'lab', 'trace');

const isVerdict = (received: unknown): received is CheckVerdict =>
  has(received, 'word', 'counterexamples', 'exploration');

function refuse(matcher: string, received: unknown, wanted: string): never {
  const hint = has(received, 'then') ? ': it is a promise, write `expect(await prove(…))`' : '';
  const what = received === null ? 'null' : typeof received === 'object' ? 'another object' : typeof received;
  throw new TypeError(`${matcher} is about ${wanted}, not about ${what}${hint}`);
}

/** Tells runs and verdicts apart. @throws TypeError for anything else */
export function byKind<T>(
  matcher: string,
  received: unknown,
  ofRun: (run: Run) => T,
  ofVerdict: (verdict: CheckVerdict) => T,
): T {
  if (isRun(received)) return ofRun(received);
  if (isVerdict(received)) return ofVerdict(received);
  return refuse(matcher, received, 'a run or the verdict of a check');
}

/** @throws TypeError for anything but a run */
export function runOnly(matcher: string, received: unknown): Run {
  return isRun(received) ? received : refuse(matcher, received, 'a run');
}
