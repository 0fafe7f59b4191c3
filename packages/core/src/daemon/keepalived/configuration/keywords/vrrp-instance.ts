import { readAddressEntry } from '../address-entry.js';
import { newInstance, type WordLine } from '../draft.js';
import { UINT_MAX } from '../values.js';
import {
  finishInstance,
  readGroupAddress,
  readPeer,
  readSourceAddress,
  takeVip,
} from './instance-addresses.js';
import { AUTHENTICATION, ELECTION, GARP } from './instance-election.js';
import { current, ignored, instanceOf, mark, set } from './instance-statement.js';
import { readIpvlan, readVmac } from './instance-vmac.js';
import { type Block, boolean, integer, type Keyword, type Statement, table, text } from './keyword.js';
import { instanceNotifyKeywords } from './notify.js';
import { checkRule, checkVirtualRoute } from './routes.js';
import { trackKeywords } from './track-entries.js';

function addressList(excluded: boolean): Keyword {
  return {
    effect: 'modelled',
    read(statement) {
      const { reading } = statement;
      const instance = instanceOf(statement);
      reading.readValueBlock(statement, (line) => {
        const entry = readAddressEntry(line.words, {
          complaints: reading.complaints,
          isStatic: false,
          interfaceExists: (word, means) => reading.interfaceExists(word, means),
          trackGroups: [],
        });
        if (entry === undefined) return;
        if (excluded) instance.excludedAddresses.push(entry);
        else takeVip(statement, instance, entry);
      });
    },
  };
}

const unread = (consequence: string, check: (statement: Statement, line: WordLine) => void): Keyword => ({
  effect: 'not-modelled',
  consequence,
  read: (statement) => statement.reading.readValueBlock(statement, (line) => check(statement, line)),
});

const ADDRESSES: Readonly<Record<string, Keyword>> = {
  virtual_ipaddress: addressList(false),
  virtual_ipaddress_excluded: addressList(true),
  virtual_routes: unread('its routes do not move with it', checkVirtualRoute),
  virtual_rules: unread('its rules do not move with it', checkRule),
  mcast_src_ip: text((statement, value) => readSourceAddress(statement, instanceOf(statement), value)),
  unicast_src_ip: text((statement, value) => {
    instanceOf(statement).unicastConfigured = true;
    readSourceAddress(statement, instanceOf(statement), value);
  }),
  mcast_dst_ip: text((statement, value) => readGroupAddress(statement, instanceOf(statement), value)),
  unicast_peer: {
    effect: 'modelled',
    read(statement) {
      const instance = instanceOf(statement);
      instance.unicastConfigured = true;
      statement.reading.readValueBlock(statement, (line) => readPeer(statement, instance, line));
    },
  },
  unicast_ttl: integer(
    { minimum: 0, maximum: 255, lenient: false },
    set((instance, value) => (instance.unicastTtl = value)),
  ),
  unicast_fault_no_peer: mark((instance) => {
    instance.unicastConfigured = true;
    instance.faultWithoutPeer = true;
  }),
  check_unicast_src: mark((instance) => {
    instance.unicastConfigured = true;
    instance.checkUnicastSource = true;
  }),
  old_unicast_checksum: {
    ...ignored('its checksums are those of the standard'),
    read(statement) {
      instanceOf(statement).unicastConfigured = true;
    },
  },
};

