import type { CarpReason, CarpRejection, CarpStateName } from '../../trace/events.js';
import { type CarpSystem, isOpenBsd } from './carp-config.js';

// What a kernel's CARP writes to its message buffer, word for word: ip_carp.c of OpenBSD (`CARP_LOG`), of FreeBSD 10 and
// later (`CARP_LOG`, `CARP_DEBUG`) and of FreeBSD 9. The name of the daemon in the trace is `kernel`.

/** The parts of a virtual host's name. */
export interface LoggedCarp {
  /** `carp0`, or `1@em0` of FreeBSD 10 and later. */
  readonly name: string;
  readonly vhid: number;
  /** How many nodes its interface has: with several OpenBSD names the vhid. */
  readonly nodes: number;
}

/** syslog(3): what `net.inet.carp.log` of OpenBSD counts in. */
const CRIT = 2;
const ERR = 3;
const WARNING = 4;
const NOTICE = 5;
const INFO = 6;

/**
 * `net.inet.carp.log` as it is at boot: OpenBSD 2 (changes between BACKUP and MASTER only), FreeBSD 1 (changes of state
 * and demotions, no bad packets).
 */
export const defaultCarpLog = (system: CarpSystem): number => (isOpenBsd(system) ? CRIT : 1);
/** FreeBSD `CARP_DEBUG`. */
const DEBUG = 2;

/**
 * A virtual host entered a state (`carp_set_state`).
 *
 * @param log `net.inet.carp.log`
 */
export function stateLines(
  system: CarpSystem,
  carp: LoggedCarp,
  from: CarpStateName,
  to: CarpStateName,
  reason: CarpReason,
  log = defaultCarpLog(system),
): string[] {
  if (isOpenBsd(system)) {
    const level = from === 'INIT' || to === 'INIT' ? WARNING : CRIT;
    const which = carp.nodes > 1 ? ` (vhid ${carp.vhid})` : '';
    return log < level ? [] : [`${carp.name}: state transition${which}: ${from} -> ${to}`];
  }
  if (system === 'freebsd-9') {
    const why = whyInFreeBsd9(reason);
    return [
      ...(log < 1 || why === null ? [] : [`${carp.name}: ${from} -> ${to} (${why})`]),
      // Not of net.inet.carp.log: do_link_state_change, if.c.
      linkLine(carp.name, to === 'MASTER'),
    ];
  }
  return log < 1 ? [] : [`carp: ${carp.name}: ${from} -> ${to} (${whyInFreeBsd(to, reason)})`];
}

function whyInFreeBsd(to: CarpStateName, reason: CarpReason): string {
  // carp_sc_state sets INIT whether the interface is well or not; carp_setrun goes on to BACKUP.
  if (to === 'INIT')
    return reason === 'address-changed' ? 'hardware interface up' : 'hardware interface down';
  switch (reason) {
    case 'timeout':
      return 'master timed out';
    case 'preempts':
      return 'preempting a slower master';
    case 'will-time-out':
      return 'master will time out';
    case 'forced':
      return 'user requested via ifconfig';
    case 'better-advert':
    case 'equal-advert':
      return 'more frequent advertisement received';
    default:
      return 'initialization complete';
  }
}

/** FreeBSD 9 logs what an advert did (`carp_input_c`), but neither a timeout nor a start. */
function whyInFreeBsd9(reason: CarpReason): string | null {
  switch (reason) {
    case 'preempts':
      return 'preempting a slower master';
    case 'will-time-out':
      return 'master timed out';
    case 'better-advert':
    case 'equal-advert':
      return 'more frequent advertisement received';
    default:
      return null;
  }
}

/** FreeBSD: an interface's carrier came or went (`do_link_state_change`, if.c). OpenBSD logs none. */
export const linkLine = (face: string, up: boolean): string =>
  `${face}: link state changed to ${up ? 'UP' : 'DOWN'}`;

/** What made a demotion counter change. */
export type DemotionCause =
  | 'interface-down'
  | 'interface-up'
  | 'send-errors'
  | 'send-ok'
  | 'sysctl'
  | 'disallowed'
  | 'allowed'
  | 'detached';

/** ENETDOWN, which a NIC that takes no frame gives. */
const SEND_ERROR = 50;

/**
 * A cause in the kernel's own words, as its log and the event `carp.demotion` have it: `interface down`, `carpdev`.
 *
 * @param parent the NIC
 * @param family of the adverts, where sending them fails
 */
export function demotionReason(
  system: CarpSystem,
  cause: DemotionCause,
  parent: string,
  family: 'inet' | 'inet6' = 'inet',
): string {
  const isOpen = isOpenBsd(system);
  switch (cause) {
    case 'interface-down':
    case 'disallowed':
      return isOpen ? 'carpdev' : 'interface down';
    case 'interface-up':
    case 'allowed':
      return isOpen ? 'carpdev' : 'interface up';
    case 'send-errors':
      return isOpen
        ? `> ${family === 'inet' ? 'snderrors' : 'snd6errors'}`
        : `send error ${SEND_ERROR} on ${parent}`;
    case 'send-ok':
      return isOpen ? `< ${family === 'inet' ? 'snderrors' : 'snd6errors'}` : `send ok on ${parent}`;
    case 'sysctl':
      return isOpen ? 'carpdemote' : 'sysctl';
    case 'detached':
      return isOpen ? 'detach' : 'vhid removed';
  }
}

