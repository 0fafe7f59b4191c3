/**
 * What a run showed. `unsettled`: after the last cause it did not end with exactly one owner on which every client
 * lands, though there was time. `broadcast-storm`: a frame circled in a loop of switches, which ended the run.
 */
export type VerdictWord = 'no-flap' | 'broadcast-storm' | 'flap' | 'flux' | 'dual' | 'headless' | 'unsettled';

/** The words from the gravest on; the first that applies is the verdict's. */
export const VERDICT_WORDS: readonly VerdictWord[] = [
  'broadcast-storm',
  'flap',
  'flux',
  'dual',
  'headless',
  'unsettled',
  'no-flap',
];

/** `no flap`, `FLAP`, `FLUX`: as a screen shows the word. */
export const wordOnScreen = (word: VerdictWord): string =>
  word === 'no-flap' ? 'no flap' : word.toUpperCase();
