import { complaint } from '@viplab/config/reading';
import { BroadcastStormError, DiagnosticError, formatGithub, sortDiagnostics } from '@viplab/core';
import { BadInput } from './bad-input.js';
import { diagnosticsText } from './diagnostics-text.js';
import { mayColour, type Terminal } from './terminal.js';
import { version } from './version.js';

/**
 * Prints the complaints of an error in the form that the command line asks for: text on stderr, JSON and CI annotations
 * on stdout.
 *
 * @returns false if the error is no complaint about input
 */
export function complainAbout(thrown: unknown, words: readonly string[], terminal: Terminal): boolean {
  const error = thrown instanceof BroadcastStormError ? loopedLab(thrown) : thrown;
  if (!(error instanceof BadInput || error instanceof DiagnosticError)) return false;
  const { diagnostics } = error;
  if (words.includes('--json')) {
    const result = {
      schema: `viplab.${words[0] === 'check' ? 'check' : 'run'}/1`,
      viplab: version(),
      verdict: null,
      diagnostics: sortDiagnostics(diagnostics),
    };
    terminal.out(`${JSON.stringify(result, null, 2)}\n`);
    return true;
  }
  const formatAt = words.findIndex((word) => word === '--format' || word === '--format=github');
  if (formatAt !== -1 && (words[formatAt] === '--format=github' || words[formatAt + 1] === 'github')) {
    terminal.out(`${formatGithub(diagnostics)}\n`);
    return true;
  }
  const colour = mayColour(terminal.errorColumns, terminal.env, !words.includes('--no-color'));
  const sources = error instanceof BadInput ? error.sources : new Map<string, string>();
  terminal.err(diagnosticsText(diagnostics, sources, colour));
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  if (errors > 1) terminal.err(`${errors} errors\n`);
  return true;
}

/** A run shows a storm as its verdict; where many runs are made nothing can be said of a lab that ends in one. */
function loopedLab({ message, switchName }: BroadcastStormError): BadInput {
  const place = { line: 1, column: 1 };
  return new BadInput([
    complaint(switchName, 'lab/broadcast-storm', message, { range: { start: place, end: place } }),
  ]);
}
