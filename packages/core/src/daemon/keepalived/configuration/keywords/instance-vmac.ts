import { MAX_INTERFACE_NAME, parseAddress } from '../address-entry.js';
import type { InstanceDraft } from '../draft.js';
import type { Word } from '../lexer.js';
import type { Statement } from './keyword.js';

const IGNORED = 'keepalived logs this and ignores the word';
/** The first four bytes of the virtual MACs of RFC 5798 §7.3. */
const VIRTUAL_MAC_PREFIX = [0x00, 0x00, 0x5e, 0x00];

/** `use_vmac [NAME] [MAC]` (`vrrp_vmac_handler`). */
export function readVmac(statement: Statement, instance: InstanceDraft): void {
  instance.useVmac = true;
  for (const word of statement.words.slice(1, 3)) {
    if (word.text.includes(':')) readMac(statement, instance, word);
    else takeName(statement, instance, word);
  }
}

/** `use_ipvlan [bridge|private|vepa] [ADDRESS] [NAME]` (`vrrp_ipvlan_handler`). */
export function readIpvlan(statement: Statement, instance: InstanceDraft): void {
  const { complaints } = statement.reading;
  if (instance.useIpvlan) {
    complaints.add(statement.keyword.place, 'duplicate', 'use_ipvlan was given already', {
      means: 'keepalived keeps the first',
    });
    return;
  }
  instance.useIpvlan = true;
  for (const word of statement.words.slice(1)) {
    if (['bridge', 'private', 'vepa'].includes(word.text)) continue;
    const address = parseAddress(word.text.replace(/\/\d+$/, ''));
    if (address === undefined) takeName(statement, instance, word);
    else {
      instance.family ??= address.family;
      instance.sourceAddress ??= address;
    }
  }
}

function takeName(statement: Statement, instance: InstanceDraft, word: Word): void {
  const { complaints, draft } = statement.reading;
  const complain = (message: string): void =>
    complaints.add(word.place, 'bad-value', message, { means: IGNORED });
  if (instance.vmacName !== undefined) complain('the interface has a name already');
  else if (
    word.text.length > MAX_INTERFACE_NAME ||
    !/^[^/:\s]+$/.test(word.text) ||
    word.text === '.' ||
    word.text === '..'
  ) {
    complain(`'${word.text}' is not an interface name`);
  } else if (draft.instances.some((other) => other.vmacName === word.text))
    complain(`another instance uses ${word.text} already`);
  else instance.vmacName = word.text;
}

function readMac(statement: Statement, instance: InstanceDraft, word: Word): void {
  const { complaints } = statement.reading;
  const complain = (message: string): void =>
    complaints.add(word.place, 'bad-address', message, { means: IGNORED });
  if (instance.vmacAddress !== undefined) {
    complain('the virtual MAC was given already');
    return;
  }
  const bytes = word.text.replace(/:$/, '').split(':');
  if (!bytes.every((byte) => /^[0-9a-fA-F]{1,2}$/.test(byte)) || (bytes.length !== 6 && bytes.length !== 5)) {
    complain(`'${word.text}' is not a MAC address`);
    return;
  }
  const values = bytes.map((byte) => Number.parseInt(byte, 16));
  if (((values[0] ?? 0) & 1) === 1) complain(`${word.text} is a multicast MAC`);
  else if (
    VIRTUAL_MAC_PREFIX.every((byte, index) => values[index] === byte) &&
    (values[4] === 1 || values[4] === 2)
  ) {
    complain(`${word.text} is one of the virtual MACs of RFC 5798`);
  } else {
    instance.vmacUsesVrid = values.length === 5;
    if (instance.vmacUsesVrid) values.push(0);
    instance.vmacAddress = values.reduce((sum, byte) => sum * 256 + byte, 0);
  }
}
