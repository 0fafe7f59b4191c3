/**
 * Reads labs: lab.yaml, and the daemons' own configuration files. Importing this has no effect; Node is needed only
 * where a path is read without a Map of texts.
 *
 * @packageDocumentation
 */
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
export { type ToYamlOptions, toYaml } from './to-yaml.js';
