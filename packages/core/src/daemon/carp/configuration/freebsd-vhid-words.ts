import { replaceAt } from '../../../diagnostic/complaints.js';
import { suggest } from '../../../diagnostic/suggest.js';
import type { CarpPlace } from '../../../host/carp/carp-config.js';
import type { Word } from '../../../shell/placed-text.js';
import { formatIp, type Ipv4Address, type Ipv6Address, tryParseIpv6 } from '../../../wire/index.js';
import { STOPS } from './address-request.js';
import { CARP_GROUP, CARP_GROUP_IPV6, cutPassword, tellOfEarlyState } from './carp-words.js';
import type { CarpDraft, HostDraft } from './host-draft.js';
import { atoi, inetAton, isWholeNumber } from './numbers.js';

const STATES = ['init', 'backup', 'master'] as const;
/** `CARP_MAXVHID`. */
const MAX_VHID = 255;
/** `VRRP_MAX_INTERVAL`, centiseconds. */
const MAX_VRRP_INTERVAL = 4095;

interface Given<Value> {
  readonly value: Value;
  readonly place: CarpPlace;
}

/**
 * The CARP words of one line of FreeBSD's ifconfig (sbin/ifconfig/carp.c): they are kept until its end, and done in one
 * SIOCSVH (`setcarp_callback`). What is not given stays as it is.
 */
export class VhidWords {
  readonly #host: HostDraft;
  readonly #face: Word;
  #vhid: Given<number> | null = null;
  #advskew: Given<number> | null = null;
  #advbase: Given<number> | null = null;
  #password: Given<string> | null = null;
  #state: Given<(typeof STATES)[number]> | null = null;
  #stateWord: Word | null = null;
  #peer: Given<Ipv4Address | null> | null = null;
  #peerIpv6: Given<Ipv6Address | null> | null = null;
  #version: Given<2 | 3> | null = null;
  #priority: Given<number> | null = null;
  #interval: Given<number> | null = null;

  constructor(host: HostDraft, face: Word) {
    this.#host = host;
    this.#face = face;
  }

  /** Whether the line has a `vhid`. */
  get isGiven(): boolean {
    return this.#vhid !== null;
  }

  /** The vhid of the line as far as it is there already. */
  existing(): CarpDraft | undefined {
    return this.#vhid === null ? undefined : this.#host.carps.get(`${this.#vhid.value}@${this.#face.text}`);
  }

