import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import { completeConfiguration } from './completion.js';
import type { ReadOptions } from './include-stack.js';
import type { KeepalivedConfig } from './keepalived-config.js';
import { ROOT } from './keywords/root.js';
import { Reading } from './reading.js';

export type { IncludedFile, ReadOptions } from './include-stack.js';

/** What came out of reading a configuration. */
export interface ConfigurationReading {
  /** What the running daemon would use, whatever the complaints. */
  readonly config: KeepalivedConfig;
  /** In the order in which they were found. An `error` is what makes `keepalived -t` fail. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a `keepalived.conf` as keepalived 2.2.7 does. Never throws for anything that can stand in a file.
 *
 * `likeDaemon` changes no value: the configuration is always the one that the running daemon would use. It only says
 * that the caller means to go on in spite of errors, so that each of them is a warning (unless keepalived would not run
 * at all).
 *
 * @example
 * ```ts
 * const { config, diagnostics } = readKeepalivedConf(text, { file: 'n1/keepalived.conf' });
 * ```
 */
export function readKeepalivedConf(text: string, options: ReadOptions): ConfigurationReading {
  const reading = new Reading(text, options);
  reading.run(ROOT);
  const config = completeConfiguration(reading.draft, reading.complaints, reading.fatal);
  const found = reading.complaints.all;
  const lenient = options.likeDaemon === true && !config.fatal;
  const diagnostics = lenient
    ? found.map((each) => (each.severity === 'error' ? { ...each, severity: 'warning' as const } : each))
    : found;
  return { config, diagnostics };
}
