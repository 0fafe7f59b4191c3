import { insertAt } from '../../../diagnostic/complaints.js';
import type { Word } from '../../../shell/placed-text.js';
import { formatIp, isIpv6, tryParseMac } from '../../../wire/index.js';
import { AddressRequest, STOPS } from './address-request.js';
import { type CarpDraft, type HostDraft, isCarpName } from './host-draft.js';
import { CARP_KEYWORDS, OPENBSD_KEYWORDS } from './ifconfig-keywords.js';
import { readLineWords, splitFamily, warnNotModelled } from './line-words.js';
import { strtonum } from './numbers.js';
import { changeCarp } from './openbsd-carp-words.js';

/** Longest name of an interface or a group (`IFNAMSIZ` without its closing zero). */
const MAX_NAME = 15;
/** What a group's counter must stay within (`if_setgroupattribs`, if.c). */
const MAX_DEMOTION = 0xff;
/** What ifconfig takes behind `carpdemote` (`setgroupattribs`, ifconfig.c). */
const MAX_DEMOTE_STEP = 128;

/** Keywords of NICs that would matter and are not modelled, with what is different without them. */
const NOT_MODELLED: Readonly<Record<string, string>> = {
  '-arp': 'the interface answers ARP all the same',
  staticarp: 'the interface learns from ARP all the same',
  monitor: 'the interface takes what it hears all the same',
};
const NO_RDOMAIN = 'the interface is in the default routing domain';

/** One run of OpenBSD's ifconfig(8), without the word `ifconfig`. */
export function ifconfigOpenBsd(host: HostDraft, args: readonly Word[]): void {
  const [first, second] = args;
  if (first === undefined) return;
  if (first.text.startsWith('-')) {
    if (first.text.includes('g') && second !== undefined) changeGroup(host, second, args.slice(2));
    else if (/[^-aACM]/.test(first.text)) tellOfOption(host, first);
    return;
  }
  if (first.text.length > MAX_NAME) {
    host.complaints.add(first.place, 'bad-value', `interface name '${first.text}' too long`, {
      means: STOPS,
    });
    return;
  }
  new OpenBsdLine(host, first, args.slice(1)).run();
}

function tellOfOption(host: HostDraft, option: Word): void {
  host.complaints.warn(
    option.place,
    'not-modelled',
    `ifconfig ${option.text} is not modelled`,
    'the line is left out',
  );
}

/** `ifconfig -g GROUP [-]carpdemote [N]` (`setgroupattribs`). */
function changeGroup(host: HostDraft, group: Word, words: readonly Word[]): void {
  const [what, count] = words;
  if (what === undefined) return;
  const { complaints } = host;
  const isNegative = what.text.startsWith('-');
  if (what.text !== 'carpdemote' && what.text !== '-carpdemote') {
    complaints.add(what.place, 'unknown-keyword', `a group has no ${what.text}`, {
      hint: 'carpdemote or -carpdemote',
      means: 'ifconfig(8) prints its usage and does nothing',
    });
    return;
  }
  const reading =
    count === undefined ? { value: 1, problem: null } : strtonum(count.text, 0, MAX_DEMOTE_STEP);
  if (reading.value === null) {
    const place = count?.place ?? what.place;
    complaints.add(place, 'out-of-range', `${group.text}: invalid carp demotion: ${reading.problem}`, {
      hint: `0 to ${MAX_DEMOTE_STEP}`,
      means: 'the counter stays as it is',
    });
    return;
  }
  const now = host.groupDemotion.get(group.text) ?? 0;
  const sum = now + (isNegative ? -reading.value : reading.value);
  if (sum < 0 || sum > MAX_DEMOTION) {
    complaints.add((count ?? what).place, 'out-of-range', `${group.text}: SIOCSIFGATTR: Invalid argument`, {
      hint: `${sum} is outside of 0..${MAX_DEMOTION}`,
      means: `the counter stays at ${now}`,
    });
    return;
  }
  host.groupDemotion.set(group.text, sum);
  host.origin[`group ${group.text}`] = (count ?? what).place;
}

class OpenBsdLine {
  readonly #host: HostDraft;
  readonly #face: Word;
  readonly #words: readonly Word[];
  readonly #carp: CarpDraft | null;
  readonly #isAboutCarp: boolean;
  readonly #request: AddressRequest;

