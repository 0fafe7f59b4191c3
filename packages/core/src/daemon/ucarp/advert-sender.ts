import { bool, type ClockDomain, type Nanoseconds, type RecordOf, record, u8 } from '../../engine/index.js';
import type { Host, Interface } from '../../host/index.js';
import {
  arpPacket,
  BROADCAST_MAC,
  carpAdvertisement,
  ethernetFrame,
  formatIp,
  HOP_LIMIT_ON_LINK,
  ipv4Packet,
  multicastMac,
  ucarpMac,
} from '../../wire/index.js';
import type { AdvertCounter } from './advert-counter.js';
import * as line from './log-lines.js';
import type { UcarpConfig } from './ucarp-config.js';
import { advertisedSkew } from './ucarp-election.js';
import { advertInterval } from './ucarp-timers.js';

const SenderRecord = record('ucarp-sender', {
  /** Adverts until another gratuitous ARP; 0: none is due (`sc_delayed_arp`). */
  delayedArp: u8,
  /** Up to one more than {@link MOST_ERRORS}. */
  errors: u8,
  successes: u8,
  /** Its skew is that of who cannot send (`carp_suppress_preempt`). */
  isSuppressed: bool,
});

/** carp.c `carp_master_down`: the third advert brings another gratuitous ARP. */
const ADVERTS_TO_ARP = 2;
const MOST_ERRORS = 3; // ucarp.h CARP_SENDAD_MAX_ERRORS
const LEAST_SUCCESSES = 3; // ucarp.h CARP_SENDAD_MIN_SUCCESS
const FAREWELL = 255; // carp.c carp_send_ad: of advbase and advskew
const TOS_LOW_DELAY = 0x10; // netinet/ip.h IPTOS_LOWDELAY

/** What a sender stands in. */
export interface SenderSurroundings {
  readonly host: Host;
  readonly domain: ClockDomain;
  readonly path: string;
  /** The process, by its name. */
  readonly name: string;
  /** Null where the host has no interface of the configuration's name. */
  readonly face: Interface | null;
  readonly counter: AdvertCounter;
  /** False: every advert has IP identification 1. */
  readonly countsIdentification: boolean;
  isMaster(): boolean;
  log(text: string): void;
}

/** What a ucarp writes to its packet socket: adverts and gratuitous ARP, without the kernel's help (carp.c, garp.c). */
export class AdvertSender {
  private readonly state: RecordOf<typeof SenderRecord.fields>;

  constructor(
    private readonly surroundings: SenderSurroundings,
    private readonly config: UcarpConfig,
  ) {
    const { host, path, domain } = surroundings;
    this.state = host.engine.record(`${path}/sender`, SenderRecord, domain);
  }

  get isSuppressed(): boolean {
    return this.state.isSuppressed;
  }

  /** The skew that its adverts carry. */
  get advskew(): number {
    return advertisedSkew(this.config.advskew, this.state.isSuppressed);
  }

  /** Writing fails: the driver's fault, or the interface is set down. */
  private get isFailing(): boolean {
    const { face } = this.surroundings;
    return face === null || face.failsToSend || !face.adminUp;
  }

  /**
   * carp.c `carp_send_ad`.
   *
   * @returns how long after it the next one is due; null: there is none after a farewell
   */
  sendAdvert(): Nanoseconds | null {
    const { state, config } = this;
    const { advskew } = this;
    const { advbase } = config;
    // What the errors may send has another interval: that of the outer one counts.
    const interval = advertInterval(advbase, advskew);
    const isSent = !this.isFailing;
    if (isSent) this.write(advskew, interval);
    this.countErrors(isSent);
    if (state.delayedArp > 0 && --state.delayedArp === 0 && this.surroundings.isMaster()) this.announce();
    return advbase < FAREWELL || advskew < FAREWELL ? interval : null;
  }

  private write(advskew: number, interval: Nanoseconds): void {
    const { config, surroundings } = this;
    const { face, host, counter, name, countsIdentification } = surroundings;
    const { vhid, advbase, source, multicastGroup, noMulticast } = config;
    const { high, low } = counter.draw();
    const advert = carpAdvertisement({
      vhid,
      advbase,
      advskew,
      demotion: 0,
      counterHigh: high,
      counterLow: low,
      digest: counter.digestOf(high, low),
    });
    const packet = ipv4Packet(source, multicastGroup, advert, {
      ttl: HOP_LIMIT_ON_LINK,
      typeOfService: TOS_LOW_DELAY,
      identification: countsIdentification ? low & 0xffff : 1,
      dontFragment: true,
    });
    if (host.trace.isOn) {
      host.trace.emit('carp.advert-sent', host.name, {
        instance: name,
        vhid,
        advbase,
        advskew,
        demotion: 0,
        interval,
        destination: formatIp(multicastGroup),
      });
    }
    const destination = noMulticast ? BROADCAST_MAC : multicastMac(multicastGroup);
    face?.sendFrame(ethernetFrame(destination, ucarpMac(vhid), packet));
  }

  /** Three in a row that fail make its skew 240, three that leave make it its own again. */
  private countErrors(isSent: boolean): void {
    const { state, surroundings } = this;
    if (isSent) {
      if (state.errors < MOST_ERRORS) state.errors = 0;
      else if (++state.successes >= LEAST_SUCCESSES) {
        state.isSuppressed = false;
        state.errors = 0;
      }
      return;
    }
    surroundings.log(line.writeFailed(surroundings.face?.adminUp !== true));
    if (state.errors <= MOST_ERRORS) state.errors++;
    if (state.errors === MOST_ERRORS) {
      surroundings.log(line.writeErrors(state.isSuppressed ? 1 : 0, MOST_ERRORS));
      state.isSuppressed = true;
      this.sendAdvert();
    }
    state.successes = 0;
  }

  /** garp.c `gratuitous_arp`: a request, with the real MAC as sender and target. */
  announce(): void {
    const { face, log } = this.surroundings;
    if (face === null) return;
    if (this.isFailing) {
      log(line.garpFailed(!face.adminUp));
      return;
    }
    const { mac } = face;
    const { address } = this.config;
    face.sendFrame(ethernetFrame(BROADCAST_MAC, mac, arpPacket('request', mac, address, mac, address)));
  }

  /** Another gratuitous ARP follows with the second advert from now. */
  announceAgain(): void {
    this.state.delayedArp = ADVERTS_TO_ARP;
  }

  /** The process has ended. */
  reset(): void {
    this.state.reset();
  }
}