/**
 * A demotion counter changed by `by` to `to` (OpenBSD `carp_group_demote_adj`, FreeBSD `carp_demote_adj`). Null where
 * nothing is logged: by OpenBSD at its default level and when `ifconfig -g` sets a group, by FreeBSD 9 always.
 *
 * @param face OpenBSD: the interface that demotes its groups, null for `ifconfig -g`
 * @param group OpenBSD: the interface group
 */
export function demotionLine(
  system: CarpSystem,
  demotion: {
    readonly face: string | null;
    readonly group: string;
    readonly by: number;
    readonly to: number;
    readonly reason: string;
  },
  log = defaultCarpLog(system),
): string | null {
  const { face, group, by, to, reason } = demotion;
  if (isOpenBsd(system)) {
    return log < ERR || face === null
      ? null
      : `carp: ${face} demoted group ${group} by ${by} to ${to} (${reason})`;
  }
  return log < 1 || system === 'freebsd-9' ? null : `carp: demoted by ${by} to ${to} (${reason})`;
}

/** A packet that was dropped. */
export interface RejectedPacket {
  /** OpenBSD: the carp interface that heard it by multicast; FreeBSD and unicast: the NIC. */
  readonly face: string;
  readonly family: 'inet' | 'inet6';
  readonly ttl: number;
  /** OpenBSD: bytes of the IP packet. FreeBSD: of what it carries. */
  readonly length: number;
  readonly version: number;
}

/**
 * An advert that was dropped. Null where nothing is logged: by no kernel at the level it boots with, and never for an
 * unknown vhid.
 *
 * @param carp the virtual host whose vhid it has; null where the check comes before it is looked up
 */
export function rejectionLine(
  system: CarpSystem,
  carp: LoggedCarp | null,
  reason: CarpRejection,
  packet: RejectedPacket,
  log = defaultCarpLog(system),
): string | null {
  const line = isOpenBsd(system)
    ? openBsdRejection(carp, reason, packet)
    : freeBsdRejection(system, carp, reason, packet);
  return line === null || log < line.level ? null : line.text;
}

interface LeveledLine {
  readonly level: number;
  readonly text: string;
}

/** `carp_proto_input_if`, `carp6_proto_input_if`, `carp_proto_input_c`. */
function openBsdRejection(
  carp: LoggedCarp | null,
  reason: CarpRejection,
  { face, family, ttl, length, version }: RejectedPacket,
): LeveledLine | null {
  const name = carp?.name ?? 'carp';
  switch (reason) {
    case 'badif':
      return { level: INFO, text: `carp: packet received on non-carp interface: ${face}` };
    case 'badttl':
      return { level: NOTICE, text: `carp: received ttl ${ttl} != 255 on ${face}` };
    case 'badlen':
      return {
        level: INFO,
        text:
          family === 'inet'
            ? `carp: packet too short ${length} on ${face}`
            : `carp: packet size ${length} too small`,
      };
    case 'badsum':
      return { level: INFO, text: `carp: checksum failed${family === 'inet' ? '' : ','} on ${face}` };
    case 'badver':
      return { level: NOTICE, text: `${name}: invalid version ${version} != 2` };
    case 'badauth':
      return { level: INFO, text: `${name}: incorrect hash` };
    case 'loop':
      return { level: WARNING, text: `${name}: replay or network loop detected` };
    case 'badvhid':
    case 'disallowed':
      return null;
  }
}

/** `carp_input`, `carp6_input`, `carp_input_c`; they put their own name before most lines (`__func__`). */
function freeBsdRejection(
  system: CarpSystem,
  carp: LoggedCarp | null,
  reason: CarpRejection,
  { face, family, ttl, length, version }: RejectedPacket,
): LeveledLine | null {
  const input = family === 'inet' ? 'carp_input' : 'carp6_input';
  const debug = (text: string): LeveledLine => ({ level: DEBUG, text });
  switch (reason) {
    case 'badif':
      return debug(`${input}: packet received on non-carp interface: ${face}`);
    case 'badttl':
      return debug(`${system === 'freebsd' ? 'carp_input_c' : input}: received ttl ${ttl} != 255 on ${face}`);
    case 'badlen':
      return debug(
        family === 'inet'
          ? `${input}: received len ${length} < sizeof(struct carp_header) on ${face}`
          : `${input}: packet size ${length} too small`,
      );
    case 'badsum':
      return debug(`${input}: checksum failed${family === 'inet' ? '' : ','} on ${face}`);
    case 'badver':
      return debug(
        system === 'freebsd-9'
          ? `${carp?.name ?? face}; invalid version ${version}`
          : `${face}: invalid version ${version}`,
      );
    case 'badauth':
      return debug(
        system === 'freebsd-9'
          ? `${carp?.name ?? face}: incorrect hash`
          : `carp_input_c: incorrect hash for VHID ${carp?.vhid ?? 0}@${face}`,
      );
    case 'badvhid':
    case 'loop':
    case 'disallowed':
      return null;
  }
}
