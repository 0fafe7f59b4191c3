import { type CarpSystem, type Diagnostic, suggest, tryParseIp } from '@viplab/core';
import { type ComplaintDetails, complaint } from '../complaint.js';
import { CommandSheet, type PlacedWord } from './command-sheet.js';
import { readXml, type XmlPart } from './xml-tree.js';

/** What came of a config.xml. */
export interface TranslatedConfigXml {
  /** What its system does at boot, as `ifconfig` and `sysctl` lines, each at the place that it comes from. */
  readonly script: string;
  readonly system: CarpSystem;
  readonly diagnostics: readonly Diagnostic[];
}

const ROOTS: readonly string[] = ['pfsense', 'opnsense'];
/** Tunables that concern CARP. */
const TUNABLE = /^net\.inet6?\.carp\.\w+$/;
/** pfSense while in maintenance (`interface_carp_configure`). */
const MAINTENANCE_SKEW = '254';
/** OPNsense while in maintenance (rc.syshook.d/early/90-carp). */
const MAINTENANCE_DEMOTION = 240;
/** Characters that sh(1) leaves as they are. */
const PLAIN = /^[A-Za-z0-9_.,:@%+=/-]+$/;

/** Whether a text is the export of a firewall. */
export const isXml = (text: string): boolean => /^\s*<(?:\?xml|!--|pfsense\b|opnsense\b)/.test(text);

/**
 * Translates the high-availability part of a config.xml of pfSense or OPNsense: addresses of NICs, virtual IPs and
 * tunables. Everything else is passed over in silence; what concerns failover and is not modelled gets a warning.
 */
export function translateConfigXml(file: string, text: string): TranslatedConfigXml {
  const xml = readXml(file, text);
  if ('complaint' in xml) return { script: '', system: 'freebsd-13', diagnostics: [xml.complaint] };
  if (!ROOTS.includes(xml.root.name)) {
    return {
      script: '',
      system: 'freebsd-13',
      diagnostics: [
        complaint(
          file,
          'conf/unknown-keyword',
          `<${xml.root.name}> is no config.xml: it begins with <pfsense> or <opnsense>`,
          { range: xml.root.range },
        ),
      ],
    };
  }
  return new ConfigXml(file, xml.root).translate();
}

class ConfigXml {
  readonly #file: string;
  readonly #root: XmlPart;
  readonly #isOpnsense: boolean;
  readonly #sheet: CommandSheet;
  readonly #diagnostics: Diagnostic[] = [];
  #hasPeers = false;