  constructor(host: HostDraft, face: Word, given: readonly Word[]) {
    const { family, words } = splitFamily(given);
    this.#host = host;
    this.#face = face;
    this.#words = words;
    this.#carp = isCarpName(face.text) ? host.carp(face.text, face.place) : null;
    this.#isAboutCarp = this.#carp !== null || given.some(({ text }) => CARP_KEYWORDS.has(text));
    this.#request = new AddressRequest(host, family);
    // The carp interface is an interface, whether or not it ever has an address.
    if (this.#carp !== null) host.interface(face.text);
  }

  run(): void {
    const { complaints } = this.#host;
    const found = complaints.all.length;
    const reader = {
      keyword: (keyword: Word, values: readonly Word[]) => this.#keyword(keyword, values),
      other: (word: Word) => this.#request.takeWord(word, this.#isAboutCarp),
    };
    if (readLineWords(this.#words, OPENBSD_KEYWORDS, reader, complaints)) this.#setAddress();
    const wasRefused = complaints.all.slice(found).some(({ severity }) => severity === 'error');
    if (wasRefused && this.#carp !== null) this.#carp.isBroken = true;
  }

  #keyword(keyword: Word, values: readonly Word[]): boolean {
    const [value] = values;
    const { text } = keyword;
    if (CARP_KEYWORDS.has(text)) return this.#carpKeyword(keyword, value);
    switch (text) {
      case 'alias':
        this.#request.setAlias(1);
        return true;
      case '-alias':
      case 'delete':
        this.#request.setAlias(-1);
        return true;
      case 'up':
        if (this.#carp !== null) this.#setUp(true, keyword);
        return true;
      case 'down':
        if (this.#carp !== null) this.#setUp(false, keyword);
        else
          this.#notModelled(
            keyword,
            'the interface is up from the start: take it down with an event of the lab',
          );
        return true;
      case 'destroy':
        this.#destroy();
        return true;
      case 'autoconf':
        this.#tellOfAutoconf(keyword);
        return true;
    }
    if (value !== undefined) return this.#valueKeyword(keyword, value);
    const consequence = NOT_MODELLED[text];
    if (consequence !== undefined) this.#notModelled(keyword, consequence);
    return true;
  }

  #valueKeyword(keyword: Word, value: Word): boolean {
    switch (keyword.text) {
      case 'netmask':
        return this.#request.setNetmask(value);
      case 'prefixlen':
        return this.#request.setPrefixLength(value);
      case 'broadcast':
        return this.#request.checkAddress(value);
      case 'group':
        return this.#group(value);
      case '-group':
        if (this.#carp !== null)
          this.#carp.groups = this.#carp.groups.filter((group) => group !== value.text);
        return true;
      case 'lladdr':
        this.#lladdr(value);
        return true;
      case 'rdomain':
        this.#notModelled(keyword, NO_RDOMAIN);
        return true;
      default:
        return true;
    }
  }

  #carpKeyword(keyword: Word, value: Word | undefined): boolean {
    const { complaints } = this.#host;
    if (this.#carp === null) {
      complaints.add(
        keyword.place,
        'no-carp-interface',
        `${this.#face.text}: SIOCGVH: Inappropriate ioctl for device`,
        {
          hint: `on OpenBSD ${keyword.text} is a carp interface’s`,
          means: STOPS,
          cures: [{ title: `hostname.carp0 with carpdev ${this.#face.text}`, edits: [] }],
        },
      );
      return false;
    }
    return changeCarp(this.#host, this.#carp, keyword, value ?? keyword);
  }

  #setUp(isUp: boolean, keyword: Word): void {
    if (this.#carp === null) return;
    this.#carp.isUp = isUp;
    this.#carp.origin.set(isUp ? 'up' : 'down', keyword.place);
    if (!isUp) this.#carp.initialState = null;
  }

  #destroy(): void {
    this.#host.interfaces.delete(this.#face.text);
    this.#host.carps.delete(this.#face.text);
  }

  #group(value: Word): boolean {
    const problem =
      value.text.length === 0
        ? 'group name empty'
        : value.text.length > MAX_NAME
          ? 'group name too long'
          : /\d$/.test(value.text)
            ? 'group names may not end in a digit'
            : null;
    if (problem !== null) {
      this.#host.complaints.add(value.place, 'bad-value', `setifgroup: ${problem}`, { means: STOPS });
      return false;
    }
    if (this.#carp !== null && !this.#carp.groups.includes(value.text)) {
      this.#carp.groups.push(value.text);
      this.#carp.origin.set(`group ${value.text}`, value.place);
    }
    return true;
  }

  #lladdr(value: Word): void {
    const { complaints } = this.#host;
    const mac = tryParseMac(value.text);
    if (value.text === 'random' || (mac !== undefined && this.#carp === null)) {
      complaints.warn(
        value.place,
        'not-modelled',
        `lladdr ${value.text} of ${this.#face.text} is not modelled`,
        this.#carp === null ? 'the lab says which MAC addresses NICs have' : 'the virtual MAC is used',
      );
    } else if (mac === undefined || !value.text.includes(':')) {
      // setiflladdr only warns, and goes on.
      complaints.warn(
        value.place,
        'bad-value',
        'malformed link-level address',
        'ifconfig(8) warns and goes on: the MAC address stays what it was',
      );
    } else if (this.#carp !== null) {
      this.#carp.mac = mac;
      this.#carp.origin.set('lladdr', value.place);
    }
  }

  #tellOfAutoconf(keyword: Word): void {
    this.#host.complaints.add(
      keyword.place,
      'not-modelled',
      `where ${this.#face.text} gets its address from is not modelled`,
      { severity: 'note', means: 'the lab gives it one' },
    );
  }

