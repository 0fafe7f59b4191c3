import { formatIp, type IpAddress } from '../../wire/index.js';

/**
 * What keepalived 2.2.7 with `-D` writes to its log, word for word, so that a simulated log can be laid beside a
 * real one. `instance` is the name of the `vrrp_instance`, addresses are texts as inet_ntop writes them.
 */

export const initialBackup = (instance: string): string => `(${instance}) Entering BACKUP STATE (init)`;
export const enteringState = (instance: string, state: 'BACKUP' | 'MASTER' | 'FAULT'): string =>
  `(${instance}) Entering ${state} STATE`;
export const advertTimeout = (instance: string): string => `(${instance}) Receive advertisement timeout`;
export const settingAddresses = (instance: string): string => `(${instance}) setting VIPs.`;
export const removingAddresses = (instance: string): string => `(${instance}) removing VIPs.`;
export const settingExcluded = (instance: string): string => `(${instance}) setting E-VIPs.`;
export const removingExcluded = (instance: string): string => `(${instance}) removing E-VIPs.`;
export const queueingGratuitousArp = (instance: string, iface: string, address: string): string =>
  `(${instance}) Sending/queueing gratuitous ARPs on ${iface} for ${address}`;
export const sendingGratuitousArp = (iface: string, address: string): string =>
  `Sending gratuitous ARP on ${iface} for ${address}`;
export const queueingUnsolicitedNa = (instance: string, iface: string, address: string): string =>
  `(${instance}) Sending/queueing Unsolicited Neighbour Adverts on ${iface} for ${address}`;
/** What is put on the cable for an address of either family. */
export const sendingAnnouncement = (iface: string, address: IpAddress): string =>
  typeof address === 'number'
    ? sendingGratuitousArp(iface, formatIp(address))
    : `Sending unsolicited Neighbour Advert on ${iface} for ${address}`;
export const sourceGratuitousArp = (instance: string, address: string): string =>
  `${instance}: sending gratuitous ARP for ${address}`;

export const higherAdvert = (instance: string, from: string, priority: number, ours: number): string =>
  `(${instance}) Master received advert from ${from} with higher priority ${priority}, ours ${ours}`;
export const higherAddress = (instance: string, from: string, priority: number): string =>
  `(${instance}) Master received advert from ${from} with same priority ${priority} but higher IP address than ours`;
export const sameAddress = (instance: string): string =>
  `(${instance}) WARNING - equal priority advert received from remote host with our IP address.`;
export const lowerAdvert = (
  instance: string,
  from: string,
  priority: number,
  ours: number,
  forcing: boolean,
): string =>
  `(${instance}) Received advert from ${from} with lower priority ${priority}, ours ${ours}${forcing ? ', forcing new election' : ''}`;
export const discardedAdvert = (instance: string, from: string, priority: number): string =>
  `(${instance}) received lower priority (${priority}) advert from ${from} - discarding`;
export const twoOwners = (instance: string): string =>
  `(${instance}) CONFIGURATION ERROR: local instance and a remote instance are both configured as address owner, please fix - reducing local priority`;
export const sentZero = (instance: string): string => `(${instance}) sent 0 priority`;
export const backupReceivedZero = (instance: string): string =>
  `(${instance}) Backup received priority 0 advertisement`;
export const masterReceivedZero = (instance: string): string =>
  `(${instance}) Master received priority 0 message`;

export const startPreemptDelay = (instance: string, us: number): string =>
  `(${instance}) start preempt delay (${Math.floor(us / 1_000_000)}.${String(us % 1_000_000).padStart(6, '0')})`;
export const stopPreemptDelay = (instance: string): string => `(${instance}) stop preempt delay`;
export const learnedInterval = (instance: string, fromUs: number, toUs: number): string =>
  `(${instance}) advertisement interval updated from ${Math.floor(fromUs / 1000)}ms to ${Math.floor(toUs / 1000)}ms by master`;
export const ownInterval = (instance: string, fromUs: number, toUs: number): string =>
  `(${instance}) changing advert interval from ${Math.floor(fromUs / 1000)}ms to locally configured ${Math.floor(toUs / 1000)}ms`;
export const changedPriority = (instance: string, from: number, to: number): string =>
  `(${instance}) Changing effective priority from ${from} to ${to}`;

export const syncing = (group: string, state: 'BACKUP' | 'MASTER' | 'FAULT'): string =>
  `VRRP_Group(${group}) Syncing instances to ${state} state`;
export const syncingAtStart = (group: string, instance: string): string =>
  `VRRP_Group(${group}): Syncing ${instance} to FAULT state`;

export const interfaceFault = (instance: string, iface: string): string =>
  `(${instance}): entering FAULT state (interface ${iface} down)`;
