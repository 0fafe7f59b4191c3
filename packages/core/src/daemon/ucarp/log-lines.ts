import { formatMac, type MacAddress } from '../../wire/index.js';

/**
 * What ucarp 1.5.2 writes to syslog, word for word (ucarp.c, carp.c, spawn.c; log.c puts the urgency before it), so that
 * a simulated log can be laid beside a real one. What only `--debug` shows is left out.
 */

export const localAddress = (mac: MacAddress): string =>
  `[INFO] Local advertised ethernet address is [${formatMac(mac)}]`;
export const NO_UP_SCRIPT = '[WARNING] Warning: no script called when going up';
export const NO_DOWN_SCRIPT = '[WARNING] Warning: no script called when going down';
export const noMac = (iface: string): string => `[ERROR] Unable to find MAC address of [${iface}]`;
/** ENODEV: no interface has the source address (ip_mc_find_dev). */
export const CANNOT_JOIN = "[ERROR] Can't do IP_ADD_MEMBERSHIP errno=No such device (19)";

export const switchingTo = (state: 'BACKUP' | 'MASTER'): string => `[WARNING] Switching to state: ${state}`;
export const spawning = (script: string, iface: string, address: string, extra: string | null): string =>
  `[WARNING] Spawning [${script} ${iface} ${address}${extra === null ? '' : ` ${extra}`}]`;

export const PREFERRED = '[WARNING] Preferred master advertised: going back to BACKUP state';
export const NON_PREFERRED =
  '[WARNING] Non-preferred master advertising: reasserting control of VIP with another gratuitous arp';
export const PREEMPTION = '[WARNING] Putting MASTER down - preemption';
export const GOING_TO_TIME_OUT = '[WARNING] Putting MASTER DOWN (going to time out)';

export const badTtl = (ttl: number): string => `[WARNING] Bad TTL: [${ttl}]`;
export const badVersion = (version: number): string => `[WARNING] Bad version: [${version}]`;
export const BAD_CHECKSUM = '[WARNING] Bad IP checksum';
export const badDigest = (ours: Uint8Array, theirs: Uint8Array): string =>
  `[WARNING] Bad digest - md2=[${firstBytes(ours)}...] md=[${firstBytes(theirs)}...] - ` +
  'Check vhid, password and virtual IP address';

const DIGEST_BYTES_SHOWN = 4;
const firstBytes = (digest: Uint8Array): string =>
  Array.from(digest.subarray(0, DIGEST_BYTES_SHOWN), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** ENETDOWN of an interface that is set down, ENOBUFS of one that is full. */
export const writeFailed = (isDown: boolean): string =>
  `[WARNING] write() has failed: ${isDown ? 'Network is down' : 'No buffer space available'}`;
export const garpFailed = (isDown: boolean): string =>
  `[ERROR] write() in garp: ${isDown ? 'Network is down' : 'No buffer space available'}`;
/** It prints the counter of suppressions where the number of the error was meant. */
export const writeErrors = (suppressions: number, most: number): string =>
  `[ERROR] write() error #${suppressions}/${most}`;

export const status = (state: 'BACKUP' | 'MASTER', iface: string, vhid: number): string =>
  `[INFO] ${state} on ${iface} id ${vhid}`;
/** POLLERR: a packet socket learns that its interface was set down (packet(7), `packet_notifier`). */
export const POLL_ERROR = '[ERROR] exiting: pfds[0].revents = 8';
