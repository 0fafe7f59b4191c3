/**
 * @packageDocumentation
 * Reading labs and configuration files, without what writes them: the YAML library is loaded only for a lab.yaml.
 */
export { carpFilesAmong } from './carp-file-names.js';
export { complaint, hasErrors } from './complaint.js';
export { type ConfigurationKind, configurationKind } from './configuration-kind.js';
export { decodeFile, type FileRead, type FileSource, filesOf, MAX_FILE_BYTES } from './file-source.js';
export { type LoadOptions, loadLab, readDesign } from './load-lab.js';
export type { ReadResult } from './read-result.js';
export {
  ACTION_NAMES,
  formatScheduleLine,
  parseScheduleLine,
  SCHEDULE_LINE_EXAMPLES,
  tryParseScheduleLine,
} from './schedule-line.js';
