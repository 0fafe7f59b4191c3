import { type Complaints, insertAt } from '../../../diagnostic/complaints.js';
import { isOpenBsd } from '../../../host/carp/carp-config.js';
import type { Word } from '../../../shell/placed-text.js';
import {
  formatIp,
  formatIpCidr,
  type IpAddress,
  type IpCidr,
  isIpv6,
  isIpv6Cidr,
  isLoopback,
  tryParseIpv6,
} from '../../../wire/index.js';
import type { AddressDraft, HostDraft } from './host-draft.js';
import { classPrefix, inetAton, networkAddress, prefixOfMask, strtonum } from './numbers.js';

/** Address families that begin a line of ifconfig(8). */
export type Family = 'inet' | 'inet6';

/** The prefix of an IPv6 address that is given without one (`setifprefixlen("64")`, ifconfig.c). */
const DEFAULT_IPV6_PREFIX = 64;

/** Says that ifconfig(8) stops, in its own words. */
export const STOPS = 'ifconfig(8) stops here: the rest of the line, its address included, is not done';

/**
 * The address that one run of ifconfig(8) sets or removes: it is put together from all of the line and done at its
 * end (`newaddr`, `clearaddr`, `doalias` of ifconfig.c).
 */
export class AddressRequest {
  readonly #host: HostDraft;
  readonly #family: Family;
  #alias: -1 | 0 | 1 = 0;
  #address: { readonly word: Word; readonly value: IpAddress } | null = null;
  #prefix: number | null = null;
  /** How many words were taken for addresses. */
  #taken = 0;

  constructor(host: HostDraft, family: Family) {
    this.#host = host;
    this.#family = family;
  }

  /** Whether an address is added at the end. */
  get addsAddress(): boolean {
    return this.#address !== null && this.#alias >= 0;
  }

  /** The address's own word. */
  get word(): Word | null {
    return this.#address?.word ?? null;
  }

  /** What is added at the end. */
  get value(): IpAddress | null {
    return this.#address?.value ?? null;
  }

  /** `alias`: it is one more; `-alias`, `delete`: it goes. */
  setAlias(alias: -1 | 1): void {
    this.#alias = alias;
  }

