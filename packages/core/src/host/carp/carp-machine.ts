import { fingerprint, type Nanoseconds } from '../../engine/index.js';
import type { CarpReason, CarpStateName } from '../../trace/events.js';
import { formatIp } from '../../wire/index.js';
import { type CarpInterfaceConfig, type CarpNodeConfig, carpInstanceName, isOpenBsd } from './carp-config.js';
import { CarpDialect } from './carp-dialect.js';
import type { CarpInterface } from './carp-interface.js';
import type { CarpSpeech, Family, HeardAdvert } from './carp-speech.js';
import { type CarpNodeRecord, CarpNodeState } from './carp-state.js';
import { tickedSpan } from './carp-timers.js';
import { VrrpDialect } from './vrrp-dialect.js';

/** OpenBSD `carp_master_down`: the second gratuitous ARP goes out with the second advert after the first. */
const ADVERTS_TO_SECOND_ARP = 2;
const U32 = 0x1_0000_0000;

/**
 * The state machine of one virtual host.
 *
 * | state  | event                                    | action                                              |
 * |--------|------------------------------------------|-----------------------------------------------------|
 * | INIT   | up, with addresses and a usable link     | master-down timers → BACKUP                         |
 * | BACKUP | a master-down timer                      | advert, gratuitous ARP, NA, advert timer → MASTER   |
 * | BACKUP | advert of a master to be taken over      | the same                                            |
 * | BACKUP | any other advert                         | master-down timer of its family anew                |
 * | MASTER | advert timer                             | advert, advert timer                                |
 * | MASTER | advert that is better or equal           | master-down timers → BACKUP                         |
 * | MASTER | any other advert                         | ignored                                             |
 * | any    | link down, interface down                | all timers off → INIT                               |
 *
 * `carp_setrun`, `carp_master_down` and the input functions of ip_carp.c (OpenBSD, FreeBSD).
 */
export class CarpMachine {
  readonly name: string;
  readonly vhid: number;
  readonly speech: CarpSpeech;
  readonly record: CarpNodeRecord;
  /** Where its counter begins, any number of 64 bits that no other has; OpenBSD's stays there: the replay cookie. */
  readonly cookie: { readonly high: number; readonly low: number };

  constructor(
    readonly iface: CarpInterface,
    readonly node: CarpNodeConfig,
  ) {
    const { host } = iface.carp;
    this.name = carpInstanceName(iface.config, node);
    this.vhid = node.vhid;
    this.record = host.engine.record(
      `${host.name}/carp/${this.name}`,
      CarpNodeState,
      host.domain,
      {
        advert: () => this.sendAdvert(),
        down: () => this.masterDown('timeout', null),
        downIpv6: () => this.masterDown('timeout', null),
      },
      { masterIntervalCs: DEFAULT_MASTER_INTERVAL_CS },
    );
    const path = `${host.name}/${this.name}`;
    this.cookie = { high: fingerprint(`${path}/high`) % U32, low: fingerprint(`${path}/low`) % U32 };
    const { vrrp } = iface.config;
    this.speech = vrrp === null ? new CarpDialect(this) : new VrrpDialect(this, vrrp);
  }

  get config(): CarpInterfaceConfig {
    return this.iface.config;
  }

  get state(): CarpStateName {
    return this.record.state;
  }

  /** The first of its interface's nodes, which alone answers for the addresses (OpenBSD `vhe_leader`). */
  get isLeader(): boolean {
    return this.iface.machines[0] === this;
  }

  // ---- events

  /** INIT → BACKUP where everything is there that it takes (`carp_setrun`). */
  run(reason: CarpReason): void {
    if (this.record.state !== 'INIT' || !this.iface.mayRun) return;
    this.enter('BACKUP', reason, null);
    this.armDown('inet');
    this.armDown('inet6');
  }

  /** → INIT, without a word to anybody. */
  halt(reason: CarpReason): void {
    this.cancelTimers();
    this.enter('INIT', reason, null);
  }

  /**
   * → INIT, because its addresses change. What was waited for goes on: a family that has no address any more keeps its
   * timer, and that makes it MASTER once (`carp_setrun` arms only those of the families with addresses).
   */
  restart(reason: CarpReason): void {
    this.record.advert.cancel();
    this.record.delayedArp = 0;
    this.enter('INIT', reason, null);
  }

  /** A master has been silent for too long, or is taken for dead, or the administrator wants it (`carp_master_down`). */
  masterDown(reason: CarpReason, heard: HeardAdvert | null): void {
    const { record, iface } = this;
    if (record.state !== 'BACKUP') return;
    record.down.cancel();
    record.downIpv6.cancel();
    this.enter('MASTER', reason, heard);
    this.sendAdvert();
    if (this.isLeader && iface.announces) {
      iface.announceIpv4();
      if (isOpenBsd(iface.system)) record.delayedArp = ADVERTS_TO_SECOND_ARP;
      iface.announceIpv6();
    }
    this.arm(this.speech.firstInterval);
  }