export const noAddressFault = (instance: string, family: 'inet' | 'inet6'): string =>
  `(${instance}) entering FAULT state (no IPv${family === 'inet' ? 4 : 6} address for interface)`;
export const scriptFault = (instance: string, script: string): string =>
  `(${instance}): entering FAULT state due to script ${script}`;
export const processFault = (instance: string, tracker: string): string =>
  `(${instance}) entering FAULT state (tracked process ${tracker} quorum not achieved)`;
export const fileFault = (instance: string, tracker: string, status: number): string =>
  `(${instance}): entering FAULT state (tracked file ${tracker} has status ${status})`;

export const missingInterface = (iface: string, instance: string): string =>
  `WARNING - interface ${iface} for vrrp_instance ${instance} doesn't exist`;
export const unknownInterface = (instance: string): string => `(${instance}) Unknown interface!`;
export const netlinkLink = (iface: string, up: boolean): string =>
  `Netlink reports ${iface} ${up ? 'up' : 'down'}`;
export const linkDelayCancelled = (iface: string): string => `Delay timer for ${iface} cancelled`;
export const netlinkAddressRemoved = (address: string, iface: string): string =>
  `Netlink reflector reports IP ${address} removed from ${iface}`;
export const assignedAddress = (address: string, iface: string): string =>
  `Assigned address ${address} for interface ${iface}`;
export const deassignedAddress = (address: string, iface: string): string =>
  `Deassigned address ${address} from interface ${iface}`;

export const scriptReturns = (script: string, status: number): string =>
  `Script \`${script}\` now returning ${status}`;
export const scriptSucceeded = (script: string): string => `VRRP_Script(${script}) succeeded`;
export const scriptFailed = (script: string, status: number): string =>
  `VRRP_Script(${script}) failed (exited with status ${status})`;
export const scriptTimedOut = (script: string): string => `VRRP_Script(${script}) timed_out`;
export const scriptStillRuns = (script: string): string =>
  `Track script ${script} is already running, expect idle - skipping run`;
export const quorum = (tracker: string, gained: boolean): string =>
  `Quorum ${gained ? 'gained' : 'lost'} for tracked process ${tracker}`;

export const STARTING = 'Starting Keepalived v2.2.7 (01/16,2022)';
export const STARTUP_COMPLETE = 'Startup complete';
export const STOPPING = 'Stopping';
export const STOPPED = 'Stopped Keepalived v2.2.7 (01/16,2022)';

export const unknownVrid = (vrid: number, iface: string): string =>
  `Unknown VRID(${vrid}) received on interface(${iface}). ignoring...`;
export const authMissing = (instance: string, expectsAh: boolean): string =>
  expectsAh
    ? `(${instance}) No AH header but auth type is AH`
    : `(${instance}) Received AH header but auth type not AH`;
export const wrongLength = (instance: string, length: number, expected: number): string =>
  `(${instance}) vrrp packet too ${length > expected ? 'long' : 'short'}, length ${length} and expect ${expected}`;
export const wrongTtl = (instance: string, ttl: number): string =>
  `(${instance}) invalid TTL/HL. Received ${ttl} and expect 255`;
export const wrongVersion = (instance: string, version: number, ours: number): string =>
  `(${instance}) wrong version. Received ${version} and expect ${ours}`;
export const invalidAuthType = (instance: string, type: number): string =>
  `(${instance}) Invalid auth type: ${type}`;
export const otherAuthType = (instance: string, type: number, ours: number): string =>
  `(${instance}) received a ${type} auth, expecting ${ours}!`;
export const wrongPassword = (instance: string): string => `(${instance}) received an invalid passwd!`;
export const otherInterval = (instance: string, ours: number, theirs: number): string =>
  `(${instance}) advertisement interval mismatch mine=${ours} sec rcv'd=${theirs} sec`;
export const wrongType = (instance: string, type: number): string =>
  `(${instance}) Invalid packet type. ${type} and expect 1`;
export const otherCount = (instance: string, count: number, ours: number): string =>
  `(${instance}) received an unexpected ip number count ${count}, expected ${ours}!`;
export const wrongChecksum = (instance: string, version: 2 | 3): string =>
  `(${instance}) Invalid VRRPv${version} checksum`;
export const otherCast = (instance: string, unicast: boolean): string =>
  `(${instance}) Expected ${unicast ? 'un' : 'mult'}icast packet but received ${unicast ? 'mult' : 'un'}icast packet`;
export const missingAddress = (instance: string, vrid: number, address: string): string =>
  `(${instance}) ip address associated with VRID ${vrid} not present in MASTER advert: ${address}`;
export const unknownPeer = (instance: string, address: string): string =>
  `(${instance}) unicast source address ${address} not a unicast peer`;
export const peerTtl = (instance: string, ttl: number, low: number, high: number): string =>
  `(${instance}) TTL/HL ${ttl} not in range ${low} - ${high}`;
