import type { EventFields, EventName, TraceEvent } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { inRecordedWords, type NetworkNames } from './trace-words.js';

const MAC = '02:00:00:00:01:01';
const VIP = '192.168.1.100';
const names: NetworkNames = {
  ownerOf: new Map([[MAC, 'n1']]),
  vips: new Set([VIP]),
  watchesNeighbours: (node) => node === 'c1',
};

function said<N extends EventName>(name: N, fields: EventFields[N], node = 'n1'): unknown {
  const event = inRecordedWords({ time: 5, name, node, ...fields } as unknown as TraceEvent, names);
  return event === undefined ? undefined : { event: event.kind, ...event.fields };
}

describe('events of the trace in the words of the recordings', () => {
  test('states that keepalived logs, and no others', () => {
    const state = { instance: 'VI_1', from: 'BACKUP', priority: 150 } as const;
    expect(said('vrrp.state', { ...state, to: 'MASTER' })).toEqual({
      event: 'state',
      node: 'n1',
      instance: 'VI_1',
      to: 'MASTER',
    });
    expect(said('vrrp.state', { ...state, to: 'STOPPED' })).toBeUndefined();
    expect(said('vrrp.group-state', { group: 'G', to: 'FAULT' })).toEqual({
      event: 'group_state',
      node: 'n1',
      instance: 'G',
      to: 'FAULT',
    });
  });

  test('elections', () => {
    expect(said('vrrp.timeout', { instance: 'VI_1', master: null })).toEqual({
      event: 'advert_timeout',
      node: 'n1',
      instance: 'VI_1',
    });
    const yielded = { instance: 'VI_1', to: '192.168.1.12', priority: 150 };
    const words = { event: 'master_yields', node: 'n1', instance: 'VI_1', to: '192.168.1.12' };
    expect(said('vrrp.yielded', { ...yielded, reason: 'higher-priority' })).toEqual({
      ...words,
      why: 'higher priority 150',
    });
    expect(said('vrrp.yielded', { ...yielded, reason: 'higher-address' })).toEqual({
      ...words,
      why: 'same priority 150',
    });
    expect(said('vrrp.lower-advert', { instance: 'VI_1', from: '192.168.1.12', priority: 100 })).toEqual({
      event: 'lower_advert',
      node: 'n1',
      instance: 'VI_1',
      sender: '192.168.1.12',
      prio: 100,
    });
    expect(said('vrrp.priority-zero-received', { instance: 'VI_1', from: '' })).toEqual({
      event: 'prio0_received',
      node: 'n1',
      instance: 'VI_1',
    });
    expect(said('vrrp.priority', { instance: 'VI_1', from: 150, to: 90 })).toEqual({
      event: 'priority',
      node: 'n1',
      prio: 90,
      was: 150,
    });
  });

  test.each([
    ['Script `chk` now returning 1', { event: 'track_script', node: 'n1', script: 'chk', rc: 1 }],
    ['VRRP_Script(chk) succeeded', { event: 'track_script', node: 'n1', script: 'chk', result: 'succeeded' }],
    [
      'VRRP_Script(chk) failed (exited with status 1)',
      { event: 'track_script', node: 'n1', script: 'chk', result: 'failed' },
    ],
    ['(VI_1) sent 0 priority', { event: 'prio0_sent', node: 'n1', instance: 'VI_1' }],
    ['Startup complete', undefined],
  ])('the log line %s', (line, words) => {
    expect(said('daemon.log', { daemon: 'keepalived', line })).toEqual(words);
  });

  test('the kernel', () => {
    expect(said('address.added', { interface: 'eth0', address: VIP, prefixLength: 24 })).toEqual({
      event: 'addr',
      node: 'n1',
      ip: VIP,
      op: 'add',
    });
    expect(said('address.removed', { interface: 'eth0', address: VIP })).toEqual({
      event: 'addr',
      node: 'n1',
      ip: VIP,
      op: 'del',
    });
    expect(said('link.carrier', { interface: 'eth0', up: false })).toEqual({
      event: 'link',
      node: 'n1',
      dev: 'eth0',
      running: false,
    });
  });

  test('neighbour entries of clients for virtual addresses', () => {
    const learned = { interface: 'eth0', address: VIP, mac: MAC, was: null };
    expect(said('arp.learned', learned, 'c1')).toEqual({
      event: 'arp_cache',
      node: 'c1',
      ip: VIP,
      mac: MAC,
      owner: 'n1',
    });
    expect(said('arp.learned', { ...learned, mac: null }, 'c1')).toEqual({
      event: 'arp_cache',
      node: 'c1',
      ip: VIP,
      mac: null,
      owner: null,
    });
    expect(said('arp.learned', learned, 'n2')).toBeUndefined();
    expect(said('arp.learned', { ...learned, address: '192.168.1.12' }, 'c1')).toBeUndefined();
  });

  test('the table of the switch', () => {
    const words = { event: 'fdb', mac: MAC, owner: 'n1' };
    expect(said('cam.learned', { vlan: 1, mac: MAC, port: 'n1' }, 'lan')).toEqual({
      ...words,
      port: 'n1',
      was: null,
    });
    expect(said('cam.moved', { vlan: 1, mac: MAC, from: 'n1', to: 'n2' }, 'lan')).toEqual({
      ...words,
      port: 'n2',
      was: 'n1',
    });
    expect(said('cam.forgotten', { vlan: 1, mac: MAC, port: 'n1', reason: 'port-down' }, 'lan')).toEqual({
      ...words,
      port: null,
      was: 'n1',
    });
  });

  test('what the recorder does not note', () => {
    expect(said('node.power', { on: true })).toBeUndefined();
    expect(said('vip.owner', { address: VIP, owners: [] })).toBeUndefined();
  });
});
