import type { Nanoseconds } from '../../engine/index.js';
import type { CarpReason } from '../../trace/events.js';
import { type VrrpAdvertisement, vrrpV3Advertisement } from '../../wire/index.js';
import type { CarpVrrpConfig } from './carp-config.js';
import type { CarpMachine } from './carp-machine.js';
import type { AdvertFields, CarpSpeech, Family, HeardAdvert } from './carp-speech.js';
import { vrrpAdvertInterval, vrrpMasterDownInterval } from './carp-timers.js';

/** An address owner; here it only means that adverts are ignored (FreeBSD `vrrp_input_c`). */
const PRIORITY_OWNER = 255;

/**
 * VRRPv3 as FreeBSD's kernel speaks it with `carpver 3`. It is no RFC 5798: equal priorities never yield, no advert of
 * priority 0 is sent at shutdown, and demotion does not count (`vrrp_input_c`, `vrrp_send_ad_locked`).
 */
export class VrrpDialect implements CarpSpeech {
  constructor(
    private readonly machine: CarpMachine,
    private readonly config: CarpVrrpConfig,
  ) {}

  get fields(): AdvertFields {
    return { advbase: 0, advskew: 0, demotion: 0 };
  }

  get interval(): Nanoseconds {
    return vrrpAdvertInterval(this.config.intervalCs);
  }

  get firstInterval(): Nanoseconds {
    return this.interval;
  }

  get downInterval(): Nanoseconds {
    return vrrpMasterDownInterval(this.config.priority, this.machine.record.masterIntervalCs);
  }

  advert(family: Family): VrrpAdvertisement {
    const { priority, intervalCs } = this.config;
    const { iface, vhid } = this.machine;
    return vrrpV3Advertisement(vhid, priority, intervalCs, iface.addressesOf(family));
  }

  note({ payload }: HeardAdvert): boolean {
    if (this.config.priority === PRIORITY_OWNER) return false;
    this.machine.record.masterIntervalCs = payloadOf(payload).interval;
    return true;
  }

  yields({ payload }: HeardAdvert): CarpReason | null {
    const { priority, intervalCs } = this.config;
    const heard = payloadOf(payload);
    return heard.interval < intervalCs || heard.priority > priority ? 'better-advert' : null;
  }

  takesOver({ payload }: HeardAdvert): CarpReason | null {
    const { priority, intervalCs } = this.config;
    const heard = payloadOf(payload);
    const isWorse = heard.interval > intervalCs || heard.priority < priority;
    return this.machine.iface.carp.state.preempt && isWorse ? 'preempts' : null;
  }
}

const payloadOf = (payload: HeardAdvert['payload']): VrrpAdvertisement => payload as VrrpAdvertisement;
