import { type Nanoseconds, SECOND } from '../engine/index.js';

/** What a detector does when it raises its alarm. */
export type MacMoveAction =
  /** A log line and nothing else. */
  | 'log'
  /** No learning in the VLAN for the hold time: entries neither move nor refresh. */
  | 'stop-learning-vlan'
  /** The same in all VLANs. */
  | 'stop-learning'
  /** This address's entry stays where it is. */
  | 'freeze-mac'
  /** The port to which the address moved is shut. */
  | 'shutdown-port';

/** What a log line is made from. */
export interface MacMove {
  /** `0000.5e00.0133`, `00:00:5e:00:01:33` and so on are made from this. */
  readonly mac: number;
  readonly vlan: number;
  readonly from: string;
  readonly to: string;
  readonly moves: number;
}

/** When a switch says that an address moves too often, and what it does then. */
export interface MacMoveProfile {
  readonly name: string;
  /** How many moves raise the alarm. */
  readonly moves: number;
  /** Within this time, ns. */
  readonly window: Nanoseconds;
  /** `sliding`: any stretch of the window's length. `interval`: windows begin with a move and are counted out. */
  readonly counting: 'sliding' | 'interval';
  /** What is counted: each address in its VLAN, or all moves of the switch together. */
  readonly scope: 'mac' | 'switch';
  readonly action: MacMoveAction;
  /** How long the action holds, ns; null until somebody clears it. */
  readonly hold: Nanoseconds | null;
  /** The line in the switch's log. */
  readonly line: (move: MacMove) => string;
  /** The line when the action ends by itself, where there is one. */
  readonly endLine?: (vlan: number) => string;
}

const digits = (mac: number): string => mac.toString(16).padStart(12, '0');
const inFours = (mac: number, separator: string): string =>
  (digits(mac).match(/.{4}/g) ?? []).join(separator);
const inTwos = (mac: number): string => (digits(mac).match(/.{2}/g) ?? []).join(':');

const MINUTE = 60 * SECOND;

/**
 * The vendors' rules, from their documentation; where a threshold is unpublished it says so. All but `catalyst` are
 * off until configured on the real switches.
 */
export const MAC_MOVE_PROFILES = {
  /** Cisco Catalyst IOS, MACFLAP_NOTIF: the threshold is unpublished; two moves in 15 s is an assumption. */
  catalyst: {
    name: 'catalyst',
    moves: 2,
    window: 15 * SECOND,
    counting: 'sliding',
    scope: 'mac',
    action: 'log',
    hold: null,
    line: ({ mac, vlan, from, to }) =>
      `%SW_MATM-4-MACFLAP_NOTIF: Host ${inFours(mac, '.')} in vlan ${vlan} is flapping between port ${from} and port ${to}`,
  },
  /** Cisco Nexus 9000, mac-move policy: 6 moves in 30 s stop learning in the VLAN for 120 s. */
  'nexus-9000': {
    name: 'nexus-9000',
    moves: 6,
    window: 30 * SECOND,
    counting: 'sliding',
    scope: 'mac',
    action: 'stop-learning-vlan',
    hold: 120 * SECOND,
    line: ({ mac, vlan, from, to }) =>
      `%L2FM-2-L2FM_MAC_FLAP_DISABLE_LEARN: Loops detected in the network for mac ${inFours(mac, '.')} among ports ${from} and ${to} vlan ${vlan} - Disabling dynamic learning for 120 seconds`,
    endLine: (vlan) => `%L2FM-2-L2FM_MAC_FLAP_RE_ENABLE_LEARN: Re-enabling dynamic learning on vlan ${vlan}`,
  },
  /** Cisco Nexus 5000 FWM: 28000 moves in a scan of 10 s, all addresses together, stop all learning for 180 s. */
  'nexus-5000': {
    name: 'nexus-5000',
    moves: 28_000,
    window: 10 * SECOND,
    counting: 'interval',
    scope: 'switch',
    action: 'stop-learning',
    hold: 180 * SECOND,
    line: ({ vlan, from, to }) =>
      `%FWM-2-STM_LOOP_DETECT: Loops detected in the network among ports ${from} and ${to} vlan ${vlan} - Disabling dynamic learn notifications for 180 seconds`,
    endLine: () => '%FWM-2-STM_LEARNING_RE_ENABLE: Re enabling dynamic learning on all interfaces',
  },
  /** RFC 7432 §15.1 (Junos EVPN, EXOS): 5 moves in 180 s are a duplicate; its entry freezes until cleared. */
  'rfc-7432': {
    name: 'rfc-7432',
    moves: 5,
    window: 180 * SECOND,
    counting: 'sliding',
    scope: 'mac',
    action: 'freeze-mac',
    hold: null,
    line: ({ mac, vlan, from, to, moves }) =>
      `duplicate MAC ${inTwos(mac)} in VLAN ${vlan}: ${moves} moves, last from ${from} to ${to}`,
  },
  /** Junos MX global-mac-move: 50 moves in 1 s. */
  'junos-mx': {
    name: 'junos-mx',
    moves: 50,
    window: SECOND,
    counting: 'sliding',
    scope: 'mac',
    action: 'log',
    hold: null,
    line: ({ mac, vlan, from, to }) =>
      `L2ALD_MAC_MOVE_NOTIFICATION: MAC ${inTwos(mac)} in VLAN ${vlan} moved from ${from} to ${to}`,
  },
  /** Arista EOS: 5 moves in 15 s, recalled and not confirmed by the documentation. */
  'arista-eos': {
    name: 'arista-eos',
    moves: 5,
    window: 15 * SECOND,
    counting: 'sliding',
    scope: 'mac',
    action: 'log',
    hold: null,
    line: ({ mac, vlan, from, to }) =>
      `%ETH-4-HOST_FLAPPING: Host ${inTwos(mac)} in VLAN ${vlan} is flapping between interface ${from} and interface ${to}`,
  },
  /** Huawei at the middle of its levels 3, 10 and 50. No window is published; its records of flapping age in 300 s. */
  huawei: {
    name: 'huawei',
    moves: 10,
    window: 5 * MINUTE,
    counting: 'sliding',
    scope: 'mac',
    action: 'log',
    hold: null,
    line: ({ mac, vlan, from, to }) =>
      `hwMflpVlanLoopAlarm: MAC move detected, VlanId = ${vlan}, MacAddress = ${inFours(mac, '-')}, Original-Port = ${from}, Flapping port = ${to}`,
  },
  /** HPE Comware and H3C: more than 3 moves in an interval of 1 min. */
  comware: {
    name: 'comware',
    moves: 4,
    window: MINUTE,
    counting: 'interval',
    scope: 'mac',
    action: 'log',
    hold: null,
    line: ({ mac, vlan, from, to, moves }) =>
      `MAC/4/MAC_FLAPPING: MAC address ${inFours(mac, '-')} in VLAN ${vlan} has moved from port ${from} to port ${to} for ${moves} times`,
  },
} as const satisfies Readonly<Record<string, MacMoveProfile>>;

/** A vendor's rule by name. */
export type MacMoveProfileName = keyof typeof MAC_MOVE_PROFILES;