const INTERFACES: Readonly<Record<string, Keyword>> = {
  interface: text((statement, value) => {
    const instance = instanceOf(statement);
    instance.interface = undefined;
    const { complaints } = statement.reading;
    if (value.text.length > 15) {
      complaints.add(value.place, 'bad-value', `an interface name has at most 15 characters`, {
        means: 'keepalived logs this and ignores the line',
      });
    } else if (value.text === 'lo') {
      complaints.add(value.place, 'bad-value', 'VRRP cannot run on a loopback interface', {
        means: 'keepalived logs this and ignores the line',
      });
    } else if (statement.reading.interfaceExists(value, 'keepalived does not run with this file'))
      instance.interface = value.text;
  }),
  vrf: {
    ...ignored('it runs outside of any VRF'),
    read(statement) {
      const value = statement.reading.require(statement);
      if (value === undefined || instanceOf(statement).interface === undefined) return;
      statement.reading.complaints.add(statement.keyword.place, 'conflict', 'vrf beside interface', {
        means: 'keepalived logs this and ignores the line',
      });
    },
  },
  use_vmac: { effect: 'modelled', read: (statement) => readVmac(statement, instanceOf(statement)) },
  use_vmac_addr: ignored('its addresses on other interfaces keep those interfaces’ MACs'),
  vmac_xmit_base: {
    effect: 'not-modelled',
    consequence: 'its adverts leave with the virtual MAC',
    read(statement) {
      instanceOf(statement).vmacTransmitFromBase = true;
    },
  },
  use_ipvlan: {
    effect: 'not-modelled',
    consequence: 'it uses the interface itself',
    read: (statement) => readIpvlan(statement, instanceOf(statement)),
  },
  dont_track_primary: mark((instance) => (instance.trackPrimaryInterface = false)),
  track_src_ip: mark((instance) => (instance.trackSourceAddress = true)),
  promote_secondaries: mark((instance) => (instance.promoteSecondaries = true)),
  linkbeat_use_polling: {
    effect: 'silent',
    read: (statement) =>
      statement.reading.complaints.add(
        statement.keyword.place,
        'deprecated',
        'linkbeat_use_polling is now a linkbeat_interfaces block',
        {
          means: 'keepalived logs this and obeys',
        },
      ),
  },
  lvs_sync_daemon_interface: {
    effect: 'silent',
    read: (statement) =>
      statement.reading.complaints.add(
        statement.keyword.place,
        'deprecated',
        'lvs_sync_daemon_interface is now lvs_sync_daemon in global_defs',
        {
          means: 'keepalived logs this and obeys; it does not touch the VIPs',
        },
      ),
  },
};

/** `vrrp_instance`: all keywords of keepalived 2.2.7 (`init_vrrp_keywords`). */
export const VRRP_INSTANCE: Block = {
  name: 'vrrp_instance',
  subject: (draft) => draft.instances[draft.instances.length - 1]?.name,
  origin: (draft) => draft.instances[draft.instances.length - 1]?.origin,
  keywords: table({
    ...ELECTION,
    ...GARP,
    ...ADDRESSES,
    ...INTERFACES,
    ...trackKeywords((statement) => instanceOf(statement).trackers),
    ...instanceNotifyKeywords((statement) => instanceOf(statement).notify),
    authentication: { effect: 'modelled', block: AUTHENTICATION },
    notify_priority_changes: boolean(set((instance, value) => (instance.notifyPriorityChanges = value))),
    debug: integer({ minimum: 0, maximum: 4, lenient: true }, () => undefined),
    kernel_rx_buf_size: integer({ minimum: 0, maximum: UINT_MAX, lenient: false }, () => undefined),
  }),
  end: (reading) => finishInstance(reading, current(reading)),
};

/** `vrrp_instance NAME` (`vrrp_handler`). */
export const vrrpInstanceKeyword: Keyword = {
  effect: 'modelled',
  block: VRRP_INSTANCE,
  read(statement) {
    const { reading, words, keyword } = statement;
    const name = words[1];
    if (name === undefined || words.length > 2) {
      reading.complaints.add((words[2] ?? keyword).place, 'bad-name', 'vrrp_instance takes one name', {
        means: 'keepalived logs this and passes over the block',
      });
      reading.skipBlock();
      return;
    }
    const known = reading.draft.instances.find((instance) => instance.name === name.text);
    if (known !== undefined) {
      const first = known.origin['name'];
      reading.complaints.add(name.place, 'duplicate', `vrrp_instance ${name.text} exists already`, {
        means: 'keepalived logs this and passes over the second block',
        related: first === undefined ? undefined : [{ ...first, message: 'the first one' }],
      });
      reading.skipBlock();
      return;
    }
    const instance = newInstance(name.text);
    instance.origin['name'] = name.place;
    instance.origin['block'] = keyword.place;
    reading.draft.instances.push(instance);
  },
};