  /** `ifconfig … state`: `backup` holds only until the timer expires, `init` does nothing (`carp_ioctl`). */
  force(forced: 'init' | 'backup' | 'master'): void {
    if (forced === 'master') this.masterDown('forced', null);
    else if (forced === 'backup' && this.record.state === 'MASTER') this.yield('forced', null);
  }

  /** Its timer begins anew, as it was configured (`carp_setrun`). */
  rearm(): void {
    const { state } = this.record;
    if (state === 'MASTER') this.arm(this.speech.firstInterval);
    if (state !== 'BACKUP') return;
    this.armDown('inet');
    this.armDown('inet6');
  }

  /** An advert came in that passed all checks. */
  receive(heard: HeardAdvert, family: Family): void {
    const { speech, record } = this;
    if (!speech.note(heard)) return;
    if (record.state === 'MASTER') {
      const reason = speech.yields(heard);
      if (reason !== null) this.yield(reason, heard);
    } else if (record.state === 'BACKUP') {
      const reason = speech.takesOver(heard);
      if (reason === null) this.armDown(family);
      else this.masterDown(reason, heard);
    }
  }

  private yield(reason: CarpReason, heard: HeardAdvert | null): void {
    const { record } = this;
    record.advert.cancel();
    record.delayedArp = 0;
    this.enter('BACKUP', reason, heard);
    this.armDown('inet');
    this.armDown('inet6');
  }

  // ---- adverts

  /** One advert for each family that has addresses, IPv4 first, and the timer for the next (`carp_send_ad`). */
  sendAdvert(): void {
    const { record, speech } = this;
    if (record.state !== 'MASTER') return;
    // Worked out first: a failure to send demotes, and that holds from the next advert on.
    const { interval } = speech;
    this.send(false);
    this.arm(interval);
  }

  /** OpenBSD's farewell: advbase and advskew 255, so that everybody takes over at once (`sc_bow_out`). */
  bowOut(): void {
    if (this.record.state === 'MASTER') this.send(true);
  }

  private send(isFarewell: boolean): void {
    const { record, iface, speech } = this;
    for (const family of ['inet', 'inet6'] as const) {
      if (!iface.hasAddresses(family)) continue;
      iface.sendAdvert(this, speech.advert(family, isFarewell), family);
      // `sc_delayed_arp` counts adverts over IPv4, of whatever cause, a farewell too.
      if (family === 'inet' && record.delayedArp > 0 && --record.delayedArp === 0) iface.announceIpv4();
    }
  }

  // ---- timers

  private arm(span: Nanoseconds): void {
    this.armTimer(this.record.advert, span);
  }

  private armDown(family: Family): void {
    const { record, iface, speech } = this;
    if (!iface.hasAddresses(family)) return;
    this.armTimer(family === 'inet' ? record.down : record.downIpv6, speech.downInterval);
  }

  private armTimer(timer: { arm(span: Nanoseconds, latest?: Nanoseconds): void }, span: Nanoseconds): void {
    const { carp, system } = this.iface;
    if (carp.options.timers === 'ideal') timer.arm(span);
    else {
      const { min, max } = tickedSpan(system, span, this.config.vrrp !== null);
      timer.arm(min, max);
    }
  }

  private cancelTimers(): void {
    const { record } = this;
    record.advert.cancel();
    record.down.cancel();
    record.downIpv6.cancel();
    record.delayedArp = 0;
  }

  /** The machine has lost its power. */
  vanish(): void {
    this.cancelTimers();
    this.record.reset();
  }

  // ---- what others see

  private enter(to: CarpStateName, reason: CarpReason, heard: HeardAdvert | null): void {
    const { record, iface, node } = this;
    const from = record.state;
    if (from === to) return;
    record.state = to;
    const { host } = iface.carp;
    if (host.trace.isOn) {
      const { advbase } = this.speech.fields;
      host.trace.emit('carp.state', host.name, {
        instance: this.name,
        vhid: this.vhid,
        from,
        to,
        advbase,
        advskew: node.advskew,
        demotion: iface.demotion,
        reason,
        peer: heard === null ? null : formatIp(heard.source),
      });
      for (const line of iface.stateLines(this, from, to, reason)) iface.carp.log(line);
    }
    iface.nodeChanged();
  }
}

/** FreeBSD `carp_alloc`: MI is 100 cs until an advert tells otherwise. */
const DEFAULT_MASTER_INTERVAL_CS = 100;
