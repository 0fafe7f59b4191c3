import {
  bool,
  diagnostic,
  enumOf,
  int,
  ipv4,
  type RecordOf,
  record,
  span,
  timer,
  u8,
  u16,
  value,
  type Window,
  window,
} from '../../engine/index.js';
import type { VrrpStateName } from '../../trace/events.js';
import type { IpAddress, Ipv6Address } from '../../wire/index.js';
import type { VrrpInstanceConfig } from './configuration/keepalived-config.js';

/** Everything that can change in one `vrrp_instance` (keepalived `struct _vrrp_t`). */
export const VrrpState = record('vrrp', {
  state: enumOf('INIT', 'BACKUP', 'MASTER', 'FAULT', 'STOPPED'),
  /** The state it would be in without its sync group. */
  wantState: enumOf('BACKUP', 'MASTER', 'FAULT'),
  basePriority: u8,
  /** Base priority and weights, before it is held within 1..254. */
  totalPriority: int,
  effectivePriority: u8,
  /** Master_Adver_Interval: learned in version 3. */
  masterInterval: span,
  /** Sender of the last advert that a backup took note of; 0: none yet. Only told. */
  masterAddress: diagnostic(ipv4),
  masterAddressIpv6: diagnostic(value<Ipv6Address>()),
  /** The same where `skip_check_adv_addr` makes it matter: its address list has been checked. */
  checkedSource: ipv4,
  checkedSourceIpv6: value<Ipv6Address>(),
  /** How many trackers and causes hold it in FAULT (`num_script_if_fault`). */
  failures: u16,
  /** Unweighted scripts that have not given their first result (`num_script_init`). */
  pendingScripts: u16,
  /** The span that the timer was last armed with as backup (`ms_down_timer`); 0: what was left when an advert was ignored. */
  downTimer: span,
  /** Opened when an advert was ignored, for as long as the longest Master_Down_Interval. */
  ignored: window,
  /** Whether the virtual addresses were set by this daemon (`vipset`). */
  holdsAddresses: bool,
  /** A lower advert has started the preempt delay. */
  preemptStarted: bool,
  preemptDelay: window,
  /** The one timer: Master_Down_Timer in BACKUP, Adver_Timer in MASTER (keepalived `sands`). */
  timer,
});

/** The declared state of one instance. */
export type VrrpRecord = RecordOf<typeof VrrpState.fields>;

/** What of an instance's configuration decides elections. */
export type ElectionConfig = Pick<
  VrrpInstanceConfig,
  | 'name'
  | 'version'
  | 'initialState'
  | 'basePriority'
  | 'advertIntervalUs'
  | 'downTimerAdverts'
  | 'nopreempt'
  | 'preemptDelayUs'
  | 'lowerPriorityNoAdvert'
  | 'higherPrioritySendAdvert'
  | 'unicast'
  | 'skipCheckAdvertAddress'
> & { readonly garp: Pick<VrrpInstanceConfig['garp'], 'lowerPriorityRepeat'> };

/** Whose rules: those of keepalived 2.2.7 with its quirks, or RFC 5798 §6.4 to the letter. */
export type VrrpMode = 'keepalived-2.2.7' | 'rfc';

/** An advert that has passed all checks. */
export interface AcceptedAdvert {
  /** 0..255. */
  readonly priority: number;
  readonly source: IpAddress;
  /** The interval it announces, in ns. */
  readonly interval: number;
}

/** What the machine has done to the world by its host. Every call takes effect before it returns. */
export interface VrrpEffects {
  /** The address that ties are decided with: the configured source, else the interface's primary one. */
  readonly ownAddress: IpAddress;
  /** True while the daemon's start-up delay runs. */
  readonly startupDelay: Window | null;
  sendAdvert(priority: number): void;
  /** Puts the virtual and the excluded addresses on their interfaces. */
  addAddresses(): void;
  removeAddresses(): void;
  /** A gratuitous ARP or an unsolicited neighbour advertisement for its own source address, for the peers of a unicast instance. */
  announceSource(): void;
  /** The state has changed, everything that belongs to the change is done: notify scripts. */
  notify(state: VrrpStateName): void;
  log(line: string): void;
}

/** The gratuitous ARPs of one instance, as the machine asks for them. */
export interface Announcer {
  /** On becoming MASTER: the first rounds at once; with them the refresh period begins. */
  announceMaster(): void;
  /** Arms the second burst of a new master. */
  armMasterBurst(): void;
  /** A master heard a lower advert: rounds at once and again later. */
  announceAgainstLower(): void;
  /** An advert has been sent by a settled master: the refresh is looked at. */
  advertSent(): void;
  /** Forgets what waits in queues; armed bursts stay armed. */
  clearQueued(): void;
  /** The process is gone, and everything armed with it. */
  reset(): void;
}
