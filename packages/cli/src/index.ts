/**
 * The `viplab` command as a function.
 *
 * @packageDocumentation
 */
export { EXIT, type ExitCode } from './exit-code.js';
export { main } from './main.js';
export type { Terminal } from './terminal.js';