  constructor(file: string, root: XmlPart) {
    this.#file = file;
    this.#root = root;
    this.#isOpnsense = root.name === 'opnsense';
    this.#sheet = new CommandSheet(
      `what ${this.#isOpnsense ? 'OPNsense' : 'pfSense'} makes of its config.xml`,
    );
  }

  translate(): TranslatedConfigXml {
    this.#sysctls();
    for (const nic of this.#root.child('interfaces')?.children() ?? []) this.#addressesOf(nic);
    for (const vip of this.#root.child('virtualip')?.children('vip') ?? []) this.#vip(vip);
    this.#notModelled();
    return {
      script: this.#sheet.toString(),
      // Unicast adverts came with the kernel of FreeBSD 14.
      system: this.#hasPeers ? 'freebsd' : 'freebsd-13',
      diagnostics: this.#diagnostics,
    };
  }

  /** Both systems preempt and are not demoted by send errors, unless a tunable says otherwise. */
  #sysctls(): void {
    const preempt = !this.#isOpnsense || !isOn(this.#root.child('hasync', 'disablepreempt'));
    const at = this.#root.child('hasync', 'disablepreempt')?.position ?? this.#root.position;
    this.#sheet.add({ text: `sysctl net.inet.carp.preempt=${preempt ? 1 : 0}`, at: atStart(at) });
    this.#sheet.add({
      text: 'sysctl net.inet.carp.senderr_demotion_factor=0',
      at: atStart(this.#root.position),
    });
    const maintenance = this.#maintenance;
    if (this.#isOpnsense && maintenance !== undefined) {
      this.#sheet.add({
        text: `sysctl net.inet.carp.demotion=${MAINTENANCE_DEMOTION}`,
        at: atStart(maintenance.position),
      });
    }
    for (const item of this.#root.child('sysctl')?.children('item') ?? []) {
      const [name, value] = [item.child('tunable'), item.child('value')];
      if (name === undefined || value === undefined || !TUNABLE.test(name.text)) continue;
      // `default`: what the system does anyway.
      if (value.text === 'default' || value.text === '') continue;
      if (!/^-?\d+$/.test(value.text)) {
        this.#complain(value, 'conf/bad-value', `${name.text} is a number, not '${value.text.slice(0, 40)}'`);
        continue;
      }
      this.#sheet.add({ text: `sysctl ${name.text}=${value.text}`, at: atStart(name.position) });
    }
  }

  /** CARP maintenance mode, which is on if it is there at all. */
  get #maintenance(): XmlPart | undefined {
    return this.#root.child('virtualip_carp_maintenancemode');
  }

  /** Fixed addresses of a NIC; those of DHCP and the like are not known here. */
  #addressesOf(nic: XmlPart): void {
    const device = this.#deviceOf(nic);
    if (device === undefined) return;
    for (const [key, length, family] of [
      ['ipaddr', 'subnet', 'inet'],
      ['ipaddrv6', 'subnetv6', 'inet6'],
    ] as const) {
      const [address, bits] = [nic.child(key), nic.child(length)];
      if (address === undefined || tryParseIp(address.text) === undefined) continue;
      const prefix = bits === undefined || bits.text === '' ? '' : `/${bits.text}`;
      const { start } = address.range;
      // In the line above there is room, and no address.
      const above = atStart({ line: start.line - 1 });
      this.#sheet.add(
        { text: `ifconfig ${device} ${family}`, at: above },
        { text: `${address.text}${prefix}`, at: start },
      );
    }
  }

  /** The device of an interface that is in use. An export without any <enable> was shortened by hand. */
  #deviceOf(nic: XmlPart): string | undefined {
    const all = this.#root.child('interfaces')?.children() ?? [];
    const isEnabled =
      nic.child('enable') !== undefined || all.every((other) => other.child('enable') === undefined);
    const device = nic.child('if')?.text ?? '';
    return isEnabled && device !== '' ? device : undefined;
  }

  #vip(vip: XmlPart): void {
    const mode = vip.child('mode');
    const address = vip.child('subnet');
    if (mode?.text === 'proxyarp' || mode?.text === 'other') {
      this.#warn(
        mode,
        `virtual IPs of mode '${mode.text}' are not modelled`,
        `runs as if ${address?.text ?? 'it'} were not there`,
      );
      return;
    }
    if (mode?.text !== 'carp' && mode?.text !== 'ipalias') {
      const known = ['carp', 'ipalias', 'proxyarp', 'other'];
      this.#complain(mode ?? vip, 'conf/bad-value', `a virtual IP has a mode of ${known.join(', ')}`, {
        hint: near(mode?.text, known),
      });
      return;
    }
    const on = this.#interfaceOf(vip);
    if (on === undefined) return;
    const parsed = tryParseIp(address?.text ?? '');
    if (address === undefined || parsed === undefined) {
      this.#complain(
        address ?? vip,
        'conf/bad-value',
        address === undefined
          ? '<subnet> is missing: the address'
          : `'${address.text.slice(0, 40)}' is not an address`,
      );
      return;
    }
    const family = typeof parsed === 'string' ? 'inet6' : 'inet';
    const bits = vip.child('subnet_bits')?.text ?? '';
    const alias: PlacedWord = {
      text: `alias ${address.text}${bits === '' ? '' : `/${bits}`}`,
      at: address.range.start,
    };
    const command: PlacedWord = { text: `ifconfig ${on.device} ${family}`, at: atStart(vip.position) };
    const vhid = on.vhid === undefined ? this.#number(vip, 'vhid', 1, 255, mode.text === 'carp') : undefined;
    if (mode.text === 'ipalias') {
      const joined =
        on.vhid !== undefined ? { text: `vhid ${on.vhid}`, at: alias.at } : vhid === undefined ? [] : vhid;
      this.#sheet.add(command, alias, ...[joined].flat());
      return;
    }
    if (vhid === undefined) return;
    // ifconfig wants a vhid before all else that is said of it; the second one is where the file has it.
    const head: PlacedWord = { text: `${command.text} ${vhid.text}`, at: command.at };
    this.#sheet.add(head, vhid, ...this.#timers(vip), ...this.#password(vip), ...this.#peers(vip), alias);
  }

  #timers(vip: XmlPart): readonly PlacedWord[] {
    const base = this.#number(vip, 'advbase', 1, 254, false);
    const skew = this.#number(vip, 'advskew', 0, 254, false);
    const words = base === undefined ? [] : [base];
    if (!this.#isOpnsense && this.#maintenance !== undefined)
      words.push({ text: `advskew ${MAINTENANCE_SKEW}`, at: skew?.at ?? vip.position });
    else if (skew !== undefined) words.push(skew);
    return words;
  }

  /** Both systems drop blanks and put a backslash before quotes (`addslashes`). */
  #password(vip: XmlPart): readonly PlacedWord[] {
    const given = vip.child('password');
    const password = (given?.text ?? '').replaceAll(' ', '').replace(/['"\\]/g, '\\$&');
    if (given === undefined || password === '') {
      this.#complain(given ?? vip, 'conf/missing-value', 'this vhid has no password', {
        severity: 'warning',
        means: 'adverts are signed with a key of zeros, which anybody on the LAN can do',
      });
      return [];
    }
    const quoted = PLAIN.test(password) ? password : `'${password.replaceAll("'", "'\\''")}'`;
    const { start } = given.range;
    // The quote stands before the value.
    const column = quoted === password ? start.column : Math.max(1, start.column - 1);
    return [{ text: `pass ${quoted}`, at: { line: start.line, column } }];
  }

  /** OPNsense sends to a peer instead of the group if there is one. */
  #peers(vip: XmlPart): readonly PlacedWord[] {
    return (['peer', 'peer6'] as const).flatMap((key) => {
      const peer = vip.child(key);
      if (peer === undefined || ['', '224.0.0.18', 'ff02::12'].includes(peer.text)) return [];
      if (typeof tryParseIp(peer.text) !== (key === 'peer' ? 'number' : 'string')) {
        this.#complain(peer, 'conf/bad-value', `'${peer.text.slice(0, 40)}' is not an address of its family`);
        return [];
      }
      this.#hasPeers = true;
      return [{ text: `${key} ${peer.text}`, at: peer.range.start }];
    });
  }

  /** A number in its range as a word of ifconfig, or a complaint. */
  #number(
    vip: XmlPart,
    key: string,
    least: number,
    most: number,
    isRequired: boolean,
  ): PlacedWord | undefined {
    const part = vip.child(key);
    if (part === undefined || part.text === '') {
      if (isRequired) this.#complain(part ?? vip, 'conf/missing-value', `a CARP address needs its <${key}>`);
      return undefined;
    }
    const value = Number(part.text);
    if (!/^\d+$/.test(part.text) || value < least || value > most) {
      this.#complain(
        part,
        'conf/out-of-range',
        `${key} ${part.text.slice(0, 40)} is out of range ${least}..${most}`,
        { means: 'ifconfig refuses it' },
      );
      return undefined;
    }
    return { text: `${key} ${value}`, at: part.range.start };
  }

  /** The device that a virtual IP is on. One of pfSense may be on another, whose vhid it joins (`_vip5f…`, `lan_vip1`). */
  #interfaceOf(vip: XmlPart): { readonly device: string; readonly vhid?: string } | undefined {
    const named = vip.child('interface');
    const name = named?.text ?? '';
    const stacked = this.#root
      .child('virtualip')
      ?.children('vip')
      .find(
        (other) =>
          other.child('mode')?.text === 'carp' &&
          (name === `_vip${other.child('uniqid')?.text}` ||
            name === `${other.child('interface')?.text}_vip${other.child('vhid')?.text}`),
      );
    if (stacked !== undefined) {
      const below = this.#interfaceOf(stacked);
      return below === undefined
        ? undefined
        : { device: below.device, vhid: stacked.child('vhid')?.text ?? '' };
    }
    // Addresses of the loopback are nobody else's business.
    if (name === 'lo0') return undefined;
    const interfaces = this.#root.child('interfaces')?.children() ?? [];
    const nic = interfaces.find((candidate) => candidate.name === name);
    if (nic === undefined || (nic.child('if')?.text ?? '') === '') {
      const names = interfaces.map((candidate) => candidate.name);
      this.#complain(
        named ?? vip,
        'conf/unknown-interface',
        name === '' ? '<interface> is missing' : `there is no interface '${name.slice(0, 40)}'`,
        { hint: near(name, names), means: 'the system skips this address' },
      );
      return undefined;
    }
    const device = this.#deviceOf(nic);
    if (device !== undefined) return { device };
    this.#complain(named ?? vip, 'conf/unknown-interface', `${name} is not enabled`, {
      severity: 'warning',
      means: 'the system skips this address',
    });
    return undefined;
  }

  #notModelled(): void {
    const sync = this.#root.child('hasync', 'pfsyncinterface');
    const isSynced = this.#isOpnsense
      ? sync !== undefined && sync.text !== ''
      : isOn(this.#root.child('hasync', 'pfsyncenabled'));
    if (isSynced)
      this.#warn(
        sync ?? this.#root.child('hasync') ?? this.#root,
        'pfsync is not modelled',
        'runs as if firewalls had no states: nothing waits for them, and no connection is cut for want of one',
      );
    for (const dhcp of this.#root.child('dhcpd')?.children() ?? []) {
      const peer = dhcp.child('failover_peerip');
      if (peer !== undefined && peer.text !== '')
        this.#warn(peer, 'DHCP failover is not modelled', 'addresses of all machines stay as they are');
    }
    const kea = this.#root.child('OPNsense', 'Kea', 'dhcp4', 'ha', 'enabled');
    if (kea !== undefined && isOn(kea))
      this.#warn(kea, 'DHCP failover is not modelled', 'addresses of all machines stay as they are');
  }

  #warn(part: XmlPart, message: string, means: string): void {
    this.#complain(part, 'conf/not-modelled', message, { severity: 'warning', means });
  }

  #complain(part: XmlPart, code: string, message: string, details: ComplaintDetails = {}): void {
    this.#diagnostics.push(complaint(this.#file, code, message, { range: part.range, ...details }));
  }
}

/** PHP's `!empty`: an element that is there, and neither empty nor 0. pfSense writes `on`. */
const isOn = (part: XmlPart | undefined): boolean =>
  part !== undefined && part.text !== '' && part.text !== '0';

const near = (asked: string | undefined, known: readonly string[]): string | undefined => {
  const found = suggest(asked ?? '', known);
  return found === undefined ? undefined : `did you mean ${found}?`;
};

/** At the beginning of the line of a place. */
const atStart = ({
  line,
}: {
  readonly line: number;
}): { readonly line: number; readonly column: number } => ({
  line,
  column: 1,
});
