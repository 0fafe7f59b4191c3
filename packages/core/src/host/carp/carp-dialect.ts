import type { Nanoseconds } from '../../engine/index.js';
import type { CarpReason } from '../../trace/events.js';
import { type CarpAdvertisement, carpAdvertisement } from '../../wire/index.js';
import { isOpenBsd } from './carp-config.js';
import { type Precedence, takeoverReason, yieldReason } from './carp-election.js';
import type { CarpMachine } from './carp-machine.js';
import type { AdvertFields, CarpSpeech, Family, HeardAdvert } from './carp-speech.js';
import { advertInterval, masterDownInterval } from './carp-timers.js';

/** OpenBSD's farewell. */
const FAREWELL = 255;
const U32 = 0x1_0000_0000;

/** CARP as OpenBSD and FreeBSD speak it. */
export class CarpDialect implements CarpSpeech {
  constructor(private readonly machine: CarpMachine) {}

  get fields(): AdvertFields {
    const { iface } = this.machine;
    const isCounted = isOpenBsd(iface.system);
    return {
      advbase: iface.config.advbase,
      advskew: this.effectiveSkew & 0xff,
      demotion: isCounted ? iface.demotion : 0,
    };
  }

  /** The configured skew, or on FreeBSD with the demotion (`DEMOTE_ADVSKEW`). */
  private get effectiveSkew(): number {
    const { iface, node } = this.machine;
    return iface.carp.effectiveSkew(node.advskew);
  }

  get interval(): Nanoseconds {
    const { iface } = this.machine;
    return advertInterval(iface.system, iface.config.advbase, this.effectiveSkew);
  }

  get firstInterval(): Nanoseconds {
    const { iface, node } = this.machine;
    return advertInterval(iface.system, iface.config.advbase, node.advskew);
  }

  get downInterval(): Nanoseconds {
    const { iface, node } = this.machine;
    return masterDownInterval(iface.system, iface.config.advbase, node.advskew);
  }

  advert(_family: Family, isFarewell: boolean): CarpAdvertisement {
    const { machine } = this;
    const { iface, vhid } = machine;
    const { advbase, advskew, demotion } = this.fields;
    const { high, low } = isOpenBsd(iface.system) ? machine.cookie : this.nextCount();
    return carpAdvertisement({
      vhid,
      advbase: isFarewell ? FAREWELL : advbase,
      advskew: isFarewell ? FAREWELL : advskew,
      demotion,
      counterHigh: high,
      counterLow: low,
      digest: iface.digests.of(machine, high, low, false),
    });
  }

  /** FreeBSD counts its adverts, from anywhere, and takes over what it hears; nobody minds. */
  private nextCount(): { readonly high: number; readonly low: number } {
    const { iface, record, cookie } = this.machine;
    const { high, low } = cookie;
    if (!iface.carp.options.countsIdentification) return cookie;
    record.counterLow = (record.counterLow + 1) % U32;
    if (record.counterLow === 0) record.counterHigh = (record.counterHigh + 1) % U32;
    return { high: (high + record.counterHigh) % U32, low: (low + record.counterLow) % U32 };
  }

  note(): boolean {
    return true;
  }

  yields(heard: HeardAdvert): CarpReason | null {
    return yieldReason(this.machine.iface.system, this.precedence, this.precedenceOf(heard));
  }

  takesOver(heard: HeardAdvert): CarpReason | null {
    const { iface } = this.machine;
    const { system, config, carp } = iface;
    // OpenBSD: not with advbase 0. FreeBSD: with the effective skew.
    const patience =
      config.advbase === 0 ? null : masterDownInterval(system, config.advbase, this.effectiveSkew);
    return takeoverReason(system, carp.state.preempt, this.precedence, patience, this.precedenceOf(heard));
  }

  private get precedence(): Precedence {
    const { iface } = this.machine;
    // Without OpenBSD's shortest interval: the pair (advbase, advskew) is compared as it is configured.
    const interval = advertInterval('freebsd', iface.config.advbase, this.effectiveSkew);
    return { interval, demotion: isOpenBsd(iface.system) ? iface.demotion : 0 };
  }

  private precedenceOf({ payload }: HeardAdvert): Precedence {
    const { advbase, advskew, demotion } = payload as CarpAdvertisement;
    return { interval: advertInterval('freebsd', advbase, advskew), demotion };
  }
}