  /** A word that is no keyword: the address, then a destination, then nothing that ifconfig(8) knows. */
  takeWord(word: Word, isAboutCarp: boolean): boolean {
    this.#taken++;
    if (this.#taken === 1) return this.#setAddress(word, isAboutCarp);
    // The second one is a destination (`setifdstaddr`): the broadcast address of a NIC, which changes nothing here.
    const isDestination = this.#taken === 2 && this.#parse(word.text) !== undefined;
    return isDestination || this.#badValue(word, isAboutCarp);
  }

  /** `netmask`. */
  setNetmask(word: Word): boolean {
    if (this.#family === 'inet6') return this.#badValue(word, true);
    const mask = inetAton(word.text);
    const prefix = mask === undefined ? undefined : prefixOfMask(mask);
    if (mask !== undefined && prefix === undefined) {
      this.#complaints.add(word.place, 'bad-address', `${word.text}: non-contiguous mask`, { means: STOPS });
      return false;
    }
    if (prefix === undefined) return this.#badValue(word, true);
    this.#prefix = prefix;
    return true;
  }

  /** `prefixlen`. */
  setPrefixLength(word: Word): boolean {
    const { value } = strtonum(word.text, 0, this.#family === 'inet' ? 32 : 128);
    if (value === null) return this.#badValue(word, true);
    this.#prefix = value;
    return true;
  }

  /** `broadcast`: only whether it is an address. */
  checkAddress(word: Word): boolean {
    return inetAton(word.text) !== undefined || this.#badValue(word, true);
  }

  /**
   * Does what the line asked for, at its end.
   *
   * @param vhid - FreeBSD 10 and later: what the address belongs to
   */
  apply(faceName: string, vhid: number | null): void {
    const face = this.#host.interface(faceName);
    const given = this.#address;
    const sameFamily = face.addresses.filter(({ cidr }) => isIpv6Cidr(cidr) === (this.#family === 'inet6'));
    if (this.#alias < 0) {
      // SIOCDIFADDR without an address takes the first IPv4 one; IPv6 has no such thing.
      const gone =
        given === null
          ? this.#family === 'inet'
            ? sameFamily[0]
            : undefined
          : sameFamily.find(({ cidr }) => cidr.address === given.value);
      face.addresses = face.addresses.filter((address) => address !== gone);
      return;
    }
    if (given === null) return;
    const cidr = this.#cidr(given.value, given.word);
    const draft: AddressDraft = { cidr, vhid, place: given.word.place };
    const replaced = this.#alias === 0 && this.#family === 'inet' ? sameFamily[0] : undefined;
    if (replaced !== undefined && replaced.cidr.address !== given.value)
      this.#tellOfReplacement(given.word, replaced);
    const at = face.addresses.findIndex((each) => each.cidr.address === given.value);
    if (at >= 0 && face.addresses[at] !== replaced) face.addresses[at] = draft;
    else face.addresses = [...face.addresses.filter((each) => each !== replaced), draft];
    this.#host.tellOfNoNic(faceName, given.word.place);
    this.#host.tellOfUnknownNic(faceName, given.word.place);
    this.#host.tellOfComposed(faceName, given.word.place);
  }

  get #complaints(): Complaints {
    return this.#host.complaints;
  }

  #setAddress(word: Word, isAboutCarp: boolean): boolean {
    const slash = word.text.lastIndexOf('/');
    if (slash >= 0) {
      const text = word.text.slice(slash + 1);
      const width = strtonum(text, 0, this.#family === 'inet' ? 32 : 128);
      if (width.value === null || !/^\d/.test(text)) {
        const problem = isOpenBsd(this.#host.system) ? '' : ` (width ${width.problem ?? 'invalid'})`;
        return this.#badValue(word, true, problem);
      }
      this.#prefix = width.value;
    }
    const value = this.#parse(slash < 0 ? word.text : word.text.slice(0, slash), slash >= 0);
    if (value === undefined) return this.#badValue(word, isAboutCarp);
    this.#address = { word, value };
    return true;
  }

  #parse(text: string, isNetwork = false): IpAddress | undefined {
    // A scope (`%em0`) is the interface that the line is about.
    if (this.#family === 'inet6') return tryParseIpv6(text.replace(/%[\w.]+$/, ''));
    return isNetwork && isOpenBsd(this.#host.system) ? networkAddress(text) : inetAton(text);
  }

  /** Complains in ifconfig's words. A line that has nothing to do with CARP may use what is not known here. */
  #badValue(word: Word, isAboutCarp: boolean, more = ''): false {
    const isOther = this.#family === 'inet' && word.text.includes(':');
    const severity = isAboutCarp || /^[\d.]+|:/.test(word.text) ? 'error' : 'warning';
    this.#complaints.add(word.place, 'bad-value', `${word.text}: bad value${more}`, {
      severity,
      hint: isOther ? 'inet6 goes in front of an IPv6 address' : undefined,
      means: STOPS,
    });
    return false;
  }

  #cidr(address: IpAddress, word: Word): IpCidr {
    if (isIpv6(address)) return { address, prefixLength: this.#prefix ?? DEFAULT_IPV6_PREFIX };
    if (this.#prefix === null && !isLoopback(address)) {
      const prefix = classPrefix(address);
      this.#complaints.warn(
        word.place,
        'no-netmask',
        `${word.text} has no netmask`,
        `the kernel takes the one of its class, /${prefix}`,
      );
    }
    return { address, prefixLength: this.#prefix ?? classPrefix(address) };
  }

  #tellOfReplacement(word: Word, replaced: AddressDraft): void {
    this.#complaints.warn(
      word.place,
      'replaced-address',
      `${word.text} without alias replaces ${formatIpCidr(replaced.cidr)}`,
      `ifconfig(8) removes the first IPv4 address of the interface, ${formatIp(replaced.cidr.address)}, before it adds this one`,
      {
        cures: [insertAt(word.place, 'alias ')],
        related: [{ ...replaced.place, message: `${formatIp(replaced.cidr.address)} is set here` }],
      },
    );
  }
}
