import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from './exit-code.js';
import { MAIN_HELP } from './help.js';
import { buildProgram } from './program.js';
import type { Terminal } from './terminal.js';
import { version } from './version.js';

/**
 * Runs a command line.
 *
 * @param words - what follows `viplab`
 * @returns the exit code; nothing is thrown
 */
export async function main(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.good;
  try {
    if (words.every((word) => word === '--no-color')) {
      terminal.out(MAIN_HELP);
      return EXIT.good;
    }
    const program = buildProgram(terminal, (result) => {
      code = result;
    });
    await program.parseAsync(await settleOptionalValues(words), { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.good : EXIT.badInput;
    // The simulator is loaded only where it is needed: help and misspelt options are answered at once.
    const { complainAbout } = await import('./complain.js');
    if (complainAbout(error, words, terminal)) return EXIT.badInput;
    reportBug(error, words, terminal);
    return EXIT.bug;
  }
}

function reportBug(error: unknown, words: readonly string[], terminal: Terminal): void {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const command = ['viplab', ...words]
    .map((word) => (/^[\w./:=%@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
  terminal.err(
    `This is a bug in viplab ${version()} (Node ${process.versions.node}); please report it with these lines and the files:\n  ${command}\n${what}\n`,
  );
}

/**
 * `--pcap` and `--log` may stand alone, so what follows them is theirs only if it looks so: a file of captures, a node.
 * In `viplab run --pcap n1/keepalived.conf` the configuration is no file to be overwritten.
 */
async function settleOptionalValues(words: readonly string[]): Promise<string[]> {
  const end = words.indexOf('--');
  const settled: string[] = [];
  for (const [index, word] of words.entries()) {
    const next = words[index + 1];
    const alone = (word === '--pcap' || word === '--log') && (end === -1 || index < end);
    const takes =
      next !== undefined &&
      !next.startsWith('-') &&
      (word === '--pcap' ? /\.pcap(?:ng)?$/.test(next) : await looksLikeNode(next));
    settled.push(alone && !takes ? `${word}=` : word);
  }
  return settled;
}

async function looksLikeNode(word: string): Promise<boolean> {
  if (/[./]/.test(word)) return false;
  const [{ existsSync }, { findExample }] = await Promise.all([
    import('node:fs'),
    import('./examples-folder.js'),
  ]);
  return findExample(word) === undefined && !existsSync(`${word}/lab.yaml`);
}
