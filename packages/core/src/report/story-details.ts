import { MILLISECOND } from '../engine/index.js';
import type { EventName, TraceEvent } from '../trace/index.js';
import { carpDetailOf } from './carp-details.js';
import { advertInWords, isFarewell } from './carp-reasons.js';
import type { AdvertEvent } from './election-events.js';
import { whyMaster } from './master-reasons.js';
import type { Detail, FrameSighting, StoryEntry } from './story-entry.js';
import type { Telling } from './story-events.js';
import { tcpDetailOf } from './tcp-details.js';
import { addressOfLabel } from './vip-label.js';

/** keepalived sends its gratuitous ARPs in bursts of 5 within 15 ms (recorded). */
const BURST = 100 * MILLISECOND;

/** What led to the causes, handovers and harm: adverts that mattered, timers, announcements, ARP and CAM. */
export function tellDetails(telling: Telling): StoryEntry[] {
  const entries: StoryEntry[] = [];
  const bursts = new Map<string, { index: number; count: number; last: number }>();
  for (const event of telling.report.events) {
    const detail = detailOf(event, telling);
    if (detail === null) continue;
    const key = `${detail.subject} ${detail.text}`;
    const burst = bursts.get(key);
    if (
      burst !== undefined &&
      isBursting(event) &&
      event.time - burst.last <= (isUnending(event) ? Number.POSITIVE_INFINITY : BURST)
    ) {
      burst.count++;
      burst.last = event.time;
      const first = entries[burst.index];
      if (first !== undefined) entries[burst.index] = { ...first, text: `${detail.text} (${burst.count} x)` };
      continue;
    }
    bursts.set(key, { index: entries.length, count: 1, last: event.time });
    entries.push({
      time: event.time,
      kind: 'detail',
      level: 'v',
      subject: detail.subject,
      text: detail.text,
      vip: null,
      style: 'dim',
      isLettered: false,
      key,
      detail: detail.kind,
    });
  }
  return [...entries, ...tellAdverts(telling)];
}

/** A rejected advert comes with every interval, and says the same each time. */
const isBursting = ({ name }: TraceEvent): boolean =>
  name === 'arp.announced' ||
  name === 'vrrp.rejected' ||
  name === 'vrrp.lower-advert' ||
  name === 'carp.rejected' ||
  name === 'carp.lower-advert' ||
  name === 'tcp.retransmitted';

/** What goes on for as long as its reason does, at whatever distance: told once, with its count. */
const isUnending = ({ name }: TraceEvent): boolean =>
  name === 'vrrp.rejected' || name === 'carp.rejected' || name === 'tcp.retransmitted';

/** The adverts after which a master-down timer ran out. */
function tellAdverts({ report, elections, seconds }: Telling): StoryEntry[] {
  const adverts = new Set<AdvertEvent>();
  for (const vip of report.facts.vips) {
    for (const state of elections.states) {
      if (state.to !== 'MASTER') continue;
      const { advert } = whyMaster(elections, vip, state, seconds);
      // A farewell is a detail of its own.
      if (advert !== null && !(advert.name === 'carp.advert-sent' && isFarewell(advert))) adverts.add(advert);
    }
  }
  return [...adverts].map((advert) => ({
    time: advert.time,
    kind: 'detail',
    level: 'v',
    subject: `${advert.node} advert ${advert.name === 'vrrp.advert-sent' ? advert.priority : advertInWords(advert)}`,
    text: `${advert.instance}: the last that counts before the next election`,
    vip: null,
    style: 'dim',
    isLettered: false,
    key: '',
    detail: 'adverts',
  }));
}

