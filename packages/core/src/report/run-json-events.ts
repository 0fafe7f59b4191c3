import { type Nanoseconds, SECOND } from '../engine/index.js';
import type { EventName, TraceEvent } from '../trace/index.js';

/** A value of JSON. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** An object of JSON. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** The names of events in JSON. Those that real daemons' recordings know too have the recordings' names. */
export const JSON_EVENT_NAMES: Readonly<Record<EventName, string>> = {
  'vrrp.state': 'state',
  'vrrp.group-state': 'group_state',
  'vrrp.timeout': 'advert_timeout',
  'vrrp.yielded': 'master_yields',
  'vrrp.lower-advert': 'lower_advert',
  'vrrp.priority-zero-sent': 'prio0_sent',
  'vrrp.priority-zero-received': 'prio0_received',
  'vrrp.priority': 'priority',
  'vrrp.advert-sent': 'advert_sent',
  'vrrp.rejected': 'advert_rejected',
  'carp.state': 'carp_state',
  'carp.advert-sent': 'carp_advert_sent',
  'carp.rejected': 'carp_advert_rejected',
  'carp.lower-advert': 'carp_lower_advert',
  'carp.demotion': 'carp_demotion',
  'track.result': 'track_script',
  'daemon.log': 'log',
  'daemon.started': 'daemon_started',
  'daemon.stopped': 'daemon_stopped',
  'address.added': 'addr',
  'address.removed': 'addr',
  'address.duplicate': 'addr_duplicate',
  'link.carrier': 'link',
  'arp.announced': 'garp',
  'arp.requested': 'arp_request',
  'arp.replied': 'arp_reply',
  'arp.learned': 'arp_cache',
  'arp.state': 'arp_state',
  'arp.failed': 'arp_failed',
  'icmp.sent': 'icmp',
  'cam.learned': 'fdb',
  'cam.moved': 'fdb',
  'cam.forgotten': 'fdb',
  'cam.full': 'fdb_full',
  'cam.alarm': 'fdb_alarm',
  'switch.port': 'switch_port',
  'switch.storm': 'broadcast_storm',
  'switch.err-disabled': 'err_disabled',
  'switch.violation': 'port_violation',
  'stp.port': 'stp_port',
  'stp.root': 'stp_root',
  'stp.topology-change': 'stp_topology_change',
  'tcp.opened': 'tcp_opened',
  'tcp.established': 'tcp_established',
  'tcp.retransmitted': 'tcp_retransmitted',
  'tcp.reset-sent': 'rst_sent',
  'tcp.reset': 'rst',
  'tcp.challenged': 'tcp_challenged',
  'tcp.failed': 'tcp_failed',
  'tcp.closed': 'tcp_closed',
  'tcp.queue-full': 'tcp_queue_full',
  'client.result': 'client_result',
  'client.connection': 'client_connection',
  'service.health': 'service_health',
  'cause.began': 'action',
  'frame.lost': 'frame_lost',
  'vip.owner': 'vip_owner',
  'vip.landed': 'vip_path',
  'node.power': 'power',
  'node.frozen': 'frozen',
};

/** Nanoseconds as seconds; `Math.round(seconds * 1e9)` gives them back exactly for runs of up to 26 days. */
export const jsonSeconds = (time: Nanoseconds): number => time / SECOND;

/** One event, with the keys of the recordings. */
export function jsonEvent(event: TraceEvent, macOwners: ReadonlyMap<string, string | null>): JsonObject {
  return {
    t: jsonSeconds(event.time),
    event: JSON_EVENT_NAMES[event.name],
    node: event.node,
    ...fieldsOf(event, macOwners),
  };
}

function fieldsOf(event: TraceEvent, macOwners: ReadonlyMap<string, string | null>): JsonObject {
  const ownerOf = (mac: string | null): string | null => (mac === null ? null : (macOwners.get(mac) ?? null));
  switch (event.name) {
    case 'vrrp.yielded':
      return { instance: event.instance, to: event.to, priority: event.priority, why: event.reason };
    case 'vrrp.priority':
      return { instance: event.instance, prio: event.to, was: event.from };
    case 'vrrp.advert-sent':
      return {
        instance: event.instance,
        vrid: event.vrid,
        priority: event.priority,
        interval: jsonSeconds(event.interval),
        destination: event.destination,
      };
    case 'track.result':
      return {
        script: event.tracker,
        kind: event.kind,
        result: event.good ? 'succeeded' : 'failed',
        count: event.count,
      };
    case 'address.added':
      return { op: 'add', ip: event.address, prefix_length: event.prefixLength, dev: event.interface };
    case 'address.removed':
      return { op: 'del', ip: event.address, dev: event.interface };
    case 'address.duplicate':
      return { ip: event.address, mac: event.mac, dev: event.interface };
    case 'link.carrier':
      return { dev: event.interface, running: event.up };
    case 'arp.announced':
      return { ip: event.address, mac: event.mac, op: event.op, dev: event.interface };
    case 'arp.requested':
      return { ip: event.address, unicast: event.unicast, dev: event.interface };
    case 'arp.replied':
      return { ip: event.address, mac: event.mac, to: event.to, dev: event.interface };
    case 'arp.learned':
      return {
        ip: event.address,
        mac: event.mac,
        was: event.was,
        owner: ownerOf(event.mac),
        dev: event.interface,
      };
    case 'cam.learned':
      return { vlan: event.vlan, mac: event.mac, owner: ownerOf(event.mac), port: event.port, was: null };
    case 'cam.moved':
      return { vlan: event.vlan, mac: event.mac, owner: ownerOf(event.mac), port: event.to, was: event.from };
    case 'cam.forgotten':
      return {
        vlan: event.vlan,
        mac: event.mac,
        owner: ownerOf(event.mac),
        port: null,
        was: event.port,
        reason: event.reason,
      };
    case 'vip.owner':
      return { ip: event.address, owners: event.owners };
    case 'vip.landed':
      return { ip: event.address, port: event.at, was: event.was };
    default:
      return plainFields(event);
  }
}

/** Keys whose values are instants or spans. */
const TIMES: ReadonlySet<string> = new Set(['sentAt', 'interval']);
/** Keys that JSON calls otherwise. */
const KEYS: ReadonlyMap<string, string> = new Map([['address', 'ip']]);

/** The fields as they are: keys in snake_case, times in seconds. */
function plainFields({ time: _time, name: _name, node: _node, ...fields }: TraceEvent): JsonObject {
  const plain: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(fields) as [string, JsonValue][]) {
    const isTime = TIMES.has(key) && typeof value === 'number';
    plain[KEYS.get(key) ?? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = isTime
      ? jsonSeconds(value)
      : value;
  }
  return plain;
}
