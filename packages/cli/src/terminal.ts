/** Where a command writes, and what it may know of the place. Tests give their own. */
export interface Terminal {
  /** The result: depends on the input only. */
  out(text: string): void;
  /** Progress, wall time, hints, complaints. */
  err(text: string): void;
  /** Columns of stdout if it is a terminal; undefined for a pipe or a file. */
  readonly columns: number | undefined;
  /** Columns of stderr if it is a terminal. */
  readonly errorColumns: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Widest screen. */
export const MAX_WIDTH = 100;

/**
 * The process's own terminal. Where the reader has gone away (`viplab run … | head`), what is still to be said falls
 * silent and the exit code stays what it is.
 */
export function processTerminal(): Terminal {
  const end = (error: Error & { code?: string }): void => {
    if (error.code !== 'EPIPE') throw error;
  };
  process.stdout.on('error', end);
  process.stderr.on('error', end);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    errorColumns: process.stderr.isTTY ? process.stderr.columns : undefined,
    env: process.env,
  };
}

/** The columns that a screen may use: what the terminal has, at most {@link MAX_WIDTH}. */
export const widthOf = (columns: number | undefined): number =>
  Math.min(MAX_WIDTH, Math.max(20, columns ?? MAX_WIDTH));

/** Whether to colour: on a terminal, unless NO_COLOR (https://no-color.org), `--no-color` or a dumb terminal forbids it. */
export function mayColour(columns: number | undefined, env: Terminal['env'], option: boolean): boolean {
  if (!option || (env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '0') !== '0') return true;
  return columns !== undefined && env['TERM'] !== 'dumb';
}
