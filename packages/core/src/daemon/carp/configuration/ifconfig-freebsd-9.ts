import { replaceAt } from '../../../diagnostic/complaints.js';
import type { Word } from '../../../shell/placed-text.js';
import { formatIp } from '../../../wire/index.js';
import { AddressRequest, STOPS } from './address-request.js';
import { setPassword } from './carp-words.js';
import { freebsdArguments } from './freebsd-arguments.js';
import { type CarpDraft, type HostDraft, isCarpName } from './host-draft.js';
import { CARP_KEYWORDS, FREEBSD_9_KEYWORDS, FREEBSD_KEYWORDS } from './ifconfig-keywords.js';
import { readLineWords, splitFamily } from './line-words.js';
import { atoi, isWholeNumber } from './numbers.js';

/** One run of ifconfig(8) of FreeBSD 9 and before, without the word `ifconfig` (sbin/ifconfig/ifcarp.c). */
export function ifconfigFreeBsd9(host: HostDraft, args: readonly Word[]): void {
  const asked = freebsdArguments(host, args);
  if (asked !== null) new FreeBsd9Line(host, asked.face, asked.words).run();
}

class FreeBsd9Line {
  readonly #host: HostDraft;
  readonly #face: Word;
  readonly #words: readonly Word[];
  readonly #carp: CarpDraft | null;
  readonly #isAboutCarp: boolean;
  readonly #request: AddressRequest;

  constructor(host: HostDraft, face: Word, given: readonly Word[]) {
    const { family, words } = splitFamily(given[0]?.text === 'create' ? given.slice(1) : given);
    this.#host = host;
    this.#face = face;
    this.#words = words;
    this.#carp = isCarpName(face.text) ? host.carp(face.text, face.place) : null;
    this.#isAboutCarp = this.#carp !== null || given.some(({ text }) => CARP_KEYWORDS.has(text));
    this.#request = new AddressRequest(host, family);
    if (this.#carp !== null) host.interface(face.text);
  }

  run(): void {
    const { complaints } = this.#host;
    const found = complaints.all.length;
    const reader = {
      keyword: (keyword: Word, values: readonly Word[]) => this.#keyword(keyword, values[0]),
      other: (word: Word) => this.#other(word),
    };
    if (readLineWords(this.#words, FREEBSD_9_KEYWORDS, reader, complaints)) this.#setAddress();
    const wasRefused = complaints.all.slice(found).some(({ severity }) => severity === 'error');
    if (wasRefused && this.#carp !== null) this.#carp.isBroken = true;
  }

  #keyword(keyword: Word, value: Word | undefined): boolean {
    if (CARP_KEYWORDS.has(keyword.text)) return this.#carpKeyword(keyword, value ?? keyword);
    switch (keyword.text) {
      case 'alias':
      case 'add':
        this.#request.setAlias(1);
        return true;
      case '-alias':
      case 'delete':
      case 'remove':
        this.#request.setAlias(-1);
        return true;
      case 'up':
      case 'down':
        this.#setUp(keyword);
        return true;
      case 'destroy':
        this.#host.interfaces.delete(this.#face.text);
        this.#host.carps.delete(this.#face.text);
        return true;
    }
    if (value === undefined) return true;
    switch (keyword.text) {
      case 'netmask':
        return this.#request.setNetmask(value);
      case 'prefixlen':
        return this.#request.setPrefixLength(value);
      case 'broadcast':
        return this.#request.checkAddress(value);
      default:
        return true;
    }
  }

  #setUp(keyword: Word): void {
    if (this.#carp !== null) {
      this.#carp.isUp = keyword.text === 'up';
      this.#carp.origin.set(keyword.text, keyword.place);
    } else if (keyword.text === 'down') {
      this.#host.complaints.warn(
        keyword.place,
        'not-modelled',
        'down matters here and is not modelled',
        'the interface is up from the start: take it down with an event of the lab',
      );
    }
  }

  #other(word: Word): boolean {
    if (!CARP_KEYWORDS.has(word.text)) return this.#request.takeWord(word, this.#isAboutCarp);
    const hint = FREEBSD_KEYWORDS.has(word.text)
      ? `${word.text} came with a later release: system: freebsd`
      : `${word.text} is OpenBSD’s`;
    this.#host.complaints.add(word.place, 'bad-value', `${word.text}: bad value`, { hint, means: STOPS });
    return false;
  }

