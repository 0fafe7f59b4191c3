/**
 * ucarp on a simulated host, and its parts for those who want the protocol alone.
 */
export {
  type ReadUcarpOptions,
  readUcarpCommand,
  type UcarpCommandRead,
} from './configuration/read-ucarp-command.js';
export { CAPTURE_TIMEOUT, Ucarp, type UcarpCapture, type UcarpOptions } from './ucarp.js';
export type { ScriptedChange, UcarpConfig, VipScript } from './ucarp-config.js';
export { type ByteOrder, compareWords } from './ucarp-election.js';
export {
  advertInterval as ucarpAdvertInterval,
  masterDownInterval as ucarpMasterDownInterval,
  takeoverInterval as ucarpTakeoverInterval,
} from './ucarp-timers.js';
