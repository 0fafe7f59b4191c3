export { matchesName, matchesPath, unfoldBraces } from './file-name-pattern.js';
export type {
  ConfiguredAddress,
  ConfiguredInterfaceAddress,
  GarpConfig,
  GarpGroupConfig,
  GlobalConfig,
  InterfaceDelayConfig,
  KeepalivedConfig,
  NotifyConfig,
  NotifyScript,
  Origins,
  SourcePlace,
  SyncGroupConfig,
  TrackedBy,
  TrackFileConfig,
  TrackProcessConfig,
  UnicastPeer,
  VirtualMacConfig,
  VrrpInstanceConfig,
  VrrpScriptConfig,
} from './keepalived-config.js';
export {
  type ConfigurationReading,
  type IncludedFile,
  type ReadOptions,
  readKeepalivedConf,
} from './reader.js';
