/**
 * keepalived's VRRP process on a simulated host, and its parts for those who want the protocol alone.
 */
export type { ReceivedAdvert, Rejection } from './advert-checks.js';
export { Keepalived, type KeepalivedOptions } from './keepalived.js';
export { type ScriptCommand, tryParseScriptCommand } from './trackers/script-command.js';
export { VrrpInstance } from './vrrp-instance.js';
export { VrrpMachine } from './vrrp-machine.js';
export type { AcceptedAdvert, VrrpEffects, VrrpMode } from './vrrp-state.js';
export { masterDownIntervalUs, PRIORITY_OWNER, PRIORITY_STOP, skewTimeUs } from './vrrp-timers.js';
