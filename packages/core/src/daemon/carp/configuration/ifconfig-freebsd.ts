import type { Word } from '../../../shell/placed-text.js';
import { AddressRequest, STOPS } from './address-request.js';
import { freebsdArguments } from './freebsd-arguments.js';
import { VhidWords } from './freebsd-vhid-words.js';
import { type CarpDraft, type HostDraft, isCarpName } from './host-draft.js';
import { CARP_KEYWORDS, FREEBSD_13_KEYWORDS, FREEBSD_KEYWORDS } from './ifconfig-keywords.js';
import { readLineWords, splitFamily, warnNotModelled } from './line-words.js';

/** One run of ifconfig(8) of FreeBSD 10 and later, without the word `ifconfig`. */
export function ifconfigFreeBsd(host: HostDraft, args: readonly Word[]): void {
  const asked = freebsdArguments(host, args);
  if (asked === null) return;
  const { face, words } = asked;
  if (isCarpName(face.text)) {
    host.complaints.add(face.place, 'no-carp-interface', `interface ${face.text} does not exist`, {
      hint: 'FreeBSD 10 and later have no carp interfaces: system: freebsd-9 has them',
      means: 'the line is not done; since FreeBSD 10 a vhid is given to addresses of a NIC',
    });
    return;
  }
  new FreeBsdLine(host, face, words).run();
}

class FreeBsdLine {
  readonly #host: HostDraft;
  readonly #face: Word;
  readonly #words: readonly Word[];
  readonly #isAboutCarp: boolean;
  readonly #request: AddressRequest;
  readonly #vhid: VhidWords;

  constructor(host: HostDraft, face: Word, given: readonly Word[]) {
    // `create` may stand in front of the family, and does nothing here.
    const { family, words } = splitFamily(given[0]?.text === 'create' ? given.slice(1) : given);
    this.#host = host;
    this.#face = face;
    this.#words = words;
    this.#isAboutCarp = given.some(({ text }) => CARP_KEYWORDS.has(text));
    this.#request = new AddressRequest(host, family);
    this.#vhid = new VhidWords(host, face);
  }

  run(): void {
    // Link-layer addresses and other families are no address of ours.
    if (/^(link|ether|lladdr|ipx|atalk)$/.test(this.#words[0]?.text ?? '')) {
      this.#notModelled(this.#words[0] ?? this.#face, 'the lab says which MAC addresses NICs have');
      return;
    }
    const { complaints } = this.#host;
    const found = complaints.all.length;
    const keywords = this.#host.system === 'freebsd' ? FREEBSD_KEYWORDS : FREEBSD_13_KEYWORDS;
    const reader = {
      keyword: (keyword: Word, values: readonly Word[]) => this.#keyword(keyword, values[0]),
      other: (word: Word) => this.#other(word),
    };
    const before = this.#vhid.existing();
    if (readLineWords(this.#words, keywords, reader, complaints)) this.#finish();
    const wasRefused = complaints.all.slice(found).some(({ severity }) => severity === 'error');
    const carp = this.#vhid.existing() ?? before;
    if (wasRefused && carp !== undefined) carp.isBroken = true;
  }

  #keyword(keyword: Word, value: Word | undefined): boolean {
    if (CARP_KEYWORDS.has(keyword.text)) return this.#vhid.take(keyword, value ?? keyword);
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
      case 'down':
        this.#notModelled(
          keyword,
          'the interface is up from the start: take it down with an event of the lab',
        );
        return true;
      case '-arp':
      case 'staticarp':
      case 'monitor':
      case 'vnet':
      case 'fib':
      case 'name':
        this.#notModelled(keyword, 'the line is read as if the word were absent');
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
      case 'ether':
      case 'lladdr':
      case 'link':
        this.#notModelled(keyword, 'the lab says which MAC addresses NICs have');
        return true;
      default:
        return true;
    }
  }

  /** A word that this release does not know may be a later one's, or OpenBSD's. */
  #other(word: Word): boolean {
    if (!CARP_KEYWORDS.has(word.text)) return this.#request.takeWord(word, this.#isAboutCarp);
    const hint = FREEBSD_KEYWORDS.has(word.text)
      ? `${word.text} came with FreeBSD 14 (unicast) and 15 (VRRPv3): system: freebsd`
      : `${word.text} is OpenBSD’s`;
    this.#host.complaints.add(word.place, 'bad-value', `${word.text}: bad value`, { hint, means: STOPS });
    return false;
  }

  #notModelled(word: Word, consequence: string): void {
    warnNotModelled(this.#host.complaints, word, consequence);
  }

  /** First the vhid (`setcarp_callback`), then the address that is given to it (`carp_attach`). */
  #finish(): void {
    const { word, addsAddress } = this.#request;
    let carp: CarpDraft | null = null;
    if (this.#vhid.isGiven) {
      carp = this.#vhid.apply();
      if (carp === null) return;
    }
    const gone = this.#host.interface(this.#face.text).addresses;
    this.#request.apply(this.#face.text, addsAddress ? (carp?.nodes[0]?.vhid ?? null) : null);
    if (carp !== null && addsAddress && word !== null) {
      if (!carp.origin.has('address')) carp.origin.set('address', word.place);
      this.#tellOfLostState(carp, word);
    }
    this.#destroyEmpty(gone.flatMap(({ vhid }) => (vhid === null ? [] : [vhid])));
  }

  /** `carp_attach`: INIT, and from there BACKUP. */
  #tellOfLostState(carp: CarpDraft, word: Word): void {
    if (carp.initialState === null) return;
    this.#host.complaints.warn(
      carp.origin.get('state') ?? word.place,
      'no-effect',
      `state ${carp.initialState} does not last`,
      `the address that is set after it puts ${carp.name} back to INIT, and from there to BACKUP`,
      { related: [{ ...word.place, message: `${word.text} is set here` }] },
    );
    carp.initialState = null;
  }

  /** `carp_detach`: a vhid goes with its last address. */
  #destroyEmpty(vhids: readonly number[]): void {
    for (const vhid of vhids) {
      const carp = this.#host.carps.get(`${vhid}@${this.#face.text}`);
      if (carp !== undefined && this.#host.addressesOf(carp).length === 0) this.#host.carps.delete(carp.name);
    }
  }
}