  #notModelled(word: Word, consequence: string): void {
    warnNotModelled(this.#host.complaints, word, consequence);
  }

  #setAddress(): void {
    const { word, value, addsAddress } = this.#request;
    if (this.#carp === null || !addsAddress || word === null || value === null) {
      this.#request.apply(this.#face.text, null);
      return;
    }
    const carp = this.#carp;
    if (!this.#findParent(carp, word, value)) return;
    this.#request.apply(this.#face.text, null);
    carp.isUp = true;
    if (!carp.origin.has('address')) carp.origin.set('address', word.place);
    // carp_set_addr and carp_set_addr6: INIT, and from there BACKUP.
    this.#tellOfLostState(carp, word);
  }

  /** A carp interface takes an address only on a parent (`carp_ioctl`, SIOCSIFADDR). */
  #findParent(carp: CarpDraft, word: Word, value: NonNullable<AddressRequest['value']>): boolean {
    const near = this.#host.interfaceInSubnetOf(value);
    if (this.#host.system === 'openbsd-5.6') {
      // carp_set_addr of 5.6: the interface in whose subnet it lies, and no other than carpdev.
      if (carp.parent === null && near !== undefined) {
        near.isParent = true;
        carp.parent = near.name;
        carp.origin.set('carpdev', word.place);
      }
      if (carp.parent !== null && (near === undefined || isIpv6(value) || near.name === carp.parent))
        return true;
      this.#host.complaints.add(word.place, 'no-parent', "SIOCAIFADDR: Can't assign requested address", {
        hint:
          near === undefined
            ? `no interface has an address in the subnet of ${formatIp(value)}`
            : `${near.name} has its subnet, not ${carp.parent}`,
        means: `${carp.name} does not get the address`,
      });
      return false;
    }
    if (carp.parent !== null) return true;
    this.#host.complaints.add(word.place, 'no-parent', 'SIOCAIFADDR: Invalid argument', {
      hint: `${carp.name} has no carpdev`,
      means: `${carp.name} does not get the address: since OpenBSD 5.8 the kernel looks for no parent of its own`,
      cures:
        near === undefined
          ? undefined
          : [insertAt(word.place, `carpdev ${near.name} `, `carpdev ${near.name}`)],
    });
    return false;
  }

  #tellOfLostState(carp: CarpDraft, word: Word): void {
    if (carp.initialState === null) return;
    const place = carp.origin.get('state') ?? word.place;
    this.#host.complaints.warn(
      place,
      'no-effect',
      `state ${carp.initialState} does not last`,
      `the address that is set after it puts ${carp.name} back to INIT, and from there to BACKUP`,
      { related: [{ ...word.place, message: `${word.text} is set here` }] },
    );
    carp.initialState = null;
  }
}
