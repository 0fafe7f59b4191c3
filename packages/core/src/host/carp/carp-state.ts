import {
  bool,
  diagnostic,
  enumOf,
  int,
  type RecordOf,
  record,
  timer,
  u8,
  u16,
  u32,
  value,
} from '../../engine/index.js';
import type { IpCidr } from '../../wire/index.js';

/** Everything that can change in one virtual host (OpenBSD `struct carp_vhost_entry`, FreeBSD `struct carp_softc`). */
export const CarpNodeState = record('carp', {
  state: enumOf('INIT', 'BACKUP', 'MASTER'),
  /** `ad_tmo`: the next advert of a MASTER. */
  advert: timer,
  /** `md_tmo`: a BACKUP has waited long enough, for adverts over IPv4. */
  down: timer,
  /** `md6_tmo`: the same over IPv6. */
  downIpv6: timer,
  /** OpenBSD `sc_delayed_arp`: adverts until the second gratuitous ARP; 0: none will come. */
  delayedArp: u8,
  /** FreeBSD's advert counter, which nobody checks; OpenBSD's cookie is fixed. */
  counterHigh: diagnostic(u32),
  counterLow: diagnostic(u32),
  identification: diagnostic(u16),
  /** FreeBSD's VRRPv3: the interval of the last advert from anybody, centiseconds. */
  masterIntervalCs: u16,
});

/** The declared state of one virtual host. */
export type CarpNodeRecord = RecordOf<typeof CarpNodeState.fields>;

/** What can change in one CARP interface, or vhid of FreeBSD. */
export const CarpInterfaceState = record('carp-interface', {
  /** IFF_UP; always set where CARP has no interface of its own. */
  isUp: bool,
  /** `sc_suppress`: its parent is down, and that has been counted as a demotion. */
  isSuppressed: bool,
  /** OpenBSD `sc_demote_cnt`: what it has added to the counters of its groups. */
  demoted: u16,
  /** `sc_sendad_errors`, `sc_sendad_success`. */
  sendErrors: u16,
  sendSuccesses: u16,
  /** Its virtual addresses, in the order of configuration. */
  addresses: value<readonly IpCidr[]>(),
});

/** What can change in a kernel's CARP as a whole. */
export const CarpKernelState = record('carp-kernel', {
  /** The interfaces are configured. */
  isConfigured: bool,
  /** netstart(8), rc.d/netif: from boot to the configured interfaces. */
  netstart: timer,
  /** OpenBSD rc(8): until group carp is demoted no more. */
  rc: timer,
  /** A demotion that all masters have to tell, at once. */
  tell: timer,
  // net.inet.carp.*
  allow: bool,
  preempt: bool,
  /** FreeBSD: the sum of all demotions. FreeBSD 9: how many there are. */
  demotion: int,
  ifdownFactor: int,
  senderrFactor: int,
});

/** The declared state of a kernel's CARP. */
export type CarpKernelRecord = RecordOf<typeof CarpKernelState.fields>;

/** The demotion counter of an interface group (OpenBSD `ifg_carp_demoted`). */
export const CarpGroupState = record('carp-group', { demotion: u16 });