function detailOf(event: TraceEvent, { names, report, elections }: Telling): Detail | null {
  if (event.name.startsWith('tcp.')) return tcpDetailOf(event, names);
  if (event.name.startsWith('carp.')) return carpDetailOf(event, report.facts, elections);
  const isVip = (address: string): boolean =>
    report.facts.vips.some((vip) => addressOfLabel(vip.address) === address);
  switch (event.name) {
    case 'vrrp.state':
      return event.to === 'MASTER'
        ? null
        : { kind: 'states', subject: `${event.node} ${event.to}`, text: event.instance };
    case 'vrrp.group-state':
      return { kind: 'states', subject: `${event.node} group ${event.to}`, text: event.group };
    case 'vrrp.timeout':
      return {
        kind: 'timers',
        subject: `${event.node} timeout`,
        text: `${event.instance}: ${event.master === null ? 'no master heard' : `nothing more from ${event.master}`}`,
      };
    case 'vrrp.yielded':
      return {
        kind: 'adverts',
        subject: `${event.node} yields`,
        text: `${event.instance} to ${event.to}, priority ${event.priority} (${event.reason})`,
      };
    case 'vrrp.lower-advert':
      return {
        kind: 'adverts',
        subject: `${event.node} hears a lower one`,
        text: `${event.instance}: ${event.priority} from ${event.from}`,
      };
    case 'vrrp.priority-zero-sent':
      return {
        kind: 'adverts',
        subject: `${event.node} says goodbye`,
        text: `${event.instance}: priority 0 sent`,
      };
    case 'vrrp.priority-zero-received':
      return {
        kind: 'adverts',
        subject: `${event.node} hears goodbye`,
        text: `${event.instance}: priority 0 from ${event.from}`,
      };
    case 'vrrp.rejected':
      return {
        kind: 'adverts',
        subject: `${event.node} rejects advert`,
        text: `${event.instance} from ${event.from}: ${event.reason}`,
      };
    case 'vrrp.priority':
      return {
        kind: 'checks',
        subject: `${event.node} priority ${event.to}`,
        text: `${event.instance}, ${event.from} until now`,
      };
    case 'track.result':
      return {
        kind: 'checks',
        subject: `${event.node} check ${event.tracker}`,
        text: `${event.good ? 'passes' : 'fails'} ${event.count}`.trimEnd(),
      };
    case 'daemon.started':
      return { kind: 'daemons', subject: `${event.node} ${event.daemon}`, text: 'started' };
    case 'daemon.stopped':
      return { kind: 'daemons', subject: `${event.node} ${event.daemon}`, text: event.how };
    case 'service.health':
      return {
        kind: 'daemons',
        subject: `${event.node} ${event.daemon}`,
        text: `${event.health} from now on`,
      };
    case 'arp.announced':
      return {
        kind: 'gratuitous ARP',
        subject: `${event.node} announces`,
        text: `${names.short(event.address)} is at ${event.mac}`,
      };
    case 'arp.learned': {
      if (!isVip(event.address)) return null;
      const owner = event.mac === null ? null : (report.macOwners.get(event.mac) ?? null);
      const now =
        event.mac === null
          ? 'has no entry any more'
          : owner === null
            ? `= ${event.mac}`
            : `= ${owner} (${event.mac})`;
      return { kind: 'ARP cache', subject: `${event.node} learns ${names.short(event.address)}`, text: now };
    }
    case 'cam.moved':
      return {
        kind: 'CAM',
        subject: `${event.node} CAM`,
        text: `${event.mac} moves from port ${event.from} to ${event.to}`,
      };
    case 'cam.forgotten':
      return {
        kind: 'CAM',
        subject: `${event.node} CAM`,
        text: `${event.mac} on port ${event.port} forgotten: ${event.reason}`,
      };
    case 'cam.full':
      return {
        kind: 'CAM',
        subject: `${event.node} CAM`,
        text: `full: ${event.mac} on port ${event.port} not learned`,
      };
    case 'stp.root':
      return {
        kind: 'states',
        subject: `${event.node} spanning tree`,
        text:
          event.port === null
            ? 'is root'
            : `root ${event.priority}/${event.root} by port ${event.port}, cost ${event.cost}`,
      };
    case 'switch.violation':
      return {
        kind: 'CAM',
        subject: `${event.node} port ${event.port}`,
        text: `does not admit ${event.mac}`,
      };
    case 'stp.port':
      return {
        kind: 'states',
        subject: `${event.node} port ${event.port}`,
        text: event.state === 'disabled' ? event.state : `${event.role}, ${event.state}`,
      };
    case 'stp.topology-change':
      return {
        kind: 'CAM',
        subject: `${event.node} topology change`,
        text: event.isOwn ? `at port ${event.port}` : `told at port ${event.port}`,
      };
    case 'address.duplicate': {
      const owner = report.macOwners.get(event.mac) ?? null;
      return {
        kind: 'states',
        subject: `${event.node} ${event.interface}`,
        text: `cannot use ${names.short(event.address)}: ${owner === null ? event.mac : `${owner} (${event.mac})`} has it`,
      };
    }
    case 'link.carrier':
      return {
        kind: 'states',
        subject: `${event.node} ${event.interface}`,
        text: event.up ? 'carrier' : 'no carrier',
      };
    case 'node.power':
      return { kind: 'states', subject: `${event.node} power`, text: event.on ? 'on' : 'off' };
    case 'node.frozen':
      return { kind: 'states', subject: `${event.node} ${event.frozen ? 'frozen' : 'thawed'}`, text: '' };
    default:
      return null;
  }
}

/** Told by an entry of their own, as a cause, an owner, a landing or a line of a log. */
const TOLD_ELSEWHERE: ReadonlySet<EventName> = new Set([
  'cause.began',
  'frame.lost',
  'vip.owner',
  'daemon.log',
  'cam.alarm',
  'switch.storm',
  'switch.err-disabled',
]);

/** Every other event, one line each. */
export function tellEvents(telling: Telling): StoryEntry[] {
  return telling.report.events
    .filter((event) => !TOLD_ELSEWHERE.has(event.name) && detailOf(event, telling) === null)
    .map((event): StoryEntry => {
      const { time, name, node, ...fields } = event;
      const text = Object.entries(fields)
        .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(',') : String(value)}`)
        .join(', ');
      return {
        time,
        kind: 'event',
        level: 'vv',
        subject: `${node} ${name}`,
        text,
        vip: null,
        style: 'dim',
        isLettered: false,
        key: '',
      };
    });
}

/** Every frame, one line each. */
export function tellFrames(sightings: readonly FrameSighting[]): StoryEntry[] {
  return sightings.map(
    ({ time, node, text }): StoryEntry => ({
      time,
      kind: 'event',
      level: 'vv',
      subject: `${node} frame`,
      text,
      vip: null,
      style: 'dim',
      isLettered: false,
      key: '',
    }),
  );
}
