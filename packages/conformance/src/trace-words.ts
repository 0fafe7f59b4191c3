import type { TraceEvent } from '@viplab/core';
import type { FieldValue, ObservedEvent } from './observation.js';

/** What is known of a network beside its trace. */
export interface NetworkNames {
  /** Node by MAC address. */
  readonly ownerOf: ReadonlyMap<string, string>;
  readonly vips: ReadonlySet<string>;
  /** The nodes whose neighbour caches the recorder watches: clients and routers. */
  readonly watchesNeighbours: (node: string) => boolean;
}

/** The states that keepalived and ucarp log when it enters them. */
const LOGGED_STATES: ReadonlySet<string> = new Set(['BACKUP', 'MASTER', 'FAULT']);

const SCRIPT_RETURNS = /^Script `(\S+)` now returning (\d+)/;
const SENT_ZERO = /^\((\S+)\) sent 0 priority/;
const PREFERRED = /^\[WARNING\] (Preferred master .*)/;
const NON_PREFERRED = /^\[WARNING\] (Non-preferred master .*)/;
const SCRIPT_RESULT = /^VRRP_Script\((\S+)\) (succeeded|failed|timed out)/;

/**
 * What an event of the trace is called in the recordings; undefined for what the recorder does not note, or notes of
 * frames at the switch.
 */
export function inRecordedWords(event: TraceEvent, names: NetworkNames): ObservedEvent | undefined {
  const { time, node } = event;
  const say = (kind: string, fields: Readonly<Record<string, FieldValue>>): ObservedEvent => ({
    time,
    kind,
    fields,
  });
  switch (event.name) {
    case 'vrrp.state':
      if (!LOGGED_STATES.has(event.to)) return undefined;
      return say('state', { node, instance: event.instance, to: event.to });
    case 'carp.state':
      if (!LOGGED_STATES.has(event.to)) return undefined;
      return say('state', { node, instance: event.instance, to: event.to });
    case 'vrrp.group-state':
      return LOGGED_STATES.has(event.to)
        ? say('group_state', { node, instance: event.group, to: event.to })
        : undefined;
    case 'vrrp.timeout':
      return say('advert_timeout', { node, instance: event.instance });
    case 'vrrp.yielded': {
      const why = `${event.reason === 'higher-priority' ? 'higher' : 'same'} priority ${event.priority}`;
      return say('master_yields', { node, instance: event.instance, to: event.to, why });
    }
    case 'vrrp.lower-advert':
      return say('lower_advert', {
        node,
        instance: event.instance,
        sender: event.from,
        prio: event.priority,
      });
    case 'vrrp.priority-zero-received':
      return say('prio0_received', { node, instance: event.instance });
    case 'vrrp.priority':
      return say('priority', { node, prio: event.to, was: event.from });
    case 'daemon.log':
      return event.daemon === 'ucarp'
        ? ucarpLine(event.line, (kind, why) => say(kind, { node, instance: event.daemon, why }))
        : logLine(event.line, (kind, fields) => say(kind, { node, ...fields }));
    case 'address.added':
      return say('addr', { node, ip: event.address, op: 'add' });
    case 'address.removed':
      return say('addr', { node, ip: event.address, op: 'del' });
    case 'link.carrier':
      return say('link', { node, dev: event.interface, running: event.up });
    case 'arp.learned': {
      if (!names.watchesNeighbours(node) || !names.vips.has(event.address)) return undefined;
      return say('arp_cache', { node, ip: event.address, mac: event.mac, owner: ownerOf(event.mac, names) });
    }
    case 'cam.learned':
      return say('fdb', { mac: event.mac, owner: ownerOf(event.mac, names), port: event.port, was: null });
    case 'cam.moved':
      return say('fdb', {
        mac: event.mac,
        owner: ownerOf(event.mac, names),
        port: event.to,
        was: event.from,
      });
    case 'cam.forgotten':
      return say('fdb', { mac: event.mac, owner: ownerOf(event.mac, names), port: null, was: event.port });
    default:
      return undefined;
  }
}

function ownerOf(mac: string | null, names: NetworkNames): string | null {
  return mac === null ? null : (names.ownerOf.get(mac) ?? null);
}

/**
 * What the recorder reads from the daemon's log rather than from what the daemon did: exit codes of scripts, and
 * priority 0 (keepalived sends one more without a word when an interface goes).
 */
function logLine(
  line: string,
  say: (kind: string, fields: Readonly<Record<string, FieldValue>>) => ObservedEvent,
): ObservedEvent | undefined {
  const returns = SCRIPT_RETURNS.exec(line);
  if (returns !== null) return say('track_script', { script: returns[1] ?? '', rc: Number(returns[2]) });
  const result = SCRIPT_RESULT.exec(line);
  if (result !== null) return say('track_script', { script: result[1] ?? '', result: result[2] ?? '' });
  const zero = SENT_ZERO.exec(line);
  return zero === null ? undefined : say('prio0_sent', { instance: zero[1] ?? '' });
}

/** What the recorder reads from ucarp's log beside its states. */
function ucarpLine(
  line: string,
  say: (kind: string, why: string) => ObservedEvent,
): ObservedEvent | undefined {
  const yields = PREFERRED.exec(line)?.[1];
  if (yields !== undefined) return say('master_yields', yields);
  const reasserts = NON_PREFERRED.exec(line)?.[1];
  return reasserts === undefined ? undefined : say('non_preferred', reasserts);
}
