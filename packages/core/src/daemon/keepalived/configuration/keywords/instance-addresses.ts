import { isVrrpGroup, parseAddress } from '../address-entry.js';
import type { InstanceDraft, WordLine } from '../draft.js';
import type { ConfiguredAddress, ConfiguredInterfaceAddress } from '../keepalived-config.js';
import type { Word } from '../lexer.js';
import type { Reading } from '../reading.js';
import { readInteger } from '../values.js';
import { complainAboutNumber, type Statement } from './keyword.js';

const IGNORED = 'keepalived logs this and ignores it';

/** Adds a VIP unless it is of the other family (`alloc_vrrp_vip`). The first address of any kind decides the family. */
export function takeVip(
  statement: Statement,
  instance: InstanceDraft,
  entry: ConfiguredInterfaceAddress,
): void {
  instance.family ??= entry.address.family;
  if (instance.family !== entry.address.family) {
    statement.reading.complaints.add(
      entry.origin,
      'wrong-family',
      `${instance.name} is ${nameOfFamily(instance.family)}`,
      {
        means:
          'keepalived logs this and leaves the address out; virtual_ipaddress_excluded takes both families',
      },
    );
    return;
  }
  instance.virtualAddresses.push(entry);
}

/** `mcast_src_ip` and `unicast_src_ip`, which set the same field (`vrrp_srcip_handler`). */
export function readSourceAddress(statement: Statement, instance: InstanceDraft, value: Word): void {
  const address = readFamilyAddress(statement, instance, value);
  if (address !== undefined) instance.sourceAddress = address;
}

/** `mcast_dst_ip` (`vrrp_mcast_dstip_handler`). */
export function readGroupAddress(statement: Statement, instance: InstanceDraft, value: Word): void {
  const address = readFamilyAddress(statement, instance, value);
  if (address === undefined) return;
  if (!isVrrpGroup(address)) {
    statement.reading.complaints.add(value.place, 'bad-address', `${value.text} is not a multicast group`, {
      means: IGNORED,
    });
    return;
  }
  instance.multicastGroup = address;
}

function readFamilyAddress(
  statement: Statement,
  instance: InstanceDraft,
  value: Word,
): ConfiguredAddress | undefined {
  const address = parseAddress(value.text);
  if (address === undefined) {
    statement.reading.complaints.add(value.place, 'bad-address', `'${value.text}' is not an IP address`, {
      means: IGNORED,
    });
    return undefined;
  }
  instance.family ??= address.family;
  if (instance.family === address.family) return address;
  statement.reading.complaints.add(
    value.place,
    'wrong-family',
    `${instance.name} is ${nameOfFamily(instance.family)}`,
    { means: IGNORED },
  );
  return undefined;
}

/** One line of `unicast_peer` (`alloc_vrrp_unicast_peer`). */
export function readPeer(statement: Statement, instance: InstanceDraft, line: WordLine): void {
  const [first] = line.words;
  if (first === undefined) return;
  const { complaints } = statement.reading;
  const address = readFamilyAddress(statement, instance, first);
  if (address === undefined) return;
  let minTtl = 0;
  let maxTtl = 255;
  for (let index = 1; index < line.words.length; index += 2) {
    const option = line.words[index];
    const value = line.words[index + 1];
    if (option === undefined) break;
    if (value === undefined) {
      complaints.add(option.place, 'missing-value', `${option.text} needs a value`, { means: IGNORED });
      break;
    }
    const range = { minimum: 0, maximum: 255, lenient: false };
    const reading = readInteger(value.text, range);
    complainAboutNumber({ ...statement, keyword: option }, value, reading, range);
    if (reading.value === undefined) continue;
    if (option.text === 'min_ttl') minTtl = reading.value;
    else if (option.text === 'max_ttl') maxTtl = reading.value;
    else {
      complaints.add(
        option.place,
        'unknown-option',
        `expected min_ttl or max_ttl instead of '${option.text}'`,
        { means: IGNORED },
      );
      break;
    }
    instance.checkUnicastSource = true;
  }
  if (minTtl > maxTtl) {
    complaints.add(first.place, 'conflict', `min_ttl ${minTtl} is above max_ttl ${maxTtl}`, {
      means: `every advert of ${first.text} is dropped`,
    });
  }
  instance.peers.push({ address, minTtl, maxTtl, origin: first.place });
}

/** What happens at the closing brace of an instance (`vrrp_end_handler`). */
export function finishInstance(reading: Reading, instance: InstanceDraft): void {
  instance.closed = true;
  const { complaints } = reading;
  const place = instance.origin['use_vmac'] ?? instance.origin['use_ipvlan'];
  if (instance.unicastConfigured && (instance.useVmac || instance.useIpvlan) && place !== undefined) {
    if (instance.interface === undefined) {
      complaints.add(place, 'conflict', 'a virtual MAC needs an interface', {
        means: 'keepalived logs this and uses none',
      });
      instance.useVmac = false;
      instance.useIpvlan = false;
      instance.vmacName = undefined;
    } else if (!instance.vmacTransmitFromBase) {
      complaints.add(place, 'conflict', 'use_vmac beside unicast needs vmac_xmit_base', {
        means: 'keepalived logs this and sets it',
      });
      instance.vmacTransmitFromBase = true;
    }
  }
  const ttl = instance.origin['unicast_ttl'];
  if (instance.peers.length === 0 && instance.unicastTtl !== undefined) {
    complaints.add(
      ttl ?? instance.origin['name'] ?? fallbackPlace(reading),
      'conflict',
      'unicast_ttl without unicast_peer',
      {
        means: 'keepalived sets it to 0 and sends its multicast adverts with it: every peer rejects them',
      },
    );
    instance.unicastTtl = 0;
  }
}

function fallbackPlace(reading: Reading): ConfiguredInterfaceAddress['origin'] {
  return {
    file: reading.options.file,
    range: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } },
  };
}

function nameOfFamily(family: 'inet' | 'inet6'): string {
  return family === 'inet' ? 'IPv4' : 'IPv6';
}
