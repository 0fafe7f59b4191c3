/**
 * @packageDocumentation
 * The viplab simulator: switches with CAM tables, hosts with ARP caches, VRRP machines and clients under one
 * deterministic clock. No files, no terminal, no test runner; it runs in a browser.
 *
 * What is here is for those who build labs and read runs. The parts under it are in `@viplab/core/engine` (clock,
 * declared state, chance) and `@viplab/core/network` (cables, switches, hosts, daemons), for those who build parts.
 */
export {
  type CarpFilesRead,
  type ConfiguredNic,
  type ReadCarpOptions,
  readCarpFiles,
} from './daemon/carp/configuration/read-carp-files.js';
export * from './daemon/keepalived/configuration/index.js';
export { type ScriptCommand, tryParseScriptCommand } from './daemon/keepalived/index.js';
export {
  type ReadUcarpOptions,
  readUcarpCommand,
  type UcarpCommandRead,
} from './daemon/ucarp/configuration/read-ucarp-command.js';
export type { ScriptedChange, UcarpConfig, VipScript } from './daemon/ucarp/ucarp-config.js';
export * from './diagnostic/index.js';
export {
  type ChoiceSite,
  type Choices,
  type DescribedWord,
  type DurationInput,
  type DurationText,
  differenceOf,
  formatDuration,
  formatSeconds,
  MICROSECOND,
  MILLISECOND,
  ms,
  type Nanoseconds,
  parseDuration,
  RANDOM_STREAM_VERSION,
  SECOND,
  SeededChoices,
  type Span,
  s,
  tryParseDuration,
  us,
} from './engine/index.js';
export {
  CARP_SYSTEMS,
  type CarpBalancing,
  type CarpConfig,
  type CarpInterfaceConfig,
  type CarpNodeConfig,
  type CarpPlace,
  type CarpSysctls,
  type CarpSystem,
  type CarpVrrpConfig,
  carpInstanceName,
  isOpenBsd,
} from './host/carp/carp-config.js';
export * from './lab/index.js';
export * from './report/index.js';
export { BroadcastStormError } from './switch/index.js';
export * from './trace/index.js';
export * from './wire/index.js';
