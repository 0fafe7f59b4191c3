/** What the shell is told, the same for all commands. */
export const EXIT = {
  /** Nothing found, or exactly what the lab expects. */
  good: 0,
  /** A flap, or an expectation that was not met. */
  found: 1,
  /** Files, options or a lab that cannot be used; a diagnostic says why. */
  badInput: 2,
  /** The thing of interest never happened, or a bound was met first. */
  inconclusive: 3,
  /** A bug in viplab. */
  bug: 70,
  /** Ctrl-C: what was found until then is printed. */
  interrupted: 130,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The lines of help about exit codes. */
export const EXIT_CODE_HELP: readonly (readonly [string, string])[] = [
  ['0', 'nothing found, or exactly what the lab expects'],
  ['1', 'a flap, or an expectation that was not met'],
  ['2', 'bad input: files, options, lab (always with a diagnostic)'],
  ['3', 'inconclusive: what is of interest never happened, or not all was tried'],
  ['70', 'a bug in viplab: it prints what to send'],
  ['130', 'interrupted'],
];