  /** Each is an SIOCSVH of its own, in any order. */
  #carpKeyword(keyword: Word, value: Word): boolean {
    const carp = this.#carp;
    if (carp === null) {
      this.#host.complaints.add(keyword.place, 'no-carp-interface', 'SIOCGVH: Invalid argument', {
        hint: `in FreeBSD 9 ${keyword.text} is a carp interface’s; since FreeBSD 10 it is a NIC’s: system: freebsd`,
        means: STOPS,
      });
      return false;
    }
    if (keyword.text === 'pass') {
      setPassword(this.#host, carp, value);
      return true;
    }
    const number = atoi(value.text);
    if (!isWholeNumber(value.text)) {
      this.#host.complaints.warn(
        value.place,
        'not-a-number',
        `${keyword.text} '${value.text}' is not a number`,
        `ifconfig(8) reads it as ${number} (atoi)`,
      );
    }
    if (keyword.text === 'vhid') return this.#setVhid(carp, value, number);
    return this.#setNumber(carp, keyword, value, number);
  }

  #setVhid(carp: CarpDraft, value: Word, vhid: number): boolean {
    if (vhid <= 0) {
      this.#host.complaints.add(value.place, 'out-of-range', 'vhid must be greater than 0', {
        hint: '1 to 255',
        means: STOPS,
      });
      return false;
    }
    if (vhid > 255) return this.#refuse(value, `vhid ${vhid} is out of range 1..255`);
    carp.origin.set('vhid', value.place);
    carp.nodes = [{ vhid, advskew: carp.nodes[0]?.advskew ?? 0 }];
    return this.#checkDuplicate(carp, value);
  }

  #setNumber(carp: CarpDraft, keyword: Word, value: Word, number: number): boolean {
    const isBase = keyword.text === 'advbase';
    const largest = isBase ? 255 : 254;
    if (number < 0 || number > largest) {
      return this.#refuse(
        value,
        `${keyword.text} ${number} is out of range ${isBase ? 1 : 0}..${largest}`,
        largest,
      );
    }
    if (isBase && number === 0) {
      this.#host.complaints.warn(
        value.place,
        'no-effect',
        'advbase 0 changes nothing',
        `it stays at ${carp.advbase}: to the kernel 0 is "as it is"`,
      );
      return true;
    }
    if (isBase) carp.advbase = number;
    else carp.nodes = carp.nodes.map((node) => ({ ...node, advskew: number }));
    carp.origin.set(keyword.text, value.place);
    return true;
  }

  #refuse(value: Word, hint: string, nearest?: number): false {
    this.#host.complaints.add(value.place, 'out-of-range', 'SIOCSVH: Invalid argument', {
      hint,
      means: STOPS,
      cures: nearest === undefined ? undefined : [replaceAt(value.place, String(nearest))],
    });
    return false;
  }

  #checkDuplicate(carp: CarpDraft, value: Word): boolean {
    const vhid = carp.nodes[0]?.vhid;
    if (carp.parent === null || vhid === 0) return true;
    const other = [...this.#host.carps.values()].find(
      (each) => each !== carp && each.parent === carp.parent && each.nodes[0]?.vhid === vhid,
    );
    if (other === undefined) return true;
    const place = other.origin.get('vhid');
    this.#host.complaints.add(value.place, 'duplicate-vhid', 'SIOCSVH: Invalid argument', {
      hint: `${other.name} has vhid ${vhid} on ${other.parent} already`,
      means: STOPS,
      related: place === undefined ? undefined : [{ ...place, message: `vhid ${vhid} of ${other.name}` }],
    });
    return false;
  }

  /** `carp_set_addr`: the parent is the interface with an address in the same subnet, and there must be one. */
  #setAddress(): void {
    const { word, value, addsAddress } = this.#request;
    const carp = this.#carp;
    if (carp === null || !addsAddress || word === null || value === null) {
      this.#request.apply(this.#face.text, null);
      return;
    }
    const parent = this.#host.interfaceInSubnetOf(value);
    if (parent === undefined) {
      this.#host.complaints.add(
        word.place,
        'no-parent',
        "ioctl (SIOCAIFADDR): Can't assign requested address",
        {
          hint: `no interface has an address in the subnet of ${formatIp(value)}`,
          means: `${carp.name} does not get the address`,
        },
      );
      return;
    }
    if (carp.parent === null) {
      carp.parent = parent.name;
      parent.isParent = true;
      carp.origin.set('carpdev', word.place);
      if (!this.#checkDuplicate(carp, word)) {
        carp.parent = null;
        return;
      }
    }
    this.#request.apply(this.#face.text, null);
    carp.isUp = true;
    if (!carp.origin.has('address')) carp.origin.set('address', word.place);
  }
}
