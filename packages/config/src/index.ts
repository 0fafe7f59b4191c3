/**
 * Reads labs: lab.yaml, and the daemons' own configuration files. Importing this has no effect; Node is needed only
 * where a path is read without a Map of texts.
 *
 * @packageDocumentation
 */
export * from './reading.js';
export { type ToYamlOptions, toYaml } from './to-yaml.js';