  /**
   * Takes one keyword.
   *
   * @returns false if ifconfig(8) stops
   */
  take(keyword: Word, value: Word): boolean {
    const { place } = value;
    switch (keyword.text) {
      case 'vhid':
        return this.#takeVhid(value);
      case 'mcast':
        this.#peer = { value: null, place };
        return true;
      case 'mcast6':
        this.#peerIpv6 = { value: null, place };
        return true;
      case 'peer':
        return this.#takePeer(value);
      case 'peer6':
        return this.#takePeerIpv6(value);
      case 'carpver':
        return this.#takeVersion(value);
      case 'vrrpprio':
        this.#takePriority(value);
        return true;
      case 'vrrpinterval':
        return this.#takeInterval(value);
    }
    if (this.#vhid === null) return this.#requiresVhid(keyword);
    switch (keyword.text) {
      case 'advskew':
        this.#advskew = { value: this.#number(keyword, value), place };
        return true;
      case 'advbase':
        this.#advbase = { value: this.#number(keyword, value), place };
        return true;
      case 'pass':
        this.#password = { value: cutPassword(this.#host, value), place };
        return true;
      default:
        return this.#takeState(value);
    }
  }

  /**
   * Does what the words ask for (`carp_ioctl_set`).
   *
   * @returns null if the kernel refuses
   */
  apply(): CarpDraft | null {
    const vhid = this.#vhid;
    if (vhid === null || !this.#checkFace()) return null;
    const isNew = this.existing() === undefined;
    const carp = this.#host.carp(`${vhid.value}@${this.#face.text}`, vhid.place);
    if (isNew) {
      carp.nodes = [{ vhid: vhid.value, advskew: 0 }];
      carp.parent = this.#face.text;
      carp.isUp = true;
      carp.origin.set('vhid', vhid.place);
      carp.origin.set('carpdev', this.#face.place);
    }
    if (!this.#setNumbers(carp)) {
      carp.isBroken = true;
      return null;
    }
    this.#setOthers(carp);
    this.#setVrrp(carp);
    if (this.#state !== null) this.#setState(carp, this.#state);
    return carp;
  }

  /** `carp_is_supported_if`: Ethernet, VLANs and bridges. */
  #checkFace(): boolean {
    const { text, place } = this.#face;
    if (this.#host.isNic(text)) {
      return this.#host.useAsParent(text, this.#face, `interface ${text} does not exist`);
    }
    this.#host.complaints.add(place, 'bad-value', 'SIOCSVH: Operation not supported', {
      hint: `${text} is no Ethernet interface`,
      means: 'the kernel refuses the line: the address that stands on it is not set',
    });
    return false;
  }

  #takeVhid(value: Word): boolean {
    const vhid = atoi(value.text);
    if (vhid <= 0 || vhid > MAX_VHID) {
      this.#host.complaints.add(
        value.place,
        'out-of-range',
        `vhid must be greater than 0 and less than ${MAX_VHID}`,
        { hint: '1 to 255', means: STOPS },
      );
      return false;
    }
    this.#tellOfRubbish(value, vhid);
    this.#vhid = { value: vhid, place: value.place };
    return true;
  }

  #requiresVhid(keyword: Word): false {
    // FreeBSD 10 to 13 name the key differently (`setcarp_passwd`).
    const name = keyword.text === 'pass' && this.#host.system === 'freebsd-13' ? 'passwd' : keyword.text;
    this.#host.complaints.add(keyword.place, 'no-vhid', `${name} requires vhid`, {
      hint: 'vhid goes in front of it',
      means: STOPS,
    });
    return false;
  }

  #number(keyword: Word, value: Word): number {
    const number = atoi(value.text);
    this.#tellOfRubbish(value, number, keyword.text);
    return number;
  }

  /** atoi(3) takes what is a number in front, and 0 where there is none. */
  #tellOfRubbish(value: Word, taken: number, keyword = 'vhid'): void {
    if (isWholeNumber(value.text)) return;
    this.#host.complaints.warn(
      value.place,
      'not-a-number',
      `${keyword} '${value.text}' is not a number`,
      `ifconfig(8) reads it as ${taken} (atoi)`,
    );
  }

  #takeState(value: Word): boolean {
    const state = STATES.find((each) => each === value.text.toLowerCase());
    if (state === undefined) {
      const near = suggest(value.text, STATES);
      this.#host.complaints.add(value.place, 'bad-value', 'unknown state', {
        hint: near === undefined ? STATES.join(', ') : `did you mean ${near}?`,
        means: STOPS,
        cures: near === undefined ? undefined : [replaceAt(value.place, near)],
      });
      return false;
    }
    this.#state = { value: state, place: value.place };
    this.#stateWord = value;
    return true;
  }

  #takePeer(value: Word): boolean {
    const peer = inetAton(value.text);
    if (peer === undefined) {
      this.#host.complaints.add(value.place, 'bad-address', `peer ${value.text} is not an IPv4 address`, {
        means:
          'ifconfig(8) takes it without a word as 255.255.255.255 (inet_addr), and no peer hears the adverts',
      });
      return false;
    }
    // INADDR_ANY is not passed on: the peer stays what it is.
    if (peer === 0) {
      this.#tellOfUnchanged(value, 'peer 0.0.0.0');
      return true;
    }
    this.#peer = { value: formatIp(peer) === CARP_GROUP ? null : peer, place: value.place };
    return true;
  }

  #takePeerIpv6(value: Word): boolean {
    const peer = tryParseIpv6(value.text.replace(/%[\w.]+$/, ''));
    if (peer === undefined) {
      this.#host.complaints.add(value.place, 'bad-address', `Invalid IPv6 address ${value.text}`, {
        means: STOPS,
      });
      return false;
    }
    if (peer === '::') {
      this.#tellOfUnchanged(value, 'peer6 ::');
      return true;
    }
    this.#peerIpv6 = { value: peer === CARP_GROUP_IPV6 ? null : peer, place: value.place };
    return true;
  }

  #takeVersion(value: Word): boolean {
    const version = atoi(value.text);
    if (version !== 2 && version !== 3) {
      this.#host.complaints.add(value.place, 'out-of-range', 'version must be 2 or 3', {
        hint: '2 is CARP, 3 is VRRPv3',
        means: STOPS,
      });
      return false;
    }
    this.#tellOfRubbish(value, version, 'carpver');
    this.#version = { value: version, place: value.place };
    return true;
  }

  #takePriority(value: Word): void {
    const read = this.#number({ ...value, text: 'vrrpprio' }, value);
    const priority = read & 0xff;
    if (priority !== read) {
      this.#host.complaints.warn(
        value.place,
        'out-of-range',
        `vrrpprio ${value.text} is out of range 1..255`,
        `it is kept in 8 bits: ${priority}${priority === 0 ? ', which leaves it as it is' : ''}`,
        { cures: [replaceAt(value.place, read < 0 ? '1' : '255', `vrrpprio ${read < 0 ? 1 : 255}`)] },
      );
    } else if (priority === 0) this.#tellOfUnchanged(value, 'vrrpprio 0');
    if (priority !== 0) this.#priority = { value: priority, place: value.place };
  }

  #takeInterval(value: Word): boolean {
    const interval = this.#number({ ...value, text: 'vrrpinterval' }, value) & 0xffff;
    if (interval > MAX_VRRP_INTERVAL) {
      this.#host.complaints.add(
        value.place,
        'out-of-range',
        `vrrpinterval must be greater than 0 and less than ${MAX_VRRP_INTERVAL}`,
        { hint: `1 to ${MAX_VRRP_INTERVAL} centiseconds`, means: STOPS },
      );
      return false;
    }
    if (interval === 0) this.#tellOfUnchanged(value, `vrrpinterval ${value.text}`);
    else this.#interval = { value: interval, place: value.place };
    return true;
  }

  #tellOfUnchanged(value: Word, what: string): void {
    this.#host.complaints.warn(value.place, 'no-effect', `${what} changes nothing`, '0 leaves it as it is');
  }

  /** The ranges of SIOCSVH: 0 is "as it is" for both, since FreeBSD 14 only for `advbase`. */
  #setNumbers(carp: CarpDraft): boolean {
    const { complaints, system } = this.#host;
    const refuse = (
      place: CarpPlace,
      keyword: string,
      value: number,
      hint: string,
      nearest: number,
    ): false => {
      complaints.add(place, 'out-of-range', 'SIOCSVH: Invalid argument', {
        hint: `${keyword} ${value} is out of range ${hint}`,
        means: 'the kernel refuses the line: the address that stands on it is not set',
        cures: [replaceAt(place, String(nearest), `${keyword} ${nearest}`)],
      });
      return false;
    };
    const base = this.#advbase;
    if (base !== null) {
      if (base.value > 255) return refuse(base.place, 'advbase', base.value, '1..255', 255);
      if (base.value > 0) {
        carp.advbase = base.value;
        carp.origin.set('advbase', base.place);
      } else this.#tellOfIgnored(base, 'advbase', carp.advbase);
    }
    const skew = this.#advskew;
    if (skew === null) return true;
    if (skew.value >= 255) return refuse(skew.place, 'advskew', skew.value, '0..254', 254);
    const now = carp.nodes[0]?.advskew ?? 0;
    const isUnchanged = skew.value < 0 || (skew.value === 0 && system === 'freebsd-13');
    if (isUnchanged && skew.value !== now) this.#tellOfIgnored(skew, 'advskew', now);
    else if (!isUnchanged || now === skew.value) {
      carp.nodes = carp.nodes.map((node) => ({ ...node, advskew: skew.value }));
      carp.origin.set('advskew', skew.place);
    }
    return true;
  }

  #tellOfIgnored(given: Given<number>, keyword: string, now: number): void {
    this.#host.complaints.warn(
      given.place,
      'no-effect',
      `${keyword} ${given.value} changes nothing`,
      `it stays at ${now}: ${given.value < 0 ? 'ifconfig(8) does not pass it on' : 'to the kernel 0 is "as it is"'}`,
    );
  }

  #setOthers(carp: CarpDraft): void {
    // An empty key leaves the key as it is.
    if (this.#password !== null && this.#password.value !== '') {
      carp.password = this.#password.value;
      carp.origin.set('pass', this.#password.place);
    }
    if (this.#peer !== null) {
      carp.peer = this.#peer.value;
      carp.origin.set('peer', this.#peer.place);
    }
    if (this.#peerIpv6 !== null) {
      carp.peerIpv6 = this.#peerIpv6.value;
      carp.origin.set('peer6', this.#peerIpv6.place);
    }
  }

  #setVrrp(carp: CarpDraft): void {
    if (this.#version !== null) {
      carp.version = this.#version.value;
      carp.origin.set('carpver', this.#version.place);
    }
    if (this.#priority !== null) {
      carp.vrrpPriority = this.#priority.value;
      carp.origin.set('vrrpprio', this.#priority.place);
    }
    if (this.#interval !== null) {
      carp.vrrpIntervalCs = this.#interval.value;
      carp.origin.set('vrrpinterval', this.#interval.place);
    }
  }

  #setState(carp: CarpDraft, { value, place }: Given<(typeof STATES)[number]>): void {
    const isRunning = this.#host.addressesOf(carp).length > 0;
    const word = this.#stateWord ?? this.#face;
    if (tellOfEarlyState(this.#host, carp.name, value, word, isRunning) || value === 'init') return;
    carp.initialState = value;
    carp.origin.set('state', place);
  }
}
